"""What people mistype, and whether what they are told then gets them on."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from hht.clock import readable_times, typed_time
from tests.cli.conftest import Run
from ui.cli.main import COMMANDS, build_parser, main
from ui.cli.read import moment


def test_a_time_is_taken_as_the_refusal_of_another_one_writes_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "emulated:single-element", "profile", "--from", "yesterday"]) == 2
    (shown,) = re.findall(r"Write it as (.*)\.$", capsys.readouterr().err, flags=re.MULTILINE)
    assert shown.endswith(" UTC"), "as people read it"
    assert moment(shown, "--from") == datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-11-21T10:30:00Z", "2026-11-21 10:30 UTC", "2026-11-21T11:30+01:00"])
def test_a_time_may_be_written_as_files_or_as_screens_have_it(text: str) -> None:
    assert typed_time(text) == datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
    assert typed_time(readable_times(text)) == typed_time(text)


@pytest.mark.parametrize("text", ["2026-11-21 10:30 CET", "10:30 UTC", "2026-11-31 10:30 UTC", "UTC", "2026-11-21 UTC"])
def test_what_is_no_time_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        typed_time(text)


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["pack", "verify", "x.pack", "--pass-phrase-file", "p"], "hht pack verify"),
        (["han", "exchange", "list", "--hub", "x"], "hht han exchange list"),
        (["check", "mpan", "1200023305967", "twice"], "hht check"),
    ],
)
def test_an_option_that_a_command_does_not_have_is_told_with_the_usage_of_that_command(
    words: list[str], command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(f"usage: {command} ")
    assert f"{command}: error: unrecognized arguments: " in told
    assert "usage: hht [" not in told


def test_an_empty_training_store_says_where_the_sample_jobs_are(run: Run) -> None:
    for words in (("job", "list"), ("visit", "list")):
        assert "hht tour" in run(*words, "--training").errors
    assert run("tour").status == 0
    listed = run("job", "list", "--training")
    assert listed.last["jobs"] > 10
    assert "hht tour" not in listed.errors


def test_the_trace_of_a_job_without_a_store_says_where_it_is(run: Run) -> None:
    refused = run("trace", "show", "J-1042")
    assert (refused.status, refused.last["code"]) == (1, "trace-file")
    assert "--training" in refused.last["remedy"]


def test_help_lists_every_command_once_in_groups() -> None:
    lines = build_parser().format_help().splitlines()
    listed = [
        words[0] for line in lines if re.match(r" {4}\S", line) and not line.endswith(":") and (words := line.split())
    ]
    assert listed == list(COMMANDS)
    heads = [line.strip() for line in lines if re.fullmatch(r" {4}\S.*:", line)]
    assert heads[0] == "Training:"
    assert len(heads) == 7


def test_help_says_what_counts_where_an_option_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    for words, told in (("demo", "default: hht-demo"), ("pack build", "default: 1"), ("set", "default 10,")):
        with pytest.raises(SystemExit):
            main([*words.split(), "--help"])
        text = " ".join(capsys.readouterr().out.split())
        assert told in text, words
        assert "default: 10.0" not in text
