"""``make coverage-requirements``: run the tests that claim a requirement and print every row with what shows it.

``python -m tests.requirements [--missing core] [--device ESME] [--json] [--claims-only]``. Ends with status 1 where a
claim is not true: a row whose tests failed or were all skipped, or tests that did not run. Files with claims are found
by the words ``mark.requirement`` in them, so that the rest of the suite need not be collected.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

import pytest

from tests.requirements import tell
from tests.requirements.catalogue import IMPORTANCES, catalogue, devices
from tests.requirements.tally import PROPERTY, rows

ROOT = Path(__file__).resolve().parents[2]
_WELL = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


class _Results:
    """Collects (requirement, node id, result) of what pytest runs, here or in the workers of xdist."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], str] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            self._put(item.nodeid, item.user_properties, "not run")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._put(report.nodeid, report.user_properties, "failed")
        elif report.skipped or hasattr(report, "wasxfail"):
            self._put(report.nodeid, report.user_properties, "skipped")
        elif report.when == "call":
            self._put(report.nodeid, report.user_properties, "passed")

    def _put(self, node: str, properties: list[tuple[str, object]], result: str) -> None:
        for name, value in properties:
            if name == PROPERTY and self.found.get((str(value), node)) != "failed":
                self.found[str(value), node] = result


def main() -> int:
    """0 where every claim was shown to be true."""
    arguments = _arguments()
    results = _Results()
    well = _run(results, arguments.tests, claims_only=arguments.claims_only)
    every = rows(catalogue(), ((name, node, result) for (name, node), result in results.found.items()))
    kept = [row for row in every if tell.wanted(row, arguments.missing, arguments.device)]
    untrue = [row for row in every if row.state == "false"]
    ok = well and not untrue
    if arguments.json:
        tell.as_json(kept, every, ok=ok, claims_only=arguments.claims_only)
    else:
        tell.as_text(kept, every, untrue, well=well, claims_only=arguments.claims_only)
    return 0 if ok else 1


def _run(results: _Results, tests: Path, *, claims_only: bool) -> bool:
    """Run (or only collect) the tests that claim something. False where pytest tells anything but success."""
    files = [str(path) for path in sorted(tests.rglob("test_*.py")) if "mark.requirement" in path.read_text("utf-8")]
    if not files:
        return True
    words = ["-q", "--no-header", "-m", "requirement", "-p", "no:cacheprovider", "-p", "tests.requirements.claims"]
    words += [f"--rootdir={tests.absolute().parent}", "-c", str(ROOT / "pyproject.toml")]
    if claims_only:
        words += ["--collect-only", "-qq"]
    elif len(files) > 1:
        words += ["-n", "2", "--dist", "loadfile"]
    with contextlib.redirect_stdout(sys.stderr):
        return pytest.main([*words, *files], plugins=[results]) in _WELL


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.requirements", description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--missing", choices=[*IMPORTANCES, "all"], help="only rows of this importance that nothing shows"
    )
    parser.add_argument(
        "--device", action="append", choices=list(devices()), help="only rows of this device; may be repeated"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line, the totals last")
    parser.add_argument("--claims-only", action="store_true", help="print what tests claim, run nothing")
    parser.add_argument("--tests", type=Path, default=ROOT / "tests", help="folder of tests (default: tests)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
