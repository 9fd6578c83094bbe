"""The depot in the window: enrolled by cards and check words, evidence sent, jobs fetched, and no contact, calmly."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from PySide6.QtCore import Qt

from drivers.broker import Broker, broker_address
from hht.depot.letters import Offered, Taken
from hht.depot.shelf import Shelf
from hht.errors import HhtError
from hht.link import LinkTimeout, LinkUnavailable
from hht.work.visit_store import StoredJob
from tests.depot.mosquitto import Mosquitto, needs_mosquitto
from tests.depot.places import depot_in
from tests.window.depot_scenes import NOWHERE, depot_card, depot_sheet, enrol, jobs_page
from tests.window.keys import MakeStage, focus, press
from tests.window.outbox_scenes import ended_visit, outbox_page
from tests.work.flow_model import job_text
from ui.depot_kept import Brought
from ui.depot_service import CardFacts, DepotFacts
from ui.depots import Met, Served, serve, up
from ui.intake import Taken as TakenIn
from ui.outbox_items import OutItem, OutState, OutVisit
from ui.window.depot_again import EVERY_TICKS
from ui.window.depot_model import depot_lines, failed_words, met_words
from ui.window.depot_sheet import TrustSheet
from ui.window.outbox_model import OutRow, facts_of


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    made = Mosquitto(tmp_path / "broker")
    yield made
    made.close()


@contextmanager
def served(shelf: Shelf, broker: Mosquitto) -> Iterator[None]:
    """The depot answers, in a thread of its own."""
    loop, began = asyncio.new_event_loop(), threading.Event()

    async def run() -> None:
        post = Broker(broker_address(broker.url), f"hht-{shelf.card.key}", [up("+")])
        await post.open()
        began.set()
        try:
            await serve(post, shelf, Served())
        finally:
            await post.close()

    task = loop.create_task(run())
    thread = threading.Thread(target=lambda: loop.run_until_complete(asyncio.wait([task])))
    thread.start()
    assert began.wait(60)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(60)
        loop.close()


@needs_mosquitto
def test_a_terminal_is_enrolled_brings_its_evidence_home_and_fetches_a_job(
    make_stage: MakeStage, tmp_path: Path, broker: Mosquitto
) -> None:
    stage, shelf = make_stage(), depot_in(tmp_path / "depot", Random(1))
    ended_visit(stage, "J-1050", photo=True)
    assert not outbox_page(stage).to_depot.isVisible()
    sheet = depot_sheet(stage)
    sheet.name.setText("Van 7")
    sheet.write_card(str(tmp_path / "van7.json"))
    stage.wait(lambda: sheet.notice.message.startswith("The card is in"))
    van = shelf.know((tmp_path / "van7.json").read_bytes())
    told = {label: value for label, value, _tone, _device in sheet.facts._shown}
    assert told["This terminal"] == f"Van 7 · check words {' '.join(van.check_words)}"

    sheet.look_at(str(tmp_path / "van7.json"))  # its own: that is no depot's
    stage.wait(lambda: sheet.notice.message == "This is no card of a depot.")
    sheet.look_at(str(tmp_path / "depot" / "card.json"))
    stage.wait(lambda: isinstance(stage.shell.sheet(), TrustSheet))
    asked = stage.shell.sheet()
    assert isinstance(asked, TrustSheet)
    assert asked.words.text().split() == list(shelf.card.check_words)
    assert focus().accessibleName() == "They differ", "what nobody has compared is not what Enter does"
    asked.same.click()
    stage.wait(lambda: sheet.notice.message.startswith("Receipts and jobs of “North”"))
    sheet.broker.setText("http://somewhere")
    sheet.keep.click()
    stage.wait(lambda: "names no broker" in sheet.notice.message)
    sheet.broker.setText(broker.url)
    sheet.keep.click()
    stage.wait(lambda: sheet.notice.message == "Kept, sealed.")
    press(Qt.Key.Key_Escape)

    page = outbox_page(stage)
    stage.wait(page.to_depot.isVisible)
    assert page.contact.text().endswith("last met: never yet")
    with served(shelf, broker):
        page.to_depot.click()
        jobs = jobs_page(stage)
        stage.wait(jobs.fetch_button.isVisible)
        jobs.fetch_button.click()  # while the other still goes, maybe: they do not come to the broker at once
        stage.wait(lambda: jobs.notice.message == "No job waits at the depot.")
        outbox_page(stage)
        stage.wait(lambda: not page.busy and {row.word for row in page.list.rows} == {"receipted"})
        assert {row.item.by for row in page.list.rows if row.item is not None} == {"North"}
        stage.wait(lambda: "never" not in page.contact.text())
        assert len([*shelf.items()]) == 2

        text = job_text("install-electricity", reference="J-7777")
        shelf.post(van.key, "job.json", text.encode())
        jobs_page(stage).fetch_button.click()
        stage.wait(lambda: (job := jobs.selected()) is not None and job.reference == "J-7777")
        stage.wait(lambda: not jobs.fetch_button.busy)
        job = jobs.selected()
        assert job is not None
        assert job.origin_short == "brought by the depot North", "it is shown who answers for a job"
        jobs.fetch_button.click()
        stage.wait(lambda: jobs.notice.message == "No job waits at the depot.")
    assert [job["state"] for job in shelf.jobs()] == ["new"]
    shelf.close()


@needs_mosquitto
def test_no_contact_is_calm_and_stopping_loses_nothing(make_stage: MakeStage, broker: Mosquitto) -> None:
    stage = make_stage()
    kept = enrol(stage, depot_card())
    ended_visit(stage, "J-1050")
    page = outbox_page(stage)
    stage.wait(page.to_depot.isVisible)
    page.to_depot.click()
    stage.wait(lambda: not page.busy and page.notice.message.startswith("No contact with the depot now."))
    assert page.notice.property("tone") == "plain"
    assert {row.word for row in page.list.rows} == {"waits"}
    kept.keep_way(type(kept.way())(broker.url))  # a broker, and nobody at its other end
    page.to_depot.click()
    assert page.busy
    assert focus() is page.stop
    press(Qt.Key.Key_Escape)
    stage.wait(lambda: not page.busy)
    assert page.notice.message.startswith("Stopped. What the depot has whole is receipted")
    assert not stage.shell.depot_again.owed, "who stopped it does not want it sent by itself"
    assert {row.word for row in page.list.rows} == {"waits"}
    jobs = jobs_page(stage)
    stage.wait(jobs.fetch_button.isVisible)
    jobs.fetch_button.click()
    assert jobs.fetch_button.accessibleName() == "Stop fetching"
    jobs.fetch_button.click()
    stage.wait(lambda: not jobs.fetch_button.busy and jobs.notice.message.startswith("Stopped."))
    assert jobs.fetch_button.accessibleName() == "Fetch jobs"


@needs_mosquitto
def test_what_could_not_go_goes_by_itself_once_there_is_contact(
    make_stage: MakeStage, tmp_path: Path, broker: Mosquitto
) -> None:
    stage, shelf = make_stage(), depot_in(tmp_path / "depot", Random(1))
    kept = enrol(stage, shelf.card)
    shelf.know(kept.card().write())
    ended_visit(stage, "J-1050")
    page, again = outbox_page(stage), stage.shell.depot_again
    stage.wait(page.to_depot.isVisible)
    for _tick in range(2 * EVERY_TICKS):
        again.tick()
    assert not again.busy, "nobody wanted to send"
    page.to_depot.click()
    stage.wait(lambda: not page.busy and page.notice.message.startswith("No contact"))
    for _tick in range(EVERY_TICKS):
        again.tick()
    assert again.busy
    stage.wait(lambda: not again.busy)
    assert again.owed
    assert page.notice.message.startswith("No contact"), "that there is none still is not told again"
    kept.keep_way(type(kept.way())(broker.url))
    with served(shelf, broker):
        for _tick in range(EVERY_TICKS):
            again.tick()
        stage.wait(lambda: {row.word for row in page.list.rows} == {"receipted"})
    assert page.notice.message == "There is contact again. The depot has 1 item more."
    assert not again.owed
    shelf.close()


# In words ----------------------------------------------------------------------------------------------------


ITEM = Offered("0" * 64, "visit-1.hhtb", 9)


@pytest.mark.parametrize(
    ("met", "tone", "parts"),
    [
        (Met(0, (), ()), "good", ["The depot has all of it."]),
        (Met(2, (), ()), "good", ["The depot has 2 items more."]),
        (Met(0, (), (ITEM,)), "warn", ["1 item has not arrived: it stays, and goes next time."]),
        (Met(1, (), (), {"a.jsonl": "it is empty"}), "warn", ["1 item more.", "a.jsonl is not taken: it is empty"]),
        (Met(0, (), (), {}, (ITEM,)), "bad", ["visit-1.hhtb is lost: the depot had receipted it and has it no more"]),
        (Met(0, (), (), {}, (), 2), "good", ["2 letters that came were not the depot's, and were not used."]),
    ],
)
def test_what_a_meeting_came_to_is_said(met: Met, tone: str, parts: list[str]) -> None:
    said = met_words(Brought(met, ()))
    assert said[0] == tone
    for part in parts:
        assert part in " ".join(said[1:])
    assert ("has all of it" in said[1]) == (met.good and not met.receipts)


def test_a_password_that_goes_in_clear_is_told_of() -> None:
    mine = CardFacts("Van 7", "k", ("ABC",), b"")
    ways = [("mqtt://me@h", True), ("mqtts://me@h", True), ("mqtt://h", False)]
    told = [depot_lines(DepotFacts(mine, None, url, password=password))[2] for url, password in ways]
    assert [line[2] for line in told] == ["warn", "good", "good"]
    assert "the password can be read on the way" in told[0][1]
    assert told[1][1] == "mqtts://me@h, with a password"


def test_what_the_depot_did_not_take_stands_beside_the_thing() -> None:
    item = OutItem("a.jsonl", "trace", 9, "0" * 64, OutState.WAITING)
    row = OutRow(OutVisit("v", "J-1", 1, (item,)), item)
    assert ("Not taken", "it is empty", "bad", False) in facts_of(row, {"a.jsonl": "it is empty"})
    assert all(line[0] != "Not taken" for line in facts_of(row, {"b.jsonl": "it is empty"}))


def test_an_erased_visit_that_the_depot_has_lost_is_told_as_lost() -> None:
    erased = datetime(2026, 3, 17, 9, 41, tzinfo=UTC)
    lost, gone = (OutRow(OutVisit("v", "v", 0, (), erased, missed=by), None) for by in ("North", ""))
    assert (lost.word, lost.tone, "North has it no more" in lost.line) == ("lost", ("warn", "bad"), True)
    assert (gone.word, gone.tone) == ("erased", ("cross", "ink_soft"))


def test_jobs_that_came_and_were_refused_are_said() -> None:
    error = HhtError("It is no job.", remedy="Ask the desk.", code="job")
    jobs = (TakenIn("a.json", StoredJob("j", "", "", None), new=True), TakenIn("b.json", error=error))  # type: ignore[arg-type]
    words = met_words(Brought(Met(0, (Taken(1, "new"), Taken(2, "refused")), ()), jobs))[2]
    assert words == "2 jobs came. 1 of them is refused."


def test_only_what_is_wrong_is_told_as_wrong() -> None:
    for error in (LinkUnavailable("Away.", remedy="Go."), LinkTimeout("Silent.", remedy="Go.", code="depot-silent")):
        assert failed_words(error)[0] == "plain"
    for error in (LinkUnavailable("Twin.", remedy="Go.", code="broker-twin"), HhtError("Disk.", remedy="Go.")):
        assert failed_words(error)[0] == "bad"
    assert NOWHERE.startswith("mqtt://")
