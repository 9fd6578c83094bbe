"""What would be otherwise in a premises, had smart metering been built in a way that was not taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.alternatives import FACTS, alternatives, contrasts
from hht.model.electricity_meter import SupplyState
from hht.model.electricity_meter.supply import DisableSupply
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.valve import CloseValve, ReadValve
from hht.model.parties import Party, UserRole
from hht.model.premises import bring_to_life, load_premises
from hht.model.premises_plan import parse_premises
from hht.resources import resource_text
from tests.requirements.catalogue import catalogue

Told = Callable[[str], dict[str, str]]
PARTIES = "Example Energy (IS), Example Gas (GS), Example Networks (ED), Example Pipes (GT)"


@pytest.fixture(scope="module")
def told() -> Told:
    """Row to what it would change in a premises, its changes in one text."""
    kept: dict[str, dict[str, str]] = {}

    def of(name: str) -> dict[str, str]:
        if name not in kept:
            clock = ManualClock(datetime(2026, 6, 17, 12, tzinfo=UTC))
            ways = contrasts(load_premises(name, clock=clock, days=1))
            kept[name] = {way.row: "; ".join(way.changes) for way in ways}
        return kept[name]

    return of


@pytest.mark.requirement("ALT-01")
def test_knx_needs_installers_who_are_certified_for_it_wherever_something_is_joined(told: Told) -> None:
    assert "KNX-certified, for each of: esme-1, gsme-1, ppmid-1" in told("wired-port-hub")["ALT-01"]
    assert told("single-element")["ALT-01"] == "", "no HAN here"


@pytest.mark.requirement("ALT-02")
def test_m_bus_lacks_prepayment_complex_tariffs_and_13_months(told: Told) -> None:
    prepaid = told("wired-port-hub")["ALT-02"]
    assert "would lose prepayment, which M-Bus does not have: esme-1" in prepaid
    assert "would lose the 13 months that they keep: esme-1" in prepaid
    assert "complex tariffs" not in prepaid, "it has one price"
    assert "complex tariffs (several prices): esme-1" in told("load-control")["ALT-02"]
    assert "prepayment" not in told("load-control")["ALT-02"]
    short = resource_text("premises", "single-element.toml").replace('kind = "electricity-meter"', TWELVE)
    clock = ManualClock(datetime(2026, 6, 17, 12, tzinfo=UTC))
    home = bring_to_life(parse_premises(short, name="short", file="short.toml"), clock=clock, days=1)
    assert next(way.changes for way in contrasts(home) if way.row == "ALT-02") == ()


TWELVE = 'kind = "electricity-meter"\nprofile_months = 12'


@pytest.mark.requirement("ALT-03", "ALT-04", "ALT-08", "ALT-23")
def test_dlms_alone_suits_no_battery_and_sep_alone_changes_the_electricity_meter(told: Told) -> None:
    home = told("wired-port-hub")
    assert "more than its battery suits, as DLMS/COSEM is not frugal: gsme-1" in home["ALT-03"]
    assert home["ALT-04"].endswith("ZigBee Smart Energy in place of DLMS/COSEM: esme-1")
    assert home["ALT-08"].endswith("translates for gsme-1")
    assert "power line in place of radio: ppmid-1" in home["ALT-23"], "the meter is wired to its hub"
    assert "short radio hop: gsme-1" in home["ALT-23"]
    without_gas = told("modular-meter")
    assert "battery" not in without_gas["ALT-03"]
    assert without_gas["ALT-08"] == ""
    assert "radio hop" not in without_gas["ALT-23"]


@pytest.mark.requirement("ALT-09", "ALT-10", "ALT-33", "SEC-02")
def test_who_translates_who_holds_keys_and_who_is_certified(told: Told) -> None:
    home = told("wired-port-hub")
    assert home["ALT-09"].startswith("would open what parties send and translate it")
    assert home["ALT-09"].endswith(": hub-1")
    assert home["ALT-10"].endswith(f"have the DCC translate it for each device: {PARTIES}")
    assert home["ALT-33"] == f"would hold no private key of its own, the DCC would hold it: {PARTIES}"
    assert home["SEC-02"].startswith("would be certified by its own risk")
    assert home["SEC-02"].endswith(PARTIES)
    assert told("single-element")["ALT-10"] == told("single-element")["ALT-33"] == "", "no centre here"


@pytest.mark.requirement("ALT-27", "ALT-28", "ALT-31", "ALT-32", "SEC-06")
def test_hubs_of_other_makes_and_who_confirms_what_makers_say(told: Told) -> None:
    apart, inside = told("wired-port-hub"), told("modular-meter")
    assert "a: and is joined anew to the next one: esme-1, gsme-1, ppmid-1" in apart["ALT-27"]
    assert "b: only the transceiver is exchanged, and every join stays: hub-1" in apart["ALT-27"]
    assert apart["ALT-28"].endswith("under licence: Port Hubs")
    assert "would be part of the electricity meter" in apart["ALT-31"]
    assert "only its WAN part would be changed: hub-1" in inside["ALT-31"]
    assert inside["ALT-32"].endswith("nobody else to confirm it: HHT Training, Port Hubs, Other Maker")
    assert inside["SEC-06"].endswith(
        "testing all of them together again: esme-1 0002012F, hub-1 00030105, ihd-1 00000021"
    )


@pytest.mark.requirement("PPM-18")
def test_every_meter_that_has_a_switch_or_valve_is_named_and_the_interface_that_costs_as_much_as_one(
    told: Told,
) -> None:
    credit = told("dual-fuel")["PPM-18"]
    assert "carries a switch or valve, whether or not anybody prepays by it: esme-1, gsme-1" in credit
    assert "for a customer who pays by credit: esme-1, gsme-1" in credit
    assert "costs about as much as one of the meters, by the objection: ppmid-1" in credit
    clock = ManualClock(datetime(2026, 6, 17, 12, tzinfo=UTC))
    home = load_premises("dual-fuel", clock=clock, days=1)
    meter, gas = home.device(), home.of(GasMeter)[0]
    meter.execute(DisableSupply(), Party("Example Energy", UserRole.IMPORT_SUPPLIER))
    gas.execute(CloseValve(), Party("Example Gas", UserRole.GAS_SUPPLIER))
    assert not meter.load_switch.feeds
    assert gas.execute(ReadValve(), Party("Example Gas", UserRole.GAS_SUPPLIER)) is SupplyState.DISABLED
    prepaid = told("prepayment-home")["PPM-18"]
    assert "switch or valve" in prepaid
    assert "pays by credit" not in prepaid
    behind_transformers = told("current-transformers")["PPM-18"]
    assert "esme-1" not in behind_transformers, "one behind current transformers has none, whatever the objection says"


def test_every_way_is_a_row_and_every_fact_is_one_that_is_looked_for() -> None:
    assert {way.row for way in alternatives()} <= set(catalogue())
    used = {fact for way in alternatives() for fact, _text in way.changes}
    assert used == set(FACTS)
    assert all("{names}" in text for way in alternatives() for _fact, text in way.changes)
