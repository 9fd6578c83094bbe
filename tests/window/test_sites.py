"""Sample jobs of a SMETS1 site and of other sites, from the job list to the evidence in the real window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hht.work.view import Outcome, StepState
from tests.window.beginning import VisitBeginner, hurry
from tests.window.test_install_dual_fuel import AtHome, evidence_of, sample
from tests.work.site_home import answers_of

LATER = {"gas-first", "new-build", "emergency-exchange"}  # something is left on purpose
ASLEEP = "gas-first"  # its meter sleeps: time goes on while it is waited for
SITES = [
    "smets1",
    "gas-first",
    "new-build",
    "emergency-exchange",
    "commission-later",
    "opted-out-shop",
    "current-transformers",
    "generation-visit",
    "teleswitch-leftovers",
    "intelligent-hub",
]
Make = Callable[[str], AtHome]


@pytest.fixture
def at_site(begin_visit: VisitBeginner, monkeypatch: pytest.MonkeyPatch) -> Make:
    def make(name: str) -> AtHome:
        if name != ASLEEP:
            hurry(monkeypatch)
        at = begin_visit(AtHome, sample(name))
        if name == ASLEEP:
            at.fast()
        return at

    return make


def play(at: AtHome, name: str) -> Any:
    """The visit with its sample answers; what is pressed at the emulated home is pressed by whoever plays."""
    told = {key: one for key, one in answers_of(name).items() if ":" not in key}
    at.play(**{key.replace("-", "__").replace("/", "_"): one for key, one in told.items()})
    view = at.view
    assert view is not None
    return view


@pytest.mark.requirement("S1E-22", "S1E-23")
@pytest.mark.timeout(240)
def test_a_hub_that_another_supplier_leads_by_hand(at_site: Make) -> None:
    at = at_site("smets1-incident")
    view = play(at, "smets1-incident")
    assert view.outcome is Outcome.COMPLETE
    lead = "Lead Supplier: Early Energy, not this job's supplier (Early Gas)"
    assert any(line.startswith(lead) for line in at.seen["site-record"])
    assert "Assigned to: S1SP" in at.seen["raise-incident"]
    assert view.step("ask-decommission-hub").state is StepState.SKIPPED
    assert evidence_of(at)["findings"]["raise-incident"]["assigned"] == "S1SP"


@pytest.mark.soak
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SITES)
def test_a_site_by_hand(at_site: Make, name: str) -> None:
    at = at_site(name)
    view = play(at, name)
    assert view.outcome is (Outcome.INSTALL_AND_LEAVE if name in LATER else Outcome.COMPLETE)
    assert evidence_of(at)["findings"]
