"""What the emulated desk is asked itself: it looks at the centre's books, and no service request goes to a device."""

from __future__ import annotations

import json
from datetime import datetime

from hht.clock import iso_z
from hht.desk.asks import Ask
from hht.emulation.service_asked import NO_KEY
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.model.communications_hub.backup import LogBackup
from hht.model.premises import Premises
from hht.model.site import to_datetime, to_ms
from hht.model.wan.inventory import Asset, Inventory, InventoryError
from hht.work.hub_facts import fingerprint


def copy_of(premises: Premises, hub: DeviceId) -> LogBackup | None:
    """The centre's copy of the logs of a hub, by its CHF or GPF ID; None: it has none."""
    centre = premises.centre
    return centre.hub_logs.copy_of(str(hub)) if centre is not None else None


def log_copy(premises: Premises, ask: Ask) -> tuple[str, str]:
    """Whether the centre's copy of a hub's Device Log is that log, and no older than the ask says: why not, or what
    the copy is (JSON)."""
    copy = copy_of(premises, ask.device)
    if copy is None:
        return _("the centre has no copy of this hub's Device Log"), ""
    since = ask.details.get("since")
    if since is not None and copy.taken_ms < to_ms(datetime.fromisoformat(since)):
        return _("the centre's copy is older than that"), ""
    hub = next((m.hub for m in premises.wan if m.hub.identity.device_id == copy.chf_id), None)
    if hub is not None and hub.powered and hub.backups.log().devices != copy.devices:
        return _("the hub's Device Log has changed since the centre's copy"), ""
    rows = [(_eui(one.device_id), bytes.fromhex(one.key_hash) or NO_KEY) for one in copy.devices]
    told = {
        "taken": iso_z(to_datetime(copy.taken_ms)),
        "fingerprint": fingerprint(_eui(copy.pan_id), list(rows)),
        "devices": [one.device_id for one in copy.devices],
    }
    return "", json.dumps(told)


def inventory_row(premises: Premises, ask: Ask) -> tuple[str, str]:
    """A device's row in the inventory: why there is none, or it (JSON)."""
    if premises.centre is None:
        return _("no centre serves this premises"), ""
    try:
        row = premises.centre.inventory.asset(str(ask.device))
    except InventoryError as error:
        return error.message, ""
    told: dict[str, object] = {"device_id": row.device_id, "status": row.status.value, "kind": row.kind.value}
    told |= {"mpxn": row.mpxn, "same_mpxn": _others(premises.centre.inventory, row)}
    return "", json.dumps(told)


def notified(premises: Premises, ask: Ask) -> tuple[str, str]:
    """Notify a device of this home to the inventory (SR 12.2): why not, or its row (JSON). Heard again, nothing is done
    twice."""
    if premises.centre is None:
        return _("no centre serves this premises"), ""
    device = next((one for one in premises.devices if one.identity.device_id == str(ask.device)), None)
    if device is None:
        return _("{device} is not at this home: scan its label again").format(device=ask.device), ""
    if str(ask.device) not in premises.centre.inventory.assets:
        premises.centre.register.enter(device)
    return inventory_row(premises, ask)


def _others(inventory: Inventory, row: Asset) -> list[dict[str, str]]:
    """Other devices of the same MPAN or MPRN: where a meter was exchanged, one of them should be decommissioned."""
    rows = inventory.assets.values() if row.mpxn else ()
    same = [one for one in rows if one.mpxn == row.mpxn and one.device_id != row.device_id]
    return [{"device_id": one.device_id, "status": one.status.value} for one in same]


def _eui(device_id: str) -> bytes:
    return DeviceId.parse(device_id).to_bytes()
