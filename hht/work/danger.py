"""A danger that was put on record beside the steps stops the visit, as a safety item that failed does: no step begins
after it, and nothing but making safe leads on."""

from __future__ import annotations

from typing import Final

from hht.i18n import _
from hht.work.items import Ends, Finding, StopSpec
from hht.work.noted import NoteKind, VisitNote, of_kind
from hht.work.progress import VisitProgress
from hht.work.step import SafetyStop
from hht.work.unsafe import categories
from hht.work.view import Outcome

DANGER: Final = "danger-on-record"  # the stop's code


def standing(progress: VisitProgress) -> VisitNote | None:
    """The latest danger on record that no step was stopped for yet; None where there is none."""
    stopped = max((step.stopped_after for step in progress.steps.values() if step.stop == DANGER), default=0)
    dangers = [note for note in of_kind(progress.notes[stopped:], NoteKind.UNSAFE) if _is_danger(note)]
    return dangers[-1] if dangers else None


def _is_danger(note: VisitNote) -> bool:
    known = categories().get(note.told["category"])
    return known is None or bool(known.plain["danger"])  # of a newer program: more than we know of it


def stop_for(note: VisitNote) -> SafetyStop:
    """The stop that a danger is."""
    gas = note.told["fuel"] == "gas"
    text = (
        _("Take this terminal outside and switch nothing. Nobody goes on here until the gas is safe.")
        if gas
        else _("Leave it isolated. Nobody goes on here until it is safe.")
    )
    stop = StopSpec(DANGER, _("Made safe, left off"), text, Outcome.MADE_SAFE, Ends.VISIT, lock=gas)
    row = categories().get(note.told["category"])
    kind = row.title if row is not None else str(note.told["category"])
    return SafetyStop(stop, "", "", Finding(DANGER, _("A danger is on record: {kind}.").format(kind=kind)))


def notice_of(progress: VisitProgress) -> str:
    """The number of the notice that was left for the danger; "" where none is on record."""
    notices = [note.told["notice"] for note in of_kind(progress.notes, NoteKind.UNSAFE)]
    return str(notices[-1]) if notices else ""
