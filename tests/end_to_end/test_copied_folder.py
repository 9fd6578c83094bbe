"""A copied data folder yields nothing: after a day of live work every file that the program wrote by itself is searched
for secrets of every kind (T16), in every form of `tests.support.canary`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.end_to_end.lived_in import PHRASE, Computer
from tests.support.canary import found_in, found_under
from tests.support.emulate import Emulated
from tests.support.real_ids import real_premises


@pytest.fixture(scope="module")
def meter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulated]:
    premises = real_premises(tmp_path_factory.mktemp("premises"))
    with Emulated(premises, "--optical", "tcp://127.0.0.1:0", "--days", "2") as running:
        yield running


def test_a_day_of_work_by_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meter: Emulated) -> None:
    computer = Computer(tmp_path, monkeypatch, meter.url)
    computer.work()
    assert found_in((computer.asked / "diagnostics.json").read_bytes(), computer.secrets) == set(), "given out to help"
    said = computer.fall_over()
    assert "ValueError: cannot convert" in said
    assert "ui/cli/main.py" in said
    assert "ERROR asyncio: Task exception was never retrieved" in said
    missing = {name for name in computer.never_sealed() if not name.endswith("on the line")}
    assert missing == set(), "what is looked for was never there"  # over a line some go in pieces: test_trace_canary
    shutil.copytree(computer.folder, tmp_path / "copy")
    assert found_under(tmp_path / "copy", computer.secrets) == {}


@pytest.mark.skipif(os.name == "nt", reason="no core files there")
def test_a_live_program_that_dies_leaves_no_image_of_itself(tmp_path: Path) -> None:
    def died(training: bool) -> bool:
        code = (
            "import os, resource, sys\n"
            "from pathlib import Path\n"
            "from ui.stores import open_store\n"
            "from ui.system import SystemClock\n"
            "resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)\n"
            "open_store(Path('data'), sys.argv[1], training=bool(sys.argv[2]), clock=SystemClock())\n"
            "os.abort()\n"
        )
        words = [sys.executable, "-c", code, PHRASE, "yes" if training else ""]
        with subprocess.Popen(words, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}) as program:
            return os.WCOREDUMP(os.waitpid(program.pid, 0)[1])

    if not died(training=True):
        pytest.skip("this system leaves none anyway")
    for image in tmp_path.glob("core*"):
        image.unlink()
    assert not died(training=False)
    assert list(tmp_path.glob("core*")) == []
