"""``hht pack build`` and ``deliver``: a training job's commands, by radio, to a meter in another process; and once."""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hht.clock import ManualClock
from hht.packs.kept import KeptRecords, PackStore
from hht.packs.records import RecordKind
from hht.protocol.gbcs.envelope import Cra, parse
from tests.cli.conftest import Run
from tests.conftest import ROOT
from tests.store.conftest import OpenStore, clock, open_store
from tests.support.emulate import Emulated
from ui import stores
from ui.cli.pack_delivery import PackService, desk_watch
from ui.compose import Composer
from ui.packs import Packs
from ui.system import SystemClock

__all__ = ["clock", "open_store"]

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
    home = json.loads(answers.read_text(encoding="utf-8"))["answers"]
    assert [one["entry"] for one in home] == ["set-mpan", "read-mpan", "set-limit"]
    read = parse(base64.b64decode(home[1]["response"]))
    assert read.kind is Cra.RESPONSE
    assert b"1200023305967" in read.payload
    again = run(*words)
    assert (again.status, again.lines[-1]["done"]) == (0, 3)
    assert not [line for line in again.lines if line["type"] == "progress"]  # nothing is sent a second time
    assert run("pack", "deliver", "J-1042", dongle, "--hub", GPF_ID).status == 0  # by its job: it is kept
    shown = run("pack", "show", "J-1042")
    assert [line["state"] for line in shown.lines if line["type"] == "entry"] == ["done"] * 3
    out, requests = tmp_path / "home.json", tmp_path / "requests"
    exported = run(
        "pack", "export", "J-1042", "--out", str(out), "--duis", str(requests), "--first-counter", "9000"
    ).lines[-1]
    assert (exported["answers"], exported["head"]) == (3, shown.lines[-1]["head"])
    assert [Path(path).name for path in exported["requests"]] == [
        "001-set-mpan.xml",
        "002-read-mpan.xml",
        "003-set-limit.xml",
    ]
    checked = run("pack", "verify", pack, "--answers", str(out), "--head", exported["head"])
    assert (checked.status, checked.lines[-1]["answers"]) == (0, 3)
    out.write_text(out.read_text().replace("read-mpan", "read-mpam"))
    assert run("pack", "verify", pack, "--answers", str(out)).lines[-1]["code"] == "answers-altered"


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


def test_a_pack_is_kept_and_what_a_person_notes_of_it(run: Run, pack: str) -> None:
    assert run("pack", "list").lines[-1]["packs"] == 0
    taken = run("pack", "take", pack, "--job", "J-1042")
    assert (taken.status, taken.lines[0]["next"]) == (0, "set-mpan")
    listed = run("pack", "list").lines[0]
    assert (listed["key"], listed["done"], listed["entries"]) == (taken.lines[-1]["key"], 0, 3)
    assert run("pack", "freeze", "J-1042", "--why", "the WAN is back").lines[-1]["frozen"] == "the WAN is back"
    frozen = run("pack", "deliver", "J-1042", "emulated:dual-fuel?via=han&days=1", "--hub", GPF_ID)
    assert (frozen.status, frozen.lines[-1]["code"]) == (1, "pack-frozen")
    first = run("pack", "show", "J-1042").lines[1]
    reached = f"{first['device']}={first['originator_counter']}"
    done = run("pack", "confirm", "J-1042", "--reference", "D-77", "--reached", reached)
    assert (done.status, done.lines[-1]["frozen"]) == (0, "")
    states = [line["state"] for line in run("pack", "show", "J-1042").lines if line["type"] == "entry"]
    assert states == ["void", "blocked", "waiting"]
    passed = run("pack", "pass-over", "J-1042", "--entry", "set-limit", "--engineer", "A. Engineer")
    assert (passed.lines[0]["state"], passed.lines[0]["why"]) == ("void", "passed over by A. Engineer")


def test_install_codes_are_sealed_for_this_terminal_and_compared_without_being_shown(run: Run, tmp_path: Path) -> None:
    job = json.loads((ROOT / "resources" / "jobs" / "demo.json").read_text(encoding="utf-8"))
    gas = {"type": "gas-meter", "device_id": "00-DB-12-34-56-78-90-A1", "mprn": "1234567810"}
    job |= {"link": "emulated:dual-fuel", "devices": [*job["devices"], gas]}
    (tmp_path / "job.json").write_text(json.dumps(job), encoding="utf-8")
    key, out = str(tmp_path / "terminal.pem"), str(tmp_path / "gas.pack")
    assert run("pack", "terminal-key", "--out", key).lines[-1] == run("pack", "terminal-key", "--out", key).lines[-1]
    words = ("pack", "build", str(tmp_path / "job.json"), "--out", out)
    assert run(*words, "--terminal", key, "--with", "identity").status == 0
    assert run("pack", "take", out).status == 0
    for code, status in (("1122334455667788112233445566778A", 0), ("1122334455667788112233445566778B", 1)):
        done = run("pack", "check-code", "J-1042", gas["device_id"], "-", stdin=code)
        assert (done.status, done.lines[-1]["ok"]) == (status, status == 0)
        assert code not in json.dumps(done.lines) + done.errors
    assert run(*words, "--terminal", out).lines[-1]["code"] == "terminal-key"
    assert run(*words, "--premises", "nowhere", "--with", "whitelist").lines[-1]["code"] == "premises-unknown"
    assert run(*words, "--edition", "0").lines[-1]["code"] == "pack-edition"


def test_a_hub_that_knows_nothing_of_a_message_is_not_taken_for_proof(
    run: Run, dongle: str, pack: str, tmp_path: Path
) -> None:
    """A command whose process died as it left: the hub never heard of it, and may have been switched off since."""
    key = run("pack", "take", pack).lines[-1]["key"]
    with stores.open_store(tmp_path / "home", "", training=True, clock=SystemClock()) as store:
        first = PackStore(store).of_job("J-1042")[0].pack.entry("set-mpan").message
        left = {"counter": first.counter, "originator": first.originator.hex(), "target": first.target.hex()}
        way = {"code": first.message_code, "way": f"han {GPF_ID}", "reference": 60_000}
        KeptRecords(store, key).append(RecordKind.INTENT, "set-mpan", left | way)
    words = ("pack", "settle", "J-1042", dongle, "--hub", GPF_ID)
    asked = run(*words)
    assert (asked.status, asked.lines[-1]["unknown"]) == (1, ["set-mpan"])
    proven = run(*words, "--entry", "set-mpan", "--by-reading")
    told = {line["entry"]: line["state"] for line in proven.lines if line["type"] == "entry"}
    assert (told["read-mpan"], told["set-mpan"]) == ("done", "done")  # the meter holds that MPAN from its premises on
    assert proven.lines[-1]["unknown"] == []


REFUSED: dict[str, tuple[tuple[str, ...], int, str]] = {
    "a pack that is not kept": (("show", "J-9"), 1, "pack-not-kept"),
    "nothing that settles": (("settle", "J-1042"), 2, "usage"),
    "nothing that was seen": (("settle", "J-1042", "--entry", "set-mpan", "--done", "--engineer", "A"), 2, "usage"),
    "nobody who says so": (("settle", "J-1042", "--entry", "set-mpan", "--done", "--seen", "the MPAN"), 2, "usage"),
    "nothing unknown": (
        ("settle", "J-1042", "--entry", "set-mpan", "--done", "--seen", "the MPAN", "--engineer", "A"),
        1,
        "pack-not-unknown",
    ),
    "no hub": (("settle", "J-1042", "emulated:dual-fuel?via=han"), 2, "usage"),
    "no command to prove": (
        ("settle", "J-1042", "emulated:dual-fuel?via=han", "--hub", GPF_ID, "--by-reading"),
        2,
        "usage",
    ),
    "no such command": (("pass-over", "J-1042", "--entry", "set-mpam", "--engineer", "A"), 1, "pack-no-entry"),
    "nothing frozen": (("confirm", "J-1042", "--reference", "D-1"), 1, "pack-not-frozen"),
    "no counter": (("confirm", "J-1042", "--reference", "D-1", "--reached", "00-DB-12-34-56-78-95-A0"), 2, "usage"),
    "another device": (("confirm", "J-1042", "--reference", "D", "--reached", "00-DB-12-34-56-78-95-A1=5"), 2, "usage"),
    "no free counter": (("export", "J-1042", "--out", "a.json", "--duis", "requests"), 2, "usage"),
    "the live store without --live": (("list", "--pass-phrase-file", "phrase"), 1, "training-only"),
    "a person without --live": (("show", "J-1042", "--person", "ann"), 1, "training-only"),
    "a desk's trust of live work without --live": (("trust", "--person", "ann"), 1, "training-only"),
    "no trusted desk": (("take", "visit.pack", "--live"), 1, "pack-no-desk"),
    "one's own desk": (("take", "visit.pack", "--live", "--desk-key", "desk.pem"), 1, "pack-desk-key"),
}


def test_what_makes_no_sense_is_refused_with_a_way_on(run: Run, pack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(pack).parent)
    assert run("pack", "take", pack).status == 0
    for name, (words, status, code) in REFUSED.items():
        done = run("pack", *words)
        assert (name, done.status, done.lines[-1]["code"]) == (name, status, code)
        assert done.lines[-1]["remedy"]
    assert not Path("a.json").exists()


async def test_the_desk_is_asked_whether_the_wan_is_back(open_store: OpenStore, clock: ManualClock) -> None:
    """It is said once, when it comes back; and not where the desk has confirmed the pack with the WAN up."""
    store, composer = open_store(), Composer(SystemClock(), training=True)
    service = PackService(Packs(store, clock, composer), store, composer)
    args = argparse.Namespace(
        desk="desk:emulated", hub="00-DB-12-34-56-79-01-A3", link="emulated:dual-fuel-connected?via=han&days=1"
    )
    try:
        watch, sure = (desk_watch(args, service, confirmed=confirmed) for confirmed in (False, True))
        assert watch is not None
        assert sure is not None
        assert "WAN is back" in await watch()
        assert await watch() == ""
        assert await sure() == ""
    finally:
        await composer.close()
    assert desk_watch(argparse.Namespace(desk=None), service, confirmed=False) is None
