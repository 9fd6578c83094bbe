"""A seeded sample of what ``make fuzz`` does at length: every target."""

from __future__ import annotations

import pytest

from tests.fuzz import job, lengthy
from tests.fuzz.corpus import as_line
from tests.fuzz.targets import TARGETS

_LONG_SAMPLE = 3


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_bad_input_is_refused_in_words(name: str) -> None:
    report = job.run(TARGETS[name], 20261121, TARGETS[name].sample)
    assert report.inputs == TARGETS[name].sample
    assert len(report.outcomes) > 1, "the inputs do not reach what they are meant for"
    told = [
        f"{failure.kind} at {failure.where}: {failure.words}: {as_line(octets)}" for failure, octets in report.failures
    ]
    assert not told, "\n".join(told)


LENGTHY = sorted(name for name, target in TARGETS.items() if target.longest)
SLOW = {"recording"}  # as much as all the others together: with the full numbers


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.soak) if name in SLOW else name for name in LENGTHY]
)
def test_long_input_costs_no_more_than_its_length(name: str) -> None:
    report = lengthy.run(TARGETS[name], 20261121, _LONG_SAMPLE)
    told = [f"{failure.kind} at {failure.where}: {failure.words}: {seed!r}" for failure, seed in report.failures]
    assert not told, "\n".join(told)
