"""Jobs taken in: a file, several, a folder of them, a picture with QR codes, what a scanner read. One way for all.

Whatever comes is told of in words: a job that is new, the same, changed (with what differs), a part of one whose other
parts are still to come, or refused. Parts of a job wait in the store until all are there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hht.clock import utc_text
from hht.errors import HhtError
from hht.i18n import _, ngettext
from hht.photos import MOST
from hht.plain_text import plain_text
from hht.store.errors import StoreError
from hht.work.job_changes import JobChange
from hht.work.job_code import MARK, JobCodeError, JobPart, is_job_code, joined, missing, parse_part
from hht.work.visit_store import StoredJob, VisitStore
from ui.jobs import job_door, read_job_file
from ui.system import new_id

if TYPE_CHECKING:
    from hht.store.store import Store

SETTING: Final = "job-parts"
PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"BM", b"RIFF")  # how PNG, JPEG, BMP and WebP begin
SUFFIXES: Final = (".json", ".png", ".jpg", ".jpeg", ".webp", ".bmp", ".txt")
_MOST_UNFINISHED: Final = 4  # jobs of which some parts are there
_MOST_FILES: Final = 200  # of a folder, or dropped at once
_FINAL: Final = ("wrong-trust", "job-exists")  # what a store says of the job itself


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one thing that came. `source`: the file's name, or what it was. Of a refused one there is `error`,
    of a part that waits `waits` (the numbers to come). `remark`: what is odd about one that was taken. `octets`: the
    file, where all that is wrong with it is that nobody signed it."""

    source: str
    job: StoredJob | None = None
    new: bool = False
    changes: tuple[JobChange, ...] = ()
    waits: tuple[int, ...] = ()
    remark: str = ""
    error: HhtError | None = field(default=None, compare=False)
    octets: bytes = field(default=b"", repr=False)

    @property
    def words(self) -> str:
        """What became of it, for people."""
        if self.error is not None:
            return f"{self.error.message} {self.error.remedy}"
        if self.job is None:
            numbers = ", ".join(map(str, self.waits))
            words = ngettext(
                "Read. Code {numbers} is still to come.", "Read. Codes {numbers} are still to come.", len(self.waits)
            )
            return words.format(numbers=numbers)
        reference = self.job.job.reference
        if self.changes:
            head = _("Job {reference} was here already; it is now as the new file says:").format(reference=reference)
            lines = [head, *(change.words for change in self.changes), self.job.origin.words, self.remark]
            return "\n".join(filter(None, lines))
        said = _("Job {reference} is kept.") if self.new else _("Job {reference} was here already, the same.")
        return " ".join([said.format(reference=reference), self.job.origin.words])

    @property
    def passing(self) -> bool:
        """Whether nothing is wrong with it: the store could not take it now (busy, full), and may later."""
        return isinstance(self.error, StoreError) and self.error.code not in _FINAL

    @property
    def state(self) -> str:
        """As JSON says it: "new", "same", "changed", "part" or "refused"."""
        if self.error is not None:
            return "refused"
        return "part" if self.job is None else "changed" if self.changes else "new" if self.new else "same"


class Intake:
    """Of one store. Nothing raises what one bad file, or code, is: that is told of in its `Taken`. `depot`: the depot
    whose signed letters bring what comes."""

    def __init__(self, store: Store, depot: str = "") -> None:
        self._store, self._depot = store, depot
        self._visits = VisitStore(store, new_id)
        self._door = job_door(store)

    def files(self, paths: Iterable[Path], unsigned: str = "") -> tuple[Taken, ...]:
        """Take these files in, and of a folder those in it that can be jobs; several parts of a job in any order.
        `unsigned`: why jobs without a signature are taken in live work, as a person said it."""
        found: list[Path] = []
        told: list[Taken] = []
        for path in paths:
            try:
                found += _inside(path)
            except OSError as error:
                told.append(Taken(plain_text(path.name), error=_unreadable(path, error)))
        told += [taken for path in found[:_MOST_FILES] for taken in self.file(path, unsigned)]
        if left := len(found) - _MOST_FILES:
            told += [Taken(_("the rest"), error=_too_many(left))] if left > 0 else []
        return tuple(told)

    def file(self, path: Path, unsigned: str = "") -> tuple[Taken, ...]:
        """Take one file in; a picture may hold several codes."""
        try:
            return self.octets(read_job_file(path, MOST), path.name, unsigned)
        except HhtError as error:
            return (Taken(plain_text(path.name), error=error),)

    def octets(self, octets: bytes, source: str, unsigned: str = "") -> tuple[Taken, ...]:
        """Take in what a file, or the clipboard, holds. What a file is called is data, too."""
        source = plain_text(source)
        if octets.startswith(PICTURES):
            return self._picture(octets, source, unsigned)
        if octets.lstrip()[: len(MARK)].upper() == MARK.encode():
            lines = octets.decode("utf-8", "replace").split()
            return self._last_words([self.scanned(line, source, unsigned) for line in lines[: 2 * _MOST_FILES]])
        return (self._job(octets, source, unsigned),)

    def scanned(self, text: str, source: str = "", unsigned: str = "") -> Taken:
        """Take in what a scanner read: a part of a job."""
        source = source or _("scanned code")
        try:
            return self._part(parse_part(text), source, unsigned)
        except HhtError as error:
            return Taken(source, error=error)

    def unsigned(self, held: Iterable[Taken], reason: str) -> tuple[Taken, ...]:
        """Take those in that nobody signed, for a reason that a person said."""
        return tuple(self._job(one.octets, one.source, reason) for one in held)

    def waiting(self) -> int:
        """Of how many jobs some parts are there and others not."""
        return len(self._store.setting(SETTING) or {})

    def _job(self, octets: bytes, source: str, unsigned: str) -> Taken:
        try:
            let_in = self._door.let_in(octets, source, unsigned=unsigned, depot=self._depot)
        except HhtError as error:
            return Taken(source, error=error, octets=octets if error.code == "job-unsigned" else b"")
        stored, changes = let_in.stored, let_in.changes
        return Taken(source, stored, changes is None, changes or (), remark=self._remark(stored, changes or ()))

    def _remark(self, stored: StoredJob, changes: tuple[JobChange, ...]) -> str:
        """That another day was said which is over; "" where none was."""
        ends = stored.job.appointment_end
        moved = any(change.path.startswith("appointment") for change in changes)
        if not moved or ends is None or ends > self._store.clock.now():
            return ""
        words = _("The new appointment is over already ({end}). Ask the desk for one to come.")
        return words.format(end=utc_text(ends))

    def _picture(self, octets: bytes, source: str, unsigned: str) -> tuple[Taken, ...]:
        from hht.scan.pictures import codes_in

        try:
            texts = [code.text for code in codes_in(octets)]
        except HhtError as error:
            return (Taken(source, error=error),)
        codes = [text for text in texts if is_job_code(text)]
        if not codes:
            return (Taken(source, error=_no_code(source, other=bool(texts))),)
        return self._last_words([self.scanned(code, source, unsigned) for code in codes])

    @staticmethod
    def _last_words(taken: list[Taken]) -> tuple[Taken, ...]:
        """Of the codes of one file the whole jobs and what was refused; where there is neither, what is to come."""
        told = [one for one in taken if one.state != "part"]
        return tuple(told or taken[-1:])

    def _part(self, part: JobPart, source: str, unsigned: str) -> Taken:
        with self._store.transaction():
            kept: dict[str, dict[str, str]] = self._store.setting(SETTING) or {}
            pieces = kept.pop(part.whole, {}) | {str(part.number): part.piece}
            odd = any(int(number) > part.count for number in pieces)
            if odd:  # one of them is forged: what was read before goes, else no scanning would ever help
                pieces = {str(part.number): part.piece}
            known = {int(number): replace(part, number=int(number), piece=piece) for number, piece in pieces.items()}
            waits = missing(known.values())
            kept[part.whole] = pieces  # the one that was read last comes last
            self._store.save_setting(SETTING, dict(list(kept.items())[-_MOST_UNFINISHED:]))
        if odd:
            raise JobCodeError(
                _("Code {number} does not belong to the codes that were read before it.").format(number=part.number),
                remedy=_("Scan them again from the first one."),
                code="job-code-damaged",
            )
        if waits:
            return Taken(source, waits=waits)
        taken = self._job(joined(known), source, unsigned)
        if not taken.passing:  # else its last code is scanned again, and that is enough
            self._forget(part.whole)
        return taken

    def _forget(self, whole: str) -> None:
        with self._store.transaction():
            kept: dict[str, dict[str, str]] = self._store.setting(SETTING) or {}
            self._store.save_setting(SETTING, {name: pieces for name, pieces in kept.items() if name != whole})


def _inside(path: Path) -> list[Path]:
    """The file, or the files of a folder that can be jobs. Raises OSError."""
    if not path.is_dir():
        return [path]
    return [one for one in sorted(path.iterdir()) if one.suffix.lower() in SUFFIXES and one.is_file()]


def _unreadable(path: Path, error: OSError) -> HhtError:
    return HhtError(
        _("“{folder}” cannot be looked into: {why}.").format(folder=path.name, why=error.strerror or error),
        remedy=_("Look whether you may read it."),
        code="job-folder",
    )


def _too_many(left: int) -> HhtError:
    words = ngettext("{count} file was left out.", "{count} files were left out.", left)
    return HhtError(
        words.format(count=left),
        remedy=_("At most {most} are taken in at once: give the rest again.").format(most=_MOST_FILES),
        code="job-too-many",
    )


def _no_code(source: str, *, other: bool) -> JobCodeError:
    words = _("“{source}” holds codes, and none of them is a job's.") if other else _("“{source}” shows no code.")
    return JobCodeError(
        words.format(source=source),
        remedy=_("Take the picture nearer and straight on, in even light; or ask the desk for the job as a file."),
        code="job-code-none",
    )
