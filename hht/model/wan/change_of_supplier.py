"""What happens to a site's smart functions when its supplier changes.

In the mass roll-out the DCC puts the gaining supplier's credentials into the devices and everything goes on. Where a
supplier works the site by a system of its own (Foundation, opted-out sites, SMETS1 sites that are not enrolled) it
depends on what that supplier leaves to the other (DCC-08): without an arrangement the site is dormant (S1E-01). The
meters measure on, and people see what they saw; only nobody reaches the devices from afar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from hht.model.commands import Command
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter.registers import ReadImportRegisters
from hht.model.gas_meter.registers import ReadGasRegisters
from hht.model.parties import Party, UserRole
from hht.model.wan.access import SUPPLIERS, User
from hht.model.wan.configuration import Arrangement, Enrolment
from hht.model.wan.product_lists import Generation, generation
from hht.model.wan.requests import Outcome, ServiceRequest, Transaction

if TYPE_CHECKING:
    from hht.model.wan.centre import Centre

_READINGS: dict[DeviceKind, type[Command]] = {
    DeviceKind.ESME: ReadImportRegisters,
    DeviceKind.GPF: ReadGasRegisters,  # as of the gas meter's last wake, half an hour at most
}
_READS = {
    UserRole.IMPORT_SUPPLIER: frozenset({DeviceKind.ESME}),
    UserRole.EXPORT_SUPPLIER: frozenset[DeviceKind](),
    UserRole.GAS_SUPPLIER: frozenset({DeviceKind.GPF}),
}
_FUEL = {UserRole.IMPORT_SUPPLIER: DeviceKind.ESME, UserRole.GAS_SUPPLIER: DeviceKind.GSME}


class ChangeError(HhtError):
    """The supplier cannot change so."""

    default_code = "change-of-supplier"


@dataclass(frozen=True, slots=True)
class SupplierChange:
    """One change, at `time_ms` (true time). `arrangement` None where the DCC carried on; `smart`: the devices are still
    reached from afar; `why` in words; `readings`: what the losing supplier asked for at that moment (FUN-15)."""

    time_ms: int
    losing: Party
    gaining: Party
    arrangement: Arrangement | None
    smart: bool
    why: str
    readings: tuple[Transaction, ...] = ()

    @property
    def estimated(self) -> bool:
        """Whether a bill has to be estimated: there is a meter of which no reading has come."""
        return any(reading.outcome is not Outcome.ANSWERED for reading in self.readings)


def change_supplier(
    centre: Centre, losing: str, gaining: str, arrangement: Arrangement | None = None
) -> SupplierChange:
    """The supplier called `losing` is followed by one called `gaining`, in the same role and for the same devices.

    `arrangement`: what the losing one leaves (default: what the centre's configuration says). ChangeError when there is
    no such supplier, or the other is known here already.
    """
    centre.site.catch_up()
    user = centre.access.users.get(losing)
    if user is None or user.party.role not in SUPPLIERS:
        raise ChangeError(
            _("No supplier here is called “{name}”.").format(name=losing),
            remedy=_("Choose one of: {known}.").format(known=", ".join(_suppliers(centre))),
        )
    if gaining in centre.access.users:
        raise ChangeError(
            _("“{name}” is a party here already.").format(name=gaining),
            remedy=_("Give the gaining supplier a new name."),
        )
    own = _by_own_system(centre)
    left = (arrangement or centre.configuration.on_change) if own else None
    readings = tuple(
        centre.request(ServiceRequest(user.party, device.name, _READINGS[device.kind]()))
        for device in centre.devices.values()
        if device.kind in _READS[user.party.role] and user.responsible(device.kind, device.name)
    )
    reached = [device for device in centre.devices.values() if _lost(centre, user, device)]
    came = User(Party(gaining, user.party.role), user.certification, user.devices)
    if centre.register.lead == losing:
        centre.register.lead = gaining
    centre.replace_user(user, came)
    why = _why(left).format(losing=losing, gaining=gaining)
    if left is Arrangement.NONE:
        centre.register.dormant.update(dict.fromkeys((device.name for device in reached), why))
        if not centre.register.outside:
            centre.register.enrolment = Enrolment.DORMANT
    centre.site.tell(centre.name, f"supplier changes from {losing} to {gaining}", why)
    return SupplierChange(centre.site.now_ms, user.party, came.party, left, left is not Arrangement.NONE, why, readings)


def _why(left: Arrangement | None) -> str:
    if left is Arrangement.NOVATE:
        return _("{losing} has novated its communications contract to {gaining}")
    if left is Arrangement.SERVE:
        return _("{losing} serves {gaining} by its own system")
    if left is Arrangement.NONE:
        return _("the system is {losing}'s, and {gaining} cannot work it: no smart functions")
    return _("the DCC has put {gaining}'s credentials into the devices: everything goes on")


def _suppliers(centre: Centre) -> list[str]:
    return [name for name, user in centre.access.users.items() if user.party.role in SUPPLIERS]


def _by_own_system(centre: Centre) -> bool:
    """Whether no DCC stands between: by the site's regime, or because its SMETS1 devices are not enrolled."""
    register = centre.register
    first = any(generation(device.identity) is Generation.SMETS1 for device in centre.devices.values())
    return register.outside or (first and not register.enrolled)


def _lost(centre: Centre, losing: User, device: Device) -> bool:
    """Whether a device is out of reach when the losing supplier's system is: with the lead supplier's goes the hub and
    all that hangs on it; with another's the meter of its fuel."""
    if losing.party.name == centre.register.lead_supplier():
        return True
    gas = losing.party.role is UserRole.GAS_SUPPLIER
    return device.kind is _FUEL.get(losing.party.role) or (gas and device.kind is DeviceKind.GPF)
