"""This computer's key store and the store's key slots together: opened by one, turned on and off, how it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hht.access.roles import Act
from hht.errors import HhtError
from hht.i18n import _
from ui.system_key_store import SECRET_OCTETS, SystemKeyStore, answered_now, find
from ui.threads import in_thread

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.store.key_slot import Slot
    from hht.store.store import Store
    from hht.store.vault import SlotSecret
    from ui.guard import Guard


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """How it stands for whoever is logged in. `on`: their slot is there; `ends`: until when it opens the store without
    their pass phrase, None where it does not any more; `may_forbid`: whether they may say so for the terminal;
    `key_store`: what this computer's is called, where it was asked, and `missing`: why there is none."""

    on: bool
    ends: datetime | None
    forbidden: bool
    may_forbid: bool
    training: bool
    key_store: str = ""
    missing: HhtError | None = None


def slot_to_open(folder: Path, person: str) -> Slot | None:
    """The slot that may open the live store for that person, or without a name for the only one; None where there is
    none. The key store is not asked. Raises StoreError."""
    from hht.store.key_slot import slots_in
    from hht.store.rows_of_people import logins_in
    from ui.stores import store_path

    path = store_path(folder, training=False)
    slots = slots_in(path)
    if not slots:
        return None
    login = person or (logins[0] if len(logins := logins_in(path)) == 1 else "")
    return next((slot for slot in slots if slot.login == login), None)


def read_secret(slot: Slot) -> SlotSecret:
    """What the key store has for it; it may take its time. Raises KeyStoreError, KeySlotError."""
    from hht.store.key_slot import STALE, KeySlotError

    secret = find().read(slot)
    if secret is None:
        raise KeySlotError(
            _("This computer's key store has nothing for this terminal (any more)."),
            remedy=_("Give the pass phrase."),
            code=STALE,
        )
    return secret


def open_by_key_store(folder: Path, *, clock: Clock, person: str) -> Store | None:
    """The live store, opened by this computer's key store; None where nobody chose that. Raises KeyStoreError,
    KeySlotError, StoreError."""
    from hht.store.key_slot import slot_rules
    from ui.stores import open_store

    slot = slot_to_open(folder, person)
    if slot is None:
        return None
    secret = answered_now(lambda: read_secret(slot), slot_rules().answer_s)
    return open_store(folder, secret, training=False, clock=clock, person=slot.login)


def turn_on(store: Store, random_bytes: Callable[[int], bytes]) -> str:
    """Have the key store open the store for whoever is logged in from now on; what it is called. Raises KeyStoreError,
    StoreError ``key-slot-forbidden``, ``pass-phrase-first``, ``training-fixed``."""
    from hht.store import key_slot
    from hht.store.vault import SlotSecret

    key_slot.require_allowed(store)
    slot = key_slot.Slot(store.person.login, random_bytes(8).hex())
    secret = SlotSecret(random_bytes(SECRET_OCTETS))

    def write() -> SystemKeyStore:
        found = find()
        found.write(slot, secret)
        return found

    found = answered_now(write, key_slot.slot_rules().answer_s)
    try:
        key_slot.turn_on(store, slot, secret, found.called)
    except BaseException:
        store.forget_slots((slot,))
        raise
    return found.called


def facts(store: Store, key_store: str = "", missing: HhtError | None = None) -> SlotFacts:
    """How it stands."""
    from hht.store import key_slot

    slot = None if store.training else key_slot.slot_of(store, store.person.login)
    return SlotFacts(
        slot is not None,
        key_slot.slot_ends(store) if slot is not None else None,
        key_slot.is_forbidden(store),
        Act.KEY_SLOT in store.person.acts and not store.training,
        store.training,
        key_store,
        missing,
    )


def slot_words(told: SlotFacts) -> str:
    """How it stands, in a sentence or two."""
    if told.training:
        return _("Training opens by itself: there is nothing to keep in a key store.")
    if told.forbidden:
        return _("A supervisor has forbidden that key stores open this terminal: the pass phrase does.")
    if not told.on:
        return _("Off: your pass phrase opens this terminal, and nothing else.")
    if told.ends is None:
        return _("On, but the pass phrase was given too long ago: it has to be given once.")
    return _(
        "On: whoever is in your account of this computer opens this terminal, until {day} without the pass phrase."
    ).format(day=told.ends.astimezone().date().isoformat())


class KeptSlot:
    """As the window asks for it; each method answers with how it stands then. Raises KeyStoreError, AccessRefused,
    StoreError, and HhtError ``pass-phrase-first`` where the pass phrase was given too long ago to turn it on."""

    def __init__(self, store: Store, guard: Guard, random_bytes: Callable[[int], bytes]) -> None:
        self._store, self._guard, self._random_bytes = store, guard, random_bytes

    async def facts(self) -> SlotFacts:
        """How it stands. The key store is not asked for that."""
        return await in_thread(facts, self._store)

    async def turn_on(self) -> SlotFacts:
        """For whoever is logged in, who has just given the pass phrase."""
        self._guard.require_fresh()
        called = await in_thread(turn_on, self._store, self._random_bytes)
        return await in_thread(facts, self._store, called)

    async def turn_off(self) -> SlotFacts:
        """For whoever is logged in."""
        from hht.store.key_slot import turn_off

        await in_thread(turn_off, self._store)
        return await self.facts()

    async def forbid(self, *, forbidden: bool) -> SlotFacts:
        """For everybody at this terminal."""
        from hht.store.key_slot import forbid

        await in_thread(forbid, self._store, forbidden=forbidden)
        return await self.facts()
