"""The terminal reads meters in plain text: over a line as slow as a real one (in virtual time); hostile ends."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.in_process import InProcessLink, in_process_pair
from drivers.line_simulator import LineSettings, LineSimulator
from hht.client.api import LocalAccess, MeterError, MeterRefused, ReadBackMismatch
from hht.client.deadlines import Timing
from hht.client.meter_session import Association, MeterSession
from hht.client.opening import open_either
from hht.client.plain_text_session import PlainTextSession, Readout
from hht.client.sign_on import Opening
from hht.clock import ManualClock
from hht.emulation.port_server import PortServer, offering
from hht.errors import HhtError
from hht.link import SIGN_ON_LINE, Capability
from hht.model.electricity_meter import ElectricityMeter
from hht.model.premises import load_premises
from hht.protocol.frames import FrameError
from hht.protocol.iec62056_21 import ProtocolMode, even_parity, without_parity
from hht.protocol.iec62056_21.messages import Control, Message, MessageReader, command, data_message
from hht.protocol.iec62056_21.programming import READS, WRITES, Password, partial_blocks
from tests.drivers.conftest import eventually
from tests.support.virtual_time import in_virtual_time

CLOCK = ManualClock(datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC))
QUICK = Timing(listen_s=0.2, reaction_s=0.1, gap_s=0.05, confirmation_s=0.05, slack_s=0.0, telegram_s=0.3)


def meter_of(mode: str, name: str = "single-element", reaction_ms: int = 200) -> ElectricityMeter:
    meter = load_premises(name, clock=CLOCK, days=2).device()
    return offering(meter, mode, reaction_ms=reaction_ms)


class Wire:
    """A meter at the end of a paced line, and what it took."""

    def __init__(self, meter: ElectricityMeter, settings: LineSettings, seed: int = 1) -> None:
        self.simulator = LineSimulator(PortServer(meter), settings, rng=random.Random(seed))
        echo = "auto" if settings.echo else "off"
        self.link = InProcessLink(self.simulator, clock=CLOCK, paced=True, line=SIGN_ON_LINE, echo=echo)

    def plain(self, mode: ProtocolMode | None = None, opening: Opening | None = None) -> PlainTextSession:
        return PlainTextSession(lambda: self.link, opening, mode=mode)


def talk(
    wire: Wire,
    mode: ProtocolMode | None,
    do: Callable[[PlainTextSession], Awaitable[Any]],
    opening: Opening | None = None,
) -> Any:
    async def main() -> Any:
        session = wire.plain(mode, opening)
        await session.open()
        try:
            return await do(session)
        finally:
            await session.close()

    return in_virtual_time(main())


def check(readout: Readout, meter: ElectricityMeter) -> None:
    registers = {str(r[0]): (r[1] * 1000, r[2]) for entry in readout.data_sets if (r := entry.register)}
    imported, exported = meter.registers()
    assert registers["1-0:1.8.0"] == (imported, "kWh")
    assert registers["1-0:2.8.0"] == (exported, "kWh")
    assert readout.find("C.1.1")[0].values[0].text == meter.identity.device_id


@pytest.mark.parametrize("echo", [False, True])
@pytest.mark.parametrize("mode", ["A", "B", "C", "D", "E"])
def test_every_mode_over_a_line_that_takes_its_time(mode: str, echo: bool) -> None:
    meter = meter_of(mode)
    wire = Wire(meter, LineSettings(echo=echo))
    wanted = ProtocolMode.D if mode == "D" else None
    readout = talk(wire, wanted, lambda session: session.readout())
    check(readout, meter)
    assert readout.mode.value == ("C" if mode == "E" else mode)
    assert readout.checked == (mode != "D")
    assert wire.simulator.violations == []
    assert wire.link.parity_errors == 0


@pytest.mark.parametrize(("fastest", "speed"), [(9600, 9600), (19200, 9600), (4000, 2400), (300, 300), (10, 300)])
def test_a_speed_that_probe_or_meter_can_follow(fastest: int, speed: int) -> None:
    meter = meter_of("C")
    wire = Wire(meter, LineSettings())
    seen: list[int] = []

    async def read(session: PlainTextSession) -> Readout:
        readout = await session.readout()
        seen.append(wire.link.line.baud)
        return readout

    check(talk(wire, None, read, Opening(fastest=fastest)), meter)
    assert seen == [speed]


def test_a_battery_powered_meter_is_woken_first() -> None:
    meter = meter_of("C")
    wire = Wire(meter, LineSettings())

    async def timed(session: PlainTextSession) -> float:
        woken = asyncio.get_running_loop().time()
        check(await session.readout(), meter)
        return woken

    seconds = talk(wire, None, timed, Opening(wake=True))
    plain = talk(Wire(meter_of("C"), LineSettings()), None, timed)
    assert seconds - plain == pytest.approx(2.2 + 1.6, abs=0.1)


def test_a_readout_takes_the_time_of_its_characters() -> None:
    """Mode A at 300 baud: the request, the reaction, the identification and the data message, ten bits each."""
    meter = meter_of("A")
    wire = Wire(meter, LineSettings())

    async def timed(session: PlainTextSession) -> tuple[Readout, float]:
        return await session.readout(), asyncio.get_running_loop().time()

    readout, seconds = talk(wire, None, timed)
    characters = 5 + wire.link.bytes_rx
    settled_s = 0.01  # the line's settings keep so much distance
    assert seconds == pytest.approx(characters * 10 / 300 + 0.2 + settled_s, abs=0.02)
    check(readout, meter)


def test_programming_reads_writes_and_reads_back() -> None:
    meter = meter_of("C")
    wire = Wire(meter, LineSettings(echo=True))
    told: list[str] = []

    async def visit(session: PlainTextSession) -> None:
        assert await session.program(Password("Gurux")) == "00DB1234567890A0"
        assert await session.programming.local_access() is LocalAccess.INSTALLER
        done = await session.programming.write("0-0:94.44.0.1", "600", before_write=lambda: told.append("intent"))
        assert (done.before, done.after, done.written) == ("0*s", "600*s", True)
        again = await session.programming.write("0-0:94.44.0.1", "600", before_write=lambda: told.append("again"))
        assert not again.written
        assert not (await session.programming.write("0-0:94.44.0.1", "600*s")).written
        with pytest.raises(MeterRefused, match="ER03"):
            await session.programming.write("0-0:94.44.0.1", "600*min")
        rows = await session.programming.read("P.01", ";", name="R6")
        assert len(rows) == 1 + len(meter.profile)
        assert rows == await session.programming.read("P.01", ";", name="R5")
        with pytest.raises(MeterRefused, match="ER02, usually: invalid command"):
            await session.programming.read("9.9.9")
        with pytest.raises(MeterRefused, match="ER03"):
            await session.programming.write("0-0:94.44.0.1", "1800")
        with pytest.raises(FrameError):
            await session.programming.write("0-0:94.44.0.1", "1)(2")
        check(await session.readout(), meter)  # a new sign-on, and back
        await session.program()
        with pytest.raises(MeterRefused, match="ER07"):
            await session.programming.write("0-0:94.44.0.1", "0")  # without the password

    talk(wire, None, visit)
    assert told == ["intent"]
    assert [entry.value for entry in meter.writes.entries] == ["600"]


def test_every_command_of_programming_mode_from_both_ends() -> None:
    meter = meter_of("C")

    async def visit(session: PlainTextSession) -> None:
        await session.program(Password("Gurux"))
        mode = session.programming
        readings = {name: str((await mode.read("C.1.1", name=name))[0][0].values[0]) for name in READS}
        assert set(readings.values()) == {meter.identity.device_id}
        for seconds, name in enumerate(WRITES, 600):
            done = await mode.write("0-0:94.44.0.1", str(seconds), name=name)
            assert (done.after, done.written) == (f"{seconds}*s", True)
        was = meter.clock.now()
        assert await mode.execute("0-0:1.0.0", "-90") == []
        assert (meter.clock.now() - was).total_seconds() == pytest.approx(-90, abs=5)
        done = await mode.set_clock(CLOCK.now, 3600.0)
        assert not done.written
        done = await mode.set_clock(CLOCK.now)
        assert done.written
        for wrong in ("R0", "R7", "W0", "W6", "X1"):
            with pytest.raises(FrameError, match="no command"):
                await (mode.read("C.1.1", name=wrong) if wrong[0] == "R" else mode.write("C.1.1", "1", name=wrong))

    talk(Wire(meter, LineSettings()), None, visit)


def test_what_is_written_in_partial_blocks_arrives_as_one() -> None:
    pieces = partial_blocks("W3", "0-0:96.1.0(" + "x" * 300 + ")")
    reader = MessageReader()
    messages = reader.feed(b"".join(pieces))
    assert [(message.command, message.more) for message in messages if isinstance(message, Message)] == [
        ("W3", True), ("W3", True), ("W3", False),
    ]  # fmt: skip
    assert partial_blocks("W1", "x" * 300) == [command("W1", "x" * 300)]


async def test_a_password_by_the_makers_algorithm_is_refused_in_words_before_anything_is_sent() -> None:
    heard: list[bytes] = []

    def listening(data: bytes) -> bytes:
        heard.append(data)
        return b"/ABC5OLD\r\n" if data.startswith(b"/?") else b""

    with pytest.raises(FrameError) as caught:
        await against(listening, lambda session: session.program(Password("Gurux"), kind="P2"))
    assert caught.value.code == "iec-p2"
    assert heard == [b"/?!\r\n"]


def test_a_meter_that_does_not_let_an_installer_write_is_not_written() -> None:
    meter = meter_of("C", "smets2-read-only")
    wire = Wire(meter, LineSettings())

    async def attempt(session: PlainTextSession) -> MeterRefused:
        await session.program(Password("Gurux"))
        with pytest.raises(MeterRefused) as caught:
            await session.programming.write("0-0:94.44.0.1", "0")
        return caught.value

    assert talk(wire, None, attempt).code == "local-access"
    assert not any("refused" in record.information for record in meter.security_log)  # nothing was even tried


def test_what_forgets_is_found_by_reading_back() -> None:
    meter = meter_of("C", "forgets-writes")

    async def attempt(session: PlainTextSession) -> None:
        await session.program(Password("Gurux"))
        with pytest.raises(ReadBackMismatch):
            await session.programming.write("0-0:94.44.0.1", "600")

    talk(Wire(meter, LineSettings()), None, attempt)


def test_a_wrong_password_is_refused_in_words_and_does_not_show() -> None:
    async def attempt(session: PlainTextSession) -> HhtError:
        with pytest.raises(MeterRefused) as caught:
            await session.program(Password("Sesame-17"))
        return caught.value

    error = talk(Wire(meter_of("C"), LineSettings()), None, attempt)
    assert error.code == "iec-password-refused"
    assert "Sesame" not in str(error.as_dict())


@pytest.mark.parametrize(("mode", "rate"), [("B", 0.0006), ("C", 0.002), ("D", 0.0006)])
def test_a_damaged_line_gives_the_right_values_or_an_error(mode: str, rate: float) -> None:
    meter = meter_of(mode)
    errors = []
    for seed in range(15):
        wire = Wire(meter, LineSettings(bit_error=rate, drop=rate / 2), seed)
        try:
            readout = talk(wire, ProtocolMode.D if mode == "D" else None, lambda session: session.readout())
        except HhtError as error:
            errors.append(error)
        else:
            check(readout, meter)
    assert 0 < len(errors) < 15  # both were seen
    assert all(error.remedy for error in errors)


def test_a_damaged_readout_is_asked_for_again() -> None:
    meter = meter_of("C")
    wire = Wire(meter, LineSettings())
    damaged = []
    honest = wire.simulator.damage

    def damage(data: bytes) -> bytes:
        if not damaged and wire.link.bytes_rx > 100:
            damaged.append(data)
            return bytes([data[0] ^ 0x03]) + data[1:]  # two bits: the parity stays right
        return honest(data)

    wire.simulator.damage = damage  # type: ignore[method-assign]
    check(talk(wire, None, lambda session: session.readout()), meter)
    assert damaged
    assert wire.link.parity_errors == 0


# ------------------------------------------------------------------------------------------------- hostile ends

Answer = Callable[[bytes], bytes]


async def against(answer: Answer, do: Callable[[PlainTextSession], Awaitable[Any]], **how: Any) -> Any:
    """Talk to a far end that answers each piece with `answer` (7 bits)."""
    link, far = in_process_pair(clock=CLOCK)
    far.receive = lambda data: far.send(even_parity(answer(without_parity(data))))
    session = PlainTextSession(lambda: link, timing=QUICK, **how)
    try:
        await session.open()
        return await do(session)
    finally:
        await session.close()


def scripted(*answers: bytes, identification: bytes = b"/ABC5OLD\r\n") -> Answer:
    """The identification, then the answers in turn, the last again and again."""
    left = list(answers)

    def answer(data: bytes) -> bytes:
        if data.startswith(b"/?"):
            return identification
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


READOUT = data_message(b"1.8.0(001234.567*kWh)\r\n!\r\n")


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([b""], "iec-no-answer"),
        ([b"\x00\xff\x00" * 50], "iec-no-answer"),
        ([READOUT[:-1] + b"\x00"], "iec-bcc"),
        ([READOUT[:20]], "iec-truncated"),
        ([Message(b"1.8.0(\x00)").wire], "iec-characters"),
        ([b"\x01ZZ\x02x\x03\x00"], "iec-command"),
        ([data_message(b"1.8.0(1")], "iec-data"),
        ([data_message(b"1.8.0(1)!2.8.0(1)\r\n")], "iec-data"),
        ([command("B0")], "iec-answer"),
        ([b"\x06"], "iec-answer"),
        ([data_message(b"1.8.0(1)\r\n", more=True), b"\x06"], "iec-answer"),
    ],
)
async def test_a_readout_from_a_hostile_meter_ends_in_a_sentence(answers: list[bytes], code: str) -> None:
    with pytest.raises(HhtError) as caught:
        await against(scripted(*answers), lambda session: session.readout())
    assert caught.value.code == code
    assert caught.value.remedy


@pytest.mark.parametrize("end", range(0, len(READOUT), 3))
async def test_a_readout_cut_off_anywhere_is_repeated(end: int) -> None:
    readout = await against(scripted(READOUT[:end] if end else READOUT, READOUT), lambda session: session.readout())
    assert str(readout.data_sets[0]) == "1.8.0(001234.567*kWh)"


_PIECES = [
    READOUT,
    READOUT[:9],
    b"\x06",
    b"\x15",
    b"\x02",
    b"\x03",
    b"/ABCEOLD\r\n",
    b"/ABC5OLD\r\n",
    command("P0", "(1)"),
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=30) | st.sampled_from(_PIECES), max_size=12), st.sampled_from([None, *"ACD"]))
def test_any_answers_end_in_a_readout_or_a_sentence(answers: list[bytes], mode: str | None) -> None:
    """Whatever comes, piece by piece, to whatever the terminal says; then silence. Waiting is counted, not spent."""
    left = list(answers)

    async def main() -> None:
        link, far = in_process_pair(clock=CLOCK)
        far.receive = lambda _data: far.send(left.pop(0)) if left else None
        session = PlainTextSession(lambda: link, mode=ProtocolMode(mode) if mode else None)
        try:
            await session.open()
            far.send(b"".join(answers[:1]))
            readout = await session.readout()
            assert all(entry.address.isprintable() for entry in readout.data_sets)
        except HhtError as error:
            assert error.remedy  # noqa: PT017
        finally:
            await session.close()
        assert asyncio.get_running_loop().time() < 120

    in_virtual_time(main())


async def test_an_endless_line_ends() -> None:
    answer = scripted(b"\x02" + b"1" * (5 << 20))
    with pytest.raises(FrameError) as caught:
        await against(answer, lambda session: session.readout())
    assert caught.value.code in ("iec-endless", "iec-truncated", "iec-data")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (data_message(b"2.8.0(1*kWh)"), "iec-answer"),  # another address than was asked
        (data_message(b""), "iec-answer"),
        (b"\x06", "iec-answer"),
        (b"\x15", "iec-nak"),
        (command("B0"), "iec-break"),
        (command("P0", "()"), "iec-answer"),
        (data_message(b"(ER06)"), "iec-refused"),
        (b"", "iec-no-answer"),
    ],
)
async def test_a_read_from_a_hostile_meter_ends_in_a_sentence(answer: bytes, code: str) -> None:
    async def read(session: PlainTextSession) -> None:
        await session.program()
        await session.programming.read("1.8.0")

    with pytest.raises(HhtError) as caught:
        await against(scripted(command("P0", "()"), answer), read)
    assert caught.value.code == code
    assert caught.value.remedy


async def test_wrong_parity_bits_are_counted_and_told() -> None:
    link, far = in_process_pair(clock=CLOCK)
    answer = scripted(READOUT[:-1] + b"\x00")
    far.receive = lambda data: far.send(_spoilt(even_parity(answer(without_parity(data)))))
    session = PlainTextSession(lambda: link, timing=QUICK)
    await session.open()
    with pytest.raises(FrameError) as caught:
        await session.readout()
    await session.close()
    assert caught.value.details["parity_errors"] == 3  # in each of three attempts
    assert "3 characters had a wrong parity bit" in caught.value.message


@pytest.mark.parametrize("at", [20, 30, -10])
async def test_a_telegram_is_as_good_as_its_parity_bits(at: int) -> None:
    """Two flipped bits that keep a digit a digit, wherever the pieces break: only the parity bit of one shows it."""
    telegram = bytearray(even_parity(b"/ABC3OLD\r\n\r\n1.8.0(001234.567*kWh)\r\n2.8.0(000001.000*kWh)\r\n!\r\n"))
    telegram[at] ^= 0x01
    for cut in (0, 5, 12, 25, 40):
        link, far = in_process_pair(clock=CLOCK)
        session = PlainTextSession(lambda link=link: link, timing=QUICK, mode=ProtocolMode.D)  # type: ignore[misc]
        await session.open()
        reading = asyncio.ensure_future(session.readout())
        await eventually(lambda far=far: far.baud == 2400)  # type: ignore[misc]
        far.send(bytes(telegram[:cut]))
        await asyncio.sleep(0)
        far.send(bytes(telegram[cut:]))
        with pytest.raises(HhtError):
            await reading
        await session.close()


def _spoilt(wire: bytes) -> bytes:
    """A data message whose sixth character has a wrong parity bit."""
    return wire[:5] + bytes([wire[5] ^ 0x80]) + wire[6:] if wire[:1] in b"\x82" else wire


async def test_an_answer_without_its_address_is_taken() -> None:
    async def read(session: PlainTextSession) -> Any:
        await session.program()
        return await session.programming.read("1.8.0")

    lines = await against(scripted(command("P0", "()"), data_message(b"(12.5*kWh)")), read)
    assert str(lines[0][0]) == "(12.5*kWh)"


async def test_a_telegram_that_never_comes() -> None:
    with pytest.raises(MeterError) as caught:
        await against(lambda data: b"", lambda session: session.readout(), mode=ProtocolMode.D)
    assert caught.value.code == "iec-no-telegram"


async def test_what_a_mode_cannot_do_and_what_is_out_of_order() -> None:
    old = scripted(READOUT, identification=b"/ABCXOLD\r\n")
    with pytest.raises(MeterError, match="mode A has no programming mode"):
        await against(old, lambda session: session.program())
    with pytest.raises(MeterError, match="not in programming mode"):
        await against(old, lambda session: session.programming.read("1.8.0"))
    closed = PlainTextSession(lambda: in_process_pair(clock=CLOCK)[0])
    with pytest.raises(MeterError, match="no conversation"):
        await closed.readout()
    await closed.close()


async def test_the_goodbye_of_programming_mode_is_a_break() -> None:
    heard: list[Any] = []
    reader = MessageReader()
    answer = scripted(command("P0", "()"))

    def listening(data: bytes) -> bytes:
        heard.extend(reader.feed(data))
        return answer(data)

    await against(listening, lambda session: session.program())
    assert heard[-1] == Message(b"", "B0")
    assert Control.NAK not in heard


# ------------------------------------------------------------------------------------------ which of the two it is


@pytest.mark.parametrize(("mode", "kind"), [("E", MeterSession), ("C", PlainTextSession), ("A", PlainTextSession)])
def test_the_identification_decides_how_the_meter_is_spoken_to(mode: str, kind: type) -> None:
    meter = meter_of(mode)
    wire = Wire(meter, LineSettings(echo=True))

    async def main() -> None:
        cosem = MeterSession(lambda: wire.link, Association(), clock=CLOCK, random_bytes=bytes)
        session = await open_either(lambda: wire.link, cosem, wire.plain())
        try:
            assert isinstance(session, kind)
            if isinstance(session, MeterSession):
                assert (await session.identify()).device_id == meter.identity.device_id
            else:
                check(await session.readout(), meter)
        finally:
            await session.close()

    in_virtual_time(main())
    assert wire.simulator.violations == []


@pytest.mark.parametrize("match_speeds", [True, False])
def test_a_meter_that_talks_by_itself_is_recognised(match_speeds: bool) -> None:
    """On a serial line at 300 baud a telegram is garbage; behind a serial server at 2400 it is in clear."""
    meter = meter_of("D")
    wire = Wire(meter, LineSettings(match_speeds=match_speeds))

    async def main() -> tuple[Readout, Readout]:
        cosem = MeterSession(lambda: wire.link, Association(), clock=CLOCK, random_bytes=bytes)
        session = await open_either(lambda: wire.link, cosem, wire.plain())
        try:
            assert isinstance(session, PlainTextSession)
            assert session.mode is ProtocolMode.D
            return await session.readout(), await session.readout()  # the next one too
        finally:
            await session.close()

    for readout in in_virtual_time(main()):
        check(readout, meter)
        assert readout.mode is ProtocolMode.D


TELEGRAM = b"/ABC3OLD\r\n\r\n1.8.0(001234.567*kWh)\r\n!\r\n"


@pytest.mark.parametrize("cut", range(1, len(TELEGRAM), 4))
async def test_a_telegram_instead_of_an_answer_is_no_mode_c(cut: int) -> None:
    """Its baud rate character is that of mode C; the empty line behind the identification is not."""
    link, far = in_process_pair(clock=CLOCK)
    link._capabilities &= ~Capability.INSTANT
    turns = iter((TELEGRAM[:cut], TELEGRAM[cut:]))

    def answer(_data: bytes) -> None:
        for piece in turns:
            far.send(even_parity(piece))

    far.receive = answer
    session = PlainTextSession(lambda: link, timing=QUICK)
    await session.open()
    try:
        assert session.mode is ProtocolMode.D
        assert str((await session.readout()).data_sets[0]) == "1.8.0(001234.567*kWh)"
    finally:
        await session.close()


async def test_garbage_that_is_no_telegram_stays_garbage() -> None:
    with pytest.raises(HhtError) as caught:
        await against(lambda _data: b"\x11\x22\x33", lambda session: session.readout())
    assert caught.value.code == "sign-on-garbled"


@pytest.mark.parametrize(("reaction_ms", "most"), [(20, 1.6), (200, 2.3)])
def test_from_the_first_character_to_an_association(reaction_ms: int, most: float) -> None:
    """A 300 baud opening with an identification of 20 characters, both ends reacting in their minimum time: counted
    on the paced line, in virtual time."""
    meter = meter_of("E", reaction_ms=reaction_ms)
    identity = meter.identity
    assert len(f"/{identity.maker}5\\2{identity.model}\r\n") == 19
    wire = Wire(meter, LineSettings(turnaround_s=reaction_ms / 1000))

    async def main() -> float:
        session = MeterSession(lambda: wire.link, Association(), clock=CLOCK, random_bytes=bytes)
        await session.open()
        seconds = asyncio.get_running_loop().time()
        await session.close()
        return seconds

    seconds = in_virtual_time(main()) + 10 / 300  # the twentieth character
    print(f"sign-on to associated, {reaction_ms} ms reaction: {seconds:.3f} s")
    assert seconds <= most
