"""The certificates of a premises' devices, as their ends of GBCS hold them now: for window and command line."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hht.emulation.gbcs.ends import ends_of
from hht.emulation.gbcs.pki import USAGES, device_certificate
from hht.model.refusal import DeviceRefusal
from hht.model.wan.product_lists import Generation, generation
from hht.work.held_certificates import Held, held

if TYPE_CHECKING:
    from hht.model.device import Device
    from hht.model.premises import Premises


def certificates_of(premises: Premises, now: datetime) -> tuple[Held, ...]:
    """Every device that holds certificates, its own first, then those of its trust anchor cells. A display takes no
    GBCS messages and a SMETS1 device knows none: they hold none of these."""
    return tuple(one for device in premises.devices for one in _of(premises, device, now))


def _of(premises: Premises, device: Device, now: datetime) -> list[Held]:
    if generation(device.identity) is Generation.SMETS1:
        return []
    try:
        end = ends_of(premises).end_of(device)
    except DeviceRefusal:
        return []
    own = [end.own.get(usage) or device_certificate(end.entity, usage) for usage in USAGES]
    trusted = [held(device.name, found, now, cell.role.value) for cell, found in end.anchors]
    return [held(device.name, one, now) for one in own] + trusted
