"""The network view: maxima recomputed from half-hours, voltage, outages; over the bytes of an emulated meter."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from hht.client.api import LogEntry
from hht.client.network_data import DemandRegister, PhaseVoltage, Threshold, Window
from hht.errors import HhtError
from hht.link_url import parse_link_url
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.maximum_demand import Demand, DemandWindow, ResetMaximumDemand, SetDemandWindow
from hht.model.parties import Party, UserRole
from hht.model.refusal import DeviceRefusal
from hht.readings import ProfileRow
from hht.work.network_told import DEMAND, VOLTAGE
from hht.work.network_view import Agreement, Change, changes, compared, half_hours, outages, phase_story, voltage_alerts
from hht.work.record import VisitRecord
from hht.work.supplier import senders
from hht.work.view import Outcome, Question, StepState
from hht.work.visit import Visit
from hht.work.visit_store import VisitStore
from tests.desk.house import House, house
from tests.support.virtual_time import virtual
from tests.work.flow_model import job
from ui.visits import VisitOptions, VisitRunner

ROOT = Path(__file__).parents[2]
DAY = datetime(2026, 3, 2, tzinfo=UTC)
WINDOW = Window(16 * 3600, 20 * 3600)


def halves(*watts: int) -> list[tuple[datetime, Decimal]]:
    """Half-hours from the beginning of the day on."""
    return [(DAY + timedelta(minutes=30 * at), Decimal(one) / 2000) for at, one in enumerate(watts, 1)]


def register(watts: int, at: int, name: str = "import", reset: datetime | None = None) -> DemandRegister:
    return DemandRegister(name, watts, DAY + timedelta(minutes=30 * at), reset)


@pytest.mark.requirement("DNO-15")
def test_a_maximum_is_recomputed_from_half_hours_and_held_against_the_register() -> None:
    day = halves(500, 3000, 1200)
    same = compared(register(3000, 2), day, WINDOW, DAY)
    assert (same.agreement, same.watts, same.difference_w) == (Agreement.SAME, 3000, 0)
    assert same.ended == DAY + timedelta(hours=1)
    missed = compared(register(1200, 3), day, WINDOW, DAY)
    assert (missed.agreement, missed.difference_w) == (Agreement.DIFFERENT, -1800)
    invented = compared(register(5000, 2), day, WINDOW, DAY)
    assert (invented.agreement, invented.difference_w) == (Agreement.DIFFERENT, 2000)


def test_what_was_before_the_reset_and_outside_of_the_window_does_not_count() -> None:
    day = halves(500, 3000, *[0] * 30, 1800, 900)
    reset = DAY + timedelta(hours=1, minutes=5)
    after = compared(register(1800, 33, reset=reset), day, WINDOW, DAY)
    assert (after.agreement, after.watts) == (Agreement.SAME, 1800)
    inside = compared(register(1800, 33, "import-in-window"), day, WINDOW, DAY)
    assert (inside.agreement, inside.watts) == (Agreement.SAME, 1800)
    assert compared(register(3000, 2, "import-in-window"), day, WINDOW, DAY).agreement is Agreement.DIFFERENT
    over_midnight = Window(22 * 3600, 2 * 3600)
    assert over_midnight.holds(DAY + timedelta(hours=2))
    assert not over_midnight.holds(DAY + timedelta(hours=2.5))


def test_what_the_half_hours_cannot_tell_is_no_difference() -> None:
    old = DemandRegister("import", 6000, DAY - timedelta(days=60), None)
    assert compared(old, halves(500), WINDOW, DAY).agreement is Agreement.NOT_KNOWN
    assert compared(old, halves(500, 7000), WINDOW, DAY).agreement is Agreement.DIFFERENT, "a higher one was missed"
    assert compared(old, [], WINDOW, DAY).agreement is Agreement.NOT_KNOWN
    assert compared(DemandRegister("export", 0, None, None), [], WINDOW, DAY).agreement is Agreement.EMPTY


def test_exports_that_are_kept_for_less_time_than_their_maximum_cannot_tell_it() -> None:
    kept = halves(100, 300, 200)  # the oldest that is still there comes after the register's own half-hour
    older = DemandRegister("export", 1302, kept[0][0] - timedelta(days=30), None)
    found = compared(older, kept, None, kept[0][0] - timedelta(days=90))
    assert found.agreement is Agreement.NOT_KNOWN
    newer = DemandRegister("export", 1302, kept[1][0], None)
    assert compared(newer, kept, None, kept[0][0] - timedelta(days=90)).agreement is Agreement.DIFFERENT


def test_half_hours_are_differences_of_a_register_that_goes_on_and_a_clock_set_makes_none() -> None:
    def row(minutes: float, kwh: str, column: str = "1-0:1.8.0") -> ProfileRow:
        return ProfileRow(DAY + timedelta(minutes=minutes), "", {column: Decimal(kwh)})

    cumulative = [row(0, "100"), row(30, "101.5"), row(75, "103"), row(105.1, "103.5"), row(135, "103.2")]
    assert half_hours(cumulative, ("1-0:1.8.0",)) == [
        (DAY + timedelta(minutes=30), Decimal("1.5")),
        (DAY + timedelta(minutes=105.1), Decimal("0.5")),
    ]
    each = [row(30, "0.7", "1-0:1.29.0"), row(60, "0.2", "1-0:1.29.0")]
    assert [energy for _end, energy in half_hours(each, ("1-0:1.8.0", "1-0:1.29.0"))] == [
        Decimal("0.7"),
        Decimal("0.2"),
    ]
    assert half_hours([], ("1-0:1.8.0",)) == []


def event(minutes: float, code: int) -> LogEntry:
    return LogEntry(DAY + timedelta(minutes=minutes), code, "power-event", "")


@pytest.mark.requirement("DNO-01", "DNO-06")
def test_an_interruption_is_paired_with_its_return_and_one_under_three_minutes_is_no_outage() -> None:
    found = outages([event(0, 0x8F36), event(60, 0x8F57), event(62, 0x8F35), event(90, 0x8F59), event(94, 0x8F3A)])
    assert [(one.phase, one.seconds, one.long) for one in found] == [(0, None, True), (0, 120, False), (2, 240, True)]
    assert outages([event(0, 0x8F57)])[0].ended is None
    assert [(one.began is None, one.ended is None) for one in outages([event(0, 0x8F57), event(9, 0x8F57)])] == [
        (False, True)
    ] * 2


@pytest.mark.requirement("DNO-16")
def test_excursions_of_the_averages_are_counted_once_however_long_they_last() -> None:
    volts = [240, 265, 266, 250, 265, 190, 0, 190]
    phase = PhaseVoltage(
        1, 2, 1, tuple((DAY + timedelta(minutes=30 * at), Decimal(one)) for at, one in enumerate(volts))
    )
    limits = [Threshold("average-over", Decimal(264), None), Threshold("average-under", Decimal(200), None)]
    story = phase_story(phase, limits)
    assert (story.over, story.under) == (2, 1)
    assert story.highest is not None
    assert story.highest[1] == 266
    assert voltage_alerts([event(0, 0x8024), event(1, 0x8025), event(2, 0x8091)]) == {"swell": 2}


@pytest.mark.parametrize("change", list(changes()), ids=lambda one: one.name)
def test_each_change_is_the_network_operators_alone_by_the_list_of_service_requests(change: Change) -> None:
    assert senders(change.service) == "electricity distributor"


async def visited(made: House, *, disturb: str = "", **more: object) -> tuple[Visit, list[str]]:
    """The visit of the sample job, played to its end. `disturb`: an answer that is tried first at the changes."""
    plain = json.loads((ROOT / "resources/jobs/network-view.json").read_text("utf-8"))
    answers = json.loads((ROOT / "resources/samples/network-view-answers.json").read_text("utf-8"))
    stored = VisitStore(made.store, lambda: "unused").import_job(json.dumps({**plain, **more}), "job.json")
    refused: list[str] = []

    async def ask(question: Question, error: HhtError | None) -> str | None:
        assert error is None, error
        if question.id == "network-changes/wanted" and disturb and not refused:
            refused.append(disturb)
            return disturb
        return str(answers[question.id])

    visit = VisitRunner(made.store, made.store.clock, made.composer, stored, VisitOptions(auto=True), ask=ask).visit
    if disturb:
        with pytest.raises(HhtError, match="network operator's alone") as caught:
            await visit.run()
        refused.append(caught.value.code)
        return visit, refused
    await visit.run()
    return visit, refused


@virtual
@pytest.mark.requirement("DNO-10", "DNO-11")
async def test_the_sample_visit_reads_recomputes_and_gives_on(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with house(tmp_path_factory.mktemp("store")) as made:
        visit, _refused = await visited(made)
        record = VisitRecord.of(visit.job, visit.view, visit.progress)
    assert visit.view.outcome is Outcome.INSTALL_AND_LEAVE, "an average over-voltage goes on to the network operator"
    kept = record.data["network-data"]["network"]
    assert [one["name"] for one in kept["registers"]] == ["import", "import-in-window", "export"]
    assert all(one["agreement"] == "same" for one in kept["registers"])
    assert kept["alerts"] == {"average-over": 1, "swell": 1}
    assert kept["phases"][0]["over"] == 1
    assert [(one["seconds"], one["long"]) for one in kept["outages"]] == [(3600, True)]
    assert len(kept["daily_highest_w"]) <= 4, "no half-hour is kept but each day's highest"
    drawn = [fact.drawn["kind"] for fact in visit.view.step("network-data").facts if fact.drawn is not None]
    assert drawn == [DEMAND, VOLTAGE]


@virtual
@pytest.mark.requirement("DNO-13")
async def test_a_change_is_refused_for_a_supplier_with_the_reason_and_recorded_for_the_network_operator(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with house(tmp_path_factory.mktemp("store")) as made:
        visit, refused = await visited(made, disturb="reset-maximum", party="supplier", reference="J-1172")
    assert refused == ["reset-maximum", "network-operators-alone"]
    step = visit.view.step("network-changes")
    assert step.state is StepState.FAILED
    assert "6.18.2" in step.message
    assert "electricity distributor" in step.message


@virtual
@pytest.mark.requirement("DNO-12")
async def test_a_register_that_was_reset_or_missed_a_half_hour_is_told_apart(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    operator = Party("network", UserRole.ELECTRICITY_DISTRIBUTOR)
    async with house(tmp_path_factory.mktemp("store")) as made:
        link = json.loads((ROOT / "resources/jobs/network-view.json").read_text("utf-8"))["link"]
        meter = made.composer.living.premises(parse_link_url(link)).of(ElectricityMeter)[0]
        meter.execute(ResetMaximumDemand(Demand.IMPORT), operator)
        meter.execute(SetDemandWindow(DemandWindow(6 * 3600, 9 * 3600)), operator)
        with pytest.raises(DeviceRefusal):
            meter.execute(ResetMaximumDemand(Demand.EXPORT), Party("supplier", UserRole.IMPORT_SUPPLIER))
        visit, _refused = await visited(made)
    kept = {one["name"]: one for one in visit.progress.steps["network-data"].data["network"]["registers"]}
    assert kept["import"]["reset"]
    assert kept["import"]["agreement"] in ("not-known", "empty"), "no half-hour has ended since"
    assert visit.progress.steps["network-data"].data["network"]["window_s"] == [21600, 32400]
    assert kept["import-in-window"]["agreement"] == "different", "the profile still has what the register lost"
    assert kept["export"]["agreement"] == "same"


def test_the_job_says_who_ordered_the_work() -> None:
    assert job("network-view").party == "supplier"
    assert job("network-view", party="network-operator").party == "network-operator"
