"""The Smart Metering Inventory: what the centre knows of devices, and how their status goes on (factbook 4.1)."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field

from hht.errors import HhtError
from hht.i18n import _
from hht.model.agenda import DAY_MS, Appointment
from hht.model.device import DeviceIdentity, DeviceKind
from hht.model.site import Site

TYPE_2 = (DeviceKind.IHD, DeviceKind.CAD, DeviceKind.BRIDGE)
_NO_STATUS = (*TYPE_2, DeviceKind.MODEM)  # consumers' devices, and what is no equipment of the DCC's


class SmiStatus(enum.StrEnum):
    """As the inventory writes them."""

    PENDING = "Pending"
    WHITELISTED = "Whitelisted"
    INSTALLED_NOT_COMMISSIONED = "InstalledNotCommissioned"
    COMMISSIONED = "Commissioned"
    DECOMMISSIONED = "Decommissioned"
    WITHDRAWN = "Withdrawn"
    SUSPENDED = "Suspended"
    RECOVERY = "Recovery"
    RECOVERED = "Recovered"
    NOT_APPLICABLE = "Not Applicable"


_NEXT: dict[SmiStatus, frozenset[SmiStatus]] = {  # from memory (factbook 4.1, mem:m); Suspended goes back where it was
    SmiStatus.PENDING: frozenset({SmiStatus.WHITELISTED, SmiStatus.WITHDRAWN}),
    SmiStatus.WHITELISTED: frozenset({SmiStatus.INSTALLED_NOT_COMMISSIONED, SmiStatus.PENDING}),
    SmiStatus.INSTALLED_NOT_COMMISSIONED: frozenset({SmiStatus.COMMISSIONED, SmiStatus.PENDING}),
    SmiStatus.COMMISSIONED: frozenset({SmiStatus.DECOMMISSIONED, SmiStatus.RECOVERY}),
    SmiStatus.RECOVERY: frozenset({SmiStatus.RECOVERED}),
    SmiStatus.RECOVERED: frozenset({SmiStatus.COMMISSIONED, SmiStatus.DECOMMISSIONED}),
    SmiStatus.DECOMMISSIONED: frozenset({SmiStatus.PENDING}),
    SmiStatus.WITHDRAWN: frozenset(),
    SmiStatus.NOT_APPLICABLE: frozenset(),
    SmiStatus.SUSPENDED: frozenset(),
}
_FINAL = frozenset({SmiStatus.DECOMMISSIONED, SmiStatus.WITHDRAWN, SmiStatus.NOT_APPLICABLE, SmiStatus.SUSPENDED})


class InventoryError(HhtError):
    """The inventory does not know the device, or its status does not go on that way."""

    default_code = "inventory"


@dataclass(slots=True)
class Asset:
    """One device as the inventory has it. `mpxn`: the supply point it belongs to, "" where unknown; `history`: (true
    time in ms, status, why)."""

    device_id: str
    name: str
    kind: DeviceKind
    identity: DeviceIdentity
    status: SmiStatus
    mpxn: str = ""
    history: list[tuple[int, SmiStatus, str]] = field(default_factory=list)


class Inventory:
    """Devices by ID. What stays after a hub is decommissioned waits `grace_days` for a replacement (S1E-20). `keeper`:
    who keeps it, as the chronicle has it."""

    def __init__(self, site: Site, grace_days: int, keeper: Callable[[], str]) -> None:
        self._site = site
        self._keeper = keeper
        self.grace_days = grace_days
        self.assets: dict[str, Asset] = {}
        self._grace: Appointment | None = None
        self._orphans: list[str] = []

    def add(self, name: str, kind: DeviceKind, identity: DeviceIdentity, mpxn: str = "") -> Asset:
        """Pre-notify a device (SR 12.2): Pending; a consumer's device has no status. InventoryError if it is there."""
        if identity.device_id in self.assets:
            raise InventoryError(
                _("{device} is in the inventory already.").format(device=identity.device_id),
                remedy=_("Read its row; correct it if it is wrong."),
            )
        status = SmiStatus.NOT_APPLICABLE if kind in _NO_STATUS else SmiStatus.PENDING
        asset = Asset(identity.device_id, name, kind, identity, status, mpxn)
        asset.history.append((self._site.agenda.now_ms, status, "pre-notified"))
        self.assets[identity.device_id] = asset
        return asset

    def asset(self, device_id: str) -> Asset:
        """The row of a device. InventoryError when there is none."""
        try:
            return self.assets[device_id]
        except KeyError:
            raise InventoryError(
                _("{device} is not in the inventory.").format(device=device_id),
                remedy=_("Have the supplier's desk notify it (SR 12.2) before the visit."),
            ) from None

    def move(self, device_id: str, status: SmiStatus, why: str = "") -> None:
        """Let a device's status go on. InventoryError where it does not go that way."""
        asset = self.asset(device_id)
        if status not in _NEXT[asset.status]:
            raise InventoryError(
                _("{device} cannot go from {old} to {new}.").format(device=device_id, old=asset.status, new=status),
                remedy=_("Read its row in the inventory, and do the steps in their order."),
            )
        self._set(asset, status, why)

    def install(self, device_id: str, why: str) -> None:
        """A device that has long been there: all the steps at once, to Commissioned (or to no status at all)."""
        asset = self.asset(device_id)
        for status in (SmiStatus.WHITELISTED, SmiStatus.INSTALLED_NOT_COMMISSIONED, SmiStatus.COMMISSIONED):
            if asset.status is not SmiStatus.NOT_APPLICABLE:
                self.move(device_id, status, why)

    def put(self, device_id: str, status: SmiStatus, why: str) -> None:
        """A status that the device did not come to by its steps: an error in the books, or one put right."""
        self._set(self.asset(device_id), status, why)

    def suspend(self, device_id: str, why: str) -> None:
        """It is suspended (its model left the list, or a sanction); nothing happens to one that is at its end."""
        asset = self.asset(device_id)
        if asset.status not in _FINAL:
            self._set(asset, SmiStatus.SUSPENDED, why)

    # --- a hub goes ------------------------------------------------------------------------------------------------

    @property
    def grace_left_days(self) -> int:
        """Whole days that remain for a replacement hub; 0 when none is awaited."""
        if self._grace is None or not self._grace.pending:
            return 0
        return -(-(self._grace.when_ms - self._site.now_ms) // DAY_MS)

    def decommission_hub(self, chf_id: str, gpf_id: str, why: str) -> None:
        """The hub goes, and its gas proxy with it; the other devices stay Commissioned and wait for a replacement."""
        for device_id in (chf_id, gpf_id):
            self.move(device_id, SmiStatus.DECOMMISSIONED, why)
        self._orphans = [row.device_id for row in self.assets.values() if row.status is SmiStatus.COMMISSIONED]
        self._grace = self._site.agenda.after(self.grace_days * DAY_MS, self._too_late)

    def replaced_hub(self) -> None:
        """A replacement is commissioned: the devices stay as they are."""
        if self._grace is not None:
            self._grace.cancel()
        self._orphans = []

    def _too_late(self) -> None:
        for device_id in self._orphans:
            if self.assets[device_id].status is SmiStatus.COMMISSIONED:
                self.move(device_id, SmiStatus.DECOMMISSIONED, "no hub replaced the old one in time")

    def _set(self, asset: Asset, status: SmiStatus, why: str) -> None:
        asset.status = status
        asset.history.append((self._site.agenda.now_ms, status, why))
        self._site.tell(self._keeper(), f"{asset.name}: {status.value}", why)
