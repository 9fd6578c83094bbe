"""``--help`` on every level, each with an example."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator

import pytest

from ui.cli.main import build_parser, main


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser and every one below it."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in dict.fromkeys(action.choices.values()):
                yield from parsers(below)


@pytest.mark.parametrize("parser", list(parsers(build_parser())), ids=lambda p: p.prog)
def test_an_example_on_every_level(parser: argparse.ArgumentParser) -> None:
    text = parser.format_help()
    assert "Example" in text
    assert "hht " in text
    assert parser.description, "what it does stands in its own help too"


def commands_of(parser: argparse.ArgumentParser) -> list[list[str]]:
    """What its example says to type."""
    text = " ".join((parser.epilog or "").split()).removeprefix("Example:")
    lines = [line.strip() for line in re.split(r";| \| | # ", text)]
    return [shlex.split(line)[1:] for line in lines if line.startswith("hht ")]


def test_each_example_is_taken_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """Quotation marks that a shell does not know, and options that are not there, are found out here."""
    examples = [words for parser in parsers(build_parser()) for words in commands_of(parser)]
    assert len(examples) > 150
    whole, wrong = build_parser(), []
    for words in examples:
        try:
            whole.parse_args(words)
        except SystemExit:
            wrong.append((words, capsys.readouterr().err))
    assert wrong == []


def test_training_means_the_same_before_and_after_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    bad = ["check", "mpan", "1312345678111", "--allow-test-identifiers"]
    assert main(bad) == 1
    assert main([*bad, "--training"]) == 0
    assert main(["--training", *bad]) == 0
    assert "1312345678111" in capsys.readouterr().out
