"""A key slot: by it this computer's key store opens the store for one person, in live work, at the program's start.

In the key store lies a secret of 32 random octets, never the pass phrase. It wraps the same data key in a row of its
own (`key_slots`), bound to whose row of the vault it belongs to, as that row is: with another pass phrase it opens
nothing, nor for anybody else. Without the row the secret is worth nothing, without the secret the row.

Whether it may open now stands in the store's log, which nobody shortens unseen: it was turned on last, not off; the
window was not locked since; the pass phrase was given not too long ago. That is kept by this program, not by the
cipher: secret, file and a program of one's own read everything, as the pass phrase and the file do.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht.access.roles import Act
from hht.i18n import _
from hht.resources import resource_text
from hht.store.errors import StoreError, explained
from hht.store.log_chain import LOCKED, LOGGED_IN
from hht.store.rows_of_people import mark
from hht.store.throttle import FREE_GUESSES
from hht.store.vault import Entropy, SlotSecret, Vault

if TYPE_CHECKING:
    from sqlite_utils.db import Database

    from hht.store.store import Store

TABLE: Final = "key_slots"
RULE: Final = "key-slot-rule"  # the setting: whether it is forbidden at this terminal
ON, OFF, FORBIDDEN, ALLOWED = "key-slot-on", "key-slot-off", "key-slot-forbidden", "key-slot-allowed"  # of the log
BY_KEY_STORE: Final = "key-store"  # how somebody logged in, in the log's entry of it
BY_PHRASE: Final = "pass-phrase"
STALE: Final = "key-slot-stale"  # the code where it will never open it again, and has to be turned on anew


class KeySlotError(StoreError):
    """The key store does not open it now; the pass phrase does."""

    default_code = "key-slot"


@dataclass(frozen=True, slots=True)
class SlotRules:
    """``resources/catalogue/key_slot.toml``. `days`: how long after the pass phrase was given; `answer_s`: how long the
    key store may take to answer, in seconds."""

    days: int
    answer_s: float


@cache
def slot_rules() -> SlotRules:
    """The catalogue's."""
    plain = tomllib.loads(resource_text("catalogue", "key_slot.toml"))
    return SlotRules(int(plain["days"]), float(plain["answer_s"]))


@dataclass(frozen=True, slots=True)
class Slot:
    """Whose slot it is, and the name by which the key store has its secret."""

    login: str
    name: str


def slots_in(path: Path) -> tuple[Slot, ...]:
    """The slots of a store that is still locked, by log-in name; none where there is no store, or one of a version that
    knew none. Raises StoreError."""
    if not path.is_file() or path.stat().st_size == 0:
        return ()
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with explained(path), contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
        if not database.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", [TABLE]).fetchone()[0]:
            return ()
        rows = database.execute(f"SELECT login, name FROM {TABLE} ORDER BY login")
        return tuple(Slot(str(login), str(name)) for login, name in rows)


def require_slot(path: Path) -> None:
    """Before a store is opened by a slot: no store is made by one. Raises KeySlotError, StoreError."""
    if not slots_in(path):
        raise _asks(_("it was turned off, or the pass phrase was changed"))


def unlock_slot(database: Database, row: Mapping[str, Any], secret: SlotSecret, *, entropy: Entropy) -> Vault:
    """The vault, opened by the slot of the person whose `row` of the vault it is. Wrong pass phrases are neither
    counted here nor forgotten. Raises KeySlotError."""
    slots = list(database[TABLE].rows_where("login = ?", [row["login"]]))
    if not slots or row["training"]:
        raise _asks(_("it was turned off, or the pass phrase was changed"))
    if row["failed"] >= FREE_GUESSES:
        raise _asks(_("wrong pass phrases were tried"))
    found = Vault.by_slot(bytes(slots[0]["wrapped_key"]), secret, _place(row, str(slots[0]["name"])), entropy=entropy)
    if found is None:
        raise _asks(_("what it keeps does not fit this store"), STALE)
    return found


def require_usable(store: Store) -> None:
    """After a slot has opened the store for whoever is logged in: whether it may, now. Raises KeySlotError."""
    with store.by_itself():
        slot = slot_of(store, store.person.login)
        if slot is None or is_forbidden(store) or not _turned_on(store, slot):
            raise _asks(_("it was turned off, or the pass phrase was changed"))
        given = _given(store, slot.login)
        if given is None or not given.ends(store.clock.now()):
            words = _("the pass phrase was given more than {days} days ago, or the clock was set back")
            raise _asks(words.format(days=slot_rules().days))


def slot_of(store: Store, login: str) -> Slot | None:
    """That person's, if there is one."""
    rows = store.rows(TABLE, "login = ?", (login,))
    return Slot(login, str(rows[0]["name"])) if rows else None


def slot_ends(store: Store) -> datetime | None:
    """Until when the slot of whoever is logged in opens the store unless the pass phrase is given before; None where
    there is no slot, or it has ended already."""
    with store.by_itself():
        slot = slot_of(store, store.person.login)
        given = _given(store, slot.login, locked=False) if slot is not None else None
    return given.ends(store.clock.now()) if given is not None else None


def is_forbidden(store: Store) -> bool:
    """Whether a supervisor has forbidden it at this terminal."""
    return bool((store.setting(RULE) or {}).get("forbidden"))


def turn_on(store: Store, slot: Slot, secret: SlotSecret, key_store: str) -> None:
    """Keep a slot for whoever is logged in, who has given the pass phrase; `key_store`: what it is called, for the log.
    Raises StoreError ``key-slot-forbidden``, ``pass-phrase-first``."""
    require_allowed(store)
    with store.transaction() as database:
        gone = _drop(store, database, [slot.login], "anew")
        (row,) = store.rows("vault", "login = ?", (slot.login,))
        values = [slot.login, slot.name, store.wrapped_for(secret, _place(row, slot.name))]
        database.execute(f"INSERT INTO {TABLE} (login, name, wrapped_key) VALUES (?, ?, ?)", values)
        store.note(ON, {"login": slot.login, "slot": slot.name, "key_store": key_store})
    if gone:
        store.slots_gone(gone)


def require_allowed(store: Store) -> None:
    """Before a slot is made for whoever is logged in. Raises StoreError ``training-fixed``, ``key-slot-forbidden``,
    ``pass-phrase-first``."""
    if store.training:
        raise StoreError(
            _("Training opens by itself: there is nothing to keep in a key store."),
            remedy=_("Nothing needs to be done."),
            code="training-fixed",
        )
    if is_forbidden(store):
        raise StoreError(
            _("At this terminal the key store may open nothing: a supervisor has forbidden it."),
            remedy=_("Give the pass phrase, as before; a supervisor can allow it: hht people key-store allow"),
            code="key-slot-forbidden",
        )
    store.require_phrase()


def turn_off(store: Store, why: str = "off") -> tuple[Slot, ...]:
    """Take back the slot of whoever is logged in; what was taken. Their secret is worth nothing from then on."""
    return drop(store, [store.person.login], why)


def drop(store: Store, logins: list[str] | None, why: str) -> tuple[Slot, ...]:
    """Take back these people's slots, or everybody's; `why`: the log's word for it. In a transaction it becomes part of
    that, and whoever began it calls `Store.slots_gone` afterwards."""
    inside = store.in_transaction
    with store.transaction() as database:
        gone = _drop(store, database, logins, why)
    if gone and not inside:
        store.slots_gone(gone)
    return gone


def _drop(store: Store, database: Database, logins: list[str] | None, why: str) -> tuple[Slot, ...]:
    rows = [row for row in store.rows(TABLE, order="login") if logins is None or row["login"] in logins]
    for row in rows:
        database.execute(f"DELETE FROM {TABLE} WHERE login = ?", [row["login"]])
        store.note(OFF, {"login": row["login"], "slot": row["name"], "why": why})
    return tuple(Slot(str(row["login"]), str(row["name"])) for row in rows)


def forbid(store: Store, *, forbidden: bool) -> None:
    """Say for this terminal whether key stores may open it; forbidding takes every slot back. Raises AccessRefused."""
    store.require(Act.KEY_SLOT)
    if store.training or is_forbidden(store) == forbidden:
        return
    with store.transaction():
        store.save_setting(RULE, {"forbidden": forbidden})
        store.note(FORBIDDEN if forbidden else ALLOWED, {})
        gone = drop(store, None, "forbidden") if forbidden else ()
    if gone:
        store.slots_gone(gone)


# ---------------------------------------------------------------------- what the log says


@dataclass(frozen=True, slots=True)
class _Given:
    """When the pass phrase was given last, and the latest time of any entry of the log from then on."""

    at: datetime
    latest: datetime

    def ends(self, now: datetime) -> datetime | None:
        """Until when that holds; None where it does no more, or a clock was set back so that it cannot be said."""
        end = self.at + timedelta(days=slot_rules().days)
        return end if self.at <= now and max(now, self.latest) < end else None


def _turned_on(store: Store, slot: Slot) -> bool:
    """Whether the latest that the log says of that person's slots is that this one was turned on: a row that somebody
    put back into the file is none."""
    for kind, _at, _seq, told in _newest(store, ON, OFF):
        if told.get("login") == slot.login:
            return kind == ON and told.get("slot") == slot.name
    return False


def _given(store: Store, login: str, *, locked: bool = True) -> _Given | None:
    """When that person gave the pass phrase last; None where nothing says so. Raises KeySlotError where, `locked`,
    their window was locked since, and nobody has unlocked it."""
    for kind, at, seq, told in _newest(store, LOGGED_IN, LOCKED, ON):
        if told.get("login") != login:
            continue
        if kind == LOCKED and locked:
            raise _asks(_("the window was locked when it was left"))
        if kind == ON or (kind == LOGGED_IN and told.get("how") != BY_KEY_STORE):
            (row,) = store.rows("log", "seq >= ?", (seq,), select="max(at) AS at")
            return _Given(at, datetime.fromisoformat(row["at"]))
    return None


def _newest(store: Store, *kinds: str) -> Iterator[tuple[str, datetime, int, dict[str, Any]]]:
    """Entries of the log of these kinds, the newest first, one at a time: (kind, at, sequence, details)."""
    marks, before = ", ".join("?" * len(kinds)), 1 << 62
    while rows := store.rows("log", f"kind IN ({marks}) AND seq < ?", (*kinds, before), order="seq DESC LIMIT 50"):
        for row in rows:
            told = json.loads(store.unseal("log", "payload", row["key"], row))
            yield row["kind"], datetime.fromisoformat(row["at"]), row["seq"], told
        before = rows[-1]["seq"]


def _place(row: Mapping[str, Any], name: str) -> bytes:
    """What the slot's key is bound to: the person's row of the vault as it is, the slot's name."""
    return f"{mark(row)}|{name}".encode()


def _asks(why: str, code: str = KeySlotError.default_code) -> KeySlotError:
    return KeySlotError(
        _("This computer's key store does not open the terminal now: {why}.").format(why=why),
        remedy=_("Give the pass phrase."),
        code=code,
    )
