"""``hht outbox``: from a visit that has ended to a store in which nothing of it is left."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hht.emulation.desk_end import NAME
from hht.evidence import check_bundle
from hht.store.errors import StoreError
from hht.store.profile_store import Stretch
from hht.store.store import Store
from tests.cli.conftest import Run
from tests.support.command import Done, visit_words
from tests.test_photos import jpeg
from ui import outbox
from ui.histories import kept_history
from ui.stores import open_store
from ui.system import SystemClock

LINK = "emulated:single-element?days=1"
Box = Callable[..., Done]


@pytest.fixture
def box(run: Run, tmp_path: Path) -> Box:
    """``hht outbox`` after a visit with a photo; `tmp_path`/data is its store."""
    assert run(*visit_words("run", tmp_path, LINK)).status == 0
    where = ["--training", "--data-dir", str(tmp_path / "data")]
    (tmp_path / "meter.jpg").write_bytes(jpeg())
    kept = run("visit", "photo", "J-1042", str(tmp_path / "meter.jpg"), "--step", "scan-meter", *where)
    assert (kept.status, kept.last["number"]) == (0, 1), kept.last
    assert kept.last["dropped"] > 0
    return lambda *words: run("outbox", *words, *([] if words[0] == "acknowledge" else where))


def opened(folder: Path) -> Store:
    return open_store(folder / "data", "", training=True, clock=SystemClock())


def states(done: Done) -> list[tuple[str, str]]:
    return [(item["kind"], item["state"]) for visit in done.of("visit") for item in visit["items"]]


def brought_home(box: Box, folder: Path) -> Done:
    assert box("export", "--out", str(folder / "home")).status == 0
    written = box("acknowledge", str(folder / "home"), "--by", "A. Clerk", "--out", str(folder / "receipt.json"))
    assert written.status == 0, written.last
    return box("receipt", str(folder / "receipt.json"))


@pytest.mark.requirement("HHT-11")
def test_what_goes_home_is_receipted_erased_and_searched_for(box: Box, run: Run, tmp_path: Path) -> None:
    assert states(box("list")) == [("bundle", "waiting"), ("trace", "waiting"), ("photo", "waiting")]
    refused = box("erase", "J-1042")
    assert (refused.status, refused.last["code"], len(refused.last["waiting"])) == (1, "outbox-not-receipted", 3)

    exported = box("export", "--out", str(tmp_path / "home"))
    files = [tmp_path / "home" / name for name in exported.last["files"]]
    assert [path.suffix for path in files] == [".hhtb", ".jsonl", ".jpeg"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    verdict = check_bundle(files[0].read_bytes(), box("key").last["fingerprint"])
    assert (verdict.code, verdict.level, verdict.photos, verdict.photos_apart) == ("", "supplier", 1, 1)
    assert b"PLANTED" not in files[2].read_bytes()
    assert {state for _kind, state in states(box("list"))} == {"exported"}

    assert len(brought_home(box, tmp_path).last["receipted"]) == 3
    assert box("export", "--out", str(tmp_path / "again")).last["files"] == []
    with opened(tmp_path) as store:
        (use,) = filter(None, [kept_history(store, "00-DB-12-34-56-78-90-A0")])  # the job's meter
        for part in (use.half_hours, use.days):
            part.add([], Stretch(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)))
        assert len(store.rows("profile_chunks")) == 2
    written = tmp_path / "data/reports/J-1042/visit-1/report.pdf"
    assert run("visit", "report", "J-1042", "--training", "--data-dir", str(tmp_path / "data")).status == 0
    assert written.is_file()
    (written.parent / "mine.txt").write_text("not of the program")
    (written.parent / ".report.pdf.4000000.part").write_bytes(b"half of a report, of a terminal that died")
    done = box("erase", "J-1042")
    assert done.status == 0, done.last
    assert done.last["found_before"] > done.last["pieces"] // 2 > 10
    assert done.last["found_after"] == 0
    assert "training.db" in done.last["files"]
    assert [one.name for one in written.parent.iterdir()] == ["mine.txt"], "no copy stays in the data folder"
    with opened(tmp_path) as store:
        for table in ("jobs", "visits", "visit_journal", "trace_sessions", "trace_chunks", "photos", "profile_chunks"):
            assert store.rows(table) == [], table
    (gone,) = box("list").of("visit")
    assert gone["erased"]
    assert (gone["items"], gone["visit_id"]) == ([], done.last["visit_id"])
    assert run("visit", "list", "--training", "--data-dir", str(tmp_path / "data")).last["jobs"] == 0


def test_what_is_added_after_a_receipt_waits_again(box: Box, run: Run, tmp_path: Path) -> None:
    brought_home(box, tmp_path)
    (tmp_path / "other.jpg").write_bytes(jpeg(progressive=True))
    where = ["--training", "--data-dir", str(tmp_path / "data")]
    assert run("visit", "photo", "J-1042", str(tmp_path / "other.jpg"), *where).last["number"] == 2
    found = states(box("list"))
    assert found == [("bundle", "waiting"), ("trace", "receipted"), ("photo", "receipted"), ("photo", "waiting")]
    assert box("erase", "J-1042").last["code"] == "outbox-not-receipted"
    no_step = run("visit", "photo", "J-1042", str(tmp_path / "other.jpg"), "--step", "nowhere", *where)
    assert (no_step.status, no_step.last["code"]) == (1, "step-unknown")
    bare = run("visit", "report", "J-1042", "--out", str(tmp_path / "out"), *where)
    verdict = check_bundle(Path(bare.last["report"]).with_suffix(".hhtb").read_bytes())
    assert (verdict.code, verdict.photos, verdict.photos_apart) == ("", 2, 0)


def test_the_desk_s_word_is_a_receipt(box: Box, tmp_path: Path) -> None:
    folder = box("send", f"desk:{tmp_path / 'desk'}")
    assert (folder.status, folder.last["code"]) == (1, "outbox-folder-desk")
    done = box("send", "desk:emulated")
    assert done.status == 0, done.last
    assert [line["name"] for line in done.of("progress")] == done.last["receipted"]
    assert [Path(name).suffix for name in done.last["receipted"]] == [".hhtb", ".jsonl", ".jpeg"]
    (visit,) = box("list").of("visit")
    assert {(item["state"], item["by"]) for item in visit["items"]} == {("receipted", NAME)}
    assert box("send", "desk:emulated").last["receipted"] == []
    assert box("erase", "J-1042").status == 0


def test_to_erase_a_visit_lets_go_of_visits_only_where_none_is_played(box: Box, run: Run, tmp_path: Path) -> None:
    assert run(*visit_words("run", tmp_path, LINK), "--again").status == 0
    brought_home(box, tmp_path)
    with opened(tmp_path) as store:
        kept = outbox.Outbox(store, lambda count: bytes(count))
        first, second = (one.visit_id for one in kept.list())
        store.hold_visits()
        kept.erase(first)
        assert store.holds_visits, "the visit that is being played goes on"
        store.release_visits()
        kept.erase(second)
        assert not store.holds_visits


def test_of_two_visits_one_is_erased_and_the_job_stays(box: Box, run: Run, tmp_path: Path) -> None:
    again = run(*visit_words("run", tmp_path, LINK), "--again")
    assert again.status == 0, again.last
    brought_home(box, tmp_path)
    assert box("erase", "J-1042", "--visit", "1").status == 0
    (gone,) = [visit for visit in box("list").of("visit") if visit["erased"]]
    where = ["--training", "--data-dir", str(tmp_path / "data")]
    (job,) = run("visit", "list", *where).of("job")
    assert [visit["number"] for visit in job["visits"]] == [2]
    assert gone["visit_id"] not in [visit["visit_id"] for visit in job["visits"]]
    assert run(*visit_words("run", tmp_path, LINK), "--again").status == 0
    (job,) = run("visit", "list", *where).of("job")
    assert [visit["number"] for visit in job["visits"]] == [2, 3]


def test_receipts_that_are_none_and_exports_that_were_altered(box: Box, tmp_path: Path) -> None:
    box("export", "--out", str(tmp_path / "home"))
    (photo,) = (tmp_path / "home").glob("*.jpeg")
    own = photo.read_bytes()
    photo.write_bytes(jpeg(progressive=True))
    foreign = box("acknowledge", str(tmp_path / "home"), "--by", "A", "--out", str(tmp_path / "receipt.json"))
    assert (foreign.status, foreign.last["code"]) == (1, "outbox-broken")
    assert "binds this photo" in foreign.last["message"]
    photo.write_bytes(own)
    (bundle,) = (tmp_path / "home").glob("*.hhtb")
    bundle.write_bytes(bundle.read_bytes().replace(b"complete", b"made_up!"))
    told = box("acknowledge", str(tmp_path / "home"), "--by", "A", "--out", str(tmp_path / "receipt.json"))
    assert (told.status, told.last["code"]) == (1, "outbox-broken")
    assert not (tmp_path / "receipt.json").exists()
    nothing = box("acknowledge", str(tmp_path / "none"), "--by", "A", "--out", str(tmp_path / "receipt.json"))
    assert nothing.last["code"] == "outbox-folder"
    unknown = {"format": "hht-receipt/1", "by": "A", "files": [{"name": "x", "sha256": "00" * 32}]}
    for text, code in (
        ("{", "outbox-receipt"), ("[]", "outbox-receipt"), ("1", "outbox-receipt"), ("[" * 9999, "outbox-receipt"),
        (json.dumps({**unknown, "by": " "}), "outbox-receipt"),
        (json.dumps({**unknown, "files": [[]]}), "outbox-receipt"),
        (json.dumps(unknown), "outbox-receipt-unknown"),
    ):  # fmt: skip
        (tmp_path / "receipt.json").write_text(text)
        assert box("receipt", str(tmp_path / "receipt.json")).last["code"] == code, text[:40]
    assert {state for _kind, state in states(box("list"))} == {"exported"}


def test_a_terminal_that_dies_while_it_erases_looks_later(
    box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought_home(box, tmp_path)
    real = Store.checkpoint
    calls: list[int] = []

    def dies(store: Store) -> None:
        calls.append(1)
        if len(calls) == 2:  # after the rows are gone, before anybody has looked
            raise StoreError("dead", remedy="-", code="dead")
        real(store)

    monkeypatch.setattr(Store, "checkpoint", dies)
    assert box("erase", "J-1042").last["code"] == "dead"
    monkeypatch.undo()
    monkeypatch.setenv("HHT_HOME", str(tmp_path / "home"))
    with opened(tmp_path) as store:
        (visit,) = outbox.Outbox(store, lambda count: bytes(count)).list()
    assert (visit.erased, visit.items) == (None, ())
    done = box("erase", visit.visit_id)
    assert (done.status, done.last["found_after"]) == (0, 0), done.last
    assert done.last["pieces"] > 3
    (gone,) = box("list").of("visit")
    assert gone["erased"]
