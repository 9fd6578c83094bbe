"""The folders and files the file sheets offer. Plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LIMIT = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a folder (or the folder above, named "..") or a file."""

    name: str
    path: str
    folder: bool


def entries(folder: Path, suffixes: tuple[str, ...]) -> list[Entry]:
    """The folder above, the folders in `folder`, then the files with one of `suffixes` (all files for an empty tuple),
    by name; hidden ones are left out. A folder that cannot be read shows only the way up."""
    found: list[Entry] = []
    if folder.parent != folder:
        found.append(Entry("..", str(folder.parent), True))
    try:
        inside = sorted(folder.iterdir(), key=lambda path: path.name.casefold())
    except OSError:
        return found
    shown = [path for path in inside if not path.name.startswith(".")]
    folders = [Entry(path.name, str(path), True) for path in shown if _is_folder(path)]
    wanted = [path for path in shown if not suffixes or path.suffix.casefold() in suffixes]
    files = [Entry(path.name, str(path), False) for path in wanted if not _is_folder(path)]
    return (found + folders + files)[:LIMIT]


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def free_name(folder: Path, name: str) -> str:
    """`name` in `folder`, with a number before its ending where that exists already: nothing is overwritten."""
    path = folder / name
    number = 2
    while path.exists():
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
        number += 1
    return str(path)
