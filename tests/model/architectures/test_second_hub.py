"""A second communications hub just for the gas meter (ALT-15): two HANs, each with a way of its own to the centre."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.communications_hub import CommunicationsHub
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.valve import ReadValve
from hht.model.plan_file import PremisesError
from hht.model.premises import Premises, load_premises
from hht.model.premises_plan import parse_premises
from hht.model.training.house_plan import Grade, links
from hht.model.wan.desk import Desk
from hht.model.wan.requests import Outcome
from hht.resources import resource_text

NOON = datetime(2026, 11, 18, 12, 7, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return load_premises("second-hub", clock=clock, days=2)


@pytest.mark.requirement("ALT-15")
def test_gas_is_heard_by_its_own_hub_alone(home: Premises) -> None:
    first, second = home.of(CommunicationsHub)
    gas = home.of(GasMeter)[0]
    assert not first.network.hears("gsme-1")
    assert second.network.hears("gsme-1")
    assert gas.identity.device_id in second.device_log
    assert gas.identity.device_id not in first.device_log
    assert first.gpf.age_s is None
    age_s = second.gpf.age_s
    assert age_s is not None
    assert age_s < 1800
    shown = {link.device: link for link in links(home) if not link.wan}
    assert (shown["gsme-1"].hub, shown["esme-1"].hub) == ("hub-2", "hub-1")
    assert shown["gsme-1"].grade is not Grade.LOST


@pytest.mark.requirement("ALT-15")
def test_a_display_on_the_first_shows_no_gas(home: Premises) -> None:
    collected = home.of(HomeDisplay)[0].collect()
    assert collected.gas is None
    assert len(collected.electricity) == 1
    assert len(collected.missing) == 1


@pytest.mark.requirement("ALT-15")
def test_the_supplier_reaches_the_gas_meter_through_the_second(home: Premises, clock: ManualClock) -> None:
    centre = home.centre
    assert centre is not None
    supplier = next(user.party for user in centre.configuration.users if user.party.role == "GS")
    sent = Desk(centre, supplier).send("gsme-1", ReadValve())
    clock.advance(3600)
    home.site.catch_up()
    assert sent.outcome is Outcome.ANSWERED


def test_a_hub_that_is_none_is_an_error_in_its_line() -> None:
    text = resource_text("premises", "second-hub.toml").replace('hub = "hub-2"', 'hub = "esme-1"')
    with pytest.raises(PremisesError, match="esme-1") as error:
        parse_premises(text, name="x", file="x.toml")
    at = error.value.details["line"]
    assert isinstance(at, int)
    assert text.splitlines()[at - 1] == 'hub = "esme-1"'


def test_a_consumers_network_has_a_device_id_of_its_own() -> None:
    text = resource_text("premises", "gas-apart.toml").replace("9B-AF", "9B-A0")
    with pytest.raises(PremisesError, match="already") as error:
        parse_premises(text, name="x", file="x.toml")
    at = error.value.details["line"]
    assert isinstance(at, int)
    assert text.splitlines()[at - 1].startswith("consumer_id")
