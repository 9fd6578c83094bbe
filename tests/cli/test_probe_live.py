"""A command that connects says on the way what the probe sees, and ends with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.line_simulator import LineSettings
from tests.cli.conftest import Run
from tests.support.served_line import served_line


@pytest.fixture
def off_the_meter() -> Iterator[str]:
    """A probe that hears only itself."""
    with served_line(LineSettings(pace=0.05, echo=True, lifted=True)) as url:
        yield url


def test_what_the_probe_sees_is_told_while_it_is_tried(run: Run, off_the_meter: str, tmp_path: Path) -> None:
    done = run("identify", off_the_meter)
    told = [line["code"] for line in done.lines if line["type"] == "remark"]
    assert told == ["probe-echo"], "once"
    assert "cable down" in next(line["text"] for line in done.lines if line["type"] == "remark")
    assert done.last["code"] == "sign-on-echo"
    assert done.status != 0


def test_an_emulated_meter_has_no_probe(run: Run) -> None:
    done = run("identify", "emulated:single-element?days=1")
    assert [line for line in done.lines if line["type"] == "remark"] == []
    assert done.status == 0
