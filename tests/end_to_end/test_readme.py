"""What README.md tells people to type works as typed, in that order, in a fresh clone.

Lines that need nothing of one another are typed in folders of their own, so that several are tried at once.
"""

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

from hht.work.job import parse_job
from tests.conftest import ROOT
from tests.support import forked
from tests.support.emulate import Emulated

README = (ROOT / "README.md").read_text(encoding="utf-8")
HHT, PYTHON = ".venv/bin/hht", ".venv/bin/python"
VISIT = re.compile(r"visit run (resources/jobs/\S+\.json) ")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
MAKES = re.compile(r"--(?:csv|export|out) (\S+)")
# Of a line that takes something from another one, or leaves it something:
KEPT = re.compile(r"--training|(?<![\w/])proof\b|(?<![\w/])visit\.pack|:4059|kestrel")
PARTS = 3

Line = tuple[str, int]


def commands() -> list[Line]:
    """The indented command lines of README.md, in order, and the exit status of each: what is said beside it may be
    that it stops somewhere."""
    lines = re.findall(r"^    (\S.*)$", README, flags=re.MULTILINE)
    parts = [line.partition("  #") for line in lines if line.startswith((HHT, PYTHON, "make "))]
    return [(command.strip(), int(" stops where " in beside)) for command, _mark, beside in parts]


def visit_alone(line: str, lines: list[Line]) -> str:
    """The job file of a visit to which no other line refers; "" for every other line."""
    found = VISIT.search(line)
    if found is None:
        return ""
    path = found.group(1)
    reference = parse_job((ROOT / path).read_text(encoding="utf-8"), path).reference
    return "" if any(reference in other for other, _status in lines) else Path(path).stem


def groups() -> dict[str, list[Line]]:
    """The lines, each in one group, by the name of the group; in a group they have the order of README.md."""
    lines = commands()
    found: dict[str, list[Line]] = {}
    alone = 0
    for line, status in lines:
        name = visit_alone(line, lines) or "one-store"
        if not KEPT.search(line):
            name, alone = f"alone-{alone % PARTS}", alone + 1
        found.setdefault(name, []).append((line, status))
    return dict(sorted(found.items(), key=lambda group: -len(group[1])))


GROUPS = groups()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to type in that has what a clone has: results land here, not in the one that is tested."""
    for name in ("resources", "Makefile"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.setenv("HHT_HOME", str(tmp_path / "kept"))
    return tmp_path


@pytest.fixture
def emulated() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def in_a_shell(command: str, clone: Path) -> subprocess.CompletedProcess[str]:
    """Run it in a shell, as a person does who has made the environment."""
    python = shlex.quote(sys.executable)
    for stands_for, words in ((HHT, f"{python} -m ui"), (PYTHON, python)):
        if command.startswith(stands_for):
            command = words + command.removeprefix(stands_for)
    return subprocess.run(
        ["sh", "-c", command], cwd=clone, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def typed(command: str, clone: Path) -> subprocess.CompletedProcess[str]:
    """Run it: in a shell where the shell or the start of Python is part of it, else as a process of its own that need
    not import the program anew."""
    in_shell = re.search(r"[^\w\s./:,=@+-]", QUOTED.sub("", command))
    if in_shell or not command.startswith(HHT) or command.startswith(f"{HHT} demo"):
        return in_a_shell(command, clone)
    return forked.run("ui", *shlex.split(command)[1:], folder=clone, timeout_s=120)


def fault_of(line: str, status: int, done: subprocess.CompletedProcess[str], clone: Path) -> str:
    """What is wrong with what a line did; "" if nothing is."""
    if done.returncode != status or "Traceback" in done.stderr:
        return f"{line}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr}"
    made = [clone / name for name in MAKES.findall(line)]
    files = [file for path in made for file in (path.rglob("*") if path.is_dir() else [path]) if not file.is_dir()]
    if " visit run " in line:  # its evidence, as the last word says
        files += [Path(path) for path in re.findall(r"Report: (\S+)$", done.stdout, flags=re.MULTILINE)] or [
            clone / "-"
        ]
        made += files
    if bool(made) != bool(files) or any(not file.exists() or file.stat().st_size < 50 for file in files):
        return f"{line}: what it was to make is not there"
    return ""


@pytest.mark.long
@pytest.mark.timeout(900)  # a store of its own for half of them: one waits for the other
@pytest.mark.parametrize("group", GROUPS)
def test_every_command_of_the_readme_works_as_typed(group: str, clone: Path, emulated: ExitStack) -> None:
    port = str(free_port())  # several people test on one computer
    faults = []
    for line, status in GROUPS[group]:
        command = line.replace("4059", port)
        if command.startswith(f"{HHT} emulate"):  # serves until it is stopped
            emulated.enter_context(Emulated(*shlex.split(command)[2:]))
            continue
        done = typed(f"{command} --dry-run" if command.startswith("make ") else command, clone)
        faults.append(fault_of(line, status, done, clone))
    assert not any(faults), "\n\n".join(filter(None, faults))


def test_the_readme_has_commands_of_every_kind() -> None:
    assert len([line for line, _status in commands() if line.startswith(HHT)]) > 15
    assert {"one-store", "alone-0"} < set(GROUPS)
    assert sum(map(len, GROUPS.values())) == len(commands())
    made = {name for line, _status in commands() for name in MAKES.findall(line)}
    assert {"profile.csv", "registers.csv", "proof"} <= made


# Each kind of visit, by a walkthrough of its own:
KINDS = (
    *("install-electricity", "install-dual-fuel", "install-dual-fuel-no-wan", "pair-cad", "load-control"),
    *("hub-exchange", "meter-exchange", "fault-visit", "prepayment-help", "crossed-meters", "survey-before-fitting"),
    *("smets1", "firmware", "opted-out-shop", "network-view"),
)


def test_every_kind_of_visit_has_one_command_without_links() -> None:
    """What it needs beside its answers, its job says."""
    lines = [line for line, status in commands() if status == 0]
    for name in KINDS:
        (line,) = [one for one in lines if f"jobs/{name}.json" in one and " visit run " in one]
        words = shlex.split(line)[3:]
        assert words == [words[0], "--training", "--hasten", "--answers", f"resources/samples/{name}-answers.json"]


def test_files_and_commands_named_in_the_text_are_there() -> None:
    for path in re.findall(r"(?:resources|packaging|tests)/[\w./-]+\w", README):
        assert (ROOT / path).exists(), path
    targets = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z-]+)", README):
        assert re.search(rf"^{target}:", targets, flags=re.MULTILINE), target
