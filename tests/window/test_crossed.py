"""Crossed meters found by hand in the real window: a heater plugged in and out, flashes counted, a neighbour sealed."""

from __future__ import annotations

import json

import pytest

from hht.model.consumer import ApplianceShape
from hht.model.electricity_meter import ElectricityMeter
from hht.resources import resource_text
from hht.work.view import Outcome, Question, StepState
from tests.crossed.flats import LOAD, counted_wh
from tests.window.beginning import VisitBeginner
from tests.window.test_install_dual_fuel import AtHome, evidence_of, sample

SERIAL = "N-9981277"
ANSWERED = json.loads(resource_text("samples", "crossed-meters-answers.json"))


class AtFlats(AtHome):
    """An engineer with a heater, and eyes for two meters."""

    def give(self, question: Question, value: str) -> None:
        step, _slash, item = question.id.partition("/")
        if step.startswith("load-step") and item in ("on", "off"):
            self.plug(item == "on")
            value = "yes"
        elif item == "flashes":
            value = self.flashes(1 if step == "load-step-beside" else 0)
        else:
            value = ANSWERED.get(question.id) or ANSWERED.get(question.id.replace("-beside", "")) or value
        super().give(question, {"labels/serial-beside": SERIAL, "labels/pulses-beside": "1000"}.get(question.id, value))

    def plug(self, on: bool) -> None:
        """The heater, in the customer's own home."""

        def act(ground: object) -> None:
            home = ground._opened()[1].premises.of(ElectricityMeter)[0].consumer  # type: ignore[attr-defined]
            if LOAD not in {one.shape.name for one in home.appliances}:
                home.plug(ApplianceShape(LOAD, 2000, on=False))
            home.use(LOAD, on)

        self.do(act)

    def flashes(self, number: int) -> str:
        """Of a meter, for as long as the window says, in the home's time."""
        view = self.view
        assert view is not None
        said = next(fact.value for fact in view.step(view.current).facts if fact.label == "Count now")
        seconds = int(said.split()[2])
        counted: list[float] = []

        def count(ground: object) -> None:
            premises = ground._opened()[1].premises  # type: ignore[attr-defined]
            counted.append(counted_wh(premises.of(ElectricityMeter)[number], 1.0))
            premises.site.clock.jump(seconds)
            counted.append(counted_wh(premises.of(ElectricityMeter)[number], 1.0))

        self.do(count)
        return str(round(counted[1] - counted[0]))


@pytest.fixture
def at_flats(begin_visit: VisitBeginner) -> AtFlats:
    return begin_visit(AtFlats, sample("crossed-meters", link="emulated:two-flats?days=1&fault=crossed-meters"))


@pytest.mark.timeout(240)
def test_crossed_meters_are_found_by_hand_and_the_neighbour_stays_sealed(at_flats: AtFlats) -> None:
    at = at_flats
    at.play(stop_at="connect")
    at.leave("The meter has no optical port, or it cannot be reached")
    at.play()
    view = at.view
    assert view is not None
    assert view.outcome is Outcome.INSTALL_AND_LEAVE, "somebody else puts it right"
    assert view.step("load-step-beside").state is StepState.DONE
    verdict = at.seen["crossed-verdict"]
    assert "Verdict: the neighbour's meter counts the customer's load: the two are crossed" in verdict
    assert any(one.startswith("Next: Raise it with the supplier") for one in verdict)
    beside = {one.partition(":")[0] for one in at.seen["load-step-beside"]}
    assert beside == {"Count now", "Verdict", "Turns", "Evidence"}, (
        "nothing of what was counted, while it is counted too"
    )
    told = str(evidence_of(at))
    assert SERIAL not in told + at.texts()
    assert "load-step-beside/flashes" not in told
