"""From results of tests to what is shown of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.requirements.catalogue import IMPORTANCES, Requirement

PROPERTY = "requirement"  # the user property of a test's report that carries an id
RESULTS = ("passed", "failed", "skipped", "not run")


@dataclass
class Shown:
    """One test function that claims a row: how many of its cases (parameters) had which result."""

    test: str
    cases: dict[str, int] = field(default_factory=dict)

    @property
    def result(self) -> str:
        """The worst that happened, but what passed outweighs what was skipped."""
        return next(name for name in ("failed", "passed", "skipped", "not run") if self.cases.get(name))


@dataclass(frozen=True)
class Row:
    """A requirement and the tests that claim it."""

    requirement: Requirement
    tests: tuple[Shown, ...]

    @property
    def covered(self) -> bool:
        """A test passed and none failed: a row is not half true."""
        results = {test.result for test in self.tests}
        return "passed" in results and "failed" not in results

    @property
    def state(self) -> str:
        """``covered``, ``claimed`` (no test ran), ``false`` (claimed, yet not shown) or ``-``."""
        if self.covered:
            return "covered"
        results = {test.result for test in self.tests}
        return "-" if not results else "claimed" if results == {"not run"} else "false"


def function_of(node: str) -> str:
    """The test function of a node id: its parameters left off. Node ids of files hold no bracket."""
    return node.partition("[")[0]


def rows(catalogue: Mapping[str, Requirement], results: Iterable[tuple[str, str, str]]) -> list[Row]:
    """Every requirement with its tests.

    ``results`` are (id, node id, one of ``RESULTS``), one for each case of a test and each id that it claims.
    """
    claims: dict[str, dict[str, Shown]] = {name: {} for name in catalogue}
    for name, node, result in results:
        test = claims[name].setdefault(function_of(node), Shown(function_of(node)))
        test.cases[result] = test.cases.get(result, 0) + 1
    return [
        Row(requirement, tuple(claims[name][test] for test in sorted(claims[name])))
        for name, requirement in catalogue.items()
    ]


def totals(kept: Iterable[Row], state: str) -> dict[str, tuple[int, int]]:
    """For each importance: how many rows are in ``state``, of how many."""
    counts = dict.fromkeys(IMPORTANCES, (0, 0))
    for row in kept:
        shown, of = counts[row.requirement.importance]
        counts[row.requirement.importance] = (shown + (row.state == state), of + 1)
    return counts
