"""The optical probe's link and the pty that serves a device, against each other and against the bare descriptor."""

from __future__ import annotations

import asyncio
import errno
import os
import termios
import threading
import time
import tty
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from drivers import optical_probe, serial_port
from drivers.in_process import FarEnd
from drivers.optical_probe import OpticalProbeLink
from drivers.serial_port import SerialPort, open_device, unavailable
from drivers.serve_pty import PtyServer, terminal_speed
from hht.link import (
    SIGN_ON_LINE,
    Capability,
    Line,
    Link,
    LinkLost,
    LinkState,
    LinkTimeout,
    LinkUnavailable,
    TraceKind,
)
from hht.parity import EVEN_PARITY
from tests.drivers.conftest import AT_ONCE_S, RealClock, Trace, eventually

pytestmark = pytest.mark.usefixtures("no_tasks")


class BarePty:
    """Our end of a pty without any server: `path` is what the link opens."""

    def __init__(self) -> None:
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        os.close(slave)

    def unplug(self) -> None:
        """Pull it out; may be called twice."""
        if self.master >= 0:
            os.close(self.master)
        self.master = -1


@pytest.fixture
def pty() -> Iterator[BarePty]:
    bare = BarePty()
    yield bare
    bare.unplug()


@pytest.fixture
async def served() -> AsyncIterator[tuple[PtyServer, FarEnd]]:
    """A device end on a pty."""
    end = FarEnd()
    async with PtyServer(end) as server:
        yield server, end


async def read_all(link: Link, size: int) -> bytes:
    got = b""
    while len(got) < size:
        got += await link.read(AT_ONCE_S)
    return got


async def test_moves_bytes_with_parity_and_shows_speeds(
    served: tuple[PtyServer, FarEnd], clock: RealClock, trace: Trace
) -> None:
    server, end = served
    link = OpticalProbeLink(server.path, clock=clock, sink=trace)
    assert isinstance(link, Link)
    await link.open()
    assert link.line == SIGN_ON_LINE
    await link.write(b"/?!\r\n")
    await eventually(lambda: len(end.heard) == 5)
    assert bytes(end.heard) == bytes.fromhex("AF3F218D0A")
    end.send(b"/LGZ4\r\n".translate(EVEN_PARITY))
    assert await read_all(link, 7) == b"/LGZ4\r\n"
    assert link.echoes is False
    await link.set_line(Line(9600))
    await eventually(lambda: server.baud == 9600)
    end.send(bytes(range(256)))
    assert await read_all(link, 256) == bytes(range(256))
    await link.close()
    assert 300 in end.speeds
    assert end.speeds[-1] == 9600
    assert trace.bytes_of(TraceKind.TX) == bytes.fromhex("AF3F218D0A")
    assert trace.notes(TraceKind.LINE) == ["no echo", "9600 8N1"]
    assert link.parity_errors == 0


async def test_every_byte_value_passes_both_ways(served: tuple[PtyServer, FarEnd], clock: RealClock) -> None:
    server, end = served
    link = OpticalProbeLink(server.path, clock=clock, line=Line(115200), echo="off")
    await link.open()
    await link.write(bytes(range(256)) * 4)
    await eventually(lambda: len(end.heard) == 1024)
    assert bytes(end.heard) == bytes(range(256)) * 4
    await link.close()


async def test_survives_close_and_reopen_by_other_programs(served: tuple[PtyServer, FarEnd], clock: RealClock) -> None:
    server, end = served
    end.receive = lambda data: end.send(data.upper())
    for baud in (300, 9600, 300):
        with serial.Serial(server.path, baud, timeout=0, exclusive=True) as port:
            port.write(b"abc")
            await eventually(lambda port=port: port.in_waiting == 3)  # type: ignore[misc]
            assert port.read(3) == b"ABC"
        await asyncio.sleep(0.01)
    link = OpticalProbeLink(server.path, clock=clock, line=Line(9600), echo="off")
    await link.open()
    await link.write(b"xyz")
    assert await read_all(link, 3) == b"XYZ"
    await link.close()
    assert end.connected, "a device does not see who has its port open"


async def test_speed_changes_are_seen_though_a_program_clears_all_flags(served: tuple[PtyServer, FarEnd]) -> None:
    server, end = served
    descriptor = os.open(server.path, os.O_RDWR | os.O_NOCTTY)
    try:
        for speed, baud in ((termios.B300, 300), (termios.B9600, 9600), (termios.B2400, 2400), (termios.B300, 300)):
            termios.tcsetattr(
                descriptor, termios.TCSANOW, [0, 0, termios.CS8 | termios.CREAD, 0, speed, speed, [b"\0"] * 32]
            )
            await eventually(lambda baud=baud: server.baud == baud)  # type: ignore[misc]
            assert end.baud == baud
    finally:
        os.close(descriptor)


async def test_odd_speeds_are_seen(served: tuple[PtyServer, FarEnd]) -> None:
    server, _end = served
    with serial.Serial(server.path, 250000, exclusive=True) as port:
        await eventually(lambda: server.baud == 250000)
        assert terminal_speed(port.fileno()) == 250000


async def test_idle_pty_lets_the_loop_rest(
    served: tuple[PtyServer, FarEnd], clock: RealClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _end = served
    link = OpticalProbeLink(server.path, clock=clock)
    await link.open()
    await link.close()  # nobody has it open now, which is when a careless server spins
    selector, turns = asyncio.get_running_loop()._selector, 0  # type: ignore[attr-defined]
    select = selector.select

    def turn(timeout: float | None = None) -> Any:
        nonlocal turns
        turns += 1
        return select(timeout)

    monkeypatch.setattr(selector, "select", turn)
    await asyncio.sleep(0.3)
    assert turns < 20


async def test_symlink_is_made_and_removed(tmp_path: Path) -> None:
    name = tmp_path / "meter"
    name.symlink_to("/dev/pts/99999")  # left by one that was killed
    async with PtyServer(FarEnd(), symlink=name) as server:
        assert server.url == f"optical:{name}"
        assert os.readlink(name).startswith("/dev/pts/")
    assert not name.is_symlink()
    name.write_text("mine")
    with pytest.raises(LinkUnavailable, match="no symbolic link"):
        await PtyServer(FarEnd(), symlink=name).start()
    assert name.read_text() == "mine"
    with pytest.raises(LinkUnavailable):
        await PtyServer(FarEnd(), symlink=tmp_path / "absent" / "meter").start()


# Opening ---------------------------------------------------------------------------------------------------------
async def test_absent_port_says_which_and_what_there_is(clock: RealClock) -> None:
    link = OpticalProbeLink("/dev/ttyUSB97", clock=clock)
    with pytest.raises(LinkUnavailable, match="There is no port /dev/ttyUSB97") as caught:
        await link.open()
    assert caught.value.code == "link-absent"
    assert "ort" in caught.value.remedy
    assert link.state is LinkState.CLOSED


@pytest.mark.parametrize("path", ["/dev/null", "/", "", "a\0b"])
async def test_what_is_no_serial_port(path: str, clock: RealClock) -> None:
    with pytest.raises(LinkUnavailable) as caught:
        await OpticalProbeLink(path, clock=clock).open()
    assert caught.value.remedy


async def test_second_open_is_refused(served: tuple[PtyServer, FarEnd], clock: RealClock) -> None:
    server, _end = served
    first = OpticalProbeLink(server.path, clock=clock)
    await first.open()
    with pytest.raises(LinkUnavailable, match=f"{server.path} is in use") as caught:
        await OpticalProbeLink(server.path, clock=clock).open()
    assert caught.value.code == "link-busy"
    assert f"({os.getpid()})" in caught.value.message, "and by whom"
    await first.close()
    again = OpticalProbeLink(server.path, clock=clock)
    await again.open()
    await again.close()


@pytest.mark.parametrize(
    ("error", "code", "word"),
    [
        (serial.SerialException(errno.EACCES, "could not open port"), "link-permission", "dialout"),
        (serial.SerialException(errno.EAGAIN, "Could not exclusively lock"), "link-busy", "Close that program"),
        (serial.SerialException("could not open port 'COM5': FileNotFoundError(2, 'x')"), "link-absent", ""),
        (
            serial.SerialException("could not open port 'COM5': PermissionError(13, 'Access is denied.', None, 5)"),
            "link-busy",
            "",
        ),
        (termios.error(errno.EINVAL, "Invalid argument"), "link-line-refused", "parity"),
        (OSError(errno.EIO, "x"), "link-unavailable", "plug"),
    ],
)
def test_reasons_in_words(error: BaseException, code: str, word: str) -> None:
    told = unavailable("COM5", error)
    assert told.code == code
    assert "COM5" in told.message
    assert told.remedy
    assert word in told.remedy


@pytest.mark.parametrize("power", [(True, True), (True, False), (False, True), (False, False)])
async def test_the_lines_that_power_the_probe_are_as_asked_from_the_start(
    served: tuple[PtyServer, FarEnd], clock: RealClock, monkeypatch: pytest.MonkeyPatch, power: tuple[bool, bool]
) -> None:
    told: list[tuple[str, bool]] = []

    class Watched(serial.Serial):  # type: ignore[misc]
        def _update_dtr_state(self) -> None:
            told.append(("dtr", self.dtr))

        def _update_rts_state(self) -> None:
            told.append(("rts", self.rts))

    monkeypatch.setattr(serial, "Serial", Watched)
    server, _end = served
    link = OpticalProbeLink(server.path, clock=clock, dtr=power[0], rts=power[1])
    await link.open()
    await link.close()
    assert dict(told) == {"dtr": power[0], "rts": power[1]}
    assert len(told) == 2


@pytest.mark.parametrize(("lines", "power", "waits"), [(True, True, 1), (True, False, 0), (False, True, 0)])
def test_a_probe_that_lives_on_dtr_is_given_time(
    pty: BarePty, monkeypatch: pytest.MonkeyPatch, lines: bool, power: bool, waits: int
) -> None:
    slept: list[float] = []

    class WithLines(serial.Serial):  # type: ignore[misc]
        cts = True

        def _update_dtr_state(self) -> None: ...

        def _update_rts_state(self) -> None: ...

    if lines:
        monkeypatch.setattr(serial, "Serial", WithLines)
    monkeypatch.setattr("drivers.serial_port.time.sleep", slept.append)
    open_device(pty.path, Line(9600), hard_parity=False, power=(power, power)).close()
    assert len(slept) == waits


async def test_hard_parity_is_the_ports_business(served: tuple[PtyServer, FarEnd], clock: RealClock) -> None:
    server, _end = served
    link = OpticalProbeLink(server.path, clock=clock, hard_parity=True)
    assert Capability.HARD_PARITY in link.capabilities
    refusals: list[str] = []
    for _attempt in range(2):  # the kernel keeps every pty at 8N1: accepted once, EINVAL when nothing is left to change
        try:
            await link.open()
        except LinkUnavailable as error:
            refusals.append(error.code)
        else:
            assert not link.software_parity
            await link.close()
    assert refusals == ["link-line-refused"]


async def test_cancelled_open_leaves_nothing(served: tuple[PtyServer, FarEnd], clock: RealClock) -> None:
    server, _end = served
    link = OpticalProbeLink(server.path, clock=clock)
    for delay in (0, 0.0002, 0.001, 0.003):
        opening = asyncio.create_task(link.open())
        await asyncio.sleep(delay)
        opening.cancel()
        await asyncio.wait({opening})
        await link.close()
    await asyncio.sleep(0.05)
    await link.open()
    await link.close()


async def test_closed_while_opening_leaves_nothing_open(served: tuple[PtyServer, FarEnd], clock: RealClock) -> None:
    server, _end = served
    link = OpticalProbeLink(server.path, clock=clock)
    opening = asyncio.create_task(link.open())
    await asyncio.sleep(0)
    await link.close()
    with pytest.raises(LinkUnavailable, match="closed while"):
        await opening
    assert link.state is LinkState.CLOSED
    await link.open()
    await link.close()


# Loss ------------------------------------------------------------------------------------------------------------
async def test_unplugged_while_reading(pty: BarePty, clock: RealClock, trace: Trace) -> None:
    link = OpticalProbeLink(pty.path, clock=clock, sink=trace)
    await link.open()
    reading = asyncio.create_task(link.read(60))
    await asyncio.sleep(0)
    pty.unplug()
    async with asyncio.timeout(AT_ONCE_S):
        with pytest.raises(LinkLost, match="unplugged") as caught:
            await reading
    assert link.state is LinkState.LOST
    assert "again" in caught.value.remedy
    assert trace.notes(TraceKind.ERROR) == ["the adapter was unplugged"]
    await eventually(lambda: not [t for t in threading.enumerate() if t.name.startswith("serial")])
    for attempt in (link.write(b"x"), link.read(AT_ONCE_S), link.set_line(Line(9600))):
        with pytest.raises(LinkLost):
            await attempt
    await link.close()


async def test_unplugged_while_writing(pty: BarePty, clock: RealClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optical_probe, "WRITE_LIMIT_S", 3600)  # it is not taken for a port that nobody reads
    link = OpticalProbeLink(pty.path, clock=clock, line=Line(115200), echo="off")
    await link.open()

    async def chatter() -> None:
        while True:
            await link.write(bytes(512))

    writing = asyncio.create_task(chatter())
    await asyncio.sleep(0.05)
    assert not writing.done(), "nobody reads the other end: the write waits, the loop does not"
    pty.unplug()
    async with asyncio.timeout(AT_ONCE_S):
        with pytest.raises(LinkLost):
            await writing
    assert link.state is LinkState.LOST
    await link.close()


async def test_unplugged_while_changing_speed(pty: BarePty, clock: RealClock, monkeypatch: pytest.MonkeyPatch) -> None:
    link, sleep = OpticalProbeLink(pty.path, clock=clock), asyncio.sleep
    await link.open()
    await link.write(b"/?!\r\n")

    async def unplugged_meanwhile(_seconds: float) -> None:
        pty.unplug()
        while link.state is not LinkState.LOST:
            await sleep(0.001)

    with monkeypatch.context() as waiting:
        waiting.setattr("drivers.base.asyncio.sleep", unplugged_meanwhile)
        with pytest.raises(LinkLost):
            await link.set_line(Line(9600))
    await link.close()


class Vanishing:
    """A device whose descriptor is closed by the reading thread while another changes its speed."""

    port = "/dev/ttyUSB0"

    @property
    def baudrate(self) -> int:
        return 300

    @baudrate.setter
    def baudrate(self, _baud: int) -> None:
        raise TypeError("argument must be an int, or have a fileno() method.")


async def test_a_port_that_was_closed_under_a_change_of_speed_is_gone() -> None:
    port = object.__new__(SerialPort)
    port._device = Vanishing()  # type: ignore[assignment]
    with pytest.raises(OSError, match="fileno") as gone:
        await port.set_line(Line(9600), hard_parity=False)
    assert gone.value.errno == errno.EIO


async def test_what_arrived_before_the_loss_is_still_read(served: tuple[PtyServer, FarEnd], clock: RealClock) -> None:
    server, end = served
    link = OpticalProbeLink(server.path, clock=clock, echo="off", line=Line(9600))
    await link.open()
    end.send(b"last words")
    await eventually(lambda: link.bytes_rx == 10)
    server.unplug()
    await eventually(lambda: link.state is LinkState.LOST)
    assert await link.read(AT_ONCE_S) == b"last words"
    with pytest.raises(LinkLost):
        await link.read(AT_ONCE_S)
    await link.close()
    assert not end.connected


async def test_the_same_link_opens_again_once_it_is_back(tmp_path: Path, clock: RealClock) -> None:
    name, end = tmp_path / "probe", FarEnd()
    link = OpticalProbeLink(str(name), clock=clock, echo="off", line=Line(9600))
    for _turn in range(3):
        server = PtyServer(end, symlink=name)
        await server.start()
        await link.open()
        end.send(b"hello")
        assert await read_all(link, 5) == b"hello"
        server.unplug()
        await eventually(lambda: link.state is LinkState.LOST)
        with pytest.raises(LinkUnavailable, match="no port"):
            await link.open()
    await link.close()


async def test_peer_that_never_reads_holds_up_neither_loop_nor_close(
    pty: BarePty, clock: RealClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optical_probe, "WRITE_LIMIT_S", 3600)
    link = OpticalProbeLink(pty.path, clock=clock, line=Line(9600), echo="off")
    await link.open()
    writing = asyncio.create_task(link.write(bytes(200_000)))
    for _turn in range(20):
        await asyncio.sleep(0.01)
    assert not writing.done()  # else the loop had waited for it: the whole of it takes 200 s
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert 0 < link.bytes_tx < 200_000
    async with asyncio.timeout(AT_ONCE_S):  # what is left takes 200 s
        await link.close()


async def test_cancelled_reads_lose_nothing(served: tuple[PtyServer, FarEnd], clock: RealClock) -> None:
    server, end = served
    link = OpticalProbeLink(server.path, clock=clock, line=Line(9600), echo="off")
    await link.open()
    text, got = bytes(range(200)), b""
    for index in range(0, 200, 10):
        reading = asyncio.create_task(link.read(AT_ONCE_S))
        end.send(text[index : index + 10])
        await asyncio.sleep(index % 7 * 0.0002)
        reading.cancel()
        try:
            got += await reading
        except asyncio.CancelledError:
            continue
    while len(got) < 200:
        got += await link.read(AT_ONCE_S)
    assert got == text
    await link.close()


async def test_time_out_then_late_answer(served: tuple[PtyServer, FarEnd], clock: RealClock) -> None:
    server, end = served
    link = OpticalProbeLink(server.path, clock=clock, line=Line(9600), echo="off")
    await link.open()
    with pytest.raises(LinkTimeout):
        await link.read(0.05)
    end.send(b"late")
    assert await read_all(link, 4) == b"late"
    await link.close()
    await link.close()


# Time and speed --------------------------------------------------------------------------------------------------
def no_sleep(waits: list[float]) -> Callable[[float], Awaitable[None]]:
    """In place of asyncio.sleep: notes what it is asked for."""

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    return sleep


async def test_speed_changes_only_when_all_has_left(
    served: tuple[PtyServer, FarEnd], clock: RealClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, end = served
    link = OpticalProbeLink(server.path, clock=clock, line=Line(1200, 7, "E"))
    await link.open()
    await link.write(b"\x062Z2\r\n")  # 6 characters, 10 bits each, at 1200 baud: 50 ms, and one character more
    began = time.monotonic()
    await link.set_line(Line(9600))
    assert time.monotonic() - began >= 7 * 10 / 1200 - 0.005
    await eventually(lambda: end.baud == 9600)
    waits: list[float] = []
    monkeypatch.setattr("drivers.base.asyncio.sleep", no_sleep(waits))
    await link.set_line(Line(4800))  # nothing on its way: at once
    assert waits == []
    monkeypatch.undo()
    await link.close()


async def test_a_write_that_a_thread_began_late_ends_late(
    served: tuple[PtyServer, FarEnd], clock: RealClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows: what blocks is written in a thread, and the transmit clock begins when that does."""
    server, end = served

    async def late(self: SerialPort, data: bytes) -> float:
        os.write(self._device.fileno(), data)
        return time.monotonic() + 500

    monkeypatch.setattr(SerialPort, "can_write_some", False)
    link = OpticalProbeLink(server.path, clock=clock, line=Line(1200), echo="off")
    await link.open()
    await link.write(b"x" * 12)
    await eventually(lambda: len(end.heard) == 12)
    monkeypatch.setattr(SerialPort, "write_all", late)
    await link.write(b"x")
    assert link.tx_remaining_s > 400
    await link.close()


async def test_impossible_speed_is_refused_and_the_old_one_stays(
    served: tuple[PtyServer, FarEnd], clock: RealClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _end = served
    link = OpticalProbeLink(server.path, clock=clock, line=Line(9600))
    await link.open()
    real = serial.Serial._reconfigure_port

    def no_300(self: serial.Serial, force_update: bool = False) -> None:
        if self.baudrate == 300:
            raise ValueError("Failed to set custom baud rate (300): [Errno 22] Invalid argument")
        real(self, force_update)

    monkeypatch.setattr(serial.Serial, "_reconfigure_port", no_300)
    with pytest.raises(LinkUnavailable, match="cannot do 300 7E1"):
        await link.set_line(SIGN_ON_LINE)
    assert link.state is LinkState.UP
    assert link.line == Line(9600)
    assert server.baud == 9600
    await link.close()


def until_full(port: SerialPort) -> None:
    """The loop does nothing else, until the reader puts no more by."""
    while len(port._queue) < serial_port._MAX_QUEUED:
        time.sleep(0.001)


async def test_what_came_while_the_loop_was_busy_is_all_there(pty: BarePty, clock: RealClock) -> None:
    link = OpticalProbeLink(pty.path, clock=clock, line=Line(115200), echo="off")
    await link.open()
    size = 3 << 20

    def pour() -> None:
        left = size
        while left:
            left -= os.write(pty.master, bytes(min(left, 4096)))

    pouring = threading.Thread(target=pour)
    pouring.start()
    port = link._port
    assert port is not None
    until_full(port)
    got = 0
    while got < size:
        got += len(await link.read(AT_ONCE_S))
    pouring.join()
    assert got == size
    await link.close()


async def test_flood_waits_in_the_driver(pty: BarePty, clock: RealClock) -> None:
    link = OpticalProbeLink(pty.path, clock=clock, line=Line(115200), echo="off")
    await link.open()
    stop = threading.Event()
    pushed = 0
    os.set_blocking(pty.master, False)

    def flood() -> None:
        nonlocal pushed
        while not stop.is_set():
            try:
                pushed += os.write(pty.master, bytes(4096))
            except BlockingIOError:
                time.sleep(0.002)

    thread = threading.Thread(target=flood)
    thread.start()
    await eventually(lambda: link._holding)
    stop.set()
    thread.join()
    got = 0
    while got < pushed:  # held back, not lost
        got += len(await link.read(AT_ONCE_S))
    assert got == pushed > 256 * 1024
    with pytest.raises(LinkTimeout):
        await link.read(0.1)
    await link.close()
