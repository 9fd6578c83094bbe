"""What every command owes its caller: exit statuses, a full disk at the other end, texts that cannot steer a screen."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hht.errors import HhtError
from hht.work.view import Question, QuestionKind
from tests.cli.conftest import METER, Run
from tests.conftest import ROOT
from tests.support.command import JOB, hht
from tests.support.emulate import Emulated
from ui.cli.answers import asker
from ui.cli.common import Output


@pytest.mark.sampled(one_in=2)
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("words", [["premises"], ["premises", "--json"], ["read", METER, "registers"]])
def test_a_full_disk_at_the_other_end_is_a_sentence(words: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ui", *words], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "output-lost" in done.stderr


def test_a_reader_that_has_seen_enough_is_no_error_to_talk_about() -> None:
    command = f"{sys.executable} -m ui read {METER} profile --rows | head -n 1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_wrong_usage_is_2_and_a_refusal_1(run: Run) -> None:
    swapped = run("read", METER, "profile", "--from", "2026-11-02T00:00:00Z", "--to", "2026-11-01T00:00:00Z")
    assert (swapped.status, swapped.last["code"]) == (2, "usage")
    assert run("set", METER, "randomised-offset-limit", "1800").status == 1
    assert run("visit", "show", "J-1042", "--training").status == 1


def test_test_identifiers_need_the_training_trust_whatever_the_link(run: Run) -> None:
    words = ["set", METER, "mpan", "1200023305960", "--allow-test-identifiers"]
    refused = run(*words)
    assert (refused.status, refused.last["code"]) == (1, "training-only")
    assert run(*words, "--training").last["after"] == "1200023305960"


def test_what_a_device_says_cannot_steer_the_screen() -> None:
    out, err = io.StringIO(), io.StringIO()
    output = Output(False, out, err)
    output.emit("object", "name\x1b[2J\u202e\tvalue\nnext")
    output.error(HhtError("said \x1b]0;x\x07", remedy="\u2066none", code="x"))
    assert out.getvalue() == "name\\x1b[2J\\u202e\tvalue\nnext\n"
    assert "\x1b" not in err.getvalue()
    assert "\u2066" not in err.getvalue()


@pytest.mark.sampled(one_in=3)
@pytest.mark.parametrize("framing", ["iec", "hdlc", "wrapper"])
def test_a_paced_meter_is_read_over_tcp(framing: str) -> None:
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "1", "--paced") as meter:
        done = hht("read", f"{meter.url}?framing={framing}", "clock", "--training")
    assert done.status == 0, done.last
    assert done.of("clock")


def test_a_job_s_link_is_checked_when_the_job_comes_in(run: Run, tmp_path: Path) -> None:
    job = json.loads(JOB.read_text())
    path = tmp_path / "job.json"
    for link in ("tcp://nowhere", "telepathy:meter", "optical:", "tcp://user:secret@host:1"):
        path.write_text(json.dumps(job | {"link": link}, indent=1))
        done = run("visit", "new", str(path), "--training")
        assert done.status == 1
        assert "link" in done.last["message"]
        assert "secret" not in json.dumps(done.last)
    path.write_text(json.dumps(job | {"link": "dongle:/dev/ttyACM0"}))
    assert run("visit", "new", str(path), "--training").status == 0  # a way that a later version knows


ENDLESS = "/dev/zero"


@pytest.mark.skipif(not os.path.exists(ENDLESS), reason="no endless file here")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["read", METER, "--password-file", ENDLESS], "file-not-read"),
        (["read", METER, "--keys", ENDLESS], "file-not-read"),
        (["visit", "list", "--pass-phrase-file", ENDLESS], "pass-phrase-needed"),
        (["visit", "new", ENDLESS, "--training"], "job-too-long"),
        (["visit", "run", str(JOB), "--training", "--answers", ENDLESS], "answers-file"),
    ],
)
def test_a_file_without_an_end_is_refused(run: Run, words: list[str], code: str) -> None:
    done = run(*words)
    assert (done.status, done.last["code"]) == (1, code)
    assert "longer than" in done.last["message"]


@pytest.mark.parametrize(
    "words", [["visit", "list", "--training", "--data-dir", ""], ["read", METER, "profile", "--csv", " "]]
)
def test_an_option_that_names_nothing_does_not_mean_where_one_stands(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        run(*words)
    assert caught.value.code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a screen")
def test_no_screen_is_a_sentence() -> None:
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in screens}
    done = subprocess.run(
        [sys.executable, "-m", "ui"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("no-screen: ")
    assert "hht --help" in done.stderr


@pytest.mark.sampled(one_in=2)
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("words", [["--help"], ["read", "--help"], ["--version"], []])
def test_help_that_cannot_be_written_is_a_sentence_too(words: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ui.cli", *words],
            cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert (done.returncode, "output-lost" in done.stderr) == (1, True)
    assert "Exception ignored" not in done.stderr


@pytest.mark.sampled(one_in=2)
@pytest.mark.parametrize("words", ["premises", "premises --json", "--help"])
def test_no_standard_output_at_all_is_a_sentence(words: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m ui.cli {words} >&-"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "output-lost" in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full"])
def test_no_standard_error_does_not_stop_a_command(closed: str) -> None:
    command = f"{sys.executable} -m ui.cli read '{METER}' profile --csv /dev/null {closed}"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1  # /dev/null is no file that could be replaced
    assert done.stdout == ""
    command = f"{sys.executable} -m ui.cli read '{METER}' profile {closed}"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.count("\n") == 97


@pytest.mark.sampled(one_in=2)
@pytest.mark.parametrize("words", [["premises"], ["premises", "--json"], ["--help"], ["check", "mpan", "1", "--json"]])
def test_a_pipe_that_nobody_reads_is_the_status_of_sigpipe(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "ui.cli", *words],
            cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.sampled(one_in=2)
@pytest.mark.parametrize("words", ["premises", "premises --json", "read --help", "trace show nö --json"])
def test_a_terminal_that_knows_ascii_only(words: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", *words.split()], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert done.stdout.isascii()
    assert done.stdout
    assert b"Traceback" not in done.stderr
    if "--json" in words:
        assert all(json.loads(line) for line in done.stdout.splitlines())


def test_json_steers_no_screen_and_says_the_same() -> None:
    out = io.StringIO()
    text = "name\x1b[2J\u202e\u2066é\U000e0001\udcff\t"
    Output(True, out).emit("object", "", name=text)
    (line,) = out.getvalue().splitlines()
    assert line.isprintable()
    assert "é" in line
    assert json.loads(line)["name"] == text


def test_a_question_cannot_steer_the_screen_and_is_no_part_of_the_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class AtTerminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", AtTerminal("yes\n"))
    question = Question("hand-over", QuestionKind.TEXT, "Name\x1b[2J?", suggestion="\u202eabc")
    answer = asyncio.run(asker({}, Output(True))(question, None))
    told = capsys.readouterr()
    assert (answer, told.out) == ("yes", "")
    assert told.err == "Name\\x1b[2J? [\\u202eabc]: "
