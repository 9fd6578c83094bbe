"""Every link of a premises from the consumer's equipment to the last party, for whoever asks who talks to whom: what
carries it, what is spoken on it, who translates, and whether each end is secured (ARC-14, HHT-15, IDT-16).

Secured: an end with keys or a password of its own, which takes nothing from anybody who does not prove to be the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hht.i18n import _
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter import LocalAccess, MeterConfiguration
from hht.model.electricity_meter.clients import Proof
from hht.model.own_equipment import Modem
from hht.model.portrait import LinkShown, portrait
from hht.model.premises import Premises
from hht.model.wan.centre import Centre
from hht.model.wan.product_lists import Generation, generation

TERMINAL = "handheld terminal"


@dataclass(frozen=True, slots=True)
class End:
    """One end of a link. `name`: a device's, or who stands there."""

    name: str
    secured: bool


@dataclass(frozen=True, slots=True)
class Hop:
    """One link. `by`: what carries it; `speaks`: what is said on it; `translates`: who of the two puts it into what the
    next link speaks, and between what ("": nobody); `state` as the portrait has it; `reads`: by what a party checks
    commands and reads answers there, which goes by the generation of the devices (S1E-34; "": no party's end)."""

    one: End
    other: End
    by: str
    speaks: str
    translates: str
    state: str
    reads: str = ""


@dataclass(frozen=True, slots=True)
class CentralSystem:
    """A logical system at the centre. `interfaces`: messages of the metering system pass through it; `party`: its row
    of ``about.toml``, with its role codes (S1E-35; "": it has none)."""

    name: str
    interfaces: bool
    party: str = ""


@dataclass(frozen=True, slots=True)
class EndToEnd:
    """The links, from the premises outwards, and the systems at the centre."""

    hops: tuple[Hop, ...]
    systems: tuple[CentralSystem, ...]


def end_to_end(premises: Premises) -> EndToEnd:
    """The map of the premises as it is now."""
    hops = [*_of_the_terminal(premises)]
    names = {device.name for device in premises.plan.devices}
    for link in portrait(premises).links:
        hops.append(_inside(premises, link) if link.other in names else _wan(premises, link))
    hops += [_home_network(plan.name) for plan in premises.plan.devices if plan.kind is DeviceKind.BRIDGE]
    if premises.centre is not None:
        hops += _beyond(premises, premises.centre)
    return EndToEnd(tuple(hops), tuple(_systems(premises)))


def _of_the_terminal(premises: Premises) -> Iterator[Hop]:
    """Where this terminal comes in: its own end proves itself by a password or key, sealed in its vault."""
    own = End(TERMINAL, secured=True)
    for plan in premises.plan.devices:
        if isinstance(plan, MeterConfiguration) and plan.local_access is not LocalAccess.NONE:
            yield Hop(own, _meter_end(plan), _("optical port"), _("DLMS/COSEM"), "", plan.local_access.value)
    for hub in premises.of(CommunicationsHub):
        state = _("powered") if hub.powered else _("without power")
        yield Hop(own, End(hub.name, secured=True), _("HAN, in the hub's hour"), _("ZigBee, inter-PAN"), "", state)


def _meter_end(plan: MeterConfiguration) -> End:
    """A meter towards a client of its own: whoever changes something has to prove who it is."""
    changing = [client for client in plan.clients if client.writes or client.invokes]
    return End(plan.name, secured=all(client.proof is not Proof.NONE for client in changing))


def _inside(premises: Premises, link: LinkShown) -> Hop:
    """A link between two devices: joined ones have keys of the HAN, others and a mere wire have none."""
    one, other = (premises.find(name) for name in (link.one, link.other))
    if isinstance(one, Modem):
        plan = next(plan for plan in premises.plan.devices if plan.name == link.other)
        meter = _meter_end(plan) if isinstance(plan, MeterConfiguration) else _end(other)
        return Hop(End(one.name, secured=False), meter, link.by, _("DLMS/COSEM"), "", link.state)
    carries = _("HAN, {by}").format(by=link.by) if isinstance(one, CommunicationsHub) else link.by
    return Hop(_end(one), _end(other), carries, _spoken(other), "", link.state)


def _end(device: Device) -> End:
    hub = isinstance(device, CommunicationsHub)
    return End(device.name, secured=hub or (device.node is not None and device.node.joined))


def _spoken(device: Device) -> str:
    if generation(device.identity) is Generation.SMETS1:
        return _("what SMETS1 devices of its maker speak")
    return {
        DeviceKind.ESME: _("DLMS/COSEM in a tunnel"),
        DeviceKind.GSME: _("ZigBee Smart Energy, and parties' commands in a tunnel"),
    }.get(device.kind, _("ZigBee Smart Energy"))


def _home_network(bridge: str) -> Hop:
    """What a bridge passes on to its owner: nothing comes back through it."""
    home = End(_("the household's own network"), secured=False)
    return Hop(End(bridge, secured=True), home, _("Wi-Fi or cable of the household"), _("what its maker chose"), "", "")


# --- beyond the hub --------------------------------------------------------------------------------------------------


def _wan(premises: Premises, link: LinkShown) -> Hop:
    centre = premises.centre
    far = link.other if centre is None else _carrier(premises, centre)
    by = _("WAN, no part of the HAN")
    return Hop(End(link.one, secured=True), End(far, secured=True), by, _sealed(premises), "", link.state)


def _beyond(premises: Premises, centre: Centre) -> Iterator[Hop]:
    far = End(_carrier(premises, centre), secured=True)
    for modem in premises.of(Modem):
        near, state = End(modem.name, secured=True), modem.trouble or _("good")
        yield Hop(near, far, _("the modem's own network"), _("DLMS/COSEM"), "", state)
    own = _own_system(premises, centre)
    if not own:
        access = End(_("DCC: access control broker"), secured=True)
        yield Hop(far, access, _("the DCC's own lines"), _sealed(premises), _translation(premises, access), "")
        far = access
    speaks = _("the system's own requests") if own else _("DUIS (XML)")
    state = centre.register.enrolment.value if _first_generation(premises) else ""
    for user in centre.access.users.values():
        reads = "" if own else _reading(premises)
        yield Hop(far, End(str(user.party), secured=True), _("the party's line"), speaks, "", state, reads)


def _reading(premises: Premises) -> str:
    """What a user of the DCC checks commands and reads answers with."""
    if _first_generation(premises):
        return _("no Parse and Correlate: it is for SMETS2 and later alone; the S1SP's answer is in the DCC's own form")
    return _("Parse and Correlate, at the party")


def _own_system(premises: Premises, centre: Centre) -> bool:
    """A supplier's own system stands there, not the DCC: Foundation, opted out, or SMETS1 that is not enrolled."""
    return centre.by_own_equipment or (_first_generation(premises) and not centre.register.enrolled)


def _carrier(premises: Premises, centre: Centre) -> str:
    if centre.by_own_equipment:
        return centre.name
    if _own_system(premises, centre):
        return _("the supplier's own SMETS1 system (SMSO)")
    return _("DCC: communications service provider")


def _first_generation(premises: Premises) -> bool:
    return any(generation(plan.identity) is Generation.SMETS1 for plan in premises.plan.devices)


def _sealed(premises: Premises) -> str:
    if _first_generation(premises):
        return _("SMETS1, as its maker has it")
    if premises.centre is not None and premises.centre.by_own_equipment:
        return _("the head end's commands, sealed end to end")
    return _("GBCS, sealed end to end")


def _translation(premises: Premises, access: End) -> str:
    if _first_generation(premises):
        return _("the S1SP: between DUIS and what the SMETS1 devices speak")
    return _("{who}: between DUIS and GBCS (DLMS/COSEM for electricity, ZigBee for gas)").format(who=access.name)


def _systems(premises: Premises) -> Iterator[CentralSystem]:
    """Which logical systems of the DCC there are for these premises; none where a head end stands in its place."""
    centre = premises.centre
    if centre is None or _own_system(premises, centre):
        return
    yield CentralSystem(_("communications service provider"), interfaces=True)
    yield CentralSystem(_("data service provider, with the access control broker"), interfaces=True)
    if _first_generation(premises):
        yield CentralSystem(_("SMETS1 service provider (S1SP)"), interfaces=True, party="s1sp")
        yield CentralSystem(
            _("Dual Control Organisation (DCO): approves what is critical"), interfaces=True, party="dco"
        )
    yield CentralSystem(_("Smart Metering Inventory"), interfaces=False)
    yield CentralSystem(_("Smart Metering Key Infrastructure (SMKI)"), interfaces=False)
    yield CentralSystem(_("self-service interface"), interfaces=False)
