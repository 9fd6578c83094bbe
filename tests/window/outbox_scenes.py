"""The outbox as scenes: nothing there, things in each state, sent, erased."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from hht.clock import ManualClock
from hht.work.engineer import Engineer
from hht.work.outbox import OutboxBook, OutKind
from hht.work.visit_store import VisitStore
from tests.test_photos import jpeg
from tests.window import samples
from tests.work.flow_model import job_text
from ui.evidence_notes import EndingAsked, EvidenceNotes
from ui.outbox import Outbox
from ui.receipts import OutboxError, ReceiptFile
from ui.trusted_depot import word_of
from ui.window.outbox_page import OutboxPage
from ui.window.outbox_sheets import UnsignedReceiptSheet

if TYPE_CHECKING:
    from hht.store.store import Store
    from tests.window.scenes import Stage


def ended_visit(stage: Stage, reference: str, *, photo: bool = False) -> str:
    """A visit in the scripted terminal's store that has ended: nobody was at home. Its id."""
    store, clock = stage.services.radio._opened(), ManualClock(samples.NOW)
    job = VisitStore(store, lambda: f"{reference.lower()}-visit").import_job(
        job_text("install-electricity", reference=reference), "job.json"
    )
    asked = EndingAsked("nobody-home", photos=(jpeg(),) if photo else (), no_photo="" if photo else "dark")
    return EvidenceNotes(store, clock).end_job(job.job_id, asked, Engineer())


def receipted(stage: Stage, visit_id: str) -> None:
    """Somebody has all of it."""
    store = stage.services.radio._opened()
    box, book = Outbox(store, lambda count: bytes(count)), OutboxBook(store)
    (visit,) = [one for one in box.list() if one.visit_id == visit_id]
    for item in visit.items:
        book.append(visit_id, OutKind.RECEIPTED, {"name": item.name, "sha256": item.sha256, "by": "A. Clerk"})


def outbox_page(stage: Stage) -> OutboxPage:
    """The page, once it has looked."""
    stage.shell.go("outbox")
    page = stage.shell.page("outbox")
    assert isinstance(page, OutboxPage)
    stage.wait(lambda: page.loaded)
    stage.pause()
    return page


def several(stage: Stage) -> OutboxPage:
    """One waits, one has arrived."""
    receipted(stage, ended_visit(stage, "J-1050", photo=True))
    ended_visit(stage, "J-1051", photo=True)
    return outbox_page(stage)


def _empty(stage: Stage) -> None:
    outbox_page(stage)


def _several(stage: Stage) -> None:
    several(stage)


def _failed(stage: Stage) -> None:
    page = several(stage)
    page.take_receipt("/no/such/receipt.json")
    stage.wait(lambda: bool(page.notice.message))
    stage.pause()


def _erase(stage: Stage) -> None:
    page = several(stage)
    page.list.mark(next(place for place, row in enumerate(page.list.rows) if row.visit.receipted))
    page.ask_erase()
    stage.pause()


def _erased(stage: Stage) -> None:
    _erase(stage)
    sheet = stage.shell.sheet()
    assert sheet is not None
    sheet.go.click()  # type: ignore[attr-defined]
    stage.wait(lambda: stage.shell.sheet() is not None and stage.shell.sheet() is not sheet)
    stage.pause()


def _export(stage: Stage) -> None:
    several(stage).ask_export()
    stage.pause()


class LikeLive:
    """What is asked of a store of live work where a receipt's word is weighed; to put in the training store's place."""

    training = False


def weighed_as_live(receipt: ReceiptFile, _store: Store, reason: str) -> dict[str, Any]:
    """`word_of` as in live work."""
    return word_of(receipt, cast("Store", LikeLive()), reason)


def _unsigned(stage: Stage) -> None:
    page = several(stage)
    try:
        weighed_as_live(ReceiptFile("A. Clerk, depot North", frozenset()), stage.services.radio._opened(), "")
    except OutboxError as error:
        UnsignedReceiptSheet(page.host.canvas(), error, lambda _why: None)
    stage.pause()


OUTBOX_SCENES: dict[str, Callable[[Stage], None]] = {
    "outbox-empty": _empty,
    "outbox": _several,
    "outbox-failed": _failed,
    "outbox-export": _export,
    "outbox-unsigned": _unsigned,
    "outbox-erase": _erase,
    "outbox-erased": _erased,
}
