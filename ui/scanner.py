"""Scanning as the window asks for it: what was scanned, the pieces of the picture, and whose the numbers are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.scan.labels import Scan, read_label
from hht.scan.pictures import cut_outs
from hht.work.scanned import JobKnowledge
from ui.scans import octets_of, own_formats, scans_in
from ui.threads import in_thread

if TYPE_CHECKING:
    from hht.scan.formats import LabelFormat
    from hht.work.visit_store import StoredJob


@dataclass(frozen=True, slots=True)
class Whose:
    """The job that has a number: `words` say which number it is."""

    words: str
    reference: str
    job_id: str


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was scanned. One piece of the picture (PNG) for each scan where there was one, and whose each is.

    `trouble`: what is wrong with the engineer's own table of formats; without it was scanned all the same.
    """

    scans: tuple[Scan, ...]
    whose: tuple[Whose | None, ...]
    cuts: tuple[bytes, ...] = field(default=(), repr=False)
    trouble: HhtError | None = None


class Scanner:
    """`folder`: the terminal's data; `jobs`: those of its store."""

    def __init__(self, folder: Path, jobs: Callable[[], Iterable[StoredJob]]) -> None:
        self._folder, self._jobs = folder, jobs

    async def text(self, text: str) -> Scanned:
        """What a scanner sent. Raises StoreError."""
        own, trouble = self._own()
        return self._told((read_label(text, own),), trouble=trouble)

    async def picture(self, octets: bytes) -> Scanned:
        """The codes of a picture. Raises PictureError, ScanProblem, StoreError."""
        own, trouble = self._own()
        scans = await in_thread(scans_in, octets, own)
        codes = tuple(scan.code for scan in scans if scan.code is not None)
        cuts = await in_thread(cut_outs, octets, codes) if codes else ()
        return self._told(scans, cuts, trouble)

    async def file(self, path: Path) -> Scanned:
        """The same of a file; one of text is what a scanner sent. Raises as `picture`."""
        return await self.picture(await in_thread(octets_of, str(path)))

    def _own(self) -> tuple[tuple[LabelFormat, ...], HhtError | None]:
        try:
            return own_formats(self._folder), None
        except HhtError as error:
            return (), error

    def _told(self, scans: tuple[Scan, ...], cuts: tuple[bytes, ...] = (), trouble: HhtError | None = None) -> Scanned:
        jobs = list(self._jobs())
        return Scanned(scans, tuple(_whose(scan.text, jobs) for scan in scans), cuts, trouble)


def _whose(text: str, jobs: list[StoredJob]) -> Whose | None:
    for stored in jobs:
        thing = JobKnowledge(stored.job).whose(text)
        if thing is not None:
            return Whose(thing.words, stored.job.reference, stored.job_id)
    return None
