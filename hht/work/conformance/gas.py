"""The checks of a gas meter by radio, asked of the Gas Proxy Function, or of the meter where somebody waits for it.

What it keeps of somebody's use it seals for whoever may read it: no terminal sees that, and no check speaks of it.
"""

from __future__ import annotations

from typing import Any, Final

from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.work import hub_orders
from hht.work.conformance.hub_subject import GAS_READS, HubSubject
from hht.work.conformance.rows import Check, Said, absent, failed, open_still, passed
from hht.work.hub_facts import HubFactsError
from hht.work.hub_orders import OrderError


async def _none(on: HubSubject) -> Said:
    return await on.none_of(_("No gas meter is known on this HAN."))


async def valve(on: HubSubject) -> Said:
    """FUN-09, FUN-06: a gas meter with a valve tells how it stands; a non-domestic one may have none."""
    try:
        found = await _told(on, hub_orders.READ_VALVE)
    except HubFactsError as error:
        if error.code != "hub-facts-refused":
            raise
        return absent(_("It tells of no valve, as a non-domestic meter may: {why}").format(why=error.message))
    return await _none(on) if found is None else passed(_("Its supply is {state}.").format(state=found.value))


async def mode(on: HubSubject) -> Said:
    """PPM-10, what is read of it: which mode a gas meter is in."""
    found = await _told(on, hub_orders.READ_GAS_MODE)
    if found is None:
        return await _none(on)
    return passed(_("It is in prepayment mode.") if found else _("It is in credit mode."))


async def gas_firmware(on: HubSubject) -> Said:
    """ARC-13 of a gas meter."""
    meters = await on.those(GbcsDeviceType.GSME)
    if not meters:
        return await _none(on)
    if not on.patient:  # the proxy runs the hub's
        return _asleep(meters[0])
    found = str(await on.of_gas(hub_orders.READ_GAS_FIRMWARE))
    return passed(found) if found.strip("0") else failed(_("It states no firmware version."))


async def same(on: HubSubject) -> Said:
    """CH-04: what the mirror says is what the meter says."""
    meters = await on.those(GbcsDeviceType.GSME)
    if not meters:
        return await _none(on)
    if not on.patient:
        return _asleep(meters[0])
    for code in _MIRRORED:
        there = await on.of_gas(code)
        copy = await on.ask(code, on.at.gpf, GAS_READS[code], GbcsDeviceType.GPF)
        if there != copy:
            return failed(_("The meter says {there}, its mirror {copy}.").format(there=there, copy=copy))
    return passed(_("MPRN and supply are the same at both."))


async def _told(on: HubSubject, code: int) -> Any:
    """As `HubSubject.of_gas`; where nobody has a command for the proxy, the meter itself may be asked."""
    try:
        return await on.of_gas(code)
    except OrderError as error:
        if on.patient:
            raise
        (meter, *_more) = await on.those(GbcsDeviceType.GSME)
        remedy = _("The gas meter itself may be asked: --device {meter}=GSME.").format(meter=meter)
        raise OrderError(error.message, remedy=remedy, code=error.code) from error


def _asleep(meter: DeviceId) -> Said:
    words = _(
        "The meter sleeps and was not asked itself (--device {meter}=GSME waits until it wakes, up to 35 minutes)."
    )
    return open_still(words.format(meter=meter))


_MIRRORED: Final = (hub_orders.READ_MPRN, hub_orders.READ_VALVE)


GAS: Final[tuple[Check[HubSubject], ...]] = (
    Check("gas-valve", ("FUN-09",), lambda: _("A gas meter tells how its valve stands"), valve),
    Check("gas-mode", ("PPM-10",), lambda: _("A gas meter tells which mode it is in"), mode),
    Check("gas-firmware", ("ARC-13",), lambda: _("Its firmware has a version"), gas_firmware),
    Check("gas-mirror", ("CH-04",), lambda: _("What its mirror says is what it says"), same),
)
