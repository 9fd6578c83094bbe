"""The .deb: the program with its own Python in /usr/lib/hht, what a desktop needs to find it, and the probes' rule."""

from __future__ import annotations

import gzip
import os
import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINUX = ROOT / "packaging" / "linux"
LIBC = "2.36"  # of the Debian that the folder is built on


def udev_rules() -> Iterator[str]:
    """Who sits at the computer may use probes and dongles (resources/catalogue/probes.toml), and ModemManager keeps its
    hands off: it would talk to a meter as to a modem."""
    yield "# Made from resources/catalogue/probes.toml."
    chips = tomllib.loads((ROOT / "resources" / "catalogue" / "probes.toml").read_text(encoding="utf-8"))["chip"]
    for chip in chips:
        yield f"# {chip['maker']} {chip['product']}"
        for product in chip["pids"]:
            match = f'ATTRS{{idVendor}}=="{chip["vid"]:04x}", ATTRS{{idProduct}}=="{product:04x}"'
            yield f'SUBSYSTEM=="tty", {match}, TAG+="uaccess", ENV{{ID_MM_DEVICE_IGNORE}}="1"'


def fill(tree: Path, program: Path, manuals: tuple[Path, Path], out: Path) -> None:
    """Lay everything where Debian has it. `manuals`: the page of `man`, and the folder of pages."""
    shutil.copytree(program, tree / "usr/lib/hht", symlinks=True)
    share, doc = tree / "usr/share", tree / "usr/share/doc/hht"
    icons, rules = share / "icons/hicolor/scalable/apps", tree / "usr/lib/udev/rules.d"
    for folder in (tree / "usr/bin", share / "applications", icons, share / "man/man1", doc, rules):
        folder.mkdir(parents=True)
    (tree / "usr/bin/hht").symlink_to("../lib/hht/hht")
    shutil.copy(LINUX / "hht.desktop", share / "applications")
    shutil.copy(ROOT / "resources/icons/app.svg", icons / "hht.svg")
    (share / "man/man1/hht.1.gz").write_bytes(gzip.compress(manuals[0].read_bytes(), mtime=0))
    # Below 73-seat-late.rules, which acts on the tag.
    (rules / "70-hht.rules").write_text("".join(f"{line}\n" for line in udev_rules()), encoding="utf-8")
    shutil.copytree(manuals[1], doc / "manual")
    shutil.copy(ROOT / "LICENSE", doc / "copyright")
    for name in ("sbom.cdx.json", "licences.txt"):
        shutil.copy(out / name, doc)


def control(tree: Path, version: str, architecture: str) -> None:
    """DEBIAN/: what dpkg has to know."""
    size = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file() and not path.is_symlink()) // 1024
    text = (LINUX / "control.in").read_text(encoding="utf-8")
    for name, value in {"VERSION": version, "ARCH": architecture, "SIZE": str(size), "LIBC": LIBC}.items():
        text = text.replace(f"@{name}@", value)
    folder = tree / "DEBIAN"
    folder.mkdir()
    (folder / "control").write_text(text, encoding="utf-8")
    for name in ("postinst", "postrm"):
        shutil.copy(LINUX / name, folder)
        (folder / name).chmod(0o755)


def deb(
    out: Path, program: Path, manuals: tuple[Path, Path], version: str, epoch: str, run: Callable[..., str]
) -> Path:
    """OUT/hht_VERSION_ARCH.deb, the same bytes each time: one owner, one time, one order."""
    tree = out / "deb-tree"
    shutil.rmtree(tree, ignore_errors=True)
    fill(tree, program, manuals, out)
    architecture = run("dpkg", "--print-architecture").strip()
    control(tree, version, architecture)
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        os.utime(path, (int(epoch), int(epoch)), follow_symlinks=False)
    made = out / f"hht_{version}_{architecture}.deb"
    run("dpkg-deb", "--root-owner-group", "--threads-max=1", "-Zzstd", "-z10", "--build", tree, made)
    shutil.rmtree(tree)
    return made
