"""`Store`: one unlocked file. Rows go in and come out with their personal values sealed; each write is one transaction.

Training and production are separate files with separate trust; opening one as the other is refused.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hht.access.person import Person
from hht.access.roles import Act
from hht.clock import Clock, iso_z
from hht.i18n import _
from hht.store.database import (
    ExclusiveLock,
    lock_path,
    one_at_a_time,
    open_database,
    pack_in_use,
    pack_lock_path,
)
from hht.store.errors import StoreError, damaged, explained, phrase_first
from hht.store.key_slot import require_slot, require_usable, unlock_slot
from hht.store.log_chain import write_entry
from hht.store.log_memory import LogMemory, LogPutBack
from hht.store.noted import Noted
from hht.store.people import logged_in
from hht.store.permissions import Permissions
from hht.store.rows_of_people import choose_row, vault_rows
from hht.store.throttle import create_vault, unlock_vault
from hht.store.vault import Entropy, KdfCost, PassPhrase, SlotSecret, Vault, VaultHeader

if TYPE_CHECKING:
    from sqlite_utils.db import Database

    from hht.store.key_slot import Slot

Row = dict[str, Any]


class Store:
    """An open, unlocked store. May be used from any thread; one transaction at a time. Close it when done.

    Every method raises StoreError where the disk, the file or a seal fails, and AccessRefused where whoever has opened
    it may not; nothing is then half-written.
    """

    def __init__(self, path: Path, database: Database, vault: Vault, *, training: bool, clock: Clock, row: Row) -> None:
        self.path = path
        self.training = training
        self.clock = clock
        self.acting: Callable[[], str] = str  # who does what the log notes; whoever opens the store says it
        self.tell: Callable[[str], object] = lambda _words: None  # says to that person what was just put into the log
        self.phrase_given = True  # not before the pass phrase was, where a key slot has opened it
        self.ask_phrase: Callable[[], None] = lambda: None  # has it given, where somebody can be asked
        self.forget_slots: Callable[[Sequence[Slot]], object] = lambda _gone: None  # in the key store
        self.log_trouble: LogPutBack | None = None  # the log as it was opened, by what was remembered of it
        self.log_grew = False  # since it was remembered last; `write_entry` says so
        self._log_memory: LogMemory | None = None
        self._database = database
        self._vault = vault
        self._guard = threading.RLock()
        self._visit_lock = ExclusiveLock(lock_path(path))
        self._visit_guard = threading.Lock()
        self._visit_held = False  # by `hold_visits`
        self._visit_holders: list[int] = []  # the threads that are inside of `holding_visits`
        self._pack_lock = ExclusiveLock(pack_lock_path(path), pack_in_use)
        self._permissions = Permissions(self, database)  # until it is known who it is: everything
        self._noted = Noted()
        if not training:
            self._noted.watch(database)
        self.become(logged_in(self, row))

    @classmethod
    def open(
        cls,
        path: Path,
        key: PassPhrase | SlotSecret,
        *,
        training: bool,
        clock: Clock,
        entropy: Entropy,
        login: str = "",
        cost: KdfCost | None = None,
        factory: type[sqlite3.Connection] = sqlite3.Connection,
    ) -> Store:
        """Open or make the store at `path` (about 150 ms of key derivation in live work: call it off the event loop).

        `key`: a pass phrase; or what a key store keeps in its place, by which no store is made. `login`: whose it is,
        where there are several people. `cost` counts only when the store is made.
        Raises PassPhraseError (wrong, too weak, or throttled), KeySlotError, PersonError (``person-needed``,
        ``person-unknown``) and StoreError (file, disk, newer version, wrong trust, people altered).
        """
        if isinstance(key, SlotSecret):
            require_slot(path)
        database = open_database(path, factory=factory)
        try:
            with explained(path):
                with one_at_a_time(database):  # two processes must not both give a fresh file its key
                    made = not vault_rows(database)
                    if made and isinstance(key, PassPhrase):
                        vault = create_vault(database, key, training=training, entropy=entropy, cost=cost)
                row = choose_row(vault_rows(database), login)
                if not made:
                    _refuse_other_trust(path, stored=bool(row["training"]), wanted=training)
                    vault = (
                        unlock_vault(database, row, key, clock=clock, entropy=entropy)
                        if isinstance(key, PassPhrase)
                        else unlock_slot(database, row, key, entropy=entropy)
                    )
                store = cls(path, database, vault, training=training, clock=clock, row=row)
            if isinstance(key, SlotSecret):
                store._phrase_is(given=False)
                require_usable(store)
            elif not made:
                store.note_wrong_tries(row)
            return store
        except BaseException:
            database.close()
            raise

    @staticmethod
    def exists(path: Path) -> bool:
        """Whether there is a store at `path` that a pass phrase already protects."""
        if not path.exists() or path.stat().st_size == 0:
            return False
        with (
            explained(path),
            contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db,
        ):
            tables = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'vault'").fetchone()[0]
            return bool(tables) and bool(db.execute("SELECT count(*) FROM vault").fetchone()[0])

    def remember_log(self, path: Path) -> None:
        """Remember in that file, from now on, how the log stands, and hold it against what was remembered there before:
        `log_trouble` (`hht.store.log_memory`)."""
        self._log_memory = LogMemory(path)
        self.log_trouble = self._log_memory.check(self)

    @property
    def remembers_log(self) -> bool:
        """Whether it is remembered outside of the store how its log stands."""
        return self._log_memory is not None and self._log_memory.kept

    def close(self) -> None:
        """Close the file; harmless when closed already."""
        self._visit_lock.release()
        self._pack_lock.release()
        with contextlib.suppress(sqlite3.Error):
            self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def now(self) -> str:
        """The time now as the store writes it."""
        return iso_z(self.clock.now())

    def hold_visits(self) -> None:
        """Be the only process that works on visits until `release_visits`; within `holding_visits` until that ends.
        Raises StoreError ``visit-in-use``."""
        with self._visit_guard:
            self._visit_lock.acquire()
            self._visit_held |= threading.get_ident() not in self._visit_holders

    def release_visits(self) -> None:
        """Let another process work on visits, as soon as no `holding_visits` is left; harmless when not held."""
        with self._visit_guard:
            self._visit_held = False
            if not self._visit_holders:
                self._visit_lock.release()

    @contextlib.contextmanager
    def holding_visits(self) -> Iterator[None]:
        """Hold visits inside; afterwards let another process work on them, unless `hold_visits` was called before, or
        meanwhile in another thread. Raises StoreError ``visit-in-use``."""
        thread = threading.get_ident()
        with self._visit_guard:
            self._visit_lock.acquire()
            self._visit_holders.append(thread)
        try:
            yield
        finally:
            with self._visit_guard:
                self._visit_holders.remove(thread)
                if not self._visit_held and not self._visit_holders:
                    self._visit_lock.release()

    @property
    def holds_visits(self) -> bool:
        """Whether this process works on visits just now."""
        return self._visit_lock.held

    def hold_packs(self) -> None:
        """Be the only one that delivers packs until `release_packs`, in this process too. Raises StoreError
        ``pack-in-use``."""
        if self._pack_lock.held:
            raise pack_in_use()
        self._pack_lock.acquire()

    def release_packs(self) -> None:
        """Let another process deliver; harmless when not held."""
        self._pack_lock.release()

    @property
    def person(self) -> Person:
        """Who has opened it."""
        return self._permissions.person

    def become(self, person: Person) -> None:
        """Whoever has opened it has another name or other roles from now on; for `hht.store.people` alone."""
        self._permissions.become(person)

    def require(self, act: Act) -> None:
        """Before anything is done. Raises AccessRefused, which the log keeps, where whoever is logged in may not."""
        self._permissions.require(act)

    def require_phrase(self) -> None:
        """Before what asks for the pass phrase: the key store's word is not enough for it. Raises StoreError
        ``pass-phrase-first``."""
        if not self.phrase_given:
            self.ask_phrase()
        if not self.phrase_given:
            raise phrase_first()

    def by_itself(self) -> contextlib.AbstractContextManager[None]:
        """What the program reads inside is shown to nobody (it is compared, or counted), so anybody may have it do so;
        nothing may be written."""
        return self._permissions.by_itself()

    def logins(self) -> tuple[str, ...]:
        """Who may open it, by log-in name."""
        return tuple(str(row["login"]) for row in self.rows("vault", order="login", select="login"))

    def header_for(self, new: PassPhrase, cost: KdfCost | None = None) -> VaultHeader:
        """The data key under another pass phrase. Raises PassPhraseError where it is too weak."""
        return self._vault.header_for(new, cost=cost)

    def _phrase_is(self, *, given: bool) -> None:
        self.phrase_given = given
        self._permissions.become(self.person)

    def wrapped_for(self, secret: SlotSecret, place: bytes) -> bytes:
        """The data key, wrapped for a key slot; for `hht.store.key_slot` alone."""
        return self._vault.wrapped_for(secret, place)

    def slots_gone(self, gone: Sequence[Slot]) -> None:
        """These key slots were taken back: nothing of them stays in the files, nor, where it answers, in the key store
        their secrets."""
        if gone:
            with contextlib.suppress(StoreError):  # another program reads: the next checkpoint takes them along
                self.checkpoint()
            self.forget_slots(gone)

    def check_pass_phrase(self, pass_phrase: PassPhrase) -> None:
        """Whether it is that of whoever is logged in, at the cost of opening (about 150 ms in live work). Raises
        PassPhraseError: wrong, or too soon after wrong ones, which count as those at opening do; PersonError where they
        were taken out meanwhile."""
        with self._guard, explained(self.path):
            rows = vault_rows(self._database)
            if not rows:
                raise damaged(self.path)
            row = choose_row(rows, self.person.login if not self.training else "")
            unlock_vault(self._database, row, pass_phrase, clock=self.clock, entropy=self._vault.entropy)
        self._phrase_is(given=True)
        self.note_wrong_tries(row)

    def note_wrong_tries(self, row: Mapping[str, Any]) -> None:
        """Put into the log how often a wrong pass phrase was tried for the person of that row of the vault, as it was
        read before the right one: while nobody had the key, nothing could be sealed."""
        if row["failed"]:
            told = {"login": row["login"], "count": row["failed"], "last": row["failed_at"]}
            who = self.person  # nobody else has said yet who acts
            write_entry(self, "pass-phrase-wrong", told, self.acting() or who.words or who.login)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Database]:
        """Everything inside, or nothing: committed and on disk when it ends without an error."""
        with self._guard, explained(self.path), self._permissions.refusing():
            if self._database.conn.in_transaction:
                yield self._database
                return
            with one_at_a_time(self._database):
                self._noted.begin()
                yield self._database
                self._noted.require()
            if self.log_grew and self._log_memory is not None:
                self.log_grew = False
                self._log_memory.keep(self)  # after the commit, never before: it may lag behind the log

    @property
    def in_transaction(self) -> bool:
        """Whether this thread is inside of `transaction`: what it reads may not be committed yet."""
        with self._guard:
            return bool(self._database.conn.in_transaction)

    def checkpoint(self) -> None:
        """Bring all that is committed into the file itself, and cut the write-ahead log off. Raises StoreError
        ``store-busy`` where another program reads the store."""
        with self._guard, explained(self.path):
            (busy, *_rest) = self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StoreError(
                _("Another program has the store open, so that it cannot be tidied up."),
                remedy=_("Close the other window or command, then try again."),
                code="store-busy",
            )

    def insert(self, table: str, row: Mapping[str, Any], *, key: str, sealed: Mapping[str, bytes]) -> int:
        """Add one row; each value of `sealed` goes into the column ``NAME_sealed`` for the row `key`. Its rowid."""
        columns = {**row, **{f"{name}_sealed": self.seal(table, name, key, value) for name, value in sealed.items()}}
        names = ", ".join(f"[{name}]" for name in columns)
        marks = ", ".join("?" for _name in columns)
        with self.transaction() as database:
            cursor = database.execute(f"INSERT INTO [{table}] ({names}) VALUES ({marks})", list(columns.values()))
            return cursor.lastrowid or 0

    def rows(
        self, table: str, where: str = "1", values: tuple[Any, ...] = (), *, order: str = "1", select: str = "*"
    ) -> list[Row]:
        """Rows as they are kept, sealed values still sealed."""
        with self._guard, explained(self.path):
            return list(self._database[table].rows_where(where, list(values), order_by=order, select=select))

    def seal(self, table: str, column: str, key: str, value: bytes) -> bytes:
        """`value` sealed for the place table, column (without ``_sealed``), key."""
        return self._vault.seal(value, table=table, column=column, key=key)

    def unseal(self, table: str, column: str, key: str, row: Mapping[str, Any]) -> bytes:
        """The value of the sealed column of `row`. Raises SealBroken where it was altered or moved."""
        self._permissions.require_reading(table)
        return self._vault.open(bytes(row[f"{column}_sealed"]), table=table, column=column, key=key)

    def blind_index(self, table: str, column: str, value: str) -> str:
        """A keyed fingerprint of `value` (32 hex digits), different in every store."""
        return self._vault.blind_index(value, table=table, column=column)

    def setting(self, name: str) -> Any:
        """A setting's JSON value; None where it was never saved."""
        rows = self.rows("settings", "name = ?", (name,))
        return json.loads(self.unseal("settings", "value", name, rows[0])) if rows else None

    def save_setting(self, name: str, value: Any) -> None:
        """Keep a JSON value under `name`."""
        self._permissions.require_setting(name)
        sealed = self.seal("settings", "value", name, json.dumps(value).encode())
        with self.transaction() as database:
            database.execute("INSERT OR REPLACE INTO settings (name, value_sealed) VALUES (?, ?)", [name, sealed])

    def log(self, kind: str, payload: Mapping[str, Any]) -> None:
        """Note something that must be findable later (an override, a refused job); `payload` is sealed."""
        write_entry(self, kind, payload, self.acting())

    def note(self, kind: str, payload: Mapping[str, Any]) -> None:
        """`log` what somebody did in live work; in training, where everybody is one person, nothing is put there."""
        if not self.training:
            self.log(kind, payload)

    def log_entries(self, *kinds: str) -> list[tuple[str, str, dict[str, Any]]]:
        """The log, or its entries of these kinds, as (time, kind, payload), oldest first."""
        where = f"kind IN ({', '.join('?' * len(kinds))})" if kinds else "1"
        rows = self.rows("log", where, kinds, order="seq")
        return [(r["at"], r["kind"], json.loads(self.unseal("log", "payload", r["key"], r))) for r in rows]


def _refuse_other_trust(path: Path, *, stored: bool, wanted: bool) -> None:
    if stored == wanted:
        return
    kind = _("training") if stored else _("live work")
    raise StoreError(
        _("“{path}” is a store for {kind}; training and live work never mix.").format(path=path, kind=kind),
        remedy=_("Use --training for training and leave it out for live work; each has its own store."),
        code="wrong-trust",
    )
