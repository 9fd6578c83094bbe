"""Which look separates what is left at the least cost: bits of what would be learnt, by minute."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

from hht.diagnosis.knowledge import Cause, Knowledge, Look, Reading
from hht.diagnosis.reasoning import UNKNOWN, Standing, chance_of

WORTH_BITS = 0.01  # a look that tells less than this is not worth anybody's minute
_HAZARD_FROM = 0.05


def bits(known: Knowledge, now: Standing, look: Look) -> float:
    """What a look can be expected to tell of the causes that are left, in bits (its readings taken one by one)."""
    return sum(_reading_bits(known, now, known.readings[name]) for name in look.reads)


def _reading_bits(known: Knowledge, now: Standing, reading: Reading) -> float:
    plausible = [(name, chance) for name, chance in now.chances.items() if chance > 1e-4]
    tables = [(chance, _row(reading, _cause(known, name))) for name, chance in plausible]
    total = 0.0
    for value in reading.values:
        overall = sum(chance * row[value] for chance, row in tables)
        total += sum(chance * row[value] * math.log2(row[value] / overall) for chance, row in tables)
    return total


def _row(reading: Reading, cause: Cause | None) -> dict[str, float]:
    row = {value: chance_of(reading, value, cause) for value in reading.values}
    whole = sum(row.values())
    return {value: chance / whole for value, chance in row.items()}


def _cause(known: Knowledge, name: str) -> Cause | None:
    return None if name == UNKNOWN else known.causes[name]


def hazardous(known: Knowledge, now: Standing, look: Look) -> bool:
    """Whether a look could do harm as things stand: a further wrong code, a command that was there before."""
    return bool(look.hazard) and any(
        chance >= _HAZARD_FROM and name != UNKNOWN and known.causes[name].hazard == look.hazard
        for name, chance in now.chances.items()
    )


def best_look(
    known: Knowledge, now: Standing, looks: Iterable[Look], minutes: float = math.inf, *, made: Iterable[str] = ()
) -> Look | None:
    """The look out of `looks` that tells most by the minute, or the first of those that one has to be made after; None
    where none is worth it, or fits into so many `minutes`. `made`: looks that were made before."""
    able, done = {look.name: look for look in looks if not hazardous(known, now, look)}, frozenset(made)
    best: tuple[float, str, Look] | None = None
    for look in able.values():
        chain = chain_of(look, able, done)
        cost = sum(one.minutes for one in chain)
        if not chain or cost > minutes:
            continue
        told = sum(bits(known, now, one) for one in chain)
        if told >= WORTH_BITS and (best is None or (told / cost, look.name) > best[:2]):
            best = told / cost, look.name, chain[0]
    return None if best is None else best[2]


def chain_of(look: Look, able: Mapping[str, Look], done: Collection[str]) -> list[Look]:
    """`look`, and before it what it has to be made after and is not `done`; empty where something of that cannot be
    made."""
    chain: list[Look] = []
    for name in look.after:
        if name in done or any(one.name == name for one in chain):
            continue
        before = chain_of(able[name], able, done) if name in able else []
        if not before:
            return []
        chain += [one for one in before if one not in chain]
    return [*chain, look]


def separating(known: Knowledge, one: str, other: str, looks: Iterable[Look]) -> Look | None:
    """The single look that would best tell two causes apart; None where none of `looks` would."""
    even = Standing({one: 0.5, other: 0.5}, {})
    worth = [(bits(known, even, look), look) for look in looks]
    worth = [(told, look) for told, look in worth if told >= 0.3]
    return max(worth, key=lambda found: (found[0] / found[1].minutes, found[1].name))[1] if worth else None


__all__ = ["WORTH_BITS", "best_look", "bits", "chain_of", "hazardous", "separating"]
