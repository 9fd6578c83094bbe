"""The functions of a smart metering system, each from one end to the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from hht.clock import ManualClock
from hht.identifiers import InstallCode
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.commands import AddToDeviceLog, RemoveFromDeviceLog
from hht.model.communications_hub.delivery import DeliveryState
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import Device
from hht.model.electricity_meter import ElectricityMeter, SupplyState
from hht.model.electricity_meter.load_control import SetSwitch
from hht.model.electricity_meter.readings import SetPowerThresholds
from hht.model.electricity_meter.registers import ReadImportRegisters
from hht.model.electricity_meter.supply import DisableSupply, EnableSupply
from hht.model.features.firmware import ActivateFirmware, ActivationResult, FirmwareImage, TransferResult
from hht.model.features.logs_read import ReadEventLog
from hht.model.features.notices import SendMessage
from hht.model.features.profile_read import ReadImportProfile
from hht.model.features.tariff import ReadTouRegisters, SetPrice
from hht.model.gas_meter import GasMeter
from hht.model.han.joins import JoinMethod, JoinMethodB, JoinResult
from hht.model.load_control_switch import LoadControlSwitch
from hht.model.premises import bring_to_life
from hht.model.premises_plan import parse_premises
from hht.model.wan import Service
from hht.model.wan.access import Denial
from hht.model.wan.distribution import distribute
from hht.model.wan.product_lists import product_of
from hht.model.wan.requests import Outcome, ServiceRequest
from hht.model.wan.self_service import SelfService
from hht.resources import resource_text
from tests.model.architectures.conftest import START, Lived

Live = Callable[..., Lived]
DAY_S = 86_400


# --- two links -------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("OLC-01")
@pytest.mark.parametrize("name", ["dual-fuel-connected", "foundation", "smets1-enrolled"])
def test_a_link_to_the_head_end_and_one_to_the_display(lived: Live, name: str) -> None:
    home = lived(name, days=1)
    supplier = next(iter(home.centre.access.users))
    display = home.home.of(HomeDisplay)[0]

    def links() -> tuple[bool, bool]:
        far = home.sent(supplier, "esme-1", ReadImportRegisters(), wait_s=20).outcome is Outcome.ANSWERED
        return far, bool(display.collect().electricity)

    assert links() == (True, True)
    home.home.wan[0].change(service=Service.NONE)
    assert links() == (False, True)
    home.home.wan[0].change(service=Service.CORE)
    home.wait(300)
    display.switch(False)
    assert links() == (True, False)


# --- devices come and go ---------------------------------------------------------------------------------------------


def with_another_display() -> Lived:
    """The connected home with a second display in its box."""
    text = resource_text("premises", "dual-fuel-connected.toml")
    head, mark, display = text.rpartition("[[device]]")
    boxed = display.replace("ihd-1", "ihd-2").replace("01-A7", "01-A6").replace("0103", "0104")
    boxed = boxed.replace("joined = true", "joined = false").replace("Other Maker", "Third Maker")
    clock = ManualClock(START)
    plan = parse_premises(f"{text}\n{mark}{boxed}", name="m", file="m.toml")
    assert head
    return Lived(bring_to_life(plan, clock=clock, days=1), clock)


def add(home: Lived, device: Device) -> None:
    """The supplier lists it over the WAN; somebody at home plugs it in; the supplier joins it to the meter."""
    assert device.node is not None
    assert isinstance(device.node.install_code, InstallCode)
    device_id = device.identity.device_id
    listed = home.sent("Example Energy", "hub-1", AddToDeviceLog(device_id, device.kind, device.node.install_code, 600))
    assert listed.outcome is Outcome.ANSWERED
    device.node.locate()
    home.wait(60)
    joined = home.sent("Example Energy", "esme-1", JoinMethodB(JoinMethod.B, device_id, device.kind))
    assert joined.answer is JoinResult.SUCCESS


@pytest.mark.requirement("ARC-03")
def test_a_device_is_added_later_and_one_is_replaced_without_a_visit(lived: Live) -> None:
    home = with_another_display()
    old, new = home.home.of(HomeDisplay)
    others = {"esme-1", "gsme-1"}

    def joined() -> set[str]:
        return {name for name in (*others, "ihd-1", "ihd-2") if _joined(home.home.find(name))}

    assert joined() == {*others, "ihd-1"}
    add(home, new)
    assert joined() == {*others, "ihd-1", "ihd-2"}
    assert new.collect().electricity[0].energy == old.collect().electricity[0].energy
    removed = home.sent("Example Energy", "hub-1", RemoveFromDeviceLog(old.identity.device_id))
    assert removed.outcome is Outcome.ANSWERED
    assert joined() == {*others, "ihd-2"}
    assert new.collect().electricity
    assert home.sent("Example Energy", "esme-1", ReadImportRegisters()).outcome is Outcome.ANSWERED


def _joined(device: Device) -> bool:
    return device.node is not None and device.node.joined


# --- both ways -------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("FUN-02")
def test_both_ways_at_defined_times_configuration_diagnostics_and_firmware(lived: Live) -> None:
    home = lived("dual-fuel-connected", days=2)
    meter, supplier = home.home.device(), home.party("Example Energy")
    # up and down
    uploaded = home.sent("Example Energy", "esme-1", ReadImportProfile()).answer
    assert isinstance(uploaded, tuple)
    assert len(uploaded) >= 96
    assert home.sent("Example Energy", "esme-1", SendMessage("Tariffs change on Monday")).outcome is Outcome.ANSWERED
    assert home.home.of(HomeDisplay)[0].collect().electricity[0].notices is not None
    assert meter.notices.shown.message == "Tariffs change on Monday"
    # at defined periods
    before = len(home.centre.transactions)
    midnight = (home.home.site.now_s // DAY_S + 1) * DAY_S
    home.centre.schedule(ServiceRequest(supplier, "esme-1", ReadImportRegisters()), first_ms=midnight * 1000)
    home.wait(3 * DAY_S)
    scheduled = list(home.centre.transactions.values())[before:]
    assert [sent.outcome for sent in scheduled] == [Outcome.ANSWERED] * 3
    # configuration and diagnostics
    assert home.sent("Example Energy", "esme-1", SetPowerThresholds(800, 1_600)).outcome is Outcome.ANSWERED
    assert (meter.readings.medium_w, meter.readings.high_w) == (800, 1_600)
    meter.alert(AlertCode.BATTERY_LOW)
    events = home.sent("Example Energy", "esme-1", ReadEventLog()).answer
    assert isinstance(events, tuple)
    assert [entry.code for entry in events] == [AlertCode.BATTERY_LOW]
    assert SelfService(home.centre).diagnostics(home.hub).fresh
    # firmware
    image = FirmwareImage("00020132", meter.identity.manufacturer, meter.identity.model)
    assert distribute(home.centre, supplier, "esme-1", image).denial is Denial.NOT_LISTED
    product = product_of(meter.kind, meter.identity)
    row = home.centre.lists.central[product]
    home.centre.lists.list(replace(row, product=replace(product, firmware=image.version)))
    sent = distribute(home.centre, supplier, "esme-1", image)
    home.wait(3_600)
    assert sent.result is TransferResult.COMPLETE
    run = home.sent("Example Energy", "esme-1", ActivateFirmware(image.sha256))
    assert (run.answer, meter.firmware.version) == (ActivationResult.SUCCESS, "00020132")


@pytest.mark.parametrize(
    ("party", "denial"), [("Example Networks", Denial.ROLE), ("Example Gas", Denial.NOT_RESPONSIBLE)]
)
def test_firmware_is_sent_by_a_devices_supplier_alone(lived: Live, party: str, denial: Denial) -> None:
    home = lived("dual-fuel-connected", days=1)
    identity = home.home.device().identity
    image = FirmwareImage(identity.firmware, identity.manufacturer, identity.model)
    sent = distribute(home.centre, home.party(party), "esme-1", image)
    home.wait(3_600)
    assert (sent.denial, sent.transfer) == (denial, None)
    assert home.home.device().firmware.held is None


def test_firmware_goes_nowhere_without_a_wan_and_to_nobody_that_takes_none(lived: Live) -> None:
    home = lived("dual-fuel-connected", days=1)
    supplier, meter, display = home.party("Example Energy"), home.home.device(), home.home.of(HomeDisplay)[0]
    image = FirmwareImage(meter.identity.firmware, meter.identity.manufacturer, meter.identity.model)
    late = distribute(home.centre, supplier, "esme-1", image)
    home.home.wan[0].change(service=Service.NONE)
    home.wait(10)
    never = distribute(home.centre, supplier, "esme-1", image)
    assert (late.transfer, never.transfer) == (None, None)
    assert late.why == never.why != ""
    home.home.wan[0].change(service=Service.CORE)
    home.wait(300)
    row = home.centre.lists.central[product_of(meter.kind, meter.identity)]
    product = product_of(display.kind, display.identity)
    home.centre.lists.list(replace(row, product=product))
    shown = distribute(
        home.centre, supplier, "ihd-1", FirmwareImage(product.firmware, product.manufacturer, product.model)
    )
    home.wait(10)
    assert "takes firmware" in shown.why


# --- registers, loads, history ---------------------------------------------------------------------------------------


@pytest.mark.requirement("FUN-04")
def test_time_of_use_registers_are_billed_each_at_its_price(lived: Live) -> None:
    home = lived("polyphase-farm", days=3)
    meter = home.home.device()
    registers = home.sent("Example Energy", "esme-1", ReadTouRegisters()).answer
    assert isinstance(registers, dict)
    assert set(registers) == {1, 2}
    assert min(registers.values()) > 0
    used = meter.registers()[0] - meter.configuration.import_reading_wh
    assert abs(sum(registers.values()) - used) <= 200  # what was drawn while the answer came
    plan, days = meter.tariff.plan, 3
    meter.tariff.give()
    exact = meter.tariff.tou_wh
    energy = sum(exact[number] * plan.price(number, 0) for number in (1, 2)) // 1000
    assert abs(meter.tariff.cost - energy - days * plan.standing_charge) <= 100


@pytest.mark.requirement("FUN-12")
def test_prices_by_the_clock_stand_still_and_others_move_with_the_market(lived: Live) -> None:
    static = lived("polyphase-farm", days=1)
    plan = static.home.device().tariff.plan
    static.wait(DAY_S)
    assert (static.home.device().tariff.plan, plan.calendar is None) == (plan, False)
    home = lived("dual-fuel-connected", days=1)
    meter, paid = home.home.device(), 0
    for price in (45_000, 4_000, 12_000):  # a supplier that sends what an hour costs
        assert home.sent("Example Energy", "esme-1", SetPrice(((price,),), 0)).outcome is Outcome.ANSWERED
        before, cost = meter.registers()[0], meter.tariff.cost
        home.wait(3_600)
        used = meter.registers()[0] - before
        paid = meter.tariff.cost - cost
        assert abs(paid - used * price // 1_000) <= price // 500
    assert paid > 0


@pytest.mark.requirement("FUN-05")
def test_a_supplier_sheds_a_load_and_gives_it_back(lived: Live) -> None:
    home = lived("polyphase-farm", days=1)
    meter, switch = home.home.device(), home.home.of(LoadControlSwitch)[0]
    assert switch.closed
    before = sum(meter.consumer.import_w) - sum(meter.consumer.export_w)
    shed = home.sent("Example Energy", "esme-1", SetSwitch(3, False, 30), wait_s=8)
    assert (shed.outcome, switch.closed) == (Outcome.ANSWERED, False)
    after = sum(meter.consumer.import_w) - sum(meter.consumer.export_w)
    assert before - after == 9_000
    home.wait(1_800)
    assert switch.closed


@pytest.mark.requirement("EED-01")
def test_the_same_half_hours_a_year_earlier_are_there(lived: Live) -> None:
    home = lived("dual-fuel", days=396)
    now_s = home.home.site.now_s // 1_800 * 1_800
    for meter in (home.home.device(), home.home.of(GasMeter)[0]):
        assert isinstance(meter, ElectricityMeter | GasMeter)
        profile = meter.profile
        rows = list(profile.entries(0, len(profile)))
        assert len(rows) >= 395 * 48
        assert {late.time_s - early.time_s for early, late in pairwise(rows)} == {1_800}
        assert rows[0].time_s <= now_s - 395 * DAY_S
        year = [row for row in rows if now_s - 365 * DAY_S - DAY_S <= row.time_s <= now_s - 365 * DAY_S]
        assert year[-1].import_wh > year[0].import_wh


# --- composed at the head end ----------------------------------------------------------------------------------------


@pytest.mark.requirement("SEC-13")
def test_what_a_head_end_composed_nobody_on_the_way_can_alter(lived: Live) -> None:
    home = lived("dual-fuel-connected", days=1)
    meter, supplier = home.home.device(), home.party("Example Energy")
    seal = home.desk("Example Energy").seal("esme-1", DisableSupply())

    def brought(command: DisableSupply | EnableSupply) -> DeliveryState:
        def check(device: Device) -> None:
            home.home.guard.verify(device, command, supplier, seal)

        return home.hub.deliveries.deliver(meter.identity.device_id, command, supplier, check=check).state

    assert brought(EnableSupply()) is DeliveryState.REFUSED  # a hub that says something else
    assert meter.supply is SupplyState.ENABLED
    assert brought(DisableSupply()) is DeliveryState.ANSWERED
    assert meter.supply is SupplyState.DISABLED
    assert brought(DisableSupply()) is DeliveryState.REFUSED  # or says it twice
