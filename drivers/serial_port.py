"""A serial port by pyserial: opened for us alone, read by one thread, written without blocking.

The only module besides discovery that knows pyserial. Everything that pyserial, the operating system and termios say
when something is wrong ends here as one family of errors.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import threading
import time
from collections import deque
from collections.abc import Callable

import serial

from drivers.causes import LOSSES, cause_of, errno_of
from drivers.discovery import ports_in_words
from drivers.loop_safe import in_thread, post
from drivers.port_locks import holder_of, lock_file_holder, shut_out_others
from hht.i18n import _
from hht.link import Line, LinkUnavailable

_MAX_QUEUED = 128  # chunks read and not yet taken by the loop; the thread then waits and the driver's buffer fills.
# All of them together with what a link holds back (`drivers.base.HOLD_INPUT_AT`) are less than it loses.
POWER_UP_S = 0.1  # from the rise of DTR and RTS until a probe that lives on them hears what is sent
_CHUNK = 4096  # bytes taken at once
_POSIX = os.name == "posix"
_REFUSALS: tuple[type[BaseException], ...] = (*LOSSES, ValueError)  # a setting that the port does not know
_NO_LINES: tuple[type[BaseException], ...] = (*LOSSES, NotImplementedError)
_GONE: tuple[type[BaseException], ...] = (*LOSSES, ValueError, TypeError)  # or the descriptor vanished under pyserial


class SerialPort:
    """An open port. All methods are for the loop's thread; `on_data` and `on_loss` are called there too."""

    def __init__(
        self, device: serial.Serial, on_data: Callable[[bytes], None], on_loss: Callable[[BaseException], None]
    ) -> None:
        self._device = device
        self._on_data, self._on_loss = on_data, on_loss
        self._loop = asyncio.get_running_loop()
        self._queue: deque[bytes] = deque()
        self._announced = False
        self._stop = self._dead = False
        self._ended = asyncio.Event()
        self._may_read = threading.Event()
        self._may_read.set()
        self._lock = threading.Lock()  # a descriptor must not be closed between being looked up and being used
        self._thread = threading.Thread(target=self._run, name=f"serial {device.port}", daemon=True)
        self._thread.start()

    # The loop's side ---------------------------------------------------------------------------------------------
    def write_some(self, data: bytes) -> int:
        """How much of `data` the driver took just now, maybe 0; OSError when the port is gone. POSIX only."""
        with self._lock:
            if self._dead:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            try:
                return os.write(self._device.fileno(), data)
            except BlockingIOError:
                return 0

    async def write_all(self, data: bytes) -> float:
        """Write where a write may block (Windows), in a thread of its own; the monotonic time at which that began."""

        def write() -> float:
            began_s = time.monotonic()
            self._device.write(data)
            return began_s

        return await in_thread("serial write", write)

    @property
    def can_write_some(self) -> bool:
        """Whether `write_some` may be used here; else `write_all`."""
        return _POSIX

    async def set_line(self, line: Line, *, hard_parity: bool) -> None:
        """Re-clock the port. Raises OSError when it is gone, LinkUnavailable when it cannot do that."""
        before = self._device.baudrate

        def change() -> None:
            if hard_parity:
                self._device.bytesize = line.bits
                self._device.parity = line.parity
            self._device.baudrate = line.baud

        try:
            await in_thread("serial line", change)
        except TypeError as error:  # the thread that reads closed it meanwhile: pyserial has no descriptor any more
            raise OSError(errno.EIO, str(error)) from error
        except _REFUSALS as error:
            if not isinstance(error, ValueError) and errno_of(error) != errno.EINVAL:
                raise
            with contextlib.suppress(*_REFUSALS):
                self._device.baudrate = before
            message = _("{port} cannot do {line}.").format(port=self._device.port, line=line)
            raise LinkUnavailable(message, remedy=_("Use another adapter, or another speed.")) from error

    def hold(self, held: bool) -> None:
        """Stop reading for a while, or go on."""
        if held:
            self._may_read.clear()
        else:
            self._may_read.set()

    async def close(self) -> None:
        """End the thread, which closes the port. Waits until both are done."""
        self._stop = True
        self._may_read.set()
        with self._lock, contextlib.suppress(*_GONE):
            if not self._dead:
                self._device.cancel_read()
        await self._ended.wait()
        self._thread.join()  # its last act was to say so

    # The thread's side -------------------------------------------------------------------------------------------
    def _run(self) -> None:
        error: BaseException | None = None
        try:
            while not self._stop:
                self._may_read.wait()
                self._hand_over(self._read())
        except _GONE as caught:
            error = caught if isinstance(caught, LOSSES) else OSError(errno.EIO, str(caught))
        finally:
            self._close_device()
            if error is not None and not self._stop:
                post(self._loop, self._lost, error)
            post(self._loop, self._ended.set)

    def _read(self) -> bytes:
        data: bytes = self._device.read(1)
        return data + self._what_else() if data else data

    def _what_else(self) -> bytes:
        """What has come besides, without waiting and without asking how much it is: not every driver knows that."""
        if _POSIX:
            with contextlib.suppress(BlockingIOError):
                return os.read(self._device.fileno(), _CHUNK)
            return b""
        waiting = self._device.in_waiting
        return bytes(self._device.read(waiting)) if waiting else b""

    def _hand_over(self, data: bytes) -> None:
        if not data:
            return
        while len(self._queue) >= _MAX_QUEUED and not self._stop:
            time.sleep(0.01)
        self._queue.append(data)
        if not self._announced:  # one wake-up per turn of the loop, however many pieces there are
            self._announced = True
            post(self._loop, self._drain)

    def _close_device(self) -> None:
        with self._lock:
            self._dead = True  # from here on nobody else touches the descriptor; closing may take its time
        # A close waits for unsent bytes, on some drivers for half a minute: forget them first.
        with contextlib.suppress(*_GONE):
            self._device.reset_output_buffer()
        with contextlib.suppress(*_GONE):
            self._device.close()

    # Back on the loop --------------------------------------------------------------------------------------------
    def _drain(self) -> None:
        self._announced = False
        while self._queue:
            self._on_data(self._queue.popleft())

    def _lost(self, error: BaseException) -> None:
        self._drain()
        self._on_loss(error)


def open_device(
    path: str, line: Line, *, hard_parity: bool, power: tuple[bool, bool] = (True, True), called: str = ""
) -> serial.Serial:
    """Open `path` for us alone. `power`: whether DTR and RTS are high (they power many probes), from the start.
    `called`: what people call it; "": by its path. Blocks; raises LinkUnavailable."""
    if (owner := lock_file_holder(path)) is not None:
        raise in_use(called or path, owner)
    device = serial.Serial()
    device.dtr, device.rts = power  # before it is open: pyserial then sets them as it opens
    try:
        device.port, device.baudrate, device.exclusive = path, line.baud, True
        if hard_parity:
            device.bytesize, device.parity = line.bits, line.parity
        device.open()
    except _REFUSALS as error:
        raise unavailable(path, error, called) from error
    shut_out_others(device.fileno() if _POSIX else -1, path)
    with contextlib.suppress(*LOSSES, NotImplementedError, AttributeError, ValueError):
        device.set_low_latency_mode(True)  # USB adapters else hold short answers for 16 ms; ptys know nothing of it
    if any(power) and _has_modem_lines(device):
        time.sleep(POWER_UP_S)
    return device


def _has_modem_lines(device: serial.Serial) -> bool:
    """Whether DTR and RTS are there to power something: ptys have none."""
    try:
        return isinstance(device.cts, bool)
    except _NO_LINES:
        return False


def unavailable(path: str, error: BaseException, called: str = "") -> LinkUnavailable:
    """Why `path`, or as people call it, could not be opened, with what to do next."""
    number, text = errno_of(error), str(error)
    called = called or path
    # On Windows pyserial gives only a text: the words of WinError in it tell the cases apart.
    if number == errno.ENOENT or "FileNotFoundError" in text:
        message = _("There is no port {port}.").format(port=path)
        return LinkUnavailable(message, code="link-absent", remedy=ports_in_words())
    if number in (errno.EAGAIN, errno.EBUSY) or "PermissionError(13, 'Access is denied" in text:
        return in_use(called, holder_of(path))
    if number in (errno.EACCES, errno.EPERM):
        message = _("You have no permission to use {port}.").format(port=called)
        remedy = _(
            'Add yourself to the group "{group}" (sudo usermod -aG {group} $USER), then log out and in again; or have '
            'a udev rule give you the adapter (TAG+="uaccess").'
        )
        return LinkUnavailable(message, code="link-permission", remedy=remedy.format(group=_group_of(path)))
    if "Could not configure port" in text or number in (errno.ENOTTY, errno.EISDIR) or isinstance(error, ValueError):
        message = _("{port} is not a serial port that can be set up.").format(port=called)
        return LinkUnavailable(message, code="link-not-a-port", remedy=ports_in_words())
    if number == errno.EINVAL:
        message = _("{port} cannot do this speed and parity.").format(port=called)
        remedy = _("Leave hardware parity off (software parity works on every port), or use another adapter.")
        return LinkUnavailable(message, code="link-line-refused", remedy=remedy)
    message = _("Could not open {port}: {cause}.").format(port=called, cause=cause_of(error))
    return LinkUnavailable(message, remedy=_("Unplug the adapter, plug it in again, then try again."))


def in_use(called: str, holder: str) -> LinkUnavailable:
    """Somebody else has it: who, and what to do."""
    message = _("{port} is in use by {program}.").format(port=called, program=holder or _("another program"))
    remedy = _("Close that program (a terminal, a modem manager, another window of this one), then try again.")
    if os.name == "nt":  # after a crash the driver may keep the port until the adapter is taken out
        remedy += " " + _("If none is open, unplug the adapter and plug it in again.")
    return LinkUnavailable(message, code="link-busy", remedy=remedy)


def _group_of(path: str) -> str:
    """The group that may use the port; "dialout" where that cannot be told."""
    with contextlib.suppress(OSError, KeyError, ImportError):
        import grp

        name = grp.getgrgid(os.stat(path).st_gid).gr_name
        return name if name != "root" else "dialout"
    return "dialout"
