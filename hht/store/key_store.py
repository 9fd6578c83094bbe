"""Passwords and keys of meters, sealed: by the name that a person gave them, or the meter's Device ID."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hht.store.store import Store

_TABLE = "meter_keys"


class KeyStore:
    """Entries by name. What an entry holds is a JSON object that this room does not look into. Raises StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, name: str, entry: dict[str, Any]) -> None:
        """Keep `entry` under `name`, in the place of an earlier one."""
        key = self._key(name)
        sealed = {"name": name.encode(), "entry": json.dumps(entry).encode()}
        with self._store.transaction() as database:
            there = database.execute(f"DELETE FROM {_TABLE} WHERE key = ?", [key]).rowcount
            self._store.note("keys-kept", {"name": name, "replaced": bool(there)})
            self._store.insert(_TABLE, {"key": key, "at": self._store.now()}, key=key, sealed=sealed)

    def get(self, name: str) -> dict[str, Any] | None:
        """The entry of that name; None where there is none."""
        key = self._key(name)
        rows = self._store.rows(_TABLE, "key = ?", (key,))
        if not rows:
            return None
        entry: dict[str, Any] = json.loads(self._store.unseal(_TABLE, "entry", key, rows[0]))
        return entry

    def names(self) -> list[str]:
        """Every name, in alphabetical order."""
        rows = self._store.rows(_TABLE)
        return sorted(self._store.unseal(_TABLE, "name", row["key"], row).decode() for row in rows)

    def forget(self, name: str) -> bool:
        """Erase the entry of that name; whether there was one."""
        with self._store.transaction() as database:
            if not database.execute(f"DELETE FROM {_TABLE} WHERE key = ?", [self._key(name)]).rowcount:
                return False
            self._store.note("keys-erased", {"name": name})
            return True

    def _key(self, name: str) -> str:
        return self._store.blind_index(_TABLE, "key", name)
