"""What each fault does, and what must come of it: a typed error or recovery, and a trace that shows it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from drivers import line_simulator, rfc2217
from drivers.in_process import FarEnd
from drivers.line_simulator import LineSettings
from drivers.loop_safe import in_thread
from drivers.rfc2217 import Rfc2217Link
from drivers.serving import Attachable
from drivers.tcp import TcpLink
from hht.client import sign_on as client_sign_on
from hht.client.api import MeterError
from hht.client.association import Association
from hht.client.deadlines import Timing
from hht.client.meter_session import MeterSession
from hht.client.sign_on import Opening, SignOnFailed, sign_on
from hht.clock import ManualClock
from hht.emulation.port_server import PortServer, offering
from hht.errors import HhtError
from hht.link import SIGN_ON_LINE, Line, LinkLost, LinkState, LinkTimeout, LinkUnavailable, TraceKind
from hht.model.premises import load_premises
from hht.parity import EVEN_PARITY, STRIP_PARITY
from hht.protocol.cosem.obis import Obis
from hht.protocol.hdlc import Control, Frame, HdlcAddress
from hht.protocol.hdlc.reader import FrameReader
from tests.drivers.conftest import AT_ONCE_S, RealClock, Trace, eventually
from tests.drivers.matrix.stands import HASTY, PATIENT, Stand, hear, settled, silent, stand_on
from tests.drivers.test_faults import ANSWER, FRAME, Echo

NAME, LOGICAL_DEVICE_NAME = "HHTB1234567890A0", Obis.parse("0-0:42.0.0")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SCENARIOS: dict[int, Callable[[Trial], Awaitable[None]]] = {}


class Trial:
    """One fault on one transport."""

    def __init__(self, transport: str, clock: RealClock, patch: pytest.MonkeyPatch) -> None:
        self.transport, self.clock, self.patch = transport, clock, patch

    def on(self, device: Attachable, settings: LineSettings | None = None, **options: Any) -> Any:
        """A stand with `device`, not opened."""
        return stand_on(self.transport, device, self.clock, settings=settings, **options)

    @contextlib.asynccontextmanager
    async def open_on(self, device: Attachable, settings: LineSettings | None = None) -> AsyncIterator[Stand]:
        """A stand with `device`, opened at 9600 baud."""
        async with self.on(device, settings) as stand:
            await stand.link.open()
            await stand.link.set_line(Line(9600))
            yield stand


def row(number: int) -> Callable[[Callable[[Trial], Awaitable[None]]], Callable[[Trial], Awaitable[None]]]:
    """The scenario of that row."""

    def keep(scenario: Callable[[Trial], Awaitable[None]]) -> Callable[[Trial], Awaitable[None]]:
        SCENARIOS[number] = scenario
        return scenario

    return keep


def meter(mode: str = "E") -> PortServer:
    """A meter's port."""
    return PortServer(offering(load_premises("single-element", clock=ManualClock(NOON), days=1).device(), mode))


def session(stand: Stand, opening: str, timing: Timing) -> MeterSession:
    """A conversation as the public client, over another link to the same end."""
    association = Association(opening=opening, baud=115200)
    return MeterSession(
        stand.another, association, clock=ManualClock(NOON), random_bytes=secrets.token_bytes, timing=timing
    )


async def exchange(stand: Stand) -> bytes:
    """A request and its answer."""
    await stand.link.write(FRAME)
    return await hear(stand.link, len(ANSWER))


async def read_name(stand: Stand, opening: str = "hdlc", timing: Timing = PATIENT) -> str:
    """The meter's name, read in a conversation of its own; else an error's code."""
    talk = session(stand, opening, timing)
    try:
        await talk.open()
        return (await talk.read_attribute(1, LOGICAL_DEVICE_NAME, 2)).text.strip("“”")
    except HhtError as error:
        return error.code if error.message and error.remedy else "said nothing"
    finally:
        await talk.close()


@row(1)
async def echo(trial: Trial) -> None:
    """Cancelled where the link can, told where it cannot."""
    if trial.transport == "tcp":
        async with trial.on(FarEnd(), LineSettings(pace=0, turnaround_s=0.0, echo=True)) as stand:
            await stand.link.open()
            with pytest.raises(SignOnFailed) as caught:
                await sign_on(stand.link, HASTY)
            assert caught.value.code == "sign-on-echo"
            assert stand.heard == stand.sent
        return
    async with trial.open_on(Echo()) as stand:
        stand.settings.echo = True
        for _turn in range(2):
            assert await exchange(stand) == ANSWER
        assert stand.link.echoes is True
        assert stand.told("the probe echoes")
        stand.settings.echo_drop = 0.2
        for _turn in range(2):
            await stand.link.write(FRAME)
            got = b""
            while not got.endswith(ANSWER):
                got += await stand.link.read(AT_ONCE_S)
        assert stand.told("echo damaged") or stand.told("echo incomplete")


@row(2)
async def off_the_meter(trial: Trial) -> None:
    """Silence, and the link stays up; seated again it is as before."""
    async with trial.open_on(Echo()) as stand:
        stand.settings.lifted = True
        await stand.link.write(FRAME)
        assert await silent(stand.link)
        assert (stand.sent, stand.heard, stand.link.state) == (FRAME, b"", LinkState.UP)
        stand.settings.lifted = False
        assert await exchange(stand) == ANSWER


@row(3)
async def light(trial: Trial) -> None:
    """An identification is found in what light adds before it."""
    async with trial.on(meter()) as stand:
        stand.settings.noise = b"\xff\x00/\x80"
        await stand.link.open()
        found = await sign_on(stand.link, PATIENT)
        assert found.ident == "TRAINER-1E"
        assert b"\xff\x00/\x80" in stand.heard


@row(4)
async def plausible(trial: Trial) -> None:
    """Two flipped bits pass every parity: the right value or an error, never another value."""
    async with trial.on(meter()) as stand:
        stand.settings.even_error = stand.settings.drop = 0.01
        found = await read_name(stand, "hdlc", HASTY)
        assert found == NAME or found.startswith(("hdlc-", "cosem-")), found
        stand.settings.even_error = stand.settings.drop = 0.0
        assert await read_name(stand) == NAME
        assert stand.heard


@row(5)
async def mute(trial: Trial) -> None:
    """Told as silence."""
    trial.patch.setattr(client_sign_on, "WAKE_S", 0.1)  # it may be asleep: that is tried too
    trial.patch.setattr(client_sign_on, "WAKE_PAUSE_S", 0.1)
    async with trial.on(FarEnd()) as stand:
        await stand.link.open()
        with pytest.raises(SignOnFailed) as caught:
            await sign_on(stand.link, HASTY)
        assert caught.value.code == "sign-on-silent"
        assert caught.value.remedy
        assert stand.heard == b""
        assert stand.sent.count(b"/?!\r\n".translate(EVEN_PARITY)) == HASTY.sign_on_tries


@row(6)
async def asleep(trial: Trial) -> None:
    """Zeros and a pause wake it."""
    trial.patch.setattr(line_simulator, "WAKING_S", (0.08, 0.02))
    trial.patch.setattr(client_sign_on, "WAKE_S", 0.6)
    trial.patch.setattr(client_sign_on, "WAKE_PAUSE_S", 0.1)
    options = {"paced": True} if trial.transport == "in-process" else {}
    settings = LineSettings(pace=0.1, turnaround_s=0.3, match_speeds=False, asleep=True)
    async with trial.on(meter(), settings, **options) as stand:
        await stand.link.open()
        found = await sign_on(stand.link, PATIENT, Opening(wake=True))
        assert found.ident == "TRAINER-1E"
        assert not stand.settings.asleep
        assert stand.sent.startswith(bytes(3))


@row(7)
async def reaction(trial: Trial) -> None:
    """From the shortest to the longest: waited for."""
    for turnaround_s in (0.02, 1.5):
        settings = LineSettings(pace=0.05, turnaround_s=turnaround_s)
        async with trial.on(meter(), settings) as stand:
            await stand.link.open()
            assert (await sign_on(stand.link, PATIENT)).ident == "TRAINER-1E"
            asked = next(event.monotonic_s for event in stand.trace if event.kind is TraceKind.TX)
            heard = next(event.monotonic_s for event in stand.trace if event.kind is TraceKind.RX)
            assert heard - asked >= 0.04 * turnaround_s


@row(8)
async def no_change_of_speed(trial: Trial) -> None:
    """A meter that stays slow is followed or told; what the terminal sends never straddles a change."""
    settings = LineSettings(pace=0.1, turnaround_s=0.2, match_speeds=True, stays_at=300)
    options = {"paced": True} if trial.transport == "in-process" else {}
    async with trial.on(meter(), settings, **options) as stand:
        found = await read_name(stand, "iec", HASTY)
        assert found == NAME or found.startswith(("hdlc-", "sign-on-")), found
        assert stand.told("9600 8N1")
        assert not [what for what in stand.line.violations if "->" in what]


@row(9)
async def mode_c(trial: Trial) -> None:
    """Told as what it is."""
    async with trial.on(meter("C")) as stand:
        await stand.link.open()
        with pytest.raises(MeterError) as caught:
            await sign_on(stand.link, PATIENT)
        assert caught.value.code == "no-mode-e"
        assert "TRAINER-1E" in caught.value.message
        assert stand.heard


@row(10)
async def soft_parity(trial: Trial) -> None:
    """Seven bits and even parity over eight bits: made, taken off, judged."""
    far = FarEnd()
    async with trial.on(far) as stand:
        await stand.link.open()
        await stand.link.set_line(SIGN_ON_LINE)
        await stand.link.write(b"/?!\r\n")
        await eventually(lambda: bytes(far.heard) == b"/?!\r\n".translate(EVEN_PARITY))
        far.send(b"/HHT\r\n".translate(EVEN_PARITY))
        assert await hear(stand.link, 6) == b"/HHT\r\n"
        far.send(b"\x2f")  # an odd number of ones
        assert await hear(stand.link, 1) == b"/"
        assert stand.link.parity_errors == 1
        assert stand.told("parity: 1 of 1")


@row(11)
async def gathered(trial: Trial) -> None:
    """Late and in packets, and nothing missing."""
    async with trial.open_on(Echo()) as stand:
        stand.settings.batch_s = 0.016
        for _turn in range(3):
            assert await exchange(stand) == ANSWER
        assert stand.heard == 3 * ANSWER


@row(12)
async def unplugged(trial: Trial) -> None:
    """A reader hears of it at once; nothing comes back by itself."""
    async with trial.open_on(Echo()) as stand:
        reading = asyncio.create_task(stand.link.read(3600))
        await asyncio.sleep(0.02)
        stand.cut()
        async with asyncio.timeout(AT_ONCE_S):
            with pytest.raises(LinkLost) as caught:
                await reading
        assert "unplugged" in caught.value.message or trial.transport == "in-process"
        assert stand.lost()
        for attempt in (stand.link.write(FRAME), stand.link.read(1), stand.link.set_line(Line(300))):
            with pytest.raises(LinkLost):
                await attempt
        assert stand.link.state is LinkState.LOST


@row(14)
async def held(trial: Trial) -> None:
    """The second one is refused, and the first unharmed."""
    async with trial.open_on(Echo()) as stand:
        trial.patch.setattr(rfc2217, "ANSWER_LIMIT_S", 0.2)
        with pytest.raises(LinkUnavailable) as caught:
            await stand.another().open()
        assert caught.value.code == ("link-busy" if trial.transport == "serial" else "link-no-line-control")
        assert caught.value.remedy
        assert stand.told(f"closed {caught.value.code}")
        assert await exchange(stand) == ANSWER


@row(20)
async def late_changeover(trial: Trial) -> None:
    """What an adapter sends later than it says is garbled by the change of speed: an error or recovery."""
    settings = LineSettings(pace=0.1, turnaround_s=0.2, match_speeds=True, late_s=2.0)
    options = {"paced": True} if trial.transport == "in-process" else {}
    async with trial.on(meter(), settings, **options) as stand:
        found = await read_name(stand, "iec", HASTY)
        assert found == NAME or found.startswith(("hdlc-", "sign-on-")), found
        assert stand.sent


@row(21)
async def in_pieces(trial: Trial) -> None:
    """Frames with flags in their length, text and checks come out whole, however they were cut."""
    far = FarEnd()
    address = HdlcAddress(16), HdlcAddress(1)
    frames = [Frame(*address, Control.UI, info=bytes((0x7E, size, 0x7E)) * size).encode() for size in (1, 37, 38, 100)]
    stream = b"".join(frames)
    async with trial.open_on(far) as stand:
        await stand.link.write(b"?")
        await eventually(lambda: bytes(far.heard) == b"?")
        for size in (1, 2, 7, 61):
            reader, whole = FrameReader(), []
            for start in range(0, len(stream), size):
                far.send(stream[start : start + size])
            while len(whole) < len(frames):
                data = await stand.link.read(AT_ONCE_S)
                whole += [item.encode() for item in reader.feed(data) if isinstance(item, Frame)]
            assert whole == frames
        assert stand.heard == 4 * stream


@row(22)
async def the_network(trial: Trial) -> None:
    """Half open is silence, an end or a reset is a loss, nobody there is told before anything is sent."""
    far = FarEnd()
    async with trial.on(far) as stand:
        await stand.link.open()
        await stand.link.write(FRAME)
        with pytest.raises(LinkTimeout):
            await stand.link.read(0.1)
        assert (stand.link.state, stand.sent.translate(STRIP_PARITY)) == (LinkState.UP, FRAME)
        stand.cut()
        with pytest.raises(LinkLost):
            await stand.link.read(AT_ONCE_S)
        assert stand.lost()
        again = stand.another()
        await again.open()  # whoever decides to: not the link by itself
        await settled(again)
        assert again.state is LinkState.UP
    await _reset_and_refused(trial)


async def _reset_and_refused(trial: Trial) -> None:
    """A peer that resets the connection at once, and then listens no more."""
    trace = Trace()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kind = TcpLink if trial.transport == "tcp" else Rfc2217Link
        link = kind("127.0.0.1", listener.getsockname()[1], clock=trial.clock, sink=trace)
        opening = asyncio.create_task(link.open())
        peer, _address = await in_thread("accept", listener.accept)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closed, it resets
        if trial.transport == "tcp":
            await opening
            peer.close()
            with pytest.raises(LinkLost, match="reset"):
                await link.read(AT_ONCE_S)
        else:  # in the middle of its negotiation
            peer.close()
            with pytest.raises(LinkUnavailable):
                await opening
    assert trace.notes(TraceKind.ERROR)
    with pytest.raises(LinkUnavailable, match="nothing listens"):
        await link.open()
    assert link.state is LinkState.CLOSED
    await link.close()
