"""What a depot has on disk: items that arrived, once each, and jobs that go out. A folder that one process serves.

keys.json  (its own, mode 0600)    card.json  (its public half, for terminals)
terminals/*.json  (cards)          evidence/TERMINAL/FILE  (what arrived)
depot.db  (what is where, since when; jobs and what became of them)      spool/  (what is arriving)
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht.clock import Clock, iso_z
from hht.depot.cards import MOST_CARD, SEED_OCTETS, Card, OwnKeys, Role, is_name, read_card
from hht.depot.errors import DepotError
from hht.depot.letters import MEETING_BITS, MOST_JOB, Offered, is_file_name
from hht.errors import HhtError
from hht.i18n import _
from hht.private_files import private_file, private_folder
from hht.write_ahead import write_ahead

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils.db import Database

_KEYS: Final = "hht-depot-keys/1"
_PATIENCE_S: Final = 5.0
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS items (
    sha256 TEXT PRIMARY KEY, terminal TEXT NOT NULL, file TEXT NOT NULL, octets INTEGER NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS arriving (
    terminal TEXT NOT NULL, sha256 TEXT NOT NULL, name TEXT NOT NULL, octets INTEGER NOT NULL,
    PRIMARY KEY (terminal, sha256)
) STRICT;
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, terminal TEXT NOT NULL, name TEXT NOT NULL, octets BLOB NOT NULL,
    at TEXT NOT NULL, taken_at TEXT, state TEXT, why TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS meetings (
    terminal TEXT PRIMARY KEY, number INTEGER NOT NULL, at TEXT NOT NULL, repeated INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS lost (
    sha256 TEXT PRIMARY KEY, terminal TEXT NOT NULL, name TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
"""


class Shelf:
    """The folder of one depot. Methods raise OSError and sqlite3.Error where the disk fails."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Raises DepotError ``depot-folder`` where `folder` is no depot's."""
        from sqlite_utils.db import Database as SqliteUtilsDatabase

        self.folder, self._clock = folder, clock
        self.keys, self.card = depot_keys(folder)
        connection = sqlite3.connect(
            folder / "depot.db", isolation_level=None, check_same_thread=False, timeout=_PATIENCE_S
        )
        write_ahead(connection, patience_s=_PATIENCE_S)
        for pragma in ("synchronous=FULL", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.executescript(_TABLES)
        self._database: Database = SqliteUtilsDatabase(connection)
        self._known: dict[str, Card] = {}
        self._known_at = 0
        self.unreadable: dict[str, HhtError] = {}  # files in terminals/ that are no cards, as they were last looked at
        for inner in ("spool", "evidence", "terminals"):
            private_folder(folder / inner)

    def close(self) -> None:
        """Let go of the file."""
        self._database.conn.close()

    # Terminals ---------------------------------------------------------------------------------------------------

    def terminals(self) -> tuple[Card, ...]:
        """Whose evidence is taken; a file that is no card is in `unreadable` then, and hinders no other."""
        found, self.unreadable = [], {}
        for path in sorted((self.folder / "terminals").glob("*.json")):
            try:
                with path.open("rb") as file:
                    found.append(read_card(file.read(MOST_CARD + 1), Role.TERMINAL, training=self.card.training))
            except (DepotError, OSError) as error:
                self.unreadable[path.name] = _no_card(path.name, error)
        return tuple(found)

    def terminal(self, key: str) -> Card | None:
        """The card of the terminal of that key; None for a stranger."""
        looked = (self.folder / "terminals").stat().st_mtime_ns
        if looked != self._known_at:
            self._known = {card.key: card for card in self.terminals()}
            self._known_at = looked
        return self._known.get(key)

    def know(self, octets: bytes) -> Card:
        """Take a terminal's card in. Raises DepotError as `read_card` does."""
        card = read_card(octets, Role.TERMINAL, training=self.card.training)
        with private_file(self.folder / "terminals" / f"{card.key}.json") as file:
            file.write(card.write())
        return card

    def forget_terminal(self, key: str) -> bool:
        """Take nothing of it any more, whatever its card's file is called; whether it was known."""
        paths = [path for path in (self.folder / "terminals").glob("*.json") if self._key_in(path) == key]
        for path in paths:
            path.unlink(missing_ok=True)
        return bool(paths)

    def _key_in(self, path: Path) -> str:
        try:
            return read_card(path.read_bytes(), Role.TERMINAL, training=self.card.training).key
        except DepotError:
            return path.stem  # it is no card any more; its name says whose it was

    def met(self, terminal: str, meeting: int) -> bool:
        """Note that the terminal came, and with which meeting; False where that number does not follow the last one:
        two have its key (a copy of it, or its own yesterday), or somebody says again what it said before."""
        row = self._one("SELECT number, repeated FROM meetings WHERE terminal = ?", terminal)
        last, repeated = (int(row[0]), int(row[1])) if row else (-1, 0)
        follows = last < 0 or meeting == last or meeting >> MEETING_BITS > last >> MEETING_BITS
        if meeting != last:
            values = terminal, max(meeting, last), self._now(), repeated + (not follows)
            self._run("INSERT OR REPLACE INTO meetings (terminal, number, at, repeated) VALUES (?, ?, ?, ?)", *values)
        return follows

    def meetings(self) -> dict[str, tuple[str, int]]:
        """When each terminal came last, and how often with a meeting's number that had been."""
        rows = self._database.query("SELECT terminal, at, repeated FROM meetings")
        return {row["terminal"]: (row["at"], row["repeated"]) for row in rows}

    # What arrives ------------------------------------------------------------------------------------------------

    def has(self, sha256: str) -> bool:
        """Whether an item is here, whole."""
        return bool(self._one("SELECT 1 FROM items WHERE sha256 = ?", sha256))

    def expect(self, terminal: str, item: Offered) -> None:
        """It was offered: its parts are taken from now on."""
        row = terminal, item.sha256, item.name, item.octets
        self._run("INSERT OR REPLACE INTO arriving (terminal, sha256, name, octets) VALUES (?, ?, ?, ?)", *row)

    def expected(self, terminal: str, sha256: str) -> Offered | None:
        """An item that was offered and is not here yet."""
        row = self._one("SELECT name, octets FROM arriving WHERE terminal = ? AND sha256 = ?", terminal, sha256)
        return Offered(sha256, row[0], row[1]) if row else None

    def arriving(self) -> Iterator[dict[str, Any]]:
        """What was offered and is not here whole: terminal, sha256, name, octets, and how many of them are `here`."""
        for row in self._database.query("SELECT * FROM arriving ORDER BY terminal, name"):
            yield {**row, "here": self.spooled(row["terminal"], row["sha256"])}

    def spooled(self, terminal: str, sha256: str) -> int:
        """How many octets of it are here."""
        path = self._spool(terminal, sha256)
        return path.stat().st_size if path.exists() else 0

    def add(self, terminal: str, sha256: str, octets: bytes) -> int:
        """More of it, behind what is here; how many octets there are now."""
        with self._spool(terminal, sha256).open("ab") as file:
            file.write(octets)
            return file.tell()

    def spool(self, terminal: str, sha256: str) -> bytes:
        """What of it is here."""
        return self._spool(terminal, sha256).read_bytes()

    def forget(self, terminal: str, sha256: str) -> None:
        """It is not taken."""
        self._spool(terminal, sha256).unlink(missing_ok=True)
        self._run("DELETE FROM arriving WHERE terminal = ? AND sha256 = ?", terminal, sha256)

    def keep(self, terminal: str, item: Offered) -> None:
        """It is whole: its file first, synced, then the row that says so. Dying in between, it comes once more into the
        same file. What is there already under its name, with or without a row, is never written over."""
        folder, octets = self.folder / "evidence" / terminal, self.spool(terminal, item.sha256)
        private_folder(folder)
        names = (_named(item.name, digits, item.sha256) for digits in (0, 8, 64))
        name = next(one for one in names if not (folder / one).exists() or _sha256_of(folder / one) == item.sha256)
        with private_file(folder / name) as file:
            file.write(octets)
        self._enter(terminal, name, item.sha256, item.octets)
        self.forget(terminal, item.sha256)

    def _enter(self, terminal: str, name: str, sha256: str, octets: int) -> None:
        self._run(
            "INSERT OR IGNORE INTO items (sha256, terminal, file, octets, at) VALUES (?, ?, ?, ?, ?)",
            sha256, terminal, name, octets, self._now(),
        )  # fmt: skip
        self._run("DELETE FROM lost WHERE sha256 = ?", sha256)

    def gone(self, terminal: str, sha256: str, *, erased: bool) -> None:
        """It does not come: the terminal has it no more. `erased`: on a receipt of this depot."""
        item = self.expected(terminal, sha256)
        if erased and item is not None:
            row = sha256, terminal, item.name, self._now()
            self._run("INSERT OR IGNORE INTO lost (sha256, terminal, name, at) VALUES (?, ?, ?, ?)", *row)
        self.forget(terminal, sha256)

    def lost(self) -> Iterator[dict[str, Any]]:
        """What was receipted, is not here, and was erased where it came from: sha256, terminal, name, at."""
        yield from self._database.query("SELECT * FROM lost ORDER BY at, name")

    def look(self) -> Looked:
        """Hold the rows against the files: one of both may have been put back to an earlier day. A file without a row
        gets one; a row without its file goes, so that its terminal is asked for it again."""
        folder = self.folder / "evidence"
        rows = {(row["terminal"], row["file"]): row for row in self.items()}
        missing = [row for (terminal, name), row in rows.items() if not _whole(folder / terminal / name, row["octets"])]
        for row in missing:
            self._run("DELETE FROM items WHERE sha256 = ?", row["sha256"])
        found = 0
        for path in sorted(folder.glob("*/*")):
            if (path.parent.name, path.name) not in rows and is_file_name(path.name) and path.is_file():
                self._enter(path.parent.name, path.name, _sha256_of(path), path.stat().st_size)
                found += 1
        return Looked(found, tuple(f"{row['terminal']}/{row['file']}" for row in missing))

    def items(self) -> Iterator[dict[str, Any]]:
        """What arrived, the oldest first: sha256, terminal, file, octets, at."""
        yield from self._database.query("SELECT * FROM items ORDER BY at, file")

    # Jobs --------------------------------------------------------------------------------------------------------

    def post(self, terminal: str, name: str, octets: bytes) -> int:
        """A job for a terminal; its number, above all before it and not below the seconds since 1970: a depot that was
        put back to an earlier day gives none again. Raises DepotError ``depot-job``, ``depot-terminal``."""
        if not is_file_name(name) or not 0 < len(octets) <= MOST_JOB:
            raise DepotError(
                _("{name} cannot be sent as a job: it is empty, too large, or its name is not plain.").format(
                    name=name
                ),
                remedy=_("A job is a JSON file of at most 256 KiB; its name has letters, digits, dots, - and _."),
                code="depot-job",
            )
        if terminal not in {card.key for card in self.terminals()}:
            raise DepotError(
                _("No terminal {key} is known to this depot.").format(key=terminal[:40]),
                remedy=_("Take its card in first: hht depot know DIR CARD."),
                code="depot-terminal",
            )
        row = int(self._clock.now().timestamp()), terminal, name, octets, self._now()
        insert = (
            "INSERT INTO jobs (number, terminal, name, octets, at) VALUES (max(?, 1 + coalesce("
            "(SELECT seq FROM sqlite_sequence WHERE name = 'jobs'), 0)), ?, ?, ?, ?)"
        )
        return int(self._database.conn.execute(insert, row).lastrowid or 0)

    def jobs_for(self, terminal: str) -> list[tuple[int, str, bytes]]:
        """Jobs that the terminal is not known to have taken, the oldest first: number, name, octets."""
        rows = self._database.conn.execute(
            "SELECT number, name, octets FROM jobs WHERE terminal = ? AND taken_at IS NULL ORDER BY number", [terminal]
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def job_taken(self, terminal: str, number: int, state: str, why: str) -> None:
        """What the terminal says became of it; the first word counts."""
        self._run(
            "UPDATE jobs SET taken_at = ?, state = ?, why = ? WHERE terminal = ? AND number = ? AND taken_at IS NULL",
            self._now(), state, why, terminal, number,
        )  # fmt: skip

    def jobs(self) -> Iterator[dict[str, Any]]:
        """Every job, the oldest first: number, terminal, name, at, taken_at, state, why."""
        yield from self._database.query(
            "SELECT number, terminal, name, at, taken_at, state, why FROM jobs ORDER BY number"
        )

    # Inside ------------------------------------------------------------------------------------------------------

    def _spool(self, terminal: str, sha256: str) -> Path:
        return self.folder / "spool" / f"{terminal}-{sha256}"

    def _one(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self._database.conn.execute(sql, values).fetchone()
        return found

    def _run(self, sql: str, *values: object) -> None:
        self._database.conn.execute(sql, values)

    def _now(self) -> str:
        moment: datetime = self._clock.now()
        return iso_z(moment)


@dataclass(frozen=True, slots=True)
class Looked:
    """What `Shelf.look` found. `found`: files that had no row; `missing`: terminal/file of rows that had no file."""

    found: int
    missing: tuple[str, ...]


def _named(name: str, digits: int, sha256: str) -> str:
    """The name with so many digits of the hash behind its stem."""
    stem, dot, suffix = name.rpartition(".") if "." in name else (name, "", "")
    return f"{stem}-{sha256[:digits]}{dot}{suffix}" if digits else name


def _whole(path: Path, octets: int) -> bool:
    return path.is_file() and path.stat().st_size == octets


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def new_depot(folder: Path, name: str, random_bytes: Callable[[int], bytes], *, training: bool) -> Card:
    """Make a depot's folder with keys of its own; its card. Raises DepotError ``depot-folder``, ``depot-name``."""
    if not is_name(name):
        raise DepotError(
            _("A depot cannot be called “{name}”.").format(name=name[:80]),
            remedy=_("Use 1 to 60 letters, digits and spaces."),
            code="depot-name",
        )
    if folder.exists() and any(folder.iterdir()):
        raise _no_depot(folder, _("it holds other files already"))
    private_folder(folder)
    seed = random_bytes(SEED_OCTETS)
    card = OwnKeys(seed).card(Role.DEPOT, name, training=training)
    with private_file(folder / "keys.json") as file:
        file.write(json.dumps({"format": _KEYS, "seed": seed.hex()}).encode() + b"\n")
    with private_file(folder / "card.json") as file:
        file.write(card.write())
    return card


def depot_keys(folder: Path) -> tuple[OwnKeys, Card]:
    """The keys in a depot's folder, and its card. Raises DepotError ``depot-folder``."""
    try:
        plain = json.loads((folder / "keys.json").read_bytes())
        keys = OwnKeys(bytes.fromhex(plain["seed"]))
        octets = (folder / "card.json").read_bytes()
        told = json.loads(octets)
        card = read_card(octets, Role.DEPOT, training=bool(told["training"]))
    except (OSError, ValueError, KeyError, TypeError, DepotError) as error:
        raise _no_depot(folder, _("there are no keys in it that can be read")) from error
    if keys.card(Role.DEPOT, card.name, training=card.training) != card:
        raise _no_depot(folder, _("its card is not that of its keys"))
    return keys, card


def _no_card(name: str, error: Exception) -> DepotError:
    return DepotError(
        _("{name} in the folder terminals is not used: {why}").format(name=name, why=error),
        remedy=_("Take that terminal's card in once more: hht depot know DIR CARD. The others are not concerned."),
        code="depot-card-file",
    )


def _no_depot(folder: Path, why: str) -> DepotError:
    return DepotError(
        _("{folder} is no depot's folder: {why}.").format(folder=folder, why=why),
        remedy=_("Name the depot's own folder, or make one: hht depot init DIR --name NAME."),
        code="depot-folder",
    )
