"""Speeds that do not work: a meter that stays slow, a probe that cannot follow, a meter that answers another mode, one
that sleeps; over a paced line that samples as UARTs do, in virtual time."""

from __future__ import annotations

import asyncio
import random
import secrets
from dataclasses import replace

import pytest

from drivers.in_process import InProcessLink
from drivers.line_simulator import LineSettings, LineSimulator
from drivers.serving import Attachable, Connection, Send
from hht.client.association import Association
from hht.client.deadlines import Timing
from hht.client.meter_session import MeterSession
from hht.client.opening import open_either
from hht.client.plain_text_session import PlainTextSession
from hht.client.probe_sense import ProbeSense, Sight
from hht.client.remarks import Remark
from hht.client.sign_on import Opening, SignedOn, SignOnFailed, time_for
from hht.client.speeds import Confirmation, judge_confirmation, slower_than
from hht.emulation.port_server import PortServer
from hht.link import SIGN_ON_LINE, Line, LinkUnavailable, TraceEvent, TraceKind
from hht.protocol.hdlc import HdlcLinkError
from hht.protocol.iec62056_21 import ProtocolMode, acknowledge, even_parity
from hht.protocol.iec62056_21.sign_on import parse_identification
from tests.client.test_plain_text import CLOCK, check, meter_of
from tests.support.virtual_time import in_virtual_time

ACK = acknowledge("5")


class RefusingLink(InProcessLink):
    """An adapter that refuses all speeds but `speeds`, and says so."""

    speeds: tuple[int, ...] = ()

    async def _set_line(self, line: Line) -> None:
        if self.speeds and line.baud not in self.speeds:
            raise LinkUnavailable(f"The adapter cannot do {line}.", remedy="Use another adapter, or another speed.")
        await super()._set_line(line)


class Stand:
    """A meter behind a line of these settings. `trace`: what the link notes of its line."""

    def __init__(self, mode: str, settings: LineSettings, port: Attachable | None = None) -> None:
        self.trace: list[str] = []
        self.meter = meter_of(mode)
        self.simulator = LineSimulator(port or PortServer(self.meter), settings, rng=random.Random(5))
        echo = "auto" if settings.echo else "off"
        self.link = RefusingLink(
            self.simulator, clock=CLOCK, sink=self._noted, paced=True, line=SIGN_ON_LINE, echo=echo
        )
        self.remarks: list[Remark] = []
        self.seen: set[Sight] = set()  # what a screen shows of the probe
        self._sense = ProbeSense()

    def _noted(self, event: TraceEvent) -> None:
        now_s = asyncio.get_running_loop().time()
        self.seen.add(self._sense.sight(now_s))
        self._sense.feed(replace(event, monotonic_s=now_s))
        if event.kind is TraceKind.LINE:
            self.trace.append(event.note)

    def cosem(self) -> MeterSession:
        association = Association()
        return MeterSession(
            lambda: self.link,
            association,
            clock=CLOCK,
            random_bytes=secrets.token_bytes,
            on_remark=self.remarks.append,
        )

    def plain(self, opening: Opening | None = None) -> PlainTextSession:
        return PlainTextSession(lambda: self.link, opening, on_remark=self.remarks.append)

    async def read(self, session: MeterSession | PlainTextSession) -> int:
        """Read something; the speed at which it went."""
        if isinstance(session, MeterSession):
            assert (await session.identify()).device_id == self.meter.identity.device_id
        else:
            check(await session.readout(), self.meter)
        return self.link.line.baud


@pytest.mark.parametrize("echo", [False, True])
@pytest.mark.parametrize("mode", ["E", "C"])
@pytest.mark.parametrize(
    ("settings", "baud", "lowered"),
    [
        ({"stays_at": 300}, 300, 1),
        ({"adapter_limit": 4800}, 4800, 1),
        ({"adapter_limit": 2400}, 2400, 2),
        ({}, 9600, 0),
        ({"turnaround_s": 0.02}, 9600, 0),
        ({"late_s": 0.035}, 9600, 0),
        ({"batch_s": 0.016}, 9600, 0),  # an FTDI adapter, which holds back what is short
    ],
)
def test_a_speed_that_does_not_work_is_given_up(
    mode: str, settings: dict[str, float], baud: int, lowered: int, echo: bool
) -> None:
    async def main() -> None:
        stand = Stand(mode, LineSettings(echo=echo, **settings))  # type: ignore[arg-type]
        session = stand.cosem() if mode == "E" else stand.plain()
        await session.open()
        try:
            assert await stand.read(session) == baud
        finally:
            await session.close()
        assert [remark.code for remark in stand.remarks].count("speed-lowered") == lowered
        assert not [words for words in stand.simulator.violations if "baud" in words]

    in_virtual_time(main())


@pytest.mark.parametrize("mode", ["E", "C"])
@pytest.mark.parametrize(("speeds", "baud"), [((300, 2400), 2400), ((300, 4800), 4800), ((300,), 300)])
def test_an_adapter_that_refuses_a_speed_is_taken_at_one_that_it_can_do(
    mode: str, speeds: tuple[int, ...], baud: int
) -> None:
    """The meter has gone to the agreed speed already when the adapter says that it cannot follow."""

    async def main() -> None:
        stand = Stand(mode, LineSettings())
        stand.link.speeds = speeds
        session = stand.cosem() if mode == "E" else stand.plain()
        await session.open()
        try:
            assert await stand.read(session) == baud
            told = [remark.text for remark in stand.remarks if remark.code == "speed-lowered"]
            assert told == [f"The adapter cannot do 9600 baud; trying {baud} baud."]
            assert "refused 9600 8N1" in stand.trace or "refused 9600 7E1" in stand.trace
        finally:
            await session.close()

    in_virtual_time(main())


def test_an_adapter_that_can_do_no_speed_at_which_a_meter_talks_is_told_as_that() -> None:
    async def main() -> None:
        stand = Stand("E", LineSettings())
        stand.link.speeds = (115200,)
        with pytest.raises(LinkUnavailable, match="cannot do 300 7E1"):
            await stand.cosem().open()

    in_virtual_time(main())


@pytest.mark.parametrize("echo", [False, True])
@pytest.mark.parametrize("mode", ["E", "C"])
@pytest.mark.parametrize("turnaround_s", [1.9, 2.5, 3.5])
def test_a_meter_that_answers_later_than_it_may_is_given_more_time(mode: str, turnaround_s: float, echo: bool) -> None:
    """And not called silent, an echo, or somebody at another speed."""

    async def main() -> None:
        stand = Stand(mode, LineSettings(turnaround_s=turnaround_s, echo=echo))
        session = stand.cosem() if mode == "E" else stand.plain()
        await session.open()
        try:
            assert await stand.read(session) == 9600
            assert not stand.seen & {Sight.LIFTED, Sight.LIGHT, Sight.WEAK}
            (told,) = stand.remarks
            assert told.code == "answers-late"
            assert f"after {turnaround_s:.1f} s" in told.text
        finally:
            await session.close()

    in_virtual_time(main())


def test_a_meter_that_talks_by_itself_is_not_late() -> None:
    remarks: list[Remark] = []
    by_itself = SignedOn(parse_identification(b"/HHT5HT100"), unasked=True, late_s=2.7)
    timing = Timing()
    assert time_for(by_itself, timing, remarks.append) == timing
    assert remarks == []


@pytest.mark.parametrize("turnaround_s", [0.02, 0.2, 1.0, 1.45])
def test_a_meter_that_answers_in_time_is_not_told_of(turnaround_s: float) -> None:
    async def main() -> None:
        stand = Stand("E", LineSettings(turnaround_s=turnaround_s))
        session = await open_either(lambda: stand.link, stand.cosem(), stand.plain())
        try:
            assert await stand.read(session) == 9600
        finally:
            await session.close()
        assert stand.remarks == []

    in_virtual_time(main())


def test_a_meter_that_talks_by_itself_is_not_missed_but_out_of_reach_where_the_adapter_refuses_its_speed() -> None:
    async def main() -> None:
        stand = Stand("D", LineSettings())
        stand.link.speeds = (300, 9600)
        session = PlainTextSession(lambda: stand.link, mode=ProtocolMode.D)
        await session.open()
        with pytest.raises(LinkUnavailable, match="cannot do 2400 7E1"):
            await session.readout()
        await session.close()

    in_virtual_time(main())


def test_what_is_garbled_stays_so_where_the_adapter_cannot_listen_at_another_speed() -> None:
    async def main() -> None:
        stand = Stand("C", LineSettings(lifted=True, light=25))
        stand.link.speeds = (300,)
        with pytest.raises(SignOnFailed):
            await stand.plain().open()
        assert "refused 2400 7E1" in stand.trace

    in_virtual_time(main())


def test_a_meter_that_sleeps_is_woken_without_being_asked_to() -> None:
    async def main() -> None:
        stand = Stand("C", LineSettings(asleep=True))
        session = stand.plain()
        await session.open()
        assert await stand.read(session) == 9600
        await session.close()

    in_virtual_time(main())


class Unconfirmed:
    """Goes on in HDLC without the confirmation of mode E, as some meters do."""

    def __init__(self, port: Attachable) -> None:
        self._port = port

    def attach(self, send: Send) -> Connection:
        return self._port.attach(lambda data: None if data.startswith(b"\x06") else send(data))


@pytest.mark.parametrize("echo", [False, True])
def test_a_meter_that_stays_slow_and_confirms_nothing_is_followed(echo: bool) -> None:
    """Nothing has said that it did not follow: at the agreed speed nobody answers."""

    async def main() -> None:
        meter = meter_of("E")
        stand = Stand("E", LineSettings(stays_at=300, echo=echo), Unconfirmed(PortServer(meter)))
        stand.meter = meter
        session = await open_either(lambda: stand.link, stand.cosem(), stand.plain())
        try:
            assert await stand.read(session) == 300
        finally:
            await session.close()
        assert [remark.code for remark in stand.remarks] == ["speed-lowered"]
        await session.open()
        assert stand.link.line.baud == 300
        await session.close()
        assert [remark.code for remark in stand.remarks] == ["speed-lowered"], "what was learnt holds"

    in_virtual_time(main())


def test_nobody_at_any_speed_after_a_sign_on_ends_in_words_that_name_the_speed() -> None:
    async def main() -> None:
        meter = meter_of("E")
        stand = Stand("E", LineSettings(adapter_limit=4800), Unconfirmed(PortServer(meter)))
        with pytest.raises(HdlcLinkError) as raised:
            await stand.cosem().open()
        assert raised.value.code == "hdlc-no-answer"
        assert "?baud=2400" in raised.value.remedy

    in_virtual_time(main())


def test_a_meter_that_falls_silent_once_it_is_connected_is_not_looked_for_at_another_speed() -> None:
    """Its acknowledgement of the connection has come at the agreed speed."""

    class Silenced(Unconfirmed):
        def attach(self, send: Send) -> Connection:
            return super().attach(lambda data: send(data) if len(data) < 50 else None)

    async def main() -> None:
        meter = meter_of("E")
        stand = Stand("E", LineSettings(), Silenced(PortServer(meter)))
        with pytest.raises(HdlcLinkError):
            await stand.cosem().open()
        assert stand.remarks == []

    in_virtual_time(main())


class ModeCAnyway:
    """Offers mode E in its identification, and answers whatever is chosen with a readout."""

    def __init__(self, port: Attachable) -> None:
        self._port = port

    def attach(self, send: Send) -> Connection:
        return _Deceiver(self._port.attach(lambda data: send(_with_mode_e(data))))  # type: ignore[return-value]


def _with_mode_e(data: bytes) -> bytes:
    """An identification with the escape that offers HDLC."""
    text = bytes(b & 0x7F for b in data)
    return even_parity(text[:5] + b"\\2" + text[5:]) if text.startswith(b"/") else data


class _Deceiver:
    def __init__(self, connection: Connection) -> None:
        self._connection, self._held = connection, b""

    @property
    def baud(self) -> int:
        return int(getattr(self._connection, "baud"))  # noqa: B009 typed as Connection

    def receive(self, data: bytes) -> None:
        self._held += bytes(b & 0x7F for b in data)
        if self._held[:1] == b"\x06" and not self._held.endswith(b"\n"):
            return
        text, self._held = self._held, b""
        chosen = text.startswith(b"\x062")
        self._connection.receive(even_parity(b"\x060" + text[2:3] + b"0\r\n" if chosen else text))

    def line_speed(self, baud: int) -> None:
        self._connection.line_speed(baud)

    def closed(self) -> None:
        self._connection.closed()


def test_mode_e_asked_and_mode_c_answered() -> None:
    async def main() -> None:
        meter = meter_of("C")
        stand = Stand("C", LineSettings(), ModeCAnyway(PortServer(meter)))
        session = await open_either(lambda: stand.link, stand.cosem(), stand.plain())
        try:
            assert isinstance(session, PlainTextSession)
            check(await session.readout(), meter)
        finally:
            await session.close()

    in_virtual_time(main())


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"", Confirmation.MISSING),
        (even_parity(ACK), Confirmation.MISSING),  # its echo alone
        (even_parity(ACK) * 2, Confirmation.SOUND),
        (ACK, Confirmation.SOUND),
        (b"\xff" + even_parity(ACK), Confirmation.SOUND),
        (even_parity(ACK)[3:], Confirmation.LATE),
        (even_parity(b"\x020.0.0(12345)\r\n"), Confirmation.PLAIN),
        (bytes.fromhex("80F800E0FF00C0"), Confirmation.SLOW),
        (bytes.fromhex("B3419DFA6DE7"), Confirmation.GARBLED),
        (b"\x55", Confirmation.MISSING),
        (even_parity(b"/HHT5\\2HT100\r\n"), Confirmation.MISSING),  # a late answer to an earlier question
        (even_parity(b"/HHT5HT100\r\n\x020.0.0(12345)\r\n"), Confirmation.PLAIN),
    ],
)
def test_what_the_first_characters_at_the_new_speed_say(raw: bytes, found: Confirmation) -> None:
    assert judge_confirmation(ACK, raw, 9600) is found


def test_speeds_downwards() -> None:
    assert [slower_than(baud) for baud in (19200, 9600, 5000, 600, 300)] == [9600, 4800, 4800, 300, None]
