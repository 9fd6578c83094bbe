"""What a premises is, for somebody who looks at it: era, parties, devices, links, and what is special about each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hht.i18n import _
from hht.model.communications_hub import CommunicationsHub, HubConfiguration
from hht.model.communications_hub.apart import EndPoint
from hht.model.communications_hub.pairing import PairingMode
from hht.model.communications_hub.power import AT_A_PORT
from hht.model.communications_hub.restrictions import restrictions
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter import MeterConfiguration
from hht.model.electricity_meter.supply import SupplyRules
from hht.model.features.firmware import Firmware
from hht.model.gas_meter import GasMeterConfiguration
from hht.model.han.medium import Medium
from hht.model.han.network import HomeAreaNetwork
from hht.model.intelligent_hub import BasicMeterConfiguration
from hht.model.interoperability import Interoperability, interoperability
from hht.model.kept_values import KeptValue, kept_values
from hht.model.load_control_switch import LoadControlSwitch
from hht.model.own_equipment import Modem
from hht.model.plans import DevicePlan
from hht.model.premises import Premises
from hht.model.premises_plan import PremisesPlan
from hht.model.prepayment.settings import PaymentMode
from hht.model.radio.medium import WiredMedium
from hht.model.wan.configuration import Regime
from hht.model.wan.coverage import Ownership
from hht.model.wan.module import WanConfiguration
from hht.model.wan.product_lists import Generation, generation


@dataclass(frozen=True, slots=True)
class DeviceShown:
    """One device. `state`: how it stands to the HAN; `special`: what to know of it, in words; `smets`, `gbcs`: the
    versions that it states ("": none); `firmware`: the version that runs."""

    name: str
    kind: DeviceKind
    device_id: str
    manufacturer: str
    model: str
    smets: str
    gbcs: str
    firmware: str
    state: str
    special: tuple[str, ...]
    interoperability: Interoperability


@dataclass(frozen=True, slots=True)
class LinkShown:
    """Two ends and what joins them ("radio", "wired HAN", "WAN"). `rssi_dbm` None where no radio is between."""

    one: str
    other: str
    by: str
    state: str
    rssi_dbm: int | None = None


@dataclass(frozen=True, slots=True)
class Portrait:
    """The whole. `era` is a sentence; `parties`: "name (role)" of whoever the centre knows; `kept`: who keeps which
    value; `duties`: (function of the hub, who answers for it)."""

    title: str
    description: str
    era: str
    parties: tuple[str, ...]
    devices: tuple[DeviceShown, ...]
    links: tuple[LinkShown, ...]
    special: tuple[str, ...]
    kept: tuple[KeptValue, ...]
    duties: tuple[tuple[str, str], ...]


def era(plan: PremisesPlan, now: Regime | None = None) -> str:
    """Who stands at the other end of the WAN here: the era in a sentence (ARC-05). `now`: where the site has opted in
    or out since."""
    if plan.centre is None:
        return _("No centre: what the hub would send stays in it.") if plan.wan is None else _("A WAN, and no centre.")
    return {
        Regime.MASS_ROLL_OUT: _("Mass roll-out: the DCC stands between the parties and the premises."),
        Regime.FOUNDATION: _("Foundation: a supplier's own head end, and no DCC."),
        Regime.OPTED_OUT: _("Opted out of the DCC: only the supplier's own system reaches the site."),
    }[now or plan.centre.regime]


def portrait(premises: Premises) -> Portrait:
    """What the premises is now."""
    plan = premises.plan
    centre = premises.centre
    return Portrait(
        plan.title,
        plan.description,
        era(plan, centre.register.regime if centre is not None else None),
        tuple(str(user.party) for user in centre.access.users.values()) if centre is not None else (),
        tuple(_device(premises, device) for device in plan.devices),
        tuple(_links(premises)),
        (*_of_the_whole(plan), *_faults(premises, None)),
        kept_values(premises),
        () if plan.wan is None else _duties(plan.wan),
    )


def _duties(wan: WanConfiguration) -> tuple[tuple[str, str], ...]:
    """Who answers for which function of the hub (CH-25)."""
    return tuple((duty.value, who.value) for duty, who in wan.duties.items())


def _device(premises: Premises, plan: DevicePlan) -> DeviceShown:
    device = premises.find(plan.name)
    identity = plan.identity
    special = (*_special(plan), *_faults(premises, plan.name))
    if isinstance(device, CommunicationsHub):
        special += tuple(_of_its_modules(device))
        special += tuple(_("restricts: {what}").format(what=what) for what in restrictions(device, premises.devices))
    return DeviceShown(
        name=plan.name,
        kind=plan.kind,
        device_id=identity.device_id,
        manufacturer=identity.manufacturer,
        model=identity.model,
        smets=identity.smets_version,
        gbcs=identity.gbcs_version,
        firmware=_firmware(device),
        state=_state(device),
        special=special,
        interoperability=interoperability(premises, device),
    )


def _of_its_modules(hub: CommunicationsHub) -> Iterator[str]:
    """The units of a hub of modules, as they are in it now (CH-26)."""
    if hub.modules is None:
        return
    for slot, unit in hub.modules.units.items():
        yield _("{slot} module: {unit}").format(slot=slot.value.upper(), unit=unit or _("none"))
    if hub.modules.problem:
        yield hub.modules.problem
    if hub.modules.plan.filters:
        yield _("its interface stops critical commands that nobody may send so")


def _firmware(device: Device) -> str:
    """The version that runs on it, 8 hex digits; of what takes no other, the one that it was made with."""
    running = getattr(device, "firmware", None)
    return running.version if isinstance(running, Firmware) else device.identity.firmware


def _state(device: Device) -> str:
    if isinstance(device, CommunicationsHub):
        misfit = device.power.port.problems if device.power.port is not None else ()
        state = _("powered") if device.powered else _("without power")
        return "; ".join((state, *misfit))
    return _("no radio") if device.node is None else device.node.state.value


# --- links -----------------------------------------------------------------------------------------------------------


def _links(premises: Premises) -> Iterator[LinkShown]:
    for hub in premises.of(CommunicationsHub):
        for network in hub.networks:
            for node in network.members.values():
                if node.device is not hub.gpf and not isinstance(node.device, EndPoint):
                    yield _han_link(premises.medium, hub, network, node.device)
    for module in premises.wan:
        far = "dcc" if premises.centre is None else premises.centre.name
        yield LinkShown(module.hub.name, far, _("WAN"), module.trouble.value or module.state.value)
    for modem in premises.of(Modem):
        for name in modem.configuration.serves:
            yield LinkShown(modem.name, name, _("wire"), modem.trouble or _("good"))
    for switch in premises.of(LoadControlSwitch):
        if switch.meter is not None:
            yield LinkShown(
                switch.meter.name, switch.name, _("load control"), _("closed") if switch.closed else _("open")
            )


def _han_link(medium: Medium, hub: CommunicationsHub, network: HomeAreaNetwork, device: Device) -> LinkShown:
    quality = network.quality(device.name)
    air = medium.radio if isinstance(medium, WiredMedium) and medium.radio is not None else medium
    by = air.title if quality.rssi_dbm else _("wire")
    if quality.success < 500:
        state = _("not heard")
    elif quality.hops > 1:
        state = _("over a repeater")
    else:
        state = _("good") if quality.success >= 950 else _("weak")
    return LinkShown(hub.name, device.name, by, state, quality.rssi_dbm or None)


# --- what is special -------------------------------------------------------------------------------------------------


def _of_the_whole(plan: PremisesPlan) -> Iterator[str]:
    if plan.phases > 1:
        yield _("three phases from the street")
    if plan.radio.cable:
        yield _("a cable carries the HAN")
    if len(plan.electricity_meters) > 1:
        yield _("{count} electricity meters on one HAN").format(count=len(plan.electricity_meters))
    if plan.wan is not None and plan.wan.ownership is Ownership.SUPPLIER:
        yield _("the hub is the supplier's")
    first = [device for device in plan.devices if generation(device.identity) is Generation.SMETS1]
    if first and plan.centre is not None and plan.centre.regime is Regime.MASS_ROLL_OUT:
        yield _("SMETS1: {state}, combination {status}").format(
            state=plan.centre.smets1.value, status=plan.centre.combination.value
        )


def _faults(premises: Premises, device: str | None) -> Iterator[str]:
    """What is wrong there now (None: with the premises as a whole)."""
    on = sorted(kind.name for kind, where, _since in premises.faults.active() if where == device)
    if on:
        yield _("faults: {faults}").format(faults=", ".join(on))


def _special(plan: DevicePlan) -> Iterator[str]:
    if isinstance(plan, MeterConfiguration):
        yield from _of_an_electricity_meter(plan)
    if isinstance(plan, MeterConfiguration | GasMeterConfiguration):
        if plan.prepayment.mode is PaymentMode.PREPAYMENT:
            yield _("prepayment")
        if plan.clock_adrift_s:
            yield _("clock {seconds:+.0f} s adrift").format(seconds=plan.clock_adrift_s)
    if isinstance(plan, BasicMeterConfiguration):
        yield _("register, valve and radio only: its account is in the hub")
    if isinstance(plan, HubConfiguration) and plan.account is not None:
        yield _("keeps the gas account; display and keypad")
    if isinstance(plan, HubConfiguration):
        if plan.apart is not None:
            yield _("gas at {gas} MHz; consumers' devices apart, at {consumer} MHz").format(
                gas=plan.apart.gas, consumer=plan.apart.consumer
            )
        else:
            yield _("2.4 GHz and 868 MHz") if plan.dual_band else _("2.4 GHz")
        yield _("mounted: {how}").format(how=plan.mounting) if plan.fitted else _("in the van")
        if plan.mounting in AT_A_PORT:
            port = plan.port
            yield _("{connector}, {volts} V, {protocol}").format(
                connector=port.connector, volts=port.volts, protocol=port.protocol.value
            )
        if plan.pairing is PairingMode.PASSKEY:
            yield _("pairs consumers' devices by passkey")


def _of_an_electricity_meter(plan: MeterConfiguration) -> Iterator[str]:
    yield {"A": _("single element"), "B": _("twin element"), "C": _("polyphase")}[plan.identity.variant[0]]
    yield _("optical port: {access}").format(access=plan.local_access.value)
    if plan.generation:
        yield _("measures generation")
    if plan.household.solar_peak_w and not plan.generation:
        yield _("solar, {power} W").format(power=plan.household.solar_peak_w)
    for switch in plan.switches:
        yield _("switch {number}: {label}").format(number=switch.number, label=switch.label or _("no label"))
    if plan.supply_rules is not SupplyRules.GBCS:
        yield _("supply rules: {rules}").format(rules=plan.supply_rules.value)
