"""What the page on writing a premises says: its sample works, and every table in it is one that is read."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.premises import available_premises, bring_to_life, load_premises
from hht.model.premises_plan import parse_premises
from hht.resources import resource_text

START = datetime(2026, 11, 21, 10, tzinfo=UTC)


def sample() -> str:
    text = resource_text("premises", "README.md")
    block = re.search(r"\n\n((?:    .*\n|\n)+)", text)
    assert block is not None
    return re.sub(r"(?m)^    ", "", block[1])


def test_the_sample_comes_to_life() -> None:
    plan = parse_premises(sample(), name="sample", file="sample.toml")
    assert bring_to_life(plan, clock=ManualClock(START), days=1).device().registers()[0] > 0


@pytest.mark.parametrize("name", available_premises())
def test_every_premises_lives_the_same_life_twice(name: str) -> None:
    def history() -> tuple[str, int]:
        premises = load_premises(name, clock=ManualClock(START), days=3, seed=5)
        return premises.site.chronicle.fingerprint, premises.device().registers()[0]

    assert history() == history()


def test_a_dozen_come_along() -> None:
    assert len(available_premises()) >= 12
