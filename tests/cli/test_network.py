"""``hht network``: maxima recomputed, voltage and outages, as words, as JSON and as a file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from hht.resources import resource_path
from tests.cli.conftest import Run
from tests.support.morning import in_the_morning

LINK = "emulated:single-element?days=1&fault=voltage-low=50,-PT9H,-PT3H;power-cut,-PT2H,-PT1H30M"


@pytest.mark.requirement("DNO-10", "DNO-15", "DNO-16")
def test_maxima_voltage_and_outages_are_told_with_who_may_change_them(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_morning(monkeypatch)
    file = tmp_path / "voltage.csv"
    done = run("network", LINK, "--csv", str(file))
    assert done.status == 0, done.lines
    of = {kind: [line for line in done.lines if line["type"] == kind] for kind in ("register", "phase", "outage")}
    assert {one["name"]: one["agreement"] for one in of["register"]} == dict.fromkeys(
        ("import", "import-in-window", "export"), "same"
    )
    assert of["phase"][0]["under"] == 1
    assert [one["seconds"] for one in of["outage"]] == [1800]
    changes = [line for line in done.lines if line["type"] == "change"]
    assert {one["service"] for one in changes} == {"6.5", "6.18.1", "6.18.2", "6.27"}
    assert {one["senders"] for one in changes} == {"electricity distributor"}
    with file.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    volts = [float(one["value"]) for one in rows if one["kind"] == "voltage"]
    assert min(volts) < 200 < max(volts)
    assert {one["kind"] for one in rows} == {"voltage", "day-highest"}


def test_the_sample_visit_goes_to_its_end(run: Run) -> None:
    job, answers = resource_path("jobs", "network-view.json"), resource_path("samples", "network-view-answers.json")
    done = run("visit", "run", str(job), "--training", "--answers", str(answers))
    assert (done.status, done.last["outcome"]) == (0, "install-and-leave"), done.last
    assert "never asks for" not in done.errors
    assert {line["state"] for line in done.of("step")} <= {"started", "asking", "ready", "done", "skipped"}


def test_a_meter_in_plain_text_has_none_of_it_and_says_so(run: Run) -> None:
    done = run("network", "emulated:single-element?days=1&offers=c")
    assert done.status == 1
    assert done.last["code"]
