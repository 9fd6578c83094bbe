"""The one place that lets acts happen or not: whoever opened a store reads and changes there what their roles say.

An act is asked for where it begins (`Store.require`), and whatever forgets to ask is stopped here all the same:
SQLite's own authorizer refuses each statement that writes a table of no act of theirs, no sealed value of such a table
is opened, and no setting of another's acts is saved. The log keeps who was refused what. Where a key slot has opened
the store, acts that ask for the pass phrase first are nobody's until it is given.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from hht.access.person import AccessRefused, Person, refusal
from hht.access.roles import Act, ActSpec, roles
from hht.store.errors import phrase_first

if TYPE_CHECKING:
    from sqlite_utils.db import Database

    from hht.errors import HhtError
    from hht.store.store import Store

REFUSED: Final = "access-refused"  # in the log
_AUTH: Final = 23  # SQLITE_AUTH (sqlite.org/rescode.html)
_WRITING: Final = (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE)


class Permissions:
    """Of one open store; until it is known who opened it, the program acts by itself."""

    def __init__(self, store: Store, database: Database) -> None:
        self._store, self._database = store, database
        self._person: Person | None = None
        self._alone = threading.local()  # of this thread: how deep it is inside of `by_itself`
        self._denied = ""  # the table of the statement that was refused last
        self._told: set[Act] = set()  # what the log has of it
        self._untold: Act | None = None  # refused in a transaction, which takes back what is logged in it
        self._specs: tuple[ActSpec, ...] = ()
        self._writing: tuple[ActSpec, ...] = ()  # of these, what may be done now

    @property
    def person(self) -> Person:
        """Who has opened the store."""
        assert self._person is not None
        return self._person

    def become(self, person: Person) -> None:
        """It is known who it is, or that they gave the pass phrase."""
        self._person = person
        self._specs = tuple(spec for spec in roles().acts.values() if spec.act in person.acts)
        after = frozenset[Act]() if self._store.phrase_given else roles().after_phrase
        self._writing = tuple(spec for spec in self._specs if spec.act not in after)
        everything = len(self._writing) == len(roles().acts)
        self._database.conn.set_authorizer(None if everything else self._authorise)

    def require(self, act: Act) -> None:
        """Raises AccessRefused, and StoreError ``pass-phrase-first``."""
        if self._person is not None and act not in self._person.acts:
            raise self._refused(act)
        if act in roles().after_phrase:
            self._store.require_phrase()

    def require_reading(self, table: str) -> None:
        """Before a sealed value of the table is opened. Raises AccessRefused."""
        if self._person is None or self._depth or table == "settings":
            return
        if not any(table in spec.tables | spec.reads | spec.deletes for spec in self._specs):
            raise self._refused(_act(table, reading=True))

    def require_setting(self, name: str) -> None:
        """Before a setting is saved. Raises AccessRefused, and StoreError ``pass-phrase-first``."""
        if self._person is None or name in roles().every_setting or any(name in one.settings for one in self._writing):
            return
        needed = [spec.act for spec in roles().acts.values() if name in spec.settings]
        if needed or len(self._specs) < len(roles().acts):
            raise self._refused(needed[0] if needed else Act.SAFETY)

    @contextlib.contextmanager
    def by_itself(self) -> Iterator[None]:
        """See `Store.by_itself`."""
        self._alone.depth = self._depth + 1
        try:
            yield
        finally:
            self._alone.depth -= 1

    @property
    def _depth(self) -> int:
        return int(getattr(self._alone, "depth", 0))

    @contextlib.contextmanager
    def refusing(self) -> Iterator[None]:
        """Put what SQLite refused inside into words; outside of the transaction, log it."""
        try:
            yield
        except AccessRefused:
            if self._untold is not None:
                self._tell(self._untold)
            raise
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) != _AUTH:
                raise
            raise self._refused(_act(self._denied)) from error

    def _authorise(self, action: int, table: str | None, column: str | None, *_place: str | None) -> int:
        """SQLite asks before it prepares a statement. Everybody's own pass phrase may change, and its counter."""
        if action not in _WRITING or table is None or table.startswith("sqlite_") or table in roles().every_table:
            return sqlite3.SQLITE_OK
        if (table, action) == ("vault", sqlite3.SQLITE_UPDATE) and column not in ("id", "login"):
            return sqlite3.SQLITE_OK
        deletes = action == sqlite3.SQLITE_DELETE
        if any(table in spec.tables or (deletes and table in spec.deletes) for spec in self._writing):
            return sqlite3.SQLITE_OK
        self._denied = table
        return sqlite3.SQLITE_DENY

    def _refused(self, act: Act) -> HhtError:
        from hht.store.people import people

        if act in self.person.acts and not self._store.phrase_given:  # it is theirs, once they gave the pass phrase
            return phrase_first()
        self._tell(act)
        return refusal(self.person, act, people(self._store))

    def _tell(self, act: Act) -> None:
        """Log it, once for each act."""
        self._untold = act if self._store.in_transaction else None
        if self._untold is None and act not in self._told:
            self._told.add(act)
            self._store.log(REFUSED, {"act": act.value, "login": self.person.login})


def _act(table: str, *, reading: bool = False) -> Act:
    """The act that a table belongs to first."""
    specs = roles().acts.values()
    found = (one.act for one in specs if table in one.tables or (reading and table in one.reads))
    return next(found, Act.PEOPLE)
