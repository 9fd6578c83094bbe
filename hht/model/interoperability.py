"""The three kinds of interoperability of a device, and which of them is missing here (ARC-04; consultation 000).

Functional: it does what a stated version of SMETS (a hub: CHTS) says, so that every supplier knows what to expect.
Technical: it can be connected with anybody's equipment in these premises: to a stated GB Companion Specification, and
heard by the hub. Commercial: a supplier can work it though another installed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.han.node import CONSUMERS
from hht.model.wan.product_lists import CombinationStatus, Generation, generation

if TYPE_CHECKING:
    from hht.model.premises import Premises


@dataclass(frozen=True, slots=True)
class Interoperability:
    """For each kind why it is missing; "" where it is there."""

    functional: str
    technical: str
    commercial: str

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the kinds that are missing."""
        kinds = ("functional", "technical", "commercial")
        return tuple(kind for kind in kinds if getattr(self, kind))


def interoperability(premises: Premises, device: Device) -> Interoperability:
    """The verdicts on a device in its premises."""
    return Interoperability(_functional(device.identity), _technical(premises, device), _commercial(premises, device))


def _functional(identity: DeviceIdentity) -> str:
    return "" if identity.smets_version else _("it states no version of SMETS or CHTS")


def _technical(premises: Premises, device: Device) -> str:
    if generation(device.identity) is Generation.SMETS1:
        if premises.centre is None:
            return _("SMETS1: its combination is not known here")
        status = premises.centre.lists.status(premises.centre.register.combination())
        why = _("SMETS1: its combination is not eligible ({status})").format(status=status.value)
        return "" if status is CombinationStatus.ELIGIBLE else why
    if not device.identity.gbcs_version:
        return _("it states no GB Companion Specification version")
    if isinstance(device, CommunicationsHub):
        return ""
    networks = [network for hub in premises.of(CommunicationsHub) for network in hub.networks]
    if device.node is None or not networks:
        return _("there is no home area network that it could join")
    if not any(network.hears(device.name) for network in networks):
        return _("no hub hears it: another band, too far, or no power")
    return ""


def _commercial(premises: Premises, device: Device) -> str:
    if device.kind in CONSUMERS or device.kind is DeviceKind.REPEATER:
        return ""
    centre = premises.centre
    if centre is None:
        return _("nobody at the other end reaches it")
    register = centre.register
    if device.name in register.dormant:
        return register.dormant[device.name]
    if register.outside:
        return _("only its supplier's own system reaches it")
    if generation(device.identity) is Generation.SMETS1 and not register.enrolled:
        return _("the SMETS1 site is {state}, not enrolled").format(state=register.enrolment.value)
    return register.unlisted(centre.inventory.asset(device.identity.device_id))
