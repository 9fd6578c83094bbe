"""Which consumers' devices hub and meters say that they know: their own logs, as a desk reads them (8.9).

The hub's Device Log says whom the hub lets onto the HAN; what a meter is joined to says whom it answers (factbook 3.2).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hht.errors import HhtError
from hht.identifiers import DeviceId

CONSUMERS = frozenset({"consumer-access-device", "consumer-bridge"})  # as logs name what a display is not


@dataclass(frozen=True, slots=True)
class Heard:
    """How a hub hears a device. `last`: when it did, None for never; `least_dbm`: the weakest of its frames, 0 where
    none was heard; `frames` that came and those that `failed`, since its figures began."""

    last: datetime | None
    least_dbm: int
    frames: int
    failed: int


@dataclass(frozen=True, slots=True)
class Known:
    """A device of a log. `kind`: as the log names it, "" where it does not; `joined`: it is on the HAN, as the hub has
    it (a meter's partners are); `heard`: where the log has figures of it."""

    device: str
    kind: str
    joined: bool = True
    heard: Heard | None = None


def rows_of(answer: str) -> tuple[Known, ...] | None:
    """The rows of a Device Log, or of what a device is joined to, in the common form of a desk's answer; None where it
    is neither."""
    told = told_of(answer)
    if not isinstance(told, list):
        return None
    rows = [_row(one) for one in told]
    return None if None in rows else tuple(row for row in rows if row is not None)


def told_of(answer: str) -> Any:
    """What a desk's answer says, in the common form; None where it is none."""
    try:
        return json.loads(answer)
    except (ValueError, RecursionError):
        return None


def _row(one: Any) -> Known | None:
    if isinstance(one, dict):
        device, kind, joined = one.get("device_id"), one.get("kind", ""), one.get("joined", True)
    elif isinstance(one, list) and len(one) == 2:
        (device, kind), joined = one, True
    else:
        return None
    if not isinstance(device, str) or not isinstance(kind, str) or type(joined) is not bool:
        return None
    try:
        heard = _heard(one) if isinstance(one, dict) and _FIGURES & set(one) else None
        return Known(str(DeviceId.parse(device)), kind, joined, heard)
    except (HhtError, _Malformed):
        return None


_FIGURES = frozenset({"last_ms", "rssi_dbm", "heard", "failed"})


class _Malformed(Exception):
    """Figures that are none."""


def _heard(row: Mapping[str, Any]) -> Heard:
    numbers = [row.get(name) for name in ("last_ms", "heard", "failed")]
    strengths = row.get("rssi_dbm")
    if not isinstance(strengths, list) or not all(type(one) is int for one in (*numbers, *strengths)):
        raise _Malformed
    last_ms, frames, failed = (int(one or 0) for one in numbers)
    try:
        last = datetime.fromtimestamp(last_ms / 1000, UTC) if last_ms else None
    except (ValueError, OverflowError, OSError) as error:  # no time of this calendar
        raise _Malformed from error
    return Heard(last, min(strengths, default=0), frames, failed)


def consumers_of(rows: Iterable[Known], meant: Iterable[str]) -> tuple[str, ...]:
    """The consumers' own devices among the rows: those that the log calls so, and those that are `meant`."""
    named = set(meant)
    return tuple(row.device for row in rows if row.kind in CONSUMERS or row.device in named)
