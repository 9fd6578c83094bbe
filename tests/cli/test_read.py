"""``hht read``: the shapes that other programs lean on; ranges, rows, files."""

from __future__ import annotations

import csv
import os
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import METER, Run
from ui.cli.main import main


def moment(text: str) -> datetime:
    assert text.endswith("Z")
    return datetime.fromisoformat(text)


@pytest.fixture
def rows(run: Run) -> list[dict[str, Any]]:
    return run("read", METER, "profile", "--rows").of("row")


def test_clock_and_registers_are_the_default(run: Run) -> None:
    done = run("read", METER)
    assert done.status == 0
    (clock,) = done.of("clock")
    assert clock["status"] == "unreliable"
    assert abs(moment(clock["time"]) - datetime.now().astimezone()) < timedelta(seconds=45)
    registers = {line["obis"]: line for line in done.of("register")}
    assert registers["1-0:1.8.0"]["unit"] == "kWh"
    assert registers["1-0:32.7.0"]["unit"] == "V"
    assert all(isinstance(line["value"], str) and float(line["value"]) >= 0 for line in registers.values())
    assert done.last["rows"] == 0
    assert set(done.last) >= {"ok", "rows", "bytes_tx", "bytes_rx", "round_trips", "seconds"}
    assert done.last["bytes_tx"] > 0
    assert done.last["bytes_rx"] > done.last["round_trips"] > 5


def test_thirteen_months_are_19008_rows(run: Run) -> None:
    done = run("read", "emulated:single-element", "profile")
    rows = done.last["rows"]
    assert rows in (19008, 19009)  # a half-hour may have ended since the meter came to life
    assert done.of("row") == [], "rows only with --rows"
    progress = done.of("progress")
    assert [line["done"] for line in progress] == sorted(line["done"] for line in progress)
    assert progress[-1] == progress[-1] | {"done": rows, "total": rows}
    assert progress[-1]["bytes"] > rows * 20


def test_rows_rise_by_half_an_hour(rows: list[dict[str, Any]]) -> None:
    assert len(rows) == 96
    times = [moment(row["time"]) for row in rows]
    assert {b - a for a, b in pairwise(times)} == {timedelta(minutes=30)}
    assert all(set(row["values"]) == {"1-0:1.8.0", "1-0:2.8.0"} for row in rows)
    assert {row["status"] for row in rows} <= {"reliable", "unreliable", "invalid"}


@pytest.mark.parametrize(("start", "end"), [(0, 96), (10, 20), (95, 96), (None, 5), (90, None), (40, 41)])
def test_from_is_inclusive_and_to_is_exclusive(
    run: Run, rows: list[dict[str, Any]], start: int | None, end: int | None
) -> None:
    words = ["--from", rows[start]["time"]] if start is not None else []
    after = (moment(rows[-1]["time"]) + timedelta(minutes=30)).isoformat()
    words += ["--to", rows[end]["time"] if end < 96 else after] if end is not None else []
    done = run("read", METER, "profile", "--rows", *words)
    assert done.of("row") == rows[start:end]
    assert done.last["rows"] == len(rows[start:end])


def test_a_time_zone_and_none_at_all(run: Run, rows: list[dict[str, Any]]) -> None:
    first, last = moment(rows[3]["time"]), moment(rows[6]["time"])
    summer = first.astimezone(tz=None)
    for start, end in (
        (summer.isoformat(), last.isoformat()),
        (f"{first:%Y-%m-%dT%H:%M:%S}", f"{last:%Y-%m-%d %H:%M}"),
    ):
        assert run("read", METER, "profile", "--rows", "--from", start, "--to", end).of("row") == rows[3:6]


def test_an_instant_within_a_half_hour(run: Run, rows: list[dict[str, Any]]) -> None:
    start = (moment(rows[3]["time"]) + timedelta(seconds=1)).isoformat()
    end = (moment(rows[6]["time"]) + timedelta(seconds=1)).isoformat()
    assert run("read", METER, "profile", "--rows", "--from", start, "--to", end).of("row") == rows[4:7]


@pytest.mark.parametrize(
    "words", [["--from", "yesterday"], ["--to", "2026-13-01"], ["--from", ""], ["--to", "9999-12-31T23:59:59-14:00"]]
)
def test_what_is_no_time(run: Run, words: list[str]) -> None:
    done = run("read", METER, "profile", *words)
    assert (done.status, done.last["code"]) == (2, "usage")
    assert "2026-11-21T00:00:00Z" in done.last["remedy"]


@pytest.mark.parametrize("to", ["2026-01-01T00:00:00Z", "2025-12-31T23:00:00Z"])
def test_nothing_in_between(run: Run, to: str) -> None:
    done = run("read", METER, "profile", "--from", "2026-01-01T00:00:00Z", "--to", to)
    assert (done.status, done.last["code"]) == (2, "usage")


def test_a_range_before_all_history_is_empty(run: Run) -> None:
    done = run("read", METER, "profile", "--from", "2001-01-01T00:00:00Z", "--to", "2001-02-01T00:00:00Z")
    assert (done.status, done.last["rows"]) == (0, 0)


def test_csv(run: Run, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    path = tmp_path / "profile.csv"
    done = run("read", METER, "profile", "--csv", str(path))
    assert (done.last["rows"], done.of("row")) == (96, [])
    with path.open(newline="", encoding="utf-8") as file:
        read = list(csv.DictReader(file))
    assert [{"time": line["time"], "status": line["status"]} for line in read] == [
        {"time": row["time"], "status": row["status"]} for row in rows
    ]
    assert [line["1-0:1.8.0"] for line in read] == [row["values"]["1-0:1.8.0"] for row in rows]
    assert not list(tmp_path.glob("*.part"))


def test_csv_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    done = run("read", METER, "profile", "--csv", str(tmp_path / "no" / "such" / "folder.csv"))
    assert (done.status, done.last["code"]) == (1, "file-not-written")
    (tmp_path / "file").write_text("")
    assert run("read", METER, "profile", "--csv", str(tmp_path / "file" / "x.csv")).last["code"] == "file-not-written"
    (tmp_path / "kept.csv").write_text("the old one")
    (tmp_path / f".kept.csv.{os.getpid()}.part").mkdir()
    assert run("read", METER, "profile", "--csv", str(tmp_path / "kept.csv")).last["code"] == "file-not-written"
    assert (tmp_path / "kept.csv").read_text() == "the old one"


@pytest.mark.parametrize("option", [["--csv", "rows.csv"], ["--from", "2026-11-01T00:00:00Z"], ["--rows"], ["--fresh"]])
@pytest.mark.parametrize("items", [[], ["events"], ["1-0:1.8.0", "clock"]])
def test_what_is_for_the_profile_is_not_ignored_where_none_is_read(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, items: list[str], option: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("read", "tcp://127.0.0.1:1", *items, *option)
    assert (done.status, done.last["code"]) == (2, "usage")
    assert option[0] in done.last["message"]
    assert not list(tmp_path.glob("rows*"))


@pytest.mark.parametrize(
    ("item", "close"), [("clocks", "clock"), ("register", "registers"), ("everything", ""), ("", "")]
)
def test_words_that_are_no_item_are_told_before_the_meter_is_asked(run: Run, item: str, close: str) -> None:
    done = run("read", "tcp://127.0.0.1:1", "clock", item)
    assert (done.status, done.last["code"]) == (2, "usage")
    assert (f"did you mean “{close}”" in done.last["message"]) == bool(close)
    assert "registers" in done.last["remedy"]


def test_one_file_takes_one_profile(run: Run, tmp_path: Path) -> None:
    words = ["read", METER, "profile", "0-0:99.1.0", "--csv", str(tmp_path / "rows.csv")]
    assert (run(*words).status, run(*words).last["code"]) == (2, "usage")
    assert run(*words[:2], *words[3:]).last["rows"] == 96
    assert (tmp_path / "rows.csv").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_csv_never_takes_the_place_of_what_is_no_file(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert run("read", METER, "profile", "--csv", str(tmp_path / "pipe")).last["code"] == "file-not-written"
    assert (tmp_path / "pipe").is_fifo(), "a device node would be gone from the system"


def test_both_logs(run: Run) -> None:
    events = run("read", "emulated:single-element", "events").of("event")
    assert {event["log"] for event in events} == {"event", "security"}
    for event in events:
        assert len(event["code"]) == 4
        assert int(event["code"], 16) > 0
        assert event["meaning"]
        moment(event["time"])


def test_what_a_log_says_beside_the_code_is_told(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("set", METER, "randomised-offset-limit", "600", "--security", "low")
    last = run("read", METER, "events", "--security", "gmac").of("event")[-1]
    assert (last["code"], last["information"]) == ("81A5", "SAP 1 gmac")
    capsys.readouterr()
    assert main(["read", METER, "events", "--security", "low"]) == 0
    assert "local port  (SAP 17 low)" in capsys.readouterr().out


def test_the_list_of_objects_says_of_each_what_browse_says(run: Run) -> None:
    listed = run("read", METER, "objects").of("object")
    browsed = run("browse", METER).of("object")
    assert listed == browsed
    register = next(line for line in listed if line["obis"] == "1-0:1.8.0")
    assert (register["class_id"], register["class"], register["version"]) == (3, "Register", 0)
    assert register["name"] == "Active energy import, total"
    assert register["attributes"] == [
        {"attribute": 1, "name": "logical_name"},
        {"attribute": 2, "name": "value"},
        {"attribute": 3, "name": "scaler_unit"},
    ]
    assert register["readable"] == [1, 2, 3]


def test_any_object_in_the_shape_of_what_it_is(run: Run) -> None:
    (register,) = run("read", METER, "1-0:1.8.0").of("register")
    assert set(register) >= {"obis", "value", "unit"}
    assert (register["obis"], register["unit"]) == ("1-0:1.8.0", "kWh")
    (clock,) = run("read", METER, "0-0:1.0.0").of("clock")
    assert moment(clock["time"])
    (one,) = run("read", METER, "3/1-0:1.8.0/3").of("object")
    assert (one["class_id"], one["obis"], one["attribute"], one["value"]) == (3, "1-0:1.8.0", 3, "× 10^0 Wh")
    attributes = run("read", METER, "0-0:96.1.1").of("object")
    assert [a["attribute"] for a in attributes] == [1, 2]
    assert attributes[1]["data"] == {"type": "octet-string", "value": "00db1234567890a0"}
    names = {line["obis"] for line in run("read", METER, "objects").of("object")}
    assert {"0-0:99.1.0", "1-0:99.1.0", "0-0:1.0.0"} <= names
    assert run("read", METER, "supply").of("supply") == [{"type": "supply", "state": "enabled"}]


def test_a_profile_by_its_name_gives_rows(run: Run) -> None:
    rows = run("read", METER, "1-0:99.1.0", "--rows").of("row")
    assert len(rows) >= 96
    assert set(rows[0]["values"]) == {"1-0:1.8.0", "1-0:2.8.0"}
    log = run("read", "emulated:single-element", "0-0:99.98.0").of("row")
    assert log
    assert all(moment(row["time"]) and "1/0-0:96.11.0/2" in row["values"] for row in log)


def test_a_csv_that_cannot_be_written_is_said_before_the_meter_is_asked(run: Run, tmp_path: Path) -> None:
    done = run("read", "tcp://127.0.0.1:1", "profile", "--csv", str(tmp_path / "no" / "rows.csv"))
    assert (done.status, done.last["code"]) == (1, "file-not-written")


@pytest.mark.parametrize(
    "name",
    [
        "1-0:99.99.99",
        "9-9:9",
        "3/1-0:1.8.0/99",
        "1/2",
        "1/1-0:1.8.0/300",
        "²/1-0:1.8.0/2",
        "99999/1-0:1.8.0/2",
    ],
)
def test_an_object_that_is_not_there(run: Run, name: str) -> None:
    done = run("read", METER, name)
    assert done.status == 1
    assert done.last["message"]
    assert done.last["remedy"]


def test_for_people_progress_goes_beside(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", METER, "clock", "registers", "profile"]) == 0
    told = capsys.readouterr()
    assert "kWh" in told.out
    assert "96" in told.err
    assert "round trips" in told.out


def test_a_trace_is_kept_in_training(run: Run, tmp_path: Path) -> None:
    assert run("read", METER, "clock", "--training").status == 0
    assert (tmp_path / "home" / "training.db").exists()
    assert not (tmp_path / "home" / "store.db").exists()


def test_a_profile_read_again_asks_only_for_what_is_missing(run: Run, tmp_path: Path) -> None:
    words = ["read", "emulated:single-element?days=10", "profile", "--training", "--data-dir", str(tmp_path / "data")]
    first = run(*words, "--csv", str(tmp_path / "first.csv"))
    again = run(*words, "--csv", str(tmp_path / "again.csv"))
    fresh = run(*words, "--fresh")
    assert first.last["rows"] == first.last["rows_from_meter"] == fresh.last["rows_from_meter"]
    assert first.last["rows"] >= 10 * 48
    assert again.last["rows"] >= first.last["rows"]
    assert again.last["rows_from_meter"] <= 2  # the row at the seam, and one if a half-hour has just ended
    assert again.last["bytes_rx"] < first.last["bytes_rx"] / 2
    lines = (tmp_path / "first.csv").read_text().splitlines()
    assert (tmp_path / "again.csv").read_text().splitlines()[: len(lines)] == lines


@pytest.mark.parametrize("store", [[], ["--training"]])
@pytest.mark.parametrize("security", ["low", "gmac"])
def test_rows_that_are_counted_while_they_come_are_those_of_the_result(
    run: Run, tmp_path: Path, store: list[str], security: str
) -> None:
    """COSEM's ranges include both ends, ours exclude the last: nobody has asked for that row."""
    whole = run("read", METER, "profile", "--rows").of("row")
    start, end = whole[-6]["time"], whole[-3]["time"]
    done = run("read", METER, "profile", "--from", start, "--to", end, "--rows", "--security", security, *store)
    assert [row["time"] for row in done.of("row")] == [row["time"] for row in whole[-6:-3]]
    assert (done.last["rows"], done.last["rows_from_meter"]) == (3, 3)
    last = done.of("progress")[-1]
    assert (last["done"], last["total"]) == (3, 3)
    assert all(line["total"] in (None, 3) for line in done.of("progress"))


def test_rows_of_any_profile_have_their_units(run: Run) -> None:
    words = ("--security", "low")
    days = run("read", "emulated:prepayment-flat?days=3", "0-0:99.1.3", *words).of("row")
    assert len(days) >= 2
    for row in days:
        (raw,), (words_of,) = row["values"].values(), row["shown"].values()
        assert words_of == f"{int(raw) / 1000:.3f} kWh"
    paid = run("read", "emulated:prepayment-flat?days=30", "0-0:98.1.5", *words).of("row")
    assert paid
    assert all(row["shown"]["112/0-0:19.10.0/2"].endswith(" GBP") for row in paid)
