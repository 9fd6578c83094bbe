"""In-home display, prepayment interface, consumer access device: what they show, what they may do, how they pair."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.identifiers import InstallCode
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub import CommunicationsHub
from hht.model.communications_hub.commands import AddToDeviceLog, RemoveFromDeviceLog
from hht.model.communications_hub.gas_proxy import ReadGas
from hht.model.communications_hub.pairing import PairingMode
from hht.model.consumer_devices.access_device import AccessDevice
from hht.model.consumer_devices.displays import HomeDisplay, PrepaymentInterface
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter import ElectricityMeter, SupplyState
from hht.model.electricity_meter.readings import SetPowerThresholds
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply, ReadSupply
from hht.model.features.notices import ReadNotices, SendCin
from hht.model.features.remote_display import PressButton
from hht.model.features.tenancy import ChangeTenancy
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.valve import ArmValve, CloseValve
from hht.model.han.joins import (
    JoinMeter,
    JoinMethod,
    JoinMethodB,
    JoinMethodC,
    JoinOther,
    JoinResult,
    Unjoin,
    UnjoinMethodB,
    UnjoinResult,
)
from hht.model.han.network import HanFailure
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises, load_premises
from hht.model.refusal import DeviceRefusal

START = datetime(2026, 11, 21, 18, 12, 33, tzinfo=UTC)
SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
GAS_SUPPLIER = Party("Example Gas", UserRole.GAS_SUPPLIER)
DCC = Party("DCC", UserRole.DCC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return load_premises("dual-fuel", clock=clock, days=3)


@pytest.fixture
def meter(home: Premises) -> ElectricityMeter:
    return home.device()


@pytest.fixture
def gas(home: Premises) -> GasMeter:
    return home.of(GasMeter)[0]


@pytest.fixture
def hub(home: Premises) -> CommunicationsHub:
    return home.of(CommunicationsHub)[0]


@pytest.fixture
def cad(home: Premises) -> AccessDevice:
    return home.of(AccessDevice)[0]


@pytest.fixture
def ppmid(home: Premises) -> PrepaymentInterface:
    return home.of(PrepaymentInterface)[0]


def display(home: Premises) -> HomeDisplay:
    return next(device for device in home.of(HomeDisplay) if device.kind is DeviceKind.IHD)


def shown(device: HomeDisplay) -> str:
    return "\n".join(line for page in device.pages() for line in (page.title, *page.lines))


# --- in-home display -----------------------------------------------------------------------------------------------


@pytest.mark.requirement("ARC-01")
def test_four_devices_of_several_makers_are_on_one_han_and_the_hub_is_the_way_out(
    home: Premises, hub: CommunicationsHub
) -> None:
    kinds = {node.device.kind for node in hub.network.members.values()}
    assert {DeviceKind.ESME, DeviceKind.GSME, DeviceKind.GPF, DeviceKind.IHD} <= kinds
    assert {device.identity.manufacturer for device in home.devices} >= {"HHT Training", "Other Maker", "Third Maker"}
    before = len(hub.outbox)
    home.device().alert(AlertCode.BATTERY_LOW)
    assert len(hub.outbox) == before + 1


def test_a_display_shows_now_before_cost_and_gas_with_its_age(
    home: Premises, meter: ElectricityMeter, clock: ManualClock
) -> None:
    text = shown(display(home))
    assert f"{meter.power_w()} W" in text
    assert "Yesterday" in text
    assert "£" in text
    assert "min old" in text
    clock.advance(600)
    assert display(home).collect().gas_age_s >= 600


@pytest.mark.parametrize(
    ("medium", "high", "expected"), [(1, 2, "red"), (1, 100_000, "amber"), (99_999, 100_000, "green")]
)
def test_the_ambient_signal_follows_the_thresholds(
    home: Premises, meter: ElectricityMeter, medium: int, high: int, expected: str
) -> None:
    meter.execute(SetPowerThresholds(medium, high), SUPPLIER)
    assert display(home).collect().electricity[0].ambient == expected
    with pytest.raises(DeviceRefusal):
        meter.execute(SetPowerThresholds(high, medium), SUPPLIER)


def test_a_cin_is_on_the_display(home: Premises, meter: ElectricityMeter) -> None:
    meter.execute(SendCin("7116"), DCC)
    assert "7116" in shown(display(home))


def test_what_cannot_be_had_is_named(home: Premises, hub: CommunicationsHub) -> None:
    hub.network.powered = False
    collected = display(home).collect()
    assert collected.electricity == ()
    assert any("esme-1" in line for line in collected.missing)
    assert "esme-1" in shown(display(home))


def test_an_abandoned_display_shows_nothing(home: Premises) -> None:
    device = display(home)
    device.switch(False)
    assert device.pages() == []
    device.switch(True)
    assert device.pages()


# --- prepayment interface ------------------------------------------------------------------------------------------


@pytest.mark.requirement("PPM-04")
def test_an_interface_shows_every_page_of_both_meters(
    ppmid: PrepaymentInterface, meter: ElectricityMeter, gas: GasMeter, clock: ManualClock
) -> None:
    clock.advance(1800)
    pages = ppmid.pages()
    for page in (*meter.display.pages(), *gas.display.pages()):
        assert page.title in [other.title for other in pages]
    meter.execute(DisableSupply(), SUPPLIER)
    assert all(page in ppmid.pages() for page in meter.display.pages())


def test_the_mirror_has_the_gas_meters_pages_as_they_stood_at_its_wake(
    hub: CommunicationsHub, gas: GasMeter, clock: ManualClock
) -> None:
    clock.advance((gas.next_wake_ms() - gas.site.now_ms) / 1000)
    gas.site.catch_up()
    then = tuple(gas.display.pages())
    clock.advance(1799)
    assert hub.gpf.read().pages == then != tuple(gas.display.pages())
    clock.advance(1)
    assert hub.gpf.read().pages == tuple(gas.display.pages()) != then


@pytest.mark.requirement("PPM-05")
def test_an_armed_supply_is_enabled_from_an_interface_where_policy_allows(
    ppmid: PrepaymentInterface, meter: ElectricityMeter
) -> None:
    meter.execute(DisableSupply(), SUPPLIER)
    meter.execute(ArmSupply(), SUPPLIER)
    meter.remote_display.enable_over = frozenset({"wired"})
    pressed = ppmid.press(meter, "enable")
    assert pressed.done is False
    assert "wireless" in pressed.said
    assert meter.supply is SupplyState.ARMED
    meter.remote_display.enable_over = frozenset({"wireless"})
    assert ppmid.press(meter, "enable").done is True
    assert meter.supply is SupplyState.ENABLED


def test_a_press_for_the_gas_meter_waits_until_it_wakes(
    ppmid: PrepaymentInterface, gas: GasMeter, clock: ManualClock
) -> None:
    gas.execute(CloseValve(), GAS_SUPPLIER)
    gas.execute(ArmValve(), GAS_SUPPLIER)
    refused, allowed = ppmid.press(gas, "enable"), None
    assert refused.done is None
    clock.advance(1800)
    gas.site.catch_up()
    assert refused.done is False  # gas is not opened from afar unless a file says so
    gas.remote_display.enable_over = frozenset({"wireless"})
    allowed = ppmid.press(gas, "enable")
    clock.advance(1800)
    gas.site.catch_up()
    assert allowed.done is True


# --- consumer access device ----------------------------------------------------------------------------------------


@pytest.mark.requirement("CAD-01")
def test_a_cad_reads_consumption_and_tariff_and_nothing_else(
    cad: AccessDevice, meter: ElectricityMeter, hub: CommunicationsHub
) -> None:
    assert cad.read() == [("esme-1", meter.registers()[0], meter.power_w())]
    for request in (ReadNotices(), ReadSupply(), PressButton("enable")):
        with pytest.raises(DeviceRefusal):
            hub.network.ask(cad, meter, request)
    mirror = hub.network.ask(cad, hub.gpf, ReadGas())
    assert (mirror.mprn, mirror.pages, mirror.prepayment) == ("", (), 0)  # type: ignore[attr-defined]
    assert meter.supply is SupplyState.ENABLED


@pytest.mark.requirement("CAD-02")
def test_a_cad_has_no_way_to_the_wan(cad: AccessDevice, hub: CommunicationsHub) -> None:
    before = len(hub.outbox)
    cad.alert(AlertCode.BATTERY_LOW)
    assert len(hub.outbox) == before


def unpair(hub: CommunicationsHub, cad: AccessDevice) -> None:
    hub.execute(RemoveFromDeviceLog(cad.identity.device_id), DCC)
    for node in (cad.node, *hub.network.members.values()):
        assert node is not None
        node.partners.pop(cad.identity.device_id, None)
    assert cad.node is not None
    cad.node.partners.clear()


@pytest.mark.requirement("CAD-05")
def test_option_1_a_passkey_within_a_minute_of_the_button(
    cad: AccessDevice, hub: CommunicationsHub, clock: ManualClock
) -> None:
    unpair(hub, cad)
    assert cad.node is not None
    with pytest.raises(DeviceRefusal, match="button"):
        hub.pairing.press_button()
    hub.pairing.mode = PairingMode.PASSKEY
    passkey = hub.pairing.passkey
    assert len(passkey) == 10
    with pytest.raises(DeviceRefusal, match="not listening"):
        hub.pairing.type_passkey(cad.node, passkey)
    hub.pairing.press_button()
    for wrong in (passkey[:9], passkey + "0"):
        with pytest.raises(DeviceRefusal, match="ten digits"):
            hub.pairing.type_passkey(cad.node, wrong)
    with pytest.raises(DeviceRefusal, match="keypad"):
        hub.pairing.type_passkey(cad.node, passkey, keypad=False)
    clock.advance(60)
    with pytest.raises(DeviceRefusal, match="not listening"):
        hub.pairing.type_passkey(cad.node, passkey)
    hub.pairing.press_button()
    with pytest.raises(DeviceRefusal, match="passkey"):
        hub.pairing.type_passkey(cad.node, f"{(int(passkey) + 1) % 10**10:010}")
    hub.pairing.press_button()
    hub.pairing.type_passkey(cad.node, passkey)
    clock.advance(30)
    assert cad.read()


@pytest.mark.requirement("CAD-06", "CAD-04")
def test_option_2_the_dcc_has_the_hub_list_and_join_it(
    cad: AccessDevice, hub: CommunicationsHub, meter: ElectricityMeter, clock: ManualClock
) -> None:
    unpair(hub, cad)
    node = cad.node
    assert node is not None
    assert isinstance(node.install_code, InstallCode)
    assert cad.read() == []
    hub.execute(AddToDeviceLog(cad.identity.device_id, DeviceKind.CAD, node.install_code, 120), DCC)
    node.locate()
    clock.advance(30)
    assert node.joined
    assert cad.read() == []  # on the HAN, and not yet joined to a meter
    join = JoinMethodB(JoinMethod.B, cad.identity.device_id, DeviceKind.CAD)
    assert meter.execute(join, DCC) is JoinResult.SUCCESS
    assert cad.read()[0][0] == "esme-1"


# --- joins between devices -----------------------------------------------------------------------------------------


def apart(one: Device, other: Device) -> None:
    assert one.node is not None
    assert other.node is not None
    one.node.partners.pop(other.identity.device_id, None)
    other.node.partners.pop(one.identity.device_id, None)


def test_method_a_is_commanded_at_both_ends(
    ppmid: PrepaymentInterface, meter: ElectricityMeter, hub: CommunicationsHub
) -> None:
    apart(ppmid, meter)
    at_meter = JoinMeter(JoinMethod.A_INITIATOR, ppmid.identity.device_id, DeviceKind.PPMID)
    at_ppmid = JoinOther(JoinMethod.A_RESPONDER, meter.identity.device_id, DeviceKind.ESME)
    assert meter.execute(at_meter, SUPPLIER) is JoinResult.SUCCESS
    assert hub.network.ask(ppmid, meter, ReadSupply()) is SupplyState.ENABLED
    with pytest.raises(HanFailure):
        hub.network.ask(meter, ppmid, ReadSupply())
    assert ppmid.execute(at_ppmid, SUPPLIER) is JoinResult.SUCCESS
    assert list(meter.event_log)[-1].code == AlertCode.JOINING_SUCCEEDED
    assert meter.execute(Unjoin(ppmid.identity.device_id), SUPPLIER) is UnjoinResult.SUCCESS
    assert meter.execute(Unjoin(ppmid.identity.device_id), SUPPLIER) is UnjoinResult.NOT_IN_DEVICE_LOG


def test_why_two_devices_do_not_join(
    home: Premises, ppmid: PrepaymentInterface, meter: ElectricityMeter, gas: GasMeter, hub: CommunicationsHub
) -> None:
    ihd = display(home)
    join_b = JoinMethodB(JoinMethod.B, ihd.identity.device_id, DeviceKind.IHD)
    other_kind = JoinMethodB(JoinMethod.B, ihd.identity.device_id, DeviceKind.CAD)
    assert meter.execute(other_kind, SUPPLIER) is JoinResult.INCOMPATIBLE_WITH_EXISTING_ENTRY
    apart(meter, ihd)
    wrong = JoinMethodB(JoinMethod.B, gas.identity.device_id, DeviceKind.GSME)
    assert meter.execute(wrong, SUPPLIER) is JoinResult.INVALID_METHOD_AND_ROLE
    assert ihd.node is not None
    ihd.node.trust = "test"
    assert meter.execute(join_b, SUPPLIER) is JoinResult.UNKNOWN_ISSUER
    ihd.node.trust = "production"
    ihd.switch(False)
    assert meter.execute(join_b, SUPPLIER) is JoinResult.NO_PARTNER_LINK_KEY
    ihd.switch(True)
    assert meter.execute(join_b, SUPPLIER) is JoinResult.SUCCESS
    apart(gas, ppmid)
    without = JoinMethodC(JoinMethod.C, ppmid.identity.device_id, DeviceKind.PPMID)
    assert gas.execute(without, GAS_SUPPLIER) is JoinResult.MISSING_CERTIFICATE
    with_one = JoinMethodC(JoinMethod.C, ppmid.identity.device_id, DeviceKind.PPMID, certificate=True)
    assert gas.execute(with_one, GAS_SUPPLIER) is JoinResult.SUCCESS


def test_a_meter_takes_four_consumers_devices(meter: ElectricityMeter, cad: AccessDevice) -> None:
    apart(meter, cad)
    assert meter.node is not None
    for number in range(4):
        meter.node.partners[f"00-00-00-00-00-00-00-{number:02X}"] = DeviceKind.CAD
    join = JoinMethodB(JoinMethod.B, cad.identity.device_id, DeviceKind.CAD)
    assert meter.execute(join, SUPPLIER) is JoinResult.DEVICE_LOG_FULL
    assert meter.execute(UnjoinMethodB("00-00-00-00-00-00-00-00"), SUPPLIER) is UnjoinResult.SUCCESS


@pytest.mark.requirement("PRV-07")
def test_after_a_change_of_tenancy_nothing_earlier_is_on_the_han(
    home: Premises, meter: ElectricityMeter, clock: ManualClock
) -> None:
    before = display(home).collect().electricity[0].stores
    assert sum(before.days) > 0
    meter.execute(ChangeTenancy(home.site.now_ms), SUPPLIER)
    after = display(home).collect().electricity[0].stores
    assert sum(after.days) == after.today == after.week == 0
