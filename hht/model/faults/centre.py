"""Faults at the other end: the DCC's books and checks, suppliers' credentials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.device import Device, DeviceKind
from hht.model.faults.kind import Effect, FaultKind, Undo, at_device, at_premises, over
from hht.model.faults.off_han import unlist
from hht.model.parties import RemoteParty
from hht.model.seeded import mix
from hht.model.wan.access import SUPPLIERS, Sanction
from hht.model.wan.centre import Centre
from hht.model.wan.inventory import SmiStatus
from hht.model.wan.product_lists import Listing, product_of
from hht.model.wan.sealing import SigningKey

if TYPE_CHECKING:
    from hht.model.premises import Premises

AHEAD = 1 << 40  # a counter that no desk comes to
_METERS = frozenset({DeviceKind.ESME, DeviceKind.GSME})


def centre_of(premises: Premises) -> Centre:
    """Who stands at the other end; TypeError where nobody does."""
    if premises.centre is None:
        raise TypeError("nobody stands at the other end")
    return premises.centre


def _known(premises: Premises, device: Device) -> bool:
    centre = premises.centre
    return centre is not None and device.identity.device_id in centre.inventory.assets


def _at(begin: Callable[[Centre, Device], Undo]) -> Effect:
    """An effect on what the centre knows of a device."""
    return at_device(Device, lambda premises, device: begin(centre_of(premises), device), _known)


def _whole(begin: Callable[[Centre], Undo]) -> Effect:
    return at_premises(lambda premises: begin(centre_of(premises)), lambda premises: premises.centre is not None)


# --- the inventory ---------------------------------------------------------------------------------------------------


def _row(name: str, wrong: SmiStatus | None) -> Callable[[Centre, Device], Undo]:
    """The inventory says this of the device; None: it has no row."""

    def begin(centre: Centre, device: Device) -> Undo:
        device_id = device.identity.device_id
        centre.errors.enter(name, device_id, wrong)
        return lambda: centre.errors.correct(name, device_id)

    return begin


def _orphan(centre: Centre, device: Device) -> Undo:
    """It was left without being commissioned; the hub has lost its entry, and only the old supplier has the code."""
    status = _row("orphan-device", SmiStatus.INSTALLED_NOT_COMMISSIONED)(centre, device)
    node = device.node
    if node is None:
        return status
    homes = node.homes or ([node.network] if node.network is not None else [])
    return over(status, *(unlist(home, node) for home in homes))


def _old_record(centre: Centre, device: Device) -> Undo:
    """The meter that hung here before was never decommissioned."""
    old_id = "-".join(f"{octet:02X}" for octet in mix(device.seed, 0x01D).to_bytes(8, "big"))
    mpxn = getattr(device, "mprn", "") or getattr(device, "import_mpan", "")
    inventory = centre.inventory
    inventory.asset(device.identity.device_id).mpxn = mpxn
    if old_id not in inventory.assets:
        inventory.add(f"{device.name}-before", device.kind, replace(device.identity, device_id=old_id), mpxn)
    inventory.put(old_id, SmiStatus.COMMISSIONED, "never decommissioned")
    return lambda: inventory.put(old_id, SmiStatus.DECOMMISSIONED, "found, and decommissioned at last")


def _astray(centre: Centre, device: Device) -> Undo:
    centre.trouble.astray.add(device.name)
    return lambda: centre.trouble.astray.discard(device.name)


def _unheard(centre: Centre, device: Device) -> Undo:
    centre.trouble.unheard.add(device.name)
    return lambda: centre.trouble.unheard.discard(device.name)


def _of_inventory() -> tuple[FaultKind, ...]:
    return (
        FaultKind(
            "not-pre-notified",
            _("Device was not pre-notified"),
            (),
            _("The inventory has no row of the device: it cannot be listed at the hub (“was not notified”)."),
            _("Have the supplier's desk notify it (SR 12.2); it takes minutes."),
            _METERS,
            _at(_row("not-pre-notified", None)),
        ),
        FaultKind(
            "orphan-device",
            _("Device left uncommissioned by the supplier before"),
            ("F-02",),
            _(
                "Installed, not commissioned, and on no HAN: the hub does not list it, and only the old supplier "
                "has its install code."
            ),
            _("Ask that supplier for the install code (five working days), or scan the label; then list and join it."),
            _METERS,
            _at(_orphan),
        ),
        FaultKind(
            "join-not-believed",
            _("Inventory does not know of the join"),
            ("F-01",),
            _(
                "Hub and meter have one another as joined; the inventory says Whitelisted, and refuses whatever "
                "needs more."
            ),
            _("Do not exchange anything: send both logs to the DCC, which corrects the row."),
            _METERS,
            _at(_row("join-not-believed", SmiStatus.WHITELISTED)),
        ),
        FaultKind(
            "old-record",
            _("Record of the meter before never removed"),
            ("F-24",),
            _("The inventory has two commissioned meters of one MPxN; one of them answers nobody."),
            _("Decommission the one that is gone; give its removal date."),
            _METERS,
            _at(_old_record),
            _("The old record, as Decommissioned."),
        ),
        FaultKind(
            "wrong-association",
            _("Centre has the device behind another hub"),
            (),
            _("Requests end with N12, not delivered, while the device is on the HAN and answers there."),
            _("Compare the Device Log with the inventory's hub; have the DCC correct it."),
            _METERS,
            _at(_astray),
        ),
        FaultKind(
            "answers-lost",
            _("Meter fails to answer for days"),
            ("F-37",),
            _("Every request to this meter ends without response (N13), others' are answered; locally it works."),
            _("Prove meter and HAN by a local read; raise it with the DCC."),
            _METERS,
            _at(_unheard),
        ),
    )


# --- credentials and lists -------------------------------------------------------------------------------------------


def _old_supplier(centre: Centre, device: Device) -> Undo:
    cell = device.identity.device_id, RemoteParty.SUPPLIER
    ours, old = centre.guard.anchors.get(cell), SigningKey(centre.site.chance(f"the supplier before, {device.name}"))
    counter = centre.guard.counters.get(cell, 0)
    centre.guard.trust(*cell, old)

    def undo() -> None:
        if ours is not None and centre.guard.anchors.get(cell) is old:
            centre.guard.trust(*cell, ours)
            centre.guard.counters[cell] = counter

    return undo


def _counter(centre: Centre, device: Device) -> Undo:
    cell = device.identity.device_id, RemoteParty.SUPPLIER
    before = centre.guard.counters.get(cell, 0)
    centre.guard.counters[cell] = AHEAD

    def undo() -> None:
        if centre.guard.counters.get(cell) == AHEAD:
            centre.guard.counters[cell] = before

    return undo


def _listing(name: str, change: Callable[[Centre, Listing], Listing | None]) -> Callable[[Centre, Device], Undo]:
    """The model's row on the Central Products List is another (None: gone), and its devices are suspended."""

    def begin(centre: Centre, device: Device) -> Undo:
        product = product_of(device.kind, device.identity)
        row = centre.lists.central.get(product)
        rows = centre.inventory.assets.values()
        ids = [one.device_id for one in rows if product_of(one.kind, one.identity) == product]
        centre.errors.unlist(name, product, None if row is None else change(centre, row))
        for device_id in ids:
            centre.errors.enter(name, device_id, SmiStatus.SUSPENDED)

        def undo() -> None:
            centre.errors.relist(name, product)
            for device_id in ids:
                centre.errors.correct(name, device_id)

        return undo

    return begin


def _expired(centre: Centre, row: Listing) -> Listing:
    return replace(row, expires=centre.register.today - timedelta(days=1))


def _sanctioned(centre: Centre) -> Undo:
    name = next(name for name, user in centre.access.users.items() if user.party.role in SUPPLIERS)
    sanction = Sanction(name, "SEC Panel", "an event of default")
    centre.access.sanctions.append(sanction)
    return lambda: centre.access.sanctions.remove(sanction)


def _quarantine(centre: Centre) -> Undo:
    before = {name: dict(detection.volumes) for name, detection in centre.anomalies.items()}
    for detection in centre.anomalies.values():
        detection.volumes = dict.fromkeys(("1.1.1", "1.2.1", "7.1", "7.2", "7.3"), 0)

    def undo() -> None:
        for name, detection in centre.anomalies.items():
            detection.volumes = before.get(name, {})

    return undo


def _interim(centre: Centre) -> Undo:
    centre.trouble.acknowledges = True

    def undo() -> None:
        centre.trouble.acknowledges = False

    return undo


def _of_checks() -> tuple[FaultKind, ...]:
    return (
        FaultKind(
            "old-suppliers-credentials",
            _("Meter still trusts the supplier before"),
            ("F-21",),
            _("The supplier's sealed commands are refused by the meter (0x8F1E): “its seal is for something else”."),
            _("Do not send it again: the credentials have to be replaced (SR 6.15); route it to the supplier."),
            _METERS,
            _at(_old_supplier),
            _("The log entries."),
        ),
        FaultKind(
            "counter-behind",
            _("Desk's counter behind the meter's"),
            ("F-21",),
            _("The meter refuses every sealed command as there before (0x8F1E), also one that was prepared anew."),
            _("Have the originator counter corrected; do not send the same command again."),
            _METERS,
            _at(_counter),
            _("The log entries."),
        ),
        FaultKind(
            "certificate-expired",
            _("Security certificate of the model expired"),
            (),
            _("The device is Suspended: its security certificate has expired; requests for it are denied."),
            _("Nothing on site: it needs to be certified anew."),
            _METERS,
            _at(_listing("certificate-expired", _expired)),
        ),
        FaultKind(
            "model-off-list",
            _("Model taken off the Central Products List"),
            ("F-15",),
            _("The device is Suspended, and a new one of the model is not let in: not on the list."),
            _("Have a firmware sent that is listed, or exchange the device."),
            _METERS,
            _at(_listing("model-off-list", lambda _centre, _row: None)),
        ),
        FaultKind(
            "supplier-suspended",
            _("Supplier suspended by the SEC Panel"),
            (),
            _("Every request of the supplier is denied: suspended by the SEC Panel."),
            _("Nothing on site; the supplier has to settle it with the Panel."),
            frozenset(),
            _whole(_sanctioned),
        ),
        FaultKind(
            "all-quarantined",
            _("Anomaly threshold far too low"),
            (),
            _(
                "Prices and switching of the supply are quarantined, each request of them, and nothing reaches the "
                "meter."
            ),
            _("Do not send it again: ask the supplier's desk to release it and to correct the threshold."),
            frozenset(),
            _whole(_quarantine),
            _("What stands in quarantine has to be released or destroyed."),
        ),
        FaultKind(
            "answered-twice",
            _("Requests are answered twice"),
            ("F-49",),
            _("A first answer I99 comes without contents; the answer proper, I0, follows under the same number."),
            _("Wait for the final answer; put the two together by their number."),
            frozenset(),
            _whole(_interim),
        ),
    )


def kinds() -> tuple[FaultKind, ...]:
    """The faults of this module."""
    return (*_of_inventory(), *_of_checks())
