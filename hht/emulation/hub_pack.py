"""Packs for the exchange of a hub with no data at all, as a supplier's desk would prepare them: for training alone.

A locker delivers strictly in order, so a pack holds what the steps of an exchange ask for, in the order in which they
do (`hht.work.hub_exchange`): one pack for before the hub is taken off, one for after. A step that is begun anew, or a
device that is not back at the first look, needs commands that are used up by then: another pack.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from hht.emulation.desk import GOOD_FOR
from hht.emulation.gbcs.pki import device_certificates, organisation_certificates
from hht.emulation.hub_desk import TrainingHubDesk
from hht.identifiers.device_id import DeviceId
from hht.packs.envelope import close
from hht.packs.pack import Entry, OnFailure, Pack, PackDevice
from hht.packs.training_desk import training_desk_key
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.protocol.gbcs.envelope import id_text, parse
from hht.work import hub_orders
from hht.work.hub_orders import HubOrder
from hht.work.join_matrix import link_between

_ESME, _GSME, _GPF, _TYPE_2 = GbcsDeviceType.ESME, GbcsDeviceType.GSME, GbcsDeviceType.GPF, GbcsDeviceType.TYPE_2
Kinds = Mapping[DeviceId, GbcsDeviceType]


def orders_before(chf: DeviceId, gpf: DeviceId, kinds: Kinds, prepaying: Iterable[DeviceId] = ()) -> list[HubOrder]:
    """What snapshot and check ask for. `kinds`: every device on the HAN; `prepaying`: electricity meters in Prepayment
    mode."""
    orders = [hub_orders.read(code, chf) for code in (hub_orders.READ_LOG, hub_orders.READ_LOGS)]
    orders.append(hub_orders.read(hub_orders.READ_HUB_EVENTS, chf))
    orders.append(hub_orders.read(hub_orders.READ_PARTNERS, gpf, "before", _GPF))
    orders += [
        hub_orders.read(hub_orders.READ_PARTNERS, device, "before", kinds[device])
        for device in sorted(kinds, key=str)
        if kinds[device] not in (_TYPE_2, _GSME)
    ]
    for device in sorted(kinds, key=str):
        if kinds[device] is _GSME:
            orders += [
                hub_orders.read(code, gpf, at=_GPF) for code in (hub_orders.READ_GAS_MODE, hub_orders.READ_VALVE)
            ]
        elif kinds[device] is _ESME:
            money = (hub_orders.READ_BALANCE,) if device in set(prepaying) else ()
            codes = (hub_orders.READ_MODE, *money, hub_orders.READ_SUPPLY, hub_orders.READ_SECURITY_LOG)
            orders += [hub_orders.read(code, device, at=_ESME) for code in codes]
    return orders


def orders_after(old: tuple[DeviceId, DeviceId], new: tuple[DeviceId, DeviceId], kinds: Kinds) -> Iterator[HubOrder]:
    """What restore and devices ask for. `old` and `new`: CHF and GPF ID of each hub."""
    chf, gpf = new
    yield hub_orders.read(hub_orders.READ_LOGS, chf, "after")
    yield hub_orders.restore_log(chf, old[0], old[1], frozenset(kinds))
    yield hub_orders.read(hub_orders.READ_LOGS, chf, "after")
    yield hub_orders.read(hub_orders.READ_PARTNERS, gpf, "after", _GPF)
    yield hub_orders.restore_partners(gpf, old[1], frozenset())
    yield hub_orders.read(hub_orders.READ_PARTNERS, gpf, "after", _GPF)
    yield hub_orders.read(hub_orders.READ_LOG, chf, "after")
    for device in sorted(kinds, key=lambda one: (kinds[one] is _GSME, str(one))):
        if kinds[device] is _GSME:
            yield hub_orders.read(hub_orders.READ_PARTNERS, gpf, at=_GPF)
            yield hub_orders.join(device, link_between(_GSME, _GPF).ends[0], gpf, _GPF)
            yield hub_orders.read(hub_orders.READ_PARTNERS, gpf, at=_GPF)
        elif kinds[device] is not _TYPE_2:
            yield hub_orders.read(hub_orders.READ_PARTNERS, device, "after", kinds[device])
    for device in sorted(kinds, key=str):
        if kinds[device] is _ESME:
            yield hub_orders.read(hub_orders.READ_SECURITY_LOG, device, "after", _ESME)


async def hub_pack(
    desk: TrainingHubDesk, orders: Iterable[HubOrder], job: str, now: datetime, *, edition: int
) -> bytes:
    """The pack of finished commands for these orders, in its envelope. Raises OrderError where the desk knows too
    little (for after: nothing came home of the pack for before), PackFileError."""
    entries, devices = [], {}
    for number, order in enumerate(orders, 1):
        message = parse(await desk.command(order))
        request = f"{id_text(message.originator)}:{order.target}:{message.counter}"
        stops = order.changes and order.code != hub_orders.RESTORE_GPF  # that one leaves the gas meter to its own join
        failing = OnFailure.STOP if stops else OnFailure.CONTINUE
        entries.append(Entry(f"hub-{number}", request, message, (), failing, order.words[:80].strip()))
        devices[order.target] = PackDevice(order.target, order.details["at"], device_certificates(order.target))
    made = now.replace(microsecond=0)
    pack = Pack(
        f"{job}/hub/{edition}"[:40],
        edition,
        job,
        True,
        made,
        made + GOOD_FOR,
        "Example Energy",
        "",
        tuple(devices.values()),
        organisation_certificates(),
        tuple(entries),
    )
    return close(pack.payload(), training_desk_key())
