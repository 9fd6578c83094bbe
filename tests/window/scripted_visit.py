"""A visit by script, for the scripted terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hht.errors import HhtError
from hht.work.view import StepState, VisitView
from tests.window import samples


class ScriptedVisit:
    """Goes through the sample steps: each press starts a step, which is done at once, asks, or fails as told."""

    def __init__(self, on_view: Callable[[VisitView], None], fail_at: str = "") -> None:
        self._on_view = on_view
        self._fail_at = fail_at
        self.finishes_turn = False  # a step that is stopped goes on until `ended`
        self.calls: list[tuple[str, ...]] = []
        self._view = samples.visit("check-job", StepState.READY)

    @property
    def view(self) -> VisitView:
        return self._view

    def show(self, view: VisitView) -> None:
        """Put this view up."""
        self._view = view
        self._on_view(view)

    def _set(self, state: StepState, **changes: object) -> None:
        step = self._view.step(self._view.current)
        over = samples.NOW if state in (StepState.DONE, StepState.FAILED, StepState.LEFT) else None
        new = replace(step, state=state, started_at=samples.NOW - timedelta(seconds=4), finished_at=over, **changes)  # type: ignore[arg-type]
        steps = tuple(new if old.id == new.id else old for old in self._view.steps)
        self.show(replace(self._view, steps=steps))

    def proceed(self) -> None:
        self.calls.append(("proceed",))
        step = self._view.step(self._view.current)
        if step.state in (StepState.DONE, StepState.LEFT):
            self._next()
            return
        scene = {"scan-meter": "scan", "hand-over": "confirm"}.get(step.id)
        if step.id == self._fail_at:
            self._set(StepState.FAILED, code="link-lost", message="The probe is gone.", remedy="Put it back.")
        elif scene is not None:
            self._set(StepState.ASKING, question=samples.scene(scene).step(step.id).question)
        else:
            self._set(StepState.DONE, facts=samples.facts(step.id))

    def _next(self) -> None:
        ids = [step.id for step in self._view.steps]
        place = ids.index(self._view.current) + 1
        if place == len(ids):
            self.show(samples.ended())
            return
        steps = list(self._view.steps)
        steps[place] = replace(steps[place], state=StepState.READY)
        self.show(replace(self._view, steps=tuple(steps), current=ids[place]))

    def answer(self, question_id: str, value: str) -> None:
        self.calls.append(("answer", question_id, value))
        if question_id == "scan-meter" and "90" not in value:
            raise HhtError(
                f"“{value}” is not the device of this job.", remedy="Scan the label again.", code="not-this-one"
            )
        self._set(StepState.DONE, question=None)

    def retry(self) -> None:
        self.calls.append(("retry",))
        self._fail_at = ""
        self.proceed()

    def leave(self, reason_code: str, note: str = "") -> None:
        self.calls.append(("leave", reason_code, note))
        self._set(StepState.LEFT, code=reason_code, message="Left on purpose")

    def cancel(self) -> None:
        self.calls.append(("cancel",))
        if not self.finishes_turn:
            self.ended()

    def ended(self) -> None:
        """The step that was stopped is over."""
        self._set(StepState.FAILED, code="cancelled", message="Stopped.", remedy="Try again when you are ready.")
