"""Is what was packaged as it should be: the same twice? Does each kind install, do a visit, and go without a trace?"""

from __future__ import annotations

import filecmp
import json
import shutil
import subprocess
import sys
from pathlib import Path

from package import PROGRAM, ROOT, TOOLS, WINDOWS_LOCK, build, run, version, windows_lock


def same(one: Path, other: Path) -> list[str]:
    """What differs between two builds, by name."""
    names = {path.relative_to(one) for path in one.rglob("*")} | {path.relative_to(other) for path in other.rglob("*")}
    kept = sorted(str(name) for name in names if not (one / name).is_dir())
    _equal, different, missing = filecmp.cmpfiles(one, other, kept, shallow=False)
    return sorted(different + missing)


def visit(command: Path, home: Path) -> None:
    """The demonstration visit with what was installed, offscreen, where no other Python is to be found."""
    out = home / "proof"
    bare = {"HHT_HOME": str(home / "data"), "QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin", "PYTHONPATH": ""}
    run(command, "demo", "--out", out, cwd=home, **bare)
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    if (out / "report.pdf").stat().st_size < 1000 or "complete" not in json.dumps(report):
        raise SystemExit(f"{command}: the demonstration visit is not complete: {out}")


def key_stores(command: Path, home: Path) -> None:
    """The program was packaged with what speaks to this system's key stores: they are found by name alone."""
    bare = {"HHT_HOME": str(home / "keys"), "PATH": "/usr/bin:/bin", "PYTHONPATH": ""}
    told = json.loads(run(command, "people", "key-store", "show", "--training", "--json", cwd=home, **bare))
    if "Secret Service" not in told["built_in"]:
        raise SystemExit(f"{command}: no key store is built in: {told}")


def window(command: Path, home: Path) -> None:
    """The window opens offscreen, and stays."""
    bare = {"HHT_HOME": str(home / "window"), "QT_QPA_PLATFORM": "offscreen", "HOME": str(home)}
    words = [str(command), "--training"]
    try:
        run_for = subprocess.run(words, cwd=home, timeout=8, capture_output=True, text=True, check=False, env=bare)
    except subprocess.TimeoutExpired:
        return
    raise SystemExit(f"{command}: the window closed by itself, status {run_for.returncode}\n{run_for.stderr}")


def files(folder: Path) -> set[str]:
    """Everything below `folder`, but for what Python keeps there by itself."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if "__pycache__" not in path.parts}


def as_wheel(out: Path, work: Path) -> None:
    """As pipx does it: an environment of its own. What it leaves when it goes is nothing."""
    run(sys.executable, "-m", "venv", work / "venv")
    python = work / "venv/bin/python"
    constraints = Path(__file__).parents[1] / "constraints.txt"
    run(python, "-m", "pip", "install", "-q", "-c", constraints, next(out.glob("*.whl")))
    packages = next((work / "venv/lib").glob("python*")) / "site-packages"
    visit(work / "venv/bin/hht", work)
    signed_release(work / "venv/bin/hht", out, work)
    run(python, "-m", "pip", "uninstall", "-q", "-y", "hht")
    left = [name for name in files(packages) if name.split("/")[0] in ("hht", "ui", "drivers", "resources")]
    if left or (work / "venv/bin/hht").exists():
        raise SystemExit(f"after pip uninstall there is still: {left[:5]}")


def as_deb(out: Path, work: Path) -> None:
    """Into a root of its own (dpkg --root), as far as dpkg is concerned a whole computer; then removed from it."""
    root = work / "root"
    for name in ("info", "updates", "triggers"):
        (root / "var/lib/dpkg" / name).mkdir(parents=True)
    for name in ("status", "available"):
        (root / "var/lib/dpkg" / name).touch()
    before = files(root)
    forced = ("--force-depends", "--force-not-root", "--force-script-chrootless")
    dpkg = ("dpkg", f"--root={root}", *forced, "--log=/dev/null")
    run(*dpkg, "-i", next(out.glob("*.deb")))
    visit(root / "usr/bin/hht", work)
    key_stores(root / "usr/bin/hht", work)
    window(root / "usr/bin/hht", work)
    run(*dpkg, "--purge", "hht")
    left = sorted(name for name in files(root) - before if not name.startswith("var/lib/dpkg"))
    if left:
        raise SystemExit(f"after dpkg --purge there is still: {left[:5]}")


def signed_release(command: Path, out: Path, work: Path) -> None:
    """Signed by two maintainers of training, what was built is taken by the installed program; an octet more is not."""
    python, stick = PROGRAM / "bin/python", work / "release"
    stick.mkdir()
    for path in out.iterdir():
        if path.is_file():  # the folders are what the packages are made of
            shutil.copy(path, stick)
    run(python, ROOT / "packaging/release.py", "training", stick, "--release", version(), PYTHONPATH=str(ROOT))
    check_it = (command, "update", "check", stick, "--training", "--data-dir", work / "updates", "--json")
    told = json.loads(run(*check_it).splitlines()[-1])
    if told["files"] != len(list(stick.iterdir())) - 1 or not told["ok"]:
        raise SystemExit(f"not every file of {stick} is signed: {told}")
    with (stick / "SHA256SUMS").open("ab") as file:
        file.write(b"\n")
    done = subprocess.run([str(word) for word in check_it], capture_output=True, text=True, check=False)
    if done.returncode != 1 or "release-artefact" not in done.stdout:
        raise SystemExit(f"an altered file was not refused: {done.stdout}")


def check(out: Path) -> None:
    """All of it, in words; ends with status 1 at the first that is not so."""
    shutil.rmtree(out, ignore_errors=True)
    for name in ("one", "two"):
        build(out / name)
    different = same(out / "one", out / "two")
    if different:
        raise SystemExit(f"two builds differ in: {', '.join(different[:10])}")
    print("two builds are the same to the byte")
    for how in (as_wheel, as_deb):
        work = out / how.__name__
        work.mkdir()
        how(out / "one", work)
        print(f"{how.__name__}: installed, a visit done, removed without a trace")
    if windows_lock() != WINDOWS_LOCK.read_text(encoding="utf-8"):
        raise SystemExit(f"{WINDOWS_LOCK.name} is not what Windows would install: packaging/package.py lock")
    print(f"every package of {WINDOWS_LOCK.name} has a wheel for Windows ({TOOLS.name}/bin/uv)")
