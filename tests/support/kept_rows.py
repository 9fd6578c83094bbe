"""The rows of a profile that the store keeps a part of, as whoever listens to the read hears them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from hht.client.api import NOBODY, Listeners, ProfileRow
from hht.store.profile_store import ProfileStore
from hht.work.kept_profile import KeptRead, ReadsProfile, read_kept_profile


async def kept_rows(
    meter: ReadsProfile,
    kept: ProfileStore,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    fresh: bool = False,
    listeners: Listeners = NOBODY,
    now: datetime | None = None,
) -> tuple[KeptRead, list[ProfileRow]]:
    """As `read_kept_profile`, and every row that counts in the end."""
    rows: list[ProfileRow] = []

    def collect(some: Sequence[ProfileRow]) -> None:
        rows.extend(some)
        if listeners.on_rows is not None:
            listeners.on_rows(some)

    hearing = replace(listeners, on_rows=collect, on_afresh=rows.clear)
    read = await read_kept_profile(meter, kept, start, end, fresh=fresh, listeners=hearing, now=now)
    assert read.rows == len(rows)
    return read, rows
