"""What devices at home learn of switching times, what they pass on, and energy to the watt-second."""

from __future__ import annotations

import pytest

from hht.clock import ManualClock
from hht.model.consumer import ApplianceShape
from hht.model.consumer_devices.access_device import AccessDevice
from hht.model.consumer_devices.bridge import ConsumerBridge
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.load_control import ReadSwitchTimes, SwitchState
from hht.model.electricity_meter.registers import ReadImportRegisters, RegistersRead
from hht.model.features.tariff import ReadPrices, SetPrice, TariffShown
from hht.model.load_control_switch import LoadControlSwitch
from hht.model.parties import Party, UserRole
from hht.model.premises import bring_to_life, load_premises
from hht.model.premises_plan import parse_premises
from hht.model.site import to_ms
from hht.resources import resource_text
from tests.model.wan.homes import after, hub

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)


@pytest.mark.requirement("ALC-14")
def test_switching_times_and_offsets_are_read_over_the_han(clock: ManualClock) -> None:
    home = load_premises("storage-heaters", clock=clock, days=1)
    meter = home.device()
    states = hub(home).network.ask(home.of(LoadControlSwitch)[0], meter, ReadSwitchTimes())
    assert isinstance(states, tuple)
    assert len(states) == 3
    for state in states:
        assert isinstance(state, SwitchState)
        assert state.offset_s == meter.randomised_offset.offset_s > 0
        assert state.next_ms > home.site.now_ms
        assert state.next_ms // 1000 % 1800 == state.offset_s % 1800  # the notional half-hour, and the offset


TARIFF = '[device.tariff]\nprices_p = [30, 10]\nswitches = [["00:30", 2], ["07:30", 1]]\noffset = true\n\n'


@pytest.mark.requirement("ALC-15")
def test_devices_that_wait_for_the_cheap_rate_do_not_start_together(clock: ManualClock) -> None:
    text = resource_text("premises", "dual-fuel.toml").replace("[device.energy]", f"{TARIFF}[device.energy]", 1)
    text = text.replace('kind = "electricity-meter"', 'kind = "electricity-meter"\nrandomised_offset_limit_s = 1799')
    plan = parse_premises(text, name="home", file="home.toml")
    starts = []
    for seed in range(20):
        home = bring_to_life(plan, clock=ManualClock(clock.now()), days=1, seed=seed)
        shown = hub(home).network.ask(home.of(AccessDevice)[0], home.device(), ReadPrices())
        assert isinstance(shown, TariffShown)
        starts.append(shown.next_ms)  # when the dryer is set to start
    notional = min(starts) // 1_800_000 * 1_800_000
    assert all(0 <= start - notional < 1_800_000 for start in starts)
    assert len(set(starts)) > 15
    assert max(starts) - min(starts) > 900_000


@pytest.mark.requirement("CAD-18")
def test_a_device_with_internet_passes_readings_on_to_its_owners_service(clock: ManualClock) -> None:
    home = load_premises("consumer-bridge", clock=clock, days=1)
    bridge, meter = home.of(ConsumerBridge)[0], home.device()
    before = len(bridge.passed_on)
    bridge.upload()
    (reading,) = bridge.passed_on[before:]
    assert (reading.meter, reading.import_wh) == (meter.name, meter.registers()[0])
    bridge.network(False)
    bridge.upload()
    assert len(bridge.passed_on) == before + 1
    bridge.network(True)
    assert len(bridge.passed_on) == before + 2


@pytest.mark.requirement("FUN-08")
def test_a_measurement_device_at_a_microgenerator_is_asked_like_any_meter(clock: ManualClock) -> None:
    home = load_premises("solar-generation", clock=clock, days=2)
    generation = next(one for one in home.of(ElectricityMeter) if one.configuration.generation)
    delivery = hub(home).deliveries.deliver(generation.identity.device_id, ReadImportRegisters(), SUPPLIER)
    assert isinstance(delivery.answer, RegistersRead)
    assert delivery.answer.active_wh == generation.registers()[0]


@pytest.mark.requirement("FUN-13")
def test_a_bulb_of_100_w_uses_2_4_kwh_in_a_day_exactly(clock: ManualClock) -> None:
    text = resource_text("premises", "dual-fuel.toml")
    text = text.replace("[device.energy]", "[device.household]\nannual_wh = 0\nbase_load_w = 0\n\n[device.energy]", 1)
    text = text.replace("[[device]]", "[mains]\noutages = 0\n\n[[device]]", 1)
    home = bring_to_life(parse_premises(text, name="home", file="home.toml"), clock=clock, days=1)
    meter = home.device()
    meter.catch_up()
    before = meter.measurement.channels[0].import_mws
    meter.consumer.plug(ApplianceShape("bulb", 100))
    clock.advance(86_400)
    meter.catch_up()
    used = meter.measurement.channels[0].import_mws - before
    assert used == 2_400 * 3_600_000  # 2.4 kWh, in mW s
    assert used // 1000 == 8_640_000  # 8.64 MJ, in J: 1 kWh is 3.6 MJ


@pytest.mark.requirement("FUN-12")
def test_prices_by_the_time_of_day_are_fixed_ahead_or_changed_as_the_day_goes(clock: ManualClock) -> None:
    text = resource_text("premises", "dual-fuel.toml").replace("[device.energy]", f"{TARIFF}[device.energy]", 1)
    home = bring_to_life(parse_premises(text, name="home", file="home.toml"), clock=clock, days=1)
    meter = home.device()
    assert meter.tariff.shown.price == 30_000
    after(home, clock, (to_ms(home.site.now().replace(hour=23, minute=59)) - home.site.now_ms) / 1000 + 1900)
    assert meter.tariff.shown.price == 10_000  # static: by the calendar
    meter.execute(SetPrice(((30_000,), (45_000,)), 53_000), SUPPLIER)
    assert meter.tariff.shown.price == 45_000  # dynamic: told this minute
