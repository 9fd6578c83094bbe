"""What counts as shown."""

from __future__ import annotations

import pytest

from tests.requirements.catalogue import Requirement
from tests.requirements.tally import rows, totals

CATALOGUE = {
    name: Requirement(name, importance, ("ESME",), "S0 L1", f"It does {name}.")
    for name, importance in (("ALC-08", "core"), ("ALC-09", "core"), ("ALC-14", "should"), ("ALC-17", "stretch"))
}


@pytest.mark.parametrize(
    ("results", "state"),
    [
        ([], "-"),
        (["passed"], "covered"),
        (["passed", "skipped"], "covered"),
        (["skipped"], "false"),
        (["failed"], "false"),
        (["passed", "failed"], "false"),
        (["not run"], "claimed"),
    ],
)
@pytest.mark.parametrize("node", ["tests/a.py::test_{}", "tests/a.py::test[{}]"])
def test_a_row_is_covered_where_a_test_passed_and_none_failed(results: list[str], state: str, node: str) -> None:
    row = rows(CATALOGUE, [("ALC-08", node.format(at), result) for at, result in enumerate(results)])[0]
    assert (row.state, row.covered) == (state, state == "covered")


def test_cases_of_one_test_are_one_test() -> None:
    found = [("ALC-08", f"tests/a.py::test[{case}]", "passed") for case in ("0", "1799", "a::b[c]")]
    (test,) = rows(CATALOGUE, found)[0].tests
    assert (test.test, test.cases) == ("tests/a.py::test", {"passed": 3})


def test_totals_come_from_the_catalogue() -> None:
    every = rows(CATALOGUE, [("ALC-08", "a::b", "passed"), ("ALC-09", "a::b", "failed"), ("ALC-17", "a::b", "passed")])
    assert totals(every, "covered") == {"core": (1, 2), "should": (0, 1), "stretch": (1, 1)}
