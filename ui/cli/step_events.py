"""A visit as lines: one for each change of a step, and one where a step waits for something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.clock import iso_z, readable_times
from hht.report.words import labelled
from hht.work.view import Fact, StepState, StepView, VisitView

if TYPE_CHECKING:
    from ui.cli.common import Output


class StepEvents:
    """Turns views into one event per change of a step."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._last: dict[str, tuple[object, ...]] = {}
        self._waits: set[tuple[str, str]] = set()
        self._started = False

    def __call__(self, view: VisitView) -> None:
        if not self._started:
            self._started = True
            self._output.emit("visit", visit_id=view.visit_id, reference=view.reference, resumed=view.resumed)
            if view.notice and view.outcome is None:
                self._output.emit("notice", view.notice, message=view.notice)
        for step in view.steps:
            state = step.state
            self._tell_waits(step)
            seen = (state, step.code, step.message, step.started_at)
            if self._last.get(step.id) == seen or state in (StepState.WAITING, StepState.READY):
                continue
            self._last[step.id] = seen
            known = () if state is StepState.STARTED else step.facts  # what was shown before, or comes at the end
            facts = "".join(f"\n    {labelled(fact.label, _shown(fact))}" for fact in known)
            message = "  " + readable_times(step.message) if step.message else ""
            self._output.emit(
                "step",
                f"{state.value:<8} {step.title}{message}{facts}",
                id=step.id,
                state=state.value,
                code=step.code,
                message=step.message,
                remedy=step.remedy,
                facts=[{"label": f.label, "value": f.value} for f in known],
            )

    def _tell_waits(self, step: StepView) -> None:
        """What the step waits for, once, and until when: nobody sits before a screen that stands still."""
        for fact in step.facts if step.state is StepState.STARTED else ():
            told = (step.id, fact.label)
            if fact.until is None or told in self._waits:
                continue
            self._waits.add(told)
            words = f"{'waits':<8} {step.title}\n    {labelled(fact.label, _shown(fact))}"
            self._output.emit("waits", words, id=step.id, label=fact.label, value=fact.value, until=iso_z(fact.until))


def _shown(fact: Fact) -> str:
    """A fact for people; a device's own words stay as they are."""
    return fact.value if fact.from_device else readable_times(fact.value)
