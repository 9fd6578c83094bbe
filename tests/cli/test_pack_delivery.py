"""``hht pack build`` and ``deliver``: a training job's commands, by radio, to a meter in another process; and once."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hht.protocol.gbcs.envelope import Cra, parse
from tests.cli.conftest import Run
from tests.conftest import ROOT
from tests.support.emulate import Emulated

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ptys are POSIX's")
GPF_ID = "00-DB-12-34-56-78-90-A3"


@pytest.fixture(scope="module")
def dongle() -> Iterator[str]:
    words = ("--han", "pty", "--days", "1", "--speed", "100", "--hub-fresh")
    with Emulated("dual-fuel", *words) as emulated:
        yield str(emulated.listening["han"])


@pytest.fixture
def pack(run: Run, tmp_path: Path) -> str:
    """The pack of a job for the meter of that home."""
    job = json.loads((ROOT / "resources" / "jobs" / "demo.json").read_text(encoding="utf-8"))
    job["devices"][0]["device_id"] = "00-DB-12-34-56-78-95-A0"
    (tmp_path / "job.json").write_text(json.dumps(job), encoding="utf-8")
    path = str(tmp_path / "visit.pack")
    assert run("pack", "build", str(tmp_path / "job.json"), "--out", path).status == 0
    return path


@pytest.mark.requirement("HHT-03")
def test_a_pack_goes_out_once_and_its_answers_come_home(run: Run, dongle: str, pack: str, tmp_path: Path) -> None:
    assert run("pack", "verify", pack, "--job", "J-1042").lines[0]["desk"] == "training desk"
    answers = tmp_path / "answers.jsonl"
    words = ("pack", "deliver", pack, dongle, "--hub", GPF_ID, "--training", "--answers", str(answers))
    done = run(*words)
    assert done.status == 0, done.lines
    told = {line["entry"]: line for line in done.lines if line["type"] == "entry"}
    assert [one["state"] for one in told.values()] == ["done"] * 3
    assert told["set-limit"]["vouched"]
    home = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
    assert [one["entry"] for one in home] == ["set-mpan", "set-limit", "read-mpan"]
    read = parse(base64.b64decode(home[-1]["response"]))
    assert read.kind is Cra.RESPONSE
    assert b"1200023305967" in read.payload
    again = run(*words)
    assert (again.status, again.lines[-1]["done"]) == (0, 3)
    assert not [line for line in again.lines if line["type"] == "progress"]  # nothing is sent a second time


def test_what_may_not_be_delivered_stays_here(run: Run, pack: str, tmp_path: Path) -> None:
    link = "emulated:dual-fuel?via=han"
    assert run("pack", "deliver", pack, link, "--hub", GPF_ID, "--job", "J-7").lines[-1]["code"] == "pack-other-job"
    assert run("pack", "deliver", pack, link, "--hub", GPF_ID, "--live").lines[-1]["code"] == "training-only"
    assert run("pack", "deliver", pack, "emulated:dual-fuel", "--hub", GPF_ID).lines[-1]["code"] == "link-not-a-dongle"
    changed = tmp_path / "changed.pack"
    changed.write_bytes(Path(pack).read_bytes().replace(b'"payload": "e', b'"payload": "f', 1))
    assert run("pack", "deliver", str(changed), link, "--hub", GPF_ID).status == 1


def test_live_work_is_not_prepared_here(run: Run, tmp_path: Path) -> None:
    job = json.loads((ROOT / "resources" / "jobs" / "demo.json").read_text(encoding="utf-8"))
    job["training"], job["link"] = False, "optical:/dev/ttyUSB0"
    (tmp_path / "job.json").write_text(json.dumps(job), encoding="utf-8")
    done = run("pack", "build", str(tmp_path / "job.json"), "--out", str(tmp_path / "a.pack"))
    assert done.lines[-1]["code"] == "pack-training"
    assert not (tmp_path / "a.pack").exists()
