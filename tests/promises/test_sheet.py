"""The promise sheet: what it names is there, README says the same, and a control is shown only by tests that passed."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
from tests.promises.__main__ import told
from tests.promises.sheet import Control, promises

CONTROLS = [control for promise in promises() for control in promise.controls]


def test_every_control_stands_under_one_promise_and_rests_on_tests_or_says_what_is_open() -> None:
    assert sorted(control.name for control in CONTROLS) == [f"T{number:02}" for number in range(1, 29)]
    for control in CONTROLS:
        assert control.tests or control.open, control.name


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_the_tests_of_a_control_are_there(control: Control) -> None:
    for test in control.tests:
        path, _mark, name = test.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not name or re.search(rf"^(?:async )?def {name}\(", text, flags=re.MULTILINE), test


def test_the_readme_has_each_promise_with_its_controls() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for promise in promises():
        line = next((line for line in readme.splitlines() if promise.words in line), "")
        assert line, promise.words
        assert [name for name in re.findall(r"T\d\d", line) if "~" not in name] == [
            one.name for one in promise.controls
        ]
        for control in promise.controls:
            files = [test.partition("::")[0] for test in control.tests]
            assert any(f"[{control.name}]({file})" in line for file in files), f"{control.name}: link to one of {files}"
            if control.open:
                assert control.open in readme, f"{control.name}: what is open is not said"


def test_a_control_is_shown_by_tests_that_passed_and_by_no_others() -> None:
    control = Control("T01", "threat", ("a.py::one", "b.py"), "")
    assert control.state({"a.py::one[x]": {"passed"}, "b.py::two": {"passed"}}) == "shown"
    assert control.state({"a.py::one[x]": {"passed"}, "b.py::two": {"failed"}}) == "NOT SHOWN"
    assert control.state({"a.py::one[x]": {"passed"}}) == "NOT SHOWN", "one of them did not run"
    assert control.state({"a.py::one": {"passed"}, "b.py::two": {"skipped"}}) == "shown in part"
    assert control.state({"a.py::one": {"skipped"}, "b.py::two": {"skipped"}}) == "NOT SHOWN"
    assert Control("T02", "threat", (), "nothing yet").state({}) == "NOT SHOWN"
    assert "NOT SHOWN" in told(promises()[3], {})[2]
