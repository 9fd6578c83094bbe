"""A key slot: what it opens, for whom, until when; and what a thief has of it."""

from __future__ import annotations

import pickle
import shutil
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from hht.access.person import AccessRefused, Person
from hht.clock import ManualClock
from hht.store import key_slot
from hht.store.errors import PassPhraseError, StoreError
from hht.store.key_slot import STALE, KeySlotError, Slot, SlotRules, slots_in
from hht.store.log_chain import LOCKED, LOGGED_IN, whole_log
from hht.store.people import People
from hht.store.store import Store
from hht.store.vault import PassPhrase, SlotSecret
from tests.store.conftest import CHEAP, OpenStore

OWNER, ANN = PassPhrase("four unrelated words"), PassPhrase("ann's own words")
SECRET, OTHER = SlotSecret(bytes(range(32))), SlotSecret(bytes(32))
OpenSlot = Callable[..., Store]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "store.db"


@pytest.fixture
def live(open_store: OpenStore, path: Path) -> Store:
    """The owner's store, which Ann (engineer) opens too; the owner is logged in."""
    store = open_store(OWNER, training=False, path=path)
    People(store).rename("owner", "Olga Owner", "S-1")
    People(store).add(Person("ann", "Ann Other", "E-17", ("engineer",)), ANN, cost=CHEAP)
    return store


@pytest.fixture
def by_slot(open_store: OpenStore, path: Path) -> OpenSlot:
    """Open it by a slot's secret."""

    def opened(secret: SlotSecret = SECRET, login: str = "owner", where: Path = path) -> Store:
        return open_store(secret, training=False, path=where, login=login)

    return opened


def turn_on(store: Store, secret: SlotSecret = SECRET, name: str = "slot-1") -> None:
    key_slot.turn_on(store, Slot(store.person.login, name), secret, "a key store")


def told(store: Store) -> list[tuple[str, str]]:
    """What the log has of slots."""
    noted = (one for one in whole_log(store) if one.kind.startswith("key-slot"))
    return [(one.kind, str(one.details.get("why", one.details.get("key_store", "")))) for one in noted]


def refused(opening: Callable[[], object]) -> str:
    with pytest.raises(KeySlotError) as caught:
        opening()
    assert caught.value.code == (STALE if "does not fit" in caught.value.message else "key-slot")
    assert caught.value.remedy == "Give the pass phrase."
    return caught.value.message


def test_it_opens_the_same_store_for_its_person_alone(live: Store, by_slot: OpenSlot) -> None:
    live.save_setting("van-stock", ["meter"])
    turn_on(live)
    store = by_slot()
    assert (store.person.login, store.setting("van-stock"), store.phrase_given) == ("owner", ["meter"], False)
    assert "does not fit" in refused(lambda: by_slot(OTHER))
    assert "turned off" in refused(lambda: by_slot(login="ann"))
    assert told(live) == [("key-slot-on", "a key store")]


def test_nothing_says_the_secret(live: Store) -> None:
    assert "00" not in f"{SECRET!r}{SECRET}"
    with pytest.raises(TypeError):
        pickle.dumps(SECRET)
    turn_on(live)
    live.checkpoint()
    octets = b"".join(one.read_bytes() for one in live.path.parent.iterdir())
    assert b"slot-1" in octets
    assert not any(form in octets for form in (SECRET.reveal(), SECRET.reveal().hex().encode(), OWNER.reveal()))


@pytest.mark.parametrize("how", ["off", "anew", "pass-phrase", "reset", "removed", "forbidden"])
def test_what_takes_it_back_leaves_nothing_of_it_and_tells_the_key_store(
    how: str, live: Store, by_slot: OpenSlot, open_store: OpenStore, path: Path
) -> None:
    whose = live if how in ("off", "anew", "pass-phrase") else open_store(ANN, training=False, path=path, login="ann")
    turn_on(whose)
    wrapped = bytes(whose.rows("key_slots")[0]["wrapped_key"])
    live.checkpoint()
    assert wrapped in path.read_bytes(), "what is looked for was there"
    forgotten: list[Slot] = []
    live.forget_slots = forgotten.extend
    login = whose.person.login
    if whose is not live:
        whose.close()
    {
        "off": lambda: key_slot.turn_off(live),
        "anew": lambda: turn_on(live, OTHER, "slot-2"),
        "pass-phrase": lambda: People(live).change_pass_phrase("owner", ANN, cost=CHEAP),
        "reset": lambda: People(live).change_pass_phrase("ann", OWNER, cost=CHEAP),
        "removed": lambda: People(live).remove("ann"),
        "forbidden": lambda: key_slot.forbid(live, forbidden=True),
    }[how]()
    assert forgotten == [Slot(login, "slot-1")]
    assert not any(wrapped in one.read_bytes() for one in path.parent.iterdir())
    assert ("key-slot-off", {"pass-phrase": "people-pass-phrase", "reset": "people-pass-phrase",
                             "removed": "people-removed"}.get(how, how)) in told(live)  # fmt: skip
    if how != "removed":
        refused(lambda: by_slot(login=login))
    if how == "forbidden":
        with pytest.raises(StoreError, match="forbidden") as caught:
            turn_on(live)
        assert caught.value.code == "key-slot-forbidden"
        key_slot.forbid(live, forbidden=False)
        turn_on(live)


def test_a_slot_in_the_file_that_the_log_does_not_know_opens_nothing(
    live: Store, by_slot: OpenSlot, open_store: OpenStore, path: Path
) -> None:
    """Put back, or made another's, by whoever has the file and the key store."""
    ann = open_store(ANN, training=False, path=path, login="ann")
    turn_on(ann)
    row = ann.rows("key_slots")[0]
    key_slot.turn_off(ann)
    values = ["slot-1", bytes(row["wrapped_key"])]
    for login in ("ann", "owner"):
        with sqlite3.connect(path) as database:
            database.execute("INSERT INTO key_slots VALUES (?, ?, ?)", [login, *values])
        database.close()
    assert "turned off" in refused(lambda: by_slot(login="ann"))
    assert "does not fit" in refused(lambda: by_slot())
    People(live).change_pass_phrase("ann", OWNER, cost=CHEAP)
    with sqlite3.connect(path) as database:
        database.execute("INSERT INTO key_slots VALUES ('ann', ?, ?)", values)
    database.close()
    assert "does not fit" in refused(lambda: by_slot(login="ann")), "it was bound to the pass phrase of then"


def test_it_has_an_end_which_each_giving_of_the_phrase_puts_off(
    live: Store, by_slot: OpenSlot, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_slot, "slot_rules", lambda: SlotRules(30, 1.0))
    turn_on(live)
    day = 24 * 3600.0
    clock.advance(29 * day)
    by_slot().note(LOGGED_IN, {"login": "owner", "how": "key-store"})  # that is no giving of it
    assert key_slot.slot_ends(live) == clock.now() + timedelta(days=1)
    clock.advance(day)
    assert "30 days" in refused(by_slot)
    assert key_slot.slot_ends(live) is None
    live.check_pass_phrase(OWNER)
    live.note(LOGGED_IN, {"login": "owner", "how": "pass-phrase"})
    by_slot()
    before = ManualClock(clock.now() - timedelta(days=2))
    assert "clock was set back" in refused(lambda: _at(before, live))
    live.note(LOGGED_IN, {"login": "ann"})
    clock.advance(40 * day)
    live.note("access-refused", {})  # something was done then: a clock that is set back to before does not help
    refused(lambda: _at(ManualClock(clock.now() - timedelta(days=39)), live))


def _at(clock: ManualClock, store: Store) -> Store:
    return Store.open(store.path, SECRET, training=False, clock=clock, entropy=bytes, login="owner")


def test_a_window_that_was_locked_is_opened_by_the_phrase_alone(live: Store, by_slot: OpenSlot) -> None:
    """Whoever closes a locked window and starts the program again is no further."""
    turn_on(live)
    by_slot().note(LOGGED_IN, {"login": "owner", "how": "key-store"})
    live.note(LOCKED, {"login": "ann", "why": "idle"})
    by_slot()
    live.note(LOCKED, {"login": "owner", "why": "idle"})
    assert "locked" in refused(by_slot)
    assert key_slot.slot_ends(live) is not None, "it is on all the same"
    live.note(LOGGED_IN, {"login": "ann", "how": "pass-phrase"})
    refused(by_slot)
    live.note(LOGGED_IN, {"login": "owner", "window": "unlocked"})
    by_slot()


def test_it_neither_counts_as_a_guess_nor_spares_one_the_wait(
    live: Store, by_slot: OpenSlot, open_store: OpenStore, path: Path, clock: ManualClock
) -> None:
    turn_on(live)

    def failed() -> int:
        return int(live.rows("vault", "login = 'owner'")[0]["failed"])

    for _guess in range(4):
        with pytest.raises(PassPhraseError):
            open_store(ANN, training=False, path=path, login="owner")
    for _try in range(3):
        refused(lambda: by_slot(OTHER))
    by_slot()
    assert failed() == 4, "neither more, nor forgotten"
    with pytest.raises(PassPhraseError):
        open_store(ANN, training=False, path=path, login="owner")
    assert "wrong pass phrases" in refused(by_slot)
    clock.advance(2)
    open_store(OWNER, training=False, path=path, login="owner")
    by_slot()


def test_what_asks_for_the_phrase_is_not_done_before_it_is_given(live: Store, by_slot: OpenSlot) -> None:
    turn_on(live)
    store = by_slot()
    acts: list[Callable[[], object]] = [
        lambda: People(store).change_pass_phrase("owner", ANN, cost=CHEAP),
        lambda: People(store).remove("ann"),
        lambda: key_slot.forbid(store, forbidden=True),
        lambda: turn_on(store, OTHER),
        lambda: store.save_setting("trusted-desks", {}),
    ]
    for act in acts:
        with pytest.raises(StoreError) as caught:
            act()
        assert caught.value.code == "pass-phrase-first"
    with pytest.raises(StoreError), store.transaction() as database:
        database.execute("DELETE FROM vault WHERE login = 'ann'")
    with pytest.raises(PassPhraseError):
        store.check_pass_phrase(ANN)
    with pytest.raises(StoreError):
        People(store).remove("ann")
    store.check_pass_phrase(OWNER)
    People(store).remove("ann")
    assert store.logins() == ("owner",)


def test_who_may_not_may_not_by_a_slot_either(
    live: Store, by_slot: OpenSlot, open_store: OpenStore, path: Path
) -> None:
    turn_on(open_store(ANN, training=False, path=path, login="ann"))
    ann = by_slot(login="ann")
    with pytest.raises(AccessRefused):
        key_slot.forbid(ann, forbidden=True)
    with pytest.raises(AccessRefused):
        People(ann).remove("owner")
    key_slot.turn_off(ann)
    assert ann.rows("key_slots") == []


def test_slots_of_a_locked_store_are_told_and_no_store_has_none(live: Store, path: Path, tmp_path: Path) -> None:
    assert slots_in(path) == ()
    turn_on(live)
    assert slots_in(path) == (Slot("owner", "slot-1"),)
    assert slots_in(tmp_path / "none.db") == ()
    old = tmp_path / "old.db"
    shutil.copy(Path(__file__).parent.parent / "data" / "db" / "store-m0001.db", old)
    assert slots_in(old) == ()


def test_training_has_nothing_to_keep(open_store: OpenStore, path: Path) -> None:
    store = open_store()
    with pytest.raises(StoreError) as caught:
        turn_on(store)
    assert caught.value.code == "training-fixed"
    key_slot.forbid(store, forbidden=True)
    assert not key_slot.is_forbidden(store)
    with pytest.raises(StoreError):
        open_store(SECRET, path=store.path)
    with pytest.raises(StoreError):
        open_store(SECRET, training=False, path=path)
