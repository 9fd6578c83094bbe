"""The people of a store: each opens it by a pass phrase of their own, and may what their roles say.

Every person's row holds the same data key, wrapped by their pass phrase; who they are and what they may stands in one
sealed record, which knows each row by a hash. The log notes each change with the record's hash: a record or row that
somebody put back or exchanged in the file is refused. Roles are kept by this program, not by the cipher: a pass phrase,
the file and a program of one's own read everything, and a person who was removed and kept a copy can open that copy.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from hht.access.person import (
    OWNER_LOGIN,
    Person,
    PersonError,
    owner,
    person_of,
    require_login,
    require_roles,
    tidy_name,
    training_person,
)
from hht.access.roles import SUPERVISOR, Act
from hht.i18n import _
from hht.store.errors import StoreError
from hht.store.key_slot import drop
from hht.store.rows_of_people import mark
from hht.store.throttle import add_header, change_header

if TYPE_CHECKING:
    from hht.store.store import Row, Store
    from hht.store.vault import KdfCost, PassPhrase

SETTING: Final = "people"
LOG_KINDS: Final = ("people-added", "people-removed", "people-roles", "people-named", "people-pass-phrase")
MOST_PEOPLE: Final = 20
Record = dict[str, dict[str, Any]]  # login -> who they are, what they may, and the mark of their row


def logged_in(store: Store, row: Row) -> Person:
    """Who has opened the store by this row. Raises StoreError ``people-altered`` where rows, record and log do not fit
    each other."""
    if store.training:
        return training_person()
    record: Record | None = store.setting(SETTING)
    last = _last_change(store)
    if record is None and last is None and row["login"] == OWNER_LOGIN and store.logins() == (OWNER_LOGIN,):
        return owner()
    if record is None or last != _digest(record):
        raise _altered()
    told = record.get(row["login"])
    if told is None or told["mark"] != mark(row):
        raise _altered()
    return person_of(told)


def people(store: Store) -> tuple[Person, ...]:
    """Everybody who can open it, by log-in name."""
    if store.training:
        return (training_person(),)
    record: Record = store.setting(SETTING) or {}
    return tuple(person_of(record[login]) for login in sorted(record)) or (owner(),)


class People:
    """Changing who can open a store and what they may. Each method raises AccessRefused, PersonError, StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, person: Person, pass_phrase: PassPhrase, *, cost: KdfCost | None = None) -> Person:
        """Let somebody else open the store. Raises PassPhraseError where the pass phrase is too weak."""
        self._require(Act.PEOPLE)
        require_login(person.login)
        added = replace(_named(person), roles=require_roles(person.roles))
        record = self._record()
        if not all(told["name"] for told in record.values()):
            raise PersonError(
                _("It is not said yet who you are, and what each of several people does is noted under their name."),
                remedy=_("Say it first: hht people name --name NAME, or in the settings."),
                code="person-unnamed",
            )
        if added.login in record or len(record) >= MOST_PEOPLE or not added.name:
            raise PersonError(
                _("“{login}” has no name, is here already, or there are {most} people.").format(
                    login=added.login, most=MOST_PEOPLE
                ),
                remedy=_("Choose another log-in name, say the person's name, or take somebody out first."),
                code="person-known",
            )
        _distinct(record, added)
        header = self._store.header_for(pass_phrase, cost)
        with self._store.transaction() as database:
            add_header(database, header, added.login)
            record[added.login] = added.as_plain()
            self._save(record, "people-added", added, roles=list(added.roles))
        return added

    def remove(self, login: str) -> None:
        """Let somebody open the store no more. What they did stays theirs."""
        self._require(Act.PEOPLE)
        record = self._record()
        gone = self._known(record, login)
        del record[login]
        _keep_a_supervisor(record)
        with self._store.transaction() as database:
            self._note_wrong_tries(login)
            database.execute("DELETE FROM vault WHERE login = ?", [login])
            slots = drop(self._store, [login], "people-removed")
            self._save(record, "people-removed", gone)
        self._store.slots_gone(slots)

    def change_roles(self, login: str, names: tuple[str, ...]) -> Person:
        """Give somebody these roles, and no others."""
        self._require(Act.PEOPLE)
        record = self._record()
        changed = replace(self._known(record, login), roles=require_roles(names))
        record[login] = changed.as_plain()
        _keep_a_supervisor(record)
        with self._store.transaction():
            self._save(record, "people-roles", changed, roles=list(changed.roles))
        self._refresh(changed)
        return changed

    def rename(self, login: str, name: str, identifier: str) -> Person:
        """Say who somebody is."""
        self._require(Act.PEOPLE)
        record = self._record()
        changed = _named(replace(self._known(record, login), name=name, identifier=identifier))
        _distinct(record, changed)
        record[login] = changed.as_plain()
        with self._store.transaction():
            self._save(record, "people-named", changed, name=changed.name, identifier=changed.identifier)
        self._refresh(changed)
        return changed

    def change_pass_phrase(self, login: str, new: PassPhrase, *, cost: KdfCost | None = None) -> None:
        """Another pass phrase for oneself, which everybody may change, or for somebody else. Raises PassPhraseError
        where it is too weak."""
        if login != self._store.person.login or self._store.training:
            self._require(Act.PEOPLE)
        self._store.require_phrase()
        record = self._record()
        whose = self._known(record, login)
        header = self._store.header_for(new, cost)
        with self._store.transaction() as database:
            self._note_wrong_tries(login)
            change_header(database, header, login)
            slots = drop(self._store, [login], "people-pass-phrase")
            self._save(record, "people-pass-phrase", whose)
        self._store.slots_gone(slots)

    # ------------------------------------------------------------------ what they stand on

    def _note_wrong_tries(self, login: str) -> None:
        """Before they are counted anew."""
        for row in self._store.rows("vault", "login = ?", (login,)):
            self._store.note_wrong_tries(row)

    def _require(self, act: Act) -> None:
        if self._store.training:
            raise StoreError(
                _("Training has one person, who has every role; its pass phrase is fixed."),
                remedy=_("Nothing needs to be done."),
                code="training-fixed",
            )
        self._store.require(act)

    def _record(self) -> Record:
        """Everybody, the owner too who had the store to themselves."""
        return {one.login: one.as_plain() for one in people(self._store)}

    def _known(self, record: Record, login: str) -> Person:
        if login not in record:
            raise PersonError(
                _("Nobody is called “{login}” here.").format(login=login[:40]),
                remedy=_("See who there is: hht people list"),
                code="person-unknown",
            )
        return person_of(record[login])

    def _save(self, record: Record, kind: str, whom: Person, **more: object) -> None:
        """The record, with the marks of the rows as they are now, and a line in the log: inside of a transaction."""
        rows = {row["login"]: row for row in self._store.rows("vault")}
        marked = {login: {**told, "mark": mark(rows[login])} for login, told in record.items()}
        self._store.save_setting(SETTING, marked)
        self._store.log(kind, {"login": whom.login, **more, "record": _digest(marked)})

    def _refresh(self, changed: Person) -> None:
        """Who changes their own roles or name acts as that person from now on."""
        if changed.login == self._store.person.login:
            self._store.become(changed)


def _named(person: Person) -> Person:
    return replace(person, name=tidy_name(person.name), identifier=tidy_name(person.identifier))


def _distinct(record: Record, person: Person) -> None:
    """What somebody did is noted under name and identifier: those of two people differ."""
    for login, told in record.items():
        if login != person.login and person_of(told).words.casefold() == person.words.casefold():
            raise PersonError(
                _("“{login}” goes by that name and identifier: what two do could not be told apart.").format(
                    login=login
                ),
                remedy=_("Say an identifier, or a name, that tells them apart."),
                code="person-alike",
            )


def _keep_a_supervisor(record: Record) -> None:
    if not any(SUPERVISOR in told["roles"] for told in record.values()):
        raise PersonError(
            _("Nobody would be left who may say who works here."),
            remedy=_("Make somebody else supervisor first: hht people roles LOGIN supervisor"),
            code="last-supervisor",
        )


def _last_change(store: Store) -> str | None:
    """The hash of the record as the log's latest change of it says; None where it says nothing of people."""
    marks = ", ".join("?" * len(LOG_KINDS))
    rows = store.rows("log", f"kind IN ({marks})", LOG_KINDS, order="seq DESC LIMIT 1")
    if not rows:
        return None
    with store.by_itself():
        said = json.loads(store.unseal("log", "payload", rows[0]["key"], rows[0]))
    return str(said.get("record", ""))


def _digest(record: Record) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _altered() -> StoreError:
    return StoreError(
        _("Who may open this store was altered in its file: its people, their record and the log do not fit."),
        remedy=_("Nobody is let in. Copy the store for the depot, and bring back a copy from before it was altered."),
        code="people-altered",
    )
