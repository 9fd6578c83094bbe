"""What a visit planned and did not do: each device and each step, with its reason and where that reason was given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hht.i18n import _
from hht.work.devices import device_words
from hht.work.job import METER, Job, JobDevice
from hht.work.progress import BROKEN_OFF, NEEDS_NOT_MET, SECTION_ENDED, VISIT_ENDED, StepProgress, VisitProgress
from hht.work.view import StepState

FOLLOWED = (
    NEEDS_NOT_MET,
    SECTION_ENDED,
    VISIT_ENDED,
    BROKEN_OFF,
)  # another step's reason brought them about
_DONE = (StepState.DONE, StepState.SKIPPED)  # what site conditions make needless is not planned any more
NO_STEP = "no-step"
SEALED = "sealed"  # in the place of a code that tells what was answered under seal


@dataclass(frozen=True, slots=True)
class Undone:
    """A device or a step. `name`: Device ID or the step's id; `code` and `reason`: why, as code and in words;
    `because`: id of the step at which that was decided, where it is another one; `note`: what was typed with it."""

    kind: str  # "device" | "step"
    name: str
    title: str
    code: str
    reason: str
    because: str = ""
    note: str = ""

    @property
    def words(self) -> str:
        """On one line."""
        return f"{self.title}: {self.reason}"


def undone(job: Job, progress: VisitProgress) -> tuple[Undone, ...]:
    """Everything that was planned and not done: devices first, then steps in their order."""
    steps = [step for step in progress.steps.values() if step.state not in _DONE]
    return (*_devices(job, progress), *(_step(step, progress) for step in steps))


def _devices(job: Job, progress: VisitProgress) -> Iterator[Undone]:
    """Those that no step works on, and those of which every step was left."""
    untouched = job.untouched(progress.walkthrough.devices)
    for device in job.devices:
        if device in untouched:
            reason = _("no step of this visit works on it")
            yield Undone("device", str(device.device_id), device_words(device), NO_STEP, reason)
        elif (cause := _never_come_to(device, progress)) is not None:
            why = _step(cause, progress)
            yield Undone(
                "device", str(device.device_id), device_words(device), why.code, why.reason, why.because or why.name,
                why.note,
            )  # fmt: skip


def _never_come_to(device: JobDevice, progress: VisitProgress) -> StepProgress | None:
    """The first step about the device, where none about it was done; None else. Every step without a device of its own
    counts as the electricity meter's: of that one its label and its own word alone tell."""
    about = [step for step in progress.steps.values() if step.spec.device == device.type]
    if device.type == METER:
        about = [one for one in about if one.spec.action.identifies or one.spec.action.name == "scan-meter"]
    wanted = [step for step in about if step.state is not StepState.SKIPPED]
    done = any(step.state is StepState.DONE for step in wanted)
    return wanted[0] if wanted and not done else None


def _step(step: StepProgress, progress: VisitProgress) -> Undone:
    root = _root(step, progress)
    said = root or step
    reason = _("What was answered is kept sealed.") if said.sealed else said.message or _("not begun")
    code = SEALED if step.sealed else step.code or step.state.value
    because = root.spec.id if root is not None else ""
    return Undone("step", step.spec.id, step.spec.title, code, reason, because, said.note)


def _root(step: StepProgress, progress: VisitProgress) -> StepProgress | None:
    """The step whose reason took this one along; None where the reason is its own."""
    seen: set[str] = set()
    found = step
    while found.code in FOLLOWED and found.spec.id not in seen:
        seen.add(found.spec.id)
        before = _cause(found, progress)
        if before is None:
            break
        found = before
    return found if found is not step else None


def _cause(step: StepProgress, progress: VisitProgress) -> StepProgress | None:
    if step.code == BROKEN_OFF:  # the reason stands in its own words
        return None
    left = [one for one in progress.steps.values() if one.state is StepState.LEFT and one.code not in FOLLOWED]
    if step.code == NEEDS_NOT_MET:
        need = progress.unmet_need(step.spec)
        return None if need is None else progress.steps[need.id]
    if step.code == SECTION_ENDED:
        sections = {step.spec.section.name, *step.spec.after}
        left = [one for one in left if one.spec.section.name in sections]
    return left[-1] if left else None
