"""What a serial adapter is known by from one day to the next: never its port name, which moves.

`usb:0403:6001/A50285BI`, `usb:10C4:EA60/@1-2` (no number of its own: the socket is all there is), a further channel of
one adapter `usb:0403:6011/FT4CH+1`, a Bluetooth Classic probe on Windows `bt:98D331F5A1B2`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote

_USB = re.compile(r"usb:([0-9A-F]{4}):([0-9A-F]{4})/(@?)([^/+]*)(?:\+([0-9]{1,2}))?", re.I)
_BLUETOOTH = re.compile(r"bt:([0-9A-F]{12})", re.I)
_FTDI: Final = 0x0403
_FTDI_CHANNELS: Final = "ABCD"  # the Windows driver appends the channel's letter to the number, and hides the location
_INTERFACE = re.compile(r":[0-9x]+\.([0-9]+)$")  # at the end of a location: of an adapter with several ports
_BTHENUM = re.compile(r"^BTHENUM\\.*&([0-9A-F]{12})_[0-9A-F]+$", re.I)
_EPHEMERAL = re.compile(
    r"&|^.{0,2}$"
)  # what Windows calls a device without a number: "5&2C13A1B&0&3", or its beginning


@dataclass(frozen=True, slots=True)
class PortIdentity:
    """`serial` is "" where the chip has none of its own; `location` (the USB path) stands only there. `channel`: which
    port of an adapter with several, from 0. `bluetooth`: `serial` is the address of a Bluetooth Classic device."""

    vid: int | None
    pid: int | None
    serial: str
    location: str = ""
    channel: int = 0
    bluetooth: bool = False

    @property
    def lasts(self) -> bool:
        """Whether it says more than a port name does."""
        return self.bluetooth or self.vid is not None

    def __str__(self) -> str:
        if self.bluetooth:
            return f"bt:{self.serial}"
        chip = f"{self.vid or 0:04X}:{self.pid or 0:04X}"
        who = quote(self.serial, safe=":.-_~") if self.serial else "@" + quote(self.location, safe=":.-_~")
        return f"usb:{chip}/{who}" + (f"+{self.channel}" if self.channel else "")


def parse_identity(text: str) -> PortIdentity | None:
    """The identity that `text` spells; None where it is a port's name or path."""
    if (found := _BLUETOOTH.fullmatch(text)) is not None:
        return PortIdentity(None, None, found[1].upper(), bluetooth=True)
    if (found := _USB.fullmatch(text)) is None:
        return None
    who, at = unquote(found[4]), bool(found[3])
    number, location = ("", who) if at else (who, "")
    return PortIdentity(int(found[1], 16), int(found[2], 16), number, location, int(found[5] or 0))


def identity_of(port: Any, *, is_shared: bool) -> PortIdentity:
    """The identity of a port that pyserial lists. `is_shared`: other adapters have its serial number too."""
    bluetooth = _BTHENUM.match(port.hwid or "")
    if bluetooth is not None and bluetooth[1].strip("0"):
        return PortIdentity(None, None, bluetooth[1].upper(), bluetooth=True)
    number, channel = own_number(port)
    number = "" if is_shared else number
    location = port.location or ""
    inside = _INTERFACE.search(location)
    if inside is not None:
        channel, location = int(inside[1]), location[: inside.start()]
    return PortIdentity(port.vid, port.pid, number, "" if number else location, channel)


def own_number(port: Any) -> tuple[str, int]:
    """The adapter's serial number, "" for none, and the channel that is told with it."""
    number = port.serial_number or ""
    if _EPHEMERAL.search(number):
        return "", 0
    if port.vid == _FTDI and not port.location and number[-1] in _FTDI_CHANNELS:
        return number[:-1], _FTDI_CHANNELS.index(number[-1])
    return number, 0
