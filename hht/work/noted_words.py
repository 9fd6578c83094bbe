"""What was noted of a visit beside its steps, as lines that a screen shows."""

from __future__ import annotations

from hht.i18n import _
from hht.work.noted import NoteKind, VisitNote
from hht.work.signing import Manner
from hht.work.unsafe import categories
from hht.work.view import Fact, Tone


def note_fact(note: VisitNote) -> Fact:
    """A note on one line."""
    told = note.told
    match note.kind:
        case NoteKind.UNSAFE:
            row = categories().get(told["category"])
            words = _("{category}, notice {number}: {found}")
            category = row.title if row is not None else told["category"]
            text = words.format(category=category, number=told["notice"], found=told["found"])
            return Fact(_("Unsafe"), text, Tone.BAD)
        case NoteKind.SIGNATURE:
            manner = Manner(told["manner"])
            text = f"{told['name']} ({manner.words})" if told["name"] else f"{manner.words}: {told['reason']}"
            return Fact(_("Signature"), text, Tone.WARN if manner is Manner.DECLINED else Tone.GOOD)
        case NoteKind.CALL:
            return Fact(_("Rung"), f"{told['whom']}: {told['result']}")
        case NoteKind.ENDING:
            return Fact(_("Ended"), f"{told['text']} ({told['code']})", Tone.WARN)
        case NoteKind.PHOTO:
            text = _("Photo {number}").format(number=told["number"])
            return Fact(_("Photo"), f"{text}, SHA-256 {told['sha256'][:16]}…")
