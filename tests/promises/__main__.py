"""``make promises``: run the tests behind each promise and print the sheet. Status 1 where one of them fails."""

from __future__ import annotations

import contextlib
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.promises.sheet import Promise, promises

ROOT = Path(__file__).resolve().parents[2]


class _Results:
    def __init__(self) -> None:
        self.found: dict[str, set[str]] = defaultdict(set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed or report.skipped or report.when == "call":
            self.found[report.nodeid].add(report.outcome)


def told(promise: Promise, results: dict[str, set[str]]) -> list[str]:
    """The promise, and a line for each of its controls."""
    lines = [f"{promise.number}. {promise.words}"]
    for control in promise.controls:
        state = control.state(results)
        seen = sum(len(control.results_of(test, results)) for test in control.tests)
        left = f"; open: {control.open}" if control.open else ""
        lines.append(f"   {control.name}  {state:<14} {control.threat} ({seen} tests{left})")
    return lines


def main() -> int:
    """0 where every test behind a promise passed. What is open is told, and is no failure."""
    results = _Results()
    tests = sorted({test for promise in promises() for control in promise.controls for test in control.tests})
    words = [
        "-q",
        "--no-header",
        "-p",
        "no:cacheprovider",
        f"--rootdir={ROOT}",
        "-n",
        "2",
        "-c",
        str(ROOT / "pyproject.toml"),
    ]
    with contextlib.redirect_stdout(sys.stderr):
        status = pytest.main([*words, *(str(ROOT / test) for test in tests)], plugins=[results])
    for promise in promises():
        print("\n".join(told(promise, results.found)))
    return int(status != pytest.ExitCode.OK)


if __name__ == "__main__":
    sys.exit(main())
