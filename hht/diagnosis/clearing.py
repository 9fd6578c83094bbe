"""Which domains passed tests exclude, which causes are left of the others, and which look would exclude another.

A domain is excluded by tests that passed, never by a fault that was found elsewhere: each of its causes that the
symptom speaks for (all, where it speaks for none) has to be ruled out by a look that was made and passed. One cause
that no such look rules out keeps the domain open; so does a reading of it that is not as usual and that nothing
explains.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from hht.diagnosis.domains import Domain
from hht.diagnosis.evidence import Evidence, Observation
from hht.diagnosis.knowledge import NOTHING_WRONG, Cause, Knowledge, Look
from hht.diagnosis.next_look import chain_of
from hht.diagnosis.reasoning import possible_in, speaks


@dataclass(frozen=True, slots=True)
class Clearing:
    """How a domain stands by the tests that passed: the causes that none of them rules out (`left`), those that did
    rule one out (`by`), and readings of it that are not as usual and that no cause explains (`odd`)."""

    left: tuple[Cause, ...]
    by: tuple[Observation, ...]
    odd: tuple[Observation, ...] = ()

    @property
    def cleared(self) -> bool:
        """Whether the domain is excluded."""
        return bool(self.by) and not self.left and not self.odd


def clearing(
    known: Knowledge, evidence: Evidence, domain: Domain, home: frozenset[str], found: Cause | None = None
) -> Clearing:
    """What passed tests have left of a domain. `found`: the cause that is proved; what it shows needs no other."""
    left: list[Cause] = []
    by: dict[str, Observation] = {}
    odd = [one for one in evidence if not _as_usual(known, one) and not _shows(found, one)]
    for cause in _causes(known, evidence, domain, home, odd):
        out = ruled_out(known, evidence, cause, odd)
        if out is None:
            left.append(cause)
        else:
            by[out.reading] = out
    unexplained = tuple(one for one in odd if known.readings[one.reading].of == domain and not _anyone(known, one))
    return Clearing(tuple(left), tuple(by.values()), unexplained)


def ruled_out(
    known: Knowledge, evidence: Evidence, cause: Cause, odd: Iterable[Observation] = ()
) -> Observation | None:
    """The passed test that rules a cause out; None where none was made, none that was made passed, or something `odd`
    speaks for it: what only contradicts it is no test then."""
    for one in evidence:
        if any(
            one.reading == test.reading and one.value in test.values and cause.name in test.causes
            for test in known.exclusions
        ):
            return one
    if any(_shows(cause, one) and speaks(known, one, cause) > 0 for one in odd):
        return None
    passed = (one for one in evidence if _as_usual(known, one) and one.reading in known.ruled[cause.name])
    return next(passed, None)


def telling_of_faults(known: Knowledge, evidence: Evidence, home: frozenset[str]) -> tuple[Observation, ...]:
    """The readings that are not as usual, and that a fault which can be in this home shows: over them nobody may say
    that nothing is wrong, however unlikely that fault is by all else."""
    fine = known.causes[NOTHING_WRONG]
    faults = [one for one in known.causes.values() if one.domain is not None and possible_in(one, home)]
    return tuple(
        seen
        for seen in evidence
        if not _as_usual(known, seen)
        and not _shows(fine, seen)
        and any(_shows(one, seen) and speaks(known, seen, one) > 0 for one in faults)
    )


def unreached(known: Knowledge, evidence: Evidence, home: frozenset[str], closed: Collection[str]) -> tuple[Cause, ...]:
    """The causes that the symptom speaks for, that nothing rules out, and that no look shows that was made and told
    something, or that could still be made (`closed`: those that cannot): while there are any, nobody knows that nothing
    is wrong. What the home is known to be without counts only where the symptom speaks for nothing else."""
    told = [
        one for one in known.causes.values() if one.domain is not None and set(one.symptoms) & set(evidence.symptoms)
    ]
    here = [one for one in told if not {f"no-{name}" for name in (one.device, *one.needs)} & home] or told
    shut = {*closed, *evidence.looked}

    def shown(cause: Cause) -> bool:
        names = known.ruled[cause.name] or frozenset(cause.expects)
        return any(evidence.of(name) is not None or known.look_of(name).name not in shut for name in names)

    return tuple(one for one in here if ruled_out(known, evidence, one) is None and not shown(one))


def _as_usual(known: Knowledge, one: Observation) -> bool:
    return one.value == known.readings[one.reading].usual


def _shows(cause: Cause | None, one: Observation) -> bool:
    return cause is not None and one.value in cause.expects.get(one.reading, {})


def _anyone(known: Knowledge, one: Observation) -> bool:
    return any(_shows(cause, one) for cause in known.causes.values())


def _causes(
    known: Knowledge, evidence: Evidence, domain: Domain, home: frozenset[str], odd: Iterable[Observation]
) -> list[Cause]:
    """Of the domain's causes those that were told, and those that an odd reading speaks for; where none was told, all
    that some look could rule out (what nothing but its own symptom shows is told by that)."""
    every = [one for one in known.causes.values() if one.domain is domain and possible_in(one, home)]
    told = [one for one in every if set(one.symptoms) & set(evidence.symptoms)]
    shown = [
        one
        for one in every
        if one not in told and any(_shows(one, seen) and speaks(known, seen, one) > 0 for seen in odd)
    ]
    return [*told, *shown] if told else [one for one in every if known.ruled[one.name] or one in shown]


@dataclass(frozen=True, slots=True)
class Plan:
    """The looks that, where all they read is as usual, exclude a domain that is open, and what they cost."""

    domain: Domain
    looks: tuple[Look, ...]

    @property
    def minutes(self) -> float:
        """All of them."""
        return sum(one.minutes for one in self.looks)


def settling_look(
    known: Knowledge,
    evidence: Evidence,
    home: frozenset[str],
    looks: Iterable[Look],
    minutes: float,
    found: Cause | None = None,
) -> Look | None:
    """The first look of those that exclude a further domain at the least cost, where all is as usual; None where no
    domain can be excluded by `looks` within so many minutes."""
    able = {one.name: one for one in looks}
    plans = [one for one in _plans(known, evidence, home, able, found) if one.minutes <= minutes]
    if not plans:
        return None
    return min(plans, key=lambda one: (one.minutes, one.domain.value)).looks[0]


def _plans(
    known: Knowledge, evidence: Evidence, home: frozenset[str], able: dict[str, Look], found: Cause | None
) -> Iterator[Plan]:
    for domain in Domain:
        if found is not None and found.domain is domain:
            continue
        stands = clearing(known, evidence, domain, home, found)
        if stands.cleared or stands.odd:
            continue
        chosen = _cover(known, evidence, stands.left, able)
        if chosen:
            yield Plan(domain, chosen)


def _cover(
    known: Knowledge, evidence: Evidence, causes: Iterable[Cause], able: dict[str, Look]
) -> tuple[Look, ...] | None:
    """Few and cheap looks that would rule all these causes out, in the order in which they can be made; None where that
    is not possible."""
    left = {cause.name: frozenset(known.ruled[cause.name]) for cause in causes}
    chosen: list[Look] = []
    while left:
        best: tuple[float, str, list[Look], set[str]] | None = None
        for look in able.values():
            gone = {name for name, readings in left.items() if readings & set(look.reads)}
            chain = [one for one in chain_of(look, able, evidence.looked) if one not in chosen]
            if not gone or not chain:
                continue
            worth = len(gone) / sum(one.minutes for one in chain)
            if best is None or (worth, look.name) > best[:2]:
                best = worth, look.name, chain, gone
        if best is None:
            return None
        chosen += best[2]
        left = {name: readings for name, readings in left.items() if name not in best[3]}
    return tuple(chosen)


__all__ = ["Clearing", "clearing", "ruled_out", "settling_look", "telling_of_faults", "unreached"]
