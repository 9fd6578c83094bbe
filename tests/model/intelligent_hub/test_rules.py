"""Single rules of the basic gas meter and of the hub's account."""

from __future__ import annotations

from itertools import product

import pytest

from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.commands import AddToDeviceLog
from hht.model.communications_hub.delivery import DeliveryState
from hht.model.communications_hub.gas_proxy import ReadGas
from hht.model.communications_hub.gas_reads import Mirrored
from hht.model.consumer_devices.access_device import AccessDevice
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import Alert, DeviceKind
from hht.model.features.tariff import SetGasPrice, SetGasTariff
from hht.model.features.tariff_plan import TariffPlan
from hht.model.gas_meter.registers import GasRegisters, ReadGasMeterBalance, ReadGasRegisters, ReadGasTariff
from hht.model.gas_meter.valve import ArmValve, CloseValve, ReadValve
from hht.model.gas_meter.volume import Conversion, SetConversion
from hht.model.han.network import HanFailure
from hht.model.intelligent_hub.commands import GasCommunication, ReadGasCommunication, SetGasTimeout
from hht.model.intelligent_hub.messages import MESSAGES, HubMessage, ReadCutOffVolume, ReadTotalVolume, WriteCutOff
from hht.model.intelligent_hub.timeout import in_days
from hht.model.parties import Party, UserRole
from hht.model.plan_file import PremisesError
from hht.model.premises_plan import parse_premises
from hht.model.prepayment.commands import (
    ReadGasPrepaymentRegisters,
    ReadPrepayment,
    SetGasCreditMode,
    UpdateGasPrepaymentConfiguration,
)
from hht.model.prepayment.settings import PrepaymentSettings
from hht.model.refusal import DeviceRefusal
from tests.model.intelligent_hub.bench import GAS_SUPPLIER, bench, text

IHD = """
[[device]]
id = "ihd-1"
kind = "in-home-display"
device_id = "00-DB-12-34-56-78-9A-A7"
manufacturer = "Other Maker"
model = "GLANCE-3"
firmware = "00000021"

[device.han]
install_code = "00112233445566778899AABBCCDDEE01"
joined = true
"""
FRIENDLY = 'non_disablement = [["01:00", "05:00"]]'
L = 1_000_000_000


# --- the meter -----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("IH-01", "IH-26")
def test_a_basic_meter_has_register_valve_and_radio_and_no_money() -> None:
    home = bench(burner=900)
    meter = home.meter
    assert meter.kind is DeviceKind.GSME
    assert meter.node is not None
    assert meter.node.sleepy
    assert not hasattr(meter, "tariff")
    assert not hasattr(meter, "prepayment")
    assert home.account.prepayment.accounts.credit_balance < 0  # the hub keeps the account
    assert (home.valve, meter.supervision.cut_off_nl) == ("open", None)  # in Credit mode nothing ends the supply


@pytest.mark.requirement("IH-02")
def test_it_reports_each_half_hour_and_the_hub_knows_no_more() -> None:
    home = bench(burner=900)
    for _number in range(4):
        home.wait(half_hours=1)
        assert home.account.gas.volume_nl == home.meter.volume.nl
    told = home.account.gas.volume_nl
    home.wait(minutes=29)
    assert home.meter.litres() == told // L + 435
    assert home.account.gas.volume_nl == told


@pytest.mark.requirement("IH-09")
def test_it_takes_six_messages_and_those_of_its_hub_only() -> None:
    home = bench(500, burner=900)
    answers = {kind: home.meter.answer(_message(kind), home.account) for kind in MESSAGES}
    assert len(answers) == 6
    assert answers[ReadTotalVolume] == home.meter.volume.nl
    with pytest.raises(DeviceRefusal):
        home.meter.answer(ReadPrepayment(), home.account)
    for kind in MESSAGES:
        with pytest.raises(DeviceRefusal):
            home.meter.answer(_message(kind), home.hub)


@pytest.mark.requirement("IH-09")
@pytest.mark.parametrize("command", [CloseValve(), SetGasPrice(((1,),), 0), ReadGasPrepaymentRegisters()])
def test_whatever_a_supplier_sends_to_it_it_refuses(command: CloseValve | SetGasPrice) -> None:
    home = bench(500, burner=900)
    with pytest.raises(DeviceRefusal):
        home.meter.execute(command, GAS_SUPPLIER)
    delivery = home.hub.deliveries.deliver(home.meter.identity.device_id, command, GAS_SUPPLIER)
    home.wait(half_hours=1)
    assert delivery.state is DeliveryState.REFUSED
    assert home.valve == "open"


def _message(kind: type[HubMessage]) -> HubMessage:
    return WriteCutOff(500_000 * L, 4) if kind is WriteCutOff else kind()


@pytest.mark.requirement("IH-04")
def test_the_valve_closes_at_the_cut_off_volume_to_the_nanolitre() -> None:
    home = bench(100, burner=900)
    home.wait(half_hours=2)
    assert (home.litres, home.valve) == (900, "open")
    home.clock.advance(399)  # 250 ml a second: 100 l in 400 s
    assert home.valve == "open"
    home.clock.advance(1)
    assert home.valve == "closed"
    assert home.meter.volume.nl == home.meter.supervision.cut_off_nl
    assert home.balance == 0
    home.wait(half_hours=5)
    assert home.litres == 1000


@pytest.mark.requirement("IH-04")
def test_in_friendly_credit_it_stays_open_until_that_ends() -> None:
    home = bench(45, burner=900, prepayment=FRIENDLY)
    assert home.run(1) == ["00:30   450   450   4/4 -      closed"]
    home = bench(90, burner=900, prepayment=FRIENDLY)
    assert [row.split()[-1] for row in home.run(10)] == ["open"] * 9 + ["closed"]
    assert (home.litres, home.balance) == (4500, 90 - 450)  # gas on friendly terms is owed


@pytest.mark.requirement("IH-04", "IH-07")
def test_friendly_credit_outlasts_a_timeout() -> None:
    home = bench(90, burner=900, timeout=2, prepayment=FRIENDLY)
    home.wait(half_hours=1)
    home.jam()
    home.wait(half_hours=3)
    assert home.meter.supervision.counter.left == 0
    assert home.valve == "open"
    assert home.run(6)[-1].split()[-1] == "closed"


@pytest.mark.requirement("IH-05")
def test_it_warns_the_hub_when_little_is_left() -> None:
    home = bench(135, burner=900, low=450)
    home.wait(half_hours=1)
    assert not _warnings(home.hub.outbox)
    home.wait(half_hours=1)
    assert _warnings(home.hub.outbox) == ["gsme-1"]
    home.wait(half_hours=4)
    assert _warnings(home.hub.outbox) == ["gsme-1"]
    home.top_up(500)
    home.wait(half_hours=1)
    home.wait(half_hours=24)
    assert _warnings(home.hub.outbox) == ["gsme-1", "gsme-1"]


def _warnings(outbox: list[Alert]) -> list[str]:
    return [one.device for one in outbox if one.code is AlertCode.CREDIT_LOW and one.device == "gsme-1"]


@pytest.mark.requirement("IH-06")
@pytest.mark.parametrize("way", ["top-up", "emergency credit"])
def test_credit_opens_the_valve(way: str) -> None:
    home = bench(45, burner=900)
    home.wait(half_hours=2)
    assert home.valve == "closed"
    if way == "top-up":
        home.top_up(500)
    else:
        home.account.display.press("emergency-credit")
    assert home.valve == "closed"  # the meter sleeps
    home.wait(half_hours=1)
    assert home.valve == "testing"
    home.wait(minutes=6)
    assert home.valve == "open"


@pytest.mark.requirement("IH-06")
def test_somebody_at_the_meter_need_not_wait_for_its_report() -> None:
    home = bench(0, burner=900)
    home.top_up(500)
    home.meter.display.press("contact")
    assert home.valve == "testing"


@pytest.mark.requirement("IH-06")
def test_an_open_tap_keeps_it_closed_until_a_person_sees_to_it() -> None:
    home = bench(0, burner=900)
    home.meter.open_tap(300)
    home.top_up(500)
    home.wait(half_hours=2)
    assert home.valve == "closed"
    tested = [record for record in home.meter.event_log if record.code == AlertCode.VALVE_TESTED]
    assert len(tested) == 1  # it is not tried over and over
    home.meter.open_tap(0)
    home.meter.display.press("enable")
    home.wait(minutes=6)
    assert home.valve == "open"


@pytest.mark.requirement("IH-17")
@pytest.mark.parametrize(("closed", "offline", "time_left"), list(product((True, False), repeat=3)))
def test_the_emergency_button_works_in_one_of_eight_cases(closed: bool, offline: bool, time_left: bool) -> None:
    always = 'non_disablement = [["00:00", "12:00"]]'
    home = bench(45, burner=900, timeout=3 if time_left else 1, prepayment="" if closed else always)
    home.wait(half_hours=1)
    if offline or not time_left:  # the timeout runs down while the meter is not heard
        home.jam()
        home.wait(half_hours=1)
    if not offline:
        home.clear()
        home.wait(half_hours=1)
    supervision = home.meter.supervision
    state = (home.meter.valve.closed, supervision.counter.failed, supervision.counter.left > 0)
    assert state == (closed, offline, time_left)
    works = closed and offline and time_left
    assert supervision.emergency is works
    if works:
        home.meter.display.press("emergency")
    else:
        with pytest.raises(DeviceRefusal):
            home.meter.display.press("emergency")
    assert home.valve == ("testing" if works else "closed" if home.meter.valve.closed else "open")


@pytest.mark.requirement("IH-17", "FUN-06")
def test_what_the_supplier_has_closed_no_button_opens() -> None:
    home = bench(900, burner=900)
    home.account.execute(CloseValve(), GAS_SUPPLIER)
    home.wait(half_hours=1)
    assert home.valve == "closed"
    assert home.account.execute(ReadValve(), GAS_SUPPLIER) == "disabled"
    home.jam()
    home.wait(half_hours=1)
    with pytest.raises(DeviceRefusal):
        home.meter.display.press("emergency")
    home.clear()
    home.top_up(100)
    home.wait(half_hours=1)
    assert home.valve == "closed"
    home.account.execute(ArmValve(), GAS_SUPPLIER)
    home.wait(half_hours=2)
    assert home.valve == "open"


@pytest.mark.requirement("FUN-06")
def test_a_network_operator_closes_nothing() -> None:
    home = bench(900, burner=900)
    with pytest.raises(DeviceRefusal):
        home.account.execute(CloseValve(), Party("Example Networks", UserRole.GAS_TRANSPORTER))
    home.wait(half_hours=1)
    assert home.valve == "open"


# --- the hub -------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("IH-03")
def test_the_calculation_is_shown_step_by_step() -> None:
    """£5 at 9 p/kWh are 55.5 kWh; at 40 MJ/m3 and factor 1 that is 5 m3."""
    home = bench(500, burner=900)
    cut_off = home.account.cut_off
    assert cut_off is not None
    assert cut_off.energy_mws == 200_000_000_000
    assert cut_off.cut_off_nl == cut_off.register_nl + 5_000 * L
    pages = {page.title: page.lines for page in home.account.display.pages()}
    assert pages["Gas credit"] == (
        "£5.00 at 9.000 p/kWh: 55.556 kWh",
        "55.556 kWh x 3.6 / 40.0 MJ/m3 / 1.00000: 5.000 m3",
        "121.600 m3 + 5.000 m3: cut-off at 126.600 m3",
        "Valve: enabled",
    )


@pytest.mark.requirement("IH-03")
def test_the_cut_off_goes_out_with_every_communication() -> None:
    home = bench(900, burner=900)
    before = len(home.account.messages)
    home.wait(half_hours=3)
    home.meter.display.press("contact")
    written = [message for _time, message in home.account.messages[before:] if isinstance(message, WriteCutOff)]
    assert len(written) == 4
    assert home.meter.answer(ReadCutOffVolume(), home.account) == written[-1].volume_nl


@pytest.mark.requirement("IH-03")
def test_another_calorific_value_is_another_cut_off() -> None:
    home = bench(500, burner=0)
    home.account.execute(SetConversion(Conversion(380, 102_264)), GAS_SUPPLIER)
    home.wait(half_hours=1)
    cut_off = home.account.cut_off
    assert cut_off is not None
    assert cut_off.cut_off_nl is not None
    volume = cut_off.cut_off_nl - cut_off.register_nl
    worth = Conversion(380, 102_264).energy_mws
    assert worth(volume) >= 200_000_000_000 > worth(volume - 1)
    with pytest.raises(DeviceRefusal):
        home.account.execute(SetConversion(Conversion(4000, 102_264)), GAS_SUPPLIER)


@pytest.mark.requirement("IH-08")
def test_each_report_in_credit_resets_the_delay_and_none_without() -> None:
    home = bench(900, burner=900)
    home.jam()
    home.wait(half_hours=2)
    assert home.meter.supervision.counter.left == 2
    home.clear()
    home.wait(half_hours=1)
    assert home.meter.supervision.counter.left == home.account.counter.left == 4
    home.account.prepayment.accounts.balance = 0
    home.jam()
    home.wait(half_hours=1)
    home.clear()
    home.wait(half_hours=3)
    assert home.meter.supervision.counter.left == home.account.counter.left == 3


@pytest.mark.requirement("IH-10")
def test_displays_ask_the_mirror_and_never_the_sleeping_meter() -> None:
    home = bench(900, burner=900, more=IHD)
    ihd = home.premises.of(HomeDisplay)[0]
    home.wait(half_hours=1)
    statistics = home.hub.device_log.entries[home.meter.identity.device_id].statistics
    sent, frames = len(home.account.messages), statistics.heard
    home.wait(minutes=17)
    for _time in range(5):
        assert ihd.collect().gas_age_s == 17 * 60
    assert len(home.account.messages) == sent
    assert statistics.heard == frames
    with pytest.raises(HanFailure):
        home.hub.network.ask(ihd, home.meter, ReadGas())


@pytest.mark.requirement("IH-15", "PPM-09")
def test_the_display_at_home_shows_balance_emergency_credit_and_the_warning() -> None:
    home = bench(190, burner=900, more=IHD)
    ihd = home.premises.of(HomeDisplay)[0]
    pages = {page.title: page.lines for page in ihd.pages()}
    assert pages["Gas prepayment"][:2] == ("Balance £1.90", "Emergency credit: £10.00 available")
    home.jam()
    home.wait(half_hours=1)
    home.hub.network.jammed = False  # the display is heard, the gas meter was not
    assert "No contact with the gas meter: the gas supply stays on for 1.5 h" in ihd.pages()[0].lines


CAD = IHD.replace("in-home-display", "consumer-access-device").replace("ihd-1", "cad-1").replace("A7", "A8")


def test_a_consumer_access_device_has_half_hours_and_tariff_of_gas() -> None:
    home = bench(900, burner=900, more=CAD)
    home.wait(half_hours=2)
    (found,) = home.premises.of(AccessDevice)[0].gather().values()
    assert isinstance(found.half_hours, tuple)
    assert [row[1] - home.opening_l for row in found.half_hours[-3:]] == [0, 450, 900]
    assert {len(row) for row in found.half_hours} == {2}


@pytest.mark.requirement("IH-12")
def test_a_change_of_rate_is_another_cut_off_at_once() -> None:
    home = bench(900, burner=0, tariff='prices_p = [9, 18]\nswitches = [["00:00", 1], ["02:00", 2]]')
    assert [row.split()[2] for row in home.run(5)] == ["9000", "9000", "9000", "4500", "4500"]


BLOCKS = "prices_p = [[9, 18]]\nthresholds_kwh = [{kwh}]"


@pytest.mark.requirement("IH-13")
def test_blocks_at_the_half_hour_are_late_by_what_is_said() -> None:
    """The day of history burnt 240 kWh; the block ends at 243 kWh: 0.27 m3 on, in the midst of a half-hour."""
    home = bench(900, burner=900, tariff=BLOCKS.format(kwh=243))
    assert home.cut_off_l == 9000  # all of it at the first block's price
    home.wait(half_hours=1)
    assert home.balance == 900 - 45
    assert home.account.block_error == 45_000
    home.wait(half_hours=1)
    assert home.balance == 900 - 45 - 90
    pages = {page.title: page.lines for page in home.account.display.pages()}
    assert "Blocks are charged by the half-hour: up to 45.000 p off" in pages["Gas credit"]


@pytest.mark.requirement("IH-13")
def test_with_a_change_over_value_they_are_exact() -> None:
    home = bench(900, burner=900, tariff=BLOCKS.format(kwh=243), account='blocks = "change-over"')
    written = [message for _time, message in home.account.messages if isinstance(message, WriteCutOff)][-1]
    assert written.change_over_nl == (home.opening_l + 270) * L
    assert home.cut_off_l == 270 + (9000 - 270) // 2
    home.wait(minutes=18)  # 270 l: the meter reports there, between its half-hours
    assert home.account.gas.volume_nl == written.change_over_nl
    assert home.account.tariff.block == 1
    home.wait(minutes=12)
    assert home.balance == 900 - 27 - 36
    assert home.account.block_error == 0


@pytest.mark.requirement("IH-15")
def test_both_count_the_same_half_hours_down_to_nothing() -> None:
    home = bench(900, burner=0, timeout=3)
    home.jam()
    assert [row.split()[3] for row in home.run(5)] == ["2/2", "1/1", "0/0", "0/0", "0/0"]


@pytest.mark.requirement("IH-16")
def test_the_head_end_sets_the_timeout() -> None:
    home = bench(900, burner=0)
    home.account.execute(SetGasTimeout(5 * 48), GAS_SUPPLIER)
    home.wait(half_hours=1)
    assert home.meter.supervision.counter.left == home.account.counter.left == 240
    for wrong in (0, -1, 31 * 48 + 1):
        with pytest.raises(DeviceRefusal):
            home.account.execute(SetGasTimeout(wrong), GAS_SUPPLIER)
    assert home.account.timeout == 240
    with pytest.raises(DeviceRefusal):
        home.account.execute(SetGasTimeout(48), Party("Somebody", UserRole.OTHER_USER))
    home.account.prepayment.accounts.balance = 0  # without credit a longer timeout gives nothing
    home.account.execute(SetGasTimeout(480), GAS_SUPPLIER)
    home.wait(half_hours=1)
    assert home.meter.supervision.counter.left == 240
    home.account.execute(SetGasTimeout(2), GAS_SUPPLIER)
    home.wait(half_hours=1)
    assert home.meter.supervision.counter.left == 2
    answer = home.account.execute(ReadGasCommunication(), GAS_SUPPLIER)
    assert isinstance(answer, GasCommunication)
    assert (answer.timeout, answer.left) == (2, 2)


@pytest.mark.requirement("IH-16")
@pytest.mark.parametrize(
    ("half_hours", "said"), [(1, "0.5 h"), (47, "23.5 h"), (48, "1 d"), (144, "3 d"), (51, "1 d 1.5 h"), (0, "0 h")]
)
def test_half_hours_as_days(half_hours: int, said: str) -> None:
    assert in_days(half_hours) == said


def test_friendly_hours_are_the_meters_own() -> None:
    home = bench(900, burner=0, prepayment=FRIENDLY)
    settings = home.account.prepayment.settings
    with pytest.raises(DeviceRefusal, match="friendly hours"):
        home.account.execute(UpdateGasPrepaymentConfiguration(PrepaymentSettings()), GAS_SUPPLIER)
    assert home.account.prepayment.settings is settings
    same = PrepaymentSettings(low_credit_threshold=1000, calendar=settings.calendar)
    home.account.execute(UpdateGasPrepaymentConfiguration(same), GAS_SUPPLIER)
    assert home.account.prepayment.settings == same


@pytest.mark.requirement("IH-26")
def test_credit_mode_knows_no_cut_off_and_no_timeout() -> None:
    home = bench(45, burner=900)
    home.wait(half_hours=2)
    assert home.valve == "closed"
    home.account.execute(SetGasCreditMode(), GAS_SUPPLIER)
    home.wait(half_hours=2)
    assert (home.valve, home.cut_off_l) == ("open", None)
    home.jam()
    home.wait(half_hours=20)
    assert home.valve == "open"


def test_a_meter_without_a_hub_gives_nothing() -> None:
    home = bench(burner=900, joined="false")
    home.wait(half_hours=3)
    assert (home.valve, home.litres) == ("closed", 0)


def test_a_meter_that_is_installed_now_gives_gas_at_its_first_report() -> None:
    home = bench(900, burner=900, joined="false")
    home.wait(half_hours=1)
    node = home.meter.node
    assert node is not None
    assert node.install_code is not None
    command = AddToDeviceLog(home.meter.identity.device_id, home.meter.kind, node.install_code, 600)
    home.hub.execute(command, Party("DCC", UserRole.DCC))
    node.locate()
    home.wait(minutes=5)
    assert node.joined
    assert home.valve == "closed"
    home.wait(minutes=25)
    assert home.valve == "testing"
    home.wait(minutes=30)
    assert (home.row().split()[3:], home.litres) == (["4/4", "-", "open"], 360)
    assert home.cut_off_l == 9000


def test_while_the_hub_has_no_mains_both_count() -> None:
    home = bench(900, burner=900)
    home.premises.mains.switch(False)
    home.wait(half_hours=2)
    assert home.row().split()[3] == "2/2"
    home.premises.mains.switch(True)
    home.wait(half_hours=1)
    assert home.row().split()[3] == "4/4"


def test_another_tariff_is_another_cut_off() -> None:
    home = bench(900, burner=0)
    home.account.execute(SetGasTariff(TariffPlan("dear", None, ((36_000,),), 0)), GAS_SUPPLIER)
    home.wait(half_hours=1)
    assert home.cut_off_l == 2250


def test_a_free_tariff_has_no_cut_off_and_nothing_left_to_spend_has() -> None:
    home = bench(900, burner=0)
    home.account.execute(SetGasPrice(((0,),), 0), GAS_SUPPLIER)
    home.wait(half_hours=1)
    assert home.cut_off_l is None
    home.account.prepayment.accounts.balance = 0
    home.wait(half_hours=1)
    assert home.cut_off_l == home.litres


@pytest.mark.parametrize("change", ["hub", "meter"])
def test_neither_half_stands_alone(change: str) -> None:
    whole = text()
    if change == "hub":
        begin, end = whole.index("[device.account]"), whole.index("[[device]]", whole.index("[device.account]"))
        wrong, line = whole[:begin] + whole[end:], 'architecture = "basic"'
    else:
        wrong = whole.replace('architecture = "basic"\n', "").replace("warns_below_l = 0\n", "")
        line = "[[device]]"
    with pytest.raises(PremisesError) as error:
        parse_premises(wrong, name="bench", file="bench.toml")
    at = error.value.details["line"]
    assert isinstance(at, int)
    assert wrong.splitlines()[at - 1].startswith(line)


def test_parties_read_what_was_told_with_its_age() -> None:
    home = bench(900, burner=900)
    home.wait(half_hours=2)
    home.wait(minutes=10)
    answer = home.account.execute(ReadGasRegisters(), GAS_SUPPLIER)
    assert isinstance(answer, Mirrored)
    assert isinstance(answer.answer, GasRegisters)
    assert (answer.answer.litres - home.opening_l, answer.age_s) == (900, 600)
    assert home.account.execute(ReadGasMeterBalance(), GAS_SUPPLIER) == 810_000
    assert home.account.execute(ReadGasTariff(), GAS_SUPPLIER) is home.account.tariff.plan


@pytest.mark.parametrize(
    ("fault", "valve", "left"),
    [("never-wakes", "open", "2/2"), ("battery-flat", "open", "2/2"), ("low-battery", "open", "4/4")],
)
def test_faults_of_any_gas_meter(fault: str, valve: str, left: str) -> None:
    home = bench(900, burner=900)
    home.premises.faults.on(fault, "gsme-1")
    home.wait(half_hours=2)
    assert (home.valve, home.row().split()[3]) == (valve, left)
    home.premises.faults.off(fault, "gsme-1")
    home.wait(half_hours=1)
    assert home.row().split()[3] == "4/4"


def test_a_valve_that_sticks_lets_gas_through_and_says_so() -> None:
    home = bench(45, burner=900)
    home.premises.faults.on("stuck-valve", "gsme-1")
    home.wait(half_hours=2)
    assert (home.meter.supply, home.meter.valve.closed, home.litres) == ("disabled", False, 900)
    assert AlertCode.SUPPLY_DISCONNECT_FAILED in {record.code for record in home.meter.event_log}
    home.wait(half_hours=1)
    assert home.balance == -90  # what flows is owed


def test_a_register_that_stands_still_gives_gas_for_nothing() -> None:
    home = bench(45, burner=900)
    home.premises.faults.on("gas-register-frozen", "gsme-1")
    assert {row.split()[-1] for row in home.run(6)} == {"open"}
