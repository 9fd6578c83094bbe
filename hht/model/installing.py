"""The same installation by two ways: with a handheld terminal at the hub, and without one, over the WAN (HHT-09).

Document 001, L576: a terminal is one of several methods, and there are others that need none. Both ways give the same
orders to the same emulated devices, on their simulated clock: list each device, join it to its partners, set the
clocks. What takes how long is the model's; the minutes of people are counted in neither way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from hht.clock import ManualClock
from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers import InstallCode
from hht.model.commands import Command
from hht.model.communications_hub import CommunicationsHub
from hht.model.communications_hub.commands import AddToDeviceLog
from hht.model.communications_hub.delivery import Delivery, DeliveryState
from hht.model.communications_hub.handheld import HandheldTerminal
from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.features.clock_setting import SetClock, SetGasClock
from hht.model.gas_meter import GasMeter
from hht.model.han.joins import JoinMethod, JoinMethodB
from hht.model.han.node import NodeState
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises
from hht.model.use_cases import use_case
from hht.model.wan.centre import Centre
from hht.model.wan.desk import Desk
from hht.model.wan.inventory import SmiStatus
from hht.model.wan.requests import Outcome, Transaction
from hht.model.wan.sealing import Seal

JOIN_S = 3600
PATIENCE_S = 3 * 3600  # what is not done behind it is given up
_STEP_S = 5
_TOLERANCE_S = 3600
_KINDS = (DeviceKind.ESME, DeviceKind.GSME, DeviceKind.IHD)


class InstallingError(HhtError):
    """Nothing can be installed here."""

    default_code = "installing"


@dataclass(frozen=True, slots=True)
class Order:
    """One thing to do: by whom, at which device, and when it is done. `lists`: the device that the hub is to list."""

    title: str
    sender: Party
    device: Device
    command: Callable[[], Command]
    done: Callable[[], bool]
    lists: Device | None = None


@dataclass(slots=True)
class Way:
    """How one way went: for each order the seconds from the hub's power-on to its end, and why it stopped short ("":
    it did not)."""

    name: str
    ends_s: list[tuple[str, float]] = field(default_factory=list)
    why: str = ""

    @property
    def whole(self) -> bool:
        """Whether everything was done."""
        return not self.why

    @property
    def seconds(self) -> float:
        """From power-on to the end of the last order that was done."""
        return self.ends_s[-1][1] if self.ends_s else 0.0


def orders(premises: Premises) -> list[Order]:
    """What there is to do, in its order. InstallingError where nothing is to be joined."""
    hub, users = _hub(premises), premises.centre.access.users.values() if premises.centre is not None else ()
    party = {user.party.role: user.party for user in users}
    waiting = [one for one in premises.devices if one.kind in _KINDS and one.node is not None and not one.node.joined]
    if hub is None or not waiting or UserRole.IMPORT_SUPPLIER not in party:
        raise InstallingError(
            _("Nothing waits to be installed in {name}.").format(name=premises.name),
            remedy=_("Choose a premises with devices that have not joined: new-dual-fuel, say."),
        )
    return [one for device in waiting for one in _orders_for(premises, hub, device, party)]


def _orders_for(
    premises: Premises, hub: CommunicationsHub, device: Device, party: dict[UserRole, Party]
) -> Iterator[Order]:
    node = device.node
    assert node is not None
    code = node.install_code
    assert code is not None
    electric = party[UserRole.IMPORT_SUPPLIER]
    own = party.get(UserRole.GAS_SUPPLIER, electric) if device.kind is DeviceKind.GSME else electric
    add = partial(AddToDeviceLog, device.identity.device_id, device.kind, code, JOIN_S)
    yield Order(_("list and join {name}").format(name=device.name), own, hub, add, lambda: node.joined, device)
    gpf = hub.gpf.identity.device_id
    if isinstance(device, GasMeter):
        join = partial(JoinMethodB, JoinMethod.B, gpf, DeviceKind.GPF)
        title = _("join {name} and the gas proxy").format(name=device.name)
        yield Order(title, own, device, join, lambda: gpf in node.partners)
    elif device.kind is DeviceKind.IHD:
        meter, display = premises.of(ElectricityMeter)[0], device.identity.device_id
        join = partial(JoinMethodB, JoinMethod.B, display, DeviceKind.IHD)
        title = _("join {name} and {other}").format(name=device.name, other=meter.name)
        met = meter.identity.device_id
        yield Order(title, own, meter, join, lambda: met in node.partners)
    if isinstance(device, ElectricityMeter | GasMeter):
        site = premises.site
        kind = SetGasClock if isinstance(device, GasMeter) else SetClock
        before = device.clock.times_set
        title = _("set the clock of {name}").format(name=device.name)
        clock = device.clock
        yield Order(
            title,
            own,
            device,
            lambda: kind(site.now_ms - 60_000, _TOLERANCE_S),
            lambda: clock.times_set > before,
        )


def _hub(premises: Premises) -> CommunicationsHub | None:
    return next(iter(premises.of(CommunicationsHub)), None)


# --- the two ways ----------------------------------------------------------------------------------------------------


def by_wan(premises: Premises, clock: ManualClock) -> Way:
    """Without a terminal: the suppliers send each order over the WAN as soon as there is one."""
    run = _Run(premises, clock, Way("wan"))
    (module,) = premises.wan[:1] or (None,)
    if module is None or not run.until(lambda: module.listening):
        run.way.why = _("there is no WAN: {why}").format(why=module.trouble.value if module is not None else "")
        return run.way
    centre = premises.centre
    assert centre is not None
    desks = {user.party: Desk(centre, user.party) for user in centre.access.users.values()}
    for order in run.orders:
        sent = desks[order.sender].send(order.device.name, order.command())
        known = partial(_known, centre, order)
        run.settle(order, partial(_wan_failed, sent), known)
        if run.way.why:
            break
    return run.way


def by_terminal(premises: Premises, clock: ManualClock) -> Way:
    """With a terminal on the hub's HAN, which carries the suppliers' sealed orders; whoever holds it wakes the gas
    meter by its button."""
    run, centre = _Run(premises, clock, Way("terminal")), premises.centre
    hub = _hub(premises)
    assert hub is not None and centre is not None  # noqa: PT018 -- `_Run` has looked
    identity = DeviceIdentity("00-DB-12-34-56-78-99-02", "HHT Training", "TERMINAL", "00000001")
    terminal = HandheldTerminal(premises.site, "hht-1", identity, InstallCode("00112233445566778899AABBCCDDEEFF"))
    hub.network.bring_near(terminal.node)
    hub.handheld.connect(terminal, hub.gpf.identity.device_id)
    if not run.until(lambda: terminal.node.joined):
        run.way.why = _("the terminal does not come onto the HAN")
        return run.way
    desks = {user.party: Desk(centre, user.party) for user in centre.access.users.values()}
    for order in run.orders:
        command = order.command()
        known = order.sender.remote in use_case(command.use_case).roles
        sender = order.sender if known else centre.own_party  # which the device knows in its place
        seal = desks[order.sender].seal(order.device.name, command)
        check = partial(_verified, premises, command, sender, seal)
        delivery = hub.handheld.relay(terminal, order.device.identity.device_id, command, sender, check=check)
        if isinstance(order.device, GasMeter):
            order.device.wake()
        run.settle(order, partial(_relay_failed, delivery))
        if run.way.why:
            break
    return run.way


_WAITING = DeliveryState.WAITING
_GOOD = (Outcome.SENT, Outcome.ANSWERED)


def _wan_failed(sent: Transaction) -> str:
    return "" if sent.outcome in _GOOD else f"{sent.outcome.value}: {sent.why}"


def _relay_failed(delivery: Delivery) -> str:
    return "" if delivery.state in (_WAITING, DeliveryState.ANSWERED) else delivery.problem


def _known(centre: Centre, order: Order) -> bool:
    """The DCC has heard of a join: before that it takes nothing for the device."""
    return order.lists is None or centre.status(order.lists) not in (SmiStatus.PENDING, SmiStatus.WHITELISTED)


def _verified(premises: Premises, command: Command, sender: Party, seal: Seal, device: Device) -> None:
    """The device looks at the supplier's seal, whoever brought it."""
    premises.guard.verify(device, command, sender, seal)


class _Run:
    """One way on its premises' clock, from the moment in which the hub gets power."""

    def __init__(self, premises: Premises, clock: ManualClock, way: Way) -> None:
        self.premises, self.clock, self.way = premises, clock, way
        hub = _hub(premises)
        self.orders = orders(premises)
        assert hub is not None
        hub.power.remove()
        self._pass(_STEP_S)
        hub.power.fit()
        self._began_ms = premises.site.now_ms

    def _pass(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.premises.site.catch_up()

    def until(self, so: Callable[[], bool], failed: Callable[[], str] = lambda: "") -> bool:
        """Let time pass until it is so; False where it failed, or was not in three hours."""
        for _number in range(PATIENCE_S // _STEP_S):
            if so():
                return True
            if failed():
                return False
            self._pass(_STEP_S)
        return False

    def settle(self, order: Order, failed: Callable[[], str], known: Callable[[], bool] = lambda: True) -> None:
        """Wait for the end of an order that was sent. A device that is to be listed looks for its network, and again
        where it came too early."""
        node = order.lists.node if order.lists is not None else None

        def looks() -> str:
            if node is not None and node.state is NodeState.UNJOINED:
                node.locate()
            return failed()

        looks()
        if self.until(lambda: order.done() and known(), looks):
            self.way.ends_s.append((order.title, (self.premises.site.now_ms - self._began_ms) / 1000))
        else:
            self.way.why = f"{order.title}: {failed() or _('not done within three hours')}"
