"""Faults on every premises that comes along: one after the other, all at once, undone, and the same life twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from itertools import permutations

import pytest

from hht.clock import ManualClock
from hht.model.agenda import HOUR_MS, MINUTE_MS
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.electricity_meter import ElectricityMeter
from hht.model.faults import FaultError, fault_kinds
from hht.model.faults.han import losses
from hht.model.features.display import Display
from hht.model.gas_meter import GasMeter
from hht.model.premises import Premises, available_premises, load_premises
from tests.model.faults.worlds import START


class Life:
    """A premises, and everything that people look at in it."""

    def __init__(self, name: str) -> None:
        self.clock = ManualClock(START)
        self.home: Premises = load_premises(name, clock=self.clock, days=2)
        offered = self.home.faults.offered()
        self.places = [(kind.name, device) for kind, devices in offered for device in (devices or (None,))]

    def hours(self, count: float) -> None:
        self.clock.advance(count * 3600)
        self.home.site.catch_up()
        for device in self.home.devices:
            if isinstance(device, HomeDisplay):
                device.pages()
            display = getattr(device, "display", None)
            if isinstance(display, Display):
                display.pages()


@pytest.mark.sampled(one_in=2)
@pytest.mark.parametrize("name", available_premises())
def test_whatever_is_offered_can_be_lived_with(name: str) -> None:
    life = Life(name)
    faults = life.home.faults
    assert len(life.places) > 10
    for kind, device in life.places:
        with suppress(FaultError):  # an earlier one has left nothing that it could be at
            faults.on(kind, device)
            life.hours(0.5)
            faults.off(kind, device)
    assert not faults.active()
    life.hours(24)
    together: list[tuple[str, str | None]] = []
    for kind, device in life.places:
        with suppress(FaultError):
            faults.on(kind, device)
            together.append((kind, device))
    assert len(faults.active()) == len(together) > len(life.places) * 3 // 4
    life.hours(30)
    for kind, device in together:  # in the order in which they came, not the other way round
        faults.off(kind, device)
    assert not faults.active()
    life.hours(24)


@pytest.mark.parametrize("name", ["dual-fuel-connected", "stone-cottage", "prepayment-flat", "polyphase-farm"])
def test_with_everything_planned_the_same_life_twice(name: str) -> None:
    def lived() -> tuple[str, int]:
        life = Life(name)
        now_ms = life.home.site.now_ms
        for number, (kind, device) in enumerate(life.places):
            begins_ms = now_ms + number * 7 * MINUTE_MS
            life.home.faults.schedule(kind, device, begins_ms, begins_ms + 5 * HOUR_MS)
        life.hours(48)
        assert not life.home.faults.active()
        return life.home.site.chronicle.fingerprint, life.home.site.chronicle.written

    assert lived() == lived()


# --- undone ----------------------------------------------------------------------------------------------------------


def state(home: Premises) -> Iterator[object]:
    """What faults lay hands on, of the whole premises."""
    for device in home.devices:
        yield device.name, sorted(device.faults)
        if device.node is not None:
            node = device.node
            yield (
                node.state,
                node.trust,
                dict(node.partners),
                None if node.install_code is None else hash(node.install_code),
            )
        if isinstance(device, ElectricityMeter | GasMeter):
            yield device.clock.adrift_ms, device.clock.status, device.prepayment.mode
            yield asdict(device.prepayment.settings), sorted(device.tampers.active), device.supply
        if isinstance(device, ElectricityMeter):
            yield device.measurement.frozen, len(device.measurement.misreadings), device.measured is device.consumer
            yield device.import_mpan, device.configuration.optical, device.load_switch.closed
        if isinstance(device, GasMeter):
            yield device.battery_days, device.conversion, device.mprn, device.volume.flow, device.volume.frozen
    yield dict(losses(home) or {}), list(home.mains.live), list(home.mains.offset_dv)
    yield dict(getattr(home.medium, "interference", {})), set(getattr(home.medium, "cut", ()))
    for module in home.wan:
        hub = module.hub
        yield module.service, module.signal_dbm, module.configuration, module.centre_up, hub.network.powered
        yield sorted(hub.device_log.entries), hub.power.fitted, hub.firmware.version
    centre = home.centre
    if centre is not None:
        yield sorted((one.device_id, one.status) for one in centre.inventory.assets.values())
        yield {name: asdict(one)["volumes"] for name, one in centre.anomalies.items()}, len(centre.access.sanctions)
        yield (
            centre.trouble.acknowledges,
            set(centre.trouble.astray),
            set(centre.trouble.unheard),
            dict(home.guard.anchors),
            dict(home.guard.counters),
        )
        yield dict(centre.lists.central), centre.register.enrolment, dict(centre.register.exclusions)


STAYING = {name for name, kind in fault_kinds().items() if kind.stays}


@pytest.mark.parametrize("name", ["dual-fuel-connected", "prepayment-flat", "stone-cottage", "smets1-enrolled"])
def test_what_leaves_nothing_behind_is_wholly_undone(name: str) -> None:
    life = Life(name)
    faults = life.home.faults
    tried = [(kind, device) for kind, device in life.places if kind not in STAYING]
    assert len(tried) > 10
    for kind, device in tried:
        before = list(state(life.home))
        faults.on(kind, device)
        faults.off(kind, device)
        assert list(state(life.home)) == before, (kind, device)


@pytest.mark.parametrize("name", ["dual-fuel-connected", "stone-cottage"])
def test_of_two_that_overlap_each_is_undone_by_itself(name: str) -> None:
    life = Life(name)
    faults = life.home.faults
    tried = [place for place in life.places if place[0] not in STAYING]
    before = list(state(life.home))
    for first, second in permutations(tried, 2):
        faults.on(*first)
        with suppress(FaultError):  # the first has taken what the second needs
            faults.on(*second)
        faults.off(*first)
        with suppress(FaultError):
            faults.off(*second)
        assert list(state(life.home)) == before, (first, second)
