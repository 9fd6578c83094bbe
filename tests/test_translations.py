"""One mechanism for every text: the catalogue can be extracted, compiled and spoken."""

from __future__ import annotations

import string
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from hht import i18n
from tests.conftest import ROOT

WELSH = ROOT / "resources" / "locale" / "cy" / "LC_MESSAGES"


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every text there is now, as `make translations` extracts it."""
    pot = tmp_path_factory.mktemp("texts") / "hht.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "packaging/babel.cfg"]
    subprocess.run([*command, "-k", "_", "-k", "ngettext:1,2", "-o", str(pot), "."], cwd=ROOT, check=True, timeout=120)
    return pot


def texts(path: Path) -> dict[str | tuple[str, ...], str | tuple[str, ...]]:
    """{text: translation} of a catalogue; of a plural all its forms."""
    with path.open("rb") as file:
        found = read_po(file) if path.suffix != ".mo" else read_mo(file)
    kept = ((message.id, message.string) for message in found if message.id)
    return {
        one if isinstance(one, str) else tuple(one): other if isinstance(other, str) else tuple(other)
        for one, other in kept
    }


def fields(text: str) -> list[str]:
    """What is put in by `str.format`, with how it is written."""
    parts = string.Formatter().parse(text)
    return sorted(f"{name}!{kind}:{how}" for _words, name, how, kind in parts if name is not None)


def test_every_kind_of_text_is_extracted(extracted: Path) -> None:
    text = extracted.read_text(encoding="utf-8")
    for words in ("Check digit", "Check the job", "Continue", "communicated through the local port"):
        assert words.lower() in text.lower(), words


def test_a_compiled_catalogue_is_spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cy" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "hht.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Cancelled."\nmsgstr "Canslwyd."\n',
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "compile", "-D", "hht", "-d", str(tmp_path)]
    subprocess.run(command, check=True, timeout=60)
    monkeypatch.setattr(i18n, "resource_path", lambda *_parts: tmp_path)
    try:
        i18n.use_language("cy")
        assert i18n._("Cancelled.") == "Canslwyd."
    finally:
        monkeypatch.undo()
        i18n.use_language("en")
    assert i18n._("Cancelled.") == "Cancelled."


def test_every_text_is_there_in_welsh_with_what_is_put_in(extracted: Path) -> None:
    welsh = texts(WELSH / "hht.po")
    untranslated = [text for text in texts(extracted) if not all(forms_of(welsh.get(text, "")))]
    assert untranslated == [], (
        f"{len(untranslated)} texts: translate them in {WELSH / 'hht.po'}, then make translations"
    )
    for text, translated in welsh.items():
        allowed = [fields(one) for one in forms_of(text)]
        for form in forms_of(translated):
            assert fields(form) in allowed or (isinstance(text, tuple) and set(fields(form)) <= set(allowed[-1])), text


def forms_of(text: str | tuple[str, ...]) -> tuple[str, ...]:
    """A text, or each form of a plural; of none an empty one, which is not all there."""
    return (text,) if isinstance(text, str) else text


def test_what_is_spoken_is_what_was_translated() -> None:
    compiled, source = texts(WELSH / "hht.mo"), texts(WELSH / "hht.po")
    assert compiled == {text: translated for text, translated in source.items() if text}, "make translations"


def test_welsh_counts_in_its_own_way() -> None:
    try:
        i18n.use_language("cy")
        told = {count: i18n.ngettext("{count} day", "{count} days", count) for count in (0, 1, 2, 3, 5, 6)}
    finally:
        i18n.use_language("en")
    assert told[2] == "{count} ddiwrnod", "after two the first letter is another one"
    assert {told[count] for count in (0, 1, 3, 5, 6)} == {"{count} diwrnod"}
