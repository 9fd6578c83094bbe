"""What is packaged, without building it whole (`make package-check` does): the parts that people rely on are right."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT
from ui.cli.main import build_parser

PACKAGING = ROOT / "packaging"


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """packaging/debian.py, as the build has it."""
    monkeypatch.syspath_prepend(str(PACKAGING))
    sys.modules.pop("debian", None)
    import debian

    return debian


def pinned(text: str) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9_.-]+)==([^\s\\;]+)", text, flags=re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): number for name, number in found}


def test_windows_installs_the_versions_that_were_tested_each_with_its_hash() -> None:
    lock = (PACKAGING / "windows" / "lock.txt").read_text(encoding="utf-8")
    ours, theirs = pinned((ROOT / "constraints.txt").read_text(encoding="utf-8")), pinned(lock)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for dependency in project["dependencies"]:
        name = re.split(r"[<>=]", dependency)[0].replace("_", "-").lower()
        assert theirs[name] == ours[name], name
    for name in theirs.keys() & ours.keys():
        assert theirs[name] == ours[name], name
    for entry in re.split(r"\n(?=\S)", lock.strip()):
        assert "--hash=sha256:" in entry, entry


def test_every_adapter_of_the_catalogue_may_be_used_and_is_left_alone_by_modem_managers(module: ModuleType) -> None:
    rules = list(module.udev_rules())
    chips = tomllib.loads((ROOT / "resources/catalogue/probes.toml").read_text(encoding="utf-8"))["chip"]
    pairs = {(f"{chip['vid']:04x}", f"{product:04x}") for chip in chips for product in chip["pids"]}
    named = r'ATTRS{idVendor}=="(\w{4})", ATTRS{idProduct}=="(\w{4})"'
    form = rf'SUBSYSTEM=="tty", {named}, TAG\+="uaccess", ENV{{ID_MM_DEVICE_IGNORE}}="1"'
    assert {match.groups() for rule in rules if (match := re.fullmatch(form, rule))} == pairs
    assert all(re.fullmatch(form, rule) or rule.startswith("#") for rule in rules)


def test_the_desktop_finds_the_program_by_what_it_says() -> None:
    entry = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(PACKAGING / "linux" / "hht.desktop", encoding="utf-8")
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    for section in entry.sections():
        assert entry[section]["Exec"].split()[0] in scripts
        assert entry[section]["Name"]
        assert entry[section]["Name[cy]"]
    assert entry["Desktop Entry"]["Icon"] == "hht"


def test_the_manual_page_has_every_command(tmp_path: Path) -> None:
    page = tmp_path / "hht.1"
    subprocess.run([sys.executable, PACKAGING / "man_page.py", page], cwd=ROOT, check=True, timeout=120,
                   env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"})  # fmt: skip
    text = page.read_text(encoding="utf-8")
    (commands,) = [action.choices for action in build_parser()._actions if isinstance(action.choices, dict)]
    for name in commands:
        assert f".SS {name}\n" in text.replace("\\-", "-"), name
    macros = {line.split()[0] for line in text.splitlines() if line.startswith(".")}
    assert macros <= {".TH", ".SH", ".SS", ".B", ".PP", ".nf", ".fi"}, "a line of the text was taken for one of troff's"
    if shutil.which("groff"):
        done = subprocess.run(
            ["groff", "-Kutf8", "-man", "-ww", "-z", page], capture_output=True, text=True, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")


def stand_in(folder: Path) -> Path:
    program = folder / "hht"
    (program / "_internal").mkdir(parents=True)
    (program / "hht").write_text("#!/bin/sh\n", encoding="utf-8")
    (program / "hht").chmod(0o755)
    (program / "_internal" / "data").write_bytes(bytes(5000))
    for name in ("sbom.cdx.json", "licences.txt", "hht.1"):
        (folder / name).write_text(name, encoding="utf-8")
    (folder / "manual").mkdir()
    (folder / "manual" / "index.html").write_text("the manual", encoding="utf-8")
    return program


def run(*command: object) -> str:
    env = {"SOURCE_DATE_EPOCH": "1767225600", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, env=env).stdout


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg-deb is not here: not a Debian")
def test_a_deb_is_the_same_each_time_and_needs_what_the_window_needs(module: ModuleType, tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        program = stand_in(tmp_path / name)
        manuals = tmp_path / name / "hht.1", tmp_path / name / "manual"
        made.append(module.deb(tmp_path / name, program, manuals, "0.1.0", "1767225600", run))
    assert made[0].read_bytes() == made[1].read_bytes()
    script = (PACKAGING / "setup.sh").read_text(encoding="utf-8")
    wanted = " ".join(re.findall(r'^o(?:ff|n)screen="(.*)"$', script, flags=re.MULTILINE)).split()
    depends = run("dpkg-deb", "-f", made[0], "Depends", "Recommends")
    assert [name for name in wanted if not re.search(rf"\b{re.escape(name)}\b", depends)] == []
    listed = run("dpkg-deb", "-c", made[0])
    assert {line.split()[1] for line in listed.splitlines()} == {"root/root"}
    for path in ("usr/bin/hht -> ../lib/hht/hht", "usr/share/man/man1/hht.1.gz", "usr/lib/udev/rules.d/70-hht.rules",
                 "usr/share/applications/hht.desktop", "usr/share/icons/hicolor/scalable/apps/hht.svg",
                 "usr/share/doc/hht/sbom.cdx.json", "usr/share/doc/hht/licences.txt",
                 "usr/share/doc/hht/manual/index.html"):  # fmt: skip
        assert f"./{path}\n" in listed, path


def test_the_windows_installer_takes_away_what_it_brings_and_nothing_else() -> None:
    script = (PACKAGING / "windows" / "hht.nsi").read_text(encoding="utf-8")
    brings, removes = script.split('Section "Uninstall"')
    shortcuts = set(re.findall(r'CreateShortcut "([^"]+)"', brings))
    assert shortcuts
    assert shortcuts | {"$INSTDIR\\hht.exe", "$INSTDIR\\uninstall.exe"} == set(re.findall(r'Delete "([^"]+)"', removes))
    assert re.findall(r'RMDir /r "([^"]+)"', removes) == ["$INSTDIR\\_internal"], (
        "a folder of the user's could go with it"
    )
    keys = set(re.findall(r'WriteReg\w+ HKCU "([^"]+)"', brings))
    assert keys == set(re.findall(r'DeleteRegKey HKCU "([^"]+)"', removes))
    assert "HKLM" not in script, "needs an administrator"


def test_the_folder_with_its_own_python_has_what_plug_ins_may_import() -> None:
    """PyInstaller takes in of Python's library what is imported somewhere: the spec names the rest."""
    from importlib.util import find_spec

    from hht.plugins.kit.source import LIBRARY

    spec = (PACKAGING / "hht.spec").read_text(encoding="utf-8")
    assert "lazily += sorted(LIBRARY)" in spec
    assert "sorted({kind.module for kind in PERMITTED})" in spec, "key stores, too: they are imported by name"
    assert "hiddenimports=ours + lazily" in spec
    assert [name for name in sorted(LIBRARY) if find_spec(name) is None] == []


def test_what_is_imported_by_name_alone_is_packaged_too() -> None:
    """PyInstaller sees what an import statement names; a library that is named in a call has to be told to it."""
    named: set[str] = set()
    for room in ("hht", "drivers", "ui"):
        for path in (ROOT / room).rglob("*.py"):
            named |= set(re.findall(r'import_module\("([a-z0-9_.]+)"\)', path.read_text(encoding="utf-8")))
    others = {name.partition(".")[0] for name in named} - {"hht", "drivers", "ui", "resources"}
    told = re.findall(r"^lazily = (.*)$", (PACKAGING / "hht.spec").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert "paho" in others
    assert others <= {name.partition(".")[0] for name in re.findall(r'"([a-z0-9_.]+)"', told[0])}
