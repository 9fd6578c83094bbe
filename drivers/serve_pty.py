"""Offers a device's end on a pseudo-terminal: any program opens it as a serial port and sets its speed.

The pty is opened here (not by socat), because only then is the speed that the terminal sets visible at this end. Bits
and parity are not: the kernel keeps every pty at eight bits without parity, which is why sign-on parity is done in
software. We keep the terminal's side open too, so that a program may close it and another open it; the price is that
neither is noticed here (the device sees silence, as a real one does).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import sys
from pathlib import Path

from drivers.causes import cause_of
from drivers.serving import Attachable, Connection, Pluggable
from hht.i18n import _
from hht.link import LinkUnavailable

MAX_UNSENT = 256 * 1024  # bytes that wait for a terminal to read them; a wire with no listener loses the rest

# Linux's numbers; the termios module does not have them all.
_TIOCPKT, _PKT_DATA, _EXTPROC, _TCGETS2, _LFLAG = 0x5420, 0, 0o200000, 0x802C542A, 3
_TERMIOS2 = struct.Struct("4IB19B2I")

_PTYS = ("/dev/pts/", "/dev/tty")  # Linux, macOS


class PtyServer:
    """Serves `port` (the device's) on a new pty until closed. Usable as ``async with``. Linux and macOS."""

    def __init__(self, port: Attachable, *, symlink: Path | None = None) -> None:
        """`symlink`: a stable name for the pty, made at start and removed at the end."""
        self._attachable, self._symlink = port, symlink
        self._master = self._slave = -1
        self._path = ""
        self._baud = 0
        self._connection: Connection | None = None
        self._unsent = bytearray()
        self._writing = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @property
    def path(self) -> str:
        """What a terminal opens: the symlink if there is one, else /dev/pts/N."""
        return str(self._symlink) if self._symlink is not None else self._path

    @property
    def url(self) -> str:
        """The link URL for a client on this machine."""
        return f"optical:{self.path}"

    @property
    def baud(self) -> int:
        """The speed that the terminal has set."""
        return self._baud

    async def start(self) -> None:
        """Open the pty and begin. Raises LinkUnavailable (no ptys on this system, the symlink's place is taken)."""
        self._loop = asyncio.get_running_loop()
        self._begin()
        if isinstance(self._attachable, Pluggable):
            self._attachable.on_plugging(self._plugging)
            if not self._attachable.plugged:
                self.unplug()

    def _begin(self) -> None:
        if sys.platform == "win32":
            raise LinkUnavailable(_("This system has no ptys."), remedy=_("Offer it on tcp://127.0.0.1:PORT instead."))
        try:
            self._open_pty()
            self._link_name()
        except OSError as error:
            self._close_pty()
            message = _("Cannot offer a pty: {cause}.").format(cause=cause_of(error))
            raise LinkUnavailable(message, remedy=_("Offer it on tcp://127.0.0.1:PORT instead.")) from error
        except LinkUnavailable:
            self._close_pty()
            raise
        assert self._loop is not None
        self._baud = terminal_speed(self._master)
        self._connection = self._attachable.attach(self._send)
        self._connection.line_speed(self._baud)
        self._loop.add_reader(self._master, self._readable)

    async def close(self) -> None:
        """End it. Never raises; may be called twice."""
        self._closed = True
        self.unplug()

    def _plugging(self) -> None:
        """The probe was pulled out, or plugged in again: then there is a pty once more, under the same symlink."""
        assert isinstance(self._attachable, Pluggable)
        assert self._loop is not None
        if not self._attachable.plugged:
            self.unplug()
        elif self._master < 0 and not self._closed:
            try:
                self._begin()
            except LinkUnavailable as error:
                self._loop.call_exception_handler({"message": "there is no pty any more", "exception": error})

    def unplug(self) -> None:
        """Pull the adapter out: whoever has the pty open sees it vanish at once."""
        if self._master < 0:
            return
        assert self._loop is not None
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        self._unlink_name()
        self._close_pty()
        self._unsent.clear()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.closed()

    async def __aenter__(self) -> PtyServer:
        await self.start()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    # Bytes -------------------------------------------------------------------------------------------------------
    def _readable(self) -> None:
        try:
            data = os.read(self._master, 65536)
        except BlockingIOError:
            return
        except OSError:  # cannot be while we hold the other side open; never spin on it
            self.unplug()
            return
        if not data:
            self.unplug()
            return
        self._look_at_speed()
        if sys.platform == "linux":  # packet mode: the first byte says whether data follows
            data = data[1:] if data[0] == _PKT_DATA else b""
        if data and self._connection is not None:
            self._connection.receive(data)

    def _look_at_speed(self) -> None:
        baud = terminal_speed(self._master)
        if baud not in (0, self._baud) and self._connection is not None:
            self._baud = baud
            self._unsent.clear()  # re-clocked: what had not been read is lost, as in a UART
            self._watch_settings()
            self._connection.line_speed(baud)

    def _send(self, data: bytes) -> None:
        if self._connection is None or self._master < 0:
            return
        self._unsent += data[: max(0, MAX_UNSENT - len(self._unsent))]
        self._flush()

    def _flush(self) -> None:
        if self._master < 0 or self._loop is None:
            return
        try:
            while self._unsent:
                del self._unsent[: os.write(self._master, self._unsent)]
        except BlockingIOError:
            if not self._writing:
                self._writing = True
                self._loop.add_writer(self._master, self._flush)
            return
        except OSError:
            self.unplug()
            return
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self._master)

    # The pty -----------------------------------------------------------------------------------------------------
    def _open_pty(self) -> None:
        import tty

        self._master, self._slave = os.openpty()
        self._path = os.ttyname(self._slave)
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        if sys.platform == "linux":
            import fcntl

            fcntl.ioctl(self._master, _TIOCPKT, struct.pack("i", 1))
        self._watch_settings()

    def _watch_settings(self) -> None:
        """Ask to be woken at each change of settings: packet mode says so while EXTPROC is set, and a program that
        sets its own flags may have cleared it."""
        if sys.platform == "linux":
            import termios

            settings = termios.tcgetattr(self._master)
            if not settings[_LFLAG] & _EXTPROC:
                settings[_LFLAG] |= _EXTPROC
                with contextlib.suppress(termios.error):
                    termios.tcsetattr(self._master, termios.TCSANOW, settings)

    def _close_pty(self) -> None:
        for descriptor in (self._master, self._slave):
            if descriptor >= 0:
                os.close(descriptor)
        self._master = self._slave = -1

    def _link_name(self) -> None:
        link = self._symlink
        if link is None:
            return
        remedy = _("Choose another path for the pty's name.")
        if link.is_symlink():  # one that an emulation left behind may go, another may be somebody's
            target = os.readlink(link)
            if not target.startswith(_PTYS):
                message = _("{path} is a symbolic link to {target}, which is no pty.").format(path=link, target=target)
                raise LinkUnavailable(message, remedy=remedy)
        elif link.exists():
            message = _("{path} exists and is no symbolic link.").format(path=link)
            raise LinkUnavailable(message, remedy=remedy)
        try:
            temporary = link.with_name(f".{link.name}.{os.getpid()}")
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
            temporary.symlink_to(self._path)
            temporary.replace(link)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            message = _("{path} cannot be made a symbolic link: {why}.").format(path=link, why=why)
            raise LinkUnavailable(message, remedy=remedy) from error

    def _unlink_name(self) -> None:
        link = self._symlink
        with contextlib.suppress(OSError):
            if link is not None and os.readlink(link) == self._path:
                link.unlink()


def terminal_speed(descriptor: int) -> int:
    """The output speed set on a terminal, in baud, odd ones too; 0 if it cannot be told."""
    import termios

    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            return int(_TERMIOS2.unpack(fcntl.ioctl(descriptor, _TCGETS2, bytes(_TERMIOS2.size)))[-1])
    try:
        speed = termios.tcgetattr(descriptor)[5]
    except termios.error:
        return 0
    names: dict[object, int] = {
        getattr(termios, name): int(name[1:]) for name in dir(termios) if name[0] == "B" and name[1:].isdigit()
    }
    return names.get(speed, 0)
