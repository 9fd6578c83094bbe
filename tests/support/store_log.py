"""The log of a training store, as a depot would read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ui.stores import open_store
from ui.system import SystemClock


def log_of(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Kind and payload of every entry, oldest first."""
    with open_store(folder, "", training=True, clock=SystemClock()) as store:
        return [(kind, payload) for _at, kind, payload in store.log_entries()]
