"""The command line speaks the language that the environment asks for: also what Python's argument parser says, words of
the trade, premises and verdicts; what programs read stays as it is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from hht.diagnosis.knowledge import knowledge
from hht.display_texts import display_texts
from hht.i18n import use_language
from hht.pseudo_locale import PSEUDO, pseudo
from tests.cli.conftest import Run
from ui.cli.main import main


@pytest.fixture(autouse=True)
def longer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A language in which no text is as in English."""
    monkeypatch.setenv("LANGUAGE", PSEUDO)
    yield
    use_language("en")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """All that a command says to a person."""
    capsys.readouterr()
    with contextlib.suppress(SystemExit):
        main(words)
    told = capsys.readouterr()
    return told.out + told.err


def test_the_parsers_own_words_are_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    help_text = said(capsys, "glossary", "--help")
    assert help_text.startswith(pseudo("usage: "))
    for words in ("options", "positional arguments"):
        assert f"{pseudo(words)}:" in help_text
    assert "show this help message" not in help_text
    wrong = said(capsys, "glossary", "--no-such-option")
    assert pseudo("unrecognized arguments: %s") % "--no-such-option" in wrong
    assert pseudo("expected one argument") in said(capsys, "check", "mpan", "1", "--data-dir")


def test_words_of_the_trade_premises_and_what_is_known_of_faults_are_in_it(
    capsys: pytest.CaptureFixture[str], run: Run
) -> None:
    assert "[Thé" in said(capsys, "glossary", "HHD")
    listed = said(capsys, "premises")
    assert pseudo("Dual-fuel home, commissioned") in listed
    assert pseudo("A communications hub with an electricity and a gas meter, joined long ago.") in listed
    (dual,) = [line for line in run("premises").lines if line.get("name") == "dual-fuel"]
    assert dual["title"] == "Dual-fuel home, commissioned", "for programs it has one name"
    known = knowledge()
    for entry in (*known.causes.values(), *known.looks.values(), *known.readings.values(), *known.exclusions):
        for name in ("title", "why", "next", "words", "dont", "retry"):
            words = getattr(entry, name, "")
            assert not words or words.startswith("["), (entry.name, name)
    assert all(words.startswith("[") for one in known.readings.values() for words in one.values.values())
    assert all(words.startswith("[") for words in known.symptoms.values())
    assert all(entry.means.startswith("[") and entry.next_act.startswith("[") for entry in display_texts())
    use_language("en")
    assert not any(words.startswith("[") for words in knowledge().symptoms.values())


def test_what_a_meter_holds_is_named_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "read", "emulated:single-element?days=40", "registers", "events", "supply", "clock")
    for words in ("Active energy import, today so far", "event", "security", "enabled"):
        assert pseudo(words) in told, words
    assert "LoadLimitCounter" in told, "as the specification spells it"
    name = pseudo("Active energy import, today so far")
    for words in (name, "Active energy import, today so far"):  # it is found by either
        listed = said(capsys, "browse", "emulated:single-element?days=1", words)
        assert "1-0:1.29.0 " in listed, words
        assert name in listed
