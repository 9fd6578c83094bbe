"""The record of a device model: evidence of each kind, life, envelope, electrical safety, class, directions about it.

A part of the product list's rows (`hht.work.products`), from a checked JSON object. Evidence is of separate kinds that
do not stand for one another: metrology (MID, CE) beside the specification (ASR-08), a component's certificate beside
the accreditation of a whole system (SEC-03), conformance to each protocol beside their integration (ASR-05) and beside
interoperability (ASR-14).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any


class Level(enum.StrEnum):
    """How far a meter goes with SMETS."""

    SMETS = "smets"
    SMART_TYPE = "smart-type"  # some of its functions, not fully compliant (ARC-09)
    ADVANCED = "advanced"  # half-hours of electricity, hours of gas, read from afar (ARC-10)


class EvidenceKind(enum.StrEnum):
    """What a piece of evidence proves, and nothing else."""

    MID = "mid"
    CE = "ce"
    SPECIFICATION = "specification"  # SMETS or CHTS
    SECURITY = "security"  # of the component alone
    DLMS = "dlms"
    ZIGBEE = "zigbee"
    INTEGRATION = "integration"  # of the two protocols
    INTEROPERABILITY = "interoperability"  # several makers' devices together


METROLOGY = (EvidenceKind.MID, EvidenceKind.CE)
CONFORMANCE = (EvidenceKind.SPECIFICATION, EvidenceKind.DLMS, EvidenceKind.ZIGBEE)


@dataclass(frozen=True, slots=True)
class Change:
    """A significant change, after which what was tested before has to be tested again (SEC-05)."""

    day: date
    what: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """`by` tested, `held_by` ("supplier", "csp", "manufacturer") keeps and provides it; `retest_days` after `issued` it
    is tested again, 0: never by time; `partners`: models that it was tested together with."""

    kind: EvidenceKind
    by: str
    reference: str
    issued: date
    until: date | None = None
    retest_days: int = 0
    held_by: str = ""
    partners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Life:
    """What a component states of its life; 0 or "" where it does not."""

    years: int = 0
    mtbf_hours: int = 0
    availability_percent: str = ""
    latency_s: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The room that it needs, mm, with `clearance_mm` on every side but the back, and its other characteristics."""

    width_mm: int
    height_mm: int
    depth_mm: int
    clearance_mm: int = 0
    connection: str = ""
    mechanical: str = ""
    electrical: str = ""
    logical: str = ""


@dataclass(frozen=True, slots=True)
class DeviceClass:
    """Its class among HAN devices, who approves it, and who keeps the classes (IDT-11)."""

    name: str
    approved_by: str
    governed_by: str


class Directed(enum.StrEnum):
    """What is to become of it."""

    NOT_COMMISSION = "not-commission"  # S1E-18
    REMOVE = "remove"  # SEC-22


@dataclass(frozen=True, slots=True)
class Direction:
    """Somebody who may has directed it. `until`: the last day, None: none; `payer`: who bears the cost of removal;
    `device_ids`: those alone, () for every device of the model."""

    action: Directed
    by: str
    reference: str
    since: date
    reason: str
    until: date | None = None
    payer: str = ""
    device_ids: tuple[str, ...] = ()

    def holds(self, on: date) -> bool:
        """Whether it holds on that day."""
        return self.since <= on and (self.until is None or on <= self.until)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a SMETS1 model has to be configured to (SMETS1 Supporting Requirements; S1E-39). `register`: OBIS."""

    name: str
    register: str
    least: str
    most: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a model beyond its row. `safety`: check -> reference of the one that was passed."""

    level: Level = Level.SMETS
    lacks: tuple[str, ...] = ()
    accuracy_class: str = ""
    evidence: tuple[Evidence, ...] = ()
    changes: tuple[Change, ...] = ()
    life: Life = Life()
    envelope: Envelope | None = None
    safety: tuple[tuple[str, str], ...] = ()
    device_class: DeviceClass | None = None
    directions: tuple[Direction, ...] = ()
    configuration: tuple[Setting, ...] = ()

    def of_kind(self, kind: EvidenceKind) -> Evidence | None:
        """The newest evidence of that kind; None where there is none."""
        return max((one for one in self.evidence if one.kind is kind), key=lambda one: one.issued, default=None)

    def retest_due(self, evidence: Evidence) -> date | None:
        """When that evidence has to be renewed by a test: at its interval, or at the first change after it."""
        return _due(evidence.issued, evidence.retest_days, self.changes)


@dataclass(frozen=True, slots=True)
class System:
    """A whole system, such as the DCC's, and its accreditation: no component's certificate stands for that (SEC-03)."""

    name: str
    by: str
    reference: str
    accredited: date
    until: date | None = None
    retest_days: int = 0
    changes: tuple[Change, ...] = ()

    @property
    def retest_due(self) -> date | None:
        """When it has to be tested anew."""
        return _due(self.accredited, self.retest_days, self.changes)


@dataclass(frozen=True, slots=True)
class Proof:
    """Why a combination was listed (S1E-30): who found that it interoperates with the DCC; `end_to_end_by`: the
    supplier that has tested it from end to end, which nobody has to."""

    by: str
    reference: str
    day: date
    end_to_end_by: str = ""


def _due(tested: date, days: int, changes: tuple[Change, ...]) -> date | None:
    times = [one.day for one in changes if one.day > tested]
    if days:
        times.append(tested + timedelta(days=days))
    return min(times, default=None)


# --- from a checked JSON object --------------------------------------------------------------------------------------


def record_from(plain: Mapping[str, Any]) -> Record:
    """The `record` of a row."""
    envelope, found = plain.get("envelope"), plain.get("class")
    return Record(
        Level(plain.get("level", "smets")),
        tuple(plain.get("lacks", ())),
        plain.get("accuracy_class", ""),
        tuple(_evidence(one) for one in plain.get("evidence", ())),
        _changes(plain),
        Life(**plain.get("life", {})),
        Envelope(**envelope) if envelope is not None else None,
        tuple((one["check"], one["reference"]) for one in plain.get("safety", ())),
        DeviceClass(**found) if found is not None else None,
        tuple(_direction(one) for one in plain.get("directions", ())),
        tuple(Setting(**one) for one in plain.get("configuration", ())),
    )


def system_from(plain: Mapping[str, Any]) -> System:
    """One of the list's `systems`."""
    return System(
        plain["name"],
        plain["by"],
        plain["reference"],
        date.fromisoformat(plain["accredited"]),
        _day(plain, "until"),
        plain.get("retest_days", 0),
        _changes(plain),
    )


def proof_from(plain: Mapping[str, Any]) -> Proof:
    """The `proof` of a combination."""
    day = date.fromisoformat(plain["day"])
    return Proof(plain["by"], plain["reference"], day, plain.get("end_to_end_by", ""))


def _evidence(plain: Mapping[str, Any]) -> Evidence:
    return Evidence(
        EvidenceKind(plain["kind"]),
        plain["by"],
        plain["reference"],
        date.fromisoformat(plain["issued"]),
        _day(plain, "until"),
        plain.get("retest_days", 0),
        plain.get("held_by", ""),
        tuple(plain.get("partners", ())),
    )


def _direction(plain: Mapping[str, Any]) -> Direction:
    return Direction(
        Directed(plain["action"]),
        plain["by"],
        plain["reference"],
        date.fromisoformat(plain["since"]),
        plain["reason"],
        _day(plain, "until"),
        plain.get("payer", ""),
        tuple(plain.get("device_ids", ())),
    )


def _changes(plain: Mapping[str, Any]) -> tuple[Change, ...]:
    return tuple(Change(date.fromisoformat(one["day"]), one["what"]) for one in plain.get("changes", ()))


def _day(plain: Mapping[str, Any], name: str) -> date | None:
    return date.fromisoformat(plain[name]) if name in plain else None
