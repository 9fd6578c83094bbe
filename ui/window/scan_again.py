"""The right scan after a wrong one: the step that failed by it is tried again with the new one, without a press."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.work.view import QuestionKind, StepState, StepView

if TYPE_CHECKING:
    from hht.scan.values import Field

WRONG = ("wrong-meter", "gpf-not-chf", "other-device", "other-job")  # codes: another device was scanned
_ON_ITS_WAY = (StepState.FAILED, StepState.READY, StepState.STARTED)


class ScanAgain:
    """Of one page. Plain Python."""

    def __init__(self) -> None:
        self._asked: dict[str, QuestionKind] = {}  # by step
        self._held: tuple[str, str, bool] | None = None  # step, scan, whether it is sure

    def wanted(self, step: StepView | None) -> tuple[Field, ...]:
        """What a scan can be tried again with now; () where the step did not fail by a scan."""
        from ui.window.question_model import scan_fields

        failed = step is not None and step.state is StepState.FAILED and step.code in WRONG
        kind = self._asked.get(step.id) if failed and step is not None else None
        return scan_fields(kind) if kind is QuestionKind.DEVICE_ID else ()

    def hold(self, step: StepView, text: str, *, sure: bool) -> None:
        """Keep the scan until the step asks again."""
        self._held = step.id, text, sure

    def look(self, step: StepView | None) -> tuple[str, bool] | None:
        """The step as it is now: the scan that answers what it asks; None where none is held for it."""
        question = step.question if step is not None and step.state is StepState.ASKING else None
        if step is not None and question is not None:
            self._asked[step.id] = question.kind
        if self._held is None or (step is not None and step.id == self._held[0] and step.state in _ON_ITS_WAY):
            return None
        held, self._held = self._held, None
        fits = step is not None and step.id == held[0] and question is not None
        return (held[1], held[2]) if fits and self._asked[held[0]] is QuestionKind.DEVICE_ID else None
