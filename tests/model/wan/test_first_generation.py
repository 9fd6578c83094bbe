"""SMETS1 sites: combinations and their lists, the Lead Supplier, dormant meters, migration; hubs that go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.commands import ReadDeviceLog, RemoveFromDeviceLog
from hht.model.device import DeviceKind
from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.supply import DisableSupply, ReadSupplyState
from hht.model.features.tariff import SetPrice
from hht.model.han.device_log import DeviceClass
from hht.model.wan import Service
from hht.model.wan.access import Denial
from hht.model.wan.inventory import InventoryError, SmiStatus
from hht.model.wan.migration import Migration, MigrationError, MigrationState
from hht.model.wan.product_lists import (
    CombinationStatus,
    Generation,
    Listing,
    Product,
    ProductLists,
    generation,
    product_of,
)
from hht.model.wan.quarantine import ReleaseError
from hht.model.wan.requests import Outcome
from hht.model.wan.self_service import Handler, SelfService
from tests.model.wan.conftest import Site
from tests.model.wan.homes import hub

SiteWith = Callable[..., Site]
TODAY = date(2026, 11, 21)


# --- lists ---------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("S1E-03", "S1E-04", "ASR-03")
@pytest.mark.parametrize(
    ("made", "gbcs", "security", "other", "problem"),
    [
        (Generation.SMETS1, "", "", "", ""),
        (Generation.SMETS2, "4.2", "CPA 1", "GBCS 1", ""),
        (Generation.SMETS2, "", "CPA 1", "GBCS 1", "without a GBCS version"),
        (Generation.SMETS2, "4.2", "", "GBCS 1", "without its two certificates"),
        (Generation.SMETS2, "4.2", "CPA 1", "", "without its two certificates"),
    ],
)
def test_blanks_are_right_for_smets1_and_wrong_for_others(
    made: Generation, gbcs: str, security: str, other: str, problem: str
) -> None:
    row = Listing(Product(DeviceKind.ESME, "M", "X", "00000001"), made, gbcs, security, other)
    assert row.problem(TODAY) == problem


@pytest.mark.requirement("SEC-07")
@pytest.mark.parametrize(("day", "good"), [(date(2026, 11, 20), True), (TODAY, False)])
def test_a_certificate_holds_until_its_day_and_another_firmware_is_another_model(day: date, good: bool) -> None:
    product = Product(DeviceKind.ESME, "M", "X", "00000001")
    lists = ProductLists()
    lists.list(Listing(product, Generation.SMETS2, "4.2", "C", "G", expires=TODAY, effective=date(2026, 1, 1)))
    assert (lists.problem(product, day) == "") is good
    assert lists.problem(product, date(2025, 12, 31)) == "not listed on that day"
    assert lists.problem(Product(DeviceKind.ESME, "M", "X", "00000002"), day) == "not on the Central Products List"


@pytest.mark.requirement("ASR-02")
def test_the_list_covers_equipment_outside_the_dcc(site_with: SiteWith) -> None:
    product = Product(DeviceKind.ESME, "M", "X", "00000001")
    lists = ProductLists()
    lists.list(Listing(product, Generation.SMETS1, outside=False))
    assert lists.problem(product, TODAY) == ""
    assert lists.problem(product, TODAY, outside=True) == "not listed for equipment outside the DCC"
    site = site_with("regime = 'opted-out'\nunlisted = ['gsme-1']\n")
    assert site.centre.inventory.asset("00-DB-12-34-56-78-90-A1").status is SmiStatus.SUSPENDED


@pytest.mark.requirement("S1E-05", "S1E-06")
@pytest.mark.parametrize("status", list(CombinationStatus))
def test_only_an_eligible_combination_has_requests_processed(site_with: SiteWith, status: CombinationStatus) -> None:
    site = site_with(f"combination = '{status}'\n", first=True)
    lists = site.centre.lists
    assert lists.status(site.centre.register.combination()) is status
    sent = site.desk.send("esme-1", ReadSupplyState())
    site.wait(3)
    if status is CombinationStatus.ELIGIBLE:
        assert sent.outcome is Outcome.ANSWERED
    else:
        assert sent.code == Denial.NOT_ELIGIBLE
        assert status.value in sent.why
        assert "SMETS1-1E 00020131" in sent.why
    assert site.centre.register.combination() <= lists.deployed


@pytest.mark.requirement("S1E-05", "S1E-06")
def test_the_part_that_does_not_match_is_named() -> None:
    hub_, meter, gas = (Product(kind, "M", kind.value, "1") for kind in list(DeviceKind)[:3])
    newer = Product(meter.kind, "M", meter.model, "2")
    lists = ProductLists(eligible={frozenset({hub_, meter, gas})}, pending={frozenset({hub_, newer, gas})})
    assert lists.mismatch({hub_, newer, gas}) == (newer,)
    lists.promote({hub_, newer, gas})
    assert (lists.status({hub_, newer, gas}), lists.mismatch({hub_, newer, gas})) == (CombinationStatus.ELIGIBLE, ())
    with pytest.raises(ValueError, match="pending"):
        lists.promote({hub_})


@pytest.mark.requirement("S1E-15")
def test_an_excessive_price_for_smets1_stops_and_is_not_kept(site_with: SiteWith) -> None:
    site = site_with("highest_price_p = 100\n", first=True)
    sent = site.desk.send("esme-1", SetPrice(((900_000,),), 0))
    assert (sent.outcome, sent.code) == (Outcome.STOPPED, Denial.STOPPED)
    officer = site.centre.quarantine.enrol(site.desk.party, "Ann Other", 1)
    with pytest.raises(ReleaseError, match="not held"):
        site.centre.release(sent, officer.approve(sent))
    site.wait(10)
    assert sent.outcome is Outcome.STOPPED


@pytest.mark.requirement("S1E-14")
def test_non_critical_smets1_requests_have_no_threshold(site_with: SiteWith) -> None:
    site = site_with("daily_volume = 1\n", first=True)
    for _number in range(5):
        assert site.desk.send("esme-1", ReadSupplyState()).outcome is Outcome.SENT
    assert site.desk.send("esme-1", DisableSupply()).outcome is Outcome.SENT
    assert site.desk.send("esme-1", DisableSupply()).outcome is Outcome.QUARANTINED


# --- the hub -------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("S1E-09", "S1E-19")
def test_only_the_lead_supplier_manages_and_decommissions_a_smets1_hub(site_with: SiteWith) -> None:
    site = site_with(first=True)
    box = hub(site.home)
    remove = RemoveFromDeviceLog("00-DB-12-34-56-78-90-A8")
    assert site.gas_desk.send("hub-1", remove).code == Denial.NOT_LEAD
    denial = site.centre.decommission_hub(site.gas, box)
    assert denial is not None
    assert denial == (Denial.NOT_LEAD, "only the Lead Supplier, Example Energy, manages the hub")
    assert site.centre.status(box) is SmiStatus.COMMISSIONED
    read = site.gas_desk.send("hub-1", ReadDeviceLog())
    done = site.desk.send("hub-1", remove)
    site.wait(3)
    assert (read.outcome, done.outcome) == (Outcome.ANSWERED, Outcome.ANSWERED)
    assert site.centre.decommission_hub(site.power, box) is None
    assert site.centre.status(box) is SmiStatus.DECOMMISSIONED


def test_a_network_operator_decommissions_nothing(site: Site) -> None:
    denial = site.centre.decommission_hub(site.network, hub(site.home))
    assert denial is not None
    assert denial[0] is Denial.ROLE


@pytest.mark.requirement("S1E-09")
def test_a_file_appoints_the_lead_supplier(site_with: SiteWith) -> None:
    site = site_with("lead_supplier = 'Example Gas'\n", first=True)
    assert site.centre.decommission_hub(site.power, hub(site.home)) is not None
    assert site.centre.decommission_hub(site.gas, hub(site.home)) is None


@pytest.mark.requirement("S1E-20")
def test_devices_stay_commissioned_while_a_replacement_hub_is_awaited(site_with: SiteWith) -> None:
    site = site_with("grace_days = 10\n")
    box, inventory = hub(site.home), site.centre.inventory
    assert site.centre.decommission_hub(site.power, box) is None
    assert site.centre.status(box.gpf) is SmiStatus.DECOMMISSIONED
    assert (site.centre.status(site.home.device()), inventory.grace_left_days) == (SmiStatus.COMMISSIONED, 10)
    site.wait(10 * 86_400 - 1)
    assert (site.centre.status(site.home.device()), inventory.grace_left_days) == (SmiStatus.COMMISSIONED, 1)
    site.wait(1)
    assert (site.centre.status(site.home.device()), inventory.grace_left_days) == (SmiStatus.DECOMMISSIONED, 0)


@pytest.mark.requirement("S1E-20")
def test_a_replacement_in_time_ends_the_wait(site_with: SiteWith) -> None:
    site = site_with("grace_days = 10\n")
    assert site.centre.decommission_hub(site.power, hub(site.home)) is None
    site.centre.inventory.replaced_hub()
    site.wait(11 * 86_400)
    assert site.centre.status(site.home.device()) is SmiStatus.COMMISSIONED


@pytest.mark.requirement("S1E-22", "S1E-23")
def test_diagnostics_and_where_an_incident_goes(site_with: SiteWith) -> None:
    site = site_with(first=True)
    box, service = hub(site.home), SelfService(site.centre)
    fresh = service.diagnostics(box)
    assert (fresh.fresh, fresh.listed, fresh.joined, fresh.signal_dbm) == (True, 5, 5, -85)
    incident = service.raise_incident(site.gas, box, "gas readings are late")
    assert (incident.handler, incident.assigned) == (Handler.LEAD_SUPPLIER, "Example Energy")
    site.home.wan[0].change(service=Service.NONE)
    site.wait(60)
    cached = service.diagnostics(box)
    assert (cached.fresh, cached.taken_ms) == (False, fresh.taken_ms)
    service.not_enough(incident)
    assert incident.handler is Handler.S1SP
    with pytest.raises(InventoryError, match="Nothing has been heard"):
        SelfService(site.centre).diagnostics(box)


@pytest.mark.requirement("CHR-01", "CHR-02")
@pytest.mark.parametrize(("owner", "assigned"), [("csp", "csp"), ("supplier", "Example Energy")])
def test_a_faulty_hub_is_its_owners(site_with: SiteWith, owner: str, assigned: str) -> None:
    site = site_with(top=f"[mains]\noutages = 0\n[wan]\nownership = '{owner}'\n[centre]\n")
    assert SelfService(site.centre).raise_incident(site.gas, hub(site.home), "LEDs").assigned == assigned


# --- dormant, migrated ---------------------------------------------------------------------------------------------


@pytest.mark.requirement("S1E-01", "S1E-43")
def test_a_dormant_meter_says_why_is_tested_and_migrated(site_with: SiteWith) -> None:
    site = site_with("smets1 = 'dormant'\n", first=True)
    way = Migration(site.centre, "esme-1")
    assert "the supplier has changed" in way.why_dormant
    assert site.desk.send("esme-1", ReadSupplyState()).code == Denial.NOT_ENROLLED
    with pytest.raises(MigrationError, match="not tested"):
        way.migrate()
    tested = way.test()
    assert way.state is MigrationState.DORMANT
    site.wait(3)
    assert (tested.answer, way.state) == (SupplyState.ENABLED, MigrationState.TESTED)
    way.migrate()
    assert (way.state, way.why_dormant) == (MigrationState.MIGRATED, "")
    asset = site.centre.inventory.asset(site.home.device().identity.device_id)
    assert (asset.status, asset.history[-1][2]) == (SmiStatus.COMMISSIONED, "through migration")
    sent = site.desk.send("esme-1", ReadSupplyState())
    site.wait(3)
    assert sent.outcome is Outcome.ANSWERED


@pytest.mark.requirement("S1E-43")
def test_a_dormant_meter_that_does_not_answer_or_is_not_listed_stays_so(site_with: SiteWith) -> None:
    site = site_with("smets1 = 'dormant'\n", first=True)
    way = Migration(site.centre, "esme-1")
    site.home.wan[0].change(service=Service.NONE)
    way.test()
    site.wait(3)
    assert way.state is MigrationState.DORMANT
    unlisted = site_with("smets1 = 'dormant'\ncombination = 'PPC'\n", first=True)
    with pytest.raises(MigrationError, match="PPC"):
        Migration(unlisted.centre, "esme-1").test()


@pytest.mark.requirement("S1E-27")
def test_an_active_meter_needs_its_suppliers_authorisation_first(site_with: SiteWith) -> None:
    site = site_with("smets1 = 'active'\n", first=True)
    way = Migration(site.centre, "esme-1")
    with pytest.raises(MigrationError, match="not authorised"):
        way.migrate()
    for other in (site.gas, site.network):
        with pytest.raises(MigrationError, match="only Example Energy"):
            way.authorise(other)
    way.authorise(site.power)
    way.migrate()
    assert way.state is MigrationState.MIGRATED
    with pytest.raises(MigrationError, match="migrated"):
        way.authorise(site.power)


@pytest.mark.requirement("S1E-18")
def test_what_the_panel_directs_is_not_commissioned_until_it_lifts_the_direction(site_with: SiteWith) -> None:
    site = site_with("smets1 = 'active'\n", first=True)
    way, register = Migration(site.centre, "esme-1"), site.centre.register
    way.authorise(site.power)
    register.direct("its keys were published")
    with pytest.raises(MigrationError, match=r"excluded \(direction\): its keys were published"):
        way.migrate()
    assert site.centre.status(site.home.device()) is not SmiStatus.COMMISSIONED
    register.direct("")
    way.migrate()
    assert site.centre.status(site.home.device()) is SmiStatus.COMMISSIONED


def test_the_second_generation_begins_with_smets2() -> None:
    from hht.model.device import DeviceIdentity

    versions = {"SMETS V1.58": Generation.SMETS2, "SMETS1 V1.2": Generation.SMETS1, "": Generation.SMETS2}
    for text, made in versions.items():
        assert generation(DeviceIdentity("00", "M", "X", "1", text)) is made


# --- classes of devices, sites outside -----------------------------------------------------------------------------


@pytest.mark.requirement("CH-07")
def test_a_hub_has_two_classes_of_devices(site: Site) -> None:
    classes = {entry.kind: entry.device_class for entry in hub(site.home).device_log.entries.values()}
    consumers = {kind for kind, found in classes.items() if found is DeviceClass.CONSUMER_ACCESS}
    assert consumers == {DeviceKind.IHD, DeviceKind.CAD}
    assert set(classes.values()) == set(DeviceClass)


@pytest.mark.requirement("CHR-05")
def test_an_opted_out_site_works_without_a_hub_and_without_the_dcc(site_with: SiteWith) -> None:
    site = site_with("regime = 'opted-out'\n", base="single-element")
    assert site.home.wan == []
    sent = site.desk.send("esme-1", DisableSupply())
    assert (sent.outcome, site.home.device().load_switch.state) == (Outcome.ANSWERED, SupplyState.DISABLED)
    network = site.network_desk.send("esme-1", ReadSupplyState())
    assert network.code == Denial.NOT_SERVED
    site.home.device().alert(AlertCode.METER_COVER_REMOVED)  # its own equipment brings alerts too
    assert [note.alert.code for note in site.centre.mailboxes.of(site.power.name)][-1] == AlertCode.METER_COVER_REMOVED


@pytest.mark.requirement("DNO-22")
def test_in_foundation_only_the_supplier_reaches_the_meter(site_with: SiteWith) -> None:
    site = site_with("regime = 'foundation'\n")
    assert site.network_desk.send("esme-1", ReadSupplyState()).code == Denial.NOT_SERVED
    sent = site.desk.send("esme-1", DisableSupply())
    site.wait(3)
    assert sent.outcome is Outcome.ANSWERED


def test_a_model_that_leaves_the_list_suspends_its_devices(site: Site) -> None:
    meter, register = site.home.device(), site.centre.register
    product = product_of(meter.kind, meter.identity)
    register.withdraw(product, "a flaw was found")
    assert site.centre.status(meter) is SmiStatus.SUSPENDED
    assert site.desk.send("esme-1", DisableSupply()).code == Denial.SUSPENDED_DEVICE
