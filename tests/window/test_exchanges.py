"""Exchange of a meter and of a hub, from the job list to the evidence, in the real window."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hht.work.view import Outcome, Question, StepState
from tests.window.beginning import VisitBeginner, hurry
from tests.window.test_access_devices import AtDevices
from tests.window.test_install_dual_fuel import evidence_of, sample

NEW_HUB = "00-DB-12-34-56-78-A0-A2 00-DB-12-34-56-78-A0-A3"


class AtExchange(AtDevices):
    """An engineer who switches the old hub off and on, so that its hour for a terminal begins, puts the new one in its
    place, and wakes the gas meter while it has to talk."""

    def give(self, question: Question, value: str) -> None:
        match question.id:
            case "hub-seen/photo":
                self.press_at("hub-1", "take-out")
                self.press_at("hub-1", "fit")
                self.stay_beside("gsme-1")
            case "fit-hub/seated" if self.of.old_hub is not None:
                self.type_at("hub-1", "exchange", NEW_HUB)
        super().give(question, value)

    def settled(self) -> bool:
        """The gas meter's button is pressed for as long as the terminal waits for devices to talk again."""
        view = self.view
        if view is not None and view.current == "hub-devices" and view.step(view.current).state is StepState.STARTED:
            self.press_at("gsme-1", "wake")
            self.pass_time(5)
        return super().settled()


@pytest.fixture
def at_exchange(begin_visit: VisitBeginner, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AtExchange]:
    hurry(monkeypatch)
    monkeypatch.setattr("ui.visit_exchanger.LOOK_AGAIN_S", 0.2)  # the home's time goes on at once, too
    return lambda name, **more: begin_visit(AtExchange, sample(name, **more), desk="desk:emulated")


@pytest.mark.long
@pytest.mark.requirement("CH-20", "CH-23")
@pytest.mark.timeout(240)
def test_a_hub_is_exchanged_by_hand(at_exchange: Callable[..., AtExchange]) -> None:
    at = at_exchange("hub-exchange")
    at.play()
    view = at.view
    assert view is not None
    assert view.outcome is Outcome.COMPLETE
    assert "On the old hub's Device Log: 5" in at.seen["hub-snapshot"]
    assert "Restored: 5 devices on the new hub's log" in at.seen["hub-restore"]
    assert "Shown to talk: 5" in at.seen["hub-devices"]
    assert any(one.startswith("Snapshot: erased: 0 of ") for one in at.seen["hub-forget"])
    found = evidence_of(at)
    assert found["findings"]["hub-forget"]["found_after"] == 0
    assert "00-DB-12-34-56-78-90-A7" not in at.texts() + str(found), "who is on the HAN is on no screen and no paper"


@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(240)
def test_a_meter_is_exchanged_by_hand(at_exchange: Callable[..., AtExchange]) -> None:
    at = at_exchange("meter-exchange")
    at.play(old__electricity_reading="08214", opening__reading_reading="00000")
    view = at.view
    assert view is not None
    assert view.outcome is Outcome.COMPLETE
    assert "Display and register: agree: 8214.306 kWh" in at.seen["closing-reading"]
    assert "Status in the inventory: Decommissioned" in at.seen["old-esme-closed"]
    assert evidence_of(at)["findings"]["dispose-electricity"]["fate"] == "returned"
