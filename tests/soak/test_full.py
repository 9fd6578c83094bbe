"""The table that a closing note can quote."""

from __future__ import annotations

from typing import Literal

import pytest

from tests.soak.full import Figures, lines
from tests.soak.table import Totals

_Outcome = Literal["passed", "failed", "skipped"]
_When = Literal["setup", "call", "teardown"]


def _case(figures: Figures, name: str, *phases: tuple[_When, _Outcome]) -> None:
    for when, outcome in phases:
        figures.pytest_runtest_logreport(
            pytest.TestReport(name, ("test_some.py", 1, name), {}, outcome, None, when, duration=2.0)
        )


def test_the_table_counts_cases_failures_and_what_was_left_out() -> None:
    figures = Figures()
    _case(figures, "test_some.py::test_three[a]", ("setup", "passed"), ("call", "passed"), ("teardown", "passed"))
    _case(figures, "test_some.py::test_three[b]", ("setup", "passed"), ("call", "failed"), ("teardown", "passed"))
    _case(figures, "test_some.py::test_three[c]", ("setup", "failed"), ("teardown", "passed"))
    _case(figures, "test_some.py::test_gone", ("setup", "skipped"), ("teardown", "passed"))
    figures.pytest_collectreport(pytest.CollectReport("test_unread.py", "failed", "no", []))
    told = list(lines(Totals(runs=40, struck=30, terminals=50, seconds=7200, defects=[(7, "x")]), 5.0, figures))
    assert [line.split()[-5:] for line in told[2:]][:4] == [
        ["test_some.py::test_gone", "1", "0", "1", "4"],
        ["test_some.py::test_three", "3", "2", "0", "16"],
        ["test_unread.py", "0", "1", "0", "0"],
        ["all", "44", "4", "1", "25"],
    ]
    assert told[1].split()[-4:] == ["40", "1", "0", "5"]
    assert told[-1] == "of the visits 30 were struck; 50 terminals, 2 hours of virtual time"
