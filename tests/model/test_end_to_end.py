"""The map of a premises: every link up to the last party, what is spoken, who translates, which ends are secured."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.end_to_end import TERMINAL, EndToEnd, Hop, end_to_end
from hht.model.premises import Premises, available_premises, load_premises

Load = Callable[[str], tuple[Premises, EndToEnd]]
PROVIDER, BROKER = "DCC: communications service provider", "DCC: access control broker"


@pytest.fixture(scope="module")
def load() -> Load:
    kept: dict[str, tuple[Premises, EndToEnd]] = {}

    def of(name: str) -> tuple[Premises, EndToEnd]:
        if name not in kept:
            home = load_premises(name, clock=ManualClock(datetime(2026, 6, 17, 12, tzinfo=UTC)), days=1)
            kept[name] = (home, end_to_end(home))
        return kept[name]

    return of


def hop(found: EndToEnd, one: str, other: str) -> Hop:
    return next(hop for hop in found.hops if (hop.one.name, hop.other.name) == (one, other))


def reached(found: EndToEnd, start: str) -> set[str]:
    """Everybody who is at the end of some way from `start`, the terminal left out as a way."""
    there, before = {start}, set[str]()
    while there != before:
        before = set(there)
        for ends in ({one.one.name, one.other.name} for one in found.hops if one.one.name != TERMINAL):
            there |= ends if ends & there else set()
    return there


@pytest.mark.requirement("ARC-14")
@pytest.mark.parametrize("name", ["dual-fuel-connected", "consumer-devices"])
def test_from_each_device_of_the_home_there_is_a_way_to_each_party(load: Load, name: str) -> None:
    home, found = load(name)
    assert home.centre is not None
    parties = {str(user.party) for user in home.centre.access.users.values()}
    assert {"Example Energy (IS)", "Example Gas (GS)"} <= parties, "suppliers"
    assert any(party.endswith("(OU)") for party in parties), "and a third party"
    if name == "dual-fuel-connected":
        assert {"Example Networks (ED)", "Example Pipes (GT)"} <= parties, "and network operators"
    for plan in home.plan.devices:
        node = home.find(plan.name).node
        joined = node is None or node.joined  # a hub has none; what has not joined stands apart
        assert (parties | {"hub-1", PROVIDER, BROKER} <= reached(found, plan.name)) is joined, plan.name
    assert hop(found, "hub-1", PROVIDER).state == "connected"


@pytest.mark.requirement("HHT-15")
@pytest.mark.parametrize("name", available_premises())
def test_the_terminal_and_every_hub_are_secured_at_each_of_their_links(load: Load, name: str) -> None:
    home, found = load(name)
    ends = [end for hop in found.hops for end in (hop.one, hop.other)]
    hubs = {plan.name for plan in home.plan.devices if plan.kind.value == "communications-hub"}
    assert all(end.secured for end in ends if end.name in hubs | {TERMINAL})
    assert {hop.other.name for hop in found.hops if hop.one.name == TERMINAL} >= hubs


@pytest.mark.requirement("HHT-15")
def test_what_has_not_joined_and_the_householders_network_are_open(load: Load) -> None:
    _home, load_control = load("load-control")
    assert hop(load_control, "esme-1", "hcalcs-1").other.secured is False
    assert hop(load_control, "hub-1", "esme-1").other.secured is True
    bridge = hop(load("consumer-bridge")[1], "bridge-1", "the household's own network")
    assert (bridge.one.secured, bridge.other.secured) == (True, False)
    modem = hop(load("opted-out-shop")[1], "modem-1", "esme-1")
    assert (modem.one.secured, modem.other.secured) == (False, True)


@pytest.mark.requirement("DCC-09")
def test_the_dcc_translates_between_parties_and_devices_and_nobody_else_does(load: Load) -> None:
    _home, found = load("dual-fuel-connected")
    (translating,) = (hop for hop in found.hops if hop.translates)
    assert (translating.one.name, translating.other.name) == (PROVIDER, BROKER)
    assert "between DUIS and GBCS (DLMS/COSEM for electricity, ZigBee for gas)" in translating.translates
    assert hop(found, BROKER, "Example Energy (IS)").speaks == "DUIS (XML)"
    assert hop(found, "hub-1", "esme-1").speaks == "DLMS/COSEM in a tunnel"
    assert hop(found, "hub-1", "gsme-1").speaks.startswith("ZigBee")


@pytest.mark.requirement("IDT-16")
def test_which_systems_of_the_dcc_the_messages_pass_through(load: Load) -> None:
    def systems(name: str) -> dict[str, bool]:
        return {system.name: system.interfaces for system in load(name)[1].systems}

    plain, first = systems("dual-fuel-connected"), systems("smets1-enrolled")
    assert [name for name, passes in plain.items() if passes] == [
        "communications service provider",
        "data service provider, with the access control broker",
    ]
    beside = {name for name, passes in plain.items() if not passes}
    assert {"Smart Metering Inventory", "Smart Metering Key Infrastructure (SMKI)"} < beside
    assert set(first) - set(plain) == {
        "SMETS1 service provider (S1SP)", "Dual Control Organisation (DCO): approves what is critical",
    }  # fmt: skip
    assert systems("foundation") == systems("smets1-active") == {}, "no DCC"


def test_without_the_dcc_a_suppliers_own_system_stands_there(load: Load) -> None:
    shop, active = load("opted-out-shop")[1], load("smets1-active")[1]
    assert hop(shop, "modem-1", "head-end").state == "good"
    assert hop(shop, "head-end", "Business Energy (IS)").speaks == "the system's own requests"
    assert [one for one in active.hops if BROKER in (one.one.name, one.other.name)] == []
    assert {one.state for one in active.hops if one.one.name == "the supplier's own SMETS1 system (SMSO)"} == {"active"}
    enrolled = load("smets1-enrolled")[1]
    assert hop(enrolled, PROVIDER, BROKER).translates.startswith("the S1SP")
