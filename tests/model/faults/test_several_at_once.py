"""Several faults at once: each keeps its symptom until it ends itself, and in the end nothing is left of any."""

from __future__ import annotations

from itertools import permutations

import pytest

from hht.model.communications_hub import CommunicationsHub
from hht.model.faults import FaultError
from hht.model.gas_meter import GasMeter
from tests.model.faults.worlds import World

Place = tuple[str, str | None]
OFF_HAN: tuple[Place, ...] = (
    ("half-join", "gsme-1"),
    ("orphan-device", "gsme-1"),
    ("device-log-lost", "hub-1"),
    ("upgrade-lost-device", "hub-1"),
)
FULL: Place = ("full-device-log", "hub-1")
LOST: Place = ("device-log-lost", "hub-1")


def on_han(world: World) -> dict[str, bool]:
    """Who is on the HAN, and with whom."""
    return {one.name: one.node.joined for one in world.home.devices if one.node is not None}


def network(world: World) -> object:
    """Who is listed, on the HAN, and joined to whom."""
    hub = world.one(CommunicationsHub)
    rows = sorted((entry.device_id, entry.joined) for entry in hub.device_log.entries.values())
    joined = {one.name: sorted(one.node.partners) for one in world.home.devices if one.node is not None}
    return rows, sorted(hub.network.members), joined, on_han(world)


@pytest.mark.parametrize(("first", "second"), list(permutations(OFF_HAN, 2)))
def test_who_is_off_the_han_for_two_reasons_is_back_when_both_are_gone(first: Place, second: Place) -> None:
    world = World("dual-fuel-connected")
    before = network(world)
    world.home.faults.on(*first)
    try:
        world.home.faults.on(*second)
    except FaultError:  # what it needs the first has taken
        return
    world.wait(600)
    world.home.faults.off(*first)
    world.wait(600)
    assert not all(on_han(world).values()), "the second is still there"
    world.home.faults.off(*second)
    world.wait(600)
    assert network(world) == before


@pytest.mark.parametrize("name", ["half-join", "orphan-device", "device-log-lost"])
@pytest.mark.parametrize("keys", ["wrong-install-code", "test-certificates"])
@pytest.mark.parametrize("keys_first", [True, False])
def test_whose_keys_are_wrong_comes_back_by_no_others_end(name: str, keys: str, keys_first: bool) -> None:
    world = World("dual-fuel-connected")
    other = name, "hub-1" if name == "device-log-lost" else "esme-1"
    for place in ((keys, "esme-1"), other) if keys_first else (other, (keys, "esme-1")):
        world.home.faults.on(*place)
    world.home.faults.off(*other)
    assert not on_han(world)["esme-1"]


@pytest.mark.parametrize(("first", "second"), list(permutations((FULL, LOST))))
@pytest.mark.parametrize("in_order", [True, False])
def test_a_log_that_was_full_and_lost_is_neither_in_the_end(first: Place, second: Place, in_order: bool) -> None:
    world = World("dual-fuel-connected")
    before = network(world)
    world.home.faults.on(*first)
    world.home.faults.on(*second)
    for place in (first, second) if in_order else (second, first):
        world.home.faults.off(*place)
    assert network(world) == before


@pytest.mark.parametrize("name", ["modular-meter", "wired-port-hub", "gas-apart"])
@pytest.mark.parametrize("fault", ["device-log-lost", "upgrade-lost-device", "orphan-device"])
def test_a_meter_at_the_hubs_port_is_back_too(name: str, fault: str) -> None:
    world = World(name)
    before = network(world)
    places = {kind.name: devices for kind, devices in world.home.faults.offered()}
    assert "esme-1" not in places["half-join"]  # no Device Log has it
    if fault in places:
        world.home.faults.on(fault, places[fault][0])
        assert network(world) != before
        world.home.faults.off(fault, places[fault][0])
        world.wait(600)
    assert network(world) == before


def state(world: World) -> tuple[bool, object]:
    gas = world.one(GasMeter)
    return bool(gas.volume.frozen), gas.battery_days


@pytest.mark.parametrize(
    ("first", "second"),
    [
        *permutations(("low-battery", "battery-flat")),
        *permutations(("gas-register-frozen", "gas-meter-backwards")),
    ],
)
def test_two_of_one_kind_at_a_gas_meter(first: str, second: str) -> None:
    alone, world = World("dual-fuel"), World("dual-fuel")
    before = state(world)
    alone.home.faults.on(second, "gsme-1")
    world.home.faults.on(first, "gsme-1")
    world.home.faults.on(second, "gsme-1")
    world.home.faults.off(first, "gsme-1")
    assert state(world) == state(alone) != before
    world.home.faults.off(second, "gsme-1")
    assert state(world) == before


def test_who_was_never_joined_is_not_on_the_han_after_a_fault() -> None:
    world = World("dual-fuel-connected", edit=lambda text: text.replace("joined = true", "joined = false"))
    assert set(on_han(world).values()) == {False, True}  # the hub's own function alone
    before = network(world)
    for kind, devices in world.home.faults.offered():
        if kind.name in ("half-join", "orphan-device", "device-log-lost", "upgrade-lost-device"):
            for device in devices:
                world.home.faults.on(kind.name, device)
                world.home.faults.off(kind.name, device)
    assert network(world) == before
