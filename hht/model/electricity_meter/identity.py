"""Who a meter is, and what it was made as."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MeterIdentity:
    """Identity items. `device_id` is an EUI-64 (``00-DB-12-34-56-78-90-A0``); `maker` the three-letter FLAG code;
    `variant` the ESME variant (A single element, B twin element, C polyphase); `firmware` 8 hex digits (factbook 1.6).
    """

    device_id: str
    maker: str
    manufacturer: str
    model: str
    firmware: str
    variant: str

    @property
    def eui(self) -> bytes:
        """The Device ID as 8 octets."""
        return bytes.fromhex(self.device_id.replace("-", ""))

    @property
    def logical_device_name(self) -> str:
        """COSEM logical device name: 16 characters, the maker's three letters and 13 unique with that maker."""
        return f"{self.maker}{self.eui.hex().upper()[-13:]}"

    @property
    def system_title(self) -> bytes:
        """The 8 octets that name the meter in secured messages: its Device ID, as in GB."""
        return self.eui
