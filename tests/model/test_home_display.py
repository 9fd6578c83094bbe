"""What an in-home display shows of both fuels, how old that is, and that its functions are free for a year."""

from __future__ import annotations

import pytest

from hht.clock import ManualClock
from hht.model.consumer import ApplianceShape
from hht.model.consumer_devices.displays import MONTH_MS, HomeDisplay
from hht.model.consumer_devices.pages import kwh, pounds
from hht.model.device import DeviceKind
from hht.model.electricity_meter.readings import SetPowerThresholds
from hht.model.features.tariff import SetTariff
from hht.model.features.tariff_plan import TariffPlan
from hht.model.gas_meter import GasMeter
from hht.model.parties import Party, UserRole
from hht.model.plan_file import PremisesError
from hht.model.premises import Premises, bring_to_life
from hht.model.premises_plan import parse_premises
from hht.resources import resource_text
from tests.model.wan.homes import after, hub

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
PREPAID = """
[device.prepayment]
mode = "prepayment"
balance_p = 150
payment_debt_p = 4000
payment_debt_percent = 25

[device.prepayment.time_debt_1]
amount_p = 3000
rate_p = 50
period = "daily"
"""


def home_of(clock: ManualClock, *, prepaid: bool = False, ihd: str = "", solar: int = 0, days: int = 40) -> Premises:
    text = resource_text("premises", "dual-fuel.toml").replace("[[device]]", "[mains]\noutages = 0\n\n[[device]]", 1)
    if prepaid:
        text = text.replace("[device.energy]", f"{PREPAID}\n[device.energy]").replace(
            "[device.gas]", f"{PREPAID}\n[device.gas]"
        )
    if solar:
        text = text.replace("[device.energy]", f"[device.household]\nsolar_peak_w = {solar}\n\n[device.energy]")
    text = text.replace('kind = "in-home-display"', f'kind = "in-home-display"\n{ihd}')
    return bring_to_life(parse_premises(text, name="home", file="home.toml"), clock=clock, days=days)


def display(home: Premises) -> HomeDisplay:
    return next(device for device in home.of(HomeDisplay) if device.kind is DeviceKind.IHD)


def pages(home: Premises) -> dict[str, tuple[str, ...]]:
    return {page.title: page.lines for page in display(home).pages()}


@pytest.mark.requirement("FUN-10")
def test_it_shows_use_now_and_before_in_kwh_and_pounds_an_ambient_signal_and_the_balance(clock: ManualClock) -> None:
    home = home_of(clock)
    meter, shown = home.device(), pages(home)
    power, tariff = meter.power_w(), meter.tariff.shown
    assert shown["Electricity now"] == (
        f"{power} W, green",
        f"{pounds(tariff.price * power // 1000)} an hour",
        "standard, 28.00 p/kWh",
        "Standing charge 53.00 p a day",
    )
    stores = display(home).collect().electricity[0].stores
    costs = stores.costs
    assert costs is not None
    expected = (
        ("Today", stores.today, costs.today),
        ("Yesterday", stores.days[0], costs.days[0]),
        ("This week", stores.week, costs.week),
        ("Last week", stores.weeks[0], costs.weeks[0]),
        ("This month", stores.month, costs.month),
        ("Last month", stores.months[0], costs.months[0]),
    )
    assert shown["Electricity used"][:6] == tuple(
        f"{name} {kwh(energy)}, {pounds(cost)}" for name, energy, cost in expected
    )
    assert all(energy > 0 and cost > 0 for _name, energy, cost in expected)
    assert shown["Account"] == (f"Balance {pounds(meter.prepayment.registers.meter_balance)}",)
    meter.execute(SetPowerThresholds(1, 2), SUPPLIER)
    after(home, clock, 10)
    assert pages(home)["Electricity now"][0].endswith("red")


def test_what_a_day_cost_is_its_energy_and_one_standing_charge_exactly(clock: ManualClock) -> None:
    home = home_of(clock, days=12)
    stores = home.device().stores.stores()
    costs = stores.costs
    assert costs is not None
    for energy_wh, cost in zip(stores.days, costs.days, strict=True):
        assert abs(cost - (energy_wh * 28 + 53_000)) <= 28  # registers show whole Wh, the account is exact
    assert costs.today == home.device().tariff.cost_today
    assert stores.weeks[0] > 0
    monday = home.site.now().weekday()  # days since Monday
    assert costs.week == costs.today + sum(costs.days[:monday])


def test_what_was_dearer_before_a_change_of_price_stays_so(clock: ManualClock) -> None:
    home = home_of(clock, days=3)
    before = home.device().stores.stores().costs
    home.device().execute(SetTariff(TariffPlan("cheap", None, ((1_000,),), 0)), SUPPLIER)
    after(home, clock, 86_400 * 2)
    costs = home.device().stores.stores().costs
    assert before is not None
    assert costs is not None
    assert costs.days[2] == before.days[0]
    assert costs.days[0] < costs.days[2]


@pytest.mark.requirement("OLC-02")
def test_customer_information_of_electricity(clock: ManualClock) -> None:
    home = home_of(clock, prepaid=True, solar=4000, days=20)
    meter, shown = home.device(), pages(home)
    imported, exported = meter.registers()
    assert shown["Electricity used"][-1] == f"{kwh(imported)} in all"
    assert shown["Electricity exported"][0].endswith(f"{kwh(exported)} in all")
    assert exported > 0
    assert shown["Electricity now"][2:] == ("standard, 28.00 p/kWh", "Standing charge 53.00 p a day")
    account = meter.prepayment.registers
    debt = display(home).collect().electricity[0].prepayment
    assert debt is not None
    lines = shown["Prepayment"]
    assert lines[0] == f"Balance {pounds(account.meter_balance)}"
    assert any(line.startswith(f"Debt {pounds(account.time_debts[0])}: £0.50 a day") for line in lines)
    assert f"Debt {pounds(account.payment_debt)}: 25.00 % of each top-up" in lines


@pytest.mark.requirement("OLC-03")
def test_customer_information_of_gas(clock: ManualClock) -> None:
    home = home_of(clock, prepaid=True, days=20)
    gas = home.of(GasMeter)[0]
    after(home, clock, (gas.next_wake_ms() - home.site.now_ms) / 1000 + 1)
    shown = pages(home)
    mirror = hub(home).gpf.read()
    assert shown["Gas"][0] == f"{kwh(mirror.energy_wh)} in all, 0 min old"
    assert shown["Gas"][-2:] == ("standard gas, 6.00 p/kWh", "Standing charge 29.00 p a day")
    account = hub(home).gpf.read_prepayment()
    assert shown["Gas prepayment"][0] == f"Balance {pounds(account.registers.meter_balance)}"
    assert any("of each top-up" in line for line in shown["Gas prepayment"])
    assert any("a day" in line for line in shown["Gas prepayment"])


@pytest.mark.requirement("PPM-09")
@pytest.mark.parametrize("prepaid", [True, False])
def test_on_prepayment_it_shows_the_credit_and_whether_emergency_credit_is_to_be_had(
    clock: ManualClock, prepaid: bool
) -> None:
    home = home_of(clock, prepaid=prepaid, ihd="account = false", days=1)
    shown = pages(home)
    assert ("Prepayment" in shown) is prepaid
    assert "Account" not in shown
    if not prepaid:
        return
    meter = home.device()
    meter.prepayment.settle()
    assert "Emergency credit: £10.00 available" in shown["Prepayment"]  # below £2.00
    display(home).site.catch_up()
    meter.prepayment.activate_emergency("somebody at home")
    after(home, clock, 10)
    left = pounds(meter.prepayment.registers.emergency_credit)
    assert f"Emergency credit: {left} left" in pages(home)["Prepayment"]


def test_it_is_as_fresh_as_its_refresh_time_says(clock: ManualClock) -> None:
    home = home_of(clock, ihd="refresh_s = 15", days=1)
    meter = home.device()
    before = pages(home)["Electricity now"]
    meter.consumer.plug(ApplianceShape("kettle", 3000))
    assert pages(home)["Electricity now"] == before
    after(home, clock, 14)
    assert pages(home)["Electricity now"] == before
    after(home, clock, 1)
    assert pages(home)["Electricity now"][0].startswith(f"{meter.power_w()} W")
    assert meter.power_w() > 3000


def test_gas_is_asked_for_each_half_hour_and_its_age_told(clock: ManualClock) -> None:
    home = home_of(clock, days=1)
    gas = home.of(GasMeter)[0]
    after(home, clock, (gas.next_wake_ms() - home.site.now_ms) / 1000 - 60)
    pages(home)
    after(home, clock, 120)  # the meter has told something new meanwhile
    told = display(home).looked_at()
    assert told.gas is not None
    assert told.gas_age_s == 30 * 60 + 60
    assert display(home).collect().gas_age_s == 60
    after(home, clock, 1800)
    assert display(home).looked_at().gas_age_s < 1800


@pytest.mark.requirement("FUN-03")
def test_the_han_gives_real_time_information_to_a_display_of_another_maker_and_links_others(
    clock: ManualClock,
) -> None:
    home = home_of(clock, days=1)
    ihd, meter = display(home), home.device()
    assert ihd.identity.manufacturer != meter.identity.manufacturer
    quiet = meter.power_w()
    pages(home)
    meter.consumer.plug(ApplianceShape("kettle", 3000))
    after(home, clock, 10)
    line = pages(home)["Electricity now"][0]
    assert int(line.split()[0]) >= quiet + 2000
    linked = {node.device.kind for node in hub(home).network.members.values()}
    assert {DeviceKind.CAD, DeviceKind.PPMID, DeviceKind.GSME} <= linked


@pytest.mark.requirement("OLC-05")
def test_for_twelve_months_from_installation_nothing_of_it_costs(clock: ManualClock) -> None:
    free = home_of(clock, days=380)
    paid = home_of(clock, ihd="paid_after = 12", days=1)
    whole = set(pages(free)["Electricity used"])
    after(paid, clock, (12 * MONTH_MS - 86_400_000) / 1000 - 86_400)
    assert len(pages(paid)["Electricity used"]) == len(whole) == 7  # the whole year
    after(paid, clock, 86_400 * 3)
    assert [line.split()[0] for line in pages(paid)["Electricity used"][:-1]] == ["Today"]
    with pytest.raises(PremisesError, match="first 12 months") as error:
        home_of(clock, ihd="paid_after = 11", days=1)
    assert "paid_after" in error.value.details["field"]


@pytest.mark.parametrize(("amount", "text"), [(0, "£0.00"), (-499, "£0.00"), (-500, "-£0.01"), (123_456, "£1.23")])
def test_money_is_rounded_to_the_penny(amount: int, text: str) -> None:
    assert pounds(amount) == text


@pytest.mark.requirement("OLC-06", "OLC-15")
@pytest.mark.parametrize("account", [True, False])
def test_a_credit_customers_balance_is_shown_where_the_display_is_set_so(clock: ManualClock, account: bool) -> None:
    home = home_of(clock, ihd=f"account = {str(account).lower()}", days=1)
    shown = pages(home)
    assert {"Account" in shown, "Gas account" in shown} == {account}
    assert not any("Debt" in line for lines in shown.values() for line in lines)


@pytest.mark.requirement("FUN-11")
def test_the_ambient_signal_is_one_of_three_colours_and_follows_the_load(clock: ManualClock) -> None:
    home = home_of(clock, days=1)
    meter = home.device()
    meter.execute(SetPowerThresholds(meter.power_w() + 1500, meter.power_w() + 6000), SUPPLIER)
    seen = []
    for watts in (0, 3000, 6000):
        if watts:
            meter.consumer.plug(ApplianceShape(f"load-{watts}", watts))
        after(home, clock, 10)
        seen.append(pages(home)["Electricity now"][0].rpartition(", ")[2])
    assert seen == ["green", "amber", "red"]
