"""A complaint about interference: other networks work on, and whoever fitted the HAN puts right what is not so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.emulation.airtime import AirtimeError
from hht.emulation.complaint import answer, first_hub, look
from hht.model.communications_hub import CommunicationsHub
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import DeviceKind
from hht.model.electricity_meter.readings import ReadEnergy
from hht.model.premises import Premises, load_premises
from hht.model.radio.house import Spot
from hht.model.radio.interference import wi_fi
from hht.model.radio.medium import RadioMedium


@pytest.fixture
def cottage() -> Premises:
    return load_premises("stone-cottage", clock=ManualClock(datetime(2026, 6, 17, 12, tzinfo=UTC)), days=8)


def radio(home: Premises) -> RadioMedium:
    assert isinstance(home.medium, RadioMedium)
    return home.medium


def hub(home: Premises) -> CommunicationsHub:
    return home.of(CommunicationsHub)[0]


def asked(home: Premises) -> object:
    """The HAN lives: a display reads the meter."""
    display = next(one for one in home.of(HomeDisplay) if one.kind is DeviceKind.IHD)
    return hub(home).network.ask(display, home.device(), ReadEnergy())


def with_wi_fi(home: Premises, *numbers: int) -> None:
    """The household's own networks, beside the hub."""
    spot = radio(home).house.spots.get("hub-1") or Spot(0, 0)
    radio(home).sources += [wi_fi(number, f"Wi-Fi {number}", spot=spot) for number in numbers]


@pytest.mark.requirement("HAN-20")
def test_a_network_on_the_hans_own_channel_works_on_and_so_does_the_han(cottage: Premises) -> None:
    with_wi_fi(cottage, 1)
    found = answer(cottage, hub(cottage))
    (neighbour,) = found.before.neighbours
    assert neighbour.channel == dict(found.before.channels)["2400"] == 11, "the same air"
    assert 0 < neighbour.lost < 20, "the HAN is on it for some thousandths of the time"
    assert neighbour.acceptable
    assert (found.resolved, found.did, found.left) == (True, "", "")
    assert found.before.served == found.before.members > 0
    assert asked(cottage)


@pytest.mark.requirement("HAN-20")
def test_a_hub_that_never_falls_silent_disturbs_and_its_installer_exchanges_it_and_shows_that_all_is_well(
    cottage: Premises,
) -> None:
    with_wi_fi(cottage, 1, 6)
    cottage.faults.on("hub-never-silent", "hub-1")
    found = answer(cottage, hub(cottage))
    lost = {one.name: one for one in found.before.neighbours}
    assert not lost["Wi-Fi 1"].acceptable
    assert lost["Wi-Fi 1"].lost > 500
    assert lost["Wi-Fi 6"].acceptable, "on other frequencies"
    busy = {energy.channel: energy.busy for energy in found.before.scan}
    assert busy[11] > 500
    assert busy[26] == 0
    assert not found.resolved
    assert "exchange it" in found.left
    cottage.faults.off("hub-never-silent", "hub-1")
    again = answer(cottage, hub(cottage))
    assert again.resolved
    assert all(one.acceptable for one in again.behind.neighbours)
    assert asked(cottage)


@pytest.mark.requirement("HAN-20")
def test_a_han_that_takes_too_much_moves_to_a_free_channel_and_its_devices_with_it(
    cottage: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hht.emulation.complaint.acceptable_thousandths", lambda: 0)  # whoever wants none of it
    with_wi_fi(cottage, 1)
    slow = hub(cottage).network.quality("ihd-1").delay_ms
    found = answer(cottage, hub(cottage))
    before, behind = (dict(one.channels)["2400"] for one in (found.before, found.behind))
    assert before == 11
    assert behind not in (11, 12, 13, 14), "away from Wi-Fi 1"
    assert found.resolved
    assert [one.lost for one in found.behind.neighbours] == [0]
    assert "2400 MHz: " in found.did
    assert asked(cottage)
    assert hub(cottage).network.quality("ihd-1").delay_ms <= slow
    happened = [one.what for one in cottage.site.chronicle if one.where == "hub-1"]
    assert "answered a complaint about interference" in happened


def test_a_wire_and_a_bench_are_in_nobodys_way() -> None:
    bench = load_premises("dual-fuel", clock=ManualClock(datetime(2026, 6, 17, 12, tzinfo=UTC)), days=8)
    with pytest.raises(AirtimeError, match="in anybody's way"):
        look(bench, hub(bench))
    with pytest.raises(AirtimeError, match="in anybody's way"):
        first_hub(load_premises("single-element", clock=ManualClock(datetime(2026, 6, 17, tzinfo=UTC)), days=1))
