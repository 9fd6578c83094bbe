"""What a terminal remembers of its store's log outside of the store: of which store, how many entries, the newest hash.

Whoever puts the store back to an older copy, and nothing else, has a log that is whole and too short: it is found when
the store is opened next, told, and an entry of the log from then on. The file holds a count and two hashes, nothing of
anybody. It is written once entries are on disk, and read before they are looked at: it may lag behind them and is never
ahead, so that a program that dies in between, or another one that writes meanwhile, raises no alarm. Whoever puts back
store and file together is not found by it; against that stand exports that are kept elsewhere
(``python -m hht.evidence verify NEW --after OLD``), and the depot.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hht.errors import HhtError
from hht.evidence import MEMORY_GONE, PUT_BACK
from hht.i18n import _
from hht.private_files import private_file, private_folder
from hht.store.errors import SealBroken
from hht.store.log_chain import hash_of, log_head, note_remembered, write_entry

if TYPE_CHECKING:
    from hht.store.store import Store

FORMAT: Final = "hht-log-head/1"
_LONGEST: Final = 1000  # octets of the file


class LogPutBack(HhtError):
    """The log does not go on from what the terminal remembered of it, or that is gone."""

    default_code = "log-put-back"

    def __init__(self, problem: str) -> None:
        remedy = _(
            "That is an entry of the log now. Compare the log with an earlier export of it: hht log --export NEW, then "
            "python -m hht.evidence verify NEW --after OLD."
        )
        super().__init__(problem, remedy=remedy)


@dataclass(frozen=True, slots=True)
class Head:
    """`store`: which one, 32 hex digits that only it can make; `entries`: how many its log has; `hash`: of the newest,
    "" where there is none."""

    store: str
    entries: int
    hash: str


class LogMemory:
    """Of one store, in the file at `path`. `kept`: whether that file is there, as far as is known."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: Head | None = None
        self.kept = False

    def check(self, store: Store) -> LogPutBack | None:
        """Hold the log against what is remembered, and remember it as it is now; None where it goes on from there, else
        what is wrong, which is an entry of the log from now on. Raises StoreError."""
        said = self._read()  # before the log: another program may add to that meanwhile, and takes nothing away
        try:
            entries, newest, remembered = log_head(store)
            if said is None and remembered:  # another program may have begun to remember just now
                said = self._read()
                entries, newest, remembered = log_head(store)
        except SealBroken:
            return None  # altered in the file: whoever reads the log is told
        here = Head(_name(store), entries, newest)
        self._last, self.kept, trouble = said, said is not None, None
        if said is None:
            if remembered:
                words = _(
                    "What this terminal remembered of its log is gone ({file}): it cannot say whether the store was "
                    "put back to an earlier copy."
                )
                trouble = LogPutBack(words.format(file=self._path.name))
                self._note(store, MEMORY_GONE, {"file": self._path.name, "found": entries})
        elif not _goes_on(store, said, here):
            trouble = _put_back(said, here)
            told = {"remembered": said.entries, "head": said.hash, "found": entries}
            self._note(store, PUT_BACK, {**told, "store": "same" if said.store == here.store else "another"})
        self.keep(store)
        if self.kept and not remembered:
            with suppress(HhtError):  # else at the next opening
                note_remembered(store)
        return trouble

    def keep(self, store: Store) -> None:
        """Remember the log as it is on disk now. Where the file cannot be written it lags behind."""
        with suppress(OSError, ValueError, HhtError):
            entries, newest, _remembered = log_head(store)
            head = Head(_name(store), entries, newest)
            if head == self._last:
                return
            private_folder(self._path.parent)
            with private_file(self._path) as file:
                file.write(json.dumps({"format": FORMAT, **asdict(head)}, indent=1).encode("ascii") + b"\n")
            self._last, self.kept = head, True

    @staticmethod
    def _note(store: Store, kind: str, details: dict[str, object]) -> None:
        who = store.person
        write_entry(store, kind, details, store.acting() or who.words or who.login)

    def _read(self) -> Head | None:
        """None where there is none that can be read."""
        try:
            with open(self._path, "rb") as file:
                plain = json.loads(file.read(_LONGEST))
            found = Head(plain["store"], plain["entries"], plain["hash"])
        except (OSError, ValueError, RecursionError, KeyError, TypeError):
            return None
        whole = [type(found.store), type(found.entries), type(found.hash)] == [str, int, str]
        return found if whole and plain.get("format") == FORMAT and found.entries >= 0 else None


def _name(store: Store) -> str:
    return store.blind_index("log", "memory", "store")


def _goes_on(store: Store, said: Head, here: Head) -> bool:
    """Whether the log has what was remembered of it."""
    if said.entries == 0:
        return True  # nothing can be gone, of this store or another that was here
    if said.store != here.store:
        return False
    if said.entries >= here.entries:
        return (said.entries, said.hash) == (here.entries, here.hash)
    # One that is not there although later ones are breaks the chain: whoever reads the log is told
    return hash_of(store, said.entries) in (said.hash, "")


def _put_back(said: Head, here: Head) -> LogPutBack:
    if said.store != here.store:
        words = _("This is another store than the one that was here. Entries of that one's log: {remembered}.")
    elif here.entries < said.entries:
        words = _(
            "The log was put back to an earlier copy, or cut. Entries that this terminal remembered: {remembered}; "
            "entries that are here: {found}."
        )
    else:
        words = _(
            "The log was put back to an earlier copy, and went on from there: entry {remembered} is not the one that "
            "this terminal remembered."
        )
    return LogPutBack(words.format(remembered=said.entries, found=here.entries))
