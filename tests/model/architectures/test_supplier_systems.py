"""Sites that a supplier works by a system of its own: the Foundation era, opted-out business sites."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from hht.clock import ManualClock
from hht.identifiers import InstallCode
from hht.model.alert_codes import AlertCode
from hht.model.commands import Command
from hht.model.communications_hub.commands import AddToDeviceLog
from hht.model.communications_hub.gas_reads import Mirrored
from hht.model.consumer_devices.access_device import AccessDevice
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter import SupplyState
from hht.model.electricity_meter.registers import ReadImportRegisters, RegistersRead
from hht.model.electricity_meter.supply import DisableSupply, EnableSupply, ReadSupplyState
from hht.model.features.profile_read import ReadGasProfile
from hht.model.han.joins import JoinMethod, JoinMethodB, JoinResult
from hht.model.own_equipment import Modem
from hht.model.parties import Party, UserRole
from hht.model.plan_file import PremisesError
from hht.model.portrait import era, portrait
from hht.model.premises import bring_to_life, read_premises
from hht.model.premises_plan import parse_premises
from hht.model.refusal import DeviceRefusal
from hht.model.wan import Service
from hht.model.wan.access import Denial
from hht.model.wan.change_of_supplier import ChangeError, change_supplier
from hht.model.wan.configuration import Arrangement, Regime
from hht.model.wan.coverage import HubDuty, Ownership, responsible
from hht.model.wan.desk import Desk
from hht.model.wan.hub_delivery import at_delivery, at_installation
from hht.model.wan.inventory import SmiStatus
from hht.model.wan.opting import opt, opting_work
from hht.model.wan.requests import Outcome, ServiceRequest
from hht.model.wan.self_service import Handler, SelfService
from hht.resources import resource_text
from tests.model.architectures.conftest import START, Lived
from tests.model.wan.homes import home_with

Live = Callable[..., Lived]


# --- Foundation ------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("ARC-05")
@pytest.mark.parametrize(
    ("name", "words", "far"),
    [("foundation", "Foundation", "head-end"), ("dual-fuel-connected", "Mass roll-out", "dcc")],
)
def test_the_era_is_the_files_and_is_shown(lived: Live, name: str, words: str, far: str) -> None:
    home = lived(name, days=1)
    assert words in era(home.home.plan)
    assert [link.other for link in portrait(home.home).links if link.by == "WAN"] == [far]
    assert {one.where for one in home.home.site.chronicle} & {"dcc", "head-end"} == {far}
    network = home.sent("Example Networks", "esme-1", ReadSupplyState())
    served = home.centre.register.regime is Regime.MASS_ROLL_OUT
    assert network.outcome is (Outcome.ANSWERED if served else Outcome.DENIED)


@pytest.mark.requirement("ALT-30")
@pytest.mark.parametrize(
    ("name", "buys", "handler"),
    [("foundation", Ownership.SUPPLIER, Handler.SUPPLIER), ("dual-fuel-connected", Ownership.CSP, Handler.CSP)],
)
def test_who_procures_the_hub_is_who_gets_it_back_when_it_is_faulty(
    lived: Live, name: str, buys: Ownership, handler: Handler
) -> None:
    home = lived(name, days=1)
    assert dict(portrait(home.home).duties)[HubDuty.OWNERSHIP.value] == buys.value
    party = next(iter(home.centre.access.users.values())).party
    incident = SelfService(home.centre).raise_incident(party, home.hub, "no WAN light")
    assert incident.handler is handler


@pytest.mark.requirement("DNO-22", "ALT-29")
def test_a_head_end_serves_its_supplier_alone(lived: Live) -> None:
    home = lived("foundation", days=1)
    assert home.sent("Early Energy", "esme-1", DisableSupply()).outcome is Outcome.ANSWERED
    assert home.home.device().supply is SupplyState.DISABLED
    denied = home.sent("Example Networks", "esme-1", ReadImportRegisters())
    assert denied.code == Denial.NOT_SERVED
    assert set(responsible(home.home.wan[0].configuration.ownership).values()) == {Ownership.SUPPLIER}
    alert = AlertCode.METER_COVER_REMOVED
    home.home.device().alert(alert)
    home.wait(10)
    assert [note.alert.code for note in home.centre.mailboxes.of("Early Energy")][-1] == alert
    assert home.centre.mailboxes.of("Example Networks") == []


@pytest.mark.requirement("DCC-08")
@pytest.mark.parametrize("left", [Arrangement.NOVATE, Arrangement.SERVE])
def test_with_an_arrangement_the_gaining_supplier_has_a_smart_meter(lived: Live, left: Arrangement) -> None:
    home = lived("foundation", days=1)
    sealed_before = home.desk("Early Energy").seal("esme-1", EnableSupply())
    losing = home.party("Early Energy")
    change = change_supplier(home.centre, "Early Energy", "New Energy", left)
    assert (change.smart, change.arrangement, change.gaining.role) == (True, left, UserRole.IMPORT_SUPPLIER)
    assert change.why == list(home.home.site.chronicle)[-1].why
    sent = home.sent("New Energy", "esme-1", DisableSupply(), wait_s=20)
    assert sent.outcome is Outcome.ANSWERED
    old = home.centre.request(ServiceRequest(losing, "esme-1", EnableSupply(), sealed_before))
    assert old.code == Denial.UNKNOWN_USER
    assert home.home.device().supply is SupplyState.DISABLED


@pytest.mark.requirement("S1E-01")
def test_without_one_the_site_is_dormant_and_lives_on(lived: Live) -> None:
    home = lived("foundation", days=1)
    change = change_supplier(home.centre, "Early Energy", "New Energy", Arrangement.NONE)
    assert not change.smart
    assert "cannot work it" in change.why
    sent = home.sent("New Energy", "esme-1", ReadSupplyState())
    assert (sent.code, sent.why) == (Denial.DORMANT, change.why)
    gas = home.sent("Early Gas", "gsme-1", ReadGasProfile())
    assert gas.code == Denial.DORMANT  # the hub was the lead supplier's
    meter = home.home.device()
    before, told = meter.registers()[0], len(home.centre.mailboxes.of("New Energy"))
    meter.alert(AlertCode.METER_COVER_REMOVED)
    home.wait(3_600)
    assert meter.registers()[0] > before
    assert len(home.centre.mailboxes.of("New Energy")) == told
    assert home.home.of(HomeDisplay)[0].collect().electricity[0].energy.import_wh == meter.registers()[0]


def test_when_only_the_gas_supplier_leaves_electricity_stays_smart(lived: Live) -> None:
    home = lived("foundation", days=1)
    change_supplier(home.centre, "Early Gas", "New Gas", Arrangement.NONE)
    assert home.sent("New Gas", "gsme-1", ReadGasProfile()).code == Denial.DORMANT
    assert home.sent("Early Energy", "esme-1", ReadSupplyState()).outcome is Outcome.ANSWERED


def test_under_the_dcc_everything_goes_on(lived: Live) -> None:
    home = lived("dual-fuel-connected", days=1)
    change = change_supplier(home.centre, "Example Energy", "New Energy")
    assert (change.smart, change.arrangement) == (True, None)
    assert home.sent("New Energy", "esme-1", DisableSupply()).outcome is Outcome.ANSWERED
    assert home.sent("Example Gas", "gsme-1", ReadGasProfile(), wait_s=1_900).outcome is Outcome.ANSWERED


def test_the_devices_trust_the_gaining_suppliers_seal_and_no_other(lived: Live) -> None:
    home = lived("dual-fuel-connected", days=1)
    stranger = Desk(home.centre, Party("Stranger", UserRole.IMPORT_SUPPLIER))
    old = home.desk("Example Energy")
    change_supplier(home.centre, "Example Energy", "New Energy")
    gaining = home.party("New Energy")
    for desk in (stranger, old):
        seal = desk.seal("esme-1", DisableSupply())
        sent = home.centre.request(ServiceRequest(gaining, "esme-1", DisableSupply(), seal))
        home.wait(10)
        assert (sent.outcome, home.home.device().supply) == (Outcome.REFUSED, SupplyState.ENABLED)


@pytest.mark.parametrize(
    ("losing", "gaining", "words"),
    [
        ("Nobody", "New Energy", "No supplier here"),
        ("Example Networks", "New Energy", "No supplier here"),
        ("Early Energy", "Early Gas", "a party here already"),
    ],
)
def test_a_change_that_cannot_be_is_refused(lived: Live, losing: str, gaining: str, words: str) -> None:
    home = lived("foundation", days=1)
    users = dict(home.centre.access.users)
    with pytest.raises(ChangeError, match=words):
        change_supplier(home.centre, losing, gaining)
    assert home.centre.access.users == users


@pytest.mark.requirement("FUN-14", "FUN-15")
@pytest.mark.parametrize(
    ("name", "losing", "device"),
    [
        ("dual-fuel-connected", "Example Energy", "esme-1"),
        ("dual-fuel-connected", "Example Gas", "hub-1-gpf"),
        ("foundation", "Early Energy", "esme-1"),
    ],
)
def test_at_a_change_of_supplier_the_meter_is_read_at_that_moment(
    lived: Live, name: str, losing: str, device: str
) -> None:
    home = lived(name, days=1)
    change = change_supplier(home.centre, losing, "New Supply", Arrangement.NONE)
    assert change.estimated  # until the answer has come
    home.wait(20)
    (reading,) = change.readings
    assert (reading.request.device, reading.request.sender.name) == (device, losing)
    assert not change.estimated
    if isinstance(reading.answer, RegistersRead):
        assert abs(reading.answer.time_ms - change.time_ms) <= 5_000
        assert home.home.device().registers()[0] - reading.answer.active_wh <= 50
    else:
        assert isinstance(reading.answer, Mirrored)
        assert reading.answer.age_s <= 1_800


@pytest.mark.requirement("FUN-14")
def test_without_a_reading_the_bill_is_estimated(lived: Live) -> None:
    home = lived("dual-fuel-connected", days=1)
    home.home.wan[0].change(service=Service.NONE)
    change = change_supplier(home.centre, "Example Energy", "New Supply")
    home.wait(1_200)
    assert change.estimated


# --- opted out -------------------------------------------------------------------------------------------------------


def modem(home: Lived) -> Modem:
    return home.home.of(Modem)[0]


@pytest.mark.requirement("CHR-05")
def test_an_opted_out_shop_is_reached_by_its_suppliers_modem_and_by_nobody_else(lived: Live) -> None:
    home = lived("opted-out-shop", days=2)
    read = home.sent("Business Energy", "esme-1", ReadImportRegisters())
    assert isinstance(read.answer, RegistersRead)
    assert len(read.answer.channels_wh) == 3
    assert not home.hub.powered
    assert home.sent("Example Networks", "esme-1", ReadSupplyState()).code == Denial.NOT_SERVED
    home.home.device().alert(AlertCode.METER_COVER_REMOVED)
    notes = home.centre.mailboxes.of("Business Energy")
    assert notes[-1].alert.code == AlertCode.METER_COVER_REMOVED


def test_without_its_network_or_power_the_modem_brings_nothing(lived: Live) -> None:
    home = lived("opted-out-shop", days=1)
    modem(home).covered = False
    lost = home.sent("Business Energy", "esme-1", DisableSupply())
    assert (lost.outcome, home.home.device().supply) == (Outcome.UNDELIVERED, SupplyState.ENABLED)
    assert "no network" in lost.why
    told = len(home.centre.mailboxes.of("Business Energy"))
    home.home.device().alert(AlertCode.METER_COVER_REMOVED)
    assert len(home.centre.mailboxes.of("Business Energy")) == told
    modem(home).covered = True
    home.home.mains.switch(False)
    assert "no power" in home.sent("Business Energy", "esme-1", ReadSupplyState()).why
    home.home.mains.switch(True)
    assert home.sent("Business Energy", "esme-1", DisableSupply()).outcome is Outcome.ANSWERED
    assert home.sent("Business Energy", "modem-1", ReadSupplyState()).outcome is Outcome.REFUSED


@pytest.mark.requirement("CHR-06", "CHR-09")
@pytest.mark.parametrize(
    ("kind", "words"), [(DeviceKind.GSME, "no gas mirror"), (DeviceKind.CAD, "no home area network")]
)
def test_what_would_join_is_told_why_it_cannot(lived: Live, kind: DeviceKind, words: str) -> None:
    home = lived("opted-out-shop", days=1)
    cad = home.home.of(AccessDevice)[0]
    assert cad.node is not None
    assert isinstance(cad.node.install_code, InstallCode)
    add = AddToDeviceLog(cad.identity.device_id, kind, cad.node.install_code, 600)
    with pytest.raises(DeviceRefusal, match=words) as refused:
        modem(home).execute(add, home.centre.own_party)
    assert "hub" in refused.value.remedy
    cad.node.locate()
    home.wait(60)
    assert not cad.node.joined


@pytest.mark.requirement("CHR-07", "CH-24", "DCC-06")
def test_at_opt_in_a_visit_fits_a_csps_hub_and_the_same_meter_joins_it(lived: Live) -> None:
    home = lived("opted-out-shop", days=1)
    change_supplier(home.centre, "Business Energy", "Gaining Energy", Arrangement.SERVE)
    work = opting_work(home.centre, Regime.MASS_ROLL_OUT)
    assert (work.visit, work.fits, work.payer) == (True, Ownership.CSP, "Gaining Energy")
    assert work.removes == ("modem-1",)
    home.hub.power.fit()
    opt(home.centre, Regime.MASS_ROLL_OUT)
    assert home.sent("Gaining Energy", "esme-1", ReadSupplyState()).outcome is Outcome.UNDELIVERED  # not joined yet
    home.wait(300)
    meter, cad = home.home.device(), home.home.of(AccessDevice)[0]
    for device in (meter, cad):
        join(home, device)
    assert meter.execute(JoinMethodB(JoinMethod.B, cad.identity.device_id, cad.kind), home.centre.own_party) is (
        JoinResult.SUCCESS
    )
    assert cad.read()[0][0] == "esme-1"
    assert home.sent("Gaining Energy", "esme-1", ReadSupplyState()).outcome is Outcome.ANSWERED
    assert home.sent("Example Networks", "esme-1", ReadSupplyState()).outcome is Outcome.ANSWERED  # the DCC serves it


def join(home: Lived, device: Device) -> None:
    assert device.node is not None
    assert isinstance(device.node.install_code, InstallCode)
    add = AddToDeviceLog(device.identity.device_id, device.kind, device.node.install_code, 600)
    home.hub.execute(add, home.centre.own_party)
    device.node.locate()
    home.wait(60)
    assert device.node.joined


@pytest.mark.requirement("CHR-07", "CHR-08")
def test_no_visit_where_the_dcc_adopts_the_hubs_wan_contract(lived: Live) -> None:
    home = lived("dual-fuel-connected", days=1)
    out = opting_work(home.centre, Regime.OPTED_OUT)
    assert (out.visit, out.fits, out.removes) == (True, Ownership.SUPPLIER, ("hub-1",))
    text = "[centre]\nregime = 'opted-out'\nadoptable = true\n"
    clock = ManualClock(START)
    adoptable = Lived(home_with(text, clock), clock)
    work = opt(adoptable.centre, Regime.MASS_ROLL_OUT)
    assert (work.visit, work.fits, work.removes) == (False, None, ())
    adoptable.wait(3_600)
    assert adoptable.sent("Example Networks", "esme-1", ReadSupplyState()).outcome is Outcome.ANSWERED


def test_the_file_says_who_is_outside() -> None:
    plan = read_premises("opted-out-shop")
    assert plan.centre is not None
    assert plan.centre.regime is Regime.OPTED_OUT
    assert "only the supplier" in era(plan)


# --- who answers for a hub -------------------------------------------------------------------------------------------


@pytest.mark.requirement("CH-25", "CHR-03")
@pytest.mark.parametrize("duty", list(HubDuty))
@pytest.mark.parametrize("owner", list(Ownership))
def test_each_function_of_the_hub_is_somebodys_and_shown(duty: HubDuty, owner: Ownership) -> None:
    usual = responsible(owner)
    other = next(one for one in Ownership if one is not usual[duty])
    top = f"[wan]\nownership = '{owner}'\n{other}_duties = ['{duty}']\n[centre]\n"
    clock = ManualClock(START)
    home = Lived(home_with(top, clock), clock)
    shown = dict(portrait(home.home).duties)
    assert shown == {one.value: who.value for one, who in (usual | {duty: other}).items()}
    incident = SelfService(home.centre).raise_incident(home.party("Example Gas"), home.hub, "its LEDs are dark")
    assert incident.handler.value == shown[HubDuty.FAULT_RETURN.value]


@pytest.mark.requirement("S1E-12")
@pytest.mark.parametrize(
    ("day", "problem"),
    [
        (date(2026, 3, 1), "delivered on 2026-03-02 only"),
        (date(2026, 3, 2), ""),
        (date(2027, 9, 1), ""),
        (date(2027, 9, 2), "2026-03-02 to 2027-09-01"),
    ],
)
def test_the_dcc_answers_at_delivery_and_the_supplier_at_installation(lived: Live, day: date, problem: str) -> None:
    home = lived("opted-out-shop", days=1)
    delivered = at_delivery(home.centre, home.hub, date(2026, 3, 2))
    assert (delivered.responsible, delivered.problem) == ("DCC", "")
    unlisted = replace(home.hub.configuration.identity, firmware="00099999")
    home.hub.identity = unlisted
    assert "not on the Central Products List" in at_delivery(home.centre, home.hub, day).problem
    fitted = at_installation(home.hub, home.party("Business Energy"), day)
    assert fitted.responsible == "Business Energy"
    assert (problem in fitted.problem) if problem else fitted.problem == ""


@pytest.mark.requirement("S1E-12")
def test_a_hub_that_lay_in_the_van_too_long_is_fitted_and_not_taken(lived: Live) -> None:
    text = resource_text("premises", "opted-out-shop.toml").replace("2027-09-01]", "2026-06-16]")
    clock = ManualClock(START)  # the day after
    home = Lived(bring_to_life(parse_premises(text, name="m", file="m.toml"), clock=clock, days=1), clock)
    home.hub.power.fit()
    opt(home.centre, Regime.MASS_ROLL_OUT)
    assert home.hub.powered
    assert "Mass roll-out" in portrait(home.home).era
    assert home.centre.status(home.hub) is SmiStatus.PENDING
    assert any("Installation Validity Period" in line.why for line in home.home.site.chronicle)
    good = lived("opted-out-shop", days=1)
    good.hub.power.fit()
    opt(good.centre, Regime.MASS_ROLL_OUT)
    assert good.centre.status(good.hub) is SmiStatus.COMMISSIONED


@pytest.mark.requirement("CHR-15")
def test_a_smets1_hub_is_none_of_the_dccs(lived: Live) -> None:
    home = lived("smets1-enrolled", days=1)
    assert at_delivery(home.centre, home.hub, date(2026, 1, 1)).responsible == "Early Energy"


@pytest.mark.parametrize(
    "wrong", ["installable = [2026-03-02]", "installable = [2027-03-02, 2026-09-01]", 'delivered = "May"']
)
def test_days_that_are_none_are_told_where(wrong: str) -> None:
    text = resource_text("premises", "opted-out-shop.toml")
    old = next(line for line in text.splitlines() if line.startswith(wrong.split()[0]))
    with pytest.raises(PremisesError) as error:
        parse_premises(text.replace(old, wrong), name="m", file="m.toml")
    assert error.value.details["line"]


@pytest.mark.parametrize(
    ("premises", "broker"), [("foundation", "head end (HES)"), ("dual-fuel-connected", "DCC (DCC)")]
)
def test_devices_know_who_stands_there_in_the_place_of_the_dcc(lived: Live, premises: str, broker: str) -> None:
    home = lived(premises, days=1)
    heard: list[Party] = []

    def hears(_command: Command, sender: Party) -> object:
        heard.append(sender)
        return SupplyState.ENABLED

    home.home.device().accept({ReadSupplyState: hears})
    asked = home.centre.request(ServiceRequest(home.centre.own_party, "esme-1", ReadSupplyState()))
    home.wait(60)
    assert asked.outcome is Outcome.ANSWERED, asked.why
    assert [str(party) for party in heard] == [broker]
