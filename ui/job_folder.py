"""A folder that is watched for jobs: each new file is taken once, one that is still being written is waited for.

A file is taken when two looks after each other find it the same (length and time of change). What is taken stays where
it is; what is refused goes into the folder ``refused`` beside it, with a text that says why, or where that cannot be
made stays and is not told of again. What was looked at is known by its contents, so that a renamed file is no new one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hht.errors import HhtError
from hht.i18n import _
from hht.photos import MOST
from ui.intake import SUFFIXES, Intake, Taken
from ui.jobs import read_job_file
from ui.short_file import why

if TYPE_CHECKING:
    from hht.store.store import Store

SEEN: Final = "job-folder-seen"
REFUSED: Final = "refused"
_MOST: Final = 200  # files that one look takes in
_MOST_SEEN: Final = 5000


@dataclass(frozen=True, slots=True)
class FolderLook:
    """What one look found. `waits`: files that may still be written to."""

    taken: tuple[Taken, ...] = ()
    waits: int = 0
    error: HhtError | None = field(default=None, compare=False)


class JobFolder:
    """Looks into one folder. Call `look` every few seconds."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder = folder
        self._store, self._intake = store, Intake(store)
        self._before: dict[str, tuple[int, int]] = {}
        self._done: dict[str, tuple[int, int]] = {}  # looked at already, as they were then
        self._told = False  # that the folder cannot be read: once

    def look(self) -> FolderLook:
        """Take in what is new and whole. That the folder cannot be read is told once. Raises StoreError."""
        try:
            now = _files_now(self.folder)
        except OSError as error:
            told, self._told = self._told, True
            return FolderLook(error=None if told else _unreadable(self.folder, error))
        self._told = False
        self._done = {name: state for name, state in self._done.items() if now.get(name) == state}
        settled = [name for name, state in now.items() if self._before.get(name) == state and name not in self._done]
        waits = sum(name not in self._before or self._before[name] != state for name, state in now.items())
        self._before = now
        taken: list[Taken] = []
        for name in settled[:_MOST]:
            became = self._take(self.folder / name)
            taken += became
            if not any(one.passing for one in became):
                self._done[name] = now[name]
        return FolderLook(tuple(taken), waits)

    def _take(self, path: Path) -> tuple[Taken, ...]:
        seen: dict[str, str] = self._store.setting(SEEN) or {}
        try:
            octets = read_job_file(path, MOST)
        except HhtError as error:
            key = hashlib.sha256(f"{path.name} {self._before[path.name]}".encode()).hexdigest()
            return self._note(seen, key, path, (Taken(path.name, error=error),))
        key = hashlib.sha256(octets).hexdigest()
        return () if key in seen else self._note(seen, key, path, self._intake.octets(octets, path.name))

    def _note(self, seen: dict[str, str], key: str, path: Path, taken: tuple[Taken, ...]) -> tuple[Taken, ...]:
        if key in seen:
            return ()
        if any(one.passing for one in taken):
            return taken  # nothing is wrong with the file: it is taken when the store can
        # What is for the other kind of work is left to the terminal that does that
        bad = [one for one in taken if one.error is not None and one.error.code != "wrong-trust"]
        seen[key] = taken[-1].state
        self._store.save_setting(SEEN, dict(list(seen.items())[-_MOST_SEEN:]))
        if bad:
            _put_aside(path, bad)
        return taken


def _files_now(folder: Path) -> dict[str, tuple[int, int]]:
    """Length and time of change of each file that can be a job. Raises OSError."""
    found: dict[str, tuple[int, int]] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            hidden = entry.name.startswith((".", "~"))
            if hidden or Path(entry.name).suffix.lower() not in SUFFIXES:
                continue
            with contextlib.suppress(FileNotFoundError):  # gone since
                if entry.is_file() and (state := entry.stat()).st_size:
                    found[entry.name] = (state.st_size, state.st_mtime_ns)
    return dict(sorted(found.items()))


def _put_aside(path: Path, bad: list[Taken]) -> None:
    """Into the folder of refused files, under a name that is free there, with a text beside it. Where that cannot be
    done the file stays: it is known by its contents."""
    with contextlib.suppress(OSError):
        aside = path.parent / REFUSED
        aside.mkdir(exist_ok=True)
        place, number = aside / path.name, 1
        while place.exists():
            number += 1
            place = aside / f"{path.stem}-{number}{path.suffix}"
        path.rename(place)
        place.with_name(f"{place.name}.why.txt").write_text(
            "\n".join(one.words for one in bad) + "\n", encoding="utf-8"
        )


def _unreadable(folder: Path, error: OSError) -> HhtError:
    return HhtError(
        _("The folder of jobs {folder} cannot be read: {why}.").format(folder=folder, why=why(error)),
        remedy=_("Choose another in the settings, or plug in the disk it is on."),
        code="job-folder",
    )
