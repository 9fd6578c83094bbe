#!/usr/bin/env python3
"""What people install, from this tree: wheel, one folder with its own Python, .deb, list of parts and licences.

    packaging/package.py build OUT       make them all in OUT
    packaging/package.py check OUT       make them twice, compare, install, do a visit with each, remove, see what stays
    packaging/package.py lock            renew packaging/windows/lock.txt (what a Windows computer installs: hashes)

Needs only Python: the tools come into environments of their own, .venv-package*, in the versions of constraints.txt.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / ".venv-package"  # the program, what it needs, and PyInstaller: nothing else can slip into the folder
TOOLS = ROOT / ".venv-package-tools"
TOOL_NAMES = ("build", "cyclonedx-bom", "pip-licenses", "uv", "markdown-it-py")
WINDOWS_LOCK = ROOT / "packaging" / "windows" / "lock.txt"


def version() -> str:
    """The version that pyproject.toml states."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def epoch() -> str:
    """The time that everything built here carries, in seconds: that of the commit, so that two builds are the same."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return given
    git = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
    return git.stdout.strip() or "1767225600"


def run(*command: str | Path, cwd: Path = ROOT, **more: str) -> str:
    """Run it; what it printed. Ends this program with its words when it fails."""
    words = [str(word) for word in command]
    here = {**os.environ, "SOURCE_DATE_EPOCH": epoch(), "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", **more}
    done = subprocess.run(words, cwd=cwd, env=here, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: exit status {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def environments() -> None:
    """Make both environments, or leave them as they are where nothing changed."""
    rests_on = (ROOT / "pyproject.toml", ROOT / "constraints.txt", Path(__file__))
    mark = hashlib.sha256(b"".join(path.read_bytes() for path in rests_on)).hexdigest()
    for folder, wanted in ((PROGRAM, (".", "pyinstaller")), (TOOLS, TOOL_NAMES)):
        stamp = folder / ".stamp"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == mark:
            continue
        shutil.rmtree(folder, ignore_errors=True)
        run(sys.executable, "-m", "venv", folder)
        run(folder / "bin" / "python", "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", *wanted)
        stamp.write_text(mark, encoding="utf-8")


def source(out: Path) -> Path:
    """A copy of what is built: setuptools leaves folders in a tree, and takes up what an earlier build left there."""
    tree = out / "source"
    for name in ("hht", "ui", "drivers", "resources", "packaging"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    return tree


def wheel(out: Path, tree: Path) -> None:
    """The wheel, for pip and pipx."""
    run(TOOLS / "bin" / "python", "-m", "build", "--wheel", "--outdir", out, tree)


def folder(out: Path, tree: Path) -> Path:
    """The program with its own Python: OUT/hht/hht runs where no Python is."""
    spec, work = tree / "packaging" / "hht.spec", out / "work"
    run(PROGRAM / "bin" / "pyinstaller", "-y", "--log-level", "ERROR", "--distpath", out, "--workpath", work, spec)
    shutil.rmtree(work)
    return out / "hht"


def lists(out: Path) -> None:
    """What is inside and under which licences: CycloneDX (sbom.cdx.json) for programs, licences.txt for people."""
    python = PROGRAM / "bin" / "python"
    run(TOOLS / "bin" / "cyclonedx-py", "environment", "--pyproject", ROOT / "pyproject.toml", "--output-reproducible",
        "-o", out / "sbom.cdx.json", python)  # fmt: skip
    builders = ("pyinstaller", "pyinstaller-hooks-contrib", "altgraph", "pip", "setuptools")
    texts = run(TOOLS / "bin" / "pip-licenses", "--python", python, "--from=mixed", "--with-urls", "--order=name",
                "--ignore-packages", *builders)  # fmt: skip
    (out / "licences.txt").write_text(texts, encoding="utf-8")


def manual(out: Path) -> Path:
    """The page of `man hht`, from the same texts as --help."""
    page = out / "hht.1"
    run(PROGRAM / "bin" / "python", ROOT / "packaging" / "man_page.py", page, COLUMNS="100", PYTHONPATH=str(ROOT))
    return page


def book(out: Path) -> Path:
    """The manual as a folder of pages (`make manual`): a tool's Python over the program and what that needs."""
    libraries = run(PROGRAM / "bin" / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    run(TOOLS / "bin" / "python", "-m", "ui.manual", out / "manual", PYTHONPATH=f"{ROOT}{os.pathsep}{libraries}")
    return out / "manual"


def windows(out: Path) -> Path:
    """The Windows installer's sources, compiled over a stand-in tree: they are right; the program in it is none."""
    tree = out / "windows-stand-in"
    (tree / "_internal").mkdir(parents=True)
    for name in ("hht.exe", "_internal/stand-in.txt"):
        (tree / name).write_text("A stand-in: built on Linux to try the installer's sources.\n", encoding="utf-8")
        os.utime(tree / name, (int(epoch()), int(epoch())))
    setup = out / f"hht-{version()}-stand-in-setup.exe"
    run("makensis", "-V2", "-WX", f"-DVERSION={version()}", f"-DTREE={tree}", f"-DOUT={setup}",
        ROOT / "packaging" / "windows" / "hht.nsi")  # fmt: skip
    shutil.rmtree(tree)
    return setup


def windows_lock() -> str:
    """What a Windows computer would install, with hashes: fails where a package has no wheel for it."""
    names = ["--python-platform", "x86_64-pc-windows-msvc", "--python-version", "3.12", "--only-binary", ":all:"]
    return run(TOOLS / "bin" / "uv", "pip", "compile", "pyproject.toml", *names, "-c", "constraints.txt",
               "--generate-hashes", "--no-header", "--no-annotate", "-q")  # fmt: skip


def build(out: Path) -> None:
    """All of it, and the sums of what was made."""
    from debian import deb

    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    environments()
    tree = source(out)
    program = folder(out, tree)
    wheel(out, tree)
    shutil.rmtree(tree)
    lists(out)
    made = deb(out, program, (manual(out), book(out)), version(), epoch(), run)
    print(f"{made.name}: {made.stat().st_size / 1e6:.0f} MB")
    if shutil.which("makensis"):
        windows(out)
    else:
        print("makensis is not here (apt-get install nsis): the Windows installer's sources were not tried.")
    files = [path for path in sorted(out.iterdir()) if path.is_file()]
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    (out / "SHA256SUMS").write_text(sums, encoding="utf-8")


def main(words: list[str]) -> None:
    """One of the three."""
    match words:
        case ["build", out]:
            build(Path(out).resolve())
        case ["check", out]:
            from package_check import check

            check(Path(out).resolve())
        case ["lock"]:
            environments()
            WINDOWS_LOCK.write_text(windows_lock(), encoding="utf-8")
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
