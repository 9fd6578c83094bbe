"""What the centre has on its books of one premises: its devices in the inventory, their models on the lists, who leads.

And by these, why a request for a device is not taken: its status, its model's row, a SMETS1 site's combination, a
SMETS1 hub's Lead Supplier.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from hht.i18n import _
from hht.model.commands import Command
from hht.model.communications_hub.commands import AddToDeviceLog
from hht.model.communications_hub.hub import CommunicationsHub
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.features.clock_setting import ClockAnswer
from hht.model.meter_clock import TimeStatus
from hht.model.parties import Party, UserRole
from hht.model.site import Site, to_datetime
from hht.model.wan.access import Denial
from hht.model.wan.configuration import CentreConfiguration, Enrolment, Exclusion, Regime
from hht.model.wan.inventory import TYPE_2, Asset, Inventory, SmiStatus
from hht.model.wan.product_lists import (
    CombinationStatus,
    Generation,
    Listing,
    Product,
    ProductLists,
    generation,
    product_of,
)

CERTIFIED_FOR = timedelta(days=6 * 365)  # a security certificate's life, our own number
_ALWAYS = frozenset({"8.2", "8.9", "11.2"})  # reading what stands in the lists harms nobody
_BEFORE_COMMISSIONING = _ALWAYS | {"6.11", "6.20.1", "8.1.1", "8.4", "8.7.1", "8.7.2", "8.11"}
_SUSPENDED = _ALWAYS | {"11.1", "11.3"}  # a new firmware may bring its model back onto the list
_OPEN: dict[SmiStatus, frozenset[str] | None] = {  # None: everything
    SmiStatus.COMMISSIONED: None,
    SmiStatus.RECOVERED: None,
    SmiStatus.NOT_APPLICABLE: None,
    SmiStatus.INSTALLED_NOT_COMMISSIONED: _BEFORE_COMMISSIONING,
    SmiStatus.SUSPENDED: _SUSPENDED,
}
_NEEDS_NO_ROW = (*TYPE_2, DeviceKind.GPF, DeviceKind.MODEM)
_HUB_ACTIONS = frozenset({"8.3", "8.11", "8.12.1", "8.12.2", "11.1", "11.3", "6.28", "6.29"})


def _generates(device: Device) -> bool:
    return isinstance(device, ElectricityMeter) and device.configuration.generation


class Register:
    """The books of one premises."""

    def __init__(self, site: Site, configuration: CentreConfiguration, devices: Sequence[Device]) -> None:
        self.site = site
        self.configuration = configuration
        self.inventory = Inventory(site, configuration.grace_days, lambda: self.keeper)
        self.lists = ProductLists()
        self.regime = configuration.regime
        self.users = {user.party.name: user for user in configuration.users}
        self.lead = configuration.lead_supplier  # "": whoever supplies electricity
        self.enrolment = configuration.smets1  # of a SMETS1 site (`migration`)
        self.exclusions: dict[Exclusion, str] = {}  # what keeps a SMETS1 site from being migrated, and why
        self.dormant: dict[str, str] = {}  # devices that nobody's system reaches any more, and why
        for device in devices:
            if device.name not in configuration.not_notified:
                self.enter(device)
        self._list_combination()

    def enter(self, device: Device) -> None:
        """A device is there: on the inventory, its model on the lists."""
        identity, name = device.identity, device.name
        if device.kind not in _NEEDS_NO_ROW and name not in self.configuration.unlisted:
            self.lists.list(self._row(device))
            self.lists.deployed.add(product_of(device.kind, identity))
        asset = self.inventory.add(name, device.kind, identity)
        if not self.enrolled and generation(identity) is Generation.SMETS1:
            return
        if self._there(device):
            self.inventory.install(identity.device_id, "there from the start")
            problem = self.unlisted(asset)
            if problem:
                self.inventory.suspend(identity.device_id, problem)

    def _there(self, device: Device) -> bool:
        """Whether a device has been at work from the start: a hub that is fitted, a meter that a supplier's own system
        reaches, what has joined the HAN, and what has no radio to join by."""
        if isinstance(device, CommunicationsHub):
            return device.powered
        if device.node is None or (self.outside and device.kind in (DeviceKind.ESME, DeviceKind.GSME)):
            return True
        return device.node.joined and device.node.network is not None and device.node.network.powered

    def _row(self, device: Device) -> Listing:
        made = generation(device.identity)
        product = product_of(device.kind, device.identity)
        if made is Generation.SMETS1:
            return Listing(product, made)
        expires = self.today + (timedelta() if device.name in self.configuration.expired else CERTIFIED_FOR)
        version = device.identity.gbcs_version or "4.2"
        return Listing(product, made, version, f"CPA {product.model}", f"GBCS {product.model}", expires)

    # --- lists -----------------------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        """True date."""
        return to_datetime(self.site.agenda.now_ms).date()

    @property
    def outside(self) -> bool:
        """Whether the DCC does not serve the site."""
        return self.regime is not Regime.MASS_ROLL_OUT

    @property
    def keeper(self) -> str:
        """Who keeps the books, as the chronicle has it: the DCC, or the head end that stands in its place."""
        return "head-end" if self.outside else "dcc"

    @property
    def enrolled(self) -> bool:
        """Whether a SMETS1 site is in the centre."""
        return self.enrolment is Enrolment.ENROLLED

    def unlisted(self, asset: Asset) -> str:
        """Why a device's model may not connect today; "" where it may (or needs no row)."""
        if asset.kind in _NEEDS_NO_ROW:
            return ""
        return self.lists.problem(product_of(asset.kind, asset.identity), self.today, outside=self.outside)

    def combination(self) -> frozenset[Product]:
        """The site's SMETS1 hub and meters as the lists combine them; empty where there are none."""
        return frozenset(
            product_of(asset.kind, asset.identity)
            for asset in self.inventory.assets.values()
            if asset.kind in (DeviceKind.COMMUNICATIONS_HUB, DeviceKind.ESME, DeviceKind.GSME)
            and generation(asset.identity) is Generation.SMETS1
        )

    def _list_combination(self) -> None:
        whole = self.combination()
        if whole and self.configuration.combination is CombinationStatus.ELIGIBLE:
            self.lists.eligible.add(whole)
        elif whole and self.configuration.combination is CombinationStatus.PENDING:
            self.lists.pending.add(whole)

    def enrol(self, why: str) -> None:
        """A SMETS1 site comes in: its devices are Commissioned."""
        self.enrolment = Enrolment.ENROLLED
        self.dormant.clear()
        for asset in self.inventory.assets.values():
            if asset.status is SmiStatus.PENDING and generation(asset.identity) is Generation.SMETS1:
                self.inventory.install(asset.device_id, why)

    def direct(self, why: str) -> None:
        """The SEC Panel directs the DCC not to commission the site's SMETS1 devices (S1E-18); "" lifts it."""
        self.exclusions.pop(Exclusion.DIRECTION, None)
        if why:
            self.exclusions[Exclusion.DIRECTION] = why
        self.site.tell(self.keeper, _("SEC Panel: not to be commissioned") if why else _("SEC Panel: direction lifted"))

    def withdraw(self, product: Product, why: str) -> None:
        """A model leaves the Central Products List: its devices are suspended."""
        self.lists.central.pop(product, None)
        for asset in self.inventory.assets.values():
            if product_of(asset.kind, asset.identity) == product:
                self.inventory.suspend(asset.device_id, why)

    # --- requests --------------------------------------------------------------------------------------------------

    def lead_supplier(self) -> str:
        """Who manages the hub of a SMETS1 site: who is appointed, else the electricity supplier, else the gas one."""
        if self.lead:
            return self.lead
        for role in (UserRole.IMPORT_SUPPLIER, UserRole.GAS_SUPPLIER):
            for user in self.users.values():
                if user.party.role is role:
                    return user.party.name
        return ""

    def objection(self, device: Device, service: str, sender: Party) -> tuple[Denial, str] | None:
        """Why a request for this service is not taken for the device; None where nothing is against it."""
        asset = self.inventory.assets.get(device.identity.device_id)
        if asset is None:
            return Denial.UNKNOWN_DEVICE, _("{device} was not notified").format(device=device.name)
        if not self.enrolled and generation(device.identity) is Generation.SMETS1 and not self.outside:
            if sender.role is UserRole.DCC:
                return None  # the end-to-end test before it is migrated
            return Denial.NOT_ENROLLED, _("the SMETS1 site is {state}, not enrolled").format(state=self.enrolment.value)
        if _generates(device) and not self.outside and device.name not in self.configuration.generation:
            why = _("{device} is a generation meter without a Feed-in Tariff registration")
            return Denial.NOT_REGISTERED, why.format(device=device.name)
        if device.name in self.dormant:
            return Denial.DORMANT, self.dormant[device.name]
        services = _OPEN.get(asset.status, _ALWAYS)
        if services is not None and service not in services:
            denial = Denial.SUSPENDED_DEVICE if asset.status is SmiStatus.SUSPENDED else Denial.STATUS
            return denial, _("{device} is {status}").format(device=device.name, status=asset.status.value)
        if self.outside or generation(device.identity) is not Generation.SMETS1:
            return None
        return self._first_generation(device, service, sender)

    def _first_generation(self, device: Device, service: str, sender: Party) -> tuple[Denial, str] | None:
        whole = self.combination()
        status = self.lists.status(whole)
        if status is not CombinationStatus.ELIGIBLE:
            parts = ", ".join(f"{part.model} {part.firmware}" for part in self.lists.mismatch(whole))
            return Denial.NOT_ELIGIBLE, _("the combination is not eligible ({status}): {parts}").format(
                status=status.value, parts=parts
            )
        hub = device.kind is DeviceKind.COMMUNICATIONS_HUB
        if hub and service in _HUB_ACTIONS and sender.name != self.lead_supplier():
            return Denial.NOT_LEAD, _("only the Lead Supplier, {lead}, manages the hub").format(
                lead=self.lead_supplier()
            )
        return None

    # --- what the premises tells -----------------------------------------------------------------------------------

    def answered(self, device: Device, command: Command, answer: object) -> None:
        """A command was carried out: statuses go on by it."""
        if isinstance(command, AddToDeviceLog):
            asset = self.inventory.assets.get(command.device_id)
            if asset is not None and asset.status is SmiStatus.PENDING:
                self.inventory.move(command.device_id, SmiStatus.WHITELISTED, "listed by the hub")
        elif isinstance(answer, ClockAnswer) and answer.status is TimeStatus.RELIABLE:
            asset = self.inventory.assets.get(device.identity.device_id)
            if asset is not None and asset.status is SmiStatus.INSTALLED_NOT_COMMISSIONED:
                self.inventory.move(asset.device_id, SmiStatus.COMMISSIONED, "its clock is set")

    def joined(self, device_id: str) -> None:
        """A device has told that it is on the HAN."""
        asset = self.inventory.assets.get(device_id)
        if asset is not None and asset.status is SmiStatus.WHITELISTED:
            self.inventory.move(device_id, SmiStatus.INSTALLED_NOT_COMMISSIONED, "joined the HAN")
