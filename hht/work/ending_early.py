"""A visit that ends before its work is done: no access, refused, another day, given up on site; coded, with what the
next visit has to know. Nothing here leads past a safety stop, away from a supply that is off, past a change of which
nobody knows whether it happened, past the step that proves one, or from a meter that nobody confirmed closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from hht import __version__
from hht.clock import iso_z
from hht.i18n import _
from hht.work import danger
from hht.work.asking import NotNow
from hht.work.coded import Code, NoteError, codes, known, words
from hht.work.engineer import Engineer
from hht.work.items import Ends
from hht.work.journal import JournalKind
from hht.work.noted import NoteKind, payload_of
from hht.work.progress import StepProgress, VisitProgress
from hht.work.still_asked import closing_due, proof_due, still_asked
from hht.work.view import Outcome, StepState
from hht.work.visit_log import VisitLog
from hht.work.walkthrough import LeaveSpec

FILE: Final = "endings"
SAFETY_FIRST: Final = "safety-first"  # the code of a refusal: broken off, the visit goes on with that alone


@dataclass(frozen=True, slots=True)
class Ending:
    """Made by `ending`. `photos`: SHA-256 of photos of the doorstep; `no_photo`: why there is none; `next_at`: the day
    that was agreed; `flags`: codes of what the next visit needs."""

    code: str
    note: str = field(default="", repr=False)
    flags: tuple[str, ...] = ()
    next_at: datetime | None = None
    photos: tuple[str, ...] = ()
    no_photo: str = field(default="", repr=False)
    breaks_off: bool = False  # the visit goes on with what safety still asks for, and with nothing else

    @property
    def kind(self) -> NoteKind:
        """Of which kind it is."""
        return NoteKind.ENDING

    @property
    def breaking(self) -> Ending:
        """The same reason, for which the visit is broken off and not ended at once."""
        return replace(self, breaks_off=True)

    @property
    def row(self) -> Code:
        """The reason as the catalogue has it."""
        return known(FILE, "ending", self.code)

    def as_plain(self) -> dict[str, Any]:
        """As JSON, with the group and the words of the reason."""
        return {
            "code": self.code,
            "group": self.row.plain["group"],
            "text": self.row.text,
            "note": self.note,
            "flags": list(self.flags),
            "next_at": iso_z(self.next_at) if self.next_at else "",
            "photos": list(self.photos),
            "no_photo": self.no_photo,
            **({"breaks_off": True} if self.breaks_off else {}),
        }


def endings(group: str = "") -> list[Code]:
    """The reasons of a group, or all."""
    return [row for row in codes(FILE, "ending").values() if group in ("", row.plain["group"])]


def ending(
    code: str,
    *,
    now: datetime,
    note: str = "",
    flags: Sequence[str] = (),
    next_at: datetime | None = None,
    photos: Sequence[str] = (),
    no_photo: str = "",
) -> Ending:
    """The ending, checked. `photos`: SHA-256 of those that were kept. Raises NoteError ``note-code``, ``note-words``,
    ``doorstep-photo`` where the reason asks for a photo and there is none, ``next-past`` for a day that is over."""
    row = known(FILE, "ending", code)
    reason = words(no_photo, _("Why there is no photo"), needed=False, most=200)
    if row.plain["photo"] and not photos and not reason:
        raise NoteError(
            _("“{reason}” asks for a photo of the doorstep.").format(reason=row.text),
            remedy=_("Add the photo, or say why there is none (hht visit end … --no-photo WHY)."),
            code="doorstep-photo",
        )
    if next_at is not None and (next_at.tzinfo is None or next_at < now):
        raise NoteError(
            _("The next appointment is over already, or has no time zone."),
            remedy=_("Name a day to come."),
            code="next-past",
        )
    kept = tuple(known(FILE, "flag", flag).code for flag in flags)
    return Ending(code, words(note, _("The note"), needed=False), kept, next_at, tuple(photos), reason)


def leave_for(progress: VisitProgress, shown: StepProgress | None, why: Ending) -> tuple[StepProgress, LeaveSpec]:
    """The step that is left, and how: the one that is `shown`, or what follows where that has ended. Raises NotNow at
    a safety stop or a danger on record, while a fuel is off or its meter not confirmed closed, while a change is open
    or still to be proved, and where the visit has ended."""
    step = step_shown(progress, shown)
    if off := progress.fuels_off():
        raise NotNow(
            _("The visit cannot end like this: the supply is off ({fuels}).").format(fuels=", ".join(off)),
            remedy=_(
                "Finish the step, or choose Can't do this and make safe; or break off (--break-off): only work is "
                "skipped."
            ),
            code=SAFETY_FIRST,
        )
    if (closing := closing_due(progress)) is not None:
        raise NotNow(
            _("The visit cannot end like this: “{title}” has to be answered first.").format(title=closing.spec.title),
            remedy=_(
                "Break off (--break-off): only work is skipped then, and covers and seals are confirmed, or it is made "
                "safe."
            ),
            code=SAFETY_FIRST,
        )
    _refuse_unproved(progress)
    restored = any(one.spec.restores and one.state is StepState.DONE for one in progress.steps.values())
    outcome = Outcome.INSTALL_AND_LEAVE if restored else Outcome.ABANDONED
    return step, LeaveSpec(why.code, why.row.text, outcome, Ends.VISIT)


def step_shown(progress: VisitProgress, shown: StepProgress | None) -> StepProgress:
    """The step that is shown, or what follows where that has ended. Raises NotNow at a safety stop or a danger on
    record, and where the visit has ended."""
    step = shown if shown is not None and not shown.ended else progress.current()
    if step is None or progress.outcome is not None:
        raise NotNow(_("The visit has ended already."), remedy=_("Begin another one where that is meant."))
    if step.state is StepState.STOPPED:
        raise NotNow(
            _("This is a safety stop: the visit ends as it says, and in no other way."),
            remedy=_("Answer what it asks for: who clears the lock, and the number of the notice."),
        )
    if danger.standing(progress) is not None:
        raise NotNow(
            _("A danger is on record: the visit ends as made safe, and in no other way."),
            remedy=_("Go on with the visit: it stops there, and asks for what making safe needs."),
        )
    return step


def break_off(
    progress: VisitProgress, shown: StepProgress | None, why: Ending
) -> tuple[StepProgress, LeaveSpec | None]:
    """The step that is shown (or comes next), and how it is left; None where safety asks for it: then it is played.
    Raises NotNow at a safety stop, where the visit has ended, and where nothing is asked for: then it just ends."""
    step = step_shown(progress, shown)
    unknown = any(one.open_intents and not one.ended for one in progress.steps.values())
    if not (unknown or progress.fuels_off() or closing_due(progress) or proof_due(progress)):
        raise NotNow(_("Safety asks for nothing more here."), remedy=_("End the visit, with the reason for it."))
    return step, None if step in still_asked(progress) else LeaveSpec(why.code, why.row.text, Outcome.INSTALL_AND_LEAVE)


def _refuse_unproved(progress: VisitProgress) -> None:
    """Raises NotNow while a step that has not ended does not know what came of a change, or one is to be proved."""
    open_step = next((one for one in progress.steps.values() if one.open_intents and not one.ended), None)
    if open_step is not None:
        raise NotNow(
            _("The visit cannot end like this: it is not known what came of “{title}” ({items}).").format(
                title=open_step.spec.title, items=", ".join(open_step.open_intents)
            ),
            remedy=_("Try the step again: the device is read first. Or choose Can't do this, and say why."),
            code=SAFETY_FIRST,
        )
    due = proof_due(progress)
    if due is not None:
        raise NotNow(
            _("The visit cannot end like this: “{title}” has to be proved first.").format(title=due.spec.title),
            remedy=_(
                "Break off (--break-off): only work is skipped then, and it reads what was changed, or is made safe."
            ),
            code=SAFETY_FIRST,
        )


def end_kept_visit(log: VisitLog, why: Ending, engineer: Engineer) -> Outcome | None:
    """End a visit that nobody plays just now (one that has just been made, or an unfinished one): taken up, left for
    that reason, over. Where `why` breaks it off, that is put on record, and it waits to be taken up (None). Raises
    NotNow and StoreError."""
    progress = log.progress
    if why.breaks_off:
        step, _spec = break_off(progress, progress.current(), why)
        log.append(step.spec.id, JournalKind.NOTED, payload_of(why))
        return None
    step, spec = leave_for(progress, progress.current(), why)
    log.append("", JournalKind.RESUMED, {"program": __version__, "engineer": engineer.as_plain()})
    log.append(step.spec.id, JournalKind.NOTED, payload_of(why))
    log.left(step, spec, why.note)
    while (after := progress.current()) is not None:
        log.left_by_itself(after)
    return log.ended()


def flag_words(told: Mapping[str, Any]) -> list[str]:
    """What the next visit needs, in words."""
    return [known(FILE, "flag", code).text for code in told["flags"]]
