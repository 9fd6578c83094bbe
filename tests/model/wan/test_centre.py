"""The centre: who may ask for what, what is sent, what becomes of it, who hears of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from hht.identifiers import InstallCode, Utrn, utrn_check_digit
from hht.identifiers.utrn import PPTD_BASE
from hht.model.agenda import DAY_MS
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.commands import AddToDeviceLog, ReadDeviceLog
from hht.model.device import DeviceIdentity, DeviceKind
from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply, ReadSupplyState
from hht.model.features.firmware import ActivateFirmware
from hht.model.features.tariff import SetPrice
from hht.model.gas_meter.valve import ReadValve
from hht.model.parties import Party, UserRole
from hht.model.plan_file import PremisesError
from hht.model.prepayment.commands import ApplyTopUp
from hht.model.wan import Service
from hht.model.wan.access import AccessControl, Certification, Denial, Sanction, User, service_of, services
from hht.model.wan.anomaly import AnomalyDetection, Verdict, Window, usual_windows
from hht.model.wan.inventory import InventoryError, SmiStatus
from hht.model.wan.product_lists import Generation
from hht.model.wan.quarantine import Officer, ReleaseError
from hht.model.wan.requests import Outcome, ServiceRequest
from tests.model.wan.conftest import Site
from tests.model.wan.homes import hub


def token(number: int) -> Utrn:
    """A UTRN with a right check digit."""
    body = f"{PPTD_BASE + number:019}"
    return Utrn(body + str(utrn_check_digit(body)))


SiteWith = Callable[..., Site]
UTRN = token(1)
CODE = InstallCode("015156FD96159409C973701EC28703EB")
NEW = DeviceIdentity("00-DB-12-34-56-78-95-E0", "HHT Training", "SMETS2-1E", "00020131", "SMETS V5.0", "4.2")


# --- what goes there and comes back --------------------------------------------------------------------------------


@pytest.mark.requirement("DCC-01", "DCC-09")
def test_a_request_goes_there_sealed_and_its_answer_comes_back_translated(site: Site) -> None:
    sent = site.desk.send("esme-1", DisableSupply())
    assert (sent.outcome, site.home.device().load_switch.state) == (Outcome.SENT, SupplyState.ENABLED)
    site.wait(1)
    assert (sent.outcome, site.home.device().load_switch.state) == (Outcome.SENT, SupplyState.DISABLED)
    site.wait(1)
    assert (sent.outcome, sent.code, sent.report) == (Outcome.ANSWERED, "I0", "done")
    log = site.desk.send("hub-1", ReadDeviceLog())
    site.wait(2)
    assert isinstance(log.report, list)
    assert {"device_id": "00-DB-12-34-56-78-95-A0", "kind": "electricity-meter", "joined": True}.items() <= dict(
        log.report[0]
    ).items()


@pytest.mark.requirement("DCC-01")
def test_scheduled_retrieval_asks_again_each_day_with_all_checks(site: Site) -> None:
    request = ServiceRequest(site.power, "esme-1", ReadSupplyState())
    site.centre.schedule(request, first_ms=site.home.site.now_ms + 1000)
    site.wait(2 * 86_400 + 5)
    site.centre.access.sanctions.append(Sanction(site.power.name, "the Panel", "debts"))
    site.wait(86_400)
    outcomes = [entry.outcome for entry in site.centre.transactions.values()]
    assert outcomes == [Outcome.ANSWERED, Outcome.ANSWERED, Outcome.ANSWERED, Outcome.DENIED]


def test_a_sleeping_meter_answers_when_it_wakes(site: Site) -> None:
    sent = site.gas_desk.send("gsme-1", ReadValve())
    site.wait(3600)
    assert sent.outcome is Outcome.ANSWERED


def test_without_wan_nothing_is_delivered_and_the_reason_is_told(site: Site) -> None:
    site.home.wan[0].change(service=Service.NONE)
    sent = site.desk.send("esme-1", ReadSupplyState())
    assert (sent.outcome, sent.code, sent.why) == (Outcome.UNDELIVERED, "N12", "there was WAN, and it is lost now")


def test_an_unknown_device_is_no_crash(site: Site) -> None:
    with pytest.raises(InventoryError, match="esme-9"):
        site.centre.request(ServiceRequest(site.power, "esme-9", ReadSupplyState()))


# --- who may -------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("DCC-03")
@pytest.mark.parametrize(
    ("sender", "device", "denial"),
    [
        (Party("Nobody", UserRole.IMPORT_SUPPLIER), "esme-1", Denial.UNKNOWN_USER),
        (Party("Example Networks", UserRole.IMPORT_SUPPLIER), "esme-1", Denial.UNKNOWN_USER),  # a role not its own
        (Party("Example Gas", UserRole.GAS_SUPPLIER, "90-B3-D5-1F-30-00-00-02"), "esme-1", Denial.NOT_RESPONSIBLE),
        (Party("Example Networks", UserRole.ELECTRICITY_DISTRIBUTOR, "90-B3-D5-1F-30-00-00-03"), "esme-1", ""),
    ],
)
def test_each_request_is_checked(site: Site, sender: Party, device: str, denial: str) -> None:
    sent = site.centre.request(ServiceRequest(sender, device, ReadSupplyState()))
    site.wait(5)
    assert (sent.outcome, sent.code) == ((Outcome.DENIED, denial) if denial else (Outcome.ANSWERED, "I0"))


@pytest.mark.requirement("DCC-03", "SEC-01")
def test_a_network_operator_may_read_the_supply_and_not_disable_it(site: Site) -> None:
    sent = site.network_desk.send("esme-1", DisableSupply("tampering"))
    assert (sent.outcome, sent.code) == (Outcome.DENIED, Denial.ROLE)
    assert site.home.device().load_switch.state is SupplyState.ENABLED


@pytest.mark.requirement("SEC-01")
def test_remote_disconnection_needs_the_higher_tier() -> None:
    party = Party("Small Supplier", UserRole.IMPORT_SUPPLIER)
    control = AccessControl({party.name: User(party, Certification.STANDARD)})
    denial = control.check(party, DisableSupply(), DeviceKind.ESME, "esme-1")
    assert denial is not None
    assert denial[0] is Denial.TIER
    assert control.check(party, ReadSupplyState(), DeviceKind.ESME, "esme-1") is None
    control.users[party.name] = User(party, Certification.CRITICAL)
    assert control.check(party, DisableSupply(), DeviceKind.ESME, "esme-1") is None


def test_an_agent_reads_and_changes_nothing() -> None:
    writes = (
        "1.",
        "2.",
        "3.",
        "6.4",
        "6.14",
        "6.20",
        "6.25",
        "6.27",
        "7.1",
        "8.1.",
        "8.7",
        "8.11",
        "11.1",
        "11.3",
        "14.",
    )
    for service in services().values():
        if service.code.startswith(writes):
            assert UserRole.REGISTERED_SUPPLIER_AGENT not in service.roles, service
    assert UserRole.REGISTERED_SUPPLIER_AGENT in services()["6.13"].roles


def test_every_command_goes_by_a_service_that_says_who_may_send_it(site: Site) -> None:
    kinds = {kind for one in site.home.devices for kind in one._handlers if vars(kind).get("use_case")}
    assert len(kinds) > 100
    agent, other = Party("Agent", UserRole.REGISTERED_SUPPLIER_AGENT), Party("Other", UserRole.OTHER_USER)
    control = AccessControl({party.name: User(party) for party in (agent, other)})
    for kind in kinds:
        service = service_of(kind)  # type: ignore[arg-type]
        assert service is not None, kind
        for party in (agent, other):
            denial = control.check(party, kind, DeviceKind.ESME, "esme-1")  # type: ignore[arg-type]
            assert (denial is None) is (party.role in service.roles), kind
        reads = kind.__name__.startswith("Read")
        assert reads or UserRole.REGISTERED_SUPPLIER_AGENT not in service.roles, kind


@pytest.mark.requirement("SEC-04")
@pytest.mark.parametrize(
    ("sanction", "disable", "read"),
    [
        (Sanction("Example Energy", "the Panel", "breach"), True, True),
        (Sanction("Example Energy", "the Panel", "breach", services=frozenset({"7.2"})), True, False),
        (Sanction("Example Energy", "the Panel", "breach", devices=frozenset({"esme-1"})), True, True),
        (Sanction("Example Energy", "the Panel", "breach", devices=frozenset({"hub-1"})), False, False),
        (Sanction("Example Gas", "the Panel", "breach"), False, False),
    ],
)
def test_services_are_withdrawn_or_limited(site: Site, sanction: Sanction, disable: bool, read: bool) -> None:
    site.centre.access.sanctions.append(sanction)
    for command, denied in ((DisableSupply(), disable), (ReadSupplyState(), read)):
        sent = site.desk.send("esme-1", command)
        assert (sent.outcome is Outcome.DENIED) is denied
        if denied:
            assert (sent.code, sent.why) == (Denial.SUSPENDED_USER, "suspended by the Panel: breach")


@pytest.mark.requirement("SEC-04")
def test_a_file_suspends_a_party_and_it_hears_nothing(site_with: SiteWith) -> None:
    party = "[[party]]\nname = 'P'\nrole = 'IS'\nsuspended = 'unpaid'\n[[party]]\nname = 'N'\nrole = 'ED'\n"
    site = site_with(party)
    site.home.mains.switch(False)
    site.wait(300)
    told = {name: len(site.centre.mailboxes.of(name)) for name in ("P", "N")}
    assert told["P"] == 0 < told["N"]


# --- end to end ----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("SEC-12")
def test_a_centre_in_the_middle_cannot_bring_a_command_to_another_meter_change_or_repeat_it(site: Site) -> None:
    meter = site.home.device()
    elsewhere = site.desk.seal("ppmid-1", DisableSupply())
    attempts = [
        ServiceRequest(site.power, "esme-1", DisableSupply(), elsewhere),
        ServiceRequest(site.power, "esme-1", DisableSupply("x"), site.desk.seal("esme-1", DisableSupply())),
    ]
    for attempt in attempts:
        sent = site.centre.request(attempt)
        site.wait(3)
        assert (sent.outcome, meter.load_switch.state) == (Outcome.REFUSED, SupplyState.ENABLED)
    good = ServiceRequest(site.power, "esme-1", DisableSupply(), site.desk.seal("esme-1", DisableSupply()))
    assert [_sent(site, good), _sent(site, good)] == [Outcome.ANSWERED, Outcome.REFUSED]
    codes = [entry.code for entry in meter.security_log]
    assert codes.count(AlertCode.COMMAND_INTEGRITY_CHECK_FAILED) == 3


def _sent(site: Site, request: ServiceRequest) -> Outcome:
    sent = site.centre.request(request)
    site.wait(3)
    return sent.outcome


@pytest.mark.requirement("SEC-10")
@pytest.mark.parametrize(
    "command",
    [DisableSupply(), ApplyTopUp(UTRN, 1, "00-DB-12-34-56-78-95-A0"), ActivateFirmware(bytes(32))],
    ids=["remote disablement", "top-up", "firmware activation"],
)
def test_dangerous_commands_are_carried_out_only_when_sealed(site: Site, command: DisableSupply) -> None:
    bare = site.centre.request(ServiceRequest(site.power, "esme-1", command))
    assert (bare.outcome, bare.code) == (Outcome.DENIED, Denial.UNSEALED)
    forged = replace(site.desk.seal("esme-1", command), mark=1)
    sent = site.centre.request(ServiceRequest(site.power, "esme-1", command, forged))
    site.wait(3)
    assert sent.outcome is Outcome.REFUSED
    assert "does not trust" in sent.why


@pytest.mark.requirement("SEC-10")
def test_a_seal_covers_what_is_never_shown(site: Site) -> None:
    meter_id = site.home.device().identity.device_id
    seal = site.desk.seal("esme-1", ApplyTopUp(UTRN, 1, meter_id))
    sent = site.centre.request(ServiceRequest(site.power, "esme-1", ApplyTopUp(token(2), 1, meter_id), seal))
    site.wait(3)
    assert "does not trust" in sent.why


def test_a_key_is_never_shown(site: Site) -> None:
    key = site.centre.signing_key(site.power)
    assert str(key._seed) not in repr(key) + repr(site.home.wan[0].key)


# --- alerts --------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("DNO-02", "DNO-03", "CH-05", "FUN-16")
def test_suppliers_and_network_operator_hear_of_an_outage_and_of_its_end(site: Site) -> None:
    site.home.mains.switch(False)
    site.wait(182)
    for party in (site.network, site.power, site.gas):
        (notice,) = [note for note in site.centre.mailboxes.of(party.name) if note.alert.device == "hub-1"]
        assert (notice.alert.code, notice.code) == (AlertCode.SUPPLY_INTERRUPTED, "AD1")
    assert site.centre.mailboxes.of(site.pipes.name) == []
    site.home.mains.switch(True)
    site.wait(120)
    last = [note.alert.code for note in site.centre.mailboxes.of(site.network.name) if note.alert.device == "hub-1"]
    assert last == [AlertCode.SUPPLY_INTERRUPTED, AlertCode.SUPPLY_OUTAGE_RESTORED_LONG]


def test_voltage_is_the_operators_and_the_rest_the_suppliers(site: Site) -> None:
    site.wait(120)
    site.centre.mailboxes.notices.clear()
    site.home.device().alert(AlertCode.AVERAGE_VOLTAGE_HIGH)
    site.home.device().alert(AlertCode.METER_COVER_REMOVED)
    site.wait(3)
    boxes = {name: [note.alert.code for note in site.centre.mailboxes.of(name)] for name in site.centre.access.users}
    assert boxes[site.network.name] == [AlertCode.AVERAGE_VOLTAGE_HIGH]
    assert boxes[site.power.name] == [AlertCode.METER_COVER_REMOVED]
    assert boxes[site.gas.name] == []


# --- anomaly detection ---------------------------------------------------------------------------------------------


@pytest.mark.requirement("S1E-14")
def test_one_counter_for_both_generations_and_only_critical_requests_of_the_first() -> None:
    detection = AnomalyDetection({"7.2": 2})

    def judge(made: Generation, now_ms: int, *, critical: bool = True) -> Verdict:
        return detection.judge("7.2", DisableSupply(), made, now_ms, critical=critical)

    assert [judge(Generation.SMETS1, 0), judge(Generation.SMETS2, 1)] == [Verdict.PASS, Verdict.PASS]
    assert judge(Generation.SMETS1, 2, critical=False) is Verdict.PASS  # not looked at, not counted
    assert judge(Generation.SMETS1, 3) is Verdict.QUARANTINE
    assert judge(Generation.SMETS2, 4) is Verdict.QUARANTINE
    assert judge(Generation.SMETS2, DAY_MS + 4) is Verdict.PASS


@pytest.mark.requirement("S1E-15")
def test_an_excessive_price_is_quarantined_or_for_smets1_stops(site_with: SiteWith) -> None:
    price = SetPrice(((900_000,),), 0)
    site = site_with("highest_price_p = 100\n")
    sent = site.desk.send("esme-1", price)
    assert (sent.outcome, sent.code) == (Outcome.QUARANTINED, Denial.QUARANTINE)
    site.wait(7 * 86_400)
    assert sent.outcome is Outcome.QUARANTINED  # never by itself
    first = AnomalyDetection(values={"1.2.1": {"prices": 100_000}})
    assert first.judge("1.2.1", price, Generation.SMETS1, 0, critical=True) is Verdict.STOP
    assert first.judge("1.2.1", SetPrice(((30_000,),), 0), Generation.SMETS1, 0, critical=True) is Verdict.PASS


@pytest.mark.requirement("S1E-15")
@pytest.mark.parametrize(("charge", "outcome"), [(100_001, Outcome.QUARANTINED), (100_000, Outcome.SENT)])
def test_an_excessive_standing_charge_likewise(site_with: SiteWith, charge: int, outcome: Outcome) -> None:
    site = site_with("highest_standing_charge_p = 100\n")
    assert site.desk.send("esme-1", SetPrice(((900_000,),), charge)).outcome is outcome


def test_requests_that_come_to_the_same_are_counted_together_each_window_by_itself() -> None:
    both = frozenset({"7.2", "1.6"})
    detection = AnomalyDetection(windows=(Window("off", both, 2, 60_000), Window("off", both, 3, DAY_MS)))

    def judge(service: str, now_ms: int, made: Generation = Generation.SMETS2) -> Verdict:
        return detection.judge(service, DisableSupply(), made, now_ms, critical=True)

    assert [judge("7.2", 0), judge("1.6", 1, Generation.SMETS1)] == [Verdict.PASS] * 2
    assert judge("7.1", 2) is Verdict.PASS, "another kind of command"
    assert judge("7.2", 3) is Verdict.QUARANTINE, "three of two within the minute"
    assert judge("7.2", 60_010) is Verdict.QUARANTINE, "another minute, and the day has had its three"
    assert judge("1.6", DAY_MS + 60_010) is Verdict.PASS
    apart = AnomalyDetection({"7.2": 1}, together=False)
    kinds = (Generation.SMETS1, Generation.SMETS2, Generation.SMETS1)
    verdicts = [apart.judge("7.2", DisableSupply(), made, 0, critical=True) for made in kinds]
    assert verdicts == [Verdict.PASS, Verdict.PASS, Verdict.QUARANTINE], "what counting apart would let by"


def test_a_home_s_centre_holds_what_the_catalogue_says_is_unusual(site: Site) -> None:
    (minute, *_others) = usual_windows(1)
    sent = [
        site.desk.send("esme-1", command())
        for _time in range(minute.most)
        for command in (DisableSupply, ReadSupplyState)
    ]
    assert {one.outcome for one in sent} == {Outcome.SENT}
    assert site.desk.send("esme-1", DisableSupply()).outcome is Outcome.QUARANTINED
    assert site.desk.send("esme-1", ReadSupplyState()).outcome is Outcome.SENT, "reads go on"
    assert usual_windows(1_000_000)[0].most == 50, "by the user's meters"


def test_what_is_quarantined_is_destroyed_by_its_user_or_let_go_on_by_two_of_its_officers(site_with: SiteWith) -> None:
    site = site_with("daily_volume = 1\n")
    centre, party = site.centre, site.desk.party
    ann, bob = (centre.quarantine.enrol(party, name, number) for number, name in enumerate(("Ann Other", "Bob"), 1))
    site.desk.send("esme-1", DisableSupply())
    one, two, three = (site.desk.send("esme-1", ArmSupply()) for _time in range(3))
    assert (one.outcome, two.outcome) == (Outcome.SENT, Outcome.QUARANTINED)
    centre.destroy(two)
    with pytest.raises(ReleaseError, match="not held"):
        centre.release(two, ann.approve(two), bob.approve(two))
    assert two.outcome is Outcome.STOPPED
    assert not centre.release(three)
    assert not centre.release(three, ann.approve(three), ann.approve(three)), "one person twice is one person"
    for wrong in (
        bob.approve(two),  # for another request
        replace(ann.approve(three), officer="Bob"),  # in somebody else's name
        Officer(party.name, "Bob", 7).approve(three),  # with another key
        Officer("Example Gas", "Bob", 2).approve(three),  # of another user
        Officer(party.name, "Nobody", 2).approve(three),
    ):
        with pytest.raises(ReleaseError, match="has not agreed"):
            centre.release(three, wrong)
    with pytest.raises(ReleaseError, match="no new officer"):
        centre.quarantine.enrol(party, "ann  OTHER", 9)
    site.wait(3)
    assert three.outcome is Outcome.QUARANTINED
    assert centre.release(three, bob.approve(three))
    site.wait(3)
    assert (three.outcome, three.released) == (Outcome.ANSWERED, True)


# --- lists and inventory -------------------------------------------------------------------------------------------


@pytest.mark.requirement("ASR-01", "SEC-07")
def test_a_device_connects_only_when_its_model_is_listed(site: Site) -> None:
    add = AddToDeviceLog(NEW.device_id, DeviceKind.ESME, CODE, 60)
    assert site.desk.send("hub-1", add).code == Denial.UNKNOWN_DEVICE
    site.centre.inventory.add("esme-2", DeviceKind.ESME, NEW)
    sent = site.desk.send("hub-1", add)
    site.wait(3)
    assert sent.outcome is Outcome.ANSWERED
    assert site.centre.inventory.asset(NEW.device_id).status is SmiStatus.WHITELISTED
    other = replace(NEW, device_id="00-DB-12-34-56-78-95-E1", firmware="00020132")  # redesigned: certified anew first
    site.centre.inventory.add("esme-3", DeviceKind.ESME, other)
    refused = site.desk.send("hub-1", replace(add, device_id=other.device_id))
    assert (refused.code, refused.why) == (Denial.NOT_LISTED, "not on the Central Products List")
    assert other.device_id not in hub(site.home).device_log


@pytest.mark.requirement("ASR-01", "SEC-07")
@pytest.mark.parametrize("field", ["unlisted", "expired"])
def test_a_file_says_what_is_not_listed_and_it_is_suspended(site_with: SiteWith, field: str) -> None:
    site = site_with(f"{field} = ['esme-1']\n")
    assert site.centre.status(site.home.device()) is SmiStatus.SUSPENDED
    assert site.desk.send("esme-1", DisableSupply()).code == Denial.SUSPENDED_DEVICE
    assert site.desk.send("esme-1", ReadSupplyState()).outcome is Outcome.DENIED


@pytest.mark.requirement("DNO-21")
def test_what_was_not_acknowledged_is_unknown_and_never_guessed(site_with: SiteWith) -> None:
    site = site_with("arbitration = 'centre'\n")
    target = site.home.device().identity.device_id
    read = site.desk.send("esme-1", ReadSupplyState())
    site.wait(3)
    view = site.centre.arbiter.view(target)
    confirmed_ms = view.confirmed_ms
    assert (read.outcome, view.state) == (Outcome.ANSWERED, SupplyState.ENABLED)
    lost = site.desk.send("esme-1", DisableSupply())
    site.home.site.agenda.after(1000, lambda: site.home.wan[0].change(service=Service.NONE))
    site.home.wan[0].to_centre = None  # what it said on its way is lost
    site.wait(700)
    assert site.home.device().load_switch.state is SupplyState.DISABLED
    assert (lost.outcome, lost.code) == (Outcome.NO_RESPONSE, "N13")
    assert (view.state, view.confirmed, view.confirmed_ms) == (None, SupplyState.ENABLED, confirmed_ms)


@pytest.mark.requirement("DNO-21")
def test_a_late_answer_ends_the_doubt_and_an_enablement_is_read_back(site_with: SiteWith) -> None:
    site = site_with("arbitration = 'centre'\n")
    module, target = site.home.wan[0], site.home.device().identity.device_id
    sent = site.desk.send("esme-1", DisableSupply())
    site.home.site.agenda.after(1000, lambda: module.change(service=Service.NONE))
    site.wait(2000)
    view = site.centre.arbiter.view(target)
    module.change(service=Service.CORE)
    site.wait(70)
    assert (sent.outcome, view.state) == (Outcome.ANSWERED, SupplyState.DISABLED)
    site.desk.send("esme-1", ArmSupply())
    site.wait(2)
    assert view.state is None  # acknowledged; the meter is asked what it came to
    site.wait(3)
    assert (view.state, view.holds) == (SupplyState.ARMED, set())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("regime = 'never'\n", "centre.regime"),
        ("lead_supplier = 'X'\n", "no party is called that"),
        ("unlisted = ['esme-7']\n", "esme-7"),
        ("[[party]]\nname = 'A'\nrole = 'IS'\n[[party]]\nname = 'A'\nrole = 'GS'\n", "two parties"),
        ("[[party]]\nname = 'A'\nrole = 'King'\n", "King"),
    ],
)
def test_a_wrong_file_says_where(site_with: SiteWith, text: str, words: str) -> None:
    with pytest.raises(PremisesError, match="test") as caught:
        site_with(text)
    assert words in caught.value.message


@pytest.mark.requirement("SEC-20")
def test_what_is_told_beforehand_is_what_the_centre_then_decides(site: Site) -> None:
    access = site.centre.access
    tried = 0
    for user in access.users.values():
        for command in (DisableSupply(), ReadSupplyState(), ReadDeviceLog()):
            service = service_of(command)
            for device in site.home.devices:
                if service is not None:
                    told = access.policy(user.party, service.code, device.kind, device.name)
                    assert told == access.check(user.party, command, device.kind, device.name)
                    tried += 1
    assert tried > 20
