"""A trace becomes a fixture: nothing tells whose it is, it is framed as before, and the terminal holds it again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.anonymise.errors import FixtureRefused
from hht.anonymise.pseudonyms import Pseudonyms
from hht.anonymise.trace import anonymised, forms_of
from hht.client.association import security_material
from hht.client.meter_session import MeterSession
from hht.client.plain_text_session import PlainTextSession
from hht.identifiers import Mpan, Mprn, Utrn, mpan_check_digit, mprn_check_digits, utrn_check_digit
from hht.link import TraceEvent, TraceKind
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.get import GetRequestNext, GetRequestNormal, GetResponseNormal, GetResponseWithDatablock
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import Data, DataType, octets
from hht.protocol.dissect import dissect, guess
from hht.protocol.frames import Node
from hht.protocol.hdlc.frame import Control, Frame, HdlcAddress
from hht.protocol.iec62056_21 import SignOnReader, even_parity
from hht.protocol.iec62056_21.programming import Password
from hht.protocol.wrapper import wrap
from hht.store.trace_capture import read_trace
from hht.store.trace_export import header_facts
from tests.cli.test_trace_answers import came, sent
from tests.cli.test_trace_masking import aarq, frame
from ui.association_options import AssociationOptions
from ui.compose import Composer
from ui.course import follow
from ui.fixtures import make_fixture
from ui.meter_keys import read_password, training_keys
from ui.system import SystemClock
from ui.trace_masking import masked_events

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SEED = bytes(range(32))
# Who the emulated meter is, as it is written on the wire
DEVICE, MPAN = "00DB1234567890A0", "1200023305967"
TELLING = {DEVICE.encode(), b"00-DB-12-34-56-78-90-A0", bytes.fromhex(DEVICE), *forms_of(MPAN.encode())}
OWN = security_material(training_keys("gmac", 0), 0)
OWN_OF_SHA256 = security_material(training_keys("sha256", 0), 0)
SECRET = read_password(None, "sha256", training=True)


async def record(url: str, mode: str = "", **options: str) -> list[TraceEvent]:
    """What goes over the wire while the terminal reads all sorts of things of an emulated meter."""
    events: list[TraceEvent] = []
    composer = Composer(SystemClock(), training=True)
    try:
        meter = await composer.either(url, AssociationOptions(**options), events.append)  # type: ignore[arg-type]
        if isinstance(meter, PlainTextSession) and mode:
            await meter.readout()
        elif isinstance(meter, PlainTextSession):
            await meter.program(Password("Gurux"))
            await meter.read_device_id()
            await meter.stream_profile()
        else:
            await read_all(meter)
        await meter.close()
    finally:
        await composer.close()
    return events


async def read_all(meter: MeterSession) -> None:
    await meter.identify()
    await meter.read_clock()
    await meter.read_registers()
    await meter.read_import_mpan()
    await meter.read_log("security")
    await meter.read_buffer(Obis.parse("0-0:99.1.0"))


def wire(events: Iterable[TraceEvent]) -> bytes:
    """All octets of each direction in one piece, then the words, and all that without parity."""
    parts: dict[TraceKind, bytes] = {}
    for event in events:
        parts[event.kind] = parts.get(event.kind, b"") + event.data + b"|"
    told = b"".join(part.replace(b"|", b"") for part in parts.values())
    words = "\n".join(f"{event.link} {event.note}" for event in events).encode()
    return b"\n".join((told, bytes(octet & 0x7F for octet in told), words))


def shape(node: Node) -> object:
    return node.label, node.start, node.end, tuple(map(shape, node.children)) if node.label != "not understood" else ()


def shapes(events: Sequence[TraceEvent]) -> list[object]:
    return [shape(dissect(event.data, guess(event.data))) for event in events if event.data]


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("emulated:single-element?days=1", {"security": "none"}),
        ("emulated:single-element?days=1", {"security": "low"}),
        ("emulated:single-element?days=1", {"security": "gmac"}),
        ("emulated:single-element?days=1&profiles=delta&blocks=general", {"security": "gmac"}),
        ("emulated:single-element?days=1&clients=every", {"security": "sha256"}),
        ("emulated:single-element?days=2&profiles=compact", {"security": "none"}),
        ("emulated:single-element?days=1&offers=c", {}),
        ("emulated:single-element?days=1&offers=a", {"mode": "readout"}),
        ("emulated:single-element?days=1&offers=c", {"mode": "readout"}),
    ],
)
async def test_a_meter_of_which_nothing_remains_and_which_replays(url: str, options: dict[str, str]) -> None:
    events = await record(url, **options)
    ciphered = options.get("security") in ("gmac", "sha256")
    assert ciphered or TELLING & {form for form in TELLING if form in wire(events)}
    own, secret = (OWN_OF_SHA256, SECRET) if options.get("security") == "sha256" else (OWN, b"")
    made = anonymised(events, SEED, [own], own, secret)
    whole = wire(made)
    assert not [form for form in TELLING if form in whole]
    assert b"Gurux" not in whole
    assert "single-element" not in whole.decode("latin-1")
    assert [(one.kind, len(one.data)) for one in made] == [(one.kind, len(one.data)) for one in events]
    assert shapes(made) == shapes(events)
    assert {one.utc - other.utc for one, other in zip(made, events, strict=True)} == {Pseudonyms(SEED).shift}
    before, after = [await follow(some, Path("t"), SystemClock()) for some in (events, made)]
    assert before == after
    assert (after.left, after.differences) == (0, 0)
    assert after.requests >= 1
    facts = header_facts(next(event for event in made if event.kind is TraceKind.HEADER))
    assert facts["fixture"] is True
    assert facts["training"] is True


@pytest.mark.parametrize("options", [{"security": "gmac"}, {"security": "none"}])
async def test_a_trace_in_which_each_octet_came_by_itself(options: dict[str, str]) -> None:
    """As over a line at its own speed: an octet or two of a frame mean nothing, and may look like anything."""
    events = await record("emulated:single-element?days=1", **options)
    cut = [
        replace(event, data=piece)
        for event in events
        for piece in ([bytes((octet,)) for octet in event.data] if event.kind is TraceKind.RX else [event.data])
    ]
    made = anonymised(cut, SEED, [OWN], OWN)
    heard, as_one = [
        b"".join(event.data for event in some if event.kind is TraceKind.RX)
        for some in (made, anonymised(events, SEED, [OWN], OWN))
    ]
    assert heard == as_one


async def test_of_a_live_meter_whose_secret_is_nobodys_business(tmp_path: Path) -> None:
    """With SHA-256 a secret proves who is there: the fixture has the published one of training in its place, and what
    the trace holds is not even needed."""
    live = await record("emulated:single-element?days=1&clients=every", security="sha256")
    keys = {**training_keys("sha256", 0), "password": "another secret"}
    events = [
        replace(one, note=json.dumps(header_facts(one) | {"training": False})) if one.kind is TraceKind.HEADER else one
        for one in live
    ]
    made = await make_fixture(events, [keys], tmp_path / "f.jsonl", SystemClock())
    assert made.course.requests > 5
    assert made.course.left == made.course.differences == 0


async def test_of_a_live_meter_only_with_its_keys_and_the_fixture_has_others(tmp_path: Path) -> None:
    keys = training_keys("gmac", 0)
    events = [
        one
        if one.kind is not TraceKind.HEADER
        else TraceEvent(
            one.utc, one.monotonic_s, one.link, one.kind, note=json.dumps(header_facts(one) | {"training": False})
        )
        for one in await record("emulated:single-element?days=1", security="gmac")
    ]
    with pytest.raises(FixtureRefused) as refused:
        await make_fixture(events, [], tmp_path / "f.jsonl", SystemClock())
    assert refused.value.code == "fixture-keys"
    assert "--keys" in refused.value.remedy
    for name in ("f.jsonl", "f.pcapng"):
        made = await make_fixture(events, [keys], tmp_path / name, SystemClock())
        assert made.course.requests > 5
        course = await follow(read_trace(tmp_path / name), tmp_path / name, SystemClock())
        assert course == made.course
    other = {**keys, "ek": "ff" * 16}
    with pytest.raises(FixtureRefused):
        await make_fixture(events, [other], tmp_path / "g.jsonl", SystemClock())
    masked = list(masked_events(await record("emulated:single-element?days=1", security="low")))
    with pytest.raises(FixtureRefused) as refused:
        await make_fixture(masked, [], tmp_path / "g.jsonl", SystemClock())
    assert refused.value.code == "fixture-masked"
    assert not (tmp_path / "g.jsonl").exists()


# ------------------------------------------------------------------ any identifier, in any way of writing it


def tell(turns: Sequence[tuple[bytes, bytes]]) -> list[TraceEvent]:
    events = []
    for request, answer in turns:
        events.append(TraceEvent(NOW, 0.0, "optical:/dev/ttyUSB0", TraceKind.TX, request))
        events.append(TraceEvent(NOW + timedelta(seconds=1), 1.0, "optical:/dev/ttyUSB0", TraceKind.RX, answer))
    return events


mpans = st.from_regex(r"(1[0-9]|2[0-4])[1-9][0-9]{9}", fullmatch=True).map(lambda b: b + str(mpan_check_digit(b)))
mprns = st.from_regex(r"[1-9][0-9]{7}", fullmatch=True).map(lambda base: base + mprn_check_digits(base))
utrns = st.integers(7394156990786306048, 7394156990786306048 + (1 << 45) - 1).map(
    lambda ptut: str(ptut) + str(utrn_check_digit(str(ptut)))
)
serials = st.from_regex(r"[A-HJ-NP-Z]{4,5}[1-9][0-9]{8}", fullmatch=True)
titles = st.binary(min_size=8, max_size=8).filter(lambda title: len(set(title)) > 4)


def as_value(text: str, how: str) -> Data:
    if how == "number" and len(text) < 20:
        return Data(DataType.LONG64_UNSIGNED, int(text))
    if how == "packed":
        return octets(bytes.fromhex(text if len(text) % 2 == 0 else f"0{text}"))
    return octets(text.encode())


@given(
    st.one_of(mpans, mprns, utrns),
    st.sampled_from(["text", "packed", "number"]),
    serials,
    titles,
    st.integers(3, 40),
    st.integers(6, 60),
)
@settings(max_examples=60)
def test_no_identifier_remains_however_it_is_written_and_cut(
    number: str, how: str, serial: str, title: bytes, block: int, segment: int
) -> None:
    value = Data(DataType.STRUCTURE, (as_value(number, how), octets(serial.encode()), octets(title)))
    attribute = CosemAttribute(1, Obis.parse("0-0:96.1.1"), 2)
    encoded = GetResponseNormal(0xC1, value).encode()[4:]
    pieces = [encoded[at : at + block] for at in range(0, len(encoded), block)]
    turns = []
    for index, piece in enumerate(pieces, 1):
        ask = GetRequestNormal(0xC1, attribute) if index == 1 else GetRequestNext(0xC1, index - 1)
        answer = GetResponseWithDatablock(0xC1, index == len(pieces), index, piece)
        turns.append((sent(ask.encode()), came(answer.encode(), segment)))
    turns.append((b"/?" + serial.encode() + b"!\r\n", b"0.0.0(" + number.encode() + b")\r\n"))
    events = tell(turns)
    made = anonymised(events, SEED)
    whole = wire(made)
    assert not [form for one in (number.encode(), serial.encode(), title) for form in forms_of(one) if form in whole]
    assert all(not list(dissect(one.data, guess(one.data)).errors()) for one in made if one.data)
    text = made[-1].data.decode()[6:-3]
    parse = {13: Mpan.parse, 10: Mprn.parse, 20: Utrn.parse}[len(number)]
    assert str(parse(text))  # the check digits are right
    assert made[-2].data.decode()[2:-3] == Pseudonyms(SEED).text(serial)  # the same everywhere
    if how == "text":
        info = b"".join(piece for one in made[1:-2:2] for piece in contents_of(one.data))
        assert text.encode() in info


def contents_of(frames: bytes) -> Iterable[bytes]:
    """What each message brings of the value, without HDLC and block header."""
    message = b""
    while frames:
        end = 2 + ((frames[1] & 7) << 8 | frames[2])
        message += frames[8 : end - 3]
        frames = frames[end:]
    yield message[13:]


def test_readings_and_times_change_alike_wherever_they_stand() -> None:
    stands_for = Pseudonyms(SEED)
    assert stands_for.number(1234567, 0, 1 << 32) == int(stands_for.digits("1234567"))
    assert stands_for.fraction("001234.567").replace(".", "") == "00" + stands_for.digits("1234567")
    assert [stands_for.number(0, 0, 9), stands_for.digits("000")] == [0, "000"]
    assert stands_for.text("kWh")[0].islower()
    assert stands_for.shift % timedelta(weeks=1) == timedelta(0)
    assert stands_for.shift < timedelta(0)
    assert Pseudonyms(bytes(32)).digits("1234567") != stands_for.digits("1234567")
    for value in (255, 200, -128, 127, 65_000):
        bits = 8 if abs(value) < 256 else 16
        made = stands_for.number(value, -(1 << bits - 1) if value < 0 else 0, (1 << bits) - 1)
        assert len(str(abs(made))) == len(str(abs(value)))


def test_what_has_neither_letters_nor_digits_is_not_kept_either() -> None:
    assert Pseudonyms(SEED).octets(b"!#$%&()*+,") not in (b"!#$%&()*+,", b"")
    assert Pseudonyms(SEED).octets(b"-- -") == b"-- -"


def test_what_is_damaged_stays_damaged_and_tells_nothing() -> None:
    good = came(GetResponseNormal(0xC1, octets(b"ABCDE123456789")).encode())
    bad = bytearray(good)
    bad[20] ^= 1
    ask = sent(GetRequestNormal(0xC1, CosemAttribute(1, Obis.parse("0-0:96.1.1"), 2)).encode())
    made = anonymised(tell([(ask, bytes(bad)), (ask, good)]), SEED)
    assert len(made[1].data) == len(good)
    assert list(dissect(made[1].data, "hdlc").errors())
    assert b"123456789" not in wire(made)
    assert not list(dissect(made[3].data, "hdlc").errors())


def test_an_echo_a_repetition_and_an_address_made_of_a_serial_number() -> None:
    physical = HdlcAddress(1, 9876, 4)
    ask = Frame(physical, HdlcAddress(16), Control.SNRM).encode()
    say = Frame(HdlcAddress(16), physical, Control.UA).encode()
    made = anonymised(tell([(ask, ask + say), (ask, ask + say)]), SEED)
    assert made[0].data == made[2].data == made[1].data[: len(ask)]
    assert made[1].data == made[3].data
    assert physical.to_bytes() not in made[1].data
    assert not list(dissect(made[1].data, "hdlc").errors())


@pytest.mark.parametrize(
    ("mechanism", "why"),
    [
        (Mechanism.HIGH_MD5, "other means than GMAC and SHA-256"),
        (Mechanism.HIGH_SHA1, "other means than GMAC and SHA-256"),
        (Mechanism.HIGH_ECDSA, "by signatures: nobody can send the same again"),
    ],
)
def test_what_is_not_done_is_refused(mechanism: Mechanism, why: str) -> None:
    events = tell([(frame(b"\xe6\xe6\x00" + aarq(mechanism, bytes(32))), b"")])
    with pytest.raises(FixtureRefused, match=why) as refused:
        anonymised(events, SEED)
    assert refused.value.code == "fixture-not-supported"


@pytest.mark.parametrize("piece", [1, 7, 500])
def test_zeros_that_wake_a_meter_are_no_part_of_what_follows(piece: int) -> None:
    """Nor are those as which a meter at 300 baud is heard at a higher speed."""
    ask, answer = even_parity(b"/?!\r\n"), even_parity(b"/HHT5\\2HT100\r\n")
    whole = tell([(ask, b""), (bytes(66), bytes(13)), (ask, answer)])
    events = [
        replace(event, data=event.data[at : at + piece])
        for event in whole
        for at in range(0, max(1, len(event.data)), piece)
    ]
    made = anonymised(events, SEED)
    said, heard = [
        b"".join(event.data for event in made if event.kind is kind) for kind in (TraceKind.TX, TraceKind.RX)
    ]
    assert said == ask + bytes(66) + ask
    assert heard[:13] == bytes(13)
    assert len(heard) == 13 + len(answer)
    assert SignOnReader().feed(heard[13:]) is not None


@pytest.mark.parametrize("cut", [3, 500])
def test_packets_of_the_wrapper_and_both_ends_of_an_optical_probe(cut: int) -> None:
    ask = GetRequestNormal(0xC1, CosemAttribute(1, Obis.parse("0-0:96.1.1"), 2)).encode()
    answer = GetResponseNormal(0xC1, octets(b"SERIAL987654321")).encode()
    for request, reply in ((wrap(1, 16, ask), wrap(16, 1, answer)), (sent(ask), sent(ask) + came(answer, 9))):
        events = tell([(request, reply[:cut]), (b"", reply[cut:])])
        made = anonymised([event for event in events if event.data], SEED)
        heard = b"".join(event.data for event in made if event.kind is TraceKind.RX)
        assert len(heard) == len(reply)
        assert b"987654321" not in heard
        assert not list(dissect(heard, guess(heard)).errors())
        assert made[0].data == request
