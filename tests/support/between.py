"""Somebody between a terminal and a meter on TCP: what the meter says passes through an attack, message by message."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType

HEADER = struct.Struct(">4H")  # of the wrapper: version, source, destination, length

Attack = Callable[[bytes], bytes]


class Between:
    """Listens at `url` (wrapper framing) and passes everything on to `host`:`port`; each of the meter's APDUs goes
    through `attack`. `changed` counts those that it changed; what it makes b"" is lost, and an OSError of its own cuts
    the connection."""

    def __init__(self, host: str, port: int, attack: Attack) -> None:
        self._target, self._attack = (host, port), attack
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.changed = 0

    @property
    def url(self) -> str:
        """The link URL of this end."""
        return f"tcp://127.0.0.1:{self._listener.getsockname()[1]}?framing=wrapper"

    def __enter__(self) -> Between:
        self._begin(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for end in (self._listener, *self._open):
            _close(end)
        for thread in self._threads:
            thread.join(timeout=10)

    def _begin(self, work: Callable[..., None], *args: socket.socket) -> None:
        self._threads.append(threading.Thread(target=work, args=args, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        while True:
            try:
                terminal, _address = self._listener.accept()
            except OSError:
                return
            meter = socket.create_connection(self._target)
            self._open += [terminal, meter]
            self._begin(self._to_meter, terminal, meter)
            self._begin(self._to_terminal, meter, terminal)

    def _to_meter(self, terminal: socket.socket, meter: socket.socket) -> None:
        try:
            while octets := terminal.recv(65536):
                meter.sendall(octets)
        except OSError:
            pass
        _close(meter)

    def _to_terminal(self, meter: socket.socket, terminal: socket.socket) -> None:
        try:
            with meter.makefile("rb") as stream:
                while header := stream.read(HEADER.size):
                    version, source, destination, length = HEADER.unpack(header)
                    genuine = stream.read(length)
                    said = self._attack(genuine)
                    self.changed += said != genuine
                    if said:
                        terminal.sendall(HEADER.pack(version, source, destination, len(said)) + said)
        except OSError:
            pass
        _close(terminal)


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
