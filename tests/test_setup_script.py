"""The set-up script, with everything that it calls played: what is installed when; a failure is not forgotten."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script for Debian")
STUBS = {
    # Tells of what is written in `installed`; the script asks for all packages at once.
    "dpkg-query": 'shift 2; for package in "$@"; do\n'
    'grep -qx "$package" installed && echo "$package install ok installed"; done; true',
    "apt-get": 'echo "apt-get $*" >>calls; test -e broken && exit 100\n'
    'case " $* " in *" install "*) for word in "$@"; do echo "$word"; done >>installed;; esac',
    "sudo": "exit 1",
    "id": "echo 0",
    "python3": 'case "$*" in "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python";;\n'
    '"-m pip "*) echo pip >>calls;; esac',
}
TOOLS = ("cat", "cksum", "cp", "dirname", "env", "grep", "mkdir", "rm", "sh", "tr")


class Machine:
    """A machine in a folder: what it has, and what was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "packaging").mkdir()
        for name in ("pyproject.toml", "constraints.txt", "packaging/setup.sh"):
            shutil.copy(ROOT / name, folder / name)
        (folder / "bin").mkdir()
        for name, words in STUBS.items():
            stub = folder / "bin" / name
            stub.write_text(f"#!/bin/sh\n{words}\n")
            stub.chmod(0o755)
        for name in TOOLS:
            (folder / "bin" / name).symlink_to(str(shutil.which(name)))
        for name in ("installed", "calls"):
            (folder / name).touch()

    def run(self, want: str = "run", **environment: str) -> tuple[str, list[str]]:
        """Run the script; what it says, and what it called to install."""
        (self.folder / "calls").write_text("")
        words = ["sh", "packaging/setup.sh", want]
        environment = {"PATH": str(self.folder / "bin"), **environment}
        done = subprocess.run(
            words, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stderr, (self.folder / "calls").read_text().splitlines()

    def breaks(self, *, broken: bool) -> None:
        """Installing system packages fails from now on, or works again."""
        mark = self.folder / "broken"
        if broken:
            mark.touch()
        else:
            mark.unlink()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def installs(calls: list[str]) -> list[str]:
    return [call for call in calls if call.startswith("apt-get") and " install " in call]


def test_the_second_time_nothing_is_installed(machine: Machine) -> None:
    said, calls = machine.run()
    assert "libegl1" in said
    assert len(installs(calls)) == 1
    assert "pip" in calls
    assert machine.run() == ("", [])


def test_what_could_not_be_installed_is_tried_again_and_told_again(machine: Machine) -> None:
    machine.breaks(broken=True)
    for _time in range(2):
        said, calls = machine.run()
        assert "ask an administrator for:  apt-get install libegl1" in said
        assert any(call.startswith("apt-get") for call in calls)
    assert "pip" not in calls, "the Python packages are there already"
    machine.breaks(broken=False)
    assert len(installs(machine.run()[1])) == 1
    assert machine.run() == ("", [])


@pytest.mark.parametrize("variable", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_a_display_that_comes_later_gets_its_libraries(machine: Machine, variable: str) -> None:
    machine.run()
    said, calls = machine.run(**{variable: ":0"})
    (installed,) = installs(calls)
    assert "libxcb-cursor0" in installed
    assert "libegl1" not in installed
    assert "libxcb-cursor0" in said
    assert "pip" not in calls
    assert machine.run(**{variable: ":0"}) == ("", [])
    assert machine.run() == ("", []), "without a display less is needed, and that is there"


def test_for_development_more_is_needed(machine: Machine) -> None:
    machine.run()
    (installed,) = installs(machine.run("dev")[1])
    assert installed.endswith("poppler-utils dbus umockdev mosquitto")
    assert machine.run("dev") == machine.run() == ("", [])


def test_what_somebody_removed_is_missed(machine: Machine) -> None:
    machine.run()
    installed = machine.folder / "installed"
    installed.write_text(installed.read_text().replace("libgl1\n", ""))
    (again,) = installs(machine.run()[1])
    assert again.split()[-1] == "libgl1"


def test_what_another_package_stands_for_is_not_asked_for_again(machine: Machine) -> None:
    """On Debian 13 libglib2.0-0 is libglib2.0-0t64."""
    apt = machine.folder / "bin" / "apt-get"
    apt.write_text(apt.read_text().replace('do echo "$word"', 'do echo "$word" | sed "s/^libglib2.0-0$/&t64/"'))
    (machine.folder / "bin" / "sed").symlink_to(str(shutil.which("sed")))
    machine.run()
    assert "libglib2.0-0t64" in (machine.folder / "installed").read_text()
    assert machine.run() == ("", [])


def test_no_debian_is_left_to_the_program(machine: Machine) -> None:
    (machine.folder / "bin" / "dpkg-query").unlink()
    said, calls = machine.run()
    assert "system libraries" not in said
    assert calls == ["pip"]
    assert not os.path.exists(machine.folder / "broken")
