"""People at an emulated home who look at what hangs there: a display asks the meters only while somebody looks, so of a
home where nobody ever does the hub counts no frames, and no link can be told from its signal."""

from __future__ import annotations

from typing import Final

from hht.model.agenda import HOUR_MS, MINUTE_MS
from hht.model.consumer_devices.access_device import AccessDevice
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.premises import Premises
from hht.model.site import to_ms

EVERY_MS: Final = 10 * MINUTE_MS
SINCE_MS: Final = 8 * HOUR_MS  # so long they have been at home: beyond that nothing counts in a fault visit


def people_look(premises: Premises) -> None:
    """From some hours before now on they look at every display and at what their own devices have collected: to be
    entered before its history is lived."""
    site = premises.site

    def look() -> None:
        for device in premises.devices:
            if isinstance(device, HomeDisplay):
                device.pages()
            elif isinstance(device, AccessDevice):
                device.shown()

    site.agenda.every(EVERY_MS, look, first_ms=to_ms(site.clock.now()) - SINCE_MS)


__all__ = ["EVERY_MS", "SINCE_MS", "people_look"]
