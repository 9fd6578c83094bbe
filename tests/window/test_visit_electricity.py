"""Walkthrough 3 through the real window: two elements, three phases, and a microgeneration meter beside one element.

One element is `tests.window.test_taps` and `tests.window.test_install_flow`.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from hht.work.view import Outcome, StepState
from tests.cli.test_visit_electricity import sample
from tests.window.test_install_flow import Engineer, engineer  # noqa: F401  the fixture

MakeEngineer = Callable[[str], Engineer]


def told(at: Engineer, step: str) -> dict[str, str]:
    """What the window shows of a step."""
    assert at.view is not None
    return {fact.label: fact.value for fact in at.view.step(step).facts}


@pytest.mark.sampled(one_in=3)
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("name", "fact"),
    [("twin", ("registers", "Both elements")), ("polyphase", ("registers", "Three phases")),
     ("solar", ("generation-reading", "Active energy export"))],
)  # fmt: skip
def test_it_is_installed_and_handed_over_by_hand(
    name: str,
    fact: tuple[str, str],
    engineer: MakeEngineer,  # noqa: F811
) -> None:
    at = engineer(json.dumps(sample(name)))
    at.play()
    assert at.view is not None
    assert at.view.outcome is Outcome.COMPLETE
    step, label = fact
    assert at.view.step(step).state is StepState.DONE
    assert told(at, step)[label]
