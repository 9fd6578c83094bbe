"""Each "should" row is claimed by a test or has the reason why it is not; none has both."""

from __future__ import annotations

import re
from pathlib import Path

from tests.requirements.catalogue import catalogue
from tests.requirements.not_shown import PLACE, reasons

TESTS = Path(__file__).resolve().parents[1]
ID = re.compile(r"\"([A-Z0-9]{2,3}-\d\d)\"")
OWN = TESTS / "requirements"  # its tests hold marks of made-up suites in texts


def claimed() -> set[str]:
    """Every row that a file with marks names, also in a table that marks are made of; nothing is collected for it."""
    files = (path.read_text("utf-8") for path in TESTS.rglob("test_*.py") if OWN not in path.parents)
    return {row for text in files if "mark.requirement(" in text for row in ID.findall(text)}


def test_each_should_row_is_claimed_or_has_its_reason() -> None:
    should = {row.id for row in catalogue().values() if row.importance == "should"}
    assert should - claimed() == set(reasons()), f"claimed rows do not stand in {PLACE.name}, and all others do"
    assert all(len(text) > 40 for text in reasons().values())
