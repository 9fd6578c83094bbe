"""The checks of a communications hub and of what is on its HAN, by radio through the hub. Each reads; none lists,
joins, switches or resets anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from hht.i18n import _, ngettext
from hht.identifiers.device_id import DeviceId
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.work import hub_orders
from hht.work.conformance.gas import GAS
from hht.work.conformance.hub_subject import HubSubject
from hht.work.conformance.rows import Check, Said, Verdict, failed, open_still, passed
from hht.work.hub_facts import Partner, firmware
from hht.work.join_matrix import kind_words

MIRROR: Final = timedelta(minutes=31)  # CH-04's half-hour, and our own minute for the air
MOST_HISTORIC: Final = 15  # hub_minimum.toml: the keys of the last fifteen devices that left
SEVERAL: Final = 2
_METERS: Final = (GbcsDeviceType.ESME, GbcsDeviceType.GPF)


async def minimum(on: HubSubject) -> Said:
    """ASR-20, what of it is heard: two functions that answer, a Device Log with signals, a bounded historic log."""
    rows, copy = await on.log(), await on.copy()
    await on.joins()
    if on.at.gpf in on.silent:
        return failed(_("Its Gas Proxy Function does not answer: {why}").format(why=on.silent[on.at.gpf]))
    if len(copy.historic) > MOST_HISTORIC:
        return failed(_("Its historic log has {count} devices, not 15 at most.").format(count=len(copy.historic)))
    if {row.device for row in rows} != set(copy.listed) - {on.at.terminal}:
        return failed(_("Its Device Log and the copy of it list other devices."))
    words = _("Both functions answer; {count} devices are listed, {historic} are remembered.")
    return passed(words.format(count=len(rows), historic=len(copy.historic)))


async def network(on: HubSubject) -> Said:
    """CH-14: one static address of its network; each device is addressed by its own."""
    pan = (await on.copy()).pan
    if pan != on.at.pan:
        return failed(_("It was heard as {heard}, and says {said} of itself.").format(heard=on.at.pan, said=pan))
    answered = await on.joins()
    words = _("Heard and said: {pan}; {count} of its devices answered under their own Device IDs.")
    return passed(words.format(pan=pan, count=len(answered)))


async def coordinator(on: HubSubject) -> Said:
    """HAN-21, ARC-21: whom devices of this HAN know is on the hub's Device Log, and has joined."""
    there = {row.device for row in await on.log() if row.joined}
    joins = await on.joins()
    known = {one.device for told in joins.values() for one in told} - {on.at.gpf, on.at.chf}
    if not known:
        return open_still(await on.untold() or _("No device told whom it is joined to."))
    strangers = sorted(known - there, key=str)
    if strangers:
        words = _("{device} is joined to a device here, and the hub has not let it in.")
        return failed(words.format(device=", ".join(map(str, strangers))))
    return passed(ngettext(
        "{count} device that others know is on the log, and has joined.",
        "{count} devices that others know are on the log, and have joined.", len(known),
    ).format(count=len(known)))  # fmt: skip


async def together(on: HubSubject) -> Said:
    """ARC-01: meters of both fuels and a display on this one HAN."""
    never = [row.device for row in await on.log() if not row.joined]
    kinds = set((await on.kinds()).values())
    if never:
        return failed(_("Listed, and not joined: {devices}.").format(devices=", ".join(map(str, never))))
    lacks = [one for one in (GbcsDeviceType.ESME, GbcsDeviceType.GSME) if one not in kinds]
    if lacks:
        names = ", ".join(map(kind_words, lacks))
        return await on.none_of(_("No such device is known on this HAN: {names}.").format(names=names))
    if not kinds & {GbcsDeviceType.TYPE_2, GbcsDeviceType.PPMID}:
        return await on.none_of(_("Both meters are there, and no display."))
    return passed(_("Both meters and a display are on this HAN: {count} devices.").format(count=len(await on.log())))


async def meters(on: HubSubject) -> Said:
    """MIC-02: several electricity meters on one HAN."""
    found = await on.those(GbcsDeviceType.ESME)
    if len(found) < SEVERAL:
        return await on.none_of(_("It has one electricity meter at most."))
    joined = {row.device for row in await on.log() if row.joined}
    out = [one for one in found if one not in joined or one in on.silent]
    if out:
        return failed(_("{device} is not joined, or does not answer.").format(device=out[0]))
    return passed(_("{count} electricity meters answer.").format(count=len(found)))


async def signal(on: HubSubject) -> Said:
    """HAN-12, the hub's end of it: how well each device is heard."""
    heard = [row for row in await on.log() if row.rssi_dbm is not None and row.lqi is not None]
    if not heard:
        return open_still(_("No device has been heard yet."))
    for row in heard:
        assert row.rssi_dbm is not None
        assert row.lqi is not None
        if list(row.rssi_dbm) != sorted(row.rssi_dbm) or list(row.lqi) != sorted(row.lqi) or row.rssi_dbm[2] >= 0:
            words = _("{device}: least, average and most cannot be {rssi} dBm, LQI {lqi}.")
            return failed(words.format(device=row.device, rssi=row.rssi_dbm, lqi=row.lqi))
    least = min(heard, key=lambda row: row.rssi_dbm[1] if row.rssi_dbm else 0)
    words = ngettext(
        "{count} device; the weakest {device} at {dbm} dBm.",
        "{count} devices; the weakest {device} at {dbm} dBm.",
        len(heard),
    )
    return passed(words.format(count=len(heard), device=least.device, dbm=least.rssi_dbm[1] if least.rssi_dbm else ""))


async def mirror(on: HubSubject) -> Said:
    """CH-04: the mirror is no older than half an hour."""
    found = await on.those(GbcsDeviceType.GSME)
    if not found:
        return await on.none_of(_("No gas meter is known on this HAN."))
    known_there = {one.device for one in (await on.joins()).get(on.at.gpf, ())}
    if found[0] not in known_there:
        return failed(_("The Gas Proxy Function does not know the gas meter {device}.").format(device=found[0]))
    row = next((one for one in await on.log() if one.device == found[0]), None)
    clock = await on.time()
    if clock is None or clock.time is None or not clock.reliable:
        return open_still(_("The hub does not know what time it is."))
    if row is None or row.last_heard is None:
        return failed(_("The hub has never heard the gas meter."))
    age = clock.time - row.last_heard
    words = _("The gas meter was heard {minutes} minutes ago.").format(minutes=age // timedelta(minutes=1))
    return (passed if timedelta(seconds=-60) <= age <= MIRROR else failed)(words)


async def hub_firmware(on: HubSubject) -> Said:
    """ARC-13 of the hub."""
    return version(await on.ask(hub_orders.READ_FIRMWARE, on.at.chf, firmware, GbcsDeviceType.CHF))


async def own_firmware(on: HubSubject) -> Said:
    """ARC-13 of prepayment interfaces and load control switches."""
    kinds = GbcsDeviceType.PPMID, GbcsDeviceType.HCALCS
    found = [(one, kind) for kind in kinds for one in await on.those(kind)]
    if not found:
        return await on.none_of(_("It has no PPMID and no load control switch."))
    told = {one: await on.ask(hub_orders.READ_OWN_FIRMWARE, one, firmware, kind) for one, kind in found}
    for one, found_there in told.items():
        if version(found_there).verdict is Verdict.FAIL:
            return failed(_("{device} states no firmware version.").format(device=one))
    return passed(", ".join(f"{one} {found_there}" for one, found_there in told.items()))


def version(found: str) -> Said:
    """A version of firmware, in hex digits."""
    return passed(found) if found.strip("0") else failed(_("It states no firmware version."))


async def ppmid(on: HubSubject) -> Said:
    """PPM-01, what comes before: a prepayment interface is joined to each meter that it stands for."""
    return await _joined_to(on, GbcsDeviceType.PPMID, _METERS, _("It has no PPMID."))


async def hcalcs(on: HubSubject) -> Said:
    """ALC-03: a switch on the HAN is joined to the electricity meter that works it."""
    return await _joined_to(on, GbcsDeviceType.HCALCS, _METERS[:1], _("It has no load control switch on the HAN."))


async def _joined_to(on: HubSubject, kind: GbcsDeviceType, wanted: tuple[GbcsDeviceType, ...], none: str) -> Said:
    """Each device of `kind` and each that is `wanted` here know one another, as far as they could be asked."""
    found = await on.those(kind)
    if not found:
        return await on.none_of(none)
    joins, kinds = await on.joins(), await on.kinds()
    has_gas = bool(await on.those(GbcsDeviceType.GSME))
    others = [one for one, what in kinds.items() if what in wanted and one != on.at.gpf]
    others += [on.at.gpf] if has_gas and GbcsDeviceType.GPF in wanted else []
    asked = [(one, other) for one in found for other in others]
    if not asked or on.silent:
        return open_still(_("Not every device could be asked: {devices}.").format(
            devices=", ".join(map(str, on.silent)) or "-"))  # fmt: skip
    apart = [pair for pair in asked if not _know(joins, *pair)]
    if apart:
        return failed(_("{one} and {other} are not joined at both ends.").format(one=apart[0][0], other=apart[0][1]))
    words = _("{one} is joined to {others}, at both ends.")
    return passed(words.format(one=", ".join(map(str, found)), others=", ".join(map(str, others))))


def _know(joins: Mapping[DeviceId, tuple[Partner, ...]], one: DeviceId, other: DeviceId) -> bool:
    there = {partner.device for partner in joins.get(one, ())}
    back = {partner.device for partner in joins.get(other, ())}
    return other in there and one in back


async def consumers(on: HubSubject) -> Said:
    """CAD-04: a consumer's device that a meter answers is one that the hub recognises and lets communicate."""
    found = await on.those(GbcsDeviceType.TYPE_2)
    if not found:
        return await on.none_of(_("No meter here is joined to a display or a consumer access device."))
    rows = {row.device: row for row in await on.log()}
    for one in found:
        if one not in rows or not rows[one].joined:
            return failed(_("A meter is joined to {device}, and the hub has not let it in.").format(device=one))
    return passed(_("Let in by the hub, and joined to a meter: {devices}.").format(devices=", ".join(map(str, found))))


CHECKS: Final[tuple[Check[HubSubject], ...]] = (
    Check("minimum", ("ASR-20",), lambda: _("What a hub has at least, as far as it is heard"), minimum),
    Check("network", ("CH-14",), lambda: _("One address of its network"), network),
    Check("coordinator", ("HAN-21", "ARC-21"), lambda: _("Whom devices know, the hub has let in"), coordinator),
    Check("together", ("ARC-01",), lambda: _("Meters and display on one HAN"), together),
    Check("meters", ("MIC-02",), lambda: _("Several electricity meters on one HAN"), meters),
    Check("signal", ("HAN-12",), lambda: _("How well the hub hears each device"), signal),
    Check("mirror", ("CH-04",), lambda: _("The gas mirror is no older than half an hour"), mirror),
    Check("hub-firmware", ("ARC-13",), lambda: _("The hub's firmware has a version"), hub_firmware),
    Check("own-firmware", ("ARC-13",), lambda: _("So has that of PPMID and load control switch"), own_firmware),
    Check("ppmid", ("PPM-01",), lambda: _("A PPMID is joined to the meters that it stands for"), ppmid),
    Check("hcalcs", ("ALC-03",), lambda: _("A switch on the HAN is joined to its meter"), hcalcs),
    Check("consumers", ("CAD-04",), lambda: _("Consumers' devices that meters answer are let in"), consumers),
    *GAS,  # last: a gas meter that is asked itself is waited for, and all else is told by then
)
