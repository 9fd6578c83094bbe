"""A simulated optical line between a terminal and a device: it takes time, it echoes, it damages.

Put it between a server and the device it serves: ``PtyServer(LineSimulator(port, LineSettings()))``. Each character
takes ten bit-times at the speed that its sender has set; a receiver set to another speed samples garbage
(`drivers.uart`); a terminal that changes its speed while characters are still leaving garbles them (`violations` says
so), as a UART would.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from drivers.serving import Attachable, ClockedConnection, Connection, Pluggable, Send
from drivers.uart import BITS, UartReceiver

_BATCH = 62  # bytes of one USB packet: more than that an adapter does not hold back
_LIGHT = b"\x00\xff\x00\xff\x80\x00\xfe\xff"  # what strong light makes of a photo-transistor's edges, mostly
WAKING_S = (2.0, 1.4)  # a sleeping meter wants at least so long of zeros, then so long of silence (IEC 62056-21, B)


@dataclass(slots=True)
class LineSettings:
    """What the line does; may be changed while it runs. Probabilities are per character."""

    pace: float = 1.0  # 1: real time; 0.1: ten times as fast; 0: no time at all
    turnaround_s: float = 0.2  # the device begins to answer so long after the last character, times `pace`; a
    # terminal needs it to follow a change of speed, and meters keep it (IEC 62056-21: 200 ms, some 20 ms)
    echo: bool = False  # the probe hears itself
    echo_drop: float = 0.0
    bit_error: float = 0.0
    even_error: float = 0.0  # two bits of one character: its parity stays right
    drop: float = 0.0
    double: float = 0.0
    breaks: float = 0.0  # the line is held low for a character: a zero is read in its place
    noise: bytes = b""  # glitch characters before each answer
    light: float = 0.0  # characters a second that nobody sent: strong light, electrical noise (times 1 / `pace`)
    lifted: bool = False  # the probe is off the meter: nothing passes, the echo still comes
    match_speeds: bool | None = None  # garble where the two ends have different speeds. None: only at pace 1, because
    # a terminal keeps real time, and an answer on a faster line arrives before it has followed a change of speed
    adapter_limit: int = 0  # baud above which the probe carries nothing but damage, either way; 0: none
    stays_at: int = 0  # baud that the device's end keeps, whatever it has agreed to; 0: it does as it says
    late_s: float = 0.0  # what the terminal sends leaves its adapter so much later than it thinks, times `pace`
    batch_s: float = 0.0  # the adapter hands over what it has heard so often (FTDI: 0.016), real time
    asleep: bool = False  # a battery-powered meter: it hears nothing before zeros have woken it
    piece_s: float = 0.002  # characters that share a timer, so that fast lines do not drown in them
    cut_after: int | None = None  # call `on_cut` after so many characters, either way

    @property
    def garbles(self) -> bool:
        """Whether different speeds make garbage."""
        return self.pace >= 1 if self.match_speeds is None else self.match_speeds


class LineSimulator:
    """A line to `port`. `on_cut` is called when `cut_after` characters have passed: give it the server's `unplug`."""

    def __init__(self, port: Attachable, settings: LineSettings, *, rng: random.Random | None = None) -> None:
        self.settings = settings
        self.on_cut: Callable[[], None] | None = None
        self.violations: list[str] = []
        self.passed = 0
        self.rng = rng or random.Random(0)
        self._port = port

    def attach(self, send: Send) -> Connection:
        """A line of its own for each conversation."""
        return _Line(self, self._port, send)

    @property
    def plugged(self) -> bool:
        """Whether the probe is in."""
        return not isinstance(self._port, Pluggable) or self._port.plugged

    def on_plugging(self, tell: Callable[[], None]) -> None:
        """Call `tell` when somebody pulls it out, or plugs it in."""
        if isinstance(self._port, Pluggable):
            self._port.on_plugging(tell)

    def damage(self, data: bytes) -> bytes:
        """`data` with the characters lost, doubled and flipped that chance says."""
        setting, rng = self.settings, self.rng
        if not (setting.bit_error or setting.even_error or setting.drop or setting.double or setting.breaks):
            return data
        out = bytearray()
        for byte in data:
            if rng.random() < setting.drop:
                continue
            flipped = self._flipped(byte)
            out += bytes([flipped]) * (2 if rng.random() < setting.double else 1)
        return bytes(out)

    def _flipped(self, byte: int) -> int:
        setting, rng = self.settings, self.rng
        if setting.breaks and rng.random() < setting.breaks:
            return 0
        if setting.bit_error and rng.random() < setting.bit_error:
            byte ^= 1 << rng.randrange(8)
        if setting.even_error and rng.random() < setting.even_error:
            one, other = rng.sample(range(8), 2)
            byte ^= 1 << one | 1 << other
        return byte

    def too_fast(self, data: bytes) -> bytes:
        """`data` through a probe whose light cannot follow: most edges are lost."""
        return bytes(byte | self.rng.randrange(256) for byte in data if self.rng.random() < 0.8)

    def lossy_echo(self, data: bytes) -> bytes:
        """The probe's own echo of `data`."""
        lost = self.settings.echo_drop
        return bytes(byte for byte in data if self.rng.random() >= lost) if lost else data

    def light(self) -> bytes:
        """One character of light."""
        return bytes([self.rng.choice(_LIGHT) if self.rng.random() < 0.7 else self.rng.randrange(256)])

    def count(self, data: bytes) -> bytes:
        """What of `data` passes before the line is cut."""
        limit = self.settings.cut_after
        if limit is not None and self.passed + len(data) >= limit:
            data = data[: max(0, limit - self.passed)]
        self.passed += len(data)
        return data

    @property
    def is_cut(self) -> bool:
        """So many characters have passed that the line is gone."""
        return self.settings.cut_after is not None and self.passed >= self.settings.cut_after


class _Lane:
    """One direction: characters come out when their last stop bit has left."""

    def __init__(self, settings: LineSettings, out: Callable[[bytes, int], None]) -> None:
        self._settings, self._out = settings, out
        self._queue: deque[tuple[float, bytes, int]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self.busy_until = 0.0

    def push(self, data: bytes, baud: int, not_before: float = 0.0) -> None:
        """Send `data` at `baud`."""
        char_s = BITS / max(1, baud) * self._settings.pace
        size = max(1, int(self._settings.piece_s / char_s)) if char_s else len(data)
        due = max(self.busy_until, not_before, asyncio.get_running_loop().time())
        for start in range(0, len(data), max(1, size)):
            piece = data[start : start + size]
            due += len(piece) * char_s
            self._queue.append((due, piece, baud))
        self.busy_until = due
        self._arm()

    def stop(self) -> None:
        """Lose what is still on its way."""
        self._queue.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is None and self._queue:
            self._timer = asyncio.get_running_loop().call_at(self._queue[0][0], self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        while self._queue and self._queue[0][0] <= now + 0.0002:
            _due, piece, baud = self._queue.popleft()
            self._out(piece, baud)
        self._arm()


class _Ear:
    """A receiver at another speed than what reaches it; a character that has begun ends with the idle line."""

    def __init__(self, settings: LineSettings, out: Callable[[bytes], None]) -> None:
        self._settings, self._out = settings, out
        self._uart: UartReceiver | None = None
        self._heard_until = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def hear(self, piece: bytes, sent_at: int, heard_at: int) -> None:
        """`piece` has just ended."""
        loop, pace = asyncio.get_running_loop(), self._settings.pace
        lasted_s = len(piece) * BITS / max(1, sent_at)
        idle_s = (loop.time() - self._heard_until) / pace - lasted_s if pace else 0.0
        if self._uart is None or self._uart.baud != heard_at:
            self._uart = UartReceiver(heard_at)
        self._heard_until = loop.time()
        # Timers are not exact: what is less than a character is no pause.
        self._tell(self._uart.hear(piece, sent_at, idle_s=idle_s if idle_s > BITS / max(1, sent_at) else 0.0))
        self.stop()
        if self._uart.waits:
            self._timer = loop.call_later(BITS / max(1, heard_at) * pace, self._rest)

    def stop(self) -> None:
        """Wait for nothing more."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _rest(self) -> None:
        if self._uart is not None:
            self._tell(self._uart.rest())

    def _tell(self, characters: bytes) -> None:
        if characters:
            self._out(characters)


class _Sleeper:
    """A battery-powered meter's ear: open once zeros have come for long enough, and then silence."""

    def __init__(self, settings: LineSettings) -> None:
        self._settings = settings
        self._zeros_s = 0.0
        self._last_zero = 0.0

    def hears(self, piece: bytes, sent_at: int) -> bool:
        """Whether `piece` is heard."""
        if not self._settings.asleep:
            return True
        now = asyncio.get_running_loop().time()
        zeros_s, silence_s = (limit * self._settings.pace for limit in WAKING_S)
        lasted_s = len(piece) * BITS / max(1, sent_at) * self._settings.pace
        if not piece.strip(b"\0"):
            self._zeros_s = self._zeros_s + lasted_s if now - self._last_zero <= 2 * lasted_s + 0.05 else lasted_s
            self._last_zero = now
        elif self._zeros_s >= zeros_s and now - lasted_s - self._last_zero >= silence_s:
            self._settings.asleep = False
            return True
        return False


class _Line:
    """One conversation over the line: the device's `Connection` as its terminal sees it."""

    def __init__(self, simulator: LineSimulator, port: Attachable, send: Send) -> None:
        self._line, self._settings, self._send = simulator, simulator.settings, send
        self._to_device = _Lane(simulator.settings, self._reach_device)
        self._to_terminal = _Lane(simulator.settings, self._reach_terminal)
        self._device_ear = _Ear(simulator.settings, self._tell_device)
        self._terminal_ear = _Ear(simulator.settings, self._hand_over)
        self._sleeper = _Sleeper(simulator.settings)
        self._baud = 9600
        self._open = True
        self._answering = False
        self._answered_at = 0  # baud
        self._batch = bytearray()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._device = port.attach(self._answer)
        self._clocked = self._device if isinstance(self._device, ClockedConnection) else None
        self._shine()

    # Connection --------------------------------------------------------------------------------------------------
    def receive(self, data: bytes) -> None:
        if self._open:
            self._note_collision()
            self._answering = False
            self._shine()
            late_s = self._settings.late_s * self._settings.pace
            self._to_device.push(data, self._baud, asyncio.get_running_loop().time() + late_s if late_s else 0.0)

    def _note_collision(self) -> None:
        """An optical line carries one voice at a time: what is said into an answer may be lost."""
        left = self._to_terminal.busy_until - asyncio.get_running_loop().time()
        if left > 2 * BITS / self._baud * self._settings.pace + self._settings.piece_s:
            self._line.violations.append(f"the terminal speaks with {left * 1000:.0f} ms of an answer still to come")

    def line_speed(self, baud: int) -> None:
        left = self._to_device.busy_until - asyncio.get_running_loop().time()
        if baud != self._baud and left > 2 * BITS / self._baud * self._settings.pace:
            self._line.violations.append(f"{self._baud} -> {baud} baud with {left * 1000:.0f} ms still to send")
        self._baud = baud
        self._device.line_speed(baud)

    def closed(self) -> None:
        self._open = False
        for part in (self._to_device, self._to_terminal, self._device_ear, self._terminal_ear):
            part.stop()
        for timer in self._timers.values():
            timer.cancel()
        self._device.closed()

    # Both ways ---------------------------------------------------------------------------------------------------
    def _device_baud(self, else_baud: int = 0) -> int:
        """The speed of the device's end; `else_baud`, or the terminal's, where it has none of its own."""
        own = self._settings.stays_at or (self._clocked.baud if self._clocked is not None else 0)
        return own or else_baud or self._baud

    def _reach_device(self, piece: bytes, sent_at: int) -> None:
        piece = self._line.count(piece)
        if self._settings.echo and (echo := self._line.lossy_echo(piece)):
            self._hand_over(echo)
        if piece and not self._settings.lifted and self._sleeper.hears(piece, sent_at):
            # Re-clocked in the middle of its characters, a terminal sends them at the new speed.
            self._carry(piece, self._baud, self._device_baud(sent_at), self._device_ear, self._tell_device)
        self._maybe_cut()

    def _tell_device(self, data: bytes) -> None:
        if self._open and data:
            self._device.receive(data)

    def _answer(self, data: bytes) -> None:
        if not self._open or self._settings.lifted or not data:
            return
        noise = b"" if self._answering else self._settings.noise
        self._answering = True
        pause_s, baud = self._settings.turnaround_s * self._settings.pace, self._device_baud()
        not_before = self._to_device.busy_until + pause_s
        if baud != self._answered_at:  # a device that goes on at another speed gives the terminal time to follow
            not_before = max(not_before, self._to_terminal.busy_until + pause_s)
        self._answered_at = baud
        self._to_terminal.push(noise + data, baud, not_before)

    def _reach_terminal(self, piece: bytes, sent_at: int) -> None:
        piece = self._line.count(piece)
        if self._open and piece and not self._settings.lifted:
            self._carry(piece, sent_at, self._baud, self._terminal_ear, self._hand_over)
        self._maybe_cut()

    def _carry(self, piece: bytes, driven_at: int, heard_at: int, ear: _Ear, out: Callable[[bytes], None]) -> None:
        if 0 < self._settings.adapter_limit < driven_at:
            out(self._line.too_fast(piece))
        elif self._settings.garbles and driven_at != heard_at:
            ear.hear(piece, driven_at, heard_at)
        else:
            out(self._line.damage(piece))

    def _maybe_cut(self) -> None:
        if self._line.is_cut and self._open and self._line.on_cut is not None:
            self._line.on_cut()

    # The adapter -------------------------------------------------------------------------------------------------
    def _hand_over(self, data: bytes) -> None:
        """Give the terminal what its adapter has heard; one that gathers it does so in packets."""
        if not self._open or not data:
            return
        if not self._settings.batch_s:
            self._send(data)
            return
        self._batch += data
        if len(self._batch) >= _BATCH:
            self._flush()
        elif "batch" not in self._timers:
            self._timers["batch"] = asyncio.get_running_loop().call_later(self._settings.batch_s, self._flush)

    def _flush(self) -> None:
        if (timer := self._timers.pop("batch", None)) is not None:
            timer.cancel()
        batch, self._batch = bytes(self._batch), bytearray()
        if self._open and batch:
            self._send(batch)

    def _shine(self) -> None:
        """Strong light falls on the probe: characters that nobody has sent."""
        light = self._settings.light
        if self._open and light and "light" not in self._timers:
            wait_s = self._line.rng.expovariate(light) * (self._settings.pace or 1.0)
            self._timers["light"] = asyncio.get_running_loop().call_later(wait_s, self._flicker)

    def _flicker(self) -> None:
        del self._timers["light"]
        self._hand_over(self._line.light())
        self._shine()
