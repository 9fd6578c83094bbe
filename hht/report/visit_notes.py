"""What was noted of a visit beside its steps, as items of a bundle and as plain values of a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hht.clock import iso_z
from hht.report.bundle_lines import Item
from hht.work.noted import NoteKind, VisitNote
from hht.work.unsafe import categories


def note_items(notes: Iterable[VisitNote]) -> Iterator[Item]:
    """An item for each, of the kind that the note is of; photos have items of their own. `entry`: its number in the
    journal, so that everybody sees what was on record before."""
    for note in notes:
        if note.kind is not NoteKind.PHOTO:
            yield _item(note)


def _item(note: VisitNote) -> Item:
    return Item(note.kind.value, {"entry": note.number, "at": iso_z(note.at), "step": note.step, **_told(note)})


def _told(note: VisitNote) -> dict[str, Any]:
    """What it tells; with the words of what is a code, as they were when the bundle was written."""
    told = dict(note.told)
    if note.kind is NoteKind.UNSAFE and (row := categories().get(told["category"])) is not None:
        told |= {"category_words": row.title, "category_text": row.text, "category_source": row.source}
    return told


def note_values(notes: Iterable[VisitNote]) -> dict[str, list[dict[str, Any]]]:
    """The same for the report's JSON: lists by kind; with the photos, without those that were taken again."""
    kept = [*notes]
    again = {note.told.get("replaces") for note in kept if note.kind is NoteKind.PHOTO}
    found: dict[str, list[dict[str, Any]]] = {}
    for note in kept:
        if note.kind is not NoteKind.PHOTO or note.told["number"] not in again:
            found.setdefault(note.kind.value, []).append(dict(_item(note).fields))
    return found
