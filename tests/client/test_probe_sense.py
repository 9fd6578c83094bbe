"""What a probe sees, each state brought about on the simulated line: over a real pty as bytes come, and by the sentence
that ends a sign-on. Then the rules one by one."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from drivers.in_process import FarEnd, InProcessLink
from drivers.line_simulator import LineSettings, LineSimulator
from drivers.optical_probe import OpticalProbeLink
from drivers.serve_pty import PtyServer
from drivers.serving import Connection, Send
from hht.client.association import Association
from hht.client.deadlines import Timing
from hht.client.meter_session import MeterSession
from hht.client.probe_sense import PATIENCE_S, RADIO_S, Evidence, ProbeSense, Sight, after_echo, judge
from hht.client.sign_on import SignOnFailed, identify
from hht.emulation.port_server import PortServer
from hht.errors import HhtError
from hht.link import SIGN_ON_LINE, Line, LinkTimeout, TraceEvent, TraceKind
from hht.protocol.iec62056_21 import even_parity
from tests.client.test_plain_text import CLOCK, meter_of
from tests.drivers.conftest import RealClock
from tests.support.virtual_time import in_virtual_time

REQUEST, ANSWER = even_parity(b"/?!\r\n"), even_parity(b"/HHT5\\2HT100\r\n")
QUICK = Timing(reaction_s=0.25, gap_s=0.1, slack_s=0.05, sign_on_tries=1, listen_s=0.05)
SNRM = bytes.fromhex("7EA00A000200232193B58E7E")

STATES: dict[str, tuple[Sight, dict[str, Any]]] = {
    "silent": (Sight.SILENT, {"lifted": True}),
    "echo only": (Sight.ECHO, {"lifted": True, "echo": True}),
    "echo with holes": (Sight.ECHO, {"lifted": True, "echo": True, "echo_drop": 0.2}),
    "light": (Sight.LIGHT, {"lifted": True, "light": 25}),
    "wrong position": (Sight.WEAK, {"bit_error": 0.08, "drop": 0.02}),
    "weak signal": (Sight.WEAK, {"bit_error": 0.12}),
    "talking": (Sight.TALKING, {}),
    "talking, with an echo": (Sight.TALKING, {"echo": True}),
}


@pytest.mark.parametrize(("sight", "settings"), STATES.values(), ids=STATES)
async def test_what_the_probe_sees_over_a_pty(sight: Sight, settings: dict[str, Any]) -> None:
    """Twenty times as fast as a real line; bytes, chunks and times are those that come."""
    sense, seen = ProbeSense(), set[Sight]()

    def hear(event: TraceEvent) -> None:
        sense.feed(event)
        seen.add(sense.sight(event.monotonic_s + PATIENCE_S))

    line = LineSimulator(PortServer(meter_of("C")), LineSettings(pace=0.05, **settings), rng=random.Random(13))
    async with PtyServer(line) as server:
        link = OpticalProbeLink(server.path, clock=RealClock(), sink=hear)
        await link.open()
        code = ""
        try:
            await identify(link, QUICK)
        except SignOnFailed as error:
            code = error.code
        if sight is Sight.WEAK:
            assert sight in seen
        if sight is not Sight.WEAK:  # which is asked again, and may be silent or sound then
            assert sense.sight(RealClock().monotonic() + PATIENCE_S) is sight
            assert code == ("" if sight is Sight.TALKING else f"sign-on-{sight}")
        await link.close()


def told_by(settings: LineSettings, mode: str = "C") -> SignOnFailed:
    """The sentence that ends a sign-on over that line."""

    async def main() -> SignOnFailed:
        line = LineSimulator(PortServer(meter_of(mode)), settings, rng=random.Random(2))
        echo = "auto" if settings.echo else "off"
        link = InProcessLink(line, clock=CLOCK, paced=True, line=SIGN_ON_LINE, echo=echo, name="optical:x")
        await link.open()
        try:
            with pytest.raises(SignOnFailed) as caught:
                await identify(link, Timing())
            return caught.value
        finally:
            await link.close()

    return in_virtual_time(main())


@pytest.mark.parametrize(
    ("settings", "code", "remedy"),
    [
        ({"lifted": True}, "sign-on-silent", "Seat the probe"),
        ({"lifted": True, "echo": True}, "sign-on-echo", "not on the meter"),
        ({"lifted": True, "light": 25}, "sign-on-light", "Shade the probe"),
        ({"bit_error": 0.2}, "sign-on-weak", "Turn the probe a little"),
        ({"stays_at": 9600}, "sign-on-", ""),
    ],
)
def test_the_sentence_at_the_end(settings: dict[str, Any], code: str, remedy: str) -> None:
    error = told_by(LineSettings(**settings))
    assert error.code.startswith(code)
    assert remedy in error.remedy
    assert "optical:x" in error.message


@pytest.mark.parametrize(
    ("raw", "line", "sight"),
    [
        (ANSWER, SIGN_ON_LINE, Sight.TALKING),
        (b"/HHT5\\2HT100\r\n", SIGN_ON_LINE, Sight.TALKING),  # a bridge takes parity bits off
        (b"\xff" + ANSWER, SIGN_ON_LINE, Sight.TALKING),
        (bytes.fromhex("00FF00FF00FFFE00"), SIGN_ON_LINE, Sight.LIGHT),
        (bytes.fromhex("00FF00FF00FFFE00"), Line(9600), Sight.LIGHT),
        (bytes.fromhex("00F800E0000000C0"), Line(9600), Sight.SPEED),  # a meter that stayed at 300 baud
        (bytes.fromhex("5BA7133D9E61"), SIGN_ON_LINE, Sight.SPEED),
        (SNRM, Line(9600), Sight.TALKING),
        (SNRM[:7], Line(9600), Sight.TALKING),
        (SNRM[:1] + b"\xe1" + SNRM[2:], Line(9600), Sight.WEAK),
        (b"\x55", SIGN_ON_LINE, Sight.GARBLED),
        (b"", SIGN_ON_LINE, Sight.SILENT),
    ],
)
def test_bytes_that_came_of_a_question(raw: bytes, line: Line, sight: Sight) -> None:
    assert judge(Evidence(raw, line=line)) is sight


def test_what_came_unasked_is_light() -> None:
    noise = bytes.fromhex("5BA7133D9E61")
    assert judge(Evidence(noise, unasked=9)) is Sight.LIGHT
    assert judge(Evidence(b"", unasked=9)) is Sight.LIGHT
    assert judge(Evidence(ANSWER, unasked=9)) is Sight.TALKING, "through the light"


@pytest.mark.parametrize(
    ("heard", "echoed", "rest"),
    [
        (REQUEST + ANSWER, True, ANSWER),
        (REQUEST[:3], True, b""),
        (REQUEST[:2] + REQUEST[3:] + ANSWER, True, ANSWER),
        (ANSWER, False, ANSWER),
        (b"", False, b""),
    ],
)
def test_an_echo_and_what_follows_it(heard: bytes, echoed: bool, rest: bytes) -> None:
    assert after_echo(REQUEST, heard) == (echoed, rest)


class Story:
    """Events at times, and what is seen then."""

    def __init__(self, link: str = "optical:x") -> None:
        self.sense, self.link = ProbeSense(), link
        self.tell(0, TraceKind.STATE, note="opening")
        self.tell(0, TraceKind.STATE, note="up 300 7E1 [line echo]")

    def tell(self, at_s: float, kind: TraceKind, data: bytes = b"", note: str = "") -> Story:
        self.sense.feed(TraceEvent(CLOCK.now(), at_s, self.link, kind, data, note))
        return self


def test_a_probe_that_comes_off_is_told_from_a_meter_that_never_spoke() -> None:
    story = Story().tell(1, TraceKind.TX, REQUEST).tell(1.6, TraceKind.RX, ANSWER)
    assert story.sense.sight(1.7) is Sight.TALKING
    assert story.sense.sight(9) is Sight.QUIET
    story.tell(10, TraceKind.TX, REQUEST)
    assert story.sense.sight(10.1) is Sight.ASKING
    assert story.sense.sight(12) is Sight.ASKING, "a meter that was heard may think about it"
    assert story.sense.sight(13) is Sight.LIFTED
    story.tell(13, TraceKind.TX, REQUEST)
    assert story.sense.sight(13.1) is Sight.LIFTED, "asked again: nothing is waited for"
    story.tell(13.6, TraceKind.RX, ANSWER)
    assert story.sense.sight(13.7) is Sight.TALKING
    story.tell(14, TraceKind.TX, REQUEST).tell(14.6, TraceKind.RX, ANSWER[:2])
    assert story.sense.sight(14.7) is Sight.ASKING, "the beginning of an answer is no garbage yet"
    never = Story().tell(1, TraceKind.TX, REQUEST)
    assert never.sense.sight(3) is Sight.SILENT


def test_an_answer_that_was_damaged_is_no_meter_that_was_heard() -> None:
    """Its first characters were sound: who is silent after that has not come off."""
    spoilt = ANSWER[:6] + bytes(octet ^ 0x04 for octet in ANSWER[6:])
    story = Story().tell(1, TraceKind.TX, REQUEST).tell(1.6, TraceKind.RX, spoilt[:6])
    assert story.sense.sight(1.7) is Sight.TALKING
    story.tell(1.8, TraceKind.RX, spoilt[6:]).tell(4, TraceKind.TX, REQUEST)
    assert story.sense.sight(8) is Sight.SILENT


def test_an_answer_that_comes_late_is_no_light() -> None:
    story = Story().tell(1, TraceKind.TX, REQUEST)
    assert story.sense.sight(3) is Sight.SILENT
    story.tell(5, TraceKind.RX, ANSWER)
    assert story.sense.sight(5.1) is Sight.TALKING
    noise = Story().tell(1, TraceKind.TX, REQUEST).tell(5, TraceKind.RX, bytes.fromhex("00FF00FF80FF0000"))
    assert noise.sense.sight(6) is Sight.LIGHT


def test_a_meter_that_was_late_once_is_waited_for_as_long_again() -> None:
    """Its first answer may come behind the second question."""
    story = Story().tell(1, TraceKind.TX, REQUEST).tell(3, TraceKind.TX, REQUEST).tell(4.5, TraceKind.RX, ANSWER)
    late_s = 4.5 - 1 - len(REQUEST) * SIGN_ON_LINE.char_time_s
    story.tell(10, TraceKind.TX, REQUEST)
    left_s = 10 + len(REQUEST) * SIGN_ON_LINE.char_time_s
    assert story.sense.sight(left_s + 1.5 * late_s - 0.01) is Sight.ASKING
    assert story.sense.sight(left_s + 1.5 * late_s + 0.01) is Sight.LIFTED


def test_a_probe_that_was_put_back_is_no_late_meter() -> None:
    story = Story().tell(1, TraceKind.TX, REQUEST).tell(9, TraceKind.TX, REQUEST).tell(9.6, TraceKind.RX, ANSWER)
    story.tell(20, TraceKind.TX, REQUEST)
    assert story.sense.sight(23) is Sight.LIFTED


def test_what_was_heard_is_judged_by_the_speed_at_which_it_was_heard() -> None:
    """A meter at 300 baud, heard at 9600: zeros; back at 300 baud they were called light."""
    story = Story().tell(0.5, TraceKind.LINE, note="9600 8N1").tell(1, TraceKind.TX, SNRM)
    story.tell(1.2, TraceKind.RX, bytes(12))
    assert story.sense.sight(2) is Sight.SPEED
    story.tell(2.1, TraceKind.LINE, note="300 7E1")
    assert story.sense.sight(2.2) is Sight.SPEED


def test_what_comes_by_radio_is_waited_for_longer() -> None:
    left_s = 1 + len(REQUEST) * SIGN_ON_LINE.char_time_s
    for link, waits_s in (("optical:x", 0.0), ("ble:F0:F1:F2:F3:F4:F5", RADIO_S)):
        story = Story(link).tell(1, TraceKind.TX, REQUEST)
        assert story.sense.sight(left_s + PATIENCE_S + waits_s - 0.01) is Sight.ASKING
        assert story.sense.sight(left_s + PATIENCE_S + waits_s + 0.01) is Sight.SILENT


def test_life_of_a_link() -> None:
    sense = ProbeSense()
    assert sense.sight(0) is Sight.CLOSED
    story = Story()
    assert story.sense.sight(0) is Sight.QUIET
    story.tell(1, TraceKind.TX, bytes(66))
    assert story.sense.sight(6) is Sight.QUIET, "zeros wake, and ask nothing"
    story.tell(7, TraceKind.STATE, note="lost").tell(7, TraceKind.STATE, note="closed")
    assert story.sense.sight(8) is Sight.GONE, "until it is opened again"
    story.tell(9, TraceKind.STATE, note="opening")
    assert story.sense.sight(9) is Sight.OPENING
    assert {sight for sight in Sight if sight.is_trouble} >= {Sight.GONE, Sight.ECHO, Sight.LIGHT}


class LoopClock:
    """The event loop's own time, which may be virtual."""

    def now(self) -> datetime:
        return CLOCK.now()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


@dataclass
class Unconfirming:
    """A meter that says nothing to an acknowledgement, as some do, and goes on at the agreed speed."""

    port: PortServer

    def attach(self, send: Send) -> Connection:
        return self.port.attach(lambda data: None if data.startswith(b"\x06") else send(data))


def test_a_probe_that_comes_off_amid_a_conversation() -> None:
    """A COSEM session over HDLC at 9600 baud; then the probe is lifted, with an echo and without one."""

    async def main(echo: bool) -> None:
        sense, clock = ProbeSense(), LoopClock()
        line = LineSimulator(PortServer(meter_of("E")), LineSettings(echo=echo), rng=random.Random(1))
        mode = "auto" if echo else "off"
        link = InProcessLink(line, clock=clock, sink=sense.feed, paced=True, line=SIGN_ON_LINE, echo=mode)
        session = MeterSession(lambda: link, Association(), clock=clock, random_bytes=bytes)
        await session.open()
        await session.identify()
        assert sense.sight(clock.monotonic()) is Sight.TALKING
        line.settings.lifted = True
        with pytest.raises(HhtError):
            await session.read_clock()
        assert sense.sight(clock.monotonic()) is Sight.LIFTED
        line.settings.lifted = False
        await session.close()

    in_virtual_time(main(False))
    in_virtual_time(main(True))


@pytest.mark.parametrize("confirms", [True, False], ids=["confirmed", "confirmation missing"])
@pytest.mark.parametrize("echo", [False, True], ids=["no echo", "echo"])
def test_a_sound_connection_is_never_in_trouble(echo: bool, confirms: bool) -> None:
    """The acknowledgement of mode E and its confirmation are the same bytes, and the confirmation may be missing:
    neither is an echo alone, nor a probe that has come off."""

    async def main() -> None:
        sense, clock, seen = ProbeSense(), LoopClock(), set[Sight]()
        meter = PortServer(meter_of("E")) if confirms else Unconfirming(PortServer(meter_of("E")))
        line = LineSimulator(meter, LineSettings(echo=echo), rng=random.Random(1))
        mode = "auto" if echo else "off"
        link = InProcessLink(line, clock=clock, sink=sense.feed, paced=True, line=SIGN_ON_LINE, echo=mode)
        session = MeterSession(lambda: link, Association(), clock=clock, random_bytes=bytes)
        opening = asyncio.create_task(session.open())
        while not opening.done():
            await asyncio.sleep(0.01)
            seen.add(sense.sight(clock.monotonic()))
        await opening
        assert Sight.TALKING in seen
        assert not any(sight.is_trouble for sight in seen), seen
        await session.close()

    in_virtual_time(main())


@pytest.mark.parametrize(("theirs", "ours"), [(2400, SIGN_ON_LINE), (9600, SIGN_ON_LINE), (300, Line(9600))])
def test_somebody_at_another_speed(theirs: int, ours: Line) -> None:
    """What a UART makes of it, not what a test thinks of."""

    async def main() -> None:
        sense, clock, end = ProbeSense(), LoopClock(), FarEnd()
        end.receive = lambda _data: end.send(ANSWER * 12 if theirs > 300 else ANSWER)
        line = LineSimulator(end, LineSettings(stays_at=theirs), rng=random.Random(1))
        link = InProcessLink(line, clock=clock, sink=sense.feed, paced=True, line=ours)
        await link.open()
        await link.write(REQUEST if ours.bits == 7 else SNRM)
        with contextlib.suppress(LinkTimeout):
            while True:
                await link.read(1.0)
        assert sense.sight(clock.monotonic()) is Sight.SPEED
        await link.close()

    in_virtual_time(main())


def test_a_flood_is_judged_by_its_beginning_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much pours in, the window looks at what it keeps of it once more only where the line changed."""
    judged: list[int] = []

    def counting(evidence: Evidence) -> Sight:
        judged.append(len(evidence.raw))
        return judge(evidence)

    monkeypatch.setattr("hht.client.probe_sense.judge", counting)
    sense, at = ProbeSense(), datetime(2026, 3, 2, 9)

    def came(kind: TraceKind, at_s: float, data: bytes = b"", note: str = "") -> None:
        sense.feed(TraceEvent(at, at_s, "tcp://127.0.0.1:4059", kind, data, note))

    came(TraceKind.STATE, 0.0, note="up 9600 8N1 [line]")
    came(TraceKind.TX, 0.1, b"\x7e\xa0\x07")
    for number in range(100):
        came(TraceKind.RX, 0.11 + number / 1000, b"\x7e" * 64)
    assert len(judged) < 8
    assert sense.sight(5.0) is judge(Evidence(b"\x7e" * 256, line=Line(9600, 8, "N", 1)))
