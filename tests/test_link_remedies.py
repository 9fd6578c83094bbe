"""What is said to do about trouble suits the link: nobody turns a probe on a network, nobody checks one in training."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.in_process import in_process_pair
from hht.client.deadlines import Timing
from hht.client.hdlc_transport import HdlcTransport
from hht.client.plain_text_line import PlainTextLine
from hht.client.sign_on import SignOnFailed, sign_on
from hht.client.transport import WrapperTransport
from hht.clock import ManualClock
from hht.errors import HhtError
from hht.link import Link, LinkLost, LinkTimeout
from hht.link_remedies import Trouble, Way, remedy_for, way_of
from hht.protocol.frames import FrameError
from hht.protocol.hdlc import HdlcLinkError
from hht.protocol.iec62056_21 import parse_identification
from tests.conftest import ROOT

CLOCK = ManualClock(datetime(2026, 11, 21, tzinfo=UTC))
QUICK = Timing(
    listen_s=0.1, reaction_s=0.05, gap_s=0.05, confirmation_s=0.05, slack_s=0.0, response_s=0.05, octet_s=0.05,
    packet_s=1.0, telegram_s=0.1, sign_on_tries=1,
)  # fmt: skip
LINKS = {
    Way.BRIDGE: "ble:F0:F1:F2:F3:F4:F5",
    Way.OPTICAL: "optical:/dev/ttyUSB0",
    Way.NETWORK: "tcp://127.0.0.1:4059",
    Way.EMULATED: "emulated:single-element",
    Way.RECORDED: "recorded:session.jsonl",
}
ELSEWHERE = re.compile(r"probe|parity|light|adapter|USB|button", re.IGNORECASE)


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_has_words_for_every_link(way: Way, trouble: Trouble) -> None:
    words = remedy_for(trouble, LINKS[way])
    assert way_of(LINKS[way]) is way
    assert words.endswith(".")
    assert way in (Way.OPTICAL, Way.BRIDGE) or not ELSEWHERE.search(words), words
    assert way is Way.NETWORK or "gateway" not in words


def test_with_something_wrong_an_emulated_meter_is_trained_on_as_a_real_one() -> None:
    assert way_of("emulated:single-element?days=1&fault=probe-hears-itself") is Way.OPTICAL
    assert way_of("emulated:./fault=.toml?days=1") is Way.EMULATED


@pytest.mark.parametrize("folder", ["hht/client", "hht/protocol", "hht/work", "hht/emulation"])
def test_remedies_that_name_a_probe_stand_in_one_place(folder: str) -> None:
    for path in sorted(Path(ROOT, folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "remedy":
                parts = [n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant)]
                words = " ".join(part for part in parts if isinstance(part, str))
                assert not re.search(r"\bprobe\b|optical port, then|unplug", words), f"{path}: {words}"


async def converse(link: Link, how: str) -> None:
    if how == "sign-on":
        await sign_on(link, QUICK)
    elif how == "hdlc":
        await HdlcTransport(link, 16, 1, timing=QUICK).open()
    elif how == "wrapper":
        await WrapperTransport(link, 16, 1, timing=QUICK).exchange(b"\xc0\x01")
    else:
        line = PlainTextLine(link, QUICK, parse_identification(b"/ABC5METER\r\n"))
        await line.exchange(b"\x01R1\x02C001()\x03\x00")


async def failure(
    link_name: str, answer: Callable[[bytes], bytes], how: str, faulty: Callable[[], bool] = lambda: False
) -> HhtError:
    """What goes wrong with a conversation of that kind, where the far end answers so."""
    link, far = in_process_pair(clock=CLOCK, name=link_name, faulty=faulty)
    await link.open()
    far.receive = lambda data: far.send(answer(data))
    try:
        with pytest.raises((FrameError, HdlcLinkError, LinkTimeout, SignOnFailed)) as caught:
            await converse(link, how)
        return caught.value
    finally:
        await link.close()


DAMAGED = bytes.fromhex("7ea01e210373c37a818012050180060180070400000001080400000001aaaa7e")  # a UA, its checks wrong


@pytest.mark.parametrize("way", [Way.NETWORK, Way.EMULATED, Way.RECORDED])
@pytest.mark.parametrize(
    ("how", "answer", "code", "trouble"),
    [
        ("sign-on", lambda data: b"", "sign-on-silent", Trouble.SIGN_ON_SILENT),
        ("sign-on", lambda data: b"\x12\x9a\x44\xff", "sign-on-garbled", Trouble.SIGN_ON_GARBLED),
        ("sign-on", lambda data: data, "sign-on-echo", Trouble.SIGN_ON_ECHO),
        ("hdlc", lambda data: b"", "hdlc-no-answer", Trouble.NOBODY),
        ("hdlc", lambda data: DAMAGED, "hdlc-damaged", Trouble.DAMAGED),
        ("wrapper", lambda data: b"HTTP/1.1 400 Bad Request", "wrapper-version", Trouble.NOT_WRAPPED),
        ("wrapper", lambda data: b"", "link-timeout", Trouble.SILENT),
        ("plain", lambda data: b"", "iec-no-answer", Trouble.NO_DATA),
        ("plain", lambda data: b"\x02C.1(1)\x03\x7f", "iec-bcc", Trouble.DAMAGED),
    ],
)
async def test_each_failure_says_what_suits_its_link(
    way: Way, how: str, answer: Callable[[bytes], bytes], code: str, trouble: Trouble
) -> None:
    error = await failure(LINKS[way], answer, how)
    assert error.code == code
    assert error.remedy.startswith(remedy_for(trouble, LINKS[way]))
    assert not ELSEWHERE.search(error.remedy)
    assert "probe" not in error.message


async def test_a_link_that_is_gone_says_so_without_a_probe_too() -> None:
    link, _far = in_process_pair(clock=CLOCK, name=LINKS[Way.EMULATED])
    await link.open()
    link.drop()
    with pytest.raises(LinkLost) as caught:
        await link.read(0.1)
    assert not ELSEWHERE.search(caught.value.remedy)
    await link.close()


@pytest.mark.parametrize("how", ["sign-on", "hdlc", "plain"])
async def test_with_something_wrong_by_now_an_emulated_meter_is_helped_as_a_real_one(how: str) -> None:
    wrong = [False]
    before = await failure(LINKS[Way.EMULATED], lambda _data: b"", how, lambda: wrong[0])
    wrong[0] = True
    after = await failure(LINKS[Way.EMULATED], lambda _data: b"", how, lambda: wrong[0])
    assert not ELSEWHERE.search(before.remedy)
    assert ELSEWHERE.search(after.remedy)
