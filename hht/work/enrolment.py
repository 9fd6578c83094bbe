"""May this SMETS1 site be enrolled with the DCC, and if not, why not: each reason, and whose turn it is.

Painpoints P18 (exclusion classes), S1E-05, S1E-10, S1E-27, S1E-29, S1E-38, S1E-43. Pure: what was found goes in.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hht.errors import HhtError
from hht.i18n import _
from hht.plain_text import plain_text
from hht.work.combinations import ListStatus, Standing
from hht.work.devices import device_kind, shown
from hht.work.products import Part

SMETS1 = "SMETS1"
_LONGEST = 300  # of a sentence of the desk's
_MOST_GRACE_DAYS = 3650  # our own number: more is no time that anybody waits


class SiteRecordError(HhtError):
    """What the desk says of the site cannot be read."""

    default_code = "site-record"


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """How the DCC's books have the site. `state`: "active", "dormant", "authorised", "tested", "enrolled" or "" (no
    SMETS1 site); `combination`: as the centre's own lists have it; `exclusions`: class -> why."""

    generation: str
    state: str = ""
    combination: str = ""
    lead: str = ""
    dormant: tuple[str, ...] = ()
    exclusions: tuple[tuple[str, str], ...] = ()
    restricts: tuple[str, ...] = ()
    grace_days: int = 0
    parts: tuple[Part, ...] = ()
    statuses: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # (type, status in the inventory)


class Decision(enum.StrEnum):
    """What becomes of the site (S1E-38: enrolled, else replaced)."""

    NOT_SMETS1 = "not-smets1"
    ENROLLED = "enrolled"
    CAN = "can"
    LATER = "later"  # not before others have done their part
    REPLACE = "replace"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding. `code` is stable; `bars`: it keeps the site out; `for_good`: nothing but other devices helps."""

    code: str
    words: str
    whose: str
    bars: bool = True
    for_good: bool = False


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The decision, and every reason."""

    decision: Decision
    reasons: tuple[Reason, ...]


def record_of(answer: str) -> SiteRecord:
    """The desk's answer. Raises SiteRecordError where it is none."""
    try:
        told = json.loads(answer)
        return _record(told)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise SiteRecordError(
            _("The desk's answer about this site cannot be read."),
            remedy=_("Ring the desk and have it read out; or choose Can't do this."),
        ) from None


def _record(told: dict[str, Any]) -> SiteRecord:
    devices = [{name: str(value) for name, value in one.items()} for one in told.get("devices", [])]
    names = ("type", "manufacturer", "model", "firmware")
    return SiteRecord(
        str(told["generation"]),
        str(told.get("state", "")),
        str(told.get("combination", "")),
        str(told.get("lead", "")),
        tuple(map(str, told.get("dormant", []))),
        tuple((str(name), str(why)) for name, why in told.get("exclusions", {}).items()),
        tuple(map(str, told.get("restricts", []))),
        _grace(told.get("grace_days", 0)),
        tuple(Part(*(one[name] for name in names)) for one in devices),
        tuple((one["type"], one["status"]) for one in devices),
    )


def _grace(days: Any) -> int:
    """Days in which another hub has to be commissioned. Raises ValueError where there cannot be so many."""
    found = int(days)
    if not 0 <= found <= _MOST_GRACE_DAYS:
        raise ValueError(days)
    return found


def judge(
    record: SiteRecord | None, listed: Standing, seen: Part | None = None, directed: tuple[str, ...] = ()
) -> Enrolment:
    """`record`: None where no desk was asked; `seen`: the electricity meter as it says itself by its port; `directed`:
    what the product list has of directions not to commission one of the devices, in words (S1E-18)."""
    if record is None:
        words = _("Nobody was asked how the site stands with the DCC.")
        return Enrolment(Decision.UNKNOWN, (Reason("not-asked", words, _("the supplier's desk")),))
    if record.generation != SMETS1:
        words = _("The hub is no SMETS1 device: it is the DCC's already, and commissioned as such.")
        return Enrolment(Decision.NOT_SMETS1, (Reason("not-smets1", words, "", bars=False),))
    if record.state == "enrolled":
        words = _("The site is enrolled: its devices are commissioned, through migration too.")
        return Enrolment(Decision.ENROLLED, (Reason("enrolled", words, "", bars=False), *_books(record, seen)))
    orders = tuple(Reason("directed-not-commission", words, _("the SEC Panel")) for words in directed)
    reasons = (*orders, *_combination(record, listed), *_excluded(record), *_steps(record), *_books(record, seen))
    bars = [one for one in reasons if one.bars]
    if not bars:
        words = _("Nothing keeps it out: it may be migrated.")
        return Enrolment(Decision.CAN, (Reason("free", words, _("the DCC"), bars=False), *reasons))
    decision = Decision.REPLACE if any(one.for_good for one in bars) else Decision.LATER
    return Enrolment(decision, reasons)


def _combination(record: SiteRecord, listed: Standing) -> Iterator[Reason]:
    """By the terminal's own list; where it decides nothing, by what the centre said."""
    dcc = _("the DCC")
    match listed.status:
        case ListStatus.ELIGIBLE:
            pass
        case ListStatus.PENDING:
            words = _("Hub and meters are on the pending list: under test together, not eligible yet.")
            yield Reason("combination-pending", words, dcc)
        case ListStatus.NOT_YET:
            words = _("Hub and meters are listed together only from {day}.").format(day=listed.since)
            yield Reason("combination-not-yet", words, dcc)
        case ListStatus.NONE:
            yield _apart(listed)
        case _:
            yield from _by_centre(record, listed)
    centre, ours = record.combination == ListStatus.ELIGIBLE, listed.status is ListStatus.ELIGIBLE
    if listed.status not in (ListStatus.NO_LIST, ListStatus.TOO_OLD) and centre is not ours:
        words = _("The desk says {said} of the combination, the product list here {listed}.")
        told = words.format(said=shown(record.combination) or "-", listed=listed.status.value)
        yield Reason("lists-differ", told, _("the supplier's desk"), bars=not centre)


def _by_centre(record: SiteRecord, listed: Standing) -> Iterator[Reason]:
    words = (
        _("No product list is kept here; the desk says of the combination: {said}.")
        if listed.status is ListStatus.NO_LIST
        else _("The product list here is too old to decide; the desk says of the combination: {said}.")
    )
    said = words.format(said=shown(record.combination) or "-")
    yield Reason(listed.status.value, said, _("the DCC"), bars=record.combination != ListStatus.ELIGIBLE)


def _apart(listed: Standing) -> Reason:
    parts = ", ".join(_part(one) for one in listed.apart)
    if listed.firmware_alone:
        instead = ", ".join(_part(one) for one in listed.instead)
        words = _("Not listed together: {parts}. Listed is {instead}: that firmware comes first, and only it.")
        whose = _("whoever answers for the firmware")
        return Reason("firmware-first", words.format(parts=parts, instead=instead), whose)
    words = _("Not listed together with the rest: {parts}.").format(parts=parts)
    return Reason("combination-not-listed", words, _("the supplier"), for_good=True)


def _part(part: Part) -> str:
    return f"{device_kind(part.type)} {shown(part.words)}"


def _told(text: str) -> str:
    """A sentence of the desk's, as data."""
    return plain_text(text)[:_LONGEST]


def _excluded(record: SiteRecord) -> Iterator[Reason]:
    """The DCC's exclusion classes (painpoints P18)."""
    dcc = _("the DCC")
    known = {
        "master-keys": (_("its master keys are missing: nobody can take it over"), _("the supplier"), True),
        "no-wan": (_("no WAN before or at migration"), dcc, False),
        "attempts": (_("migration has failed too often"), dcc, False),
        "GT01": (_("HAN error GT01: only electricity would come along"), _("the supplier"), False),
    }
    for name, why in record.exclusions:
        if name == "direction":
            words = _("The SEC Panel has directed the DCC not to commission it: {why}.").format(why=_told(why))
            yield Reason("excluded-direction", words, _("the SEC Panel"))
            continue
        words, whose, for_good = known.get(name, (_told(why), dcc, False))
        told = _("Excluded ({name}): {why}.").format(name=shown(name), why=words)
        yield Reason(f"excluded-{shown(name)}", told, whose, for_good=for_good)


def _steps(record: SiteRecord) -> Iterator[Reason]:
    if record.restricts:
        words = _("The hub restricts what the site has to do at least: {why}.").format(
            why="; ".join(map(_told, record.restricts))
        )
        yield Reason("hub-restricts", words, _("the Lead Supplier"))
    if record.state == "active":
        words = _("Active with its own supplier, who has not authorised the migration.")
        yield Reason("not-authorised", words, shown(record.lead) or _("the supplier"))
    elif record.state == "dormant":
        why = "; ".join(map(_told, record.dormant)) or _("the supplier has changed")
        words = _("Dormant: {why}. Nobody has tested it from end to end yet.").format(why=why)
        yield Reason("not-tested", words, _("the DCC"))


def _books(record: SiteRecord, seen: Part | None) -> Iterator[Reason]:
    """Whether the meter on the wall is what the books have."""
    booked = next((one for one in record.parts if seen is not None and one.type == seen.type), None)
    if seen is None or booked is None or booked == seen:
        return
    words = _("The books have {booked}, the meter says {seen}.")
    told = words.format(booked=shown(booked.words), seen=shown(seen.words))
    yield Reason("books-differ", told, _("the supplier's desk"))


def decision_words(decision: Decision) -> str:
    """The decision for people."""
    return {
        Decision.NOT_SMETS1: _("no question here: it is not SMETS1"),
        Decision.ENROLLED: _("enrolled already"),
        Decision.CAN: _("can be enrolled"),
        Decision.LATER: _("cannot be enrolled yet: each reason below has to go first"),
        Decision.REPLACE: _("cannot be enrolled: to be replaced by SMETS2 devices"),
        Decision.UNKNOWN: _("not to be told here"),
    }[decision]
