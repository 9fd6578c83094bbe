"""What goes wrong on site: each a code, a sentence and a remedy; nothing lost, nothing written that should not be."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support import forked
from tests.support.command import JOB, Done, hht, hht_on_a_small_disk, job_file, visit_words
from tests.support.emulate import Emulated
from ui.cli.main import main


def refused(done: Done, code: str) -> None:
    assert done.status == 1, done.lines
    assert done.last["type"] == "error"
    assert done.last["code"] == code, done.last
    assert done.last["message"]
    assert done.last["remedy"]


def test_wrong_meter_on_the_wall(tmp_path: Path) -> None:
    with Emulated("next-door", "--optical", "tcp://127.0.0.1:0", "--events", "--days", "1") as meter:
        refused(hht(*visit_words("run", tmp_path, meter.url)), "wrong-meter")
        assert meter.events() == []


def test_wrong_label_scanned(tmp_path: Path) -> None:
    words = visit_words("run", tmp_path, "emulated:single-element", **{"scan-meter": "00-DB-12-34-56-78-90-A1"})
    done = hht(*words)
    assert done.status == 1
    assert "90-A1" in done.last["message"] + done.last["remedy"]


def test_wrong_password_and_wrong_keys(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("Wrong\n")
    keys = {"ek": "00" * 16, "ak": "11" * 16, "client_title": "4848545445524D31"}
    (tmp_path / "keys.json").write_text(json.dumps(keys))
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "1") as meter:
        low = hht("identify", meter.url, "--security", "low", "--password-file", str(tmp_path / "password"))
        assert low.status == 1
        assert low.last["code"] == "authentication-failed" or "lock" in low.last["remedy"]
        assert "Wrong" not in json.dumps(low.lines) + low.errors
        gmac = hht("identify", meter.url, "--keys", str(tmp_path / "keys.json"))
        assert gmac.status == 1
        assert "1111" not in json.dumps(gmac.lines) + gmac.errors
        security = hht("read", meter.url, "events", "--training", "--data-dir", str(tmp_path / "data"))
        assert "8F53" in {event["code"] for event in security.of("event")}


def test_a_port_that_is_for_reading_only(tmp_path: Path) -> None:
    with Emulated("smets2-read-only", "--optical", "tcp://127.0.0.1:0", "--events", "--days", "1") as meter:
        store = ["--training", "--data-dir", str(tmp_path)]
        refused(hht("set", meter.url, "randomised-offset-limit", "600", *store), "local-access")
        assert meter.events() == []


@pytest.mark.parametrize("premises", ["refuses-writes", "forgets-writes"])
def test_meters_that_refuse_or_forget(premises: str, tmp_path: Path) -> None:
    with Emulated(premises, "--optical", "tcp://127.0.0.1:0", "--days", "1") as meter:
        done = hht("set", meter.url, "randomised-offset-limit", "600", "--training", "--data-dir", str(tmp_path))
        assert done.status == 1
        assert done.last["remedy"]
        if premises == "forgets-writes":
            assert done.last["code"] == "read-back-mismatch"


def test_set_and_read_back_by_command(tmp_path: Path) -> None:
    store = ["--training", "--data-dir", str(tmp_path)]
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--events", "--days", "1") as meter:
        first = hht("set", meter.url, "mpan", "1200023305967", *store)
        assert first.last == first.last | {"ok": True, "item": "mpan", "before": "", "after": "1200023305967"}
        assert "Supplier" in first.last["authority"]
        assert hht("set", meter.url, "mpan", "1200023305967", *store).last["written"] is False
        assert hht("set", meter.url, "clock", "now", *store).last["written"] is True
        assert hht("set", meter.url, "contact-name", "E-ON", *store).last["after"] == "E-ON"
        assert len(meter.events()) == 3
        refused(hht("set", meter.url, "mpan", "1200023305968", *store), "mpan-check-digit")
        refused(hht("set", meter.url, "randomised-offset-limit", "1800", *store), "randomised-offset-limit-range")
        refused(hht("set", meter.url, "mprn", "3938424403", *store), "not-on-this-device")
        assert meter.events() == []


def test_profile_from_inclusive_to_exclusive(tmp_path: Path) -> None:
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0") as meter:
        whole = hht("read", meter.url, "profile", "--rows")
        rows = whole.of("row")
        assert whole.last["rows"] == len(rows) in (19008, 19009)  # a half-hour may have ended since
        assert set(rows[0]["values"]) == {"1-0:1.8.0", "1-0:2.8.0"}
        start, end = rows[100]["time"], rows[200]["time"]
        part = hht("read", meter.url, "profile", "--from", start, "--to", end, "--rows")
        assert part.of("row") == rows[100:200]
        path = tmp_path / "profile.csv"
        assert hht("read", meter.url, "profile", "--from", start, "--to", end, "--csv", str(path)).last["rows"] == 100
        lines = path.read_text().splitlines()
        assert lines[0] == "time,status,1-0:1.8.0,1-0:2.8.0"
        assert len(lines) == 101
        assert hht("read", meter.url, "profile", "--from", end, "--to", start).status == 2


def test_nobody_there() -> None:
    refused(hht("identify", "tcp://127.0.0.1:1"), "link-unavailable")
    refused(hht("identify", "optical:/dev/ttyNONE"), "link-absent")
    refused(hht("identify", "telepathy:1"), "link-url")
    refused(hht("identify", "dongle:/dev/ttyACM0"), "link-not-a-meter")
    refused(hht("identify", "ble:somewhere"), "link-url")
    refused(hht("identify", "emulated:nowhere"), "premises-unknown")


def test_job_files_that_are_wrong(tmp_path: Path) -> None:
    store = ["--training", "--data-dir", str(tmp_path / "data")]
    bad = job_file(tmp_path, mpan="1200023305968", device_id="xyz", surprise=1)
    done = hht("visit", "new", str(bad), *store)
    assert done.status == 1
    text = json.dumps(done.last)
    for words in ("mpan", "device_id", "surprise", "line"):
        assert words in text
    for content in (b"", b"{", b"[]", b"\xff\xfe\x00", b'{"a":1,"a":2}', b"[" * 5000):
        (tmp_path / "broken.json").write_bytes(content)
        done = hht("visit", "new", str(tmp_path / "broken.json"), *store)
        assert done.status == 1
        assert done.last["remedy"]


def missing_fields() -> list[tuple[str, ...]]:
    """The path of every field that a job must have."""
    job = ("format", "reference", "walkthrough", "training", "premises", "devices")
    return [
        *((name,) for name in job),
        ("premises", "address"),
        ("premises", "postcode"),
        *(("devices", "0", name) for name in ("type", "device_id", "mpan", "randomised_offset_limit_s")),
    ]


@pytest.mark.parametrize("path", missing_fields(), ids=".".join)
def test_a_job_file_with_a_missing_field(
    path: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = json.loads(JOB.read_text())
    place = job
    for name in path[:-1]:
        place = place[int(name) if name.isdigit() else name]
    del place[path[-1]]
    (tmp_path / "job.json").write_text(json.dumps(job, indent=1))
    words = ["--training", "--data-dir", str(tmp_path / "data"), "--json"]
    assert main(["visit", "new", str(tmp_path / "job.json"), *words]) == 1
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["type"] == "error"
    assert path[-1] in json.dumps(told)
    assert told["remedy"]
    assert main(["visit", "list", *words]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["jobs"] == 0, "a wrong job was kept"


@pytest.mark.sampled(one_in=2)
@pytest.mark.parametrize("kib", [60, 120, 170, 260, 420, 560])
def test_a_disk_that_is_full(kib: int, tmp_path: Path) -> None:
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--events", "--days", "1") as meter:
        words = visit_words("run", tmp_path, meter.url)
        full = hht_on_a_small_disk(kib, *words)
        assert full.status == 1
        assert full.last["code"] in ("store-io-error", "store-disk-full")
        assert full.last["remedy"]
        done = hht(*words)
        assert done.last["outcome"] == "complete", done.last
        written = Counter(event["object"] for event in meter.events())
        assert written == {"0-0:1.0.0": 1, "0-0:94.44.0.1": 1, "0-0:94.44.34.11": 1}


def test_the_live_store_wants_its_pass_phrase_and_no_emulated_meter(tmp_path: Path) -> None:
    refused(hht("visit", "list", "--data-dir", str(tmp_path)), "pass-phrase-needed")
    (tmp_path / "phrase").write_text("correct horse battery\n")
    store = ["--data-dir", str(tmp_path), "--pass-phrase-file", str(tmp_path / "phrase")]
    assert hht("visit", "list", *store).status == 0
    (tmp_path / "wrong").write_text("another phrase\n")
    wrong = hht("visit", "list", "--data-dir", str(tmp_path), "--pass-phrase-file", str(tmp_path / "wrong"))
    assert wrong.status == 1
    refused(hht("visit", "new", str(ROOT / "resources" / "jobs" / "demo.json"), *store), "wrong-trust")


def test_the_meter_goes_away_in_the_middle_and_comes_back(tmp_path: Path) -> None:
    link = str(tmp_path / "meter.pty")
    with Emulated("single-element", "--optical", link, "--days", "1") as meter:
        meter.process.send_signal(signal.SIGSTOP)  # a probe that has slipped: silence
        words = visit_words("run", tmp_path, f"optical:{link}")
        visit = forked.run("ui", *words, "--json", timeout_s=100)
        output = visit.stdout
        assert visit.returncode == 1
        last = json.loads(output.splitlines()[-1])
        assert last["code"] in ("sign-on-silent", "link-timeout")
        meter.process.send_signal(signal.SIGCONT)
        time.sleep(0.3)
        assert hht(*words).last["outcome"] == "complete"


def until_connecting(visit: forked.Forked) -> None:
    """Wait until the visit talks to the (silent) meter, however slow the machine."""
    for line in visit.stdout:
        if '"connect"' in line:
            return


def test_interrupted_by_the_person(tmp_path: Path) -> None:
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--events", "--days", "1") as meter:
        meter.process.send_signal(signal.SIGSTOP)
        visit = forked.Forked("ui", *visit_words("run", tmp_path, meter.url), "--json")
        until_connecting(visit)
        visit.send_signal(signal.SIGINT)
        output, _errors = visit.communicate(timeout=100)
        assert visit.returncode == 130
        assert json.loads(output.splitlines()[-1])["code"] == "cancelled"
        meter.process.send_signal(signal.SIGCONT)
        time.sleep(0.3)
        assert hht(*visit_words("resume", tmp_path, meter.url)).last["outcome"] == "complete"


def test_a_report_that_cannot_be_written_loses_nothing(tmp_path: Path) -> None:
    words = visit_words("run", tmp_path, "emulated:single-element?days=1")
    (tmp_path / "out").write_text("a file where the folder should be")
    done = hht(*words)
    refused(done, "report-not-written")
    (result,) = done.of("result")
    assert (result["outcome"], result["report"], result["ok"]) == ("complete", "", False)
    (tmp_path / "out").unlink()
    again = hht(
        "visit", "report", "J-1042", "--training", "--data-dir", str(tmp_path / "data"), "--out", str(tmp_path / "out")
    )
    assert again.status == 0, again.last
    assert (tmp_path / "out" / "report.pdf").exists()


def test_two_terminals_on_one_store(tmp_path: Path) -> None:
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--events", "--days", "1") as meter:
        meter.process.send_signal(signal.SIGSTOP)
        words = visit_words("run", tmp_path, meter.url)
        one = forked.Forked("ui", *words, "--json")
        until_connecting(one)
        refused(hht(*words), "visit-in-use")
        meter.process.send_signal(signal.SIGCONT)
        one.communicate(timeout=100)
        assert one.returncode == 0
        assert len(meter.events()) == 3


def test_nothing_readable_in_the_store(tmp_path: Path) -> None:
    assert hht(*visit_words("run", tmp_path, "emulated:single-element?days=1")).status == 0
    for path in (tmp_path / "data").rglob("*"):
        if path.is_file() and "reports" not in path.parts:
            content = path.read_bytes()
            for secret in (b"1200023305967", b"Specimen", b"12345678901", b"D0D1D2D3", b"Gurux", b"Sampleton"):
                assert secret not in content, f"{secret!r} in {path.name}"
