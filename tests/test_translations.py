"""One mechanism for every text: the catalogue can be extracted, compiled and spoken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hht import i18n
from tests.conftest import ROOT


def test_every_kind_of_text_is_extracted(tmp_path: Path) -> None:
    pot = tmp_path / "hht.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "packaging/babel.cfg"]
    subprocess.run([*command, "-k", "_", "-o", str(pot), "."], cwd=ROOT, check=True, timeout=120)
    text = pot.read_text(encoding="utf-8")
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
