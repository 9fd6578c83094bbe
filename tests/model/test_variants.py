"""Single element, twin element, polyphase: each phase and element has registers of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.alert_routes import LogName
from hht.model.consumer import ApplianceShape
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.variant import capabilities
from hht.model.plan_file import PremisesError
from hht.model.premises import bring_to_life, read_premises
from hht.model.premises_plan import parse_premises

MeterOf = Callable[..., ElectricityMeter]


@pytest.mark.parametrize(
    ("variant", "elements", "phases", "boost"), [("A", 1, 1, False), ("BD", 2, 1, False), ("CDE", 1, 3, True)]
)
def test_a_variant_says_what_the_meter_can_do(variant: str, elements: int, phases: int, boost: bool) -> None:
    able = capabilities(variant)
    assert (able.elements, able.phases, able.boost_button) == (elements, phases, boost)


@pytest.mark.parametrize("variant", ["", "D", "AB", "AE D", "a"])
def test_what_is_no_variant_is_refused(variant: str) -> None:
    with pytest.raises(ValueError, match="variant"):
        capabilities(variant)
    text = TEXT.replace('variant = "C"', f'variant = "{variant}"')
    with pytest.raises(PremisesError, match="variant"):
        parse_premises(text, name="x", file="x.toml")


def test_three_phases_share_the_household_as_the_file_says(meter_of: MeterOf) -> None:
    meter = meter_of("polyphase")
    meter.catch_up()
    first, second, third = (channel.import_mws for channel in meter.measurement.channels)
    first -= 91_204_006 * 3_600_000
    assert first >= 3 * 24 * 700 * 600 * 3_600  # at least the base load of three days
    assert second / first == pytest.approx(250 / 600, rel=0.01)
    assert third / first == pytest.approx(150 / 600, rel=0.01)


def test_a_phase_that_fails_stops_its_own_registers(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of("polyphase")
    meter.mains.switch(False, phase=1)
    assert [record.code for record in meter.logs[LogName.POWER_EVENT]][-1] == AlertCode.SUPPLY_INTERRUPTED_PHASE_2
    meter.catch_up()
    before = [channel.import_mws for channel in meter.measurement.channels]
    clock.advance(3600)
    meter.catch_up()
    grown = [now.import_mws > was for now, was in zip(meter.measurement.channels, before, strict=True)]
    assert grown == [True, False, True]
    assert meter.powered
    meter.mains.switch(True, phase=1)
    assert [record.code for record in meter.logs[LogName.POWER_EVENT]][
        -1
    ] == AlertCode.SUPPLY_OUTAGE_RESTORED_LONG_PHASE_2


def test_the_second_element_counts_its_own_circuit(clock: ManualClock) -> None:
    plan = parse_premises(TEXT.replace('variant = "C"', 'variant = "B"'), name="twin", file="twin.toml")
    meter = bring_to_life(plan, clock=clock, days=1).device()
    assert meter.measurement.channels[1].import_mws == 0
    meter.consumer.plug(ApplianceShape("heater", 2000, channel=1))
    clock.advance(3600)
    meter.catch_up()
    assert meter.measurement.channels[1].import_mws == 2000 * 3_600_000


def test_a_polyphase_meter_needs_three_phases() -> None:
    with pytest.raises(PremisesError, match="phases = 3"):
        parse_premises(TEXT, name="x", file="x.toml")
    assert read_premises("polyphase").phases == 3


TEXT = """
title = "t"
[[device]]
id = "esme-1"
kind = "electricity-meter"
device_id = "00-DB-12-34-56-78-96-A0"
maker = "HHT"
manufacturer = "HHT"
model = "T"
firmware = "0002012F"
variant = "C"
local_access = "installer"
"""
