"""Which firmware an emulated dongle has, and how firmwares differ before a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hht.protocol.znp.sys import Capability

_USUAL: Final = Capability.SYS | Capability.AF | Capability.ZDO | Capability.UTIL


@dataclass(frozen=True, slots=True)
class Firmware:
    """`aligned`: its processor pads records in memory; `new_memory`: it has non-volatile items with sub-items;
    `key_establishment`: it was built with Smart Energy's. Versions as it states them."""

    name: str
    title: str
    product: int
    release: tuple[int, int, int]
    code_revision: int
    capabilities: Capability
    aligned: bool
    new_memory: bool
    key_establishment: bool = True


FIRMWARES: Final = {
    firmware.name: firmware
    for firmware in (
        Firmware("3.30", "Z-Stack 3.30", 1, (2, 7, 1), 20230507, _USUAL | Capability.APP_CONFIG, True, True),
        Firmware("3.0", "Z-Stack 3.0.x", 2, (2, 7, 2), 20190425, _USUAL | Capability.APP_CONFIG, False, False),
        Firmware("1.2", "Z-Stack Home 1.2", 0, (2, 6, 3), 20190608, _USUAL, False, False),
        Firmware(
            "stock",
            "Z-Stack 3.30 without Smart Energy",
            1,
            (2, 7, 1),
            20230507,
            _USUAL | Capability.APP_CONFIG,
            True,
            True,
            key_establishment=False,
        ),
    )
}
"""By name: what ``--firmware`` and ``?firmware=`` take. Which stock images have key establishment is not verified."""
