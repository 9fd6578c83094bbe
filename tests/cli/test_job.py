"""``hht job``: jobs taken in from files, folders and codes, what differs, the list with its filters."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hht.clock import ManualClock
from hht.resources import resource_text
from hht.store.errors import StoreError
from hht.work.job_code import job_parts, parse_part
from hht.work.visit_store import VisitStore
from tests.cli.conftest import Run
from tests.scan.drawing import as_file, code, paper
from tests.work import signing
from ui.intake import Intake
from ui.job_folder import REFUSED, JobFolder
from ui.stores import open_store
from ui.system import SystemClock

T = "--training"
DEMO = resource_text("jobs", "demo.json")


def changed(**changes: Any) -> str:
    return json.dumps({**json.loads(DEMO), **changes})


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    with open_store(tmp_path / "store", "", training=True, clock=SystemClock()) as store:
        yield Intake(store)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[JobFolder]:
    (tmp_path / "in").mkdir()
    with open_store(tmp_path / "store", "", training=True, clock=SystemClock()) as store:
        yield JobFolder(tmp_path / "in", store)


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_several_files_and_a_folder_are_taken_in_and_each_bad_one_is_told(intake: Intake, tmp_path: Path) -> None:
    put(tmp_path, "a.json", DEMO)
    put(tmp_path, "b.json", changed(reference="J-2"))
    put(tmp_path, "c.json", changed(reference="J-3", walkthrough="juggle"))
    put(tmp_path, "d.json", DEMO[:200])
    put(tmp_path, "notes.doc", "not looked at")
    taken = intake.files([tmp_path, tmp_path / "gone.json"])
    assert [(one.source, one.state) for one in taken] == [
        ("a.json", "new"), ("b.json", "new"), ("c.json", "refused"), ("d.json", "refused"), ("gone.json", "refused")
    ]  # fmt: skip
    assert all(one.words for one in taken)
    assert "juggle" in taken[2].words
    assert intake.files([tmp_path / "a.json"])[0].state == "same"


def test_another_day_that_is_over_does_not_pass_silently(intake: Intake) -> None:
    days = [{"start": f"{year}-03-02T09:00:00Z", "end": f"{year}-03-02T11:00:00Z"} for year in (2020, 2098)]
    intake.octets(DEMO.encode(), "first.json")
    (over,) = intake.octets(changed(appointment=days[0]).encode(), "second.json")
    assert over.state == "changed"
    assert over.words.endswith(
        "The new appointment is over already (2020-03-02 11:00:00 UTC). Ask the desk for one to come."
    )
    (same,) = intake.octets(changed(appointment=days[0], supplier="Other Energy").encode(), "third.json")
    assert "is over already" not in same.words, "told once"
    (to_come,) = intake.octets(changed(appointment=days[1]).encode(), "fourth.json")
    assert (to_come.state, to_come.remark) == ("changed", "")


def test_what_changed_is_shown_and_once_a_visit_has_begun_nothing_changes(intake: Intake) -> None:
    (first,) = intake.octets(DEMO.encode(), "first.json")
    assert first.job is not None
    device = {**json.loads(DEMO)["devices"][0], "randomised_offset_limit_s": 900}
    other = changed(devices=[device], supplier="Other Energy", vulnerability=["PSR-12"])
    (second,) = intake.octets(other.encode(), "second.json")
    assert second.state == "changed"
    assert "Supplier: Example Energy (fictional) → Other Energy" in second.words
    assert "randomised_offset_limit_s: 600 → 900" in second.words
    assert "PSR-12" not in second.words
    assert second.job is not None
    intake._visits.create_visit(second.job.job_id)
    (third,) = intake.octets(DEMO.encode(), "third.json")
    assert third.error is not None
    assert third.error.code == "job-exists"
    assert "Supplier: Other Energy → Example Energy (fictional)" in third.words
    assert intake._visits.job(second.job.job_id).job.supplier == "Other Energy"
    assert intake.octets(other.encode(), "again.json")[0].state == "same"


def test_codes_come_by_scanner_or_picture_in_any_order(intake: Intake) -> None:
    codes = job_parts(resource_text("jobs", "install-dual-fuel.json"), piece=250)
    assert len(codes) > 2
    assert intake.scanned(codes[-1]).waits == tuple(range(1, len(codes)))
    assert intake.scanned(codes[-1]).waits == tuple(range(1, len(codes))), "the same once more"
    assert intake.scanned(codes[0][:-1]).error is not None
    assert intake.waiting() == 1
    for one in codes[1:-1]:
        assert intake.scanned(one).state == "part"
    done = intake.scanned(codes[0])
    assert done.job is not None
    assert (done.job.job.reference, intake.waiting()) == ("J-1044", 0)
    drawn = [(code(text), (20 + 500 * n, 20)) for n, text in enumerate(job_parts(DEMO, piece=300)[:3])]
    picture = as_file(paper(*drawn, size=(1600, 500)))
    (shot,) = intake.octets(picture, "photo.png")
    assert shot.state in ("new", "part"), shot.words
    label = as_file(paper((code("00-DB-12-34-56-78-90-A0"), (50, 50))))
    assert intake.octets(label, "label.png")[0].error is not None
    assert intake.octets(b"\x89PNG broken", "broken.png")[0].state == "refused"
    text = "\n".join(job_parts(changed(reference="J-9"), piece=300)).encode()
    assert [one.state for one in intake.octets(text, "codes.txt")] == ["new"]
    intake.scanned(job_parts(changed(reference="J-10"), piece=300)[0])
    assert intake.waiting() == 1


def test_a_forged_code_is_told_once_and_scanning_again_helps(intake: Intake) -> None:
    """Its check is no secret: anybody can print a tenth code for a job of three."""
    codes = job_parts(changed(reference="J-11"), piece=300)
    whole = codes[0].split(".")[3]
    check = hashlib.sha256(f"10.12.{whole}.AAAA".encode()).hexdigest()[:8].upper()
    assert intake.scanned(f"HHTJ1.10.12.{whole}.{check}.AAAA").state == "part"
    told = intake.scanned(codes[0])
    assert told.error is not None
    assert told.error.code == "job-code-damaged"
    assert [intake.scanned(one).state for one in codes][-1] == "new"


def test_a_folder_s_new_files_are_taken_once_half_written_ones_waited_for_bad_ones_put_aside(
    watched: JobFolder,
) -> None:
    folder = watched.folder
    put(folder, "one.json", DEMO)
    half = put(folder, "two.json", DEMO[:300])
    put(folder, ".hidden.json", DEMO)
    put(folder, "empty.json", "")
    assert (watched.look().waits, watched.look().taken[0].state) == (2, "new") or pytest.fail("taken at first sight")
    put(folder, "three.json", changed(reference="J-3"))
    assert watched.look().waits == 1
    assert [one.source for one in watched.look().taken] == ["three.json"]
    assert watched.look().taken == ()
    assert not half.exists(), "a file that stays half is refused in the end"
    assert (folder / REFUSED / "two.json.why.txt").read_text().startswith("“two.json” cannot be used")
    os.rename(folder / "one.json", folder / "renamed.json")
    watched.look()
    assert watched.look().taken == (), "the same contents under another name"
    live = json.loads(DEMO) | {"training": False, "link": "", "reference": "L-1"}
    del live["link"]
    left = put(folder, "live.json", json.dumps(live))
    watched.look()
    assert [one.state for one in watched.look().taken] == ["refused"]
    assert left.exists(), "the other terminal's"
    assert watched.look().taken == ()


def test_a_file_that_grows_between_two_looks_is_waited_for(watched: JobFolder) -> None:
    path = put(watched.folder, "slow.json", DEMO[:100])
    for length in (200, 400, 600):
        assert watched.look().waits == 1
        path.write_text(DEMO[:length])
    path.write_text(DEMO)
    assert (watched.look().taken, watched.look().taken[0].state) == ((), "new")


def test_a_file_that_was_looked_at_is_not_read_again(watched: JobFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(path: Path, most: int) -> bytes:
        read.append(path.name)
        return path.read_bytes()

    monkeypatch.setattr("ui.job_folder.read_job_file", counted)
    path = put(watched.folder, "one.json", DEMO)
    for _look in range(5):
        watched.look()
    assert read == ["one.json"]
    path.write_text(changed(supplier="Other Energy"))
    found = [watched.look() for _look in range(3)]
    assert [one.state for look in found for one in look.taken] == ["changed"]
    assert read == ["one.json"] * 2


def test_what_the_store_cannot_take_now_is_taken_later(watched: JobFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_given: Any) -> Any:
        raise StoreError("The store is busy.", remedy="Wait.", code="store-busy")

    codes = job_parts(changed(reference="J-9"), piece=300)
    put(watched.folder, "one.json", DEMO)
    put(watched.folder, "codes.txt", "\n".join(codes))
    watched.look()
    with monkeypatch.context() as broken:
        broken.setattr(VisitStore, "import_job", busy)
        assert [one.error and one.error.code for one in watched.look().taken] == ["store-busy"] * 2
    assert sorted(one.name for one in watched.folder.iterdir()) == ["codes.txt", "one.json"], "nothing is put aside"
    assert sorted(one.state for one in watched.look().taken) == ["new", "new"]
    assert watched.look().taken == ()


def test_the_last_code_is_enough_where_the_store_was_busy(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_given: Any) -> Any:
        raise StoreError("The store is busy.", remedy="Wait.", code="store-busy")

    codes = job_parts(changed(reference="J-9"), piece=300)
    with monkeypatch.context() as broken:
        broken.setattr(VisitStore, "import_job", busy)
        assert [intake.scanned(one).state for one in codes][-1] == "refused"
    assert intake.scanned(codes[-1]).state == "new"
    assert intake.waiting() == 0
    part = parse_part(codes[0])
    assert part.piece not in repr(part), "it is of the customer's job"


def test_more_files_than_are_taken_at_once_are_told_and_a_folder_that_is_shut(
    intake: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.intake._MOST_FILES", 2)
    for number in range(5):
        put(tmp_path, f"{number}.json", DEMO)
    told = intake.files([tmp_path])
    assert [one.state for one in told] == ["new", "same", "refused"]
    assert told[-1].words.startswith("3 files were left out.")

    def shut(_path: Path) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", shut)
    (told_of,) = intake.files([tmp_path])
    assert "Permission denied" in told_of.words


def test_a_folder_that_is_gone_is_told_once(watched: JobFolder) -> None:
    watched.folder.rmdir()
    assert watched.look().error is not None
    assert watched.look().error is None
    watched.folder.mkdir()
    assert watched.look().error is None
    watched.folder.rmdir()
    told = watched.look().error
    assert told is not None
    assert told.code == "job-folder"


def test_the_command_imports_lists_searches_and_filters(run: Run, tmp_path: Path) -> None:
    today = SystemClock().now().date().isoformat()
    gas = json.loads(resource_text("jobs", "install-dual-fuel.json"))
    gas["appointment"] = {"start": f"{today}T11:00:00Z", "end": f"{today}T14:00:00Z"}
    old = json.loads(DEMO) | {"reference": "J-OLD"}
    put(tmp_path, "a.json", json.dumps(gas))
    put(tmp_path, "b.json", json.dumps(old))
    done = run("job", "import", str(tmp_path / "a.json"), str(tmp_path / "b.json"), T)
    assert (done.status, done.last["kept"]) == (0, 2)

    def listed(*words: str) -> list[str]:
        return [one["reference"] for one in run("job", "list", *words, T).of("job")]

    assert listed() == ["J-OLD", "J-1044"], "what is left over comes first"
    assert run("job", "list", T).of("job")[0]["left_over"] is True
    for text in (
        "39384 24403",
        "3938424403",
        "c. example",
        "ZZ99ZZ",
        "00:DB:12:34:56:79:0A:A1",
        "j-1044",
        "G4 0012345",
    ):
        assert "J-1044" in listed("--search", text), text
    assert listed("--search", "1200023305967") == ["J-OLD"]
    assert listed("--search", "nobody") == []
    assert listed("--fuel", "with-gas") == ["J-1044"]
    assert listed("--fuel", "electricity-only") == ["J-OLD"]
    assert listed("--walkthrough", "install-dual-fuel", "--state", "new") == ["J-1044"]
    assert listed("--day", "overdue") == ["J-OLD"]
    assert listed("--day", "2026-03-02") == ["J-OLD"]
    assert listed("--state", "done") == []
    assert run("job", "list", "--day", "soon", T).status == 2
    shown = run("job", "show", "J-1044", T).last
    assert (shown["state"], len(shown["devices"])) == ("new", 5)


def test_the_command_draws_codes_that_a_photo_brings_back(run: Run, tmp_path: Path) -> None:
    put(tmp_path, "job.json", changed(reference="J-QR"))
    drawn = run("job", "qr", str(tmp_path / "job.json"), "--out", str(tmp_path / "code.png"), T)
    assert drawn.status == 0
    files = drawn.last["files"]
    taken = run("job", "import", *files, T)
    assert (taken.status, taken.of("taken")[-1]["reference"]) == (0, "J-QR")
    texts = [one["text"] for one in run("job", "qr", "J-QR", "--piece", "200", T).of("part")]
    assert len(texts) > 2
    assert run("job", "import", "-", T, stdin="\n".join(texts)).of("taken")[-1]["state"] == "same"
    assert run("job", "qr", "J-QR", "--out", str(tmp_path / "code.pdf"), T).last["files"] == [
        str(tmp_path / "code.pdf")
    ]
    assert run("job", "qr", "J-QR", "--piece", "20", T).status == 2
    bad = run("job", "import", "-", T, stdin=texts[0][:-2])
    assert (bad.status, bad.last["code"]) == (1, "job-code-damaged")


def test_a_desk_signs_a_job_which_is_checked_drawn_and_taken_in_with_its_signature(run: Run, tmp_path: Path) -> None:
    plain, out = put(tmp_path, "job.json", changed(reference="J-S1")), str(tmp_path / "signed.json")
    assert run("job", "check", str(plain), T).last["kind"] == "unsigned"
    done = run("job", "sign", str(plain), "--version", "4", "--out", out)
    assert (done.status, done.last["reference"], done.last["version"]) == (0, "J-S1", 4)
    seen = run("job", "check", out, T).last
    assert (seen["who"], seen["supplier"], seen["version"]) == ("training desk", "TRAINING", 4)
    assert run("job", "list", "--all", "--search", "J-S1", T).of("job") == [], "a check keeps nothing"
    texts = [one["text"] for one in run("job", "qr", out, T).of("part")]
    taken = run("job", "import", "-", T, stdin="\n".join(texts)).of("taken")[-1]
    assert (taken["state"], taken["origin"]) == ("new", "signed by training desk")
    assert run("job", "show", "J-S1", T).last["origin"]["version"] == 4
    (listed,) = run("job", "list", "--search", "J-S1", T).of("job")
    assert listed["origin"] == "signed by training desk"
    again = "\n".join(one["text"] for one in run("job", "qr", "J-S1", T).of("part"))
    assert run("job", "import", "-", T, stdin=again).of("taken")[-1]["state"] == "same"
    assert run("job", "sign", str(plain), "--version", "3", "--out", out).status == 0
    assert run("job", "check", out, T).last["code"] == "job-older"
    bare = str(put(tmp_path, "bare.json", changed(reference="J-S1", supplier="X")))
    assert run("job", "check", bare, T).last["code"] == "job-signed-before"
    far = run("job", "sign", str(plain), "--expires", "2199-01-01", "--out", out)
    assert far.status == 2
    assert "92 days at most" in far.last["message"]
    over = run("job", "sign", str(plain), "--expires", "2026-03-01", "--out", out)
    assert over.status == 2
    assert over.last["message"] == "2026-03-01 is over already."
    for none in ("0", "-1", "1000001"):
        counted = run("job", "sign", str(plain), "--version", none, "--out", out)
        assert counted.status == 2
        assert counted.last["message"] == f"{none} is no version of a job."
    live = put(tmp_path, "live.json", changed(training=False, link="optical:/dev/ttyUSB0"))
    assert run("job", "sign", str(live), "--out", out).status == 2, "the desk of training signs no live work"
    key, public = put(tmp_path, "desk.key", private()), put(tmp_path, "desk.pem", signing.pem(signing.desk_key()))
    assert run("job", "sign", str(live), "--key", str(key), "--supplier", "EXMP", "--out", out).status == 0
    assert run("job", "check", out, "--desk-key", str(public)).last["supplier"] == "EXMP"
    assert run("job", "check", str(live), "--desk-key", str(public)).last["code"] == "job-envelope"


def test_no_visit_begins_of_a_job_whose_signature_is_over(run: Run, tmp_path: Path) -> None:
    """A clock of then takes it in; the computer's own is later."""
    then = ManualClock(signing.ISSUED)
    with open_store(tmp_path / "data", "", training=True, clock=then) as store:
        taken = Intake(store).octets(signing.signed_in_training("J-OVER", days=5), "job.json")
        assert taken[0].state == "new"
    done = run("visit", "run", "J-OVER", "--training", "--data-dir", str(tmp_path / "data"))
    assert (done.status, done.last["code"]) == (1, "job-expired")
    assert "issue the job anew" in done.last["remedy"]
    assert done.of("step") == []


def private() -> str:
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return signing.desk_key().private_bytes(*form).decode()


def test_the_command_watches_a_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    put(tmp_path / "in", "good.json", DEMO)
    put(tmp_path / "in", "bad.json", "{}")
    done = run("job", "watch", str(tmp_path / "in"), "--once", T)
    assert (done.status, done.last["kept"], done.last["refused"]) == (1, 1, 1)
    assert sorted(one.name for one in (tmp_path / "in").iterdir()) == ["good.json", "refused"]
    gone = run("job", "watch", str(tmp_path / "gone"), "--once", T)
    assert (gone.status, gone.last["code"]) == (1, "job-folder")


def test_a_rehearsal_is_refused_for_a_job_that_is_not_here(run: Run) -> None:
    done = run("job", "rehearse", "J-404", T)
    assert (done.status, done.last["code"]) == (1, "job-unknown")


def test_one_job_is_told_as_one(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from ui.cli.main import main

    put(tmp_path, "a.json", DEMO)
    run("job", "list", T)
    assert main(["job", "import", str(tmp_path / "a.json"), T]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 job kept, 0 refused."
