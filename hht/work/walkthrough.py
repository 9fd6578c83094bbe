"""Walkthroughs as data: ``resources/walkthroughs/NAME.toml``, validated when loaded.

A step names its action (`hht.work.actions`), its deadline, the steps it needs, whose authority a write uses, and the
coded reasons for leaving it, each with the outcome it leads to. It is made of parts (``walkthroughs/parts``):
sections, what a step asks item by item, safety stops, conditions and competence (`hht.work.walkthrough_rules`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _, texts_in_use
from hht.resources import resource_path, resource_text
from hht.work.conditions import by_job
from hht.work.devices import device_kind
from hht.work.items import Ends, ItemSpec, StopSpec, When
from hht.work.job import METER
from hht.work.view import LeaveReason, Outcome, QuestionKind

if TYPE_CHECKING:
    from hht.work.job import Job
    from hht.work.step import Action

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
# Questions of a safety stop, which any step can come to (`hht.work.stops`): step/cleared-by, step/notice
CLEARED_BY, NOTICE = "cleared-by", "notice"
DIFFERS = "differs"  # step/SERIAL-differs, where the old meter is not the job's (`hht.work.actions.old_meter`)


class WalkthroughError(HhtError):
    """A walkthrough that is missing or cannot be used; `details["problems"]` lists everything wrong."""

    default_code = "walkthrough"


@dataclass(frozen=True, slots=True)
class LeaveSpec:
    """A coded reason and the outcome that the visit can then have at best. `ends`: what is over with it; `stop`: it is
    a safety stop, and leads where that leads."""

    code: str
    text: str
    outcome: Outcome
    ends: Ends = Ends.NOTHING
    stop: StopSpec | None = None

    @property
    def reason(self) -> LeaveReason:
        """As a screen shows it."""
        return LeaveReason(self.code, self.text)


@dataclass(frozen=True, slots=True)
class QuestionSpec:
    """The question a step asks. Its id in an answers file is the step's id."""

    kind: QuestionKind
    prompt: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a visit: before work, electricity, hub, ...  `competence`: what each of its steps needs."""

    name: str
    title: str
    competence: tuple[str, ...] = ()


_NO_SECTION = Section("", "")


@dataclass(frozen=True, slots=True)
class StepSpec:
    """One step as the walkthrough describes it. `deadline_s` stands still while a person is asked."""

    id: str
    title: str
    explanation: str
    action: Action
    deadline_s: int
    authority: str
    needs: tuple[str, ...]
    confirm: bool  # in the window, wait for Continue before it begins
    leave: tuple[LeaveSpec, ...]
    question: QuestionSpec | None
    section: Section = _NO_SECTION
    items: tuple[ItemSpec, ...] = ()
    after: tuple[str, ...] = ()  # sections that must not have ended
    when: When | None = None
    competence: tuple[str, ...] = ()
    isolates: str = ""  # the fuel that is off from here on ...
    restores: str = ""  # ... until here
    proves: str = ""  # the action whose changes it reads back: once one was made, the visit ends only after this
    closes: str = ""  # the fuel whose meter it confirms closed: once that was isolated, the visit ends only after this
    device: str = METER  # the type of the job's device that it is about
    number: str = ""  # of a step that is repeated: which one
    request: str = ""  # what the supplier is asked for (`hht.work.supplier_requests`)
    pause: bool = True  # in the window, wait for Continue once it is done

    def leave_spec(self, code: str) -> LeaveSpec | None:
        """The reason with this code."""
        return next((spec for spec in self.leave if spec.code == code), None)

    @property
    def is_safety(self) -> bool:
        """Whether an answer of it can stop the visit."""
        return any(item.stop for item in self.items)


@dataclass(frozen=True, slots=True)
class Walkthrough:
    """The steps of a kind of visit, in order."""

    name: str
    version: int
    title: str
    steps: tuple[StepSpec, ...]
    devices: tuple[str, ...] = (METER,)  # the types of the job's devices that its steps work on (* behind: on each)
    from_van: tuple[str, ...] = ()  # the types that are brought along: they come off the van
    requires: tuple[str, ...] = ()  # the types of devices without which a job is none for it
    training: bool = False  # for training jobs alone

    def step(self, step_id: str) -> StepSpec:
        """The step with this id; KeyError if there is none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    def for_job(self, job: Job) -> Walkthrough:
        """Without the steps and items whose conditions the job does not fulfil, or whose device it has not. Raises
        WalkthroughError ``walkthrough-training`` for a live job where it is for training alone, and
        ``walkthrough-device`` for one without a device that it is about."""
        if self.training and not job.training:
            raise WalkthroughError(
                _("“{title}” is for training alone: nothing of the kind is done at a home.").format(title=self.title),
                remedy=_("Ask the desk for a job with another walkthrough."),
                code="walkthrough-training",
            )
        lacks = [name for name in self.requires if job.device(name) is None]
        if lacks:
            raise WalkthroughError(
                _("“{title}” needs a device that the job does not name: {devices}.").format(
                    title=self.title, devices=", ".join(map(device_kind, lacks))
                ),
                remedy=_("Ask the desk to send the job again with it."),
                code="walkthrough-device",
            )
        kept = [step for step in self.steps if by_job(step.when, job) and job.device(step.device) is not None]
        names = {step.id for step in kept}
        sections = {step.section.name for step in kept}
        steps = []
        for step in kept:
            items = tuple(item for item in step.items if by_job(item.when, job))
            needs = tuple(name for name in step.needs if name in names)
            after = tuple(name for name in step.after if name in sections)
            same = (len(items), len(needs), len(after)) == (len(step.items), len(step.needs), len(step.after))
            steps.append(step if same else replace(step, items=items, needs=needs, after=after))
        return replace(self, steps=tuple(steps))

    @property
    def sealed(self) -> frozenset[str]:
        """The ids of the questions whose answers are codes for nobody else."""
        return frozenset(f"{step.id}/{item.id}" for step in self.steps for item in step.items if item.sealed)

    @property
    def neighbours(self) -> frozenset[str]:
        """The ids of the questions whose answers are a neighbour's."""
        return frozenset(f"{step.id}/{item.id}" for step in self.steps for item in step.items if item.neighbours)

    @property
    def asked(self) -> list[str]:
        """The ids of everything it may ask: what an answers file may hold."""
        asked = []
        for step in self.steps:
            by_data = step.action.asks_by_data() if step.action.asks_by_data is not None else ()
            serials = (f"{item.id}-{DIFFERS}" for item in step.items if item.old and item.kind is QuestionKind.SERIAL)
            names = (*(item.id for item in step.items), *serials, *step.action.asks, *by_data, CLEARED_BY, NOTICE)
            asked += [step.id, *(f"{step.id}/{name}" for name in names)]
        return asked


def walkthrough_names() -> list[str]:
    """The walkthroughs that come with the program."""
    return sorted(path.stem for path in resource_path("walkthroughs").glob("*.toml"))


def load_walkthrough(name: str) -> Walkthrough:
    """The walkthrough `name`. Raises WalkthroughError where there is none or it is wrong."""
    path = resource_path("walkthroughs", f"{name}.toml")
    if not NAME.fullmatch(name) or not path.is_file():
        raise WalkthroughError(
            _("This terminal has no walkthrough “{name}”.").format(name=name),
            remedy=_("It has: {names}. Update the terminal or ask the desk.").format(
                names=", ".join(walkthrough_names())
            ),
            code="walkthrough-unknown",
        )
    text = path.read_text(encoding="utf-8")
    key = (name, text, texts_in_use())
    found = _READ.get(key)
    if found is None:
        found = _READ[key] = parse_walkthrough(text, name)
    return found


# Read once for each text and language: to read one takes longer than to read a visit's whole journal, and lists of
# visits need many. What is in it is frozen.
_READ: dict[tuple[str, str, object], Walkthrough] = {}


def part_text(name: str) -> str:
    """The text of a part that comes with the program. Raises OSError where there is none."""
    return resource_text("walkthroughs", "parts", f"{name}.toml")


def parse_walkthrough(text: str, name: str, part: Callable[[str], str] = part_text) -> Walkthrough:
    """The walkthrough in `text`; `part` gives the text of a part by its name. Raises WalkthroughError with every
    problem."""
    from hht.work.walkthrough_rules import walkthrough_of

    found = walkthrough_of(text, name, part)
    if isinstance(found, Walkthrough):
        return found
    head = _("The walkthrough “{name}” is wrong:").format(name=name)
    remedy = _("This is a fault of the installation: install the terminal again.")
    raise WalkthroughError("\n".join([head, *found]), remedy=remedy, problems=found)
