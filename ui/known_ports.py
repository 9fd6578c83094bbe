"""Adapters and BLE bridges that were used here before: when, and under which name. A small file beside the stores, with
no secret in it, so that `hht ports` knows it without a pass phrase."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from drivers.ble_radio import BridgeSeen
from hht.clock import Clock, iso_z
from hht.i18n import _
from hht.private_files import private_file, private_folder

if TYPE_CHECKING:
    from drivers.discovery import SerialPortInfo

    Opened = SerialPortInfo | BridgeSeen

_FTDI: Final = 0x0403
_MOST: Final = 50  # adapters that are remembered; the one that was used longest ago is forgotten
_LONGEST: Final = 100_000  # bytes of such a file


@dataclass(frozen=True, slots=True)
class KnownPort:
    """`device`: the port's name at that time (it may have got another since); a bridge's address."""

    title: str
    device: str
    used: datetime


class KnownPorts:
    """See the module. What cannot be read counts as nothing known."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock

    def read(self) -> dict[str, KnownPort]:
        """By the adapter's identity (or the name of a port that is no adapter's)."""
        known = {}
        for name, entry in self._entries().items():
            with suppress(KeyError, TypeError, ValueError):
                used = datetime.fromisoformat(entry["used"])
                known[name] = KnownPort(str(entry["title"]), str(entry["device"]), _aware(used))
        return known

    def used(self, port: Opened) -> None:
        """It has been opened just now. Raises OSError where that cannot be kept."""
        entries = self._entries()
        now = iso_z(self._clock.now())
        entries[name_of(port)] = {"title": port.title, "device": _device(port), "used": now}
        kept = sorted(entries.items(), key=lambda item: str(item[1].get("used", "")))[-_MOST:]
        private_folder(self._path.parent)
        with private_file(self._path) as file:
            file.write(json.dumps(dict(kept), ensure_ascii=False, indent=1).encode("utf-8"))

    def _entries(self) -> dict[str, dict[str, Any]]:
        try:
            with open(self._path, "rb") as file:
                found = json.loads(file.read(_LONGEST))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(found, dict):
            return {}
        return {name: entry for name, entry in found.items() if isinstance(entry, dict)}


def known_ports(folder: Path, clock: Clock) -> KnownPorts:
    """Those of the data folder."""
    return KnownPorts(folder / "ports.json", clock)


def name_of(port: Opened) -> str:
    """Under which name a port is remembered; a bridge under its link's URL."""
    if isinstance(port, BridgeSeen):
        return port.url
    return str(port.identity) if port.identity.lasts else port.device


def _device(port: Opened) -> str:
    return port.address if isinstance(port, BridgeSeen) else port.device


def known_bridges(known: dict[str, KnownPort]) -> list[tuple[str, str]]:
    """The links of bridges that were used before, the latest first, each with its words."""
    bridges = [(name, port) for name, port in known.items() if name.startswith("ble:")]
    bridges.sort(key=lambda found: found[1].used, reverse=True)
    return [(name, f"{port.title} · {used_words(port)}") for name, port in bridges]


def used_words(port: KnownPort) -> str:
    """When it was used, by the clock on the wall."""
    return _("last used {time}").format(time=port.used.astimezone().strftime("%Y-%m-%d %H:%M"))


def by_use(ports: list[SerialPortInfo], known: dict[str, KnownPort]) -> list[SerialPortInfo]:
    """`ports` (likeliest probe first) with the one used last before all others, then those used before it."""
    last = {name_of(port): known[name_of(port)].used.timestamp() for port in ports if name_of(port) in known}
    return sorted(ports, key=lambda port: -last.get(name_of(port), 0.0))


def port_words(port: SerialPortInfo, known: dict[str, KnownPort]) -> str:
    """A port as a person recognises it: maker, product, number, where it is, when it was used."""
    before = known.get(name_of(port))
    words = [port.title, port.device if port.identity.lasts else ""]
    if port.location and not port.serial_number:
        words.append(_("USB socket {place}").format(place=port.location))
    if before is not None:
        words.append(used_words(before))
    elif port.hint:
        words.append(port.hint)
    if os.name == "nt" and port.vid == _FTDI:  # elsewhere the terminal sets that itself
        words.append(_("answers sooner with a latency timer of 1 ms (Device Manager, port settings)"))
    return " · ".join(word for word in words if word)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment
