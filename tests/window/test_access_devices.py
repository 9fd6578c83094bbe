"""Consumers' devices paired, removed, and gone at a change of tenancy, from the job list to the evidence in the real
window: the person at the screen does at the emulated home what the screen tells them to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hht.work.view import Outcome, Question, StepState
from tests.window.beginning import VisitBeginner, hurry
from tests.window.test_install_dual_fuel import JOINED_S, AtHome, evidence_of, sample

CODE = "00112233445566778899AABBCCDD0B04"
PASSKEY = "4815162342"
ID = "00-DB-12-34-56-79-0B-"


class AtDevices(AtHome):
    """An engineer beside a customer with a device in their hands."""

    read = ""  # what devices said when they were let read last
    rung = ""  # what the party said to the number
    at_pace = False  # the home's time goes by itself, sixty times as fast

    def press(self, name: str) -> None:
        """The hub's own log is left out where its hour is over, as the screen offers."""
        if name == "Continue" and self.at_pace and self.view is not None and self.view.current == "hub-lists":
            super().press("Can't do this…")
            super().press("The hub is not reached by radio: its own log is not read")
            super().press("Leave this step")
            self.until(lambda: self.view is not None and self.view.current != "hub-lists", "the next step")
        else:
            super().press(name)

    def type_at(self, device: str, control: str, typed: str = "") -> str:
        """Press something at a device, with what is typed there; what it says."""
        said: list[str] = []

        def press(ground: Any) -> None:
            ground.look_at(device)
            said.append(ground.press(control, typed)[0])

        self.do(press)
        return said[0]

    def let_read(self) -> str:
        """Each device that was paired once reads."""
        paired = [name for name in ("cad-2", "cad-3") if self.of.walkthrough != "remove-cad" or name == "cad-2"]
        self.read = "; ".join(self.type_at(name, "read") for name in paired)
        return "refused" if "esme-1: refused" in self.read else "reads"

    def give(self, question: Question, value: str) -> None:
        match question.id:
            case "arrive/smell" if self.at_pace:
                self.fast()
            case "arrive/smell":
                self.press_at("hub-1", "take-out")
                self.press_at("hub-1", "fit")  # its hour for a terminal begins
                self.pass_time(180)
            case "join-device/shown":
                self.pass_time(JOINED_S)
            case "passkey-type/result":
                self.type_at("hub-1", "pair")
                self.type_at("cad-1", "pair", PASSKEY)
                self.pass_time(JOINED_S)
            case "meter-refuses/reads" | "hub-refuses/reads":
                value = self.let_read()
            case "device-reads/electricity":
                value = "same" if "Wh" in self.type_at("cad-1", "read") else "none"
        super().give(question, value)

    def settled(self) -> bool:
        """The customer rings the party wherever the window says that a number is shown."""
        view = self.view
        if view is not None and view.current == "ask-pair-device" and not self.rung:
            said = {fact.label for fact in view.step(view.current).facts}
            if "Customer Identification Number" in said and (number := self.number()):
                self.rung = self.type_at("esme-1", "tell-cin", number)
        return super().settled()

    def number(self) -> str:
        """The number on the meter's display; "" while there is none."""
        found: list[str] = []
        self.do(lambda ground: found.append(ground._opened()[1].premises.find("esme-1").notices.cin))
        return found[0]


@pytest.fixture
def at_devices(begin_visit: VisitBeginner, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AtDevices]:
    def make(name: str, desk: str = "") -> AtDevices:
        if not desk:  # whoever waits for a person is not to be hurried
            hurry(monkeypatch)

        def at_a_desk(at: AtDevices) -> None:
            at.at_pace = bool(desk)

        return begin_visit(AtDevices, sample(name), desk=desk, first=at_a_desk)

    return make


def played(at: AtDevices) -> dict[str, StepState]:
    """The visit to its end, which is all well; the states of its steps."""
    at.play()
    view = at.view
    assert view is not None
    assert view.outcome is Outcome.COMPLETE
    assert CODE not in str(evidence_of(at)), "an install code is in no evidence"
    return {step.id: step.state for step in view.steps}


@pytest.mark.requirement("CAD-04", "CAD-07")
@pytest.mark.timeout(240)
def test_a_device_is_paired_in_todays_way(at_devices: Callable[..., AtDevices]) -> None:
    at = at_devices("pair-cad")
    assert set(played(at).values()) == {StepState.DONE}
    whose = {step: told for step, (_button, told) in at.pressed.items()}
    assert whose["ask-list-device"] == "Import supplier, gas supplier or other user, service request 8.11"
    assert "Course: asked, sent, acknowledged, result, device fact seen" in at.seen["ask-join-esme-device"]
    assert any("not yet: the desk's word alone" in one for one in at.seen["ask-join-gpf-device"])
    assert any("joined to electricity meter, gas proxy" in one for one in at.seen["logs-joined"])
    assert any(one.startswith(f"Hub's own log: {ID}A8") for one in at.seen["hub-lists"])


@pytest.mark.requirement("CAD-05")
@pytest.mark.timeout(240)
def test_the_first_way_of_the_consultation_is_labelled_so(at_devices: Callable[..., AtDevices]) -> None:
    at = at_devices("pair-cad-passkey")
    assert set(played(at).values()) == {StepState.DONE}
    assert at.view is not None
    assert "2012 consultation, option 1" in at.view.walkthrough
    assert "2012 consultation, option 1" in at.view.step("passkey-ready").explanation


@pytest.mark.requirement("CAD-06", "CAD-10")
@pytest.mark.timeout(240)
def test_the_second_way_shows_where_the_number_stands_and_asks_for_none(at_devices: Callable[..., AtDevices]) -> None:
    at = at_devices("pair-cad-remote", "desk:emulated?role=other-user")
    states = played(at)
    assert {name for name, state in states.items() if state is not StepState.DONE} == {"hub-lists"}
    assert at.rung == "The party has heard the right number."
    assert any("never asks for one" in one for one in at.seen["ask-pair-device"])
    assert {one for one in at.seen["ask-pair-device"] if one.startswith("Hop: service request 9.1")}


@pytest.mark.requirement("CAD-03", "PRV-07")
@pytest.mark.parametrize(("name", "gone"), [("remove-cad", ["A9"]), ("change-tenancy", ["A9", "AA"])])
@pytest.mark.timeout(240)
def test_devices_go_and_are_proved_gone(at_devices: Callable[..., AtDevices], name: str, gone: list[str]) -> None:
    at = at_devices(name)
    assert set(played(at).values()) == {StepState.DONE}
    for one in gone:
        refused = [fact for fact in at.seen["meter-refuses"] if fact.startswith("Refused by the meter")]
        assert any(fact.endswith(ID + one) for fact in refused), refused
        assert f"Customer's device: {ID}{one}: not listed; joined to no meter" in at.seen["logs-gone"]
    assert at.read.count("hub-1-gpf: refused") == len(gone), "neither hub nor meter answers"
