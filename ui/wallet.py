"""The wallet as the window asks for it: what is kept, added, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.clock import Clock
from hht.work.wallet import Entry, Wallet
from hht.work.wallet_store import WalletStore

if TYPE_CHECKING:
    from hht.store.store import Store


class KeptWallet:
    """Each method answers with the wallet as it is then. Raises WalletError and StoreError."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._kept, self._clock = WalletStore(store), clock

    async def all(self) -> Wallet:
        """What is kept."""
        return self._kept.wallet()

    async def add(self, entry: Entry) -> Wallet:
        """Keep it, in the place of an earlier one of that number; refused where it has ended."""
        self._kept.add(entry, self._clock.now().date())
        return self._kept.wallet()

    async def remove(self, entry: Entry) -> Wallet:
        """Erase it."""
        self._kept.remove(entry.number, registration=entry.registration)
        return self._kept.wallet()
