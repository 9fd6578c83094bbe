"""What consumers' devices may read, and how somebody sees that one is paired."""

from __future__ import annotations

import itertools

import pytest

from hht.clock import ManualClock
from hht.identifiers import InstallCode
from hht.model.communications_hub.commands import AddToDeviceLog
from hht.model.communications_hub.gas_proxy import ReadGas
from hht.model.communications_hub.pairing import PairingMode
from hht.model.consumer_devices.access_device import AccessConfiguration, AccessDevice, AccessKind, HomeData
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import DeviceIdentity, DeviceKind
from hht.model.features.alert_behaviour import ReadSharedEvents
from hht.model.features.notices import NoticesShown, SendCin, SendMessage
from hht.model.features.open_data import ReadHalfHours, TariffInformation
from hht.model.features.tariff import ReadPrices
from hht.model.features.tenancy import ChangeGasTenancy, ChangeTenancy
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.registers import ReadGasMeterBalance
from hht.model.han.joins import JoinMethod, JoinMethodB, JoinResult
from hht.model.han.network import HanFailure
from hht.model.han.node import CONSUMERS, HanNode, JoinFailure, NodeState, may_be_partners
from hht.model.han.requests import HanRequest
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises, load_premises
from hht.model.prepayment.commands import ReadPrepaymentRegisters
from hht.model.refusal import DeviceRefusal
from tests.model.wan.homes import after, home_with, hub

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
GAS_SUPPLIER = Party("Example Gas", UserRole.GAS_SUPPLIER)
DCC = Party("DCC", UserRole.DCC)
CODE = InstallCode("00112233445566778899AABBCCDDEEFF")


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return home_with("[mains]\noutages = 0\n", clock, days=10)


def cad(home: Premises) -> AccessDevice:
    return home.of(AccessDevice)[0]


def rows(data: HomeData) -> tuple[tuple[int, ...], ...]:
    assert isinstance(data.half_hours, tuple)
    return data.half_hours


@pytest.mark.requirement("EED-06")
def test_all_consumption_export_and_tariff_information_is_there_to_be_read(home: Premises, clock: ManualClock) -> None:
    meter, gas = home.device(), home.of(GasMeter)[0]
    after(home, clock, 100)
    gas.wake()
    data = cad(home).gather()
    assert set(data) == {"esme-1", "hub-1-gpf"}
    electricity = data["esme-1"]
    assert rows(electricity) == tuple(
        (one.time_s, one.import_wh, one.export_wh) for one in meter.profile.entries(0, 1 << 40)
    )
    assert electricity.days == meter.stores.daily_consumption()
    tariff = electricity.tariff
    assert isinstance(tariff, TariffInformation)
    assert (tariff.plan, tariff.tou_wh, tariff.block_wh) == (
        meter.tariff.plan,
        meter.tariff.tou_wh,
        meter.tariff.block_wh,
    )
    assert rows(data["hub-1-gpf"]) == tuple((one.time_s, one.import_wh) for one in gas.profile.entries(0, 1 << 40))
    assert data["hub-1-gpf"].days == gas.stores.daily_consumption()
    some = hub(home).network.ask(cad(home), meter, ReadHalfHours(rows(electricity)[5][0], rows(electricity)[9][0]))
    assert some == rows(electricity)[5:10]


@pytest.mark.requirement("CAD-03")
def test_nothing_of_an_earlier_tenant_is_read(home: Premises, clock: ManualClock) -> None:
    moved_ms = home.site.now_ms
    home.device().execute(ChangeTenancy(moved_ms), SUPPLIER)
    hub(home).gpf.execute(ChangeGasTenancy(moved_ms), GAS_SUPPLIER)
    after(home, clock, 86_400 * 2)
    for name, data in cad(home).gather().items():
        assert rows(data), name
        assert all(row[0] * 1000 >= moved_ms for row in rows(data))
        assert isinstance(data.days, tuple)
        assert len(data.days) == 1  # the whole day between


@pytest.mark.requirement("CAD-03")
def test_a_change_of_tenancy_that_is_dated_earlier_afterwards_shows_nothing_again(home: Premises) -> None:
    moved_ms = home.site.now_ms
    for since_ms in (moved_ms, moved_ms - 86_400_000):
        home.device().execute(ChangeTenancy(since_ms), SUPPLIER)
        hub(home).gpf.execute(ChangeGasTenancy(since_ms), GAS_SUPPLIER)
    assert hub(home).network.ask(cad(home), home.device(), ReadHalfHours()) == ()
    assert {home.device().tenancy.since_ms, hub(home).gpf.tenancy.since_ms} == {moved_ms}


@pytest.mark.requirement("CAD-07")
def test_the_device_says_how_far_pairing_is(home: Premises, clock: ManualClock) -> None:
    one = device(home, 1)
    assert one.indicator == "not joined"
    one.node.locate()  # type: ignore[union-attr]
    assert one.indicator == "locating HAN: no network in reach lets devices join"
    hub(home).execute(AddToDeviceLog(one.identity.device_id, DeviceKind.CAD, CODE, 120), DCC)
    assert one.indicator == "establishing security"
    after(home, clock, 30)
    assert one.indicator == "on the network, not paired with a meter"
    join = JoinMethodB(JoinMethod.B, one.identity.device_id, DeviceKind.CAD)
    assert home.device().execute(join, SUPPLIER) is JoinResult.SUCCESS
    assert one.indicator == "paired"
    one.node.power(False)  # type: ignore[union-attr]
    assert one.indicator == "off"
    other = device(home, 2)
    hub(home).execute(AddToDeviceLog(other.identity.device_id, DeviceKind.CAD, InstallCode("F" * 32), 120), DCC)
    other.node.locate()  # type: ignore[union-attr]
    after(home, clock, 30)
    assert other.indicator == "not joined: the keys do not agree: wrong install code"


def device(home: Premises, number: int, sort: AccessKind = AccessKind.DONGLE, *, keypad: bool = True) -> AccessDevice:
    """One more device, near the hub and in nobody's book."""
    identity = DeviceIdentity(f"00-DB-12-34-56-78-{number // 256:02X}-{number % 256:02X}", "Maker", "CAD", "00000001")
    one = AccessDevice(AccessConfiguration(f"cad-{number}", identity, sort, keypad), home.site)
    one.node = HanNode(one, CODE, type_1=False)
    hub(home).network.bring_near(one.node)
    return one


@pytest.mark.requirement("CAD-17", "CAD-09")
@pytest.mark.parametrize("sort", [kind for kind in AccessKind if kind is not AccessKind.BRIDGE])
def test_four_kinds_of_device_pair_by_passkey_where_they_have_a_keypad(
    home: Premises, clock: ManualClock, sort: AccessKind
) -> None:
    hub(home).pairing.mode = PairingMode.PASSKEY
    one = device(home, 1, sort, keypad=False)
    hub(home).pairing.press_button()
    with pytest.raises(DeviceRefusal, match="no keypad"):
        hub(home).pairing.type_passkey(one.node, hub(home).pairing.passkey, keypad=one.configuration.keypad)  # type: ignore[arg-type]
    hub(home).pairing.type_passkey(one.node, hub(home).pairing.passkey)  # type: ignore[arg-type]
    after(home, clock, 30)
    assert one.indicator == "paired"
    assert one.read()[0][0] == "esme-1"


@pytest.mark.requirement("CAD-25")
def test_whoever_tries_is_noted_and_only_whom_the_table_has_is_let_in(home: Premises, clock: ManualClock) -> None:
    stranger = device(home, 7)
    hub(home).network.open_joining(60)
    stranger.node.locate()  # type: ignore[union-attr]
    after(home, clock, 30)
    assert stranger.node.failure is JoinFailure.NOT_LISTED  # type: ignore[union-attr]
    assert hub(home).network.turned_away[-1][1:] == (stranger.identity.device_id, JoinFailure.NOT_LISTED)
    for one, other in itertools.product(CONSUMERS, DeviceKind):
        assert may_be_partners(one, other) is (other in (DeviceKind.ESME, DeviceKind.GPF))


@pytest.mark.requirement("CAD-21")
def test_a_flood_of_failing_pairings_does_not_disturb_the_meters(home: Premises, clock: ManualClock) -> None:
    flood = [device(home, number) for number in range(300)]
    before = len(home.device().profile)
    for _round in range(3):
        hub(home).network.open_joining(60)
        for one in flood:
            one.node.locate()  # type: ignore[union-attr]
        after(home, clock, 1800)
    assert all(one.node.state is NodeState.UNJOINED for one in flood)  # type: ignore[union-attr]
    assert len(hub(home).network.turned_away) >= 900
    assert len(home.device().profile) == before + 3
    assert hub(home).gpf.age_s is not None
    assert hub(home).gpf.age_s < 1800
    assert cad(home).read()


class Hello(HanRequest):
    """Answered with a word."""


@pytest.mark.requirement("HAN-21")
def test_the_coordinator_lets_join_and_carries_between_partners_and_nobody_else_does(
    home: Premises, clock: ManualClock
) -> None:
    meter, network, one = home.device(), hub(home).network, device(home, 9)
    meter.serve({Hello: lambda _request, asker: f"good day, {asker.name}"})
    with pytest.raises(HanFailure, match="not on the HAN"):
        network.ask(one, meter, Hello())
    hub(home).execute(AddToDeviceLog(one.identity.device_id, DeviceKind.IHD, CODE, 90), DCC)
    one.kind = DeviceKind.IHD
    one.node.locate()  # type: ignore[union-attr]
    after(home, clock, 30)
    with pytest.raises(HanFailure, match="not joined to one another"):
        network.ask(one, meter, Hello())
    meter.execute(JoinMethodB(JoinMethod.B, one.identity.device_id, DeviceKind.IHD), SUPPLIER)
    heard = hub(home).device_log.entries[one.identity.device_id].statistics.heard
    assert network.ask(one, meter, Hello()) == "good day, cad-9"
    assert hub(home).device_log.entries[one.identity.device_id].statistics.heard == heard + 1  # through the hub
    home.mains.switch(False)
    with pytest.raises(HanFailure):
        network.ask(one, meter, Hello())


@pytest.mark.requirement("CAD-03")
@pytest.mark.parametrize("ahead_ms", [0, 30 * 86_400_000])
def test_what_was_spent_before_new_people_came_is_not_theirs_to_see(
    home: Premises, clock: ManualClock, ahead_ms: int
) -> None:
    meter, gas, proxy = home.device(), home.of(GasMeter)[0], hub(home).gpf
    network, one, display = hub(home).network, cad(home), home.of(HomeDisplay)[0]
    meter.execute(SendMessage("Your debt is 400 pounds"), SUPPLIER)
    meter.execute(SendCin("4711"), DCC)
    gas.notices.message = "Your gas debt is 200 pounds"
    gas.wake()
    before = display.pages()
    assert any("debt" in line for page in before for line in page.lines)
    balances = [meter.execute(ReadPrepaymentRegisters(), SUPPLIER), gas.execute(ReadGasMeterBalance(), GAS_SUPPLIER)]
    bill = meter.tariff.cost
    assert network.ask(one, meter, ReadPrices()).cost_today > 0  # type: ignore[attr-defined]
    assert network.ask(one, proxy, ReadGas()).tariff.cost_today > 0  # type: ignore[attr-defined]
    moved_ms = home.site.now_ms + ahead_ms
    meter.execute(ChangeTenancy(moved_ms), SUPPLIER)
    proxy.execute(ChangeGasTenancy(moved_ms), GAS_SUPPLIER)
    lines = [line for page in display.pages() for line in page.lines]
    assert [line for line in lines if "debt" in line or "4711" in line or "m3" in line] == []
    gas.wake()
    assert network.ask(one, meter, ReadPrices()).cost_today == 0  # type: ignore[attr-defined]
    assert network.ask(one, proxy, ReadGas()).tariff.cost_today == 0  # type: ignore[attr-defined]
    shown = display.collect()
    assert shown.electricity[0].notices == NoticesShown(
        meter.notices.contact_name, meter.notices.contact_telephone, "", ""
    )
    assert shown.gas is not None
    assert not shown.gas.notices.message
    assert shown.electricity[0].prepayment is not None
    assert shown.gas_prepayment is not None
    assert shown.electricity[0].prepayment.registers.meter_balance == 0
    assert shown.gas_prepayment.registers.meter_balance == 0
    for device in (meter, gas):
        account = next(page for page in device.display.pages() if page.title == "Account")
        assert account.lines[-1] == "Balance £0.00"
    assert network.ask(display, meter, ReadSharedEvents()) == ()
    # What the supplier bills by stays as it was.
    now = [meter.execute(ReadPrepaymentRegisters(), SUPPLIER), gas.execute(ReadGasMeterBalance(), GAS_SUPPLIER)]
    assert (now, meter.tariff.cost) == (balances, bill)
    assert proxy.execute(ReadGasMeterBalance(), GAS_SUPPLIER).answer == now[1]  # type: ignore[attr-defined]
    after(home, clock, 7200)
    gas.wake()
    spent = meter.tariff.cost - bill
    assert network.ask(one, meter, ReadPrices()).cost_today == spent > 0  # type: ignore[attr-defined]
    assert rows(one.gather()["esme-1"])  # what the new people use is theirs to see, whatever date was given
    shown = display.collect()
    assert shown.electricity[0].prepayment is not None
    assert shown.electricity[0].prepayment.registers.meter_balance == -spent


@pytest.mark.requirement("CAD-03")
def test_a_display_on_the_consumers_own_network_forgets_the_earlier_people_too(clock: ManualClock) -> None:
    home = load_premises("gas-apart", clock=clock, days=3)
    meter, gas, display = home.device(), home.of(GasMeter)[0], home.of(HomeDisplay)[0]
    gas.wake()
    meter.execute(SendMessage("Your debt is 400 pounds"), SUPPLIER)
    before = display.looked_at()
    assert before.gas is not None
    assert before.electricity[0].notices is not None
    assert before.electricity[0].notices.message
    meter.execute(ChangeTenancy(home.site.now_ms), SUPPLIER)
    hub(home).gpf.execute(ChangeGasTenancy(home.site.now_ms), GAS_SUPPLIER)
    after_it = display.looked_at()
    assert after_it.gas is None
    assert after_it.electricity[0].notices is not None
    assert not after_it.electricity[0].notices.message


def test_a_gas_meter_hears_of_new_people_from_the_next_hub_too(home: Premises, clock: ManualClock) -> None:
    gas = home.of(GasMeter)[0]
    gas.notices.message = "Your gas debt is 200 pounds"
    hub(home).gpf.take_over(None, since_ms=home.site.now_ms)  # what the hub before it knew
    gas.wake()
    assert not gas.notices.message
    assert gas.tariff.shown.cost_today == 0
