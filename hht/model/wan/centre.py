"""The centre: the DCC, or in the Foundation era and at opted-out sites a supplier's head end, for one premises.

Each request is checked (who, what for, which device, which lists, what values), sent sealed as it came, and answered.
Nothing is tried again by itself; what was not answered is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from hht.i18n import _
from hht.model.agenda import DAY_MS, HOUR_MS, MINUTE_MS, Appointment
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.commands import AddToDeviceLog
from hht.model.communications_hub.delivery import Delivery, DeliveryState
from hht.model.communications_hub.hub import CommunicationsHub
from hht.model.device import Alert, Device, DeviceKind
from hht.model.electricity_meter.supply import ReadSupplyState
from hht.model.own_equipment import Modem
from hht.model.parties import DCC, HEAD_END, Party, UserRole
from hht.model.site import Site
from hht.model.use_cases import use_case
from hht.model.wan.access import SUPPLIERS, AccessControl, Denial, Sanction, User, service_of
from hht.model.wan.anomaly import Verdict
from hht.model.wan.arbitration import Answered, Arbitration, SupplyArbiter
from hht.model.wan.archive import EnergyArchive
from hht.model.wan.book_errors import BookErrors, LineTrouble
from hht.model.wan.configuration import CentreConfiguration
from hht.model.wan.frames import Downlink, Frame, Uplink
from hht.model.wan.hub_logs import HubLogs
from hht.model.wan.inventory import TYPE_2, InventoryError, SmiStatus
from hht.model.wan.mailbox import Mailboxes
from hht.model.wan.module import WanModule
from hht.model.wan.product_lists import generation
from hht.model.wan.quarantine import Approval, Quarantine
from hht.model.wan.register import Register
from hht.model.wan.requests import INTERIM_CODE, Outcome, ServiceRequest, Transaction
from hht.model.wan.sealing import Guard, SigningKey, protected

RESPONSE_WITHIN_MS = 10 * MINUTE_MS  # our own number, for a device that listens
SLEEPY_WITHIN_MS = 25 * HOUR_MS  # one that sleeps fetches its commands within a day
_OUTCOMES = {
    DeliveryState.ANSWERED: Outcome.ANSWERED,
    DeliveryState.REFUSED: Outcome.REFUSED,
    DeliveryState.UNDELIVERED: Outcome.UNDELIVERED,
}


class Centre:
    """`modules`: the premises' hubs' ends of the WAN; devices behind none of them are reached only by a supplier's own
    equipment (opted-out sites, Foundation)."""

    def __init__(
        self,
        site: Site,
        configuration: CentreConfiguration,
        devices: Sequence[Device],
        modules: Sequence[WanModule],
        guard: Guard,
    ) -> None:
        self.site = site
        self.configuration = configuration
        self.guard = guard
        self.devices = {device.name: device for device in devices}
        self.modules = tuple(modules)
        self.register = Register(site, configuration, devices)
        self.inventory, self.lists = self.register.inventory, self.register.lists
        self.access = AccessControl(self.register.users)
        for name, why in configuration.suspended:
            self.access.sanctions.append(Sanction(name, "SEC Panel", why))
        self.anomalies = {name: self.configuration.thresholds() for name in self.access.users}
        self.quarantine = Quarantine()
        self.mailboxes = Mailboxes()
        self.hub_logs = HubLogs(modules)
        self.calls: list[Callable[[str], bool]] = []  # who waits for a caller to repeat a number: whether it is right
        self.arbiter = SupplyArbiter()
        self.transactions: dict[int, Transaction] = {}
        self.errors = BookErrors(self.inventory, self.lists)
        self.trouble = LineTrouble()
        self._frames: dict[str, int] = {}
        self._keys: dict[str, SigningKey] = {}
        self._counters: dict[str, int] = {}
        self._give_trust()
        for module in modules:
            module.to_centre = self._receive
            module.activate(self.name)
        self.modems = tuple(device for device in devices if isinstance(device, Modem))
        for modem in self.modems:
            modem.far = self._alerted
        if self.by_own_equipment:
            for device in devices:
                device.uplink = device.uplink or self._alerted
        if configuration.arbitration is Arbitration.CENTRE:
            self._let_operators_disable()
        self.archives = dict(self._archives()) if configuration.archive else {}

    def _archives(self) -> Iterator[tuple[str, EnergyArchive]]:
        roles = {DeviceKind.ESME: UserRole.IMPORT_SUPPLIER, DeviceKind.GSME: UserRole.GAS_SUPPLIER}
        for name, device in self.devices.items():
            for user in self.access.users.values():
                if user.party.role is roles.get(device.kind) and user.responsible(device.kind, name):
                    yield name, EnergyArchive(self, name, user.party)
                    break

    @property
    def name(self) -> str:
        """As the chronicle has it: `Register.keeper`."""
        return self.register.keeper

    @property
    def own_party(self) -> Party:
        """The centre itself, as devices know it: the access control broker, or the head end that does its part."""
        return HEAD_END if self.by_own_equipment else DCC

    @property
    def by_own_equipment(self) -> bool:
        """Whether a supplier may reach devices by equipment of its own, without a hub (CHR-05)."""
        return self.register.outside

    def signing_key(self, party: Party) -> SigningKey:
        """A user's own key, for its desk."""
        if party.name not in self._keys:
            self._keys[party.name] = SigningKey(self.site.chance(f"key of {party.name}"))
        return self._keys[party.name]

    def next_counter(self, party: Party) -> int:
        """The number of a user's next seal: one series, from whichever of its desks."""
        self._counters[party.name] = self._counters.get(party.name, 0) + 1
        return self._counters[party.name]

    def replace_user(self, losing: User, gaining: User) -> None:
        """One user comes in another's place, with its own key in the devices' trust anchor cells (CS02b)."""
        del self.access.users[losing.party.name]
        self.access.users[gaining.party.name] = gaining
        self.anomalies[gaining.party.name] = self.configuration.thresholds()
        self._trust_instead(self.signing_key(losing.party), self.signing_key(gaining.party))

    def use_key(self, party: Party, key: SigningKey) -> None:
        """A user that stands behind many premises signs with one key; the devices here trust it."""
        self._trust_instead(self.signing_key(party), key)
        self._keys[party.name] = key

    def _trust_instead(self, old: SigningKey, new: SigningKey) -> None:
        for (device_id, role), key in tuple(self.guard.anchors.items()):
            if key is old:
                self.guard.trust(device_id, role, new)

    def _give_trust(self) -> None:
        for device in self.devices.values():
            if device.kind is DeviceKind.COMMUNICATIONS_HUB:
                self.guard.trust(device.identity.device_id, DCC.remote, self.signing_key(DCC))
            for user in self.access.users.values():
                if user.responsible(device.kind, device.name):
                    cell = device.identity.device_id, user.party.remote
                    if cell not in self.guard.anchors:
                        self.guard.trust(*cell, self.signing_key(user.party))

    def _let_operators_disable(self) -> None:
        for device in self.devices.values():
            if device.kind is DeviceKind.ESME:
                for name in ("ECS42", "ECS43", "ECS44"):
                    device.allow(name, Party("", UserRole.ELECTRICITY_DISTRIBUTOR).remote)
        operators = frozenset({UserRole.ELECTRICITY_DISTRIBUTOR})
        self.access.besides.update(dict.fromkeys(("7.1", "7.2", "7.3"), operators))

    # --- requests --------------------------------------------------------------------------------------------------

    def request(self, request: ServiceRequest) -> Transaction:
        """Take a user's request: denied, stopped or quarantined at once, or sent; follow the transaction for the rest.
        InventoryError when no device is called that."""
        self.site.catch_up()
        if request.device not in self.devices:
            raise InventoryError(
                _("There is no device “{device}” here.").format(device=request.device),
                remedy=_("Choose one of: {known}.").format(known=", ".join(self.devices)),
            )
        device = self.devices[request.device]
        number = len(self.transactions) + 1
        transaction = Transaction(number, request, target=device.identity.device_id)
        self.transactions[number] = transaction
        denial = self._served(request.sender) or self._permitted(request, device)
        if denial is not None:
            transaction.deny(*denial)
            self.site.tell(self.name, f"denied {request.command.use_case} of {request.sender}", denial[1])
        elif self._usual(transaction, device):
            self._send(transaction, device)
        return transaction

    def release(self, transaction: Transaction, *approvals: Approval) -> bool:
        """Officers of the user agree to a quarantined request; whether enough have by now, and it goes on. Nothing
        happens to any other. ReleaseError for a word that does not count."""
        needed = self.quarantine.needed
        for approval in approvals:
            needed = self.quarantine.agree(transaction, approval)
        if not approvals or needed:
            return False
        transaction.released = True
        transaction.to(Outcome.SENT)
        self._send(transaction, self.devices[transaction.request.device])
        return True

    def destroy(self, transaction: Transaction) -> None:
        """The user has a quarantined request thrown away."""
        if transaction.outcome is Outcome.QUARANTINED:
            transaction.to(Outcome.STOPPED, _("destroyed in quarantine"), code=Denial.QUARANTINE)

    def schedule(self, request: ServiceRequest, *, first_ms: int, every_ms: int = DAY_MS) -> Appointment:
        """Retrieve something again and again; each time is a request of its own, with all its checks."""
        return self.site.agenda.every(every_ms, lambda: self._scheduled(request), first_ms=first_ms)

    def _scheduled(self, request: ServiceRequest) -> None:
        self.request(request)

    # --- the checks, in their order --------------------------------------------------------------------------------

    def _served(self, sender: Party) -> tuple[Denial, str] | None:
        if not self.by_own_equipment or sender.role in SUPPLIERS or sender == self.own_party:
            return None
        return Denial.NOT_SERVED, _("the DCC does not serve this site: only its supplier's own system reaches it")

    def _permitted(self, request: ServiceRequest, device: Device) -> tuple[Denial, str] | None:
        sender, command = request.sender, request.command
        if sender != self.own_party:
            denial = self.access.check(sender, command, device.kind, device.name)
            if denial is not None:
                return denial
        service = service_of(command)
        code = service.code if service is not None else command.use_case
        objection = self.register.objection(device, code, sender)
        if objection is not None:
            return objection
        if isinstance(command, AddToDeviceLog):
            objection = self._may_connect(command)
            if objection is not None:
                return objection
        if protected(command) and request.seal is None:
            return Denial.UNSEALED, _("a critical command needs its supplier's seal")
        if self.configuration.arbitration is Arbitration.CENTRE:
            held = self.arbiter.objection(device.identity.device_id, command, sender)
            if held:
                return Denial.OTHER_PARTY, held
        return None

    def _may_connect(self, command: AddToDeviceLog) -> tuple[Denial, str] | None:
        """The approved-products check before a device may join (ASR-01). A consumer's device needs no row."""
        if command.kind in TYPE_2 or command.handheld:
            return None
        asset = self.inventory.assets.get(command.device_id)
        if asset is None:
            return Denial.UNKNOWN_DEVICE, _("{device} was not notified").format(device=command.device_id)
        problem = self.register.unlisted(asset)
        return (Denial.NOT_LISTED, problem) if problem else None

    def _usual(self, transaction: Transaction, device: Device) -> bool:
        """Whether the request passes anomaly detection; else it is quarantined, or stopped."""
        request = transaction.request
        detection = self.anomalies.get(request.sender.name)
        service = service_of(request.command)
        if detection is None or service is None:
            return True
        made = generation(device.identity)
        critical = service.critical or use_case(request.command.use_case).critical
        now_ms = self.site.agenda.now_ms
        verdict = detection.judge(service.code, request.command, made, now_ms, critical=critical)
        if verdict is Verdict.QUARANTINE:
            why = _("quarantined: contact the supplier's desk; it is not sent again by itself")
            transaction.to(Outcome.QUARANTINED, why, code=Denial.QUARANTINE)
        elif verdict is Verdict.STOP:
            transaction.to(Outcome.STOPPED, _("an unusual value: not processed, not kept"), code=Denial.STOPPED)
        return verdict is Verdict.PASS

    # --- over the WAN ----------------------------------------------------------------------------------------------

    def module_of(self, device: Device) -> WanModule | None:
        """The hub's module by which a device is reached; None when it is behind no hub."""
        device_id = device.identity.device_id
        for module in self.modules:
            if device_id in module.hub.network.members or device is module.hub:
                return module
        return None

    def _send(self, transaction: Transaction, device: Device) -> None:
        request = transaction.request
        down = Downlink(transaction.number, transaction.target, request.command, self._as(request), request.seal)
        self.arbiter.sent(transaction.number, down.device_id, down.command, request.sender)
        module = None if device.name in self.trouble.astray else self.module_of(device)
        if module is None:
            self._by_own_equipment(down, device)
        elif module.listening:
            number = self._frames[module.hub.name] = self._frames.get(module.hub.name, 0) + 1
            frame = module.key.frame(number, down)
            self.site.agenda.after(module.configuration.latency_ms, lambda: self._arrive(module, frame, transaction))
            if self.trouble.acknowledges:
                self.site.agenda.after(module.configuration.latency_ms, lambda: self._acknowledge(transaction))
        else:
            self._ended(Uplink(down.number, DeliveryState.UNDELIVERED, problem=module.trouble.value))
        sleepy = device.node is not None and device.node.sleepy
        self.site.agenda.after(SLEEPY_WITHIN_MS if sleepy else RESPONSE_WITHIN_MS, lambda: self._silent(transaction))

    def _as(self, request: ServiceRequest) -> Party:
        """Whom the device hears it from: the user itself, or, where the device knows none such, the centre for it."""
        service = service_of(request.command)
        besides = self.access.besides.get(service.code, frozenset()) if service is not None else frozenset()
        known = request.sender.remote in use_case(request.command.use_case).roles or request.sender.role in besides
        return request.sender if known else self.own_party

    def _arrive(self, module: WanModule, frame: Frame, transaction: Transaction) -> None:
        if module.listening:
            module.receive(frame)
        elif transaction.outcome is Outcome.SENT:
            self.site.tell(self.name, f"nothing heard of request {transaction.number}", module.trouble.value)

    def _by_own_equipment(self, down: Downlink, device: Device) -> None:
        trouble = "" if self.by_own_equipment else _("no hub reaches the device")
        for modem in self.modems:
            trouble = trouble or (modem.trouble if modem.serves(device) else "")
        if trouble:
            self._ended(Uplink(down.number, DeliveryState.UNDELIVERED, problem=trouble))
            return
        delivery = Delivery(
            down.device_id,
            down.command,
            down.sender,
            lambda target: self.guard.verify(target, down.command, down.sender, down.seal),
        )
        delivery.carry_out(device)
        self._ended(Uplink(down.number, delivery.state, delivery.answer, delivery.problem))

    def _receive(self, hub: CommunicationsHub, frame: Frame) -> None:
        module = next((module for module in self.modules if module.hub is hub), None)
        if module is None:
            self.site.tell(self.name, f"dropped a message of {hub.identity.device_id}", "this hub was replaced")
        elif frame.tag != module.key.tag(frame.number, frame.message):
            self.site.tell(self.name, "dropped a WAN frame", "it failed its checks")
        elif isinstance(frame.message, Alert):
            self._alerted(frame.message)
        elif isinstance(frame.message, Uplink):
            self._ended(frame.message)

    def _acknowledge(self, transaction: Transaction) -> None:
        """An interim answer: the request is on its way, and the answer is still to come."""
        if transaction.outcome is Outcome.SENT:
            transaction.to(Outcome.SENT, _("only an acknowledgement: the answer follows"), code=INTERIM_CODE)

    def _ended(self, up: Uplink) -> None:
        transaction = self.transactions[up.number]
        request = transaction.request
        if request.device in self.trouble.unheard:
            return  # what it answers is lost on the way: `_silent` sees to the rest
        transaction.to(_OUTCOMES[up.state], up.problem, answer=up.answer)
        if up.state is DeliveryState.ANSWERED:
            self.register.answered(self.devices[request.device], request.command, up.answer)
        now_ms = self.site.agenda.now_ms
        ended = Answered(up.number, transaction.target, request.command, request.sender, up.state, up.answer, now_ms)
        if self.arbiter.answered(ended):
            self.request(ServiceRequest(self.own_party, request.device, ReadSupplyState()))

    def _silent(self, transaction: Transaction) -> None:
        if transaction.outcome is Outcome.SENT:
            transaction.to(Outcome.NO_RESPONSE, _("nobody knows whether it was carried out"))

    # --- alerts ----------------------------------------------------------------------------------------------------

    def _alerted(self, alert: Alert) -> None:
        if alert.code == AlertCode.DEVICE_JOINED_SMHAN:
            self.register.joined(alert.device_id)
        self.hub_logs.take(alert)
        device = self.devices.get(alert.device)
        kind = device.kind if device is not None else DeviceKind.OTHER
        if kind is DeviceKind.ESME:
            self.arbiter.alerted(alert.device_id, alert.code, alert.time_ms)
        users = [
            user
            for name, user in self.access.users.items()
            if self._served(user.party) is None
            and alert.device not in self.register.dormant
            and self.access.sanction_on(name, "alerts", alert.device) is None
        ]
        self.mailboxes.forward(alert, kind, users, self.site.agenda.now_ms)

    # --- status ----------------------------------------------------------------------------------------------------

    def decommission_hub(self, sender: Party, hub: CommunicationsHub) -> tuple[Denial, str] | None:
        """A supplier decommissions a hub (SR 8.3): why it may not, or None and it is done. What hangs on it stays
        Commissioned and waits for a replacement (S1E-20); a SMETS1 hub's only the Lead Supplier ends (S1E-19)."""
        denial = self._served(sender)
        if denial is None and sender.role not in SUPPLIERS:
            denial = Denial.ROLE, _("only a supplier decommissions")
        denial = denial or self.register.objection(hub, "8.3", sender)
        if denial is None:
            ids = hub.identity.device_id, hub.gpf.identity.device_id
            self.inventory.decommission_hub(*ids, f"decommissioned by {sender}")
        return denial

    def decommission(self, sender: Party, device: Device) -> tuple[Denial, str] | None:
        """A supplier decommissions a device that is no hub (SR 8.3): why it may not, or None and it is done. The hub's
        Device Log is another matter (SR 8.11)."""
        denial = self._served(sender)
        if denial is None and sender.role not in SUPPLIERS:
            denial = Denial.ROLE, _("only a supplier decommissions")
        denial = denial or self.register.objection(device, "8.3", sender)
        if denial is None and self.status(device) is not SmiStatus.COMMISSIONED:
            denial = Denial.STATUS, _("{device} is {status}").format(device=device.name, status=self.status(device))
        if denial is None:
            self.inventory.move(device.identity.device_id, SmiStatus.DECOMMISSIONED, f"decommissioned by {sender}")
        return denial

    def hub_exchanged(self, old: CommunicationsHub, new: CommunicationsHub, module: WanModule) -> None:
        """A replacement stands where a hub stood (SR 8.14.1): it is in the inventory, Commissioned; the old one is not
        any more. Its Device Log is restored by requests of its own (SR 8.12.1, 8.12.2)."""
        if self.status(old) is SmiStatus.COMMISSIONED:
            self.inventory.decommission_hub(old.identity.device_id, old.gpf.identity.device_id, "replaced")
        self.modules = tuple(module if one.hub is old else one for one in self.modules)
        self.devices[new.name], self.devices[new.gpf.name] = new, new.gpf
        self._frames.pop(new.name, None)
        module.to_centre = self._receive
        module.activate(self.name)
        self.guard.trust(new.identity.device_id, DCC.remote, self._keys[DCC.name])
        for device in (new, new.gpf):
            self.register.enter(device)
        self.inventory.replaced_hub()

    def status(self, device: Device) -> SmiStatus:
        """A device's status in the inventory."""
        return self.inventory.asset(device.identity.device_id).status
