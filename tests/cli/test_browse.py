"""``hht browse``: what a meter shows, found by words, read, and exported."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import METER, Run


def test_every_object_is_listed_and_found_by_words(run: Run) -> None:
    every = run("browse", METER)
    assert every.status == 0
    objects = every.of("object")
    assert every.last == {"type": "result", "ok": True, "objects": len(objects), "total": len(objects), "export": ""}
    registers = run("browse", METER, "REGISTER", "energy").of("object")
    assert (registers[0]["class_id"], registers[0]["obis"], registers[0]["class"]) == (3, "1-0:1.8.0", "Register")
    (switch,) = run("browse", METER, "0-0:96.3.10").of("object")
    assert switch["name"] == "SupplyState"
    assert switch["readable"] == [1, 2, 3, 4]
    nothing = run("browse", METER, "toaster")
    assert (nothing.status, nothing.last["code"]) == (1, "no-object")


def test_attributes_are_read_where_asked_and_a_buffer_is_not(run: Run) -> None:
    (clock,) = run("browse", METER, "clock", "0-0:1.0.0", "--read").of("object")
    by_name = {a["name"]: a for a in clock["attributes"]}
    assert by_name["time"]["text"].endswith("UTC")
    assert by_name["time"]["data"]["type"] == "octet-string"
    (profile,) = run("browse", METER, "0-0:99.1.0", "--read").of("object")
    buffer = next(a for a in profile["attributes"] if a["name"] == "buffer")
    assert "data" not in buffer
    assert "profile" in buffer["error"]


@pytest.mark.parametrize("suffix", ["json", "csv"])
def test_an_export_holds_every_object(run: Run, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"objects.{suffix}"
    done = run("browse", METER, "--export", str(path))
    assert done.last["export"] == str(path)
    listed = {(o["class_id"], o["obis"]) for o in run("browse", METER).of("object")}
    if suffix == "json":
        body = json.loads(path.read_text())
        assert (body["format"], body["version"]) == ("hht-objects", 1)
        assert {(o["class_id"], o["obis"]) for o in body["objects"]} == listed
    else:
        rows = list(csv.DictReader(path.open()))
        assert {(int(r["class_id"]), r["obis"]) for r in rows} == listed


def test_a_file_that_cannot_be_written_is_said_before_the_meter_is_read(run: Run, tmp_path: Path) -> None:
    done = run("browse", METER, "--export", str(tmp_path / "no" / "folder.json"))
    assert (done.status, done.last["code"]) == (1, "file-not-written")
    assert done.of("object") == []
    assert run("browse", METER, "--export", "/dev/null").last["code"] == "file-not-written"


@pytest.mark.parametrize("name", ["objects.txt", "objects", "objects.json.bak", "csv"])
def test_an_export_whose_kind_is_not_known_is_not_guessed(run: Run, tmp_path: Path, name: str) -> None:
    done = run("browse", "tcp://127.0.0.1:1", "--export", str(tmp_path / name))
    assert (done.status, done.last["code"]) == (2, "usage")
    assert ".json or .csv" in done.last["remedy"]
    assert not list(tmp_path.glob("*obj*"))
