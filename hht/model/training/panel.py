"""A device as somebody who stands before it has it: what it shows, what is printed on it, what can be pressed.

Looking at a display that asks over the HAN (IHD, PPMID) is traffic, as in life; looking at a meter is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hht.errors import HhtError
from hht.i18n import _
from hht.model.communications_hub import CommunicationsHub
from hht.model.consumer_devices.access_device import AccessDevice
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter import ElectricityMeter, LocalAccess
from hht.model.electricity_meter.items import SupplyState
from hht.model.features.display import Page
from hht.model.gas_meter import GasMeter
from hht.model.intelligent_hub import AccountingGasProxy, BasicGasMeter
from hht.model.load_control_switch import LoadControlSwitch
from hht.model.premises import Premises
from hht.model.repeater import Repeater
from hht.model.training.controls import Control, controls_of, press
from hht.model.training.kind_words import kind_words


@dataclass(frozen=True, slots=True)
class Lamp:
    """A lamp now: lit for `lit_ms`, dark for `dark_ms`, and so on (`dark_ms` 0: steady; `lit_ms` 0: off)."""

    label: str
    colour: str
    pattern: str
    lit_ms: int
    dark_ms: int
    meaning: str


@dataclass(frozen=True, slots=True)
class DeviceState:
    """A device in a word or two, for the plan. `tone`: "plain", "good", "warn" or "bad"."""

    name: str
    kind: DeviceKind
    title: str
    words: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class DevicePanel:
    """`printed`: its label, (what, value); `port`: an optical port that somebody may hold a probe to; `screen`: it has
    a display (dark without pages). What pages show may be private, and a hub's label has its passkey."""

    state: DeviceState
    pages: tuple[Page, ...] = field(repr=False)
    controls: tuple[Control, ...] = ()
    lamps: tuple[Lamp, ...] = ()
    printed: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    port: bool = False
    screen: bool = True


def device_states(premises: Premises) -> tuple[DeviceState, ...]:
    """Every device but those that are part of a hub, in the order of the file."""
    return tuple(state_of(device) for device in premises.devices if device.kind is not DeviceKind.GPF)


def state_of(device: Device) -> DeviceState:
    """How a device stands."""
    words, tone = _words(device)
    return DeviceState(device.name, device.kind, kind_words(device.kind), words, tone)


def panel_of(premises: Premises, name: str) -> DevicePanel:
    """The device called `name` as somebody before it has it. PremisesError when there is none such."""
    device = premises.find(name)
    premises.site.catch_up()
    port = isinstance(device, ElectricityMeter) and device.local_access is not LocalAccess.NONE
    return DevicePanel(
        state_of(device),
        _pages(device),
        controls_of(premises, device),
        _lamps(device),
        _printed(device),
        port,
        screen=isinstance(device, ElectricityMeter | GasMeter | HomeDisplay | AccessDevice)
        or (isinstance(device, CommunicationsHub) and isinstance(device.gpf, AccountingGasProxy)),
    )


def asks_others(device: Device) -> bool:
    """Whether looking at what it shows makes traffic on the HAN."""
    return isinstance(device, HomeDisplay | AccessDevice)


def press_control(premises: Premises, name: str, control: str, typed: str = "") -> str:
    """Press a control of the device called `name`; what it answers. Raises DeviceRefusal, another HhtError."""
    device = premises.find(name)
    premises.site.catch_up()
    chosen = next((one for one in controls_of(premises, device) if one.name == control), None)
    what = chosen.title if chosen is not None else control
    try:
        said = press(premises, device, control, typed)
    except HhtError as error:
        premises.site.tell(name, _("pressed: {what}").format(what=what), error.message)
        raise
    premises.site.tell(name, _("pressed: {what}").format(what=what), _("somebody at the device"))
    return said


# --- states -----------------------------------------------------------------------------------------------------------


def _supply(state: SupplyState) -> tuple[str, str]:
    return {
        SupplyState.ENABLED: (_("supply on"), "good"),
        SupplyState.ARMED: (_("supply armed"), "warn"),
        SupplyState.DISABLED: (_("supply off"), "bad"),
    }[state]


def _words(device: Device) -> tuple[str, str]:
    for kind, make in _STATES.items():
        if isinstance(device, kind):
            return make(device)
    return _joined(device)


def _electricity(device: ElectricityMeter) -> tuple[str, str]:
    if not device.powered:
        return _("no mains"), "bad"
    if device.supply is SupplyState.ENABLED:
        return _("{power} W").format(power=device.power_w()), "good"
    return _supply(device.supply)


def _gas(device: GasMeter | BasicGasMeter) -> tuple[str, str]:
    if not device.battery_days:
        return _("battery empty"), "bad"
    return _supply(device.supply)


def _hub(device: CommunicationsHub) -> tuple[str, str]:
    if not device.powered:
        return _("no power"), "bad"
    joining = device.network.joining_left_s
    if joining:
        return _("joining: {seconds} s").format(seconds=joining), "good"
    listed = len(device.device_log.entries)
    return _("{listed}/{capacity} listed").format(listed=listed, capacity=device.device_log.capacity), "plain"


def _switch(device: LoadControlSwitch) -> tuple[str, str]:
    return (_("on") if device.closed else _("off")), "plain"


def _display(device: HomeDisplay) -> tuple[str, str]:
    return _joined(device) if device.on else (_("in a drawer"), "plain")


def _repeater(device: Repeater) -> tuple[str, str]:
    return (_("plugged in"), "good") if device.plugged else (_("pulled out"), "plain")


def _joined(device: Device) -> tuple[str, str]:
    node = device.node
    if node is None:
        return "", "plain"
    return (_("joined"), "good") if node.joined else (node.state.value, "warn")


_STATES: dict[type[Device], Callable[..., tuple[str, str]]] = {
    ElectricityMeter: _electricity,
    GasMeter: _gas,
    BasicGasMeter: _gas,
    CommunicationsHub: _hub,
    LoadControlSwitch: _switch,
    HomeDisplay: _display,
    Repeater: _repeater,
}

# --- what it shows ----------------------------------------------------------------------------------------------------


def _pages(device: Device) -> tuple[Page, ...]:
    if isinstance(device, ElectricityMeter):
        return tuple(device.display.pages()) if device.powered else ()
    if isinstance(device, GasMeter | BasicGasMeter):
        return tuple(device.display.pages()) if device.battery_days else ()
    if isinstance(device, HomeDisplay):
        return tuple(device.pages())
    if isinstance(device, AccessDevice):  # on the screen of whatever it is linked to
        read = tuple(f"{meter}: {energy / 1000:.3f} kWh, {power} W" for meter, energy, power in device.read())
        return (Page(_("Readings"), read or (_("nothing is read"),)),)
    if isinstance(device, CommunicationsHub) and isinstance(device.gpf, AccountingGasProxy):
        return tuple(device.gpf.display.pages())
    return ()


def _lamps(device: Device) -> tuple[Lamp, ...]:
    if not isinstance(device, CommunicationsHub):
        return ()
    return tuple(
        Lamp(one.led.value, one.colour, one.pattern.name, one.pattern.lit_ms, one.pattern.dark_ms, one.meaning)
        for one in device.leds.shown()
    )


def _printed(device: Device) -> tuple[tuple[str, str], ...]:
    identity = device.identity
    printed = [
        (_("Device ID"), identity.device_id),
        (_("Model"), f"{identity.manufacturer} {identity.model}".strip()),
        (_("Firmware"), identity.firmware),
    ]
    if isinstance(device, CommunicationsHub):
        printed.insert(1, (_("GPF Device ID"), device.gpf.identity.device_id))
        if passkey_printed(device):
            printed.append((_("Passkey"), device.pairing.passkey))
    if isinstance(device, ElectricityMeter) and device.import_mpan:
        printed.append((_("MPAN"), device.import_mpan))
    if isinstance(device, GasMeter) and device.mprn:
        printed.append((_("MPRN"), device.mprn))
    return tuple((what, value) for what, value in printed if value)


def passkey_printed(hub: CommunicationsHub) -> bool:
    """Whether the hub's label has a passkey: only where it pairs by one."""
    from hht.model.communications_hub.pairing import PairingMode

    return hub.pairing.mode is PairingMode.PASSKEY
