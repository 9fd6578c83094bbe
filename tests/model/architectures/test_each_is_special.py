"""The plainer premises that come along, for two days: what their descriptions promise is so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hht.model.consumer_devices.displays import HomeDisplay, PrepaymentInterface
from hht.model.device import DeviceKind
from hht.model.electricity_meter import Item, LocalAccess, LocalPort
from hht.model.gas_meter import GasMeter
from hht.model.load_control_switch import LoadControlSwitch
from hht.model.meter_clock import TimeStatus
from hht.model.portrait import portrait
from hht.model.premises import available_premises
from hht.model.prepayment.settings import PaymentMode
from hht.model.refusal import DeviceRefusal
from tests.model.architectures.conftest import Lived

Live = Callable[..., Lived]
PASSWORD = 17


def write_contact(home: Lived) -> str:
    """What the meter has as its contact after an installer wrote "E-ON" at its port."""
    meter = home.home.device()
    port = LocalPort(meter)
    role = port.role(PASSWORD)
    assert role is not None
    port.write(role, Item.CONTACT_NAME, "E-ON")
    return str(port.read(role, Item.CONTACT_NAME))


def test_at_least_twenty_come_along() -> None:
    assert len(available_premises()) >= 20


def test_a_clock_hours_slow_and_known_to_be_so(lived: Live) -> None:
    meter = lived("clock-adrift").home.device()
    slow_s = (meter.site.now() - meter.clock.now()).total_seconds()
    assert round(slow_s) == 11_520
    assert meter.clock.status is TimeStatus.INVALID


def test_a_home_with_both_fuels_and_every_consumers_device(lived: Live) -> None:
    home = lived("dual-fuel")
    gas = home.home.of(GasMeter)[0]
    assert gas.litres() > gas.configuration.reading_l
    assert home.hub.gpf.age_s is not None
    assert home.hub.gpf.age_s <= 1_800
    assert {node.device.kind for node in home.hub.network.members.values()} == {
        DeviceKind.ESME,
        DeviceKind.GSME,
        DeviceKind.GPF,
        DeviceKind.IHD,
        DeviceKind.PPMID,
        DeviceKind.CAD,
    }
    assert home.home.of(HomeDisplay)[0].collect().gas is not None
    assert home.home.of(PrepaymentInterface)[0].pages()


def test_one_meter_forgets_and_one_refuses_and_a_good_one_keeps(lived: Live) -> None:
    assert write_contact(lived("single-element")) == "E-ON"
    assert write_contact(lived("forgets-writes")) == ""
    with pytest.raises(DeviceRefusal):
        write_contact(lived("refuses-writes"))


@pytest.mark.parametrize(
    ("name", "access"), [("no-optical-port", LocalAccess.NONE), ("smets2-read-only", LocalAccess.READ)]
)
def test_ports_that_let_nobody_write(lived: Live, name: str, access: LocalAccess) -> None:
    home = lived(name)
    assert home.home.device().local_access is access
    with pytest.raises(DeviceRefusal):
        write_contact(home)


def test_the_cable_carries_the_han_from_the_basement_to_the_twelfth_floor(lived: Live) -> None:
    home = lived("high-rise-flat")
    links = {link.other: link for link in portrait(home.home).links}
    assert {link.by for link in links.values()} == {"wire"}
    shown = home.home.of(HomeDisplay)[0].collect().electricity[0].energy
    assert shown.import_wh == home.home.device().registers()[0]
    home.home.medium.cut.add("ihd-1")  # type: ignore[attr-defined]
    assert home.home.of(HomeDisplay)[0].collect().electricity == ()


def test_the_neighbours_meter_is_another(lived: Live) -> None:
    ours, theirs = lived("single-element").home.device(), lived("next-door").home.device()
    assert ours.identity.device_id != theirs.identity.device_id
    assert theirs.import_mpan
    assert not ours.import_mpan


def test_three_phases_bear_their_shares(lived: Live) -> None:
    meter = lived("polyphase").home.device()
    opening = meter.configuration.import_reading_wh
    meter.catch_up()
    wh = [channel.import_mws // 3_600_000 for channel in meter.measurement.channels]
    wh[0] -= opening
    assert wh[0] > wh[1] > wh[2] > 0
    assert 58 <= wh[0] * 100 // sum(wh) <= 61


def test_a_flat_that_pays_before_spends_what_it_has(lived: Live) -> None:
    meter = lived("prepayment-flat").home.device()
    assert meter.prepayment.mode is PaymentMode.PREPAYMENT
    accounts, began = meter.prepayment.accounts, meter.configuration.prepayment
    assert accounts.balance < began.balance
    assert began.time_debts[0].amount - accounts.time_debts[0].amount == 2 * began.time_debts[0].rate  # two days' worth
    assert accounts.payment_debt == began.payment_debt  # nothing was topped up yet


def test_thick_walls_stop_one_band_and_not_the_other(lived: Live) -> None:
    home = lived("stone-cottage")
    gas = next(link for link in portrait(home.home).links if link.other == "gsme-1")
    assert gas.state == "good"
    medium = home.home.medium
    medium.bands["gsme-1"] = frozenset({"2400"})  # type: ignore[attr-defined]
    deaf = next(link for link in portrait(home.home).links if link.other == "gsme-1")
    assert deaf.state == "not heard"


def test_the_night_heats_the_bungalow(lived: Live) -> None:
    home = lived("storage-heaters")
    meter, switch = home.home.device(), home.home.of(LoadControlSwitch)[0]
    assert [one.plan.label for one in meter.load_control.switches.values()] == [
        "Storage heaters",
        "Hot water",
        "Car charger",
    ]
    rows = list(meter.profile.entries(0, len(meter.profile)))
    at = {row.time_s: row.import_wh for row in rows}
    day = rows[-1].time_s // 86_400 * 86_400
    night = at[day + 7 * 3600] - at[day + 3600]
    noon = at[day + 12 * 3600] - at[day + 8 * 3600]
    assert night > 5 * noon
    home.wait(14 * 3_600)  # 02:12 the next day
    assert switch.closed
