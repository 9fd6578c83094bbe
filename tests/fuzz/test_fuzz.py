"""A seeded sample of what ``make fuzz`` does at length: every target."""

from __future__ import annotations

import pytest

from tests.fuzz import job
from tests.fuzz.corpus import as_line
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_bad_input_is_refused_in_words(name: str) -> None:
    report = job.run(TARGETS[name], 20261121, TARGETS[name].sample)
    assert report.inputs == TARGETS[name].sample
    assert len(report.outcomes) > 1, "the inputs do not reach what they are meant for"
    told = [
        f"{failure.kind} at {failure.where}: {failure.words}: {as_line(octets)}" for failure, octets in report.failures
    ]
    assert not told, "\n".join(told)
