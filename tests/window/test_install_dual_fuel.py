"""The first two walkthroughs from the job list to the evidence, in the real window, at emulated homes: the person at
the screen presses and types, and does at the devices what they are told to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel

from hht.emulation.desk import prepare
from hht.evidence import verify
from hht.identifiers import DeviceId
from hht.model.agenda import MINUTE_MS
from hht.model.site import to_datetime
from hht.model.training.panel import press_control
from hht.model.training.session import Pace
from hht.resources import resource_text
from hht.work.job import Job
from hht.work.view import Outcome, Question, StepState
from tests.window.beginning import VisitBeginner
from tests.window.flow_scenes import view_at
from tests.window.radio import HurriedComposer
from tests.window.scenes import Stage
from tests.window.test_install_flow import Engineer
from tests.work.flow_model import job_text
from tests.work.new_home import PARTS, RELAYED
from ui.services import Services
from ui.training_ground import TrainingGround

ASLEEP = ("its button wakes it", "wake the gas meter by a button")
JOINED_S = 120  # of the premises: it locates, and establishes its security


def pack_for(of: Job, ground: TrainingGround) -> bytes:
    """Everything that a pack can carry for the home that is open."""
    premises = ground._opened()[1].premises
    codes = {
        DeviceId.parse(device.identity.device_id): device.node.install_code
        for device in premises.devices
        if device.node is not None and device.node.install_code is not None
    }
    return prepare(of, premises.site.clock.now(), 1000, PARTS, codes=codes)


class AtHome(Engineer):
    """An engineer who stands at the devices of the emulated home, too."""

    def __init__(self, data_dir: Path, of: Job) -> None:
        super().__init__(data_dir, of)
        self._seen: dict[str, set[str]] = {}
        self.pressed: dict[str, tuple[str, str]] = {}  # step -> how the button read that began it, and whose it is
        self.said: dict[str, str] = {}  # step -> everything that the window said then
        self.countdowns: set[str] = set()
        self._opened = False

    @property
    def seen(self) -> dict[str, set[str]]:
        """Step -> the facts that its card has shown, those of this moment among them: whoever asks after the end may
        come before the next look."""
        for one in self.view.steps if self.view is not None else ():
            self._seen.setdefault(one.id, set()).update(f"{fact.label}: {fact.value}" for fact in one.facts)
        return self._seen

    def do(self, act: Callable[[Any], object]) -> None:
        """Something at the premises, in the core thread, until it is done."""
        done: list[object] = []
        failed: list[object] = []

        async def at_home(services: Services) -> object:
            if not self._opened:
                await services.ground.open(self.of.link)
            self._opened = True
            return act(services.ground)

        self.bridge.call(at_home, done.append, failed.append)
        self.until(lambda: bool(done or failed), "the premises")
        assert not failed, failed

    def press_at(self, device: str, control: str) -> None:
        """Press something at a device."""

        def press(ground: Any) -> None:
            ground.look_at(device)
            ground.press(control)

        self.do(press)

    def stay_beside(self, device: str) -> None:
        """Somebody wakes the gas meter each minute from now on."""

        def begin(ground: Any) -> None:
            premises = ground._opened()[1].premises
            premises.site.agenda.every(MINUTE_MS, lambda: press_control(premises, device, "wake"))

        self.do(begin)

    def pass_time(self, seconds: int) -> None:
        """Let time go on at the premises."""
        self.do(lambda ground: ground.go_to(to_datetime(ground.view().time_ms) + timedelta(seconds=seconds)))

    def fast(self) -> None:
        """Let a second be a minute at the premises, as on its page."""
        self.do(lambda ground: ground.set_pace(Pace.FAST))

    def press(self, name: str) -> None:
        """What leads on is pressed as it reads now."""
        proceed = self.shell._visit_page().proceed
        if name == "Continue":
            self.until(lambda: proceed.isVisible() and proceed.isEnabled(), "the way on")
            assert self.view is not None
            said = proceed.accessibleName(), proceed.accessibleDescription()
            self.pressed.setdefault(self.view.current, said)
            self.said.setdefault(self.view.current, self.texts())
            name = said[0]
        super().press(name)

    def give(self, question: Question, value: str) -> None:
        """Before it is said that a device has joined, somebody has it look for the network."""
        step, _slash, item = question.id.partition("/")
        if step.startswith("join-") and item == "screen":
            self.press_at(f"{step.removeprefix('join-')}-1", "join")
            self.pass_time(JOINED_S)
        super().give(question, value)

    def settled(self) -> bool:
        """Wakes the gas meter wherever the window says that it sleeps."""
        view, _facts = self.view, self.seen
        if view is not None and view.current:
            step = view.step(view.current)
            asleep = any(words in fact.value for fact in step.facts for words in ASLEEP)
            if step.state is StepState.STARTED and asleep:
                self.countdowns |= {one for one in self.texts().splitlines() if one.startswith("Gas meter: within ")}
                self.press_at("gsme-1", "wake")
        return super().settled()

    def leave(self, why: str) -> None:
        """Can't do this."""
        step = self.view.current if self.view is not None else ""
        self.press("Can't do this…")
        self.press(why)
        self.press("Leave this step")
        self.until(lambda: self.view is not None and self.view.step(step).state is StepState.LEFT, f"{step} left")
        self.until(self.settled, f"what follows {step}")

    def take_pack(self, path: Path) -> None:
        """The training desk's pack for the job comes by file."""
        made: list[bytes] = []
        self.do(lambda ground: made.append(pack_for(self.of, ground)))
        path.write_bytes(made[0])
        taken: list[object] = []
        self.bridge.call(lambda services: services.take_pack(path), taken.append, taken.append)
        self.until(lambda: bool(taken), "the pack")
        assert not isinstance(taken[0], Exception), taken[0]

    def texts(self) -> str:
        """Everything that the window says now."""
        labels = self.shell.findChildren(QLabel)
        return "\n".join(label.text() for label in labels if label.isVisible())


def sample(name: str, **more: Any) -> str:
    """A sample job, in place of the demo's."""
    plain = json.loads(resource_text("jobs", f"{name}.json"))
    plain |= {"reference": "J-1042", "link": f"{plain['link']}?days=1", **more}
    return json.dumps(plain)


AT_A_READING_PORT = {"clock", "write-mpan", "randomised-offset"}
WITHOUT_WAN = {"hub-obstruction", "ask-hub-without-wan", "hub-time", "let-in-by-pack", "deliver-pack"}


def sum_of(texts: Iterable[set[str]]) -> set[str]:
    """All of them."""
    return set().union(*texts)


def evidence_of(at: AtHome) -> dict[str, Any]:
    """The evidence that the visit has left: it verifies, and says what was done."""
    at.until(lambda: at.view is not None and bool(at.view.report), "the report")
    view = at.view
    assert view is not None
    report = Path(view.report)
    assert report.read_bytes().startswith(b"%PDF")
    assert verify(report.with_suffix(".hhtb").read_bytes()) == ""
    found: dict[str, Any] = json.loads(report.with_suffix(".json").read_text())
    assert found["visit"]["outcome"] == str(view.outcome)
    return found


@pytest.fixture
def at_home(begin_visit: VisitBeginner) -> Callable[[str], AtHome]:
    return partial(begin_visit, AtHome)


@pytest.mark.long
@pytest.mark.requirement("HHT-02", "CH-04")
@pytest.mark.timeout(240)
def test_both_fuels_with_a_wan(at_home: Callable[[str], AtHome]) -> None:
    at = at_home(sample("install-dual-fuel"))
    at.play(stop_before="hub-wan/found")
    at.fast()
    at.play()
    view = at.view
    assert view is not None
    assert view.outcome is Outcome.COMPLETE
    states = {step.id: step.state for step in view.steps}
    assert {one for one in states if states[one] is StepState.SKIPPED} == AT_A_READING_PORT | WITHOUT_WAN
    asked = [name for name in states if name.startswith("ask-")]
    buttons = {name: at.pressed[name] for name in asked if name in at.pressed}
    assert {button for button, _whose in buttons.values()} == {"Deliver supplier's command"}
    assert buttons["ask-commission-esme"][1] == "Import supplier, service request 8.1.1 (critical)"
    assert buttons["ask-commission-gsme"][1] == "Gas supplier, service request 8.1.1 (critical)"
    assert "Criticality: critical: the device takes it only with the supplier's own signature" in at.seen["ask-tariff"]
    for name in ("ask-join-esme-ppmid", "ask-join-ppmid-esme", "ask-join-gsme-ppmid", "ask-join-ppmid-gsme"):
        course = "Course: asked, sent, acknowledged, result"  # a screen that is drawn later may have the fact already
        assert any(one.startswith(course) for one in at.seen[name]), at.seen[name]
    assert "Course: asked, sent, acknowledged, result, device fact seen" in at.seen["ask-mpan"]
    assert any("its button wakes it" in one for one in at.seen["ask-mprn"])
    assert at.countdowns, "until when the gas meter hears of it is counted down"
    assert "Status in the inventory: Commissioned" in at.seen["ask-inventory-esme"]
    assert not any("8F69: Commissioned" in one or "Alert: Commissioned" in one for one in sum_of(at.seen.values()))
    assert at.of.reference in at.texts()
    evidence_of(at)


@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(240)
def test_both_fuels_without_a_wan_by_pack(
    monkeypatch: pytest.MonkeyPatch, at_home: Callable[[str], AtHome], tmp_path: Path
) -> None:
    monkeypatch.setattr("ui.terminal.Composer", HurriedComposer)
    at = at_home(sample("install-dual-fuel-no-wan", without_wan="pack"))
    at.take_pack(tmp_path / "visit.pack")
    at.play(stop_before="fit-hub/seated")
    at.press_at("hub-1", "take-out")
    at.press_at("hub-1", "fit")  # only now has it power: its hour for a terminal begins
    at.play(hub__wan_found="no")
    view = at.view
    assert view is not None
    assert view.outcome is Outcome.INSTALL_AND_LEAVE
    states = {step.id: step.state for step in view.steps}
    assert at.pressed["let-in-by-pack"] == ("Deliver supplier's commands", "Each command carries its supplier's own")
    assert "Reliable: no: commands that set a clock stay here, unconsumed" in at.seen["hub-time"]
    assert states["deliver-pack"] is StepState.DONE
    shown = at.texts()
    assert "time unreliable" in "".join(at.seen["hand-over"])
    assert "Done in part" in shown
    evidence_of(at)


@pytest.mark.soak  # headless it is in every run (tests/work/test_flow_commissioning.py)
@pytest.mark.timeout(240)
def test_both_fuels_without_a_wan_by_what_the_desk_hands_over(
    monkeypatch: pytest.MonkeyPatch, at_home: Callable[[str], AtHome]
) -> None:
    monkeypatch.setattr("ui.terminal.Composer", HurriedComposer)
    at = at_home(sample("install-dual-fuel-no-wan"))
    at.play(stop_before="fit-hub/seated")
    at.press_at("hub-1", "take-out")
    at.press_at("hub-1", "fit")
    at.stay_beside("gsme-1")
    for refused in RELAYED:
        at.play(stop_at=refused, hub__wan_found="no")
        at.leave("The desk said to leave this out")
    at.play(hub__wan_found="no")
    view = at.view
    assert view is not None
    assert view.outcome is Outcome.INSTALL_AND_LEAVE
    assert {step.id for step in view.steps if step.state is StepState.LEFT} == set(RELAYED)
    assert any("not asked for: the hub's time is unreliable" in one for one in at.seen["ask-commission-esme"])
    for name in ("ask-join-esme-ppmid", "ask-join-ppmid-esme", "ask-join-gsme-ppmid", "ask-join-ppmid-gsme"):
        assert view.step(name).state is StepState.DONE
    evidence_of(at)


@pytest.mark.timeout(240)
def test_where_the_port_may_write_it_goes_by_probe(at_home: Callable[[str], AtHome]) -> None:
    at = at_home(job_text("install-electricity", link="emulated:single-element?days=1"))
    at.play(stop_before="display/offered")
    view = at.view
    assert view is not None
    for name in ("clock", "write-mpan", "randomised-offset"):
        assert view.step(name).state is StepState.DONE
        assert at.pressed[name] == ("Continue", "")
        assert "Writes to the meter. Authority: Import supplier" in at.said[name]


def test_without_a_desk_it_cannot_be_done_here(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    stage.show_visit(view_at("ask-commission-esme"))
    page = stage.shell._visit_page()
    assert not page.proceed.isEnabled()
    assert page.card.notice.message == "Cannot be done here: ask the desk"
    assert page.leave.isEnabled()
    stage.show_visit(view_at("ask-commission-esme", desk=True))
    assert page.proceed.isEnabled()
    assert page.proceed.accessibleName() == "Deliver supplier's command"
    assert "service request 8.1.1 (critical)" in page.proceed.accessibleDescription()
