"""A fault visit in the window: looks as they run, a verdict that was found, one where two causes fit, none at all, and
the frames that an observation rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from hht.diagnosis.course import ENOUGH, Step
from hht.diagnosis.evidence import Evidence, Frames, Observation
from hht.diagnosis.knowledge import knowledge
from hht.diagnosis.reasoning import standing
from hht.diagnosis.verdict import Verdict, conclude
from hht.work.actions.find_fault import looked, spent, verdict_facts
from hht.work.view import Fact, StepState, VisitView
from tests.window import samples
from tests.window.flow_scenes import view_at
from tests.work.flow_model import GAS, HUB, job

if TYPE_CHECKING:
    from tests.window.scenes import Stage

OF = job("fault-visit", HUB, GAS)
HOME = frozenset({"esme", "gsme", "gas", "chf", "gpf", "ihd"})
FOUND = {
    "port.answer": "talks",
    "meter.clock": "right",
    "inventory.esme": "commissioned",
    "wan.esme": "answered",
    "sealed.esme": "wrong-seal",
}


def verdict_of(symptom: str, told: dict[str, str], frames: tuple[Frames, ...] = ()) -> Verdict:
    """What the engine concludes of these readings; `frames`: where those stand that no person saw."""
    known, seen = knowledge(), []
    for name, value in told.items():
        look = next(one for one in known.looks.values() if name in one.reads)
        seen.append(Observation(look.name, name, value, samples.NOW, "", () if look.means == "eyes" else frames))
    evidence = Evidence((symptom,), tuple(seen), tuple(dict.fromkeys(one.look for one in seen)))
    minutes = sum(known.looks[name].minutes for name in evidence.looked)
    now = standing(known, evidence, HOME)
    why = "the evidence is enough" if now.ranking[0][1] >= ENOUGH else "no other look would tell more"
    return conclude(known, now, evidence, minutes, why, HOME)


def view_with(facts: tuple[Fact, ...], state: StepState) -> VisitView:
    """The visit at the step that finds."""
    view = view_at("arrive", "arrive/smell", of=OF)
    done = StepState.DONE
    steps = [
        replace(one, state=done, question=None, facts=()) if one.id in ("check-job", "arrive") else one
        for one in view.steps
    ]
    steps = [
        replace(one, state=state, facts=facts, started_at=samples.NOW, finished_at=samples.NOW)
        if one.id == "find-fault"
        else one
        for one in steps
    ]
    return replace(view, current="find-fault", steps=tuple(steps))


def looks_of(verdict: Verdict) -> list[Fact]:
    """Each look as the step shows it."""
    known, made = knowledge(), list[Fact]()
    for name in verdict.evidence.looked:
        found = tuple(one for one in verdict.evidence if one.look == name)
        made.append(looked(Step(known.looks[name], found, standing(known, verdict.evidence, HOME), 0.0)))
    return made


def _concluded(symptom: str, told: dict[str, str]) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        show(stage, verdict_of(symptom, told, (Frames("optical:/dev/ttyUSB0", 3, 9, samples.NOW, samples.NOW),)))

    return play


def show(stage: Stage, verdict: Verdict) -> None:
    """The step that came to it."""
    facts = (Fact("Told", knowledge().symptoms[verdict.evidence.symptoms[0]]), *looks_of(verdict))
    stage.show_visit(view_with((*facts, *verdict_facts(verdict)), StepState.DONE))


def _running(stage: Stage) -> None:
    made = looks_of(verdict_of("new-supplier", FOUND))
    now = knowledge().looks["device-log"]
    facts = (spent(2.5), Fact(now.words, f"running now, {now.minutes:g} min"), *reversed(made))
    stage.show_visit(view_with(facts, StepState.STARTED))


def _rests_on(stage: Stage) -> None:
    """Scrolled down to the domains, one of them chosen by keys."""
    _concluded("new-supplier", FOUND)(stage)
    panel = stage.shell._visit_page().card.verdict
    panel.domains.setFocus()
    QTest.keyClick(panel.domains, Qt.Key.Key_Down)
    QTest.keyClick(panel.domains, Qt.Key.Key_Return)
    stage.shell._visit_page().card._scroll.ensureWidgetVisible(panel.trace)
    stage.pause()


def _frames(stage: Stage) -> None:
    stage.visit("running")
    lines = stage.shell.trace_lines[-7:-2]
    link = lines[0].event.link
    place = Frames(link, 3, 3 + len(lines) - 1, lines[0].event.utc, lines[-1].event.utc)
    show(stage, verdict_of("new-supplier", FOUND, (place,)))
    stage.shell._visit_page().card.verdict.open_trace()
    stage.pause()


VERDICT_SCENES: dict[str, Callable[[Stage], None]] = {
    "verdict-running": _running,
    "verdict-found": _concluded("new-supplier", FOUND),
    "verdict-several": _concluded("gas-reading-odd", {"burner.step": "none", "wan.esme": "answered"}),
    "verdict-none": _concluded("no-readings", {"port.answer": "talks"}),
    "verdict-rests-on": _rests_on,
    "verdict-frames": _frames,
}
