"""``hht conformance LINK``: row by row over the bytes of emulated meters, frames with what fails."""

from __future__ import annotations

import logging

import pytest

from hht.work.conformance.electricity import CHECKS
from tests.cli.conftest import Run
from ui.cli.common import READER_GONE, Output


@pytest.mark.parametrize("premises", ["single-element", "twin-element", "load-control"])
def test_emulated_meters_fail_no_row_and_each_row_is_told_with_its_statement(run: Run, premises: str) -> None:
    done = run("conformance", f"emulated:{premises}?days=2")
    rows = [line for line in done.lines if line["type"] == "row"]
    assert [line["check"] for line in rows] == [check.name for check in CHECKS]
    assert [(line["check"], line["why"]) for line in rows if line["verdict"] == "fail"] == []
    assert done.status == 0
    assert sum(line["verdict"] == "pass" for line in rows) >= 12
    for line in rows:
        assert all(line["statements"])
        assert line["trace"]["first"] <= line["trace"]["last"]
    asked = next(line for line in rows if line["check"] == "half-hours")["trace"]
    assert asked["last"] > asked["first"], "it was read over the link"
    assert done.last["pass"] == sum(line["verdict"] == "pass" for line in rows)
    assert done.last["unseen"] > 50


def test_a_row_that_fails_shows_its_frames_and_the_command_fails(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from hht.work.conformance import electricity

    monkeypatch.setattr(electricity, "THIRTEEN_MONTHS", 100_000)
    done = run("conformance", "emulated:single-element?days=1", "--all")
    failed = [line for line in done.lines if line.get("verdict") == "fail"]
    assert [line["rows"] for line in failed] == [["EED-01"]]
    assert any(frame.startswith("rx 7e") for frame in failed[0]["frames"])
    assert done.status == 1
    assert len([line for line in done.lines if line.get("verdict") == "unseen"]) == done.last["unseen"]


def test_a_meter_in_plain_text_says_that_it_cannot_be_asked(run: Run) -> None:
    done = run("conformance", "emulated:single-element?days=1&offers=c")
    assert done.status == 1
    assert done.last["code"]


@pytest.mark.parametrize("all_read", [0, 1, 3])
def test_nobody_reads_on_and_the_meter_is_released_without_a_word(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, all_read: int
) -> None:
    left = iter(range(all_read))

    def gone(_output: Output, _line: str) -> None:
        if next(left, None) is None:
            raise BrokenPipeError

    monkeypatch.setattr(Output, "_print", gone)
    with caplog.at_level(logging.ERROR):
        assert run("conformance", "emulated:single-element?days=1").status == READER_GONE
    assert caplog.text == ""
