"""``hht history`` and ``hht logs``: the same meter by day and by month, as JSON and as files; what each code means."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hht.evidence import check_bundle
from hht.store.profile_store import Stretch
from tests.cli.conftest import METER, Run
from ui.histories import kept_history
from ui.stores import open_store
from ui.system import SystemClock


@pytest.mark.requirement("EED-03")
def test_days_are_told_with_their_sources(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "days.csv"
    done = run("history", METER, "--by", "day", "--months", "1", "--csv", str(file))
    assert done.status == 0, done.lines
    rows = [line for line in done.lines if line["type"] == "row"]
    assert all(row["unit"] == "kWh" and row["sources"][0] == "profile" for row in rows)
    assert rows[-1]["note"] == "so far"
    assert rows[-1]["total"] == pytest.approx(sum(row["amount"] for row in rows)) == done.last["total"]
    sources = {line["source"]: line for line in done.lines if line["type"] == "source"}
    assert "13 months" in sources["profile"]["limit"]
    assert done.last["gap"]
    with file.open(newline="") as opened:
        written = list(csv.DictReader(opened))
    assert [one["bucket"] for one in written] == [row["bucket"] for row in rows]


@pytest.mark.requirement("EED-05")
def test_24_months_come_by_the_meters_own_port_where_no_wan_brings_them(run: Run) -> None:
    far = run("history", "emulated:beyond-the-wan?days=800", "--by", "month", "--training")
    rows = [line for line in far.lines if line["type"] == "row"]
    whole = [row for row in rows if row["known"] > 0.99]
    assert far.status == 0
    assert len(whole) >= 23, "all but the first, of which the log has a part, and this one"
    assert {name for row in rows for name in row["sources"]} >= {"daily-log"}
    gas = ["--device", "00-DB-12-34-56-79-0B-A3", "--by", "month", "--training"]
    none = run("history", "desk:emulated?premises=beyond-the-wan&days=1", *gas)
    (source,) = [line for line in none.lines if line["type"] == "source"]
    assert (source["figures"], source["why"]) == (0, "there has never been WAN here")


@pytest.mark.requirement("PRV-01")
@pytest.mark.parametrize("words", [["--by", "day"], ["--by", "month", "--fine"]])
def test_of_a_real_meter_nobody_reads_days_unasked(run: Run, words: list[str]) -> None:
    done = run("history", "tcp://127.0.0.1:1", *words)
    assert (done.status, done.last["code"]) == (1, "history-consent")


def test_what_was_read_is_logged_and_forgotten(run: Run, tmp_path: Path) -> None:
    assert run("history", METER, "--by", "day", "--training", "--agreed", "Mrs Jones").status == 0
    kinds = [(line["kind"], line["details"]) for line in run("log", "--training").lines if line["type"] == "entry"]
    assert ("history-read", "Mrs Jones") in [(kind, told.get("agreed")) for kind, told in kinds]
    assert all(told["who"] for kind, told in kinds if kind == "history-read")
    assert run("history", METER, "--training", "--forget").status == 0
    log = run("log", "--training")
    assert log.lines[-2]["kind"] == "history-forgotten"
    assert all(line["by"] for line in log.of("entry"))
    exported = run("log", "--training", "--export", str(tmp_path / "log.hhtb"))
    assert (exported.status, exported.last["entries"]) == (0, log.last["entries"])
    verdict = check_bundle((tmp_path / "log.hhtb").read_bytes(), exported.last["key"])
    assert (verdict.code, verdict.visit, verdict.count) == ("", "store-log", log.last["entries"])
    last = run("log", "--training").of("entry")[-1]
    assert (last["kind"], last["details"]["entries"], bool(last["by"])) == ("log-exported", verdict.count, True)
    assert last["details"]["key"] == exported.last["key"]
    refused = run("log", "--training", "--export", str(tmp_path / "nowhere" / "log.hhtb"))
    assert refused.last["code"] == "file-not-written"
    assert len(run("log", "--training").of("entry")) == verdict.count + 1, "what was not written was not exported"


@pytest.mark.parametrize("words", [["--months", "121"], ["--months", "-1"], ["--by", "hour"]])
def test_what_is_no_history(run: Run, words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run("history", METER, *words)
    assert caught.value.code == 2


def test_logs_say_what_codes_mean(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    done = run("logs", METER, "--csv", str(file))
    entries = [line for line in done.lines if line["type"] == "event"]
    assert done.last["entries"] == len(entries) > 0
    assert [one["time"] for one in entries] == sorted((one["time"] for one in entries), reverse=True)
    assert all(one["meaning"] for one in entries)
    assert len(file.read_text().splitlines()) == len(entries) + 1
    one = entries[-1]
    only = run("logs", METER, "--log", one["log"], "--code", one["code"])
    assert {line["code"] for line in only.lines if line["type"] == "event"} == {one["code"]}


def test_a_code_that_is_none_is_refused(run: Run) -> None:
    assert run("logs", METER, "--code", "XYZ").status == 2


def test_of_a_desk_the_device_has_to_be_named(run: Run) -> None:
    for command in ("history", "logs"):
        done = run(command, "desk:emulated?premises=dual-fuel-connected&days=1", "--training")
        assert done.status == 2
        assert "--device" in done.errors + str(done.lines)


@pytest.mark.requirement("PRV-01")
def test_gas_is_forgotten_however_its_number_is_written(run: Run, tmp_path: Path) -> None:
    where = ["--training", "--data-dir", str(tmp_path)]
    with open_store(tmp_path, "", training=True, clock=SystemClock()) as store:
        (kept,) = filter(None, [kept_history(store, "00-DB-12-34-56-79-01-A3")])
        kept.days.add([], Stretch(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)))
    none = run("history", "desk:emulated", "--device", "00DB", "--forget", *where)
    assert (none.status, none.last["type"]) == (1, "error")
    gone = run("history", "desk:emulated", "--device", "00db1234567901a3", "--forget", *where)
    assert (gone.status, gone.last["device"]) == (0, "00-DB-12-34-56-79-01-A3")
    with open_store(tmp_path, "", training=True, clock=SystemClock()) as store:
        assert store.rows("profile_chunks") == []
