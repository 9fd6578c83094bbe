"""Which serial ports are there, by names that people recognise.

A table of USB identities (`resources/catalogue/probes.toml`) says which are likelier to carry an optical probe. It
ranks and never proves: probes carry the identity of a stock bridge chip, and only a meter's answer is proof.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from serial.tools import list_ports

from hht.i18n import _
from hht.resources import resource_text


@dataclass(frozen=True, slots=True)
class PortIdentity:
    """What an adapter is known by from one day to the next: never its port name, which moves."""

    vid: int | None
    pid: int | None
    serial: str  # "" where the chip has none of its own
    location: str  # USB path; used only where there is no serial number

    def __str__(self) -> str:
        chip = f"{self.vid:04X}:{self.pid:04X}" if self.vid is not None and self.pid is not None else "-"
        return f"{chip}/{self.serial or '@' + self.location}"


@dataclass(frozen=True, slots=True)
class SerialPortInfo:
    """One port that is there now."""

    device: str  # "/dev/ttyUSB0", "COM5"
    title: str  # "FTDI FT232R USB UART, no. A50285BI"
    maker: str
    product: str
    serial_number: str  # "" where the chip has none of its own
    location: str
    vid: int | None
    pid: int | None
    rank: int  # higher: likelier a probe; 0: unknown chip, -1: not USB
    hint: str  # why, in words; "" if there is nothing to say

    @property
    def url(self) -> str:
        """The link's URL."""
        return f"optical:{self.device}"

    @property
    def identity(self) -> PortIdentity:
        """To find the same adapter again after it was renumbered."""
        return PortIdentity(self.vid, self.pid, self.serial_number, "" if self.serial_number else self.location)


def list_serial_ports() -> list[SerialPortInfo]:
    """Every port, the likeliest probe first. Ptys and network links are not seen: they are typed by hand. Blocks
    for some milliseconds (call it off the event loop)."""
    return describe_ports(list_ports.comports())


def describe_ports(found: Iterable[Any]) -> list[SerialPortInfo]:
    """`found` (pyserial's ListPortInfo objects) described and ranked."""
    ports = [_describe(port) for port in found]
    return sorted(ports, key=lambda port: (-port.rank, _natural(port.device)))


def find_port(identity: PortIdentity, ports: Iterable[SerialPortInfo]) -> SerialPortInfo | None:
    """The one port with this identity; None if there is none, or several that cannot be told apart."""
    matches = [port for port in ports if port.identity == identity]
    return matches[0] if len(matches) == 1 else None


def ports_in_words() -> str:
    """Which ports exist, as the remedy for one that does not."""
    ports = list_serial_ports()
    if not ports:
        return _("No serial port is there at all: plug the adapter in, or check its driver and cable.")
    listed = ", ".join(f"{port.device} ({port.title})" for port in ports[:8])
    return _("Choose one of those that are there: {ports}.").format(ports=listed)


def _natural(name: str) -> list[tuple[int, str]]:
    """COM3 before COM12."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", name)]


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resource_text("catalogue", "probes.toml"))


def _describe(port: Any) -> SerialPortInfo:
    chip = _chip(port.vid, port.pid)
    maker = port.manufacturer or chip.get("maker", "")
    product = port.product or chip.get("product", "") or (port.description if port.description != "n/a" else "")
    number = _own_number(port.vid, port.serial_number or "")
    rank = chip.get("rank", 0) if port.vid is not None else -1
    return SerialPortInfo(
        device=port.device,
        title=_title(maker, product, number),
        maker=maker,
        product=product,
        serial_number=number,
        location=port.location or "",
        vid=port.vid,
        pid=port.pid,
        rank=rank,
        hint=_("often in optical probes") if rank >= 2 else "",
    )


def _chip(vid: int | None, pid: int | None) -> dict[str, Any]:
    for chip in _table()["chip"]:
        if chip["vid"] == vid and (pid in chip["pids"]):
            return dict(chip)
    return {}


def _own_number(vid: int | None, number: str) -> str:
    """The serial number, or "" where every chip of the kind has the same one."""
    shared = {(entry["vid"], entry["serial"]) for entry in _table()["shared_serial"]}
    return "" if (vid, number) in shared else number


def _title(maker: str, product: str, number: str) -> str:
    words = product if maker and product.lower().startswith(maker.lower()) else f"{maker} {product}".strip()
    words = words or _("serial port")
    return _("{name}, no. {number}").format(name=words, number=number) if number else words
