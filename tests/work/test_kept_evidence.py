"""Photos and endings wherever the terminal dies in between: the journal knows of a photo before the store has it."""

from __future__ import annotations

from typing import Any

import pytest

from hht.errors import HhtError
from hht.store.errors import StoreError
from hht.work.asking import NotNow
from hht.work.engineer import Engineer
from hht.work.journal import JournalKind
from hht.work.noted import NoteKind, of_kind
from hht.work.outbox import PhotoStore
from hht.work.view import Outcome
from tests.test_photos import jpeg
from tests.work.conftest import Rig
from ui.evidence import KeptEvidence
from ui.evidence_notes import EndingAsked, EvidenceNotes

DOOR = EndingAsked("nobody-home", photos=(jpeg(),))


class Dead(Exception):
    """The terminal is no more."""


def dies(*_given: Any) -> Any:
    raise Dead


def photos(rig: Rig) -> list[int]:
    return [one.number for one in PhotoStore(rig.store).of_visit(rig.journal.visit_id)]


def noted(rig: Rig) -> list[tuple[int, int]]:
    notes = of_kind(EvidenceNotes(rig.store, rig.clock).notes(rig.journal.visit_id), NoteKind.PHOTO)
    return [(note.told["number"], note.told.get("replaces", 0)) for note in notes]


@pytest.mark.parametrize("at", ["append", "add", "remove", "nowhere"])
def test_a_photo_taken_again_after_the_terminal_died_is_noted_once(
    at: str, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes, visit_id = EvidenceNotes(rig.store, rig.clock), rig.journal.visit_id
    notes.add_photo(visit_id, "", jpeg())
    with monkeypatch.context() as patch:
        if at == "append":
            patch.setattr("hht.work.journal.Journal.append", dies)
        elif at != "nowhere":
            patch.setattr(PhotoStore, at, dies)
        if at == "nowhere":
            notes.add_photo(visit_id, "", jpeg(progressive=True), replaces=1)
        else:
            with pytest.raises(Dead):
                notes.add_photo(visit_id, "", jpeg(progressive=True), replaces=1)
    there = {"append": [1], "add": [1], "remove": [1, 2], "nowhere": [2]}
    assert photos(rig) == there[at], "never in the store before it is on record"
    assert noted(rig) == [(1, 0), *([] if at == "append" else [(2, 1)])]
    notes.add_photo(visit_id, "", jpeg(progressive=True), replaces=1)
    assert photos(rig) == [2]
    assert noted(rig) == [(1, 0), (2, 1)]
    assert not rig.store.holds_visits


def test_a_photo_that_stands_in_the_store_alone_is_noted_when_it_is_taken_again(rig: Rig) -> None:
    """As an earlier version left it when it died."""
    from hht.photos import bare_photo

    PhotoStore(rig.store).add(rig.journal.visit_id, "", bare_photo(jpeg()))
    EvidenceNotes(rig.store, rig.clock).add_photo(rig.journal.visit_id, "", jpeg())
    assert (photos(rig), noted(rig)) == ([1], [(1, 0)])


def test_a_visit_that_another_process_plays_gets_no_photo_and_no_end(rig: Rig) -> None:
    from hht.store.database import ExclusiveLock, lock_path

    other = ExclusiveLock(lock_path(rig.store.path))
    other.acquire()
    notes = EvidenceNotes(rig.store, rig.clock)
    for change in (
        lambda: notes.end_job(rig.job.job_id, DOOR, Engineer()),
        lambda: notes.add_photo(rig.journal.visit_id, "", jpeg()),
    ):
        with pytest.raises(StoreError) as refused:
            change()
        assert refused.value.code == "visit-in-use"
    other.release()
    assert (photos(rig), rig.journal.entries()) == ([], [])


def test_an_ending_is_on_record_with_its_photos_or_not_at_all(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = EvidenceNotes(rig.store, rig.clock)
    with monkeypatch.context() as patch:
        patch.setattr(PhotoStore, "add", dies)
        with pytest.raises(Dead):
            notes.end_job(rig.job.job_id, DOOR, Engineer())
    assert rig.journal.entries() == []
    assert notes.end_job(rig.job.job_id, DOOR, Engineer()) == rig.journal.visit_id
    assert photos(rig) == [1]


async def test_a_visit_that_is_not_played_is_not_ended_in_silence(rig: Rig) -> None:
    rig.journal.append("", JournalKind.RESUMED, {"program": "x", "engineer": {}})
    with pytest.raises(NotNow) as refused:
        await KeptEvidence(rig.store, rig.clock, lambda _visit: None).end_visit(rig.journal.visit_id, DOOR)
    assert "not being played" in refused.value.message
    assert photos(rig) == []


async def test_no_photo_of_an_ending_that_is_not_accepted_is_kept(rig: Rig) -> None:
    visit = rig.visit()
    assert await visit.run() is Outcome.COMPLETE
    evidence = KeptEvidence(rig.store, rig.clock, lambda _visit: visit)
    with pytest.raises(HhtError) as refused:
        await evidence.end_visit(rig.journal.visit_id, DOOR)
    assert isinstance(refused.value, NotNow)
    assert (photos(rig), noted(rig)) == ([], [])


async def test_the_doorstep_of_a_visit_that_is_played_is_on_record_before_its_end(rig: Rig) -> None:
    visit = rig.visit()
    await KeptEvidence(rig.store, rig.clock, lambda _visit: visit).end_visit(rig.journal.visit_id, DOOR)
    assert await visit.run() is Outcome.ABANDONED
    kinds = [note.kind for note in rig.visits.progress(rig.journal.visit_id).notes]
    assert kinds == [NoteKind.PHOTO, NoteKind.ENDING]
    assert (photos(rig), noted(rig)) == ([1], [(1, 0)])
