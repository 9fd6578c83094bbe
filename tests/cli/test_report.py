"""Where reports are: sealed in the live store until a person asks for files, and said when they cannot be written."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest

from hht.evidence import check_bundle, verify
from tests.cli.conftest import Run
from tests.support.command import ANSWERS, JOB, visit_words
from tests.support.emulate import Emulated
from tests.support.real_ids import REAL_RANGE, as_real, real_premises
from ui.stores import open_store
from ui.system import SystemClock

LINK = "emulated:single-element?days=1"
PERSONAL = (b"1200023305967", REAL_RANGE.encode(), b"Specimen", b"Sampleton", b"J-2042", b"%PDF", b"Ann Other")


def text_of(pdf: Path) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(pdf).pages)


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def training(tmp_path: Path) -> list[str]:
    return ["--training", "--data-dir", str(tmp_path / "data")]


@pytest.fixture(scope="module")
def meter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulated]:
    premises = real_premises(tmp_path_factory.mktemp("premises"))
    with Emulated(premises, "--optical", "tcp://127.0.0.1:0", "--days", "1") as running:
        yield running


class Live:
    """The command line on a live store, with a live job and a meter that is reached over TCP."""

    def __init__(self, folder: Path, run: Run, url: str) -> None:
        self.run = run
        self.url = url
        self.data = folder / "data"
        (folder / "phrase").write_text("four unrelated words here")
        (folder / "password").write_text("Gurux")
        (folder / "answers.json").write_text(as_real(json.dumps(ANSWERS)))
        job = {**json.loads(as_real(JOB.read_text())), "training": False, "reference": "J-2042"}
        del job["link"]
        self.job = folder / "live.json"
        self.job.write_text(json.dumps(job))
        self.store = ["--data-dir", str(self.data), "--pass-phrase-file", str(folder / "phrase")]
        self.words = ["--answers", str(folder / "answers.json"), "--link", url, "--security", "low"]
        self.words += ["--unsigned", "The desk read it out by telephone"]
        self.words += ["--client", "17", "--password-file", str(folder / "password"), *self.store]

    def visit(self, *more: str) -> None:
        done = self.run("visit", "run", str(self.job), *self.words, *more)
        assert (done.status, done.last["outcome"]) == (0, "complete"), done.last
        assert done.last["report"] == ""


@pytest.fixture
def live(tmp_path: Path, run: Run, meter: Emulated) -> Live:
    return Live(tmp_path, run, meter.url)


def test_a_live_visit_leaves_nothing_that_can_be_read(live: Live) -> None:
    assert live.run("people", "name", "--name", "Ann Other", *live.store).status == 0
    live.visit()
    files = [path for path in live.data.rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        for word in PERSONAL:
            assert word not in content, f"{word!r} in {path.name}"
    out = live.data.parent / "out"
    assert live.run("visit", "report", "J-2042", "--out", str(out), *live.store).status == 0
    (told,) = json.loads((out / "report.json").read_text())["visit"]["engineers"]
    assert told["name"] == "Ann Other", "whoever was logged in"


def test_the_live_report_is_rebuilt_when_a_person_asks(live: Live, tmp_path: Path) -> None:
    live.visit()
    out = tmp_path / "to" / "the" / "office"
    done = live.run("visit", "report", "J-2042", "--out", str(out), *live.store)
    assert (done.status, done.last["report"]) == (0, str(out / "report.pdf"))
    assert verify((out / "report.json").read_text()) == ""
    assert json.loads((out / "report.json").read_text())["trace"]["masked_events"] == 1  # the password of the AARQ
    assert "in 1 of them passwords, keys or tokens" in " ".join(text_of(out / "report.pdf").split())
    assert "1200023305967" in text_of(out / "report.pdf")
    told = " ".join(text_of(out / "report.pdf").split())
    assert "Unsigned; taken all the same" in told
    assert "because: The desk read it out by telephone" in told
    bundle = check_bundle((out / "report.hhtb").read_bytes())
    assert (bundle.code, bundle.level, bundle.visit) == ("", "report", done.last["visit_id"])
    kinds = [json.loads(line).get("kind") for line in (out / "report.hhtb").read_bytes().splitlines()]
    assert {"visit", "reading", "write", "finding", "step", "journal", "trace"} <= set(kinds)
    assert modes(out) == {0o600}
    assert stat.S_IMODE(out.stat().st_mode) == stat.S_IMODE(out.parent.stat().st_mode) == 0o700


def test_a_live_report_needs_a_place(live: Live) -> None:
    live.visit()
    done = live.run("visit", "report", "J-2042", *live.store)
    assert (done.status, done.last["code"]) == (1, "out-needed")
    assert "--out" in done.last["remedy"]
    assert not (live.data / "reports").exists()


def test_a_live_report_goes_where_the_person_said_at_once(live: Live, tmp_path: Path) -> None:
    done = live.run("visit", "run", str(live.job), *live.words, "--out", str(tmp_path / "out"))
    assert done.last["report"] == str(tmp_path / "out" / "report.pdf")
    assert modes(tmp_path / "out") == {0o600}
    assert not (live.data / "reports").exists()


def test_a_training_report_is_in_the_data_folder_and_private(run: Run, tmp_path: Path, training: list[str]) -> None:
    words = visit_words("run", tmp_path, LINK)
    place = words.index("--out")
    done = run(*words[:place], *words[place + 2 :])
    report = Path(done.last["report"])
    assert report.is_relative_to(tmp_path / "data")
    assert modes(report.parent) == {0o600}
    assert stat.S_IMODE(report.parent.stat().st_mode) == 0o700
    assert report.parent == tmp_path / "data" / "reports" / "J-1042" / "visit-1"
    again = run("visit", "report", "J-1042", *training)
    assert again.last["report"] == str(report)


def test_a_report_that_cannot_be_written_is_told(run: Run, tmp_path: Path, training: list[str]) -> None:
    (tmp_path / "out").write_text("a file where the folder should be")
    done = run(*visit_words("run", tmp_path, LINK))
    (result,) = done.of("result")
    assert (result["ok"], result["outcome"], result["report"]) == (False, "complete", "")
    assert (done.status, done.last["type"], done.last["code"]) == (1, "error", "report-not-written")
    assert "hht visit report J-1042 --out" in done.last["remedy"]
    assert "--training" in done.last["remedy"]
    assert done.last["message"].count("could not be written") == 1
    (job,) = run("visit", "list", *training).of("job")
    assert (job["state"], job["resumable"]) == ("complete", False)


def test_an_unfinished_visit_has_a_report_that_says_so(run: Run, tmp_path: Path, training: list[str]) -> None:
    words = visit_words("run", tmp_path, LINK)
    (tmp_path / "answers.json").write_text(json.dumps({key: ANSWERS[key] for key in ("scan-meter", "write-mpan")}))
    assert run(*words).last["step"] == "hand-over"
    done = run("visit", "report", "J-1042", "--out", str(tmp_path / "now"), *training)
    assert done.status == 0
    assert "not ended" in text_of(tmp_path / "now" / "report.pdf").lower()
    evidence = json.loads((tmp_path / "now" / "report.json").read_text())
    assert (evidence["visit"]["outcome"], evidence["visit"]["ended_at"]) == ("", "")
    states = {step["id"]: step["state"] for step in evidence["steps"]}
    assert (states["reading-after"], states["hand-over"]) == ("done", "failed")


def test_no_report_of_what_never_began(run: Run, training: list[str], tmp_path: Path) -> None:
    run("visit", "new", str(JOB), *training)
    done = run("visit", "report", "J-1042", "--out", str(tmp_path / "x"), *training)
    assert (done.status, done.last["code"]) == (1, "no-visit")
    assert not (tmp_path / "x").exists()


def test_the_engineer_stands_in_the_report(run: Run, tmp_path: Path) -> None:
    words = visit_words("run", tmp_path, LINK)
    run(*words, "--engineer", "Ann Other", "--engineer-id", "E-17")
    assert "Ann Other (E-17)" in text_of(tmp_path / "out" / "report.pdf")
    (told,) = json.loads((tmp_path / "out" / "report.json").read_text())["visit"]["engineers"]
    assert (told["name"], told["identifier"]) == ("Ann Other", "E-17")
    run(*words, "--again")
    assert "not stated" in text_of(tmp_path / "out" / "report-2.pdf")


def test_the_engineer_of_the_settings(run: Run, tmp_path: Path) -> None:
    store = open_store(tmp_path / "data", "", training=True, clock=SystemClock())
    store.save_setting("window", {"theme": "day", "engineer": "Bob Bychan", "of_a_later_version": 1})
    store.close()
    words = visit_words("run", tmp_path, LINK)
    run(*words)
    assert "Bob Bychan" in text_of(tmp_path / "out" / "report.pdf")
    run(*words, "--engineer", "Ann Other", "--again")
    assert "Bob" not in text_of(tmp_path / "out" / "report-2.pdf")


def test_a_name_that_cannot_stand_in_a_report(run: Run, tmp_path: Path, training: list[str]) -> None:
    done = run(*visit_words("run", tmp_path, LINK), "--engineer", "A" * 81)
    assert (done.status, done.last["code"]) == (1, "engineer")
    (job,) = run("visit", "list", *training).of("job")
    assert job["state"] == "new", "nothing was begun"


def test_a_visit_over_two_links_names_both(run: Run, tmp_path: Path) -> None:
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "1") as other:
        _names_both(run, tmp_path, other.url)


def _names_both(run: Run, tmp_path: Path, other: str) -> None:
    reading_only = ("--security", "none", "--client", "16")
    assert run(*visit_words("run", tmp_path, LINK), *reading_only).status == 1
    assert run(*visit_words("resume", tmp_path, other, job="J-1042")).last["outcome"] == "complete"
    links = json.loads((tmp_path / "out" / "report.json").read_text())["visit"]["links"]
    assert [use["link"] for use in links] == [LINK, other]
    text = text_of(tmp_path / "out" / "report.pdf")
    assert LINK in text
    assert other in text
