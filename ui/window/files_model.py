"""The folders and files the file sheets offer. Plain Python."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

LIMIT = 500  # lines that are shown
MOST = 5000  # names that are looked at: the window waits for it


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
        with os.scandir(folder) as inside:  # which says what a folder is without asking for each once more
            shown = [one for one in islice(inside, MOST) if not one.name.startswith(".")]
    except OSError:
        return found
    shown.sort(key=lambda one: one.name.casefold())
    kinds = [(one, _is_folder(one)) for one in shown]
    folders = [Entry(one.name, one.path, True) for one, is_folder in kinds if is_folder]
    wanted = [one for one, is_folder in kinds if not is_folder]
    files = [
        Entry(one.name, one.path, False)
        for one in wanted
        if not suffixes or Path(one.name).suffix.casefold() in suffixes
    ]
    return (found + folders + files)[:LIMIT]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def ending_of(name: str, suffixes: Iterable[str] = ()) -> str:
    """Which of `suffixes`, of which one may have more than one dot, the name of a file has; else its last one."""
    mine = name.casefold()
    return next((one for one in suffixes if mine.endswith(one)), Path(name).suffix.casefold())


def free_name(folder: Path, name: str, suffixes: Iterable[str] = ()) -> str:
    """`name` in `folder`, with a number before its ending where that exists already: nothing is overwritten."""
    path = folder / name
    ending = ending_of(name, suffixes)
    number = 2
    while path.exists():
        path = folder / f"{name[: len(name) - len(ending)]}-{number}{name[len(name) - len(ending) :]}"
        number += 1
    return str(path)
