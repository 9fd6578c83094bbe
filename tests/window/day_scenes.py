"""The work of the day as scenes: jobs that come in, filters, the van, a rehearsal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hht.resources import resource_path, resource_text
from hht.store.errors import StoreError
from hht.work.job import parse_job
from hht.work.job_origin import UNSIGNED, require_origin
from hht.work.rehearsal import likely_faults
from hht.work.van import VanStock
from hht.work.visit_store import VisitStore
from tests.window import samples
from ui.intake import Intake, Taken
from ui.job_search import JobFilter
from ui.jobs import summary_of
from ui.rehearsal import OnPlay, Play, RehearsalReport
from ui.system import new_id
from ui.van import add_sample_van
from ui.window.intake_sheet import IntakeSheet
from ui.window.job_filter_sheet import JobFilterSheet
from ui.window.jobs_page import JobsPage
from ui.window.record_sheet import RecordSheet
from ui.window.rehearsal_sheet import RehearsalSheet
from ui.window.rules_sheet import RulesSheet
from ui.window.unsigned_sheet import UnsignedSheet
from ui.window.van_page import VanPage
from ui.window.van_sheet import VanSheet

if TYPE_CHECKING:
    from tests.window.scenes import Stage

DUAL = resource_text("jobs", "install-dual-fuel.json")


def today_job(name: str = "install-dual-fuel", **changes: object) -> str:
    """A sample job whose appointment is today's."""
    plain = json.loads(resource_text("jobs", f"{name}.json")) | changes
    day = samples.NOW.date().isoformat()
    plain["appointment"] = {"start": f"{day}T13:00:00Z", "end": f"{day}T15:00:00Z"}
    return json.dumps(plain)


def jobs_page(stage: Stage) -> JobsPage:
    """The page of the jobs."""
    stage.shell.go("jobs")
    page = stage.shell.page("jobs")
    assert isinstance(page, JobsPage)
    stage.pause()
    return page


def taken(stage: Stage) -> tuple[Taken, ...]:
    """A job that is new, one that has changed, a part of one, and a file that is refused."""
    intake = Intake(stage.services.radio._opened())
    intake.octets(DUAL.encode(), "first.json")
    changed = json.loads(DUAL) | {"supplier": "Other Energy", "tariff": "NIGHT"}
    return (
        *intake.octets(resource_path("jobs", "install-twin.json").read_bytes(), "install-twin.json"),
        *intake.octets(json.dumps(changed).encode(), "J-1044-again.json"),
        *intake.octets(DUAL.replace("3938424403", "3938424404").encode(), "J-1099.json"),
    )


def _intake(stage: Stage) -> None:
    jobs_page(stage)
    IntakeSheet(stage.shell, taken(stage))
    stage.pause()


def held(text: str = DUAL) -> tuple[Taken, ...]:
    """A job of live work that was refused, for nobody signed it."""
    try:
        require_origin(UNSIGNED, parse_job(text, "job").reference, training=False)
    except StoreError as error:
        return (Taken("J-1044.json", error=error, octets=text.encode()),)
    raise AssertionError("live work took it")


def unsigned_sheet(stage: Stage, text: str = DUAL) -> UnsignedSheet:
    """The sheet that asks why it is taken all the same."""
    jobs_page(stage)
    stage.shell.arrivals.arrived(held(text))
    sheet = stage.shell.sheet()
    assert isinstance(sheet, UnsignedSheet)
    stage.pause()
    return sheet


def _unsigned(stage: Stage) -> None:
    unsigned_sheet(stage)


def filter_sheet(stage: Stage) -> JobFilterSheet:
    """The sheet of the filters, nothing chosen."""
    page = jobs_page(stage)
    page.ask_filter()
    sheet = stage.shell.sheet()
    assert isinstance(sheet, JobFilterSheet)
    stage.pause()
    return sheet


def _filter(stage: Stage) -> None:
    filter_sheet(stage)


def _notice(stage: Stage) -> None:
    page = jobs_page(stage)
    page.notice.say("warn", "From the folder:", "Job J-2000 is kept.\n“J-2001.json” cannot be used, 1 problem:")
    page.narrow(JobFilter(fuel="electricity-only"))
    stage.pause()


def _scope(stage: Stage) -> None:
    """A visit is open: its job alone is named."""
    stage.visit("check")
    jobs_page(stage)


def with_van(stage: Stage) -> None:
    """The sample van; a job for today, of which one device is missing and one must not be installed."""
    store = stage.services.radio._opened()
    add_sample_van(store)
    van = VanStock(store)
    van.remove("00-DB-12-34-56-79-0A-A7")
    plain = json.loads(DUAL)
    plain["premises"]["region"] = "north"
    VisitStore(store, new_id).import_job(today_job(premises=plain["premises"]), "job.json")
    van.take("00-DB-12-34-56-79-E0-A0", "J-1051")


def van_page(stage: Stage, part: str = "check") -> VanPage:
    """The page of the van."""
    stage.shell.go("van")
    page = stage.shell.page("van")
    assert isinstance(page, VanPage)
    stage.wait(lambda: page.facts is not None)
    page.show_part(part)
    stage.pause()
    return page


def _van(part: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        with_van(stage)
        van_page(stage, part)

    return play


def _van_empty(stage: Stage) -> None:
    van_page(stage)


def van_sheet(stage: Stage) -> VanSheet:
    """The sheet to put devices on."""
    with_van(stage)
    page = van_page(stage, "stock")
    page.ask_device()
    sheet = stage.shell.sheet()
    assert isinstance(sheet, VanSheet)
    stage.pause()
    return sheet


def _van_add(stage: Stage) -> None:
    van_sheet(stage)


def record_sheet(stage: Stage) -> RecordSheet:
    """The record of the hub's model, which is marked on the page."""
    with_van(stage)
    page = van_page(stage, "stock")
    place = next(number for number, row in enumerate(page.list.rows) if "NH-CH2" in row.title)
    page.list.mark(place)
    page.show_record()
    sheet = stage.shell.sheet()
    assert isinstance(sheet, RecordSheet)
    stage.pause()
    return sheet


def _van_record(stage: Stage) -> None:
    sheet = record_sheet(stage)
    sheet.space.setText("200x150x60")
    sheet.judge()
    stage.pause()


def rehearsed() -> RehearsalReport:
    """A rehearsal in which one likely fault stops the visit."""
    first, *_rest = likely_faults(parse_job(DUAL, "job.json"), lambda _id: None)
    well = Play(None, outcome="complete", fault="")
    bad = Play(
        first,
        step="Let the electricity meter join",
        code="desk-refused",
        message="00-DB-12-34-56-79-0A-A0 is not in the inventory.",
        remedy="Have it notified first (service request 12.2), then ask again.",
        fault="Device was not pre-notified: The inventory has no row of the device.",
    )
    lacking = "in-home display 00-DB-12-34-56-79-0A-A7: It is not on the van. No other on the van fits."
    return RehearsalReport("J-1044", "Install electricity and gas meters", (well, bad), (lacking,))


def rehearsal_sheet(stage: Stage, gate: asyncio.Event | None = None) -> RehearsalSheet:
    """A rehearsal; with `gate` it waits after the first play."""
    report = rehearsed()

    async def play(on_play: OnPlay) -> RehearsalReport:
        for number, one in enumerate(report.plays):
            on_play(one, len(report.plays))
            if gate is not None and not number:
                await gate.wait()
        return report

    stage.services.rehearsal = play
    page = jobs_page(stage)
    page.model.selected = "job-3"
    page._show()
    page.rehearse()
    sheet = stage.shell.sheet()
    assert isinstance(sheet, RehearsalSheet)
    stage.pause()
    return sheet


def _rehearsal(stage: Stage) -> None:
    rehearsal_sheet(stage)


RULED: dict[str, object] = {
    "reference": "J-3000",
    "party": "hub-provider",
    "supplier": "Hub Provider (fictional)",
    "premises": {
        **json.loads(DUAL)["premises"],
        "class": "micro-business",
        "building": "flat",
        "shared": {"notes": "Riser on floor 2; the landlord has the key.", "suppliers": ["Other Energy"]},
    },
    "dcc": {"enrolled": False},
    "installed": [{"type": "electricity-meter", "specification": "SMETS1 V1.2", "fitted": "2014-05-20"}],
}


def rules_sheet(stage: Stage, **changes: object) -> RulesSheet:
    """The rules of a job of which several say something, one that it must not be done."""
    store = stage.services.radio._opened()
    stored = VisitStore(store, new_id).import_job(today_job("install-dual-fuel", **(RULED | changes)), "job.json")
    stage.services.job_list = [*stage.services.job_list, summary_of(VisitStore(store, new_id), stored)]
    page = jobs_page(stage)
    stage.wait(lambda: any(one.job_id == stored.job_id for one in page.model.jobs))
    page.show_job(stored.job_id)
    stage.wait(lambda: (marked := page.selected()) is not None and marked.job_id == stored.job_id)
    stage.shell.registry["rules"].run()
    sheet = stage.shell.sheet()
    assert isinstance(sheet, RulesSheet)
    stage.wait(lambda: sheet.told is not None)
    stage.pause()
    return sheet


def _rules(stage: Stage) -> None:
    rules_sheet(stage)


def put_job(stage: Stage, folder: Path, text: str, name: str = "job.json") -> str:
    """A job file in `folder`, and the id it would have; the scripted terminal's list of jobs has it already."""
    (folder / name).write_text(text)
    store = stage.services.radio._opened()
    stored = VisitStore(store, new_id).import_job(text, name)
    stage.services.job_list = [*stage.services.job_list, summary_of(VisitStore(store, new_id), stored)]
    return stored.job_id


DAY_SCENES: dict[str, Callable[[Stage], None]] = {
    "jobs-intake": _intake,
    "jobs-unsigned": _unsigned,
    "jobs-filter": _filter,
    "jobs-notice": _notice,
    "jobs-with-customer": _scope,
    "jobs-rehearsal": _rehearsal,
    "jobs-rules": _rules,
    "van-check": _van("check"),
    "van-stock": _van("stock"),
    "van-empty": _van_empty,
    "van-add": _van_add,
    "van-record": _van_record,
}
