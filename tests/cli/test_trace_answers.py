"""Secrets in what a meter answers: masked for what was asked, or because they are UTRNs, however they are cut."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.link import TraceEvent, TraceKind
from hht.protocol.cosem.access import AccessGet, AccessRequest, AccessResponse
from hht.protocol.cosem.action import ActionOutcome, ActionRequestNormal, ActionResponseNormal
from hht.protocol.cosem.codes import ActionResult, DataAccessResult
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.dissect import dissect_apdu
from hht.protocol.cosem.get import (
    GetRequestNext,
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
)
from hht.protocol.cosem.notifications import EventNotification
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import Data, DataType, octets
from hht.protocol.dissect import dissect
from hht.protocol.frames import Node
from hht.protocol.hdlc.frame import Control, Frame, HdlcAddress
from hht.protocol.iec62056_21 import even_parity
from hht.protocol.iec62056_21.characters import block_check
from hht.protocol.wrapper import wrap
from hht.store.trace_capture import write_capture
from ui.trace_files import write_trace_file
from ui.trace_masking import masked_events

LINK = "optical:/dev/ttyUSB0"
CIN = CosemAttribute(1, Obis.parse("0-3:96.13.1"), 2)
CLOCK = CosemAttribute(8, Obis.parse("0-0:1.0.0"), 2)
TOKEN = CosemAttribute(115, Obis.parse("0-0:19.40.0"), 2)
JOIN = CosemMethod(104, Obis.parse("0-0:30.3.0"), 1)
BACKUP = CosemMethod(104, Obis.parse("0-0:30.3.0"), 4)
UTRN = b"73943333457189043313"
PIN = b"7116"
KEY = bytes.fromhex("83FED3407A939723A5C639B26916D505")


def event(kind: TraceKind, data: bytes) -> TraceEvent:
    return TraceEvent(datetime(2026, 11, 21, tzinfo=UTC), 0.0, LINK, kind, data)


def sent(apdu: bytes) -> bytes:
    return Frame(HdlcAddress(1), HdlcAddress(17), Control.I, True, 0, 0, info=b"\xe6\xe6\x00" + apdu).encode()


def came(apdu: bytes, size: int = 2030) -> bytes:
    info = b"\xe6\xe7\x00" + apdu
    parts = [info[at : at + size] for at in range(0, len(info), size)]
    return b"".join(
        Frame(
            HdlcAddress(17), HdlcAddress(1), Control.I, True, n % 8, 1, segmented=n < len(parts) - 1, info=part
        ).encode()
        for n, part in enumerate(parts)
    )


def heard(*turns: tuple[bytes, bytes], cut: int = 10_000) -> list[bytes]:
    """What is shown of each answer, which comes in pieces of `cut` octets."""
    events, ends = [], []
    for request, answer in turns:
        events.append(event(TraceKind.TX, request))
        events += [event(TraceKind.RX, answer[at : at + cut]) for at in range(0, len(answer), cut)]
        ends.append(len(answer))
    shown = list(masked_events(events))
    assert [(one.kind, len(one.data)) for one in shown] == [(one.kind, len(one.data)) for one in events]
    stream = b"".join(one.data for one in shown if one.kind is TraceKind.RX)
    answers = []
    for size in ends:
        answers.append(stream[:size])
        stream = stream[size:]
    return answers


def get(attribute: CosemAttribute) -> bytes:
    return GetRequestNormal(0xC1, attribute).encode()


def got(value: Data) -> bytes:
    return GetResponseNormal(0xC1, value).encode()


@given(st.integers(1, 40), st.integers(4, 60))
@settings(max_examples=40)
def test_a_cin_that_is_read_is_masked_in_pieces_and_segments_and_the_frames_stay_whole(cut: int, size: int) -> None:
    (shown,) = heard((sent(get(CIN)), came(got(octets(PIN)), size)), cut=cut)
    assert not any(part in shown for part in (PIN, PIN[:2], PIN[2:]))
    assert not list(dissect(shown, "hdlc").errors())
    assert b"".join(node_bytes(shown)) == b"\xe6\xe7\x00\xc4\x01\xc1\x00\x09\x04****"


def node_bytes(frames: bytes) -> Iterable[bytes]:
    """The information of each frame."""
    while frames:
        end = 2 + ((frames[1] & 7) << 8 | frames[2])
        yield frames[8 : end - 3]  # flag 1, format 2, addresses 2, control 1, header check 2
        frames = frames[end:]


def test_what_was_not_asked_for_stays_and_what_comes_after_it_too() -> None:
    time = got(octets(b"\x07" * 12))
    answers = heard((sent(get(CIN)), came(got(octets(PIN)))), (sent(get(CLOCK)), came(time)))
    assert PIN not in answers[0]
    assert answers[1] == came(time)


@pytest.mark.parametrize("cut", [1, 7, 500])
def test_other_services_and_shapes(cut: int) -> None:
    turns: list[tuple[bytes, bytes, bytes]] = [
        (
            GetRequestWithList(0xC1, ((CLOCK, None), (CIN, None))).encode(),
            GetResponseWithList(0xC1, (octets(b"\x07" * 12), octets(PIN))).encode(),
            PIN,
        ),
        (get(TOKEN), got(octets(UTRN)), UTRN[3:]),
        (get(CosemAttribute(19, Obis.parse("0-0:20.0.0"), 8)), got(octets(b"P2password")), b"P2pass"),
        (get(CosemAttribute(15, Obis.parse("0-0:40.0.0"), 0)), got(octets(b"LLSsecret")), b"LLSsecret"),
        (
            ActionRequestNormal(0xC1, BACKUP).encode(),
            ActionResponseNormal(
                0xC1,
                ActionOutcome(
                    ActionResult(0),
                    Data(DataType.STRUCTURE, (octets(b"\x01" * 8), Data(DataType.ARRAY, (octets(KEY),)))),
                ),
            ).encode(),
            KEY[:6],
        ),
        (
            AccessRequest(0x40000001, (AccessGet(CIN),), (Data(DataType.NULL),)).encode(),
            AccessResponse(0x40000001, (octets(PIN),), (DataAccessResult(0),), (1,)).encode(),
            PIN,
        ),
    ]
    for request, answer, secret in turns:
        for ask, reply in ((sent(request), came(answer)), (wrap(1, 16, request), wrap(16, 1, answer))):
            assert secret in reply
            (shown,) = heard((ask, reply), cut=cut)
            assert secret not in shown
            assert b"**" in shown


@pytest.mark.parametrize("size", [5, 8, 13, 19])
def test_a_value_in_blocks_is_masked_in_each_and_a_utrn_over_their_borders_too(size: int) -> None:
    for attribute, value, secret in ((CIN, octets(PIN * 6), PIN), (CLOCK, octets(b"seen " + UTRN + b"."), UTRN)):
        whole = bytes((value.tag, len(bytes(value.value)))) + bytes(value.value)  # type: ignore[arg-type]
        pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
        turns = []
        for number, piece in enumerate(pieces, 1):
            ask = get(attribute) if number == 1 else GetRequestNext(0xC1, number - 1).encode()
            last = number == len(pieces)
            turns.append((sent(ask), came(GetResponseWithDatablock(0xC1, last, number, piece).encode())))
        shown = b"".join(piece[17:-3] for piece in heard(*turns))
        leaked = {secret[at : at + 4] for at in range(3, len(secret) - 3)}
        assert not any(part in shown for part in leaked)


def test_a_damaged_answer_to_such_a_question_shows_nothing() -> None:
    answer = bytearray(came(got(octets(PIN))))
    for at in range(1, len(answer) - 1):
        damaged = bytes(answer[:at]) + bytes((answer[at] ^ 0x10,)) + bytes(answer[at + 1 :])
        (shown,) = heard((sent(get(CIN)), damaged), cut=5)
        assert not any(part in shown for part in (PIN, PIN[:3], PIN[1:])), at


def iec(text: bytes, parity: bool) -> bytes:
    body = text + b"\x03"
    raw = b"\x02" + body + bytes((block_check(body),))
    return even_parity(raw) if parity else raw


@pytest.mark.parametrize("parity", [False, True])
@pytest.mark.parametrize("cut", [1, 3, 400])
def test_plain_text(parity: bool, cut: int) -> None:
    def seven(data: bytes) -> bytes:
        return bytes(byte & 0x7F for byte in data)

    readout = iec(b"1-0:1.8.0(001234.5*kWh)\r\n0-3:96.13.1(7116)\r\n0.0.0(" + UTRN + b")\r\n!\r\n", parity)
    (shown,) = heard((b"/?!\r\n", readout), cut=cut)
    assert b"1-0:1.8.0(001234.5*kWh)" in seven(shown)
    assert b"0-3:96.13.1(****)" in seven(shown)
    assert b"0.0.0(" + b"*" * 20 + b")" in seven(shown)
    assert not list(dissect(seven(shown), "iec").errors())
    command = b"\x01R1\x020-3:C.13.1()\x03"
    asked = command + bytes((block_check(command[1:]),))
    (shown,) = heard((asked, iec(b"(7116)", parity)), cut=cut)
    assert b"(****)" in seven(shown)


def hidden(node: Node, data: bytes) -> bytes:
    return b"".join(data[one.start : one.end] for one in node.secrets())


def test_the_dissector_hides_install_codes_cins_and_tokens() -> None:
    device = Data(DataType.STRUCTURE, (octets(b"\x00\xdb" + b"\x01" * 6), Data(DataType.ENUM, 1), octets(KEY)))
    for apdu, secret in (
        (ActionRequestNormal(0xC1, JOIN, device).encode(), KEY),
        (bytes.fromhex("c101c10001000360 0d01ff0200".replace(" ", "")) + b"\x09\x04" + PIN, PIN),
        (EventNotification(None, CIN, octets(PIN)).encode(), PIN),
        (got(octets(UTRN)), UTRN),
        (ActionRequestNormal(0xC1, CosemMethod(115, TOKEN.obis, 1), octets(UTRN)).encode(), UTRN),
    ):
        tree = dissect_apdu(apdu)
        assert not list(tree.errors())
        assert secret in hidden(tree, apdu)
        assert secret.hex(" ").upper() not in str(tree.as_dict())
        assert secret.decode("latin-1") not in str(tree.as_dict())


def test_every_kind_of_file_is_masked_and_says_so(tmp_path: Path) -> None:
    events = [event(TraceKind.TX, sent(get(CIN))), event(TraceKind.RX, came(got(octets(PIN))))]
    for name in ("t.jsonl", "t.txt", "t.pcapng"):
        written = write_trace_file(tmp_path / name, events, reveal=False)
        raw = (tmp_path / name).read_bytes()
        assert written.masked
        assert b"replay" in raw
        for form in (PIN, PIN.hex().encode(), PIN.hex(" ").encode()):
            assert form not in raw
    with (tmp_path / "raw").open("wb") as file:
        write_capture(events, file)
    assert PIN in (tmp_path / "raw").read_bytes()
