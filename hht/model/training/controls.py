"""What a person can press at each kind of device, in one form for all: by name, with what is to be typed before it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers import DeviceId
from hht.model.communications_hub import CommunicationsHub, HubConfiguration
from hht.model.communications_hub.modules import ModuleUnit, Slot
from hht.model.communications_hub.pairing import PairingMode
from hht.model.consumer import Appliance
from hht.model.consumer_devices.access_device import AccessDevice
from hht.model.consumer_devices.bridge import ConsumerBridge
from hht.model.consumer_devices.displays import HomeDisplay, PrepaymentInterface
from hht.model.device import Device, DeviceIdentity
from hht.model.electricity_meter import ElectricityMeter
from hht.model.exchange import exchange_hub, exchange_module
from hht.model.features.checks import require
from hht.model.features.display import Button, Display
from hht.model.gas_meter import GasMeter
from hht.model.han.node import HanNode, NodeState
from hht.model.intelligent_hub import AccountingGasProxy, BasicGasMeter
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises
from hht.model.prepayment import Prepayment
from hht.model.prepayment.settings import PaymentMode
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.repeater import Repeater

Meter = ElectricityMeter | GasMeter
D = TypeVar("D", bound=Device)
_REJECTED = (PairingMode.SOCKET, PairingMode.TRUSTED)
_UNIT = re.compile(r"([A-Za-z0-9-]{1,15})[ ,]+([0-9]{1,2}\.[0-9]{1,2})")
_POUNDS = re.compile(r"£?([0-9]{1,4})(?:\.([0-9]{2}))?")


@dataclass(frozen=True, slots=True)
class Control:
    """`enabled`: it does something now. `typed`: what is to be typed before it ("UTRN, 20 digits"); "" for nothing."""

    name: str
    title: str
    enabled: bool = True
    typed: str = ""


@dataclass(frozen=True, slots=True)
class _Act:
    control: Control
    act: Callable[[str], str]


def controls_of(premises: Premises, device: Device) -> tuple[Control, ...]:
    """Everything that can be pressed at it, whether or not it does anything now."""
    return tuple(one.control for one in _acts(premises, device))


def press(premises: Premises, device: Device, name: str, typed: str) -> str:
    """Press it; what it answers. DeviceRefusal when it does nothing now, or what was typed is refused."""
    chosen = next((one for one in _acts(premises, device) if one.control.name == name), None)
    require(
        chosen is not None and chosen.control.enabled,
        _("This does nothing now."),
        _("Look at the display for what can be done."),
        reason=Reason.TEMPORARY_FAILURE,
    )
    assert chosen is not None
    return chosen.act(typed) or _("Done")


def _acts(premises: Premises, device: Device) -> list[_Act]:
    acts: list[_Act] = []
    for kind, make in _BY_KIND:
        if isinstance(device, kind):
            acts += make(premises, device)
    node = device.node
    if node is not None and not isinstance(device, CommunicationsHub):
        idle = node.state in (NodeState.UNJOINED, NodeState.LOCATING)
        acts.append(_act("join", _("Look for a network"), node.locate, enabled=idle))
    return acts


def _act(name: str, title: str, act: Callable[[], object], *, enabled: bool = True) -> _Act:
    def run(_typed: str) -> str:
        act()
        return ""

    return _Act(Control(name, title, enabled), run)


# --- meters -----------------------------------------------------------------------------------------------------------


def _meter(premises: Premises, meter: Meter) -> list[_Act]:
    live = meter.powered if isinstance(meter, ElectricityMeter) else bool(meter.battery_days)
    acts = [_button(meter.display, button, live=live) for button in meter.display.buttons()]
    if meter.notices.message:
        acts.append(_act("read-message", _("Message read"), meter.notices.acknowledge))
    if meter.prepayment.mode is PaymentMode.PREPAYMENT:
        acts.append(_shop(meter.prepayment))
    acts.append(_pin(meter, live=live))
    if meter.notices.cin and premises.centre is not None and premises.centre.calls:
        acts.append(_told(premises.centre.calls))
    if isinstance(meter, ElectricityMeter):
        acts += [_appliance(meter, one) for one in meter.consumer.appliances]
    if isinstance(meter, GasMeter):
        acts.append(_act("wake", _("Wake its radio"), meter.wake, enabled=live))
    return acts


def _basic(_premises: Premises, meter: BasicGasMeter) -> list[_Act]:
    return [_button(meter.display, button, live=bool(meter.battery_days)) for button in meter.display.buttons()]


def _button(display: Display, button: Button, *, live: bool) -> _Act:
    def run(typed: str) -> str:
        display.press(button.name, typed)
        return display.said

    return _Act(Control(button.name, button.title, live and button.available(), button.typed), run)


def _told(calls: list[Callable[[str], bool]]) -> _Act:
    """The customer reads the Customer Identification Number off the display to the party that had it sent."""

    def say(typed: str) -> str:
        heard = [hear(typed.strip()) for hear in list(calls)]
        require(
            any(heard),
            _("The party says that this is not the number."),
            _("Read it off the meter's display again."),
            reason=Reason.ACCESS_DENIED,
        )
        return _("The party has heard the right number.")

    return _Act(Control("tell-cin", _("Ring the party, and say the number"), typed=_("Number, 4 digits")), say)


def _pin(meter: Meter, *, live: bool) -> _Act:
    """The privacy PIN is entered where one is in force and the display is not open, else chosen."""
    tenancy = meter.tenancy

    def enter(typed: str) -> str:
        require(
            tenancy.enter_pin(typed),
            _("That is not the PIN, or the display waits."),
            _("Try again in a minute, or let the supplier disable it."),
            reason=Reason.ACCESS_DENIED,
        )
        return ""

    def choose(typed: str) -> str:
        tenancy.set_pin(typed)
        return _("The PIN is set.")

    title, act = (_("Set a privacy PIN"), choose) if tenancy.open else (_("Enter the privacy PIN"), enter)
    return _Act(Control("pin", title, live, _("PIN, 4 digits")), act)


def _appliance(meter: ElectricityMeter, appliance: Appliance) -> _Act:
    name, on = appliance.shape.name, appliance.on
    title = _("Turn off: {name}") if on else _("Turn on: {name}")
    return _act(f"use-{name}", title.format(name=name), lambda: meter.consumer.use(name, not on))


def _shop(prepayment: Prepayment) -> _Act:
    control = Control("buy", _("Buy credit at a shop"), typed=_("Amount in pounds"))
    return _Act(control, lambda typed: _buy(prepayment, typed))


def _buy(prepayment: Prepayment, typed: str) -> str:
    """The vend service sells a token for this meter; its digits are on the receipt, and nowhere else."""
    found = _POUNDS.fullmatch(typed.strip())
    if found is None:
        raise DeviceRefusal(
            Reason.OTHER,
            _("“{typed}” is no amount in pounds.").format(typed=typed),
            remedy=_("Type for example 10, or 7.50."),
        )
    receipt = prepayment.top_ups.vend.mint(int(found[1]) * 100 + int(found[2] or 0))
    digits = receipt.utrn.reveal()
    groups = " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))
    return _("Receipt: {digits}").format(digits=groups)


# --- devices at home --------------------------------------------------------------------------------------------------


def _display(_premises: Premises, device: HomeDisplay) -> list[_Act]:
    if device.on:
        return [_act("put-away", _("Put it into a drawer"), lambda: device.switch(False))]
    return [_act("plug-in", _("Plug it in"), lambda: device.switch(True))]


def _interface(premises: Premises, device: PrepaymentInterface) -> list[_Act]:
    """The buttons of both meters, from here: whether they do anything only the meter knows."""
    acts: list[_Act] = []
    partners = device.node.partners if device.node is not None else {}
    for meter in premises.devices:
        if isinstance(meter, Meter | AccountingGasProxy) and meter.identity.device_id in partners:
            acts += [_remote(device, meter, button) for button in meter.display.buttons()]
    return acts


def _remote(device: PrepaymentInterface, meter: Meter | AccountingGasProxy, button: Button) -> _Act:
    def run(typed: str) -> str:
        pressed = device.press(meter, button.name, typed)
        if pressed.done is False:
            raise DeviceRefusal(Reason.OTHER, pressed.said, remedy=_("Look at the meter's own display."))
        return pressed.said

    joined = device.on and device.node is not None and device.node.joined
    fuel = _("Electricity") if isinstance(meter, ElectricityMeter) else _("Gas")
    title = f"{fuel}: {button.title}"
    return _Act(Control(f"{meter.name}:{button.name}", title, joined, button.typed), run)


def _access(premises: Premises, device: AccessDevice) -> list[_Act]:
    node, hubs = device.node, premises.of(CommunicationsHub)
    acts: list[_Act] = []
    hub = next((hub for hub in hubs if hub.pairing.mode is PairingMode.PASSKEY), None)
    if hub is not None and node is not None and device.configuration.keypad:

        def pair(typed: str) -> str:
            hub.pairing.type_passkey(node, typed.replace(" ", ""), keypad=True)
            return _("The hub takes it: joining.")

        acts.append(_Act(Control("pair", _("Pair"), not node.joined, _("Passkey, 10 digits")), pair))
    acts += [_rejected_way(premises, hub, node) for hub in hubs if node is not None and hub.pairing.mode in _REJECTED]
    if node is not None and node.partners:
        acts.append(_Act(Control("read", _("Let it read the meters")), lambda _typed: _attempted(device)))
    if isinstance(device, ConsumerBridge):
        ready = node is not None and node.joined
        acts.append(_act("upload", _("Pass the readings on"), device.upload, enabled=ready))
    return acts


def _attempted(device: AccessDevice) -> str:
    said = device.attempt()
    return "; ".join(f"{meter}: {words}" for meter, words in said.items()) or _("nobody to ask")


def _rejected_way(premises: Premises, hub: CommunicationsHub, node: HanNode) -> _Act:
    """The hub's socket, or another device's word: options that the consultation rejected."""
    if hub.pairing.mode is PairingMode.SOCKET:
        act = partial(hub.pairing.plug_in, node)
        return _act("plug-in", _("Plug it into the hub's socket"), act, enabled=not node.joined)

    def introduce(typed: str) -> str:
        by = premises.find(typed.strip()).node
        require(by is not None, _("That device has no radio."), _("Choose a meter or a display."))
        assert by is not None
        hub.pairing.introduce(node, by)
        return _("The hub takes it: joining.")

    title, typed = _("Have it introduced"), _("by: a device's name")
    return _Act(Control("introduce", title, not node.joined, typed), introduce)


def _exchange(premises: Premises, hub: CommunicationsHub) -> _Act:
    """The hub is taken off and another fitted in its place, whose two Device IDs are typed."""

    def fit(typed: str) -> str:
        try:
            chf, gpf = (str(DeviceId.parse(word)) for word in typed.split())
        except (ValueError, HhtError):
            said = _("That names no hub.")
            raise DeviceRefusal(Reason.OTHER, said, remedy=_("Type its CHF ID and its GPF ID.")) from None
        identity = DeviceIdentity(chf, "HHT Training", "TRAINER-CH2", "00030105", gbcs_version="4.2")
        installer = Party("installer", UserRole.IMPORT_SUPPLIER)
        exchange_hub(premises, hub, HubConfiguration(hub.name, identity, gpf), by=installer, why="exchanged by hand")
        return ""

    title, typed = _("Exchange it for another hub"), _("its CHF ID and GPF ID, with a space between them")
    return _Act(Control("exchange", title, typed=typed), fit)


def _swap(premises: Premises, hub: CommunicationsHub, slot: Slot) -> _Act:
    """A unit of a hub of modules is swapped for one like it, whose serial number and interface version are typed."""

    def fit(typed: str) -> str:
        found = _UNIT.fullmatch(typed.strip())
        if found is None:
            said = _("“{typed}” names no unit.").format(typed=typed)
            raise DeviceRefusal(Reason.OTHER, said, remedy=_("Type for example H-0002 2.1."))
        assert hub.modules is not None
        like = hub.modules.plan.han if slot is Slot.HAN else hub.modules.plan.wan
        unit = ModuleUnit(slot, like.manufacturer, like.model, found[1], like.firmware, found[2])
        installer = Party("installer", UserRole.IMPORT_SUPPLIER)
        exchange_module(premises, hub, unit, by=installer, why="exchanged by hand")
        return hub.modules.problem

    title = _("Swap its {slot} module").format(slot=slot.value.upper())
    return _Act(Control(f"swap-{slot.value}", title, typed=_("its serial number and interface version")), fit)


def _hub(premises: Premises, hub: CommunicationsHub) -> list[_Act]:
    button = hub.pairing.mode is PairingMode.PASSKEY
    acts = [_act("pair", _("Pairing button"), hub.pairing.press_button, enabled=button and hub.powered)]
    if hub.power.fitted:
        acts.append(_act("take-out", _("Take it out"), hub.power.remove))
    else:
        acts.append(_act("fit", _("Put it back"), hub.power.fit))
    acts.append(_exchange(premises, hub))
    acts += [_swap(premises, hub, slot) for slot in Slot if hub.modules is not None]
    if isinstance(hub.gpf, AccountingGasProxy):
        acts += [_button(hub.gpf.display, button, live=hub.powered) for button in hub.gpf.display.buttons()]
        if hub.gpf.prepayment.mode is PaymentMode.PREPAYMENT:
            acts.append(_shop(hub.gpf.prepayment))
    return acts


def _repeater(_premises: Premises, device: Repeater) -> list[_Act]:
    if device.plugged:
        return [_act("pull-out", _("Pull it out"), lambda: device.switch(False))]
    return [_act("plug-in", _("Plug it in"), lambda: device.switch(True))]


_BY_KIND: tuple[tuple[type[Device], Callable[..., list[_Act]]], ...] = (
    (ElectricityMeter, _meter),
    (GasMeter, _meter),
    (BasicGasMeter, _basic),
    (HomeDisplay, _display),
    (PrepaymentInterface, _interface),
    (AccessDevice, _access),
    (CommunicationsHub, _hub),
    (Repeater, _repeater),
)
