"""Which serial ports are there, by names that people recognise, and where a remembered adapter is now.

A table of USB identities (`resources/catalogue/probes.toml`) says which are likelier to carry an optical probe. It
ranks and never proves: probes carry the identity of a stock bridge chip, and only a meter's answer is proof.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from serial.tools import list_ports

from drivers.port_identity import PortIdentity, identity_of, own_number, parse_identity
from hht.i18n import _
from hht.link import LinkUnavailable
from hht.resources import resource_text

_SCHEME = "optical:"
_LOCAL = (_SCHEME, "dongle:")  # links that name a port of this computer


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
    identity: PortIdentity

    @property
    def url(self) -> str:
        """The link's URL, which finds the same adapter again after it was renumbered; a port that is no adapter's has
        only its name."""
        return f"{_SCHEME}{self.identity if self.identity.lasts else self.device}"


ListPorts = Callable[[], Sequence[SerialPortInfo]]


def list_serial_ports() -> list[SerialPortInfo]:
    """Every port, the likeliest probe first. Ptys and network links are not seen: they are typed by hand. Blocks
    for some milliseconds (call it off the event loop)."""
    return describe_ports(list_ports.comports())


def describe_ports(found: Iterable[Any]) -> list[SerialPortInfo]:
    """`found` (pyserial's ListPortInfo objects) described and ranked."""
    found = list(found)
    numbers = Counter(_numbered(port) for port in found)
    ports = [_describe(port, twin=numbers[_numbered(port)] > 1) for port in found]
    return sorted(ports, key=lambda port: (-port.rank, _natural(port.device)))


def find_port(identity: PortIdentity, ports: Iterable[SerialPortInfo]) -> SerialPortInfo | None:
    """The one port with this identity; None if there is none, or several that cannot be told apart."""
    ports = list(ports)
    matches = [port for port in ports if port.identity == identity]
    if not matches and identity.location:  # its twin has gone since: by its number it is no longer in doubt
        matches = [port for port in ports if _in_place(port) == _place(identity)]
    return matches[0] if len(matches) == 1 else None


def locate(target: str, ports: ListPorts = list_serial_ports) -> tuple[str, SerialPortInfo | None]:
    """The name under which the adapter `target` is there now, and what it is; a name or path stays what it is. Blocks.
    Raises LinkUnavailable where it is not there, or cannot be told from another."""
    identity, present = parse_identity(target), ports()
    if identity is None:
        return target, next((port for port in present if port.device == target), None)
    port = find_port(identity, present)
    if port is not None:
        return port.device, port
    alike = [port for port in present if (port.vid, port.pid) == (identity.vid, identity.pid)]
    name = _chip_name(identity)
    if len([port for port in alike if port.identity == identity]) > 1 or (identity.serial and _are_twins(alike)):
        message = _("Several adapters cannot be told from the {name} that was chosen.").format(name=name)
        code = "link-ambiguous"
    else:
        message = _("The adapter {name} is not plugged in.").format(name=name)
        code = "link-absent"
    raise LinkUnavailable(message, code=code, remedy=ports_in_words(present))


def lasting_url(url: str, ports: ListPorts = list_serial_ports) -> str:
    """`url` so that it can be kept: the adapter in the place of the port's name that it has just now. Blocks."""
    head, mark, query = url.partition("?")
    scheme = next((scheme for scheme in _LOCAL if head.startswith(scheme)), "")
    device = head.removeprefix(scheme)
    if not scheme or parse_identity(device) is not None:
        return url
    port = next((port for port in ports() if port.device == device), None)
    return url if port is None else f"{scheme}{port.url.removeprefix(_SCHEME)}{mark}{query}"


def ports_in_words(ports: Sequence[SerialPortInfo] | None = None) -> str:
    """Which ports exist, as the remedy for one that does not."""
    ports = list_serial_ports() if ports is None else ports
    if not ports:
        return _("No serial port is there at all: plug the adapter in, or check its driver and cable.")
    listed = ", ".join(f"{port.device} ({port.title})" for port in ports[:8])
    return _("Plug it in, or choose one of those that are there: {ports}.").format(ports=listed)


def _place(identity: PortIdentity) -> tuple[object, ...]:
    return (identity.vid, identity.pid, identity.location, identity.channel)


def _in_place(port: SerialPortInfo) -> tuple[object, ...]:
    return (port.vid, port.pid, port.location.partition(":")[0], port.identity.channel)


def _are_twins(ports: Sequence[SerialPortInfo]) -> bool:
    return len(ports) > 1 and all(port.identity.location for port in ports)


def _natural(name: str) -> list[tuple[int, str]]:
    """COM3 before COM12."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", name)]


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resource_text("catalogue", "probes.toml"))


def _numbered(port: Any) -> tuple[object, ...]:
    """What two adapters must not share, or their number is no identity. The ports of one adapter share it well."""
    location = (port.location or "").partition(":")[0]
    number, channel = own_number(port)
    return (port.vid, port.pid, number, channel, (port.location or "").removeprefix(location))


def _describe(port: Any, *, twin: bool) -> SerialPortInfo:
    chip = _chip(port.vid, port.pid)
    maker = port.manufacturer or chip.get("maker", "")
    product = port.product or chip.get("product", "") or (port.description if port.description != "n/a" else "")
    number, _channel = own_number(port)
    identity = identity_of(port, is_shared=twin or _is_shared(port.vid, number))
    rank = chip.get("rank", 0) if port.vid is not None else -1
    return SerialPortInfo(
        device=port.device,
        title=_title(maker, product, identity),
        maker=maker,
        product=product,
        serial_number=identity.serial,
        location=port.location or "",
        vid=port.vid,
        pid=port.pid,
        rank=rank,
        hint=_("often in optical probes") if rank >= 2 else "",
        identity=identity,
    )


def _chip(vid: int | None, pid: int | None) -> dict[str, Any]:
    for chip in _table()["chip"]:
        if chip["vid"] == vid and (pid in chip["pids"]):
            return dict(chip)
    return {}


def adapter_name(target: str) -> str:
    """What people call the adapter that `target` names, plugged in or not; "" for a port's name or path."""
    identity = parse_identity(target)
    return "" if identity is None else _chip_name(identity)


def _chip_name(identity: PortIdentity) -> str:
    """How an adapter that is not there is called."""
    if identity.bluetooth:
        return _("Bluetooth device {address}").format(address=identity.serial)
    chip = _chip(identity.vid, identity.pid)
    words = f"{chip['maker']} {chip['product']}" if chip else f"{identity.vid or 0:04X}:{identity.pid or 0:04X}"
    if identity.serial:
        return _("{name}, no. {number}").format(name=words, number=identity.serial)
    return (
        _("{name}, in USB socket {place}").format(name=words, place=identity.location) if identity.location else words
    )


def _is_shared(vid: int | None, number: str) -> bool:
    """Whether every chip of the kind has this serial number."""
    return any((entry["vid"], entry["serial"]) == (vid, number) for entry in _table()["shared_serial"])


def _title(maker: str, product: str, identity: PortIdentity) -> str:
    words = product if maker and product.lower().startswith(maker.lower()) else f"{maker} {product}".strip()
    words = words or _("serial port")
    number = identity.serial
    return _("{name}, no. {number}").format(name=words, number=number) if number else words
