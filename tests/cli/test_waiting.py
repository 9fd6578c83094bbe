"""What commands tell while they wait, and that they pass waiting over at an emulated home alone."""

from __future__ import annotations

import asyncio
import io
import re
import signal
from pathlib import Path

import pytest

from hht.work.conformance import hub
from hht.work.conformance.rows import Subject
from tests.cli.conftest import Run
from ui.cli import waiting as module
from ui.cli.common import Output
from ui.cli.hastened import HastenedClock, HastenedLoop
from ui.cli.waiting import told_while_waiting
from ui.diagnosing import WAITS

HUB = ("--hub", "00-DB-12-34-56-78-90-A3", "--chf", "00-DB-12-34-56-78-90-A2")
LINK, GSME = "emulated:dual-fuel?via=han&hub=fresh&days=1", "00-DB-12-34-56-78-90-A1=GSME"


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def waited(err: io.StringIO, monkeypatch: pytest.MonkeyPatch, seconds: float, most_s: float | None) -> str:
    """What is said while somebody waits; a line each second, as computers are too quick for five of them."""
    monkeypatch.setattr(module, "EVERY_S", 0)
    output = Output(as_json=False, err=err)

    async def wait() -> None:
        async with told_while_waiting(output) as waiting:
            waiting.begins("the meter", most_s)
            await asyncio.sleep(seconds)
            with waiting.silent():
                await asyncio.sleep(60)
            output.note("It is there.")

    clock = HastenedClock()
    with asyncio.Runner(loop_factory=lambda: HastenedLoop(clock)) as runner:
        runner.run(wait())
    return err.getvalue()


def test_who_waits_is_told_how_long_it_was_and_may_be_but_not_while_somebody_types(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = waited(io.StringIO(), monkeypatch, 1800.5, 2100).splitlines()
    assert re.fullmatch("… 0:0[0-9] so far, at most 34:5[0-9] more: the meter", lines[0])
    assert re.fullmatch("… (29:5|30:0)[0-9] so far, at most (5:0|4:5)[0-9] more: the meter", lines[-2])
    assert lines[-1] == "It is there."
    assert all(line.endswith(" more: the meter") for line in lines[:-1])
    unbounded = waited(io.StringIO(), monkeypatch, 3.5, None)
    assert "so far" in unbounded
    assert "at most" not in unbounded


def test_on_a_screen_the_line_counts_in_its_place_and_makes_way(monkeypatch: pytest.MonkeyPatch) -> None:
    told = waited(Screen(), monkeypatch, 30.5, 60)
    assert told.count("\n") == 1
    assert told.endswith("\rIt is there.\n")
    assert told.count("more: the meter\r") > 20
    monkeypatch.setenv("COLUMNS", "24")
    narrow = waited(Screen(), monkeypatch, 3.5, 60).split("\r")
    assert max(map(len, narrow)) == 23, "it would wrap, and could not be written over"


async def test_what_somebody_is_asked_meanwhile_leaves_what_is_waited_for_as_it_came() -> None:
    async with told_while_waiting(Output(as_json=False, err=io.StringIO())) as waiting:
        waiting.begins("the desk", 60)
        with waiting.silent():
            waiting.within(90)  # the desk is asked again, while somebody is to wake the meter
            assert waiting.words.endswith(" more: the desk")
            waiting.begins("the next look")  # over: they are no longer needed
        assert waiting.words.endswith("so far: the next look")


def test_a_gas_meter_that_sleeps_is_asked_everything_at_one_wake_and_that_is_passed_over(run: Run) -> None:
    done = run("conformance", LINK, *HUB, "--training", "--device", GSME, "--hasten")
    rows = {line["check"]: line for line in done.of("row")}
    assert list(rows) == [check.name for check in hub.CHECKS]
    assert done.status == 0, done.lines
    assert [line["verdict"] for name, line in rows.items() if name.startswith("gas-")] == ["pass"] * 4
    assert (done.last["type"], done.last["complete"]) == ("result", True)
    assert "35 minutes at most" in done.errors
    (told,) = [line for line in done.errors.splitlines() if "passed over" in line]
    assert int(told.split()[0]) <= 40, "one wake, not one for each question"


def test_who_does_not_wait_for_a_gas_meter_is_told_how_one_does(run: Run) -> None:
    done = run("conformance", LINK, *HUB, "--training", "--hasten")
    open_still = [line for line in done.of("row") if line["verdict"] == "not-shown"]
    assert [line["check"] for line in open_still] == ["gas-firmware", "gas-mirror"]
    assert all(f"--device {GSME}" in line["why"] for line in open_still)


def test_what_a_desk_hands_no_command_over_for_is_told_with_what_would_show_it(run: Run) -> None:
    done = run("conformance", LINK, *HUB, "--training", "--hasten", "--desk", "desk:emulated")
    why = {line["check"]: line["why"] for line in done.of("row") if line["verdict"] == "not-shown"}
    assert len(why) == 6
    assert all("Take a pack along" in why.pop(name) for name in ("hub-firmware", "own-firmware"))
    assert all(f"--device {GSME}" in words for words in why.values())
    assert "knows no GSME" not in why["gas-valve"], "it was asked for the hub's proxy, under the meter's kind"


@pytest.mark.parametrize(
    "words",
    [
        ("conformance", "dongle:tcp://127.0.0.1:1", *HUB),
        ("conformance", "emulated:single-element?days=1"),
        ("diagnose", "tcp://127.0.0.1:1", "--symptom", "no-readings"),
    ],
)
def test_only_what_is_emulated_and_sleeps_is_hastened(run: Run, words: tuple[str, ...]) -> None:
    done = run(*words, "--training", "--hasten")
    assert (done.status, done.last["code"]) == (1, "cannot-hasten")


def test_cut_short_what_was_found_is_told_and_that_it_is_not_all(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def interrupted(_on: Subject) -> None:
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(3600)

    monkeypatch.setattr(Subject, "power_events", interrupted)
    done = run("conformance", "emulated:single-element?days=1")
    assert (done.status, done.last["code"]) == (130, "cancelled")
    (part,) = done.of("partial")
    rows = [line["check"] for line in done.of("row")]
    assert rows, "something had been found"
    assert not set(rows) & set(part["not_asked"])
    assert part["not_asked"]
    assert (part["ok"], part["complete"], part["pass"] + part["not-shown"]) == (False, False, len(rows))
    assert not done.of("result")


def test_a_fault_visit_passes_over_what_it_waits_for_at_an_emulated_home(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0)
    gas = "00-DB-12-34-56-79-01-A1=GSME"
    link = "emulated:dual-fuel-connected?days=1"
    words = ["--symptom", "no-gas-data", "--device", "00-DB-12-34-56-79-01-A2=CHF", "--device", gas]
    done = run("diagnose", link, "desk:emulated", *words, "--training", "--hasten", "--data-dir", str(tmp_path))
    assert (done.status, done.last["type"]) == (0, "verdict"), done.lines
    assert any(line["look"].startswith("gas-") for line in done.of("look")), "one that waits for the meter"
    told = [line for line in done.of("progress") if line.get("most_s")]
    assert told, "each ask of the desk has its own time"
    assert {line["most_s"] for line in told} == {WAITS.answer_s + WAITS.result_s}
    assert "passed over" in done.errors
