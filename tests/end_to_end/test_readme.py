"""What README.md tells people to type works as typed, in that order, in a fresh clone."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.emulate import Emulated

README = (ROOT / "README.md").read_text(encoding="utf-8")
HHT, PYTHON = ".venv/bin/hht", ".venv/bin/python"


def commands() -> list[tuple[str, int]]:
    """The indented command lines of README.md, in order, and the exit status of each: what is said beside it may be
    that it stops somewhere."""
    lines = re.findall(r"^    (\S.*)$", README, flags=re.MULTILINE)
    parts = [line.partition("  #") for line in lines if line.startswith((HHT, PYTHON, "make "))]
    return [(command.strip(), int(" stops where " in beside)) for command, _mark, beside in parts]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder to type in that has what a clone has: results land here, not in the one that is tested."""
    for name in ("resources", "Makefile"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.fixture
def emulated() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def typed(command: str, clone: Path) -> subprocess.CompletedProcess[str]:
    """Run it in a shell, as a person does who has made the environment."""
    here = {**os.environ, "PYTHONPATH": str(ROOT), "HHT_HOME": str(clone / "home"), "QT_QPA_PLATFORM": "offscreen"}
    python = shlex.quote(sys.executable)
    for stands_for, words in ((HHT, f"{python} -m ui"), (PYTHON, python)):
        if command.startswith(stands_for):
            command = words + command.removeprefix(stands_for)
    return subprocess.run(
        ["sh", "-c", command], cwd=clone, env=here, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


def test_every_command_of_the_readme_works_as_typed(clone: Path, emulated: ExitStack) -> None:
    port = str(free_port())  # several people test on one computer
    found = commands()
    assert len([one for one, _status in found if one.startswith(HHT)]) > 15
    for line, status in found:
        command = line.replace("4059", port)
        if command.startswith(f"{HHT} emulate"):  # serves until it is stopped
            emulated.enter_context(Emulated(*shlex.split(command)[2:]))
            continue
        done = typed(f"{command} --dry-run" if command.startswith("make ") else command, clone)
        assert done.returncode == status, f"{line}\n{done.stdout[-2000:]}\n{done.stderr}"
        assert "Traceback" not in done.stderr, line
    for name in ("profile.csv", "registers.csv", "proof/report.pdf", "proof/report.json", "proof/trace.jsonl"):
        assert (clone / name).stat().st_size > 100, name


def test_files_and_commands_named_in_the_text_are_there() -> None:
    for path in re.findall(r"(?:resources|packaging|tests)/[\w./-]+\w", README):
        assert (ROOT / path).exists(), path
    targets = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z-]+)", README):
        assert re.search(rf"^{target}:", targets, flags=re.MULTILINE), target
