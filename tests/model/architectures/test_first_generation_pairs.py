"""SMETS1 pairs before and after enrolment, and the stories their files tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from hht.clock import ManualClock
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.electricity_meter import SupplyState
from hht.model.electricity_meter.supply import ReadSupplyState
from hht.model.features.firmware import FirmwareImage, TransferResult
from hht.model.features.tariff import SetPrice
from hht.model.gas_meter import GasMeter
from hht.model.plan_file import PremisesError
from hht.model.premises import bring_to_life, load_premises
from hht.model.premises_plan import parse_premises
from hht.model.wan.access import Denial
from hht.model.wan.configuration import Enrolment
from hht.model.wan.distribution import distribute
from hht.model.wan.inventory import SmiStatus
from hht.model.wan.migration import Migration, MigrationState
from hht.model.wan.product_lists import product_of
from hht.model.wan.requests import Outcome
from hht.resources import resource_text
from tests.model.architectures.conftest import START, Lived

Live = Callable[..., Lived]


def told(home: Lived) -> list[str]:
    return [f"{line.what}: {line.why}" for line in home.home.site.chronicle if line.where == "story"]


@pytest.mark.requirement("S1E-01", "S1E-43", "S1E-05")
def test_the_dormant_pair_comes_back(lived: Live) -> None:
    home = lived("smets1-dormant", days=2)
    story = home.home.story
    assert story is not None
    meter = home.home.device()
    assert home.centre.register.enrolment is Enrolment.DORMANT
    assert story.migration.state is MigrationState.DORMANT
    assert "the supplier has changed" in story.migration.why_dormant
    assert set(home.centre.register.users) >= {"New Energy", "Early Gas"}
    assert home.sent("New Energy", "esme-1", ReadSupplyState()).code == Denial.NOT_ENROLLED
    assert home.home.of(HomeDisplay)[0].collect().electricity[0].energy.import_wh == meter.registers()[0]
    home.wait(3_700)
    assert [sent.outcome for sent in story.sent] == [Outcome.DENIED, Outcome.ANSWERED]
    assert story.migration.state is MigrationState.MIGRATED
    assert story.migration.why_dormant == ""
    assert home.centre.status(meter) is SmiStatus.COMMISSIONED
    lines = told(home)
    assert any("migrate did not happen" in line and "not tested" in line for line in lines)
    assert sum(line.startswith("change-of-supplier") for line in lines) == 1


@pytest.mark.requirement("S1E-27")
def test_the_active_pair_comes_in_by_its_suppliers_word(lived: Live) -> None:
    home = lived("smets1-active", days=1)
    story = home.home.story
    assert story is not None
    home.wait(700)
    assert story.sent[0].code == Denial.NOT_ENROLLED
    assert story.migration.state is MigrationState.ACTIVE
    home.wait(1_200)
    assert story.migration.state is MigrationState.MIGRATED
    assert [sent.outcome for sent in story.sent] == [Outcome.DENIED, Outcome.ANSWERED]


@pytest.mark.requirement("S1E-09", "S1E-15")
def test_the_enrolled_pair_is_the_dccs_with_rules_of_its_own(lived: Live) -> None:
    home = lived("smets1-enrolled", days=1)
    dear = home.sent("Early Energy", "esme-1", SetPrice(((900_000,),), 0))
    assert (dear.outcome, dear.code) == (Outcome.STOPPED, Denial.STOPPED)
    denial = home.centre.decommission_hub(home.party("Early Gas"), home.hub)
    assert denial is not None
    assert denial[0] is Denial.NOT_LEAD
    home.wait(1_300)
    story = home.home.story
    assert story is not None
    assert [sent.outcome for sent in story.sent] == [Outcome.ANSWERED]
    assert home.centre.register.lead_supplier() == "New Energy"  # it leads where the other did
    assert home.centre.decommission_hub(home.party("New Energy"), home.hub) is None


def test_before_and_after_are_one_pair_but_for_what_they_are_called(lived: Live) -> None:
    dormant, enrolled = lived("smets1-dormant", days=1), lived("smets1-enrolled", days=1)
    kinds = [
        [(device.kind, device.identity.model, device.identity.firmware) for device in home.home.plan.devices]
        for home in (dormant, enrolled)
    ]
    assert kinds[0] == kinds[1]
    assert dormant.centre.status(dormant.home.device()) is SmiStatus.PENDING
    assert enrolled.centre.status(enrolled.home.device()) is SmiStatus.COMMISSIONED
    assert Migration(enrolled.centre, "esme-1").state is MigrationState.MIGRATED


def test_a_story_is_the_same_twice() -> None:
    def lives() -> str:
        clock = ManualClock(START)
        home = load_premises("smets1-dormant", clock=clock, days=1, seed=4)
        clock.advance(4_000)
        home.site.catch_up()
        return home.site.chronicle.fingerprint

    assert lives() == lives()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('act = "test"', 'act = "guess"', "none of: change-of-supplier"),
        ('at = "PT30M"', 'at = "soon"', "date-time"),
        ('at = "PT30M"\n', "", "it is missing"),
        ('gaining = "New Energy"', 'gaining = "Early Gas"', "called that already"),
        ('request = "read-supply"', 'request = "explode"', "none of: read-supply"),
        ('device = "esme-1"', 'device = "esme-7"', "none of: esme-1"),
        ('party = "New Energy"', 'party = "Nobody"', "none of: "),
        ('act = "test"', 'act = "test"\ncolour = "red"', "no such field"),
        ('smets_version = "SMETS1 V1.2"\nlocal', 'smets_version = "SMETS V5.0"\nlocal', "no SMETS1 electricity meter"),
    ],
)
def test_a_story_that_is_wrong_is_told_where(old: str, new: str, words: str) -> None:
    text = resource_text("premises", "smets1-dormant.toml")
    assert old in text
    with pytest.raises(PremisesError, match=words) as wrong:
        parse_premises(text.replace(old, new, 1), name="mine", file="mine.toml")
    assert wrong.value.details["line"]


def test_a_request_of_who_has_left_is_not_sent() -> None:
    text = resource_text("premises", "smets1-enrolled.toml").replace('party = "New Energy"', 'party = "Early Energy"')
    clock = ManualClock(START)
    home = Lived(bring_to_life(parse_premises(text, name="mine", file="mine.toml"), clock=clock, days=1), clock)
    home.wait(1_300)
    assert any("no party here any more" in line for line in told(home))
    assert home.home.story is not None
    assert home.home.story.sent == []


def test_a_story_needs_somebody_at_the_other_end() -> None:
    text = resource_text("premises", "single-element.toml")
    story = '[[story]]\nat = "PT1H"\nact = "opt-in"\n\n[[device]]'
    with pytest.raises(PremisesError, match="needs a \\[centre\\]"):
        parse_premises(text.replace("[[device]]", story, 1), name="mine", file="mine.toml")


# --- what else is peculiar to them -----------------------------------------------------------------------------------


@pytest.mark.requirement("S1E-29")
def test_firmware_that_makes_another_combination_waits_until_that_is_eligible(lived: Live) -> None:
    home = lived("smets1-enrolled", days=1)
    meter, supplier, lists = home.home.device(), home.party("Early Energy"), home.centre.lists
    image = FirmwareImage("00010132", meter.identity.manufacturer, meter.identity.model)
    now = product_of(meter.kind, meter.identity)
    then = replace(now, firmware=image.version)
    lists.list(replace(lists.central[now], product=then))
    sent = distribute(home.centre, supplier, "esme-1", image)
    assert (sent.denial, sent.transfer) == (Denial.NOT_ELIGIBLE, None)
    whole = (home.centre.register.combination() - {now}) | {then}
    lists.pending.add(whole)
    assert distribute(home.centre, supplier, "esme-1", image).denial is Denial.NOT_ELIGIBLE
    lists.promote(whole)
    good = distribute(home.centre, supplier, "esme-1", image)
    home.wait(3_600)
    assert (good.denial, good.result) == (None, TransferResult.COMPLETE)


@pytest.mark.requirement("S1E-21")
def test_the_gas_meter_stays_when_the_hub_is_decommissioned(lived: Live) -> None:
    home = lived("smets1-enrolled", days=1)
    gas = home.home.of(GasMeter)[0]
    assert home.centre.decommission_hub(home.party("Early Energy"), home.hub) is None
    home.wait(86_400)
    assert home.centre.status(home.hub) is SmiStatus.DECOMMISSIONED
    assert home.centre.status(gas) is SmiStatus.COMMISSIONED
    assert gas.supply is SupplyState.ENABLED


@pytest.mark.requirement("S1E-26")
def test_commissioned_is_commissioned_by_whichever_way(lived: Live) -> None:
    migrated, usual = lived("smets1-active", days=1), lived("smets1-enrolled", days=1)
    migrated.wait(2_000)
    rows = [home.centre.inventory.asset(home.home.device().identity.device_id) for home in (migrated, usual)]
    assert [row.status for row in rows] == [SmiStatus.COMMISSIONED] * 2
    assert [row.history[-1][2] for row in rows] == ["through migration", "there from the start"]
    for home, party in ((migrated, "Early Energy"), (usual, "Early Energy")):
        assert home.sent(party, "esme-1", ReadSupplyState()).outcome is Outcome.ANSWERED


@pytest.mark.requirement("S1E-11")
def test_a_smets2_hub_in_its_place_is_not_held_against_the_rules_for_smets1_hubs() -> None:
    text = resource_text("premises", "smets1-active.toml")
    hub = 'smets_version = "SMETS1 V1.2"\ndual_band = false'
    assert hub in text
    newer = 'smets_version = "CHTS V1.7"\ngbcs_version = "4.2"\ndual_band = false\ndevice_log = 2'
    ends = {}
    for name, there in (("first", f"{hub}\ndevice_log = 2"), ("second", newer)):
        clock = ManualClock(START)
        plan = parse_premises(text.replace(hub, there), name=name, file="m.toml")
        home = Lived(bring_to_life(plan, clock=clock, days=1), clock)
        home.wait(2_000)
        assert home.home.story is not None
        ends[name] = home.home.story.migration.state
    assert ends == {"first": MigrationState.AUTHORISED, "second": MigrationState.MIGRATED}
