"""``hht`` in this process, with its JSON lines parsed."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.command import Done
from ui.cli.main import main

METER = "emulated:single-element?days=2"
Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``hht WORDS --json`` with a store folder of this test's own and nobody at the keyboard."""
    monkeypatch.setenv("HHT_HOME", str(tmp_path / "home"))

    def once(*words: str, stdin: str = "") -> Done:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        status = main([*words, "--json"])
        told = capsys.readouterr()
        return Done(status, [json.loads(line) for line in told.out.splitlines()], told.err)

    return once
