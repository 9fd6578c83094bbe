"""``hht visit``: new, list, show, run, resume, report, without a person and without a prompt."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.command import ANSWERS, JOB, job_file, visit_words
from tests.support.earlier_jobs import SECOND, add_second_meter
from ui.cli.main import main
from ui.stores import open_store
from ui.system import SystemClock

LINK = "emulated:single-element?days=1"


@pytest.fixture
def store(tmp_path: Path) -> list[str]:
    return ["--training", "--data-dir", str(tmp_path / "data")]


def test_new_list_show(run: Run, store: list[str]) -> None:
    assert run("visit", "list", *store).lines == [{"type": "result", "ok": True, "jobs": 0}]
    kept = run("visit", "new", str(JOB), *store)
    assert kept.last == {"type": "result", "ok": True, "job_id": kept.last["job_id"], "reference": "J-1042"}
    assert run("visit", "new", str(JOB), *store).last["job_id"] == kept.last["job_id"]
    (job,) = run("visit", "list", *store).of("job")
    assert (job["reference"], job["state"], job["resumable"], job["training"]) == ("J-1042", "new", False, True)
    assert job["appointment"] == "2026-03-02T09:00:00Z"
    assert run("visit", "show", "J-1042", *store).last["code"] == "no-visit"


def test_a_job_without_an_appointment_is_listed(run: Run, tmp_path: Path, store: list[str]) -> None:
    path = tmp_path / "job.json"
    path.write_text(
        json.dumps({key: value for key, value in json.loads(JOB.read_text()).items() if key != "appointment"})
    )
    assert run("visit", "new", str(path), *store).status == 0
    (job,) = run("visit", "list", *store).of("job")
    assert job["appointment"] is None


def test_what_the_meter_refuses_to_write_has_failed_and_is_not_unknown(run: Run, tmp_path: Path) -> None:
    done = run(*visit_words("run", tmp_path, "emulated:refuses-writes?days=1"))
    assert (done.status, done.last["code"]) == (1, "cosem-hardware-fault")
    assert (done.last["step"], done.last["state"]) == ("clock", "failed")
    assert "hardware fault" in done.last["message"]


def test_run_says_every_step_and_the_outcome_last(run: Run, tmp_path: Path, store: list[str]) -> None:
    done = run(*visit_words("run", tmp_path, LINK))
    assert done.status == 0
    assert [line["type"] for line in done.lines] == ["visit", *["step"] * len(done.of("step")), "result"]
    assert done.last == done.last | {"ok": True, "outcome": "complete", "report": str(tmp_path / "out" / "report.pdf")}
    for step in done.of("step"):
        assert set(step) >= {"id", "state", "code", "message", "remedy", "facts"}
    states = [step["state"] for step in done.of("step") if step["id"] == "hand-over"]
    assert states == ["started", "asking", "started", "done"]
    shown = run("visit", "show", "J-1042", *store)
    assert {step["state"] for step in shown.of("step")} == {"done"}
    assert shown.last["report"] == done.last["report"]
    (job,) = run("visit", "list", *store).of("job")
    assert (job["state"], job["resumable"]) == ("complete", False)


def test_resume_of_what_is_done_or_never_begun(run: Run, tmp_path: Path, store: list[str]) -> None:
    run("visit", "new", str(JOB), *store)
    words = visit_words("resume", tmp_path, LINK, job="J-1042")
    done = run(*words)
    assert (done.status, done.last["code"]) == (1, "nothing-to-resume")
    assert "hht visit run J-1042" in done.last["remedy"]
    run(*visit_words("run", tmp_path, LINK))
    done = run(*words)
    assert (done.status, done.last["code"]) == (1, "nothing-to-resume")
    assert "hht visit report J-1042 --training" in done.last["remedy"]


def without_out(words: list[str]) -> list[str]:
    place = words.index("--out")
    return words[:place] + words[place + 2 :]


def test_a_finished_job_is_visited_again_only_on_purpose(run: Run, tmp_path: Path, store: list[str]) -> None:
    words = without_out(visit_words("run", tmp_path, LINK))
    first = run(*words)
    report = Path(first.last["report"])
    before = report.read_bytes()
    done = run(*words)
    assert (done.status, done.last["code"]) == (1, "visit-finished")
    assert "visit 1 ended 20" in done.last["message"].lower()
    assert "UTC: complete" in done.last["message"]
    assert "hht visit report J-1042 --training" in done.last["remedy"]
    assert "hht visit run J-1042 --again --training" in done.last["remedy"]
    assert not done.of("visit")
    (job,) = run("visit", "list", *store).of("job")
    assert [visit["number"] for visit in job["visits"]] == [1]
    assert report.read_bytes() == before


def test_every_visit_keeps_its_report_and_its_trace(run: Run, tmp_path: Path, store: list[str]) -> None:
    words = without_out(visit_words("run", tmp_path, LINK))
    first, second = run(*words), run(*words, "--again")
    assert second.last["outcome"] == "complete"
    folder = tmp_path / "data" / "reports" / "J-1042"
    assert [first.last["report"], second.last["report"]] == [
        str(folder / f"visit-{number}" / "report.pdf") for number in (1, 2)
    ]
    (job,) = run("visit", "list", *store).of("job")
    assert [(v["number"], v["state"], v["report"]) for v in job["visits"]] == [
        (number, "complete", str(folder / f"visit-{number}" / "report.pdf")) for number in (1, 2)
    ]
    assert all(v["began"] < v["ended"] for v in job["visits"])
    for number, done in ((1, first), (2, second)):
        chosen = ["--visit", str(number), *store]
        shown = run("visit", "show", "J-1042", *chosen)
        assert (shown.last["visit_id"], shown.last["number"]) == (done.last["visit_id"], number)
        again = run("visit", "report", "J-1042", *chosen)
        assert again.last["report"] == done.last["report"]
        evidence = json.loads(Path(again.last["report"]).with_suffix(".json").read_text())
        assert (evidence["visit"]["visit_id"], evidence["visit"]["number"]) == (done.last["visit_id"], number)
        trace = tmp_path / f"{number}.jsonl"
        exported = run("trace", "export", "J-1042", "--out", str(trace), *chosen)
        assert exported.last["sha256"] == evidence["trace"]["sha256"]
        assert run("trace", "show", "J-1042", *chosen).lines == run("trace", "show", str(trace)).lines
    assert run("trace", "show", "J-1042", *store).lines == run("trace", "show", str(tmp_path / "2.jsonl")).lines
    assert run("visit", "report", "J-1042", *store).last["number"] == 2


def test_reports_of_several_visits_in_one_folder(run: Run, tmp_path: Path) -> None:
    """The same visit's report is made anew in its place; another visit's gets a name of its own."""
    words = visit_words("run", tmp_path, LINK)
    out = Path(words[words.index("--out") + 1])
    first = run(*words)
    assert first.last["report"] == str(out / "report.pdf")
    before = (out / "report.json").read_bytes(), (out / "report.pdf").read_bytes()
    second = run(*words, "--again")
    assert second.last["report"] == str(out / "report-2.pdf")
    assert ((out / "report.json").read_bytes(), (out / "report.pdf").read_bytes()) == before
    ids = [json.loads((out / f"{name}.json").read_text())["visit"]["visit_id"] for name in ("report", "report-2")]
    assert ids == [first.last["visit_id"], second.last["visit_id"]]
    again = ["visit", "report", "J-1042", "--out", str(out), "--training", "--data-dir", str(tmp_path / "data")]
    assert run(*again, "--visit", "1").last["report"] == str(out / "report.pdf")
    assert run(*again, "--visit", "2").last["report"] == str(out / "report-2.pdf")
    (out / "report.json").write_text("somebody's own")
    assert run(*again, "--visit", "1").last["report"] == str(out / "report-3.pdf")
    assert (out / "report.json").read_text() == "somebody's own"


@pytest.mark.parametrize("verb", [["visit", "show"], ["visit", "report"], ["trace", "show"], ["trace", "export"]])
def test_a_visit_that_the_job_does_not_have(run: Run, tmp_path: Path, store: list[str], verb: list[str]) -> None:
    out = ["--out", str(tmp_path / "x")] if verb[1] in ("report", "export") else []
    run("visit", "new", str(JOB), *store)
    assert run(*verb, "J-1042", *out, *store).last["code"] == "no-visit"
    run(*visit_words("run", tmp_path, LINK))
    done = run(*verb, "J-1042", "--visit", "2", *out, *store)
    assert (done.status, done.last["code"]) == (1, "no-visit")
    assert "latest is visit 1" in done.last["message"]
    assert "hht visit list --training" in done.last["remedy"]
    for wrong in ("0", "-1", "x", "١", "9" * 5000):
        with pytest.raises(SystemExit) as caught:
            run(*verb, "J-1042", f"--visit={wrong}", *out, *store)
        assert caught.value.code == 2


def test_an_unfinished_visit_is_gone_on_with_and_not_begun_again(run: Run, tmp_path: Path, store: list[str]) -> None:
    words = visit_words("run", tmp_path, LINK)
    (tmp_path / "answers.json").write_text("{}")
    assert run(*words).last["step"] == "scan-meter"
    done = run(*words, "--again")
    assert (done.status, done.last["code"]) == (1, "visit-unfinished")
    assert "hht visit resume J-1042 --training" in done.last["remedy"]


def test_a_device_that_no_step_works_on_is_told(run: Run, tmp_path: Path, store: list[str]) -> None:
    job_id = run("visit", "new", str(JOB), *store).last["job_id"]
    with open_store(tmp_path / "data", "", training=True, clock=SystemClock()) as opened:
        add_second_meter(opened, job_id)
    words = visit_words("run", tmp_path, LINK, job="J-1042")
    done = run(*words)
    assert (done.status, done.last["outcome"]) == (0, "install-and-leave")
    (told,) = done.last["not_done"]
    assert (told["kind"], told["name"], told["code"]) == ("device", SECOND["device_id"], "no-step")
    assert SECOND["device_id"] in told["title"]
    assert "no step of this visit" in told["reason"]
    assert run("visit", "show", "J-1042", *store).last["not_done"] == [told]


def test_times_for_people_and_for_programs(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(*visit_words("run", tmp_path, LINK))
    facts = [fact for step in done.of("step") for fact in step["facts"]]
    (window,) = (fact["value"] for fact in facts if fact["label"] == "Appointment")
    assert window == "2026-03-02T09:00:00Z – 2026-03-02T11:00:00Z"
    assert main([*visit_words("run", tmp_path, LINK), "--again"]) == 0
    told = capsys.readouterr().out
    assert "Appointment: 2026-03-02 09:00:00 UTC – 2026-03-02 11:00:00 UTC" in told
    assert not re.search(r"\d\dT\d\d:\d\d", told)


def test_lists_for_people(run: Run, tmp_path: Path, store: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    run(*visit_words("run", tmp_path, LINK))
    assert main(["visit", "list", *store]) == 0
    job, visit = capsys.readouterr().out.splitlines()
    assert "2026-03-02 09:00:00 UTC" in job
    assert visit.split()[:3] == ["visit", "1", "complete"]
    assert visit.count(" UTC") == 2


@pytest.mark.parametrize("missing", ["scan-meter", "hand-over"])
def test_a_missing_answer_is_named_and_the_visit_goes_on_with_it(
    run: Run, tmp_path: Path, store: list[str], missing: str
) -> None:
    words = visit_words("run", tmp_path, LINK)
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({key: value for key, value in ANSWERS.items() if key != missing}))
    done = run(*words)
    assert done.status == 1
    assert missing in done.last["message"] + done.last["remedy"] + str(done.last.get("step"))
    assert done.last["step"] == missing
    (job,) = run("visit", "list", *store).of("job")
    assert (job["state"], job["resumable"]) == ("in progress", True)
    resumed = run(*visit_words("resume", tmp_path, LINK, job="J-1042"))
    assert resumed.of("visit")[0]["resumed"] is True
    assert resumed.last["outcome"] == "complete"
    anew = [one["message"] for one in resumed.of("notice")]
    evidence = json.loads((tmp_path / "out" / "report.json").read_text())["visit"]
    if missing == "scan-meter":
        assert anew == [], "nothing was done at the home that ended with the first command"
        assert "home_anew" not in evidence
    else:
        assert len(anew) == 1
        assert "The training home began anew" in anew[0]
        assert evidence["home_anew"] is True


def test_a_training_visit_whose_home_began_anew_is_begun_again(run: Run, tmp_path: Path, store: list[str]) -> None:
    answers = tmp_path / "answers.json"
    begin, resume = visit_words("run", tmp_path, LINK), visit_words("resume", tmp_path, LINK, job="J-1042")

    def without(missing: str) -> None:
        answers.write_text(json.dumps({key: value for key, value in ANSWERS.items() if key != missing}))

    without("scan-meter")
    assert run(*begin).last["step"] == "scan-meter"
    assert run(*resume, "--again").last["code"] == "home-still-there", "nothing was done there that could be gone"
    without("hand-over")
    assert run(*resume).last["step"] == "hand-over"
    answers.write_text(json.dumps(ANSWERS))
    assert run(*begin, "--again").last["code"] == "visit-unfinished", "run --again is for one that has ended"
    refused = run(*resume, "--again", "--desk", "desk:tcp://127.0.0.1:1", "--hasten")
    assert refused.last["code"] == "cannot-hasten"
    assert run("visit", "list", *store).of("job")[0]["resumable"] is True, "what is refused ends nothing"
    again = run(*resume, "--again")
    (begun,) = again.of("visit")
    assert (begun["resumed"], again.last["outcome"]) == (False, "complete")
    assert {one["id"] for one in again.of("step")} >= {"scan-meter", "hand-over"}, "every step anew"
    told = run("visit", "report", "J-1042", "--visit", "1", "--out", str(tmp_path / "first"), *store)
    assert told.status == 0
    (report,) = (tmp_path / "first").glob("*.json")
    evidence = json.loads(report.read_text())
    (left,) = [one for one in evidence["steps"] if one.get("code") == "begun-again"]
    assert (left["id"], evidence["visit"]["home_anew"]) == ("hand-over", True)
    assert (evidence["visit"]["number"], evidence["visit"]["outcome"]) == (1, "abandoned")
    assert run(*resume, "--again").last["code"] == "nothing-to-resume", "it has ended"


def test_a_visit_goes_on_over_the_link_last_used(run: Run, tmp_path: Path, store: list[str]) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text(json.dumps(json.loads(JOB.read_text()) | {"link": "tcp://127.0.0.1:1"}))
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({key: value for key, value in ANSWERS.items() if key != "hand-over"}))
    common = ["--out", str(tmp_path / "out"), "--answers", str(answers), *store]
    run("visit", "new", str(elsewhere), *store)
    assert run("visit", "run", "J-1042", "--link", LINK, *common).last["step"] == "hand-over"
    answers.write_text(json.dumps(ANSWERS))
    done = run("visit", "resume", "J-1042", *common)
    assert done.last["outcome"] == "complete"
    assert json.loads((tmp_path / "out" / "report.json").read_text())["visit"]["link"] == LINK


def test_answers_from_standard_input(run: Run, tmp_path: Path, store: list[str]) -> None:
    words = ["visit", "run", str(JOB), "--link", LINK, "--out", str(tmp_path / "out"), "--answers", "-", *store]
    assert run(*words, stdin=json.dumps(ANSWERS)).last["outcome"] == "complete"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"scan-meter": 5}', "[" * 100_000, "\x00"])
def test_answers_that_cannot_be_used(run: Run, tmp_path: Path, store: list[str], text: str) -> None:
    done = run("visit", "run", str(JOB), "--link", LINK, "--answers", "-", *store, stdin=text)
    assert (done.status, done.last["code"]) == (1, "answers-file")
    assert "scan-meter" in done.last["remedy"]


def test_the_report_again(run: Run, tmp_path: Path, store: list[str]) -> None:
    first = run(*visit_words("run", tmp_path, LINK))
    again = run("visit", "report", "J-1042", "--out", str(tmp_path / "again"), *store)
    assert (again.status, again.last["report"]) == (0, str(tmp_path / "again" / "report.pdf"))
    one, other = (
        json.loads((Path(folder) / "report.json").read_text())
        for folder in (Path(first.last["report"]).parent, tmp_path / "again")
    )
    assert one["trace"] == other["trace"]


def test_no_pass_phrase_and_nobody_to_ask(run: Run, tmp_path: Path) -> None:
    for verb in (["list"], ["new", str(JOB)], ["show", "J-1042"], ["run", str(JOB)], ["report", "J-1042"]):
        done = run("visit", *verb, "--data-dir", str(tmp_path))
        assert (done.status, done.last["code"]) == (1, "pass-phrase-needed")
        assert "--pass-phrase-file" in done.last["remedy"]
    assert not list(tmp_path.glob("*.db"))


def test_a_pass_phrase_is_never_shown(run: Run, tmp_path: Path) -> None:
    live = ["--data-dir", str(tmp_path), "--pass-phrase-file", "-"]
    assert run("visit", "list", *live, stdin="correct horse battery\n").status == 0
    done = run("visit", "list", *live, stdin="Sesame-open-17\n")
    assert done.status == 1
    assert "Sesame" not in json.dumps(done.lines) + done.errors


def test_a_wrong_check_digit_only_in_training_and_said(run: Run, tmp_path: Path, store: list[str]) -> None:
    path = job_file(tmp_path, mpan="1200023305968")
    assert run("visit", "new", str(path), *store).status == 1
    job = json.loads(path.read_text()) | {"allow_test_identifiers": True}
    path.write_text(json.dumps(job))
    done = run("visit", "new", str(path), *store)
    assert done.status == 0, done.last
    assert "check digits" in done.errors


def test_an_answer_to_no_step_is_said(run: Run, tmp_path: Path, store: list[str]) -> None:
    done = run(*visit_words("run", tmp_path, LINK, **{"hand-ovr": "yes"}))
    assert done.status == 0
    assert "hand-ovr" in done.errors
    assert "hand-over" in done.errors


@pytest.mark.parametrize("name", [".", "no-such-job", "no-such.json"])
def test_new_wants_a_file(run: Run, store: list[str], name: str) -> None:
    done = run("visit", "new", name, *store)
    assert (done.status, done.last["code"]) == (1, "file-not-read")


class Terminal(io.StringIO):
    """A keyboard that somebody sits at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "status", "made"),
    [
        (["four unrelated words", "four unrelated wrods"], 1, False),
        (["four unrelated words", "four unrelated words"], 0, True),
    ],
)
def test_the_pass_phrase_of_a_new_store_is_asked_for_twice(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: list[str],
    status: int,
    made: bool,
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal())
    waiting = iter([*typed, *typed[:1]])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(waiting))
    words = ["visit", "list", "--data-dir", str(tmp_path)]
    assert main(words) == status
    assert (tmp_path / "store.db").exists() is made
    if made:
        assert main(words) == 0  # one that is there is opened by saying it once
        assert next(waiting, None) is None
    assert typed[0] not in "".join(capsys.readouterr())


def test_only_answers_that_nothing_asks_for_are_warned_of(run: Run, tmp_path: Path) -> None:
    words = visit_words("run", tmp_path, LINK)
    answers = tmp_path / "answers.json"
    used = {"scan-meter/notice": "N-1", "scan-meter/cleared-by": "B. Chief", "hand-over?": "yes"}
    told = json.loads(answers.read_text()) | used | {"hand-ovr": "yes"}
    answers.write_text(json.dumps(told))
    warned = [line for line in run(*words).errors.splitlines() if "never asks for" in line]
    assert len(warned) == 1, warned
    assert "“hand-ovr”; near it are: hand-over" in warned[0]
