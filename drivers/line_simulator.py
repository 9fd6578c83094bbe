"""A simulated optical line between a terminal and a device: it takes time, it echoes, it damages.

Put it between a server and the device it serves: ``PtyServer(LineSimulator(port, LineSettings()))``. Each character
takes ten bit-times at the speed that its sender has set; a receiver set to another speed gets garbage; a terminal that
changes its speed while characters are still leaving garbles them (`violations` says so), as a UART would.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from drivers.serving import Attachable, ClockedConnection, Connection, Send

_BITS = 10  # start, eight bits (parity is one of them), stop
_PIECE_S = 0.002  # characters that share a timer, so that fast lines do not drown in them


@dataclass(slots=True)
class LineSettings:
    """What the line does; may be changed while it runs. Probabilities are per character."""

    pace: float = 1.0  # 1: real time; 0.1: ten times as fast; 0: no time at all
    turnaround_s: float = 0.2  # the device begins to answer so long after the last character, times `pace`; a
    # terminal needs it to follow a change of speed, and meters keep it (IEC 62056-21: 200 ms, some 20 ms)
    echo: bool = False  # the probe hears itself
    echo_drop: float = 0.0
    bit_error: float = 0.0
    drop: float = 0.0
    double: float = 0.0
    noise: bytes = b""  # glitch characters before each answer
    lifted: bool = False  # the probe is off the meter: nothing passes, the echo still comes
    match_speeds: bool | None = None  # garble where the two ends have different speeds. None: only at pace 1, because
    # a terminal keeps real time, and an answer on a faster line arrives before it has followed a change of speed
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
        self._port, self._rng = port, rng or random.Random(0)

    def attach(self, send: Send) -> Connection:
        """A line of its own for each conversation."""
        return _Line(self, self._port, send)

    def damage(self, data: bytes) -> bytes:
        """`data` with the characters lost, doubled and flipped that chance says."""
        setting, rng = self.settings, self._rng
        if not (setting.bit_error or setting.drop or setting.double):
            return data
        out = bytearray()
        for byte in data:
            if rng.random() < setting.drop:
                continue
            flipped = byte ^ (1 << rng.randrange(8)) if rng.random() < setting.bit_error else byte
            out += bytes([flipped]) * (2 if rng.random() < setting.double else 1)
        return bytes(out)

    def garbage(self, data: bytes, sent_at: int, heard_at: int) -> bytes:
        """What a receiver at `heard_at` baud makes of `data` sent at `sent_at`."""
        count = max(1, min(len(data) * heard_at // max(1, sent_at), 4 * len(data)))
        return self._rng.randbytes(count)

    def lossy_echo(self, data: bytes) -> bytes:
        """The probe's own echo of `data`."""
        lost = self.settings.echo_drop
        return bytes(byte for byte in data if self._rng.random() >= lost) if lost else data

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
        char_s = _BITS / max(1, baud) * self._settings.pace
        size = max(1, int(_PIECE_S / char_s)) if char_s else len(data)
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


class _Line:
    """One conversation over the line: the device's `Connection` as its terminal sees it."""

    def __init__(self, simulator: LineSimulator, port: Attachable, send: Send) -> None:
        self._line, self._settings, self._send = simulator, simulator.settings, send
        self._to_device = _Lane(simulator.settings, self._reach_device)
        self._to_terminal = _Lane(simulator.settings, self._reach_terminal)
        self._baud = 9600
        self._open = True
        self._answering = False
        self._answered_at = 0  # baud
        self._device = port.attach(self._answer)
        self._clocked = self._device if isinstance(self._device, ClockedConnection) else None

    # Connection --------------------------------------------------------------------------------------------------
    def receive(self, data: bytes) -> None:
        if self._open:
            self._note_collision()
            self._answering = False
            self._to_device.push(data, self._baud)

    def _note_collision(self) -> None:
        """An optical line carries one voice at a time: what is said into an answer may be lost."""
        left = self._to_terminal.busy_until - asyncio.get_running_loop().time()
        if left > 2 * _BITS / self._baud * self._settings.pace + _PIECE_S:
            self._line.violations.append(f"the terminal speaks with {left * 1000:.0f} ms of an answer still to come")

    def line_speed(self, baud: int) -> None:
        left = self._to_device.busy_until - asyncio.get_running_loop().time()
        if baud != self._baud and left > 2 * _BITS / self._baud * self._settings.pace:
            self._line.violations.append(f"{self._baud} -> {baud} baud with {left * 1000:.0f} ms still to send")
        self._baud = baud
        self._device.line_speed(baud)

    def closed(self) -> None:
        self._open = False
        self._to_device.stop()
        self._to_terminal.stop()
        self._device.closed()

    # Both ways ---------------------------------------------------------------------------------------------------
    def _device_baud(self) -> int:
        return self._clocked.baud if self._clocked is not None else self._baud

    def _reach_device(self, piece: bytes, sent_at: int) -> None:
        piece = self._line.count(piece)
        if self._settings.echo and (echo := self._line.lossy_echo(piece)):
            self._send(echo)
        if piece and not self._settings.lifted:
            self._device.receive(self._garbled(piece, sent_at, self._device_baud(), reclocked=sent_at != self._baud))
        self._maybe_cut()

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
            self._send(self._garbled(piece, sent_at, self._baud))
        self._maybe_cut()

    def _garbled(self, piece: bytes, sent_at: int, heard_at: int, *, reclocked: bool = False) -> bytes:
        if self._settings.garbles and (reclocked or sent_at != heard_at):
            return self._line.garbage(piece, sent_at, heard_at)
        return self._line.damage(piece)

    def _maybe_cut(self) -> None:
        if self._line.is_cut and self._open and self._line.on_cut is not None:
            self._line.on_cut()
