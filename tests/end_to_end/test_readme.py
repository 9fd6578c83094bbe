"""What README.md and the guides tell people to type works as typed, page by page in that order, in a fresh clone.

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
from ui.manual.guides import guide_files

HHT, PYTHON = "hht ", "python "
VISIT = re.compile(r"visit run (resources/jobs/\S+\.json) ")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
MAKES = re.compile(r"--(?:csv|export|out) (\S+)")
# Of a line that takes something from another one of its page, or leaves it something:
KEPT = re.compile(r"--training|(?<![\w/])proof\b|(?<![\w/])visit\.pack|:4059|demo\.signed")
PARTS = 3
# Pages whose commands need more than a clone, and the test that plays them:
ELSEWHERE = {
    "add-a-meter-model": "test_how_the_meter_of_the_guide_speaks_is_kept_and_replays",
    "write-a-plug-in": "test_the_plug_in_of_the_guide_is_made_checked_turned_on_and_read",
}


def pages() -> dict[str, list[str]]:
    """The command lines of each page, in order: indented in README.md, in a block of `sh` in a guide."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = {"README": re.findall(r"^    (\S.*)$", readme, flags=re.MULTILINE)}
    for name, text in guide_files():
        blocks = re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
        found[name] = "".join(blocks).replace("\\\n", "").splitlines()
    return {
        name: [line.partition("  #")[0].strip() for line in lines if line.startswith((HHT, PYTHON, "make "))]
        for name, lines in found.items()
    }


PAGES = pages()


def visit_alone(line: str, lines: list[str]) -> str:
    """The job file of a visit to which no other line refers; "" for every other line."""
    found = VISIT.search(line)
    if found is None:
        return ""
    path = found.group(1)
    reference = parse_job((ROOT / path).read_text(encoding="utf-8"), path).reference
    return "" if any(reference in other for other in lines) else Path(path).stem


def groups() -> dict[str, list[str]]:
    """The lines, each in one group, by the name of the group; in a group they have the order of their page."""
    played = {name: lines for name, lines in PAGES.items() if name not in ELSEWHERE}
    every = [line for lines in played.values() for line in lines]
    found: dict[str, list[str]] = {}
    alone: dict[str, str] = {}  # what stands on two pages is typed once
    for page, lines in played.items():
        for line in lines:
            name = visit_alone(line, every) or page
            if not KEPT.search(line):
                name = alone.setdefault(line, f"alone-{len(alone) % PARTS}")
            if line not in found.setdefault(name, []) or name == page:
                found[name].append(line)
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
    """Run it in a shell, as a person does who has made and entered the environment."""
    python = shlex.quote(sys.executable)
    for stands_for, words in ((HHT, f"{python} -m ui "), (PYTHON, f"{python} ")):
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
    if in_shell or not command.startswith(HHT) or command.startswith(f"{HHT}demo"):
        return in_a_shell(command, clone)
    return forked.run("ui", *shlex.split(command)[1:], folder=clone, timeout_s=120)


def fault_of(line: str, done: subprocess.CompletedProcess[str], clone: Path) -> str:
    """What is wrong with what a line did; "" if nothing is."""
    if done.returncode != 0 or "Traceback" in done.stderr:
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
def test_every_command_of_readme_and_guides_works_as_typed(group: str, clone: Path, emulated: ExitStack) -> None:
    port = str(free_port())  # several people test on one computer
    faults = []
    for line in GROUPS[group]:
        command = line.replace("4059", port)
        if command.startswith(f"{HHT}emulate"):  # serves until it is stopped
            emulated.enter_context(Emulated(*shlex.split(command)[2:]))
            continue
        done = typed(f"{command} --dry-run" if command.startswith("make ") else command, clone)
        faults.append(fault_of(line, done, clone))
    assert not any(faults), "\n\n".join(filter(None, faults))


def test_pages_have_commands_of_every_kind_and_each_is_played() -> None:
    assert len(PAGES["README"]) > 8
    assert {"README", "make-visits", "emulated-homes", "alone-0"} < set(GROUPS)
    played = {line for lines in GROUPS.values() for line in lines}
    assert all(set(lines) <= played for name, lines in PAGES.items() if name not in ELSEWHERE)
    assert len(played) > 100
    assert {"profile.csv", "registers.csv", "proof"} <= {name for line in played for name in MAKES.findall(line)}
    others = (ROOT / "tests" / "manual" / "test_manual.py").read_text(encoding="utf-8")
    assert all(f"def {test}(" in others and PAGES[name] for name, test in ELSEWHERE.items())


# Each kind of visit, by a walkthrough of its own:
KINDS = (
    *("install-electricity", "install-dual-fuel", "install-dual-fuel-no-wan", "pair-cad", "load-control"),
    *("hub-exchange", "meter-exchange", "fault-visit", "prepayment-help", "crossed-meters", "survey-before-fitting"),
    *("smets1", "firmware", "opted-out-shop", "network-view"),
)


def test_every_kind_of_visit_has_one_command_without_links() -> None:
    """What it needs beside its answers, its job says."""
    for name in KINDS:
        (line,) = [one for one in PAGES["make-visits"] if f"jobs/{name}.json" in one and " visit run " in one]
        words = shlex.split(line)[3:]
        assert words == [words[0], "--training", "--hasten", "--answers", f"resources/samples/{name}-answers.json"]
