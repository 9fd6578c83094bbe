"""Who a meter is, and what it was made as."""

from __future__ import annotations

from dataclasses import dataclass

from hht.model.device import DeviceIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterIdentity(DeviceIdentity):
    """`maker` is the three-letter FLAG code; `variant` the ESME variant: A single element, B twin element, C polyphase
    (factbook 2.1)."""

    maker: str
    variant: str

    @property
    def logical_device_name(self) -> str:
        """COSEM logical device name: 16 characters, the maker's three letters and 13 unique with that maker."""
        return f"{self.maker}{self.eui.hex().upper()[-13:]}"

    @property
    def system_title(self) -> bytes:
        """The 8 octets that name the meter in secured messages: its Device ID, as in GB."""
        return self.eui
