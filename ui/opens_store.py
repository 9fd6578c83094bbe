"""What the window may ask about the store and its people, part of `ui.services.Services`: opened, by whom, closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ui.guard import Guard
    from ui.key_slots import KeptSlot
    from ui.people import KeptPeople
    from ui.services import Services


class OpensStore(Protocol):
    """Implemented by `ui.with_people.WithPeople` for the most part."""

    @property
    def training(self) -> bool: ...

    async def needs_pass_phrase(self) -> bool:
        """True when the store is locked and a person must unlock (or first create) it."""

    async def unlock(self, pass_phrase: str, login: str = "") -> None:
        """Open the store; `login`: as whom, where several people share it. Raises PassPhraseError, PersonError,
        StoreError, and HhtError ``opened-for-another`` where the key store was quicker, for somebody else."""

    async def require_log(self) -> None:
        """Raises LogPutBack, once, where the log of the store that was opened was put back to an earlier copy."""

    async def logins(self) -> tuple[str, ...]:
        """Who may open the store, by log-in name; to be asked before it is open."""

    async def slot_logins(self) -> tuple[str, ...]:
        """For whom this computer's key store may open the store, by log-in name; to be asked before it is open."""

    async def unlock_by_key_store(self, login: str = "", wanted: Callable[[], bool] = lambda: True) -> bool:
        """Have this computer's key store open the store; whether it did, and nobody was quicker. `wanted`: asked from
        the core's thread before the store is opened. Raises KeyStoreError, KeySlotError, StoreError."""

    @property
    def key_slot(self) -> KeptSlot:
        """Whether this computer's key store opens the store for whoever is logged in."""

    @property
    def people(self) -> KeptPeople:
        """Who works at this terminal, and as what."""

    async def successor(self, pass_phrase: str, login: str) -> Callable[[], Services]:
        """Open the store as somebody else, who takes the place of whoever is logged in: what makes their services, once
        these are closed. An open visit is closed and can be resumed. Raises PassPhraseError, PersonError, StoreError,
        and HhtError ``change-visit`` where its step must not be left; nothing has changed then."""

    @property
    def guard(self) -> Guard:
        """The pass phrase of the open store, asked for again."""

    @property
    def store_exists(self) -> bool:
        """Whether a store has been made: a first pass phrase is chosen, a later one entered."""

    async def close(self) -> None:
        """End every conversation and close the store."""
