"""Who may switch the supply off and on, under three sets of rules; and the load limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.commands import DONE
from hht.model.consumer import ApplianceShape
from hht.model.electricity_meter import ElectricityMeter, SupplyState
from hht.model.electricity_meter.load_limit import (
    LoadLimitSettings,
    ReadLoadLimit,
    ResetLoadLimitCounter,
    SetLoadLimit,
)
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply, EnableSupply, NotYetEnabled, SupplyRules
from hht.model.parties import Party, UserRole
from hht.model.premises import read_premises
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.wan.requests import translated
from tests.standalone import standalone_meter

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
DISTRIBUTOR = Party("Example Networks", UserRole.ELECTRICITY_DISTRIBUTOR)
MeterBy = Callable[[SupplyRules], ElectricityMeter]
LIMIT = LoadLimitSettings(threshold_w=2000, period_s=300, restoration_s=30)


@pytest.fixture
def meter_by(clock: ManualClock) -> MeterBy:
    configuration = read_premises("next-door").electricity_meters[0]
    return lambda rules: standalone_meter(replace(configuration, supply_rules=rules), clock)


def codes(meter: ElectricityMeter) -> list[int]:
    return [record.code for record in meter.event_log]


@pytest.mark.requirement("DNO-18")
def test_by_gbcs_the_supplier_disables_arms_and_enables(meter_by: MeterBy) -> None:
    meter = meter_by(SupplyRules.GBCS)
    meter.execute(DisableSupply(), SUPPLIER)
    assert (meter.supply, meter.load_switch.closed) == (SupplyState.DISABLED, False)
    with pytest.raises(DeviceRefusal):
        meter.display.press("enable")
    meter.execute(ArmSupply(), SUPPLIER)
    meter.display.press("enable")
    assert (meter.supply, meter.load_switch.closed) == (SupplyState.ENABLED, True)
    meter.execute(DisableSupply(), SUPPLIER)
    meter.execute(EnableSupply(), SUPPLIER)  # ECS42 closes the switch
    assert meter.load_switch.closed


@pytest.mark.parametrize("command", [EnableSupply(), DisableSupply("tampering"), ArmSupply()])
def test_by_gbcs_the_network_operator_is_refused(meter_by: MeterBy, command: EnableSupply) -> None:
    meter = meter_by(SupplyRules.GBCS)
    with pytest.raises(DeviceRefusal) as refused:
        meter.execute(command, DISTRIBUTOR)
    assert refused.value.reason is Reason.ACCESS_DENIED
    assert list(meter.security_log)[-1].code == AlertCode.SOURCE_LACKS_AUTHORITY == 0x8F30
    assert meter.load_switch.closed


@pytest.mark.requirement("DNO-24", "DNO-25")
def test_where_presence_is_required_only_a_person_closes_the_switch(meter_by: MeterBy) -> None:
    meter = meter_by(SupplyRules.PRESENCE_REQUIRED)
    meter.execute(DisableSupply(), SUPPLIER)
    meter.execute(EnableSupply(), SUPPLIER)
    assert (meter.supply, meter.load_switch.closed) == (SupplyState.ARMED, False)
    meter.display.press("enable")
    assert meter.load_switch.closed


@pytest.mark.requirement("DNO-25")
def test_where_presence_is_required_no_command_moves_a_contact_that_stuck_open(meter_by: MeterBy) -> None:
    meter = meter_by(SupplyRules.PRESENCE_REQUIRED)
    meter.execute(DisableSupply(), SUPPLIER)
    meter.execute(ArmSupply(), SUPPLIER)
    meter.faults.add("stuck-contactor")
    meter.display.press("enable")
    meter.faults.discard("stuck-contactor")
    meter.execute(EnableSupply(), SUPPLIER)
    assert (meter.supply, meter.load_switch.closed) == (SupplyState.ENABLED, False)
    for command in (DisableSupply(), ArmSupply()):
        meter.execute(command, SUPPLIER)
    meter.display.press("enable")
    assert meter.load_switch.closed


@pytest.mark.requirement("DNO-19", "DNO-20")
def test_with_several_parties_each_lifts_its_own_disablement_only(meter_by: MeterBy) -> None:
    meter = meter_by(SupplyRules.MULTI_PARTY)
    meter.execute(DisableSupply(), SUPPLIER)  # for non-payment
    meter.execute(DisableSupply("tampering"), DISTRIBUTOR)
    with pytest.raises(DeviceRefusal, match="Example Energy"):
        meter.execute(ArmSupply(), DISTRIBUTOR)
    answer = meter.execute(EnableSupply(), DISTRIBUTOR)
    assert answer == NotYetEnabled(kept_off_by=("Example Energy (IS)",))
    assert translated(answer) == {"kept_off_by": ["Example Energy (IS)"], "armed_by": []}
    assert (list(meter.load_switch.holds), meter.load_switch.closed) == (["Example Energy (IS)"], False)
    with pytest.raises(DeviceRefusal, match="Example Energy"):  # it has nothing left to lift
        meter.execute(EnableSupply(), DISTRIBUTOR)
    assert meter.execute(EnableSupply(), SUPPLIER) is DONE
    assert meter.load_switch.closed


@pytest.mark.requirement("DNO-19")
def test_a_refused_arming_changes_nothing(meter_by: MeterBy) -> None:
    meter = meter_by(SupplyRules.MULTI_PARTY)
    meter.execute(DisableSupply(), SUPPLIER)
    meter.execute(DisableSupply("tampering"), DISTRIBUTOR)
    before = dict(meter.load_switch.holds)
    with pytest.raises(DeviceRefusal, match="Example Networks"):
        meter.execute(ArmSupply(), SUPPLIER)
    assert meter.load_switch.holds == before
    meter.execute(EnableSupply(), DISTRIBUTOR)
    assert (meter.supply, meter.load_switch.closed) == (SupplyState.DISABLED, False)
    meter.execute(ArmSupply(), SUPPLIER)
    assert meter.supply is SupplyState.ARMED


@pytest.mark.requirement("DNO-19")
def test_what_one_party_armed_no_other_enables_from_afar(meter_by: MeterBy) -> None:
    meter = meter_by(SupplyRules.MULTI_PARTY)
    meter.execute(DisableSupply(), SUPPLIER)
    meter.execute(ArmSupply(), SUPPLIER)
    with pytest.raises(DeviceRefusal, match="armed, and not enabled, by: IS"):
        meter.execute(EnableSupply(), DISTRIBUTOR)
    assert (meter.supply, meter.load_switch.closed) == (SupplyState.ARMED, False)
    meter.execute(DisableSupply("tampering"), DISTRIBUTOR)
    assert meter.execute(EnableSupply(), DISTRIBUTOR) == NotYetEnabled(armed_by=(UserRole.IMPORT_SUPPLIER,))
    assert (meter.supply, meter.load_switch.closed) == (SupplyState.ARMED, False)
    meter.display.press("enable")
    assert meter.load_switch.closed
    meter.execute(DisableSupply("tampering"), DISTRIBUTOR)
    assert meter.execute(EnableSupply(), DISTRIBUTOR) is DONE  # whose arming was used up by the person


@pytest.mark.requirement("DNO-19")
@pytest.mark.parametrize("state", [SupplyState.DISABLED, SupplyState.ARMED])
def test_a_meter_that_came_switched_off_is_its_suppliers_to_enable(clock: ManualClock, state: SupplyState) -> None:
    usual = read_premises("next-door").electricity_meters[0]
    meter = standalone_meter(replace(usual, supply_rules=SupplyRules.MULTI_PARTY, supply=state), clock)
    with pytest.raises(DeviceRefusal, match=r"its supplier|by: IS"):
        meter.execute(EnableSupply(), DISTRIBUTOR)
    assert meter.supply is state
    meter.execute(EnableSupply(), SUPPLIER)
    assert meter.load_switch.closed


@pytest.mark.requirement("DNO-19")
@pytest.mark.parametrize("command", [EnableSupply(), ArmSupply()])
def test_the_next_supplier_lifts_what_the_one_before_disabled(meter_by: MeterBy, command: EnableSupply) -> None:
    meter = meter_by(SupplyRules.MULTI_PARTY)
    meter.execute(DisableSupply(), SUPPLIER)
    meter.execute(command, Party("Other Energy", UserRole.IMPORT_SUPPLIER))
    assert (meter.load_switch.holds, meter.supply is SupplyState.DISABLED) == ({}, False)


@pytest.mark.requirement("DNO-19")
def test_what_the_meter_itself_does_its_supplier_lifts_and_no_network_operator(meter_by: MeterBy) -> None:
    meter = meter_by(SupplyRules.MULTI_PARTY)
    meter.load_switch.disable("tamper", "the cover came off")
    with pytest.raises(DeviceRefusal, match="tamper"):
        meter.execute(EnableSupply(), DISTRIBUTOR)
    meter.execute(EnableSupply(), SUPPLIER)
    assert meter.load_switch.closed


@pytest.mark.requirement("DNO-19")
def test_credit_that_comes_back_does_not_close_what_another_party_armed(meter_by: MeterBy) -> None:
    meter = meter_by(SupplyRules.MULTI_PARTY)
    meter.execute(DisableSupply("tampering"), DISTRIBUTOR)
    meter.execute(ArmSupply(), DISTRIBUTOR)
    meter.load_switch.disable("credit", "none left")
    meter.load_switch.release("credit", "topped up", by_itself=True)
    assert (meter.supply, meter.load_switch.closed) == (SupplyState.ARMED, False)


@pytest.mark.requirement("DNO-19")
@pytest.mark.parametrize("by_itself", [True, False])
def test_what_the_meter_leaves_to_a_person_no_other_party_closes_from_afar(meter_by: MeterBy, by_itself: bool) -> None:
    meter = meter_by(SupplyRules.MULTI_PARTY)
    meter.load_switch.disable("credit", "none left")
    meter.execute(DisableSupply("tampering"), DISTRIBUTOR)
    meter.load_switch.release("credit", "topped up", by_itself=by_itself)
    answer = meter.execute(EnableSupply(), DISTRIBUTOR)
    assert answer == (DONE if by_itself else NotYetEnabled(armed_by=(UserRole.IMPORT_SUPPLIER,)))
    assert meter.load_switch.closed is by_itself
    if not by_itself:
        meter.display.press("enable")
        assert meter.load_switch.closed


def test_a_network_operator_needs_a_reason(meter_by: MeterBy) -> None:
    with pytest.raises(DeviceRefusal, match="reason"):
        meter_by(SupplyRules.MULTI_PARTY).execute(DisableSupply(), DISTRIBUTOR)


def overload(meter: ElectricityMeter) -> None:
    meter.execute(SetLoadLimit(LIMIT), SUPPLIER)
    meter.consumer.plug(ApplianceShape("sauna", 9000))


def test_a_load_limit_switches_off_and_back_on(meter_by: MeterBy, clock: ManualClock) -> None:
    meter = meter_by(SupplyRules.GBCS)
    overload(meter)
    clock.advance(299.999)
    meter.catch_up()
    assert meter.load_switch.closed
    clock.advance(0.001)
    meter.catch_up()
    assert not meter.load_switch.closed
    assert codes(meter)[-2:] == [AlertCode.LOAD_LIMIT_EXCEEDED, AlertCode.SUPPLY_DISABLED_BY_LOAD_LIMIT]
    meter.consumer.use("sauna", False)
    clock.advance(30)
    meter.catch_up()
    assert meter.load_switch.closed
    assert codes(meter)[-1] == AlertCode.SUPPLY_RESTORED_AFTER_LOAD_LIMIT
    state = meter.execute(ReadLoadLimit(), SUPPLIER)
    assert (state.count, state.limiting) == (1, False)  # type: ignore[attr-defined]
    meter.execute(ResetLoadLimitCounter(), SUPPLIER)
    assert meter.load_limit.count == 0


def test_an_older_restoration_does_not_end_a_later_limiting(meter_by: MeterBy, clock: ManualClock) -> None:
    meter = meter_by(SupplyRules.GBCS)
    overload(meter)
    meter.execute(SetLoadLimit(replace(LIMIT, period_s=10, restoration_s=3600)), SUPPLIER)
    clock.advance(10)  # off until 3610
    meter.catch_up()
    clock.advance(10)
    meter.execute(EnableSupply(), SUPPLIER)
    clock.advance(10)  # off again, until 3630
    meter.catch_up()
    assert (meter.load_limit.count, meter.load_switch.closed) == (2, False)
    clock.advance(3585)
    meter.catch_up()
    assert not meter.load_switch.closed
    clock.advance(15)
    meter.catch_up()
    assert meter.load_switch.closed


def test_a_contact_that_is_free_again_moves_at_the_next_command(meter_by: MeterBy) -> None:
    meter = meter_by(SupplyRules.GBCS)
    meter.faults.add("stuck-contactor")
    meter.execute(DisableSupply(), SUPPLIER)
    assert (meter.supply, meter.load_switch.closed) == (SupplyState.DISABLED, True)
    meter.execute(DisableSupply(), SUPPLIER)
    assert codes(meter).count(AlertCode.SUPPLY_DISCONNECT_FAILED) == 2  # each try that fails is told
    meter.faults.discard("stuck-contactor")
    meter.execute(DisableSupply(), SUPPLIER)
    assert (meter.supply, meter.load_switch.closed) == (SupplyState.DISABLED, False)
    meter.faults.add("stuck-contactor")
    meter.execute(EnableSupply(), SUPPLIER)
    meter.faults.discard("stuck-contactor")
    meter.execute(ArmSupply(), SUPPLIER)  # an enabled supply needs none: nothing moves
    assert not meter.load_switch.closed
    meter.execute(EnableSupply(), SUPPLIER)
    assert meter.load_switch.closed


def test_a_short_peak_does_nothing(meter_by: MeterBy, clock: ManualClock) -> None:
    meter = meter_by(SupplyRules.GBCS)
    overload(meter)
    clock.advance(200)
    meter.consumer.use("sauna", False)
    clock.advance(600)
    meter.catch_up()
    assert meter.load_switch.closed
    assert meter.load_limit.count == 0


def test_where_presence_is_required_the_load_limit_only_arms(meter_by: MeterBy, clock: ManualClock) -> None:
    meter = meter_by(SupplyRules.PRESENCE_REQUIRED)
    overload(meter)
    clock.advance(400)
    meter.catch_up()
    assert meter.supply is SupplyState.ARMED
    assert not meter.load_switch.closed


def test_a_limit_that_only_tells(meter_by: MeterBy, clock: ManualClock) -> None:
    meter = meter_by(SupplyRules.GBCS)
    overload(meter)
    meter.execute(SetLoadLimit(replace(LIMIT, disables=False)), SUPPLIER)
    clock.advance(300)
    meter.catch_up()
    assert meter.load_switch.closed
    assert codes(meter)[-1] == AlertCode.LOAD_LIMIT_EXCEEDED


def test_one_time_above_the_limit_is_counted_once_however_the_power_changes(
    meter_by: MeterBy, clock: ManualClock
) -> None:
    meter = meter_by(SupplyRules.GBCS)
    meter.consumer.plug(ApplianceShape("fan", 100))
    overload(meter)
    meter.execute(SetLoadLimit(replace(LIMIT, disables=False)), SUPPLIER)
    for minute in range(40):
        meter.consumer.use("fan", minute % 2 == 0)
        clock.advance(60)
    assert (meter.load_limit.count, codes(meter).count(AlertCode.LOAD_LIMIT_EXCEEDED)) == (1, 1)
    meter.consumer.use("sauna", False)
    meter.consumer.use("sauna", True)
    clock.advance(300)
    meter.catch_up()
    assert meter.load_limit.count == 2


def test_a_limit_is_tried_again_where_the_contact_stuck(meter_by: MeterBy, clock: ManualClock) -> None:
    meter = meter_by(SupplyRules.GBCS)
    meter.faults.add("stuck-contactor")
    overload(meter)
    clock.advance(300 + 30 + 300)
    meter.catch_up()
    assert meter.load_limit.count == 2


@pytest.mark.parametrize(
    "wrong", [{"threshold_w": -1}, {"threshold_w": 100_001}, {"period_s": 0}, {"restoration_s": 0}]
)
def test_an_impossible_limit_is_refused_whole(meter_by: MeterBy, wrong: dict[str, int]) -> None:
    meter = meter_by(SupplyRules.GBCS)
    with pytest.raises(DeviceRefusal):
        meter.execute(SetLoadLimit(replace(LIMIT, **wrong)), SUPPLIER)  # type: ignore[arg-type]
    assert meter.load_limit.settings == LoadLimitSettings()
