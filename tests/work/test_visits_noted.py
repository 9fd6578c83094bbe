"""The log of live work names its visits: one that is taken out of the file, or cut off, is told."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from hht.clock import ManualClock
from hht.store import vault
from hht.store.errors import StoreError
from hht.store.log_chain import whole_log
from hht.work.journal import JournalKind
from hht.work.outbox import OutboxBook
from hht.work.visit_store import VisitStore
from hht.work.visits_noted import VisitsNotWhole, require_visits
from tests.access.test_matrix import NOW, NUMBERS
from tests.access.test_noted import DEPOT, ended
from tests.store.conftest import CHEAP
from ui.outbox import Outbox
from ui.outbox_items import OutState
from ui.receipts import OutboxError
from ui.stores import open_store

PHRASE = "four unrelated words"


def altered(folder: Path, *statements: str) -> None:
    """The file, by somebody who has no key: triggers are no obstacle to them."""
    database = sqlite3.connect(folder / "store.db", isolation_level=None)
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f"DROP TRIGGER [{name}]")
    for statement in statements:
        assert database.execute(statement).rowcount > 0
    database.close()


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (("DELETE FROM visit_journal", "DELETE FROM visits"), "is not in this store, and nobody erased it"),
        (("DELETE FROM visit_journal WHERE kind = 'ended'",), "is not as it was when that visit ended"),
        (("DELETE FROM visit_journal WHERE number >= 2",), "is not as it was when that visit ended"),
        (("UPDATE visit_journal SET at = '2026-01-01T00:00:00Z' WHERE number = 1",), "is not as it was"),
    ],
)
def test_a_visit_that_is_taken_out_of_the_file_or_cut_is_named(
    statements: tuple[str, ...], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "KdfCost", lambda: CHEAP)
    store = open_store(tmp_path, PHRASE, training=False, clock=ManualClock(NOW))
    visit = ended(store, "J-1")
    require_visits(store, whole_log(store))
    store.close()
    altered(tmp_path, *statements)
    with (
        open_store(tmp_path, PHRASE, training=False, clock=ManualClock(NOW)) as store,
        pytest.raises(VisitsNotWhole) as caught,
    ):
        require_visits(store, whole_log(store))
    assert caught.value.visits == (visit,)
    assert words in str(caught.value)
    assert "of J-1" in str(caught.value)


def test_what_comes_after_the_end_and_what_is_erased_on_purpose_raise_no_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "KdfCost", lambda: CHEAP)
    with open_store(tmp_path, PHRASE, training=False, clock=ManualClock(NOW)) as store:
        kept, going = ended(store, "J-1"), ended(store, "J-2")
        VisitStore(store, str).journal(kept).append("", JournalKind.REPORT, {"path": "report.pdf", "sha256": ""})
        box = Outbox(store, NUMBERS.randbytes)
        for visit_id, content in box.to_send():
            box.arrived(visit_id, content, content.sha256, "North", depot=DEPOT.key)
        box.erase(going)
        require_visits(store, whole_log(store))
        assert [row["visit_id"] for row in store.rows("visits")] == [kept]


async def test_in_live_work_what_says_at_the_end_of_a_line_that_it_has_it_gives_no_receipt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "KdfCost", lambda: CHEAP)
    with open_store(tmp_path, PHRASE, training=False, clock=ManualClock(NOW)) as store:
        visit, box = ended(store, "J-1"), Outbox(store, NUMBERS.randbytes)
        names = await box.send(cast("Any", AnybodysDesk()), "desk:tcp://127.0.0.1:4978")
        ((item,),) = [one.items for one in box.list()]
        assert (item.name, item.state, item.sent_to) == (*names, OutState.EXPORTED, "Anybody's desk")
        with pytest.raises(OutboxError) as caught:
            box.erase(visit)
        assert caught.value.code == "outbox-not-receipted"
        (noted,) = [one.details for one in whole_log(store) if one.kind == "outbox-exported"]
        assert (noted["line"], noted["has_it"]) == ("desk:tcp://127.0.0.1:4978", "Anybody's desk")


class AnybodysDesk:
    """A desk, and the way to it: nobody knows whose program it is."""

    desk = "Anybody's desk"

    @contextlib.asynccontextmanager
    async def conversation(self, _url: str, _home: str) -> AsyncIterator[AnybodysDesk]:
        yield self

    async def send(self, _name: str, _octets: bytes) -> None:
        """It says that it has it."""


def full(*_args: object, **_named: object) -> None:
    """The disk is full when the record that a visit is being erased is written."""
    raise OSError("full")


def test_an_erasure_that_fails_is_not_on_record_as_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "KdfCost", lambda: CHEAP)
    with open_store(tmp_path, PHRASE, training=False, clock=ManualClock(NOW)) as store:
        visit, box = ended(store, "J-1"), Outbox(store, NUMBERS.randbytes)
        for visit_id, content in box.to_send():
            box.arrived(visit_id, content, content.sha256, "North", depot=DEPOT.key)
        monkeypatch.setattr(OutboxBook, "append", full)
        with pytest.raises(StoreError, match="full"):
            box.erase(visit)
        monkeypatch.undo()
        assert [row["visit_id"] for row in store.rows("visits")] == [visit]
        assert "outbox-erasing" not in [entry.kind for entry in whole_log(store)]
