"""What the terminal reads of an advanced meter: its load profile by the half-hour."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.mark.requirement("ARC-10")
def test_the_profile_of_an_advanced_meter_is_read_half_hour_by_half_hour(run: Run, tmp_path: Path) -> None:
    kept = tmp_path / "profile.csv"
    done = run("read", "emulated:smart-type-shop?days=2", "profile", "--csv", str(kept))
    assert done.status == 0
    with kept.open(newline="") as file:
        rows = list(csv.reader(file))
    heads, *rows = rows
    place = next(number for number, head in enumerate(heads) if "time" in head.lower())
    times = [datetime.fromisoformat(row[place]) for row in rows]
    assert len(times) == done.last["rows"] >= 96
    assert {abs(late - early) for early, late in pairwise(times)} == {timedelta(minutes=30)}
