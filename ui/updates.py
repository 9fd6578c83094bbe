"""Checking a release that somebody brought: a folder or a stick. Nothing is fetched, nothing is installed.

What the terminal remembers of releases stands beside the store, for live work and training apart. Where that file is
gone, live work trusts nobody until a person names the root again; whoever may write there may also replace the program,
so the file itself is not sealed.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from hht import __version__
from hht.access.roles import Act
from hht.clock import iso_z
from hht.i18n import _
from hht.private_files import private_folder
from hht.releases.metadata import (
    MOST_OCTETS,
    Artefact,
    ReleaseRefused,
    Root,
    fingerprint,
    read_root,
    refused,
    release_number,
)
from hht.releases.trust import Checked, Remembered, check_artefact, check_release, first_root, memory_name
from ui.short_file import read_short, why
from ui.stores import no_store
from ui.whole_file import whole_binary_file

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.store.store import Store

FORMAT: Final = "hht-releases/1"
TARGETS: Final = "targets.json"
_MOST_ROOTS: Final = 100
_MOST_FILES: Final = 1000


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A file of a folder with a release. `state`: "signed", "missing" (signed, and not here), "not-signed" (here, and
    none of the release)."""

    name: str
    state: str


class Updates:
    """What one terminal remembers of releases. Every method raises ReleaseRefused. `store`: of live work, which says
    who may name the maintainers and logs who did."""

    def __init__(self, folder: Path, clock: Clock, *, training: bool, store: Callable[[], Store] = no_store) -> None:
        self._path = folder / memory_name(training)
        self._clock, self._training, self._store = clock, training, store

    @property
    def remembered(self) -> Remembered:
        """What is remembered; in training, to begin with, the root of training. Raises ``release-memory`` where the
        file was damaged: nothing is known then of what has been seen."""
        try:
            octets = read_short(self._path)
        except FileNotFoundError:
            return Remembered(self._training_root() if self._training else b"")
        except OSError as error:
            raise self._damaged() from error
        try:
            plain = json.loads(octets)
            root = base64.b64decode(plain["root"], validate=True)
            seen = datetime.fromisoformat(plain["seen"])
            found = Remembered(root, int(plain["version"]), str(plain["digest"]), str(plain["release"]), seen)
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError, binascii.Error) as error:
            raise self._damaged() from error
        if plain.get("format") != FORMAT or seen.tzinfo is None:
            raise self._damaged()
        return found

    @property
    def root(self) -> Root | None:
        """Whose releases are taken; None: nobody's."""
        octets = self.remembered.root
        return read_root(octets) if octets else None

    def trust(self, octets: bytes, print_: str) -> Root:
        """Begin with this root; `print_`: its fingerprint, as a person has it from elsewhere. Raises ReleaseRefused
        ``release-root-known`` where there is one (it changes by a chain that its own maintainers sign),
        ``release-fingerprint``; AccessRefused, StoreError, HhtError ``locked`` in live work."""
        if not self._training:
            self._store().require(Act.TRUST)
        if self.remembered.root:
            raise ReleaseRefused(
                _("This terminal knows already whose releases it takes."),
                remedy=_("Maintainers change by N.root.json files, signed by those before them: hht update check."),
                code="release-root-known",
            )
        root = first_root(octets, training=self._training, now=self._clock.now())
        given = "".join(print_.split()).replace("-", "").lower()
        if given != fingerprint(root).replace(" ", ""):
            raise ReleaseRefused(
                _("The fingerprint of this file is {found}.").format(found=fingerprint(root)),
                remedy=_("Compare it with what the maintainers publish elsewhere; trust nothing that differs."),
                code="release-fingerprint",
            )
        if not self._training:
            self._store().log("releases-trusted", {"fingerprint": fingerprint(root)})
        self._keep(Remembered(octets, seen=self._clock.now()))
        return root

    def check(self, folder: Path) -> Checked:
        """Check what says which release is in a folder, and remember it. Raises as `check_release`."""
        remembered = self.remembered
        first = read_root(remembered.root).version + 1 if remembered.root else 1
        roots = []
        for number in range(first, first + _MOST_ROOTS):
            octets = _read(folder / f"{number}.root.json")
            if octets is None:
                break
            roots.append(octets)
        targets = _read(folder / TARGETS)
        if targets is None:
            raise refused(_("there is no {file} in {folder}").format(file=TARGETS, folder=folder))
        now = self._clock.now()
        try:
            found = check_release(targets, roots, remembered, training=self._training, now=now, running=__version__)
        except ReleaseRefused as error:
            if error.code == "release-expired" and now > remembered.seen:  # a clock that is set back then wins nothing
                self._keep(replace(remembered, seen=now))
            raise
        self._keep(found.remembered)
        return found

    def files(self, folder: Path, checked: Checked, only: str = "") -> Iterator[FileSeen]:
        """Read the release's files in a folder, each to its end (`only`: this one, which must be there). Raises
        ``release-artefact`` at the first that is not as it was signed."""
        wanted = {one.name: one for one in checked.targets.artefacts}
        if only and only not in wanted:
            raise ReleaseRefused(
                _("{name} is no file of release {release}.").format(name=only, release=checked.targets.release),
                remedy=_("Install nothing that the maintainers did not sign."),
                code="release-artefact",
            )
        for name, artefact in wanted.items():
            if only in ("", name):
                there = self._is_there(folder / name, artefact)
                if only and not there:
                    raise refused(_("{name} is not there").format(name=name))
                yield FileSeen(name, "signed" if there else "missing")
        if not only:
            with _read_to_its_end(folder):
                others = sorted(entry.name for entry in os.scandir(folder))[:_MOST_FILES]
            yield from (FileSeen(name, "not-signed") for name in others if name not in wanted and not _is_ours(name))

    @staticmethod
    def newer(checked: Checked) -> bool:
        """Whether the release is newer than this program."""
        return release_number(checked.targets.release) > release_number(__version__)

    def _is_there(self, path: Path, artefact: Artefact) -> bool:
        file = _opened(path)
        if file is None:
            return False
        with _read_to_its_end(path), file:
            check_artefact(artefact, file)
        return True

    def _keep(self, remembered: Remembered) -> None:
        plain = {
            "format": FORMAT,
            "root": base64.b64encode(remembered.root).decode("ascii"),
            "version": remembered.version,
            "digest": remembered.digest,
            "release": remembered.release,
            "seen": iso_z(remembered.seen),
        }
        private_folder(self._path.parent)
        with whole_binary_file(self._path) as file:
            file.write(json.dumps(plain, indent=1).encode("ascii") + b"\n")

    @staticmethod
    def _training_root() -> bytes:
        from hht.releases.making import training_root

        return training_root()

    def _damaged(self) -> ReleaseRefused:
        return ReleaseRefused(
            _("What this terminal remembers of releases cannot be read: {file}.").format(file=self._path),
            remedy=_("Check nothing until it is known why. Delete it only to name the maintainers anew."),
            code="release-memory",
        )


def _is_ours(name: str) -> bool:
    return name == TARGETS or name.endswith(".root.json")


def _read(path: Path) -> bytes | None:
    file = _opened(path)
    if file is None:
        return None
    with _read_to_its_end(path), file:
        return file.read(MOST_OCTETS + 1)


def _opened(path: Path) -> BinaryIO | None:
    """A plain file, by no link; None where there is none of that name. Raises ReleaseRefused for anything else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unread(path, error) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise refused(_("{file} is no plain file").format(file=path.name))
    return open(descriptor, "rb")


@contextlib.contextmanager
def _read_to_its_end(path: Path) -> Iterator[None]:
    """A stick may go while it is read. Raises ReleaseRefused."""
    try:
        yield
    except OSError as error:
        raise _unread(path, error) from error


def _unread(path: Path, error: OSError) -> ReleaseRefused:
    return refused(_("{file} cannot be read: {why}").format(file=path.name, why=why(error)))
