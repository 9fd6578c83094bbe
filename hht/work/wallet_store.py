"""The wallet in the store: each entry sealed, found by what it is and its number."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.work.wallet import Entry, Wallet, WalletError

if TYPE_CHECKING:
    from hht.store.store import Store

_TABLE = "wallet"


class WalletStore:
    """Every method raises StoreError where the store fails."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def wallet(self) -> Wallet:
        """All of it: registrations first, then by kind and last day."""
        rows = self._store.rows(_TABLE)
        kept = [self._store.unseal(_TABLE, "entry", row["key"], row) for row in rows]
        entries = [Entry.from_plain(json.loads(one)) for one in kept]
        return Wallet(tuple(sorted(entries, key=lambda one: (not one.registration, one.kind, one.until, one.number))))

    def add(self, entry: Entry, today: date) -> bool:
        """Keep it, in the place of an earlier one of that number (a renewal); whether there was one.

        Raises WalletError ``wallet-ended`` for what has ended already.
        """
        if entry.until < today:
            raise WalletError(
                _("It ended {day}; nothing was kept.").format(day=entry.until),
                remedy=_("Renew it first, or have it calibrated; then add it with its new last day."),
                code="wallet-ended",
            )
        key = self._key(entry.registration, entry.number)
        with self._store.transaction() as database:
            replaced = bool(database.execute(f"DELETE FROM {_TABLE} WHERE key = ?", [key]).rowcount)
            self._store.insert(_TABLE, {"key": key}, key=key, sealed={"entry": json.dumps(entry.as_plain()).encode()})
            self._store.note("wallet-kept", {**entry.as_plain(), "replaced": replaced})
        return replaced

    def remove(self, number: str, *, registration: bool) -> None:
        """Erase the registration or instrument of that number. Raises WalletError ``wallet-unknown``."""
        with self._store.transaction() as database:
            key = self._key(registration, number.strip())
            if database.execute(f"DELETE FROM {_TABLE} WHERE key = ?", [key]).rowcount:
                self._store.note("wallet-removed", {"registration": registration, "number": number.strip()})
                return
        words = _("There is no registration “{number}”.") if registration else _("There is no instrument “{number}”.")
        raise WalletError(
            words.format(number=number[:60]), remedy=_("See what there is: hht wallet list"), code="wallet-unknown"
        )

    def _key(self, registration: bool, number: str) -> str:
        return self._store.blind_index(_TABLE, "key", f"{'registration' if registration else 'instrument'}/{number}")
