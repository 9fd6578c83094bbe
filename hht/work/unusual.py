"""Unusual numbers of acts by one person: counted in the store's own log, told, and never a reason to refuse (T12).

What counts is an entry of the log (a chain of hashes, each entry somebody's), so nobody takes a count back unseen. A
number beyond what is usual is an entry itself: the first, then each doubling. It goes home with every later visit.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from hht.clock import iso_z
from hht.i18n import _
from hht.resources import resource_text

if TYPE_CHECKING:
    from hht.store.store import Store

UNUSUAL: Final = "unusual-number"  # the kind of entry that says so
READS, DISABLES, REVEALS, LOOKUPS = "reads", "disables", "reveals", "lookups"
READ, SUPPLY_ASKED, LOOKED_UP = "meter-read", "supply-asked", "looked-up"  # kinds of entries that are written to count
_TOLD_FOR: Final = timedelta(days=90)  # how far back a visit's evidence tells of unusual numbers


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual of one kind of act. `log`: kinds of entries that count; `asks`: what of a desk's asks does."""

    most: int
    hours: int
    log: tuple[str, ...]
    asks: frozenset[str]


@cache
def usual() -> Mapping[str, Usual]:
    """``resources/catalogue/unusual_numbers.toml``."""
    plain = tomllib.loads(resource_text("catalogue", "unusual_numbers.toml"))
    return {
        name: Usual(int(one["most"]), int(one["hours"]), tuple(one["log"]), frozenset(one.get("asks", ())))
        for name, one in plain.items()
    }


def note_act(store: Store, kind: str, entry: str, details: Mapping[str, Any]) -> str:
    """Put one act into the log, and `judge` it. Raises StoreError."""
    store.log(entry, details)
    return judge(store, kind)


def judge(store: Store, kind: str) -> str:
    """Where whoever acts has done more of `kind` than is usual, put that into the log, once for each doubling, and tell
    them; the words, "" where there is nothing to tell. Raises StoreError."""
    limit, who = usual()[kind], store.acting()
    with store.transaction():
        count = count_of(store, kind)[who]
        if count <= limit.most:
            return ""
        level = (count // max(1, limit.most)).bit_length()
        since = _since(store, limit.hours)
        for _at, by, told in _entries(store, (UNUSUAL,), since):
            if by == who and told["kind"] == kind and told["level"] >= level:
                return ""
        store.log(UNUSUAL, {"kind": kind, "count": count, "usual": limit.most, "hours": limit.hours, "level": level})
    words = _("{what}: {count} within {hours} hours; up to {most} are usual. This is logged, and told to the depot.")
    text = words.format(what=kind_words()[kind], count=count, hours=limit.hours, most=limit.most)
    store.tell(text)
    return text


def count_of(store: Store, kind: str) -> Counter[str]:
    """How many acts of `kind` there were by each person within the catalogue's hours. Raises StoreError."""
    limit = usual()[kind]
    return Counter(by for _at, by, _told in _entries(store, limit.log, _since(store, limit.hours)))


def counts(store: Store) -> dict[str, dict[str, int]]:
    """Of each kind: most by one person now, what is usual, how often it was said to be more. Nobody's name."""
    said = Counter(told["kind"] for _at, _by, told in _entries(store, (UNUSUAL,), ""))
    return {
        kind: {"most": max(count_of(store, kind).values(), default=0), "usual": limit.most, "said": said[kind]}
        for kind, limit in usual().items()
    }


def unusual_until(store: Store, ended: datetime) -> Iterator[dict[str, Any]]:
    """What a visit's evidence tells: each unusual number of the 90 days before it ended. Raises StoreError."""
    for at, by, told in _entries(store, (UNUSUAL,), iso_z(ended - _TOLD_FOR)):
        if at <= iso_z(ended):
            yield {"at": at, "by": by, **told}


def kind_words() -> dict[str, str]:
    """The kinds, for people."""
    return {
        READS: _("Meters read outside of visits"),
        DISABLES: _("Supplies to be taken away"),
        REVEALS: _("Secrets of traces shown"),
        LOOKUPS: _("Look-ups of people's use and supplies"),
    }


def _since(store: Store, hours: int) -> str:
    """From when on it counts, as the log writes times: also what a clock set back puts ahead of now."""
    return iso_z(store.clock.now() - timedelta(hours=hours))


def _entries(store: Store, kinds: tuple[str, ...], since: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(time, whose, payload) of the entries of these kinds since then."""
    where = f"kind IN ({', '.join('?' * len(kinds))}) AND at > ?"
    for row in store.rows("log", where, (*kinds, since), order="seq"):
        by = store.unseal("log", "by", row["key"], row).decode() if row["by_sealed"] is not None else ""
        yield row["at"], by, json.loads(store.unseal("log", "payload", row["key"], row))
