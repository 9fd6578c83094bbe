"""A training visit is begun again where its emulated home is gone, and never from a safety stop."""

from __future__ import annotations

from typing import Any

import pytest

from hht.work.asking import NotNow
from hht.work.engineer import Engineer
from hht.work.journal import JournalKind
from hht.work.noted import payload_of
from hht.work.view import Outcome, StepState
from tests.work.conftest import Rig
from tests.work.test_visit_notes import situation
from ui.gone_home import leave_gone_home

STOP = {"stop": "s", "locked": False, "code": "safety-stop", "message": "Bad.", "remedy": "Make it safe."}


def left(rig: Rig, home: str) -> bool:
    return leave_gone_home(rig.visits, rig.job, home, Engineer(), rig.clock)


def been_at(rig: Rig, home: str) -> str:
    """A visit that has spoken to a meter of that life; its first step."""
    rig.journal.append("", JournalKind.RESUMED, {"home": home})
    rig.journal.append("", JournalKind.LINK, {"event": "connected", "link": "emulated:x"})
    current = rig.visits.progress(rig.journal.visit_id).current()
    assert current is not None
    return current.spec.id


def test_a_visit_whose_home_lives_on_or_is_no_emulated_one_goes_on(rig: Rig) -> None:
    been_at(rig, "one")
    before = len(rig.journal.entries())
    assert (left(rig, "one"), left(rig, "")) == (False, False)
    assert len(rig.journal.entries()) == before


def test_a_visit_whose_home_is_gone_ends_as_given_up_though_a_change_is_open(rig: Rig) -> None:
    step = been_at(rig, "one")
    rig.journal.append(step, JournalKind.STARTED, {})
    rig.journal.append(step, JournalKind.INTENT, {"item": "MPAN", "target": "1"})
    assert left(rig, "another")
    progress = rig.visits.progress(rig.journal.visit_id)
    assert (progress.outcome, progress.home_anew) == (Outcome.ABANDONED, True)
    assert {one.state for one in progress.steps.values()} == {StepState.LEFT}
    assert not left(rig, "another"), "it has ended"


@pytest.mark.parametrize("danger", ["stop", "noted"])
def test_no_safety_stop_and_no_danger_is_passed_by_beginning_again(rig: Rig, danger: str) -> None:
    step = been_at(rig, "one")
    told: dict[str, Any] = {"item": "i", "value": "v", **STOP}
    if danger == "stop":
        rig.journal.append(step, JournalKind.STOPPED, told)
    else:
        rig.journal.append(step, JournalKind.NOTED, payload_of(situation(category_code="immediately-dangerous")))
    with pytest.raises(NotNow):
        left(rig, "another")
    assert rig.visits.progress(rig.journal.visit_id).outcome is None
