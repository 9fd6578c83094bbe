"""A serial server of another maker: pyserial's RFC 2217 end over a port, on a TCP socket, in a thread of its own."""

from __future__ import annotations

import contextlib
import socket
import threading

import serial
import serial.rfc2217

from hht.parity import EVEN_PARITY, STRIP_PARITY


class PtyPort(serial.Serial):
    """A pty as a serial port: it has no modem lines, so they are kept here."""

    cts = dsr = ri = cd = True

    def _update_dtr_state(self) -> None:
        """Nobody is there to see it."""

    def _update_rts_state(self) -> None:
        """Nobody is there to see it."""


class ParityPort(PtyPort):
    """A port that does 7E1 by itself, as a UART does and no pty can; `settings` are those it was given, in order."""

    def __init__(self, path: str) -> None:
        self.settings: list[tuple[int, int, str]] = []
        super().__init__(path)

    def _reconfigure_port(self, force_update: bool = False) -> None:
        bits, parity = self._bytesize, self._parity
        if (self._baudrate, bits, parity) not in self.settings[-1:]:
            self.settings.append((self._baudrate, bits, parity))
        self._bytesize, self._parity = 8, "N"
        try:
            super()._reconfigure_port(force_update)
        finally:
            self._bytesize, self._parity = bits, parity

    def write(self, data: bytes) -> int:
        """With parity bits, where the port has them."""
        return int(super().write(data.translate(EVEN_PARITY) if self._bytesize == 7 else data))

    def read(self, size: int = 1) -> bytes:
        """Without them."""
        data = bytes(super().read(size))
        return data.translate(STRIP_PARITY) if self._bytesize == 7 else data


class ComPortServer:
    """Serves `port` to one client after the other. `refuse`: a telnet server that lends no control of its line."""

    def __init__(self, port: serial.SerialBase, *, refuse: bool = False) -> None:
        self.port = port
        self.port.timeout = 0.02
        self._refuse = refuse
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.tcp_port: int = self._listener.getsockname()[1]
        self._client: socket.socket | None = None
        self._stopped = False
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> ComPortServer:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stopped = True
        self.drop()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self.port.close()

    def drop(self) -> None:
        """End the client's connection."""
        if self._client is not None:
            with contextlib.suppress(OSError):
                self._client.shutdown(socket.SHUT_RDWR)

    def write(self, data: bytes) -> None:
        """What pyserial's manager has for the client."""
        if self._client is not None and not self._refuse:
            self._client.sendall(data)

    def _serve(self) -> None:
        while not self._stopped:
            try:
                self._client, _address = self._listener.accept()
            except OSError:
                return
            with self._client, contextlib.suppress(OSError):
                self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._talk(self._client)

    def _talk(self, client: socket.socket) -> None:
        if self._refuse:
            client.sendall(bytes((255, 254, 44)))
        manager = serial.rfc2217.PortManager(self.port, self)
        gone = threading.Event()
        reader = threading.Thread(target=self._read_port, args=(client, manager, gone))
        reader.start()
        try:
            while data := client.recv(1024):
                self.port.write(b"".join(manager.filter(data)))
        finally:
            gone.set()
            reader.join()

    def _read_port(self, client: socket.socket, manager: serial.rfc2217.PortManager, gone: threading.Event) -> None:
        while not gone.is_set():
            data = self.port.read(self.port.in_waiting or 1)
            if data:
                with contextlib.suppress(OSError):
                    client.sendall(b"".join(manager.escape(data)))
