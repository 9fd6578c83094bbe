"""An optical probe on a serial port: `optical:usb:0403:6001/A50285BI`, wherever that adapter is now (see
`drivers.port_identity`), or a port by its name: `optical:/dev/ttyUSB0`, `optical:COM5`.

The port always runs 8N1 and parity is done in software: the same ten bits on the wire, and it works on ptys, bridges
and adapters that have no 7E1. `hard_parity` leaves it to the port instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

import serial

from drivers.base import BaseLink
from drivers.discovery import ListPorts, SerialPortInfo, adapter_name, list_serial_ports, locate
from drivers.loop_safe import in_thread
from drivers.serial_port import SerialPort, open_device
from hht.clock import Clock
from hht.i18n import _
from hht.link import SIGN_ON_LINE, Capability, Line, LinkTimeout, TraceSink

WRITE_LIMIT_S = 5.0  # nothing taken for so long: the driver is stuck, or nobody reads the other end of a pty


class OpticalProbeLink(BaseLink):
    """Bytes through the serial port `path`, or the adapter of that identity. It begins at `line` (as every optical port
    does, 300 baud 7E1)."""

    def __init__(
        self,
        path: str,
        *,
        clock: Clock,
        sink: TraceSink | None = None,
        name: str | None = None,
        line: Line = SIGN_ON_LINE,
        echo: str = "auto",
        hard_parity: bool = False,
        dtr: bool = True,
        rts: bool = True,
        ports: ListPorts = list_serial_ports,
        on_port: Callable[[SerialPortInfo], None] | None = None,
    ) -> None:
        """`echo`: "auto" learns at sign-on whether the probe hears itself; "on" and "off" say so beforehand.
        `dtr`, `rts`: whether these lines are high; many probes draw their power from them. `on_port` is told which
        adapter was opened, in a thread; what it raises as OSError is passed over."""
        capabilities = Capability.LINE | Capability.ECHO
        if hard_parity:
            capabilities |= Capability.HARD_PARITY
        super().__init__(
            name or f"optical:{path}", clock=clock, sink=sink, line=line, capabilities=capabilities, echo=echo
        )
        self._path, self._hard, self._power = path, hard_parity, (dtr, rts)
        self._ports, self._on_port = ports, on_port
        self._title = adapter_name(path) or self._name
        self._port: SerialPort | None = None

    async def _open(self) -> None:
        device = await in_thread("serial open", self._open_device, abandon=lambda late: late.close())
        if device.port != self._path:
            self._note_line(f"port {device.port}")
        self._port = SerialPort(device, self._feed, self._lose)

    def _open_device(self) -> serial.Serial:
        """Where the adapter is now is looked up each time: it may have got another name since."""
        name, port = locate(self._path, self._ports)
        called = _("{adapter} ({port})").format(adapter=port.title, port=name) if port is not None else ""
        self._title = called or self._title
        device = open_device(name, self._line, hard_parity=self._hard, power=self._power, called=called)
        if port is not None and self._on_port is not None:
            with contextlib.suppress(OSError):
                self._on_port(port)
        return device

    async def _write(self, raw: bytes) -> None:
        port = self._port
        if port is None or not raw:
            return
        if not port.can_write_some:
            handed_s = time.monotonic()
            self._sent(raw)
            self._tx_done += max(0.0, await port.write_all(raw) - handed_s)  # the thread may have been late
            return
        taken_at = self._now()
        while raw:
            if taken := port.write_some(raw):
                self._sent(raw[:taken])
                raw, taken_at = raw[taken:], self._now()
                continue
            if self._now() - taken_at > WRITE_LIMIT_S:
                raise self._stuck()
            await asyncio.sleep(min(0.02, max(0.001, 64 * self._line.char_time_s)))
            self._require_up()

    async def _set_line(self, line: Line) -> None:
        if self._port is not None:
            await self._port.set_line(line, hard_parity=self._hard)

    async def _close(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            await port.close()

    def _pause_input(self) -> None:
        if self._port is not None:
            self._port.hold(True)

    def _resume_input(self) -> None:
        if self._port is not None:
            self._port.hold(False)

    def _stuck(self) -> LinkTimeout:
        message = _("{link} has taken nothing for {seconds} s.").format(link=self._title, seconds=f"{WRITE_LIMIT_S:g}")
        return LinkTimeout(message, remedy=_("Unplug the adapter, plug it in again, then try again."))

    def _remedy(self) -> str:
        return _("Plug the adapter in again and seat the probe, then try again: the step reads before it repeats.")
