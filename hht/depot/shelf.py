"""What a depot has on disk: items that arrived, once each, and jobs that go out. A folder that one process serves.

keys.json  (its own, mode 0600)    card.json  (its public half, for terminals)
terminals/*.json  (cards)          evidence/TERMINAL/FILE  (what arrived)
depot.db  (what is where, since when; jobs and what became of them)      spool/  (what is arriving)
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht.clock import Clock, iso_z
from hht.depot.cards import SEED_OCTETS, Card, OwnKeys, Role, is_name, read_card
from hht.depot.errors import DepotError
from hht.depot.letters import MOST_JOB, Offered, is_file_name
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
"""


class Shelf:
    """The folder of one depot. Methods raise OSError and sqlite3.Error where the disk fails."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Raises DepotError ``depot-folder`` where `folder` is no depot's."""
        from sqlite_utils.db import Database as SqliteUtilsDatabase

        self.folder, self._clock = folder, clock
        self.keys, self.card = _own(folder)
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
        for inner in ("spool", "evidence", "terminals"):
            private_folder(folder / inner)

    def close(self) -> None:
        """Let go of the file."""
        self._database.conn.close()

    # Terminals ---------------------------------------------------------------------------------------------------

    def terminals(self) -> tuple[Card, ...]:
        """Whose evidence is taken. Raises DepotError for a card that is none."""
        paths = sorted((self.folder / "terminals").glob("*.json"))
        return tuple(read_card(path.read_bytes(), Role.TERMINAL, training=self.card.training) for path in paths)

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
        """Take nothing of it any more; whether it was known."""
        path = self.folder / "terminals" / f"{key}.json"
        there = path.exists()
        path.unlink(missing_ok=True)
        return there

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
        same file."""
        folder = self.folder / "evidence" / terminal
        private_folder(folder)
        stem, dot, suffix = item.name.rpartition(".")
        own = f"{stem}-{item.sha256[:8]}{dot}{suffix}" if dot else f"{item.name}-{item.sha256[:8]}"
        used = self._one("SELECT 1 FROM items WHERE terminal = ? AND file = ?", terminal, item.name)
        name = own if used else item.name
        with private_file(folder / name) as file:
            file.write(self.spool(terminal, item.sha256))
        self._run(
            "INSERT OR IGNORE INTO items (sha256, terminal, file, octets, at) VALUES (?, ?, ?, ?, ?)",
            item.sha256, terminal, name, item.octets, self._now(),
        )  # fmt: skip
        self.forget(terminal, item.sha256)

    def items(self) -> Iterator[dict[str, Any]]:
        """What arrived, the oldest first: sha256, terminal, file, octets, at."""
        yield from self._database.query("SELECT * FROM items ORDER BY at, file")

    # Jobs --------------------------------------------------------------------------------------------------------

    def post(self, terminal: str, name: str, octets: bytes) -> int:
        """A job for a terminal; its number. Raises DepotError ``depot-job``, ``depot-terminal``."""
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
        row = terminal, name, octets, self._now()
        done = self._database.conn.execute("INSERT INTO jobs (terminal, name, octets, at) VALUES (?, ?, ?, ?)", row)
        return int(done.lastrowid or 0)

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


def _own(folder: Path) -> tuple[OwnKeys, Card]:
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


def _no_depot(folder: Path, why: str) -> DepotError:
    return DepotError(
        _("{folder} is no depot's folder: {why}.").format(folder=folder, why=why),
        remedy=_("Name the depot's own folder, or make one: hht depot init DIR --name NAME."),
        code="depot-folder",
    )
