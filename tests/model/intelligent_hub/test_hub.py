"""The premises that comes along: a hub with display and keypad, on the electricity meter's wire, with a WAN."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.communications_hub import CommunicationsHub
from hht.model.communications_hub.commands import AddToDeviceLog
from hht.model.electricity_meter import ElectricityMeter
from hht.model.exchange import exchange_hub
from hht.model.features.notices import SendGasMessage
from hht.model.han.node import JoinFailure
from hht.model.intelligent_hub import AccountingGasProxy, BasicGasMeter
from hht.model.parties import Party, UserRole
from hht.model.portrait import portrait
from hht.model.premises import Premises, load_premises
from hht.model.prepayment.commands import AdjustBalance, AdjustGasBalance, ApplyGasTopUp, SetPrepaymentMode
from hht.model.refusal import DeviceRefusal
from hht.model.training.panel import panel_of, press_control, state_of
from hht.model.wan.coverage import Service
from hht.model.wan.module import WanState

GAS_SUPPLIER = Party("Example Gas", UserRole.GAS_SUPPLIER)
SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # no friendly hour


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return load_premises("intelligent-hub", clock=clock, days=1)


@pytest.fixture
def hub(home: Premises) -> CommunicationsHub:
    return home.of(CommunicationsHub)[0]


@pytest.fixture
def account(hub: CommunicationsHub) -> AccountingGasProxy:
    assert isinstance(hub.gpf, AccountingGasProxy)
    return hub.gpf


@pytest.fixture
def gas(home: Premises) -> BasicGasMeter:
    return home.of(BasicGasMeter)[0]


@pytest.fixture
def broke(account: AccountingGasProxy, gas: BasicGasMeter) -> AccountingGasProxy:
    """Everything is spent, and the valve closed."""
    account.prepayment.settle()
    account.execute(AdjustGasBalance(-account.prepayment.accounts.balance), GAS_SUPPLIER)
    gas.display.press("contact")
    assert gas.valve.closed
    return account


@pytest.mark.requirement("IH-14")
def test_without_wan_the_number_is_typed_at_the_hub(
    home: Premises, hub: CommunicationsHub, broke: AccountingGasProxy, gas: BasicGasMeter, clock: ManualClock
) -> None:
    home.wan[0].change(service=Service.NONE, why="a drill")
    assert home.wan[0].state is WanState.NO_SERVICE
    assert hub.wan is None
    digits = broke.prepayment.top_ups.vend.mint(1_000).utrn.reveal()
    with pytest.raises(DeviceRefusal):
        broke.display.press("utrn", "1" + digits[1:])
    broke.display.press("utrn", digits)
    assert broke.prepayment.accounts.balance == 1_000_000
    clock.advance(40 * 60)
    home.site.catch_up()
    assert not gas.valve.closed
    with pytest.raises(DeviceRefusal, match="used before"):
        broke.display.press("utrn", digits)


@pytest.mark.requirement("IH-14")
def test_with_wan_the_supplier_sends_it(
    home: Premises, hub: CommunicationsHub, broke: AccountingGasProxy, gas: BasicGasMeter, clock: ManualClock
) -> None:
    receipt = broke.prepayment.top_ups.vend.mint(1_000)
    command = ApplyGasTopUp(receipt.utrn, receipt.counter, receipt.target)
    hub.deliveries.deliver(broke.identity.device_id, command, GAS_SUPPLIER)
    clock.advance(40 * 60)
    home.site.catch_up()
    assert not gas.valve.closed


@pytest.mark.requirement("IH-24")
def test_one_display_and_one_keypad_for_both_fuels(home: Premises, account: AccountingGasProxy) -> None:
    meter = home.device()
    meter.execute(AdjustBalance(100_000), SUPPLIER)
    meter.execute(SetPrepaymentMode(), SUPPLIER)
    pages = {page.title: page.lines for page in account.display.pages()}
    assert set(pages) >= {"Prepayment", "Gas credit", "Electricity"}
    assert any("Balance £1.00" in line for line in pages["Electricity"])
    account.display.press("electricity-utrn", meter.prepayment.top_ups.vend.mint(500).utrn.reveal())
    assert meter.prepayment.accounts.balance == 600_000
    with pytest.raises(DeviceRefusal):  # a number for gas is none for electricity
        account.display.press("electricity-utrn", account.prepayment.top_ups.vend.mint(500).utrn.reveal())


@pytest.mark.requirement("IH-24")
def test_in_credit_mode_no_number_is_taken_for_electricity(account: AccountingGasProxy) -> None:
    with pytest.raises(DeviceRefusal):
        account.display.press("electricity-utrn", "1" * 20)


def test_without_power_the_display_is_dark(home: Premises, account: AccountingGasProxy) -> None:
    home.mains.switch(False)
    assert account.display.pages() == []
    with pytest.raises(DeviceRefusal, match="no power"):
        account.display.press("emergency-credit")


@pytest.mark.requirement("IH-11")
def test_the_hub_houses_wan_end_point_trust_centre_and_coordinator(home: Premises, hub: CommunicationsHub) -> None:
    assert [module.hub for module in home.wan] == [hub]
    assert hub.network.coordinator == hub.name
    meter = home.of(ElectricityMeter)[0]
    assert home.medium.quality(meter.name, hub.name, home.site.now_ms).rssi_dbm == 0  # a wire, no radio
    gas = home.of(BasicGasMeter)[0]
    assert gas.node is not None
    gas.node.leave()
    hub.device_log.remove(gas.identity.device_id)
    assert hub.network.admission(gas.node) is JoinFailure.NOT_LISTED  # it decides who is on the HAN


@pytest.mark.requirement("IH-10", "IH-15")
def test_an_ihd_has_gas_from_the_hub_while_the_meter_is_not_heard(home: Premises, clock: ManualClock) -> None:
    home.faults.on("never-wakes", "gsme-1")
    clock.advance(2 * 3600)
    pages = {page.title: page.lines for page in panel_of(home, "ihd-1").pages}
    assert "120 min old" in pages["Gas"][0]
    assert "No contact with the gas meter: the gas supply stays on for 2 d 22 h" in pages["Gas"]


def test_people_at_the_devices_can_press_and_read(
    home: Premises, broke: AccountingGasProxy, gas: BasicGasMeter
) -> None:
    assert state_of(gas).tone == "bad"
    panel = panel_of(home, "hub-1")
    assert panel.screen
    assert "Gas credit" in [page.title for page in panel.pages]
    receipt = press_control(home, "hub-1", "buy", "10")
    digits = "".join(character for character in receipt if character.isdigit())
    press_control(home, "hub-1", "utrn", digits)
    press_control(home, "gsme-1", "contact")
    assert not gas.valve.closed
    controls = {control.name: control.enabled for control in panel_of(home, "gsme-1").controls}
    assert controls["contact"]
    assert not controls["emergency"]
    assert "Credit" in [page.title for page in panel_of(home, "gsme-1").pages]


def test_the_portrait_says_where_the_account_is(home: Premises) -> None:
    special = {device.name: device.special for device in portrait(home).devices}
    assert "keeps the gas account; display and keypad" in special["hub-1"]
    assert "register, valve and radio only: its account is in the hub" in special["gsme-1"]


def test_the_account_goes_with_the_hub_and_its_supplier_carries_it_over(
    home: Premises, hub: CommunicationsHub, account: AccountingGasProxy, gas: BasicGasMeter, clock: ManualClock
) -> None:
    spare = replace(
        hub.configuration,
        identity=replace(hub.identity, device_id="00-DB-12-34-56-78-9C-A2"),
        gpf_id="00-DB-12-34-56-78-9C-A3",
    )
    new = exchange_hub(home, hub, spare, by=GAS_SUPPLIER, why="defect")
    other = new.gpf
    assert isinstance(other, AccountingGasProxy)
    assert other.prepayment.accounts.balance == 0 < account.prepayment.accounts.balance
    assert gas.node is not None
    assert gas.node.install_code is not None
    gas.node.leave()
    clock.advance(120)  # the new hub has started
    new.execute(
        AddToDeviceLog(gas.identity.device_id, gas.kind, gas.node.install_code, 600), Party("DCC", UserRole.DCC)
    )
    gas.node.locate()
    clock.advance(60)
    gas.display.press("contact")
    assert gas.valve.closed  # nothing is paid for, as far as this hub knows
    other.execute(AdjustGasBalance(account.prepayment.accounts.balance), GAS_SUPPLIER)
    gas.display.press("contact")
    assert not gas.valve.closed
    clock.advance(3600)
    home.site.catch_up()
    assert gas.supervision.counter == other.counter
    assert not other.counter.failed


@pytest.mark.requirement("CH-22")
def test_the_account_is_in_the_whole_copy_and_goes_on_in_the_other_hub(
    home: Premises, hub: CommunicationsHub, account: AccountingGasProxy, gas: BasicGasMeter, clock: ManualClock
) -> None:
    account.execute(SendGasMessage("Happy new year"), GAS_SUPPLIER)
    clock.advance(1800)
    home.site.catch_up()
    backup = hub.backups.whole()
    before = account.prepayment.registers
    past = account.stores.midnights(), len(account.profile), account.tariff.cost, account.tariff.tou_wh
    spare = replace(
        hub.configuration,
        identity=replace(hub.identity, device_id="00-DB-12-34-56-78-9C-A2"),
        gpf_id="00-DB-12-34-56-78-9C-A3",
    )
    new = exchange_hub(home, hub, spare, by=GAS_SUPPLIER, why="defect")
    other = new.gpf
    assert isinstance(other, AccountingGasProxy)
    clock.advance(120)
    home.site.catch_up()
    new.backups.restore(backup)
    assert other.prepayment.registers == before
    assert past == (other.stores.midnights(), len(other.profile), other.tariff.cost, other.tariff.tou_wh)
    assert other.notices.message == "Happy new year"
    assert other.prepayment.monitor.terms == account.prepayment.monitor.terms
    clock.advance(3600)
    home.site.catch_up()
    gas.display.press("contact")
    assert not gas.valve.closed
    burnt = gas.volume.nl - account.gas.volume_nl
    assert burnt > 0
    spent = account.prepayment.accounts.worth - other.prepayment.accounts.worth
    price = other.tariff.plan.price(1, 0)
    assert spent == pytest.approx(account.gas.conversion.energy_mws(burnt) * price / 3.6e9, abs=2)


def test_a_hub_without_an_account_takes_none_over(home: Premises, hub: CommunicationsHub) -> None:
    backup = hub.backups.whole()
    spare = replace(
        hub.configuration,
        identity=replace(hub.identity, device_id="00-DB-12-34-56-78-9C-A2"),
        gpf_id="00-DB-12-34-56-78-9C-A3",
        account=None,
    )
    new = exchange_hub(home, hub, spare, by=GAS_SUPPLIER, why="defect")
    with pytest.raises(DeviceRefusal, match="gas account"):
        new.backups.restore(backup)
    assert new.device_log.entries == {}
