"""Facts to show: jobs, a visit in every state, a meter, a profile, a trace. For the window's tests and screenshots.

All of it was recorded (see `tests.window.recorded`) and is moved in time to `NOW`; only what no shipped walkthrough
asks or shows yet is made up (`EXTRA`), and never appears on a screenshot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from hht.client.api import LogEntry, ProfileRow
from hht.work.view import Fact, LeaveReason, Outcome, Question, QuestionKind, StepState, StepView, Tone, VisitView
from tests.window import recorded
from ui.bridges import BridgeChoice
from ui.diagnostics import Diagnostics
from ui.known_ports import KnownPort
from ui.services import DeviceSnapshot, JobSummary, LinkChoice, TraceLine, TreeNode
from ui.trace_lines import tree_of

NOW = datetime(2026, 3, 17, 9, 41, 12, tzinfo=UTC)
MPAN = "1200023305967"
DEVICE_ID = "00-DB-12-34-56-78-90-A0"
RUNNING_S = 14  # how long a step that runs has been running
_ENDED = (StepState.DONE, StepState.FAILED, StepState.LEFT, StepState.UNKNOWN)


def reasons(step_id: str) -> tuple[LeaveReason, ...]:
    """The reasons for which that step can be left."""
    return recorded.visit().first.step(step_id).leave_reasons


def facts(step_id: str) -> tuple[Fact, ...]:
    """What was seen in that step."""
    return recorded.visit().last.step(step_id).facts


def jobs() -> list[JobSummary]:
    """Today's jobs: one interrupted, one done, the others to come. The sample job, at other addresses too."""
    (begun, *_others), (done, *_rest) = recorded.resumed().jobs, recorded.visit().jobs
    day = NOW.replace(hour=9, minute=0, second=0)
    (visit,) = done.visits
    twice = (replace(visit, state="abandoned"), replace(visit, number=2, state="install-and-leave"))
    left = replace(done, state="install-and-leave", visits=twice)
    new = replace(done, state="new", visit_id="", report="", visits=())

    def job(number: int, summary: JobSummary, reference: str, address: str, hours: float) -> JobSummary:
        visit_id = f"v-{number}" if summary.visit_id else ""
        place = address or summary.address
        when = day + timedelta(hours=hours)
        *earlier, latest = summary.visits or (None,)
        visits = tuple(replace(visit, visit_id=f"{visit_id}-{visit.number}") for visit in earlier if visit is not None)
        if latest is not None:
            visits = (*visits, replace(latest, visit_id=visit_id))
        return replace(
            summary,
            job_id=f"job-{number}",
            reference=reference,
            address=place,
            appointment=when,
            visit_id=visit_id,
            visits=visits,
        )

    return [
        job(1, replace(done, report=recorded.REPORT), "J-1041", "3 Sample Row, Sampleton, ZZ9 9ZY", -1),
        job(2, begun, "J-1042", "", 0),
        job(3, new, "J-1043", "Flat 4, Template Court, 27 Placeholder Green, Sampleton, ZZ9 9ZX", 2),
        job(4, new, "J-1044", "The Old Mock-up, Mill Lane, Nether Sampleton, ZZ9 8ZZ", 4),
        job(5, left, "J-1038", "8 Quay Walk, Sampleton-on-Sea, ZZ9 7ZZ", -24),
    ]


# A visit -------------------------------------------------------------------------------------------------------------


def _moved(view: VisitView, by: timedelta) -> VisitView:
    def later(when: datetime | None) -> datetime | None:
        return None if when is None else when + by

    steps = tuple(
        replace(
            step,
            started_at=later(step.started_at),
            finished_at=later(step.finished_at),
            deadline_at=later(step.deadline_at),
        )
        for step in view.steps
    )
    return replace(view, steps=steps, visit_id="v-2", job_id="job-2")


def _now(at: datetime, view: VisitView) -> VisitView:
    """The view as if it were shown now; a step that runs has been running for a while."""
    runs = bool(view.current) and view.step(view.current).state is StepState.STARTED
    return _moved(view, NOW - at - timedelta(seconds=RUNNING_S if runs else 0))


def _taken(step: str, state: StepState, recording: recorded.Recording | None = None) -> VisitView:
    return _now(*(recording or recorded.visit()).when(step, state))


def _end(recording: recorded.Recording) -> VisitView:
    return _now(*recording.shown[-1])


@cache
def _whole() -> tuple[VisitView, VisitView]:
    recording = recorded.visit()
    end, last = recording.shown[-1]
    return _moved(recording.first, NOW - end), _moved(last, NOW - timedelta(seconds=20) - end)


def visit(current: str, state: StepState, **changes: object) -> VisitView:
    """A visit whose turn it is at `current`, in `state`; `changes` go into that step. The steps before are done."""
    first, last = _whole()
    place = [step.id for step in first.steps].index(current)
    begun = None if state is StepState.READY else NOW - timedelta(seconds=RUNNING_S)
    over = NOW if state in _ENDED else None
    step = replace(first.steps[place], state=state, started_at=begun, finished_at=over, **changes)  # type: ignore[arg-type]
    return replace(first, steps=(*last.steps[:place], step, *first.steps[place + 1 :]), current=current)


def _interrupted(step: str) -> VisitView:
    """A visit whose program died while `step` wrote, taken up again: as `hht.work.progress` tells it."""
    return visit(
        step,
        StepState.UNKNOWN,
        code="interrupted",
        message="The program stopped while mpan was being written.",
        remedy="Try again: the meter is read first, and written only if it needs it.",
    )


SCENES: dict[str, Callable[[], VisitView]] = {
    "confirm": lambda: _taken("hand-over", StepState.ASKING),
    "scan": lambda: _taken("scan-meter", StepState.ASKING),
    "checked": lambda: _taken("check-job", StepState.DONE),
    "check": lambda: _taken("check-job", StepState.READY),
    "ready": lambda: _taken("connect", StepState.READY),
    "running": lambda: _taken("connect", StepState.STARTED),
    "identified": lambda: _taken("identify", StepState.DONE),
    "clock": lambda: _taken("clock", StepState.DONE),
    "write-ready": lambda: _taken("randomised-offset", StepState.READY),
    "written": lambda: _taken("randomised-offset", StepState.DONE),
    "registers": lambda: _taken("registers", StepState.DONE),
    "resumed": lambda: _end(recorded.resumed()),
    "failed": lambda: _end(recorded.visit("next-door")),
    "no-port": lambda: _end(recorded.visit("no-optical-port")),
    "forgets": lambda: _end(recorded.visit("forgets-writes")),
    "refused": lambda: _end(recorded.visit("refuses-writes")),
    "unknown": lambda: _interrupted("write-mpan"),
    "left": lambda: _taken("clock", StepState.LEFT, recorded.visit(leaving=(("clock", "desk-said-no"),))),
    "after-left": lambda: _taken("write-mpan", StepState.READY, recorded.visit(leaving=(("clock", "desk-said-no"),))),
    "complete": lambda: _end(recorded.visit()),
    "installed": lambda: _end(recorded.visit(leaving=(("connect", "no-answer"),))),
    "made-safe": lambda: _end(recorded.visit(leaving=(("check-job", "unsafe"),))),
    "given-up": lambda: _end(recorded.visit(leaving=(("check-job", "no-access"),))),
}


def _asks(step: str, kind: QuestionKind, prompt: str, choices: tuple[str, ...] = (), suggestion: str = "") -> VisitView:
    return visit(step, StepState.ASKING, question=Question(step, kind, prompt, choices, suggestion))


LONG = "A sentence that a device or a walkthrough may well send, and that goes on for longer than anybody would wish. "
EXTRA: dict[str, Callable[[], VisitView]] = {
    "choice": lambda: _asks(
        "check-job", QuestionKind.CHOICE, "Where is the meter?", ("Hall cupboard", "Outside box", LONG), "Outside box"
    ),
    "mpan": lambda: _asks(
        "write-mpan", QuestionKind.MPAN, "Scan or type the import MPAN on the label", suggestion=MPAN
    ),
    "mprn": lambda: _asks("write-mpan", QuestionKind.MPRN, "MPRN on the gas meter", suggestion="3938424403"),
    "label": lambda: _asks("write-mpan", QuestionKind.LABEL, "Label of the switch", suggestion="Hot water"),
    "install-code": lambda: _asks("write-mpan", QuestionKind.INSTALL_CODE, "Install code on the label of the device"),
    "offset": lambda: _asks(
        "randomised-offset", QuestionKind.SECONDS, "Randomised offset limit in seconds", suggestion="600"
    ),
    "progress": lambda: visit("reading-after", StepState.STARTED, progress_done=1200, progress_total=19008),
    "long": lambda: visit(
        "clock", StepState.FAILED, title=LONG, explanation=LONG * 4, message=LONG * 2, remedy=LONG * 2, code="x" * 90,
        facts=(Fact(LONG, LONG * 2, Tone.BAD, from_device=True), Fact("L" * 80, "1" * 200, Tone.WARN)),
        leave_reasons=tuple(LeaveReason(f"r{number}", LONG * 2) for number in range(9)),
    ),
}  # fmt: skip


def scene(name: str) -> VisitView:
    """One of them, or one of the made-up ones."""
    return (SCENES | EXTRA)[name]()


# The meter -----------------------------------------------------------------------------------------------------------


def snapshot() -> DeviceSnapshot:
    """The meter as it is found: its clock 37 s ahead and known to be unreliable, no MPAN."""
    found = recorded.meter().snapshot
    clock = found.clock
    by = NOW - clock.terminal_time
    return replace(found, clock=replace(clock, time=clock.time + by, terminal_time=clock.terminal_time + by))


def profile(days: int) -> list[ProfileRow]:
    """Its half-hourly profile of the last `days`."""
    return list(recorded.meter(days=396).profile[-48 * days :])


def log_entries(log: str) -> list[LogEntry]:
    """The entries of that log."""
    return recorded.meter().logs[log]


def links() -> list[LinkChoice]:
    """What can be chosen: the emulated premises, and a probe (the ports of this computer are another matter)."""
    emulated = [link for link in recorded.meter().links if link.url.startswith("emulated:")]
    return [LinkChoice("optical:/dev/ttyUSB0", "Optical probe FT232R"), *emulated]


def bridges() -> list[BridgeChoice]:
    """Heard near: two bridges, one of them used before, and something else."""
    before = KnownPort("OptoP-01", "F0:F1:F2:F3:F4:F5", NOW - timedelta(days=2))
    return [
        BridgeChoice("ble:F0:F1:F2:F3:F4:F5", "OptoP-01", -52, "Nordic UART", before),
        BridgeChoice("ble:F0:F1:F2:F3:F4:F6", "HMSoft", -84, "HM-10 / CC254x module"),
        BridgeChoice("ble:11:22:33:44:55:66", "Head phones", -40, ""),
    ]


def trace() -> list[TraceLine]:
    """The opening of a session, up to its association."""
    asked = recorded.visit().last.step("identify").started_at
    lines = [line for line in recorded.visit().lines if asked is not None and line.event.utc < asked]
    by = NOW - lines[-1].event.utc - timedelta(seconds=3)
    return [replace(line, event=replace(line.event, utc=line.event.utc + by)) for line in lines]


def tree(line: TraceLine) -> TreeNode:
    """A frame as a tree."""
    return tree_of(line)


def done_step(step_id: str) -> StepView:
    """That step as it was when it was done."""
    return _whole()[1].step(step_id)


def ended() -> VisitView:
    """The visit after its last step."""
    view = _whole()[1]
    assert view.outcome is Outcome.COMPLETE
    return view


def diagnostics() -> Diagnostics:
    """What a terminal tells of itself."""
    told = {
        "written": "2026-03-17T09:41:12.000Z",
        "program": {"hht": "0.1.0", "python": "3.11.7", "sqlite": "3.40.1"},
        "settings": {"theme": "day", "link": "optical", "engineer": "set"},
        "links": [{"kind": "optical", "of": "visit", "lasted_s": 61.2, "sent": 2107, "received": 6438, "errors": 1}],
        "errors": {"commission-electricity connect failed link-timeout": 2},
        "visits": [{"visit": 1, "entries": [f"{second}.0 connect failed link-timeout" for second in range(40)]}],
    }
    return Diagnostics(told, ("jobs: references, names, addresses", "pass phrase, keys, passwords"))
