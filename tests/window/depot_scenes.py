"""The depot as scenes: nobody known yet, enrolled, its card looked at, out of reach, some of it gone home, jobs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hht.depot.cards import Card, OwnKeys, Role
from hht.depot.letters import Offered
from tests.window.outbox_scenes import several
from ui.depot_kept import BrokerWay, Brought, TerminalDepot
from ui.depots import Met
from ui.window.depot_sheet import DepotSheet, TrustSheet
from ui.window.jobs_page import JobsPage

if TYPE_CHECKING:
    from tests.window.scenes import Stage

NOWHERE = "mqtt://127.0.0.1:1"  # where nobody listens


def depot_card(name: str = "North depot") -> Card:
    """Of a depot that there is not."""
    return OwnKeys(bytes([7]) * 32).card(Role.DEPOT, name, training=True)


def enrol(stage: Stage, card: Card, broker: str = NOWHERE, password: str = "") -> TerminalDepot:
    """The scripted terminal knows that depot, and the way to it; its keys are the same each time."""
    kept = TerminalDepot(stage.services.radio._opened(), lambda count: bytes([3]) * count)
    kept.keys()
    kept.card("Van 7")
    kept.trust(card.write())
    kept.keep_way(BrokerWay(broker, password))
    return kept


def depot_sheet(stage: Stage) -> DepotSheet:
    """The sheet, by the settings, once it knows."""
    stage.shell.go("settings")
    stage.shell.page("settings").depot.click()  # type: ignore[attr-defined]
    sheet = stage.shell.sheet()
    assert isinstance(sheet, DepotSheet)
    stage.wait(lambda: sheet.known is not None)
    stage.pause()
    return sheet


def jobs_page(stage: Stage) -> JobsPage:
    """The page of the jobs, come back to."""
    stage.shell.go("settings")
    stage.shell.go("jobs")
    page = stage.shell.page("jobs")
    assert isinstance(page, JobsPage)
    stage.pause()
    return page


def _unknown(stage: Stage) -> None:
    TerminalDepot(stage.services.radio._opened(), lambda count: bytes([3]) * count).keys()
    depot_sheet(stage)


def _enrolled(stage: Stage) -> None:
    enrol(stage, depot_card(), "mqtts://van7@broker.example", "kept sealed").note_contact(3, 1)
    depot_sheet(stage)


def _trust(stage: Stage) -> None:
    enrol(stage, depot_card())
    sheet = depot_sheet(stage)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "card.json"
        path.write_bytes(OwnKeys(bytes([8]) * 32).card(Role.DEPOT, "South depot", training=True).write())
        sheet.look_at(str(path))
        stage.wait(lambda: isinstance(stage.shell.sheet(), TrustSheet))
    stage.pause()


def _away(stage: Stage) -> None:
    enrol(stage, depot_card()).note_contact(3, 1)
    page = several(stage)
    page.to_depot.click()
    stage.wait(lambda: not page.busy and bool(page.notice.message))
    stage.pause()


def _some(stage: Stage) -> None:
    enrol(stage, depot_card()).note_contact(3, 1)
    page = several(stage)
    left = tuple(Offered(item.sha256, item.name, item.octets) for visit in page.visits for item in visit.items[1:])
    refused = {"j-1051-visit-3-photo-1.jpeg": "its octets have another SHA-256"}
    page._met(Brought(Met(2, (), left, refused), ()))
    stage.pause()


def _jobs(stage: Stage) -> None:
    enrol(stage, depot_card())
    page = jobs_page(stage)
    stage.wait(page.fetch_button.isVisible)
    page.fetch_button.click()
    stage.wait(lambda: not page.fetch_button.busy and bool(page.notice.message))
    stage.pause()


DEPOT_SCENES: dict[str, Callable[[Stage], None]] = {
    "depot-unknown": _unknown,
    "depot-enrolled": _enrolled,
    "depot-trust": _trust,
    "depot-away": _away,
    "depot-some": _some,
    "depot-jobs": _jobs,
}
