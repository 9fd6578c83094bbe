"""Every screen, where `make shots` has taken pictures of them; else those that come along."""

from __future__ import annotations

import shutil
from pathlib import Path

from hht.i18n import _
from hht.resources import resource_path
from ui.manual.page import Page

TAKEN = "-day-1280x800@1.png"  # of the many that are taken of each screen, the one that is shown here
FOLDER = "screens"


def page(out: Path, shots: Path | None) -> Page:
    """The page; its pictures are copied beside it. `shots`: where `make shots` put them; None or empty: the program's
    own few."""
    made = Page("screens", _("Screens"))
    folder = out / FOLDER
    folder.mkdir()
    for path, name in _found(shots):
        shutil.copyfile(path, folder / f"{name}.png")
        made.picture(f"{FOLDER}/{name}.png", name.replace("-", " "))
    return made


def _found(shots: Path | None) -> list[tuple[Path, str]]:
    taken = sorted(shots.glob(f"*{TAKEN}")) if shots is not None else []
    if taken:
        return [(path, path.name.removesuffix(TAKEN)) for path in taken]
    return [(path, path.stem) for path in sorted(resource_path("screenshots").glob("*.png"))]
