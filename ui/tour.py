"""The tour of two minutes, on the training premises: what comes next, by how the visit stands. Plain Python.

Nothing of it is kept but that it was done or left: where somebody is in it follows from the visit, so that it can be
left and taken up again at any place, and a step that fails is told by its own card.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hht.i18n import _

if TYPE_CHECKING:
    from hht.work.view import VisitView

JOB: Final = "J-1042"  # the sample job that it goes by (resources/jobs/demo.json), ...
LABEL: Final = "00DB1234567890A0"  # ... and what stands on its meter's label
DONE, LEFT = "done", "left"  # `Settings.tour`; "": neither yet, and it offers itself


class Stop(enum.StrEnum):
    """A stop of the tour, in their order; OTHER: somebody works on another job."""

    JOB = "job"
    LABEL = "label"
    LINK = "link"
    READ = "read"
    WRITE = "write"
    EVIDENCE = "evidence"
    END = "end"
    OTHER = "other"


COUNTED: Final = tuple(stop for stop in Stop if stop not in (Stop.END, Stop.OTHER))
_OF_STEP: Final = {
    "check-job": Stop.LABEL,
    "scan-meter": Stop.LABEL,
    "connect": Stop.LINK,
    "identify": Stop.LINK,
    "reading-before": Stop.READ,
    "clock": Stop.WRITE,
    "write-mpan": Stop.WRITE,
    "randomised-offset": Stop.WRITE,
    "registers": Stop.EVIDENCE,
    "reading-after": Stop.EVIDENCE,
    "hand-over": Stop.EVIDENCE,
}


def stop_of(view: VisitView | None) -> Stop:
    """Where the tour is, with this visit open; None where none is."""
    if view is None:
        return Stop.JOB
    if view.reference != JOB:
        return Stop.JOB if view.outcome is not None else Stop.OTHER
    if view.outcome is not None:
        return Stop.END
    return _OF_STEP.get(view.current, Stop.OTHER)


def words_of(stop: Stop) -> tuple[str, str]:
    """What a stop is called, and what is to be done there, in the window."""
    return {
        Stop.JOB: (
            _("Choose a job"),
            _("Two minutes on an emulated meter; nothing here is real. Mark {job} and press Enter.").format(job=JOB),
        ),
        Stop.LABEL: (
            _("Which meter is it?"),
            _("Press Continue, then scan the label, or type {label} and press Enter.").format(label=LABEL),
        ),
        Stop.LINK: (
            _("The link"),
            _("Continue connects and asks the meter who it is. F12 shows every frame on the way."),
        ),
        Stop.READ: (
            _("Read"),
            _("Continue reads the registers. What the meter said stands on the card, before anything is changed."),
        ),
        Stop.WRITE: (
            _("A write needs your press"),
            _("The card shows what is and what will be. Nothing leaves before you press; then it is read back."),
        ),
        Stop.EVIDENCE: (
            _("Evidence"),
            _("Read once more and hand over: all that was seen goes into a signed report."),
        ),
        Stop.END: (
            _("That was the whole visit"),
            _("“Open the report” shows the proof. Ctrl+4 is the house of this meter, Ctrl+K finds everything else."),
        ),
        Stop.OTHER: (
            _("Another job"),
            _("The tour goes by job {job}. It waits until you come back to it, or leave the tour.").format(job=JOB),
        ),
    }[stop]


@dataclass(frozen=True, slots=True)
class CommandStop:
    """A stop of the tour on the command line: what is learned there, and what to type."""

    stop: Stop
    title: str
    text: str
    command: str


def command_stops(store_words: str = "") -> tuple[CommandStop, ...]:
    """The same tour by commands, in their order. `store_words`: options that name another training store."""
    meter = "emulated:single-element"
    told = {
        Stop.JOB: (
            _("The sample jobs of the training store; {job} is the one.").format(job=JOB),
            "job list --training",
        ),
        Stop.LINK: (_("An emulated meter, over the bytes of a real one: who is there?"), f"identify {meter}"),
        Stop.READ: (_("Reads clock and registers; nothing is changed."), f"read {meter} clock registers"),
        Stop.WRITE: (
            _("The whole visit: it asks for the label ({label}). Here the command is your press.").format(label=LABEL)
            + " "
            + _("Each write is read before, and read back after."),
            f"visit run {JOB} --training",
        ),
        Stop.EVIDENCE: (
            _("The proof: PDF, JSON, and a signed bundle that anybody can verify."),
            f"visit report {JOB} --training --out proof",
        ),
    }
    return tuple(
        CommandStop(stop, words_of(stop)[0], text, f"hht {command}{store_words if '--training' in command else ''}")
        for stop, (text, command) in told.items()
    )
