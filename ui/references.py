"""The numbers by which messages to devices are known at a hub: every way of this terminal to devices counts on.

A hub relays a number once, and remembers it for another store of the same terminal too: so a store that has sent
nothing yet begins at a place of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.packs.kept import PackStore
from hht.work import hub_records

if TYPE_CHECKING:
    from hht.store.store import Store

_HALF = 0x7FFF  # begin in the lower half: the numbers do not come round in a store's life


def last_used(store: Store, way: str) -> int:
    """The last number used on `way`, by packs or by work at the hub. Raises StoreError."""
    used = max(PackStore(store).last_reference(way), hub_records.last_reference(store, way))
    return used or int(store.blind_index("references", "way", way)[:4], 16) & _HALF
