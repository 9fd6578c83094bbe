"""Several people, one sealed store: each by a pass phrase of their own, with their own patience, and what they may."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from hht.access.person import AccessRefused, Person, PersonError
from hht.access.roles import Act
from hht.clock import ManualClock
from hht.errors import HhtError
from hht.store.errors import PassPhraseError, StoreError
from hht.store.log_chain import whole_log
from hht.store.people import SETTING, People, people
from hht.store.store import Store
from hht.store.vault import PassPhrase
from tests.store.conftest import CHEAP, OpenStore

OWNER, ANN, BOB = PassPhrase("four unrelated words"), PassPhrase("ann's own words"), PassPhrase("bob's own words")


@pytest.fixture
def shared(open_store: OpenStore) -> Store:
    """The owner's store, which Ann (engineer) and Bob (auditor) open too; the owner is logged in."""
    store = open_store(OWNER, training=False)
    who = People(store)
    who.rename("owner", "Olga Owner", "S-1")
    who.add(Person("ann", "Ann Other", "E-17", ("engineer",)), ANN, cost=CHEAP)
    who.add(Person("bob", "Bob Bychan", "A-3", ("auditor",)), BOB, cost=CHEAP)
    store.save_setting("van-stock", ["meter"])
    return store


def test_each_opens_the_same_values_by_a_pass_phrase_of_their_own(shared: Store, open_store: OpenStore) -> None:
    for login, phrase in (("owner", OWNER), ("ann", ANN), ("bob", BOB)):
        store = open_store(phrase, training=False, login=login)
        assert (store.person.login, store.setting("van-stock")) == (login, ["meter"])
        for other in {OWNER, ANN, BOB} - {phrase}:
            with pytest.raises(PassPhraseError):
                open_store(other, training=False, login=login)
    with pytest.raises(PersonError) as caught:
        open_store(OWNER, training=False)
    assert (caught.value.code, "ann, bob, owner" in caught.value.remedy) == ("person-needed", True)
    with pytest.raises(PersonError, match="“eve”"):
        open_store(OWNER, training=False, login="eve")


def test_only_log_in_names_stand_in_the_clear(shared: Store) -> None:
    shared.checkpoint()
    octets = b"".join(path.read_bytes() for path in shared.path.parent.iterdir())
    assert b"ann" in octets
    assert not any(told in octets for told in (b"Ann Other", b"E-17", b"Bychan", b"auditor", b"Olga"))


def test_wrong_guesses_make_that_person_wait_and_nobody_else(
    shared: Store, open_store: OpenStore, clock: ManualClock
) -> None:
    for _guess in range(5):
        with pytest.raises(PassPhraseError):
            open_store(OWNER, training=False, login="ann")
    with pytest.raises(PassPhraseError) as caught:
        open_store(ANN, training=False, login="ann")
    assert caught.value.code == "pass-phrase-wait"
    open_store(BOB, training=False, login="bob")
    clock.advance(2)
    open_store(ANN, training=False, login="ann")


def test_wrong_tries_are_noted_as_soon_as_somebody_can_seal_what_is_noted(
    shared: Store, open_store: OpenStore, clock: ManualClock
) -> None:
    def told() -> list[tuple[object, ...]]:
        entries = [one for one in whole_log(shared) if one.kind == "pass-phrase-wrong"]
        return [(one.by, one.details["login"], one.details["count"], one.details["last"]) for one in entries]

    def tried(times: int) -> None:
        for _guess in range(times):
            with pytest.raises(PassPhraseError):
                open_store(OWNER, training=False, login="ann")

    tried(3)
    assert told() == [], "nobody had the key"
    last = "2026-03-02T09:00:00Z"
    open_store(ANN, training=False, login="ann")
    open_store(ANN, training=False, login="ann")
    ann, olga = "Ann Other E-17", "Olga Owner S-1"
    assert told() == [(ann, "ann", 3, last)], "once"
    with pytest.raises(PassPhraseError):
        shared.check_pass_phrase(ANN)
    shared.check_pass_phrase(OWNER)
    tried(2)
    People(shared).change_pass_phrase("ann", BOB, cost=CHEAP)
    tried(1)
    People(shared).remove("ann")
    assert told()[1:] == [(olga, "owner", 1, last), (olga, "ann", 2, last), (olga, "ann", 1, last)]


def test_a_store_made_before_there_were_people_opens_for_its_owner(open_store: OpenStore, tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    open_store(OWNER, training=False, path=path).close()
    with sqlite3.connect(path) as database:  # as version m0011 left it
        columns = "id, training, salt, wrapped_key, memory_kib, iterations, lanes, failed, failed_at"
        database.execute(f"CREATE TABLE old AS SELECT {columns} FROM vault")
        database.execute("DROP TABLE vault")
        database.execute(
            "CREATE TABLE vault (id INTEGER PRIMARY KEY CHECK (id = 1), training INTEGER NOT NULL, salt BLOB NOT NULL,"
            " wrapped_key BLOB NOT NULL, memory_kib INTEGER NOT NULL, iterations INTEGER NOT NULL,"
            " lanes INTEGER NOT NULL, failed INTEGER NOT NULL DEFAULT 0, failed_at TEXT NOT NULL DEFAULT '')"
        )
        database.execute(f"INSERT INTO vault ({columns}) SELECT {columns} FROM old")
        database.execute("DROP TABLE old")
        database.execute("DELETE FROM _sqlite_migrations WHERE name = 'm0012_people'")
    database.close()
    store = open_store(OWNER, training=False, path=path)
    assert (store.person.login, set(store.person.roles)) == ("owner", {"supervisor", "engineer"})
    People(store).rename("owner", "Olga Owner", "")
    People(store).add(Person("ann", "Ann Other", "", ("trainee",)), ANN, cost=CHEAP)
    assert open_store(ANN, training=False, path=path, login="ann").person.roles == ("trainee",)


def test_who_changes_people_is_a_supervisor_and_one_always_stays(shared: Store, open_store: OpenStore) -> None:
    ann = People(open_store(ANN, training=False, login="ann"))
    changes = (
        lambda: ann.add(Person("eve", "Eve", "", ("engineer",)), BOB, cost=CHEAP),
        lambda: ann.remove("bob"),
        lambda: ann.change_roles("ann", ("supervisor",)),
        lambda: ann.rename("ann", "Olga Owner", "S-1"),
        lambda: ann.change_pass_phrase("bob", ANN, cost=CHEAP),
    )
    for change in changes:
        with pytest.raises(AccessRefused) as caught:
            change()
        assert "supervisor" in caught.value.remedy
        assert "owner" in caught.value.remedy
    assert [one.login for one in people(shared)] == ["ann", "bob", "owner"]
    who = People(shared)
    for change in (lambda: who.remove("owner"), lambda: who.change_roles("owner", ("engineer",))):
        with pytest.raises(PersonError) as last:
            change()
        assert last.value.code == "last-supervisor"
    who.change_roles("ann", ("supervisor", "engineer"))
    who.change_roles("owner", ("engineer",))
    with pytest.raises(AccessRefused):
        who.change_roles("owner", ("supervisor",))  # it holds at once, for oneself too


def test_somebody_taken_out_is_out_and_the_log_says_who_did_it(shared: Store, open_store: OpenStore) -> None:
    shared.acting = lambda: "Olga Owner S-1"
    ann = open_store(ANN, training=False, login="ann")
    People(ann).change_pass_phrase("ann", BOB, cost=CHEAP)
    with pytest.raises(PassPhraseError):
        open_store(ANN, training=False, login="ann")
    People(shared).remove("ann")
    with pytest.raises(PersonError):
        open_store(BOB, training=False, login="ann")
    with pytest.raises(PersonError):
        ann.check_pass_phrase(BOB)
    with pytest.raises(PassPhraseError):
        shared.check_pass_phrase(BOB)  # a locked window opens by the pass phrase of whoever is logged in
    told = [(entry.kind, entry.details["login"]) for entry in whole_log(shared) if entry.kind.startswith("people-")]
    assert told[-2:] == [("people-pass-phrase", "ann"), ("people-removed", "ann")]
    assert whole_log(shared)[-1].by == "Olga Owner S-1"


@pytest.mark.parametrize(
    "statements",
    [
        ["UPDATE vault SET id = 90 + id", "UPDATE vault SET login = 'was' WHERE login = 'owner'",
         "UPDATE vault SET login = 'owner' WHERE login = 'ann'"],
        [f"DELETE FROM settings WHERE name = '{SETTING}'"],
        [f"DELETE FROM settings WHERE name = '{SETTING}'", "DELETE FROM vault WHERE login <> 'ann'",
         "UPDATE vault SET login = 'owner'"],
    ],
)  # fmt: skip
def test_nobody_makes_a_supervisor_of_themselves_in_the_file(
    shared: Store, open_store: OpenStore, statements: list[str]
) -> None:
    shared.close()
    with sqlite3.connect(shared.path) as database:
        for statement in statements:
            database.execute(statement)
    database.close()
    with pytest.raises(StoreError) as caught:
        open_store(ANN, training=False, login="owner" if "vault" in statements[-1] else "ann")
    assert caught.value.code == "people-altered"


def test_an_earlier_record_that_was_put_back_is_refused(shared: Store, open_store: OpenStore) -> None:
    def record() -> bytes:
        return bytes(shared.rows("settings", "name = ?", (SETTING,))[0]["value_sealed"])

    People(shared).change_roles("ann", ("supervisor",))
    before = record()
    People(shared).change_roles("ann", ("engineer",))
    with sqlite3.connect(shared.path) as database:
        database.execute("UPDATE settings SET value_sealed = ? WHERE name = ?", [before, SETTING])
    database.close()
    with pytest.raises(StoreError) as caught:
        open_store(ANN, training=False, login="ann")
    assert caught.value.code == "people-altered"


@pytest.mark.parametrize(
    ("login", "name", "roles", "code"),
    [
        ("Ann", "Ann", ("engineer",), "person-login"),
        ("a b", "Ann", ("engineer",), "person-login"),
        ("", "Ann", ("engineer",), "person-login"),
        ("eve", "", ("engineer",), "person-known"),
        ("ann", "Ann", ("engineer",), "person-known"),
        ("eve", "Eve\u202e", ("engineer",), "engineer"),
        ("eve", "Eve", ("admin",), "person-role"),
        ("eve", "Eve", (), "person-role"),
    ],
)
def test_who_cannot_be_is_refused_with_a_remedy(
    shared: Store, login: str, name: str, roles: tuple[str, ...], code: str
) -> None:
    with pytest.raises(HhtError) as caught:
        People(shared).add(Person(login, name, "", roles), BOB, cost=CHEAP)
    assert caught.value.code == code
    assert caught.value.remedy
    assert len(people(shared)) == 3


def test_no_two_people_go_by_the_same_words_in_the_log(shared: Store) -> None:
    who = People(shared)
    for name, identifier in (("Ann Other", "E-17"), ("ann  OTHER", "e-17"), ("Ann", "Other E-17")):
        with pytest.raises(PersonError, match="“ann”") as caught:
            who.add(Person("eve", name, identifier, ("engineer",)), BOB, cost=CHEAP)
        assert caught.value.code == "person-alike"
    with pytest.raises(PersonError, match="“ann”"):
        who.rename("bob", "Ann Other", "E-17")
    who.rename("ann", "Ann Other", "E-17")
    who.add(Person("eve", "Ann Other", "E-18", ("engineer",)), BOB, cost=CHEAP)
    assert len({one.words.casefold() for one in people(shared)}) == 4


def test_before_there_are_several_it_is_said_who_the_owner_is(open_store: OpenStore) -> None:
    store = open_store(OWNER, training=False)
    with pytest.raises(PersonError) as caught:
        People(store).add(Person("ann", "Ann", "", ("engineer",)), ANN, cost=CHEAP)
    assert caught.value.code == "person-unnamed"


def test_training_has_one_person_with_every_role_and_no_other(open_store: OpenStore) -> None:
    store = open_store()
    (one,) = people(store)
    assert one.acts == frozenset(Act)
    with pytest.raises(StoreError, match="one person"):
        People(store).add(Person("ann", "Ann", "", ("engineer",)), ANN, cost=CHEAP)
    with pytest.raises(StoreError, match="one person"):
        People(store).change_pass_phrase("training", ANN)
