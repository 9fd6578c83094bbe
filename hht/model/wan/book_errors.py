"""Errors in the centre's books: what a device's row says wrongly, or that it is missing; lists without a model's row.

Several may stand at once. Each is taken back by itself, and with the last one the books are right again, unless the
device has gone on by its steps meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hht.model.wan.inventory import Asset, Inventory, SmiStatus
from hht.model.wan.product_lists import Listing, Product, ProductLists


@dataclass(slots=True)
class LineTrouble:
    """What goes wrong with requests on their way. `acknowledges`: an interim answer comes before the final one;
    `astray`: devices thought to be behind another hub; `unheard`: devices whose answers are lost."""

    acknowledges: bool = False
    astray: set[str] = field(default_factory=set)
    unheard: set[str] = field(default_factory=set)


class BookErrors:
    """The errors of one centre, by name."""

    def __init__(self, inventory: Inventory, lists: ProductLists) -> None:
        self._inventory = inventory
        self._lists = lists
        self._rows: dict[str, tuple[Asset, SmiStatus]] = {}  # as they were before the first error
        self._wrong: dict[str, dict[str, SmiStatus | None]] = {}
        self._listed: dict[Product, Listing | None] = {}
        self._listings: dict[Product, dict[str, Listing | None]] = {}

    def enter(self, name: str, device_id: str, status: SmiStatus | None) -> None:
        """From now on the row says `status`; None: there is no row."""
        wrong = self._wrong.setdefault(device_id, {})
        if not wrong:
            asset = self._inventory.asset(device_id)
            self._rows[device_id] = asset, asset.status
        wrong[name] = status
        self._settle(device_id, name)

    def correct(self, name: str, device_id: str) -> None:
        """This error is found and corrected."""
        wrong = self._wrong.get(device_id, {})
        if name in wrong:
            untrue = wrong.pop(name)
            self._settle(device_id, f"put right: {name}", untrue)

    def unlist(self, name: str, product: Product, row: Listing | None) -> None:
        """From now on the Central Products List has this row for the model; None: none."""
        others = self._listings.setdefault(product, {})
        if not others:
            self._listed[product] = self._lists.central.get(product)
        others[name] = row
        self._put(product, row)

    def relist(self, name: str, product: Product) -> None:
        """The model is on the list as it was, unless another error keeps it off."""
        others = self._listings.get(product, {})
        if name in others:
            del others[name]
            self._put(product, next(reversed(others.values())) if others else self._listed[product])

    def _put(self, product: Product, row: Listing | None) -> None:
        if row is None:
            self._lists.central.pop(product, None)
        else:
            self._lists.list(row)

    def _settle(self, device_id: str, why: str, untrue: SmiStatus | None = None) -> None:
        wrong, assets = self._wrong[device_id], self._inventory.assets
        asset, right = self._rows[device_id]
        if None in wrong.values():
            assets.pop(device_id, None)
            return
        assets.setdefault(device_id, asset)
        status = next(reversed(wrong.values())) if wrong else right
        moved_on = not wrong and untrue is not None and asset.status is not untrue
        if status is not None and asset.status is not status and not moved_on:
            self._inventory.put(device_id, status, why)
