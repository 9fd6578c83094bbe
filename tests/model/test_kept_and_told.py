"""What meters keep and tell, held against single rows of the requirements: exactness, bounds, options, audiences."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.alert_routes import LogName
from hht.model.communications_hub import CommunicationsHub
from hht.model.consumer import ApplianceShape
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.load_control import ReadSwitches, ReadSwitchTimes, SetSwitch
from hht.model.electricity_meter.load_limit import LoadLimitSettings
from hht.model.electricity_meter.outages import Outage
from hht.model.electricity_meter.short_profile import ReadExportProfile, ReadReactiveImportProfile
from hht.model.electricity_meter.supply import DisableSupply
from hht.model.electricity_meter.voltage import ReadVoltage, VoltageSettings, VoltageState
from hht.model.features.calendar import every_day
from hht.model.features.logs_read import ReadEventLog, ReadPowerEventLog
from hht.model.features.profile_read import ReadGasProfile, ReadImportProfile
from hht.model.features.stores import ReadMonths
from hht.model.features.tariff import ReadTariff, ReadTouRegisters, SetPrice, SetTariff
from hht.model.features.tariff_plan import TariffPlan
from hht.model.features.tenancy import ChangeTenancy
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.network_log import ReadNetworkLog, StartNetworkLog
from hht.model.gas_meter.volume import Conversion
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises, bring_to_life, load_premises, read_premises
from hht.model.premises_plan import parse_premises
from hht.model.refusal import DeviceRefusal
from hht.resources import resource_path
from tests.standalone import standalone_meter

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
GAS_SUPPLIER = Party("Example Gas", UserRole.GAS_SUPPLIER)
NETWORK = Party("Example Networks", UserRole.ELECTRICITY_DISTRIBUTOR)
OTHER = Party("Example Advice", UserRole.OTHER_USER)
START = datetime(2026, 11, 21, 10, tzinfo=UTC)
DAY_S = 86_400
CAD = """
[[device]]
id = "cad-1"
kind = "consumer-access-device"
device_id = "00-DB-12-34-56-78-90-A8"
manufacturer = "Third Maker"
model = "STICK-1"
firmware = "00000007"
[device.han]
install_code = "00112233445566778899AABBCCDDEE03"
joined = true
"""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


def bare_meter(clock: ManualClock, **changes: object) -> ElectricityMeter:
    """A meter behind which nothing draws, on a street that does not fail."""
    configuration = read_premises("next-door").electricity_meters[0]
    household = replace(configuration.household, annual_wh=0, base_load_w=0, solar_peak_w=0)
    return standalone_meter(replace(configuration, household=household, **changes), clock)  # type: ignore[arg-type]


# --- arithmetic ----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("FUN-13")
def test_a_hundred_watt_bulb_uses_2_4_kwh_in_a_day(clock: ManualClock) -> None:
    meter = bare_meter(clock)
    before = meter.registers()[0]
    meter.consumer.plug(ApplianceShape("bulb", 100))
    clock.advance(DAY_S)
    assert meter.registers()[0] - before == 2_400


@pytest.mark.requirement("FUN-13")
def test_a_kilowatt_hour_is_3_6_megajoules() -> None:
    # one cubic metre of 36.0 MJ at a factor of one is ten kilowatt-hours, to the milliwatt-second
    assert Conversion(360, 100_000).energy_mws(1_000 * 1_000_000_000) == 10 * 1_000 * 3_600_000 == 36_000_000_000


# --- tariffs -------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("FUN-12")
def test_a_tariff_changes_by_its_calendar_or_by_what_is_sent(clock: ManualClock) -> None:
    meter = bare_meter(clock)
    static = TariffPlan("Evenings", every_day(((0, 1), (16 * 3600, 2))), ((10_000,), (40_000,)), 0)
    meter.execute(SetTariff(static), SUPPLIER)
    meter.consumer.plug(ApplianceShape("heater", 2_000))
    cost = meter.tariff.cost
    clock.advance(8 * 3600)  # 10:00 to 18:00: six hours at 10 p, two at 40 p
    assert meter.tariff.cost - cost == 12 * 10_000 + 4 * 40_000
    expected = meter.tariff.cost
    for pence in (12, 55, 3):  # dynamic: another price each half-hour
        meter.execute(SetPrice(((pence * 1000,), (pence * 1000,)), 0), SUPPLIER)
        clock.advance(1800)
        expected += pence * 1000
    assert meter.tariff.cost == expected


# --- bounds --------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("IDT-02")
def test_a_log_is_bounded_and_says_how_much_it_has_lost(clock: ManualClock) -> None:
    meter = bare_meter(clock)
    written = meter.event_log.written
    for number in range(250):
        meter.alert(AlertCode.LOAD_LIMIT_EXCEEDED, f"{number} " + "x" * 100)
    read = meter.execute(ReadEventLog(), SUPPLIER)
    assert isinstance(read, tuple)
    assert len(read) == meter.event_log.capacity == 100
    assert [record.information.split()[0] for record in read] == [str(number) for number in range(150, 250)]
    assert max(len(record.information) for record in read) == 40
    assert meter.event_log.written - len(read) == written + 150


@pytest.mark.requirement("IDT-08")
def test_fast_samples_are_taken_only_when_asked_for_and_end_by_themselves(clock: ManualClock) -> None:
    gas = load_premises("dual-fuel", clock=clock, days=1).of(GasMeter)[0]
    assert gas.execute(ReadNetworkLog(), GAS_SUPPLIER) == ()
    gas.execute(StartNetworkLog(), OTHER)
    clock.advance(DAY_S)
    gas.site.catch_up()
    samples = gas.execute(ReadNetworkLog(), GAS_SUPPLIER)
    assert isinstance(samples, tuple)
    assert len(samples) == 40
    assert {late - early for (early, _), (late, _) in pairwise(samples)} == {360}


# --- options of the network operator -------------------------------------------------------------------------------


@pytest.mark.requirement("DNO-17")
@pytest.mark.parametrize(("every", "told"), [(0, 0), (2, 2)])
def test_a_counter_tells_only_where_the_option_is_on(clock: ManualClock, every: int, told: int) -> None:
    assert VoltageSettings().counter_alerts == 0
    meter = bare_meter(clock, voltage=VoltageSettings(counter_alerts=every))
    for _excursion in range(5):
        meter.mains.shift_voltage(200)
        clock.advance(60)
        meter.catch_up()
        meter.mains.shift_voltage(0)
        clock.advance(60)
        meter.catch_up()
    state = meter.execute(ReadVoltage(), NETWORK)
    assert isinstance(state, VoltageState)
    assert state.counts["swell"] == (5,)
    assert sum(happening.what.startswith("swell counted") for happening in meter.site.chronicle) == told


@pytest.mark.requirement("DNO-29")
def test_one_load_is_shed_and_the_house_stays_on() -> None:
    night = ManualClock(START.replace(hour=2))
    meter = load_premises("storage-heaters", clock=night, days=1).device()
    meter.execute(SetSwitch(1, True, 60), SUPPLIER)
    meter.catch_up()
    heated = meter.measurement.power_w[0]
    meter.execute(SetSwitch(1, False, 60), SUPPLIER)
    meter.catch_up()
    assert heated - meter.measurement.power_w[0] == 7_200
    assert meter.measurement.power_w[0] > 0
    assert meter.load_switch.closed
    with pytest.raises(DeviceRefusal, match="may not"):
        meter.execute(DisableSupply(), NETWORK)


@pytest.mark.requirement("ALC-14")
def test_an_access_device_reads_when_switches_switch(clock: ManualClock) -> None:
    text = resource_path("premises", "storage-heaters.toml").read_text(encoding="utf-8") + CAD
    home = bring_to_life(parse_premises(text, name="x", file="x.toml"), clock=clock, days=1)
    meter, cad = home.device(), home.find("cad-1")
    assert cad.node is not None
    assert cad.node.network is not None
    told = cad.node.network.ask(cad, meter, ReadSwitchTimes())
    assert told == meter.execute(ReadSwitches(), SUPPLIER)
    assert isinstance(told, tuple)
    assert all(state.next_ms > home.site.now_ms for state in told)
    assert {state.offset_s for state in told} == {meter.randomised_offset.offset_s}
    first = told[0]
    clock.advance((first.next_ms - home.site.now_ms) / 1000)
    meter.catch_up()
    assert meter.load_control.states()[0].closed != first.closed


# --- what parties and consumers can have ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long_home() -> Premises:
    return load_premises("dual-fuel", clock=ManualClock(START), days=396)


@pytest.mark.requirement("OLC-10")
def test_every_data_set_of_a_sec_party_is_there(long_home: Premises) -> None:
    meter, gas = long_home.device(), long_home.of(GasMeter)[0]
    meter.mains.shift_voltage(-400)
    long_home.site.clock.jump(60)
    meter.mains.shift_voltage(0)
    meter.mains.switch(False)
    long_home.site.clock.jump(300)
    meter.mains.switch(True)
    state = meter.execute(ReadVoltage(), NETWORK)
    assert isinstance(state, VoltageState)
    assert state.counts["sag"][0] >= 1
    assert meter.voltage.phases[0].profile.rows()
    outages = [record.code for record in meter.execute(ReadPowerEventLog(), NETWORK)]  # type: ignore[attr-defined]
    assert outages[-2:] == [AlertCode.SUPPLY_INTERRUPTED, AlertCode.SUPPLY_OUTAGE_RESTORED_LONG]
    assert AlertCode.VOLTAGE_SAG in outages
    months_13 = meter.execute(ReadImportProfile(), SUPPLIER)
    gas_13 = gas.execute(ReadGasProfile(), GAS_SUPPLIER)
    for rows, days in ((months_13, 396), (gas_13, 396)):
        assert isinstance(rows, tuple)
        assert rows[-1][0] - rows[0][0] >= (days - 1) * DAY_S
    for command, party in ((ReadExportProfile(), OTHER), (ReadReactiveImportProfile(), SUPPLIER)):
        rows = meter.execute(command, party)
        assert isinstance(rows, tuple)
        assert rows[-1][0] - rows[0][0] >= 92 * DAY_S
    gas.execute(StartNetworkLog(), OTHER)
    long_home.site.clock.jump(721)
    long_home.site.catch_up()
    assert len(gas.execute(ReadNetworkLog(), GAS_SUPPLIER)) == 2  # type: ignore[arg-type]
    assert isinstance(meter.execute(ReadTariff(), SUPPLIER), TariffPlan)
    assert meter.execute(ReadTouRegisters(), SUPPLIER)


@pytest.mark.requirement("PRV-09")
def test_what_is_recorded_stays_at_home_until_somebody_may_read_it(long_home: Premises) -> None:
    meter, hub = long_home.device(), long_home.of(CommunicationsHub)[0]
    assert len(meter.profile) == 19_008
    outages = (Outage, type(None))  # when supply was off is told; it says nothing of what was used
    told = [alert for alert in hub.outbox if not isinstance(alert.payload, outages) or "Wh" in alert.information]
    assert not told  # thirteen months, and nothing of what was used has left the premises
    with pytest.raises(DeviceRefusal, match="may not"):
        meter.execute(ReadTouRegisters(), OTHER)
    assert LogName.SECURITY in meter.logs
    assert list(meter.security_log)[-1].code == AlertCode.SOURCE_LACKS_AUTHORITY


@pytest.mark.requirement("DNO-28")
def test_a_load_limit_caps_the_rate_of_use_and_gives_back_by_itself(clock: ManualClock) -> None:
    limit = LoadLimitSettings(threshold_w=3_000, period_s=60, restoration_s=300, disables=True)
    meter = bare_meter(clock, load_limit=limit)
    meter.consumer.plug(ApplianceShape("heater", 2_900))
    clock.advance(3_600)
    meter.catch_up()
    assert meter.load_switch.closed  # below the cap nothing is cut
    meter.consumer.plug(ApplianceShape("kettle", 2_000))
    clock.advance(59)
    meter.catch_up()
    assert meter.load_switch.closed
    clock.advance(1)
    meter.catch_up()
    assert not meter.load_switch.closed
    meter.consumer.use("kettle", False)
    clock.advance(timedelta(seconds=301).total_seconds())
    meter.catch_up()
    assert meter.load_switch.closed


@pytest.mark.requirement("EED-04")
def test_three_years_by_the_month_are_there_or_those_since_moving_in(clock: ManualClock) -> None:
    home = load_premises("dual-fuel", clock=clock, days=1160)
    meter, hub, cad = home.device(), home.of(CommunicationsHub)[0], home.find("cad-1")
    assert cad.node is not None
    assert cad.node.network is not None
    for asked in (meter, hub.gpf):
        months = cad.node.network.ask(cad, asked, ReadMonths())
        assert isinstance(months, tuple)
        assert len(months) == 36
        begun = [datetime.fromtimestamp(time_s, UTC) for time_s, _wh in months]
        assert [(moment.day, moment.hour) for moment in begun] == [(1, 0)] * 36
        assert (begun[0].year, begun[0].month, begun[-1].month) == (2023, 11, 10)
        assert all(wh > 0 for _time_s, wh in months)
    kept = meter.stores.stores().months
    assert tuple(wh for _time_s, wh in reversed(meter.stores.months()))[: len(kept)] == kept
    meter.execute(ChangeTenancy(home.site.now_ms), SUPPLIER)
    assert meter.stores.months(since_ms=meter.tenancy.since_ms) == ()
    clock.advance(20 * DAY_S)
    ((since_s, used_wh),) = cad.node.network.ask(cad, meter, ReadMonths())  # type: ignore[misc]
    assert since_s == START.timestamp()
    assert 0 < used_wh < sum(wh for _time_s, wh in meter.stores.months()[-2:])
