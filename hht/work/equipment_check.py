"""What the record of a model says for or against fitting it: directions, level, evidence, retests, safety, life, class.

A direction and the wrong kind of meter forbid; what is missing or due is told, and its evidence asked for. What is
needed stands in ``resources/catalogue/equipment.toml``. A row without a record says nothing here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.resources import resource_text
from hht.work.devices import device_kind, same_device, shown
from hht.work.equipment import CONFORMANCE, Directed, Direction, Evidence, EvidenceKind, Level, Record
from hht.work.reasons import Reason, Standing

if TYPE_CHECKING:
    from hht.work.compatibility import Need
    from hht.work.products import Product, ProductList


@dataclass(frozen=True, slots=True)
class EquipmentRules:
    """What the catalogue wants of a record. Days."""

    needed: dict[str, tuple[EvidenceKind, ...]]
    holder: dict[str, str]
    soon_evidence: int
    soon_retest: int
    safety_types: tuple[str, ...]
    safety_checks: tuple[str, ...]
    life_years: int
    life_types: tuple[str, ...]
    standard: str  # of prepayment
    classes: tuple[str, ...]
    others: tuple[str, ...]
    transformers: Level


@cache
def equipment_rules() -> EquipmentRules:
    """Those of the catalogue. Raises ValueError, KeyError (held by a test)."""
    plain = tomllib.loads(resource_text("catalogue", "equipment.toml"))
    evidence, soon, safety, prepayment = plain["evidence"], plain["soon"], plain["safety"], plain["prepayment"]
    return EquipmentRules(
        {name: tuple(map(EvidenceKind, kinds)) for name, kinds in evidence["needed"].items()},
        dict(evidence["holder"]),
        soon["evidence"],
        soon["retest"],
        tuple(safety["types"]),
        tuple(safety["checks"]),
        plain["life"]["years"],
        tuple(plain["life"]["types"]),
        prepayment["standard"],
        tuple(prepayment["classes"]),
        tuple(prepayment["others"]),
        Level(plain["transformers"]["needs"]),
    )


def kind_words(kind: EvidenceKind) -> str:
    """A kind of evidence in words."""
    return {
        EvidenceKind.MID: _("metrology (MID)"),
        EvidenceKind.CE: _("CE marking"),
        EvidenceKind.SPECIFICATION: _("conformance to its specification"),
        EvidenceKind.SECURITY: _("security of the component"),
        EvidenceKind.DLMS: _("conformance to DLMS"),
        EvidenceKind.ZIGBEE: _("conformance to ZigBee"),
        EvidenceKind.INTEGRATION: _("integration of DLMS and ZigBee"),
        EvidenceKind.INTEROPERABILITY: _("interoperability with other makers"),
    }[kind]


def holder_words(holder: str) -> str:
    """Who keeps evidence, or pays, in words."""
    words = {"supplier": _("the supplier"), "csp": _("the communications service provider")}
    return words.get(holder) or {"manufacturer": _("the manufacturer"), "": _("nobody")}.get(holder, shown(holder))


def safety_words(check: str) -> str:
    """An electrical safety check in words."""
    words = {
        "insulation": _("insulation"),
        "impulse-voltage": _("impulse voltage"),
        "temperature-rise": _("temperature rise"),
        "heat-and-fire": _("resistance to heat and fire"),
        "ingress": _("dust and water"),
        "electric-shock": _("protection against electric shock"),
    }
    return words.get(check) or shown(check)


def record_reasons(row: Product, need: Need, device_id: str, on: date) -> Iterator[Reason]:
    """What is to be said of fitting a device of that row on that day in that place."""
    by = equipment_rules()
    if need.transformers and row.level is not by.transformers:
        words = _("The supply is metered by current transformers: an advanced meter goes there, not a smart one.")
        yield Reason("transformers-advanced", Standing.MUST_NOT, words)
    record = row.record
    if record is None:
        return
    yield from (directed(one) for one in directions_for(record, device_id, on))
    if record.level is not Level.SMETS and not need.outside:
        yield Reason("not-smets", Standing.MUST_NOT, level_words(record))
    kinds = needed_kinds(row, by)
    yield from _evidence(record, kinds, on, by)
    yield from _held(record, by.holder.get(row.type, ""), kinds)
    if missing := safety_missing(row, by):
        words = _("Of its electrical safety these are not shown: {checks}.")
        told = words.format(checks=", ".join(map(safety_words, missing)))
        yield Reason("safety-not-shown", Standing.CARE, told)
    if row.type in by.life_types and 0 < record.life.years < by.life_years:
        words = _("It is made to last {years} years; a meter's design life is {least} or more.")
        told = words.format(years=record.life.years, least=by.life_years)
        yield Reason("short-life", Standing.CARE, told)
    if need.prepayment and (words := class_words(record, by)) and record.accuracy_class not in by.classes:
        yield Reason("prepayment-class", Standing.CARE, words)


def needed_kinds(row: Product, by: EquipmentRules) -> tuple[EvidenceKind, ...]:
    """The kinds of evidence that such a device needs: of one that is not built to SMETS, metrology alone; of SMETS1 no
    assurance is asked (S1E-03)."""
    kinds = by.needed.get(row.type, ())
    if row.level is not Level.SMETS or row.first_generation:
        return tuple(one for one in kinds if one in (EvidenceKind.MID, EvidenceKind.CE) and not row.first_generation)
    return kinds


def directions_for(record: Record, device_id: str, on: date) -> list[Direction]:
    """The directions that hold for a device on that day."""
    return [
        one
        for one in record.directions
        if one.holds(on) and (not one.device_ids or any(same_device(device_id, other) for other in one.device_ids))
    ]


def directed(one: Direction) -> Reason:
    """A direction in words: it forbids."""
    if one.action is Directed.REMOVE:
        words = _(
            "{by} has directed ({reference}): not compliant, {reason}. It must not be fitted; one that is fitted is "
            "removed and replaced, and {payer} pays for it."
        )
    else:
        words = _("{by} has directed the DCC not to commission it ({reference}): {reason}.")
    told = words.format(
        by=shown(one.by), reference=shown(one.reference), reason=shown(one.reason), payer=holder_words(one.payer)
    )
    return Reason(f"directed-{one.action.value}", Standing.MUST_NOT, told)


def level_words(record: Record) -> str:
    """What a meter is that is not built to all of SMETS, and what that means."""
    what = {
        Level.SMART_TYPE: _("a smart-type meter"),
        Level.ADVANCED: _("an advanced meter"),
        Level.SMETS: _("a smart meter"),
    }[record.level]
    if record.level is Level.SMETS:
        return _("It is {what}.").format(what=what)
    lacks = ", ".join(map(shown, record.lacks)) or _("not said what")
    words = _("It is {what}, not fully compliant with SMETS (it lacks: {lacks}): it cannot be enrolled with the DCC.")
    return words.format(what=what, lacks=lacks)


def class_words(record: Record, by: EquipmentRules) -> str:
    """Whether the prepayment standard applies to the meter's accuracy class; "" where none is stated."""
    words = {"standard": by.standard, "name": record.accuracy_class, "classes": _(" and ").join(by.classes)}
    if record.accuracy_class in by.classes:
        return _("Class {name}: the prepayment standard {standard} applies to it.").format(**words)
    if record.accuracy_class in by.others:
        told = _("Class {name}: the prepayment standard {standard} does not apply to it, only to classes {classes}.")
        return told.format(**words)
    return ""


def safety_missing(row: Product, by: EquipmentRules) -> tuple[str, ...]:
    """The electrical safety checks that its record does not show: of a hub the same as of a meter (CH-18)."""
    if row.record is None or row.type not in by.safety_types:
        return ()
    passed = {check for check, _reference in row.record.safety}
    return tuple(one for one in by.safety_checks if one not in passed)


def _evidence(record: Record, kinds: tuple[EvidenceKind, ...], on: date, by: EquipmentRules) -> Iterator[Reason]:
    for kind in kinds:
        found = record.of_kind(kind)
        if found is None:
            yield Reason(f"no-{kind.value}", Standing.CARE, _missing(kind, record))
            continue
        told = evidence_state(record, found, on, by)
        if told is not None:
            yield told


def _missing(kind: EvidenceKind, record: Record) -> str:
    if kind is EvidenceKind.INTEROPERABILITY and any(record.of_kind(one) for one in CONFORMANCE):
        return _("No test of interoperability with other makers is recorded: conformance alone is not enough.")
    if kind in CONFORMANCE and record.of_kind(EvidenceKind.INTEROPERABILITY):
        words = _("No evidence is recorded of: {what}. Interoperability with other makers does not stand for it.")
        return words.format(what=kind_words(kind))
    if kind is EvidenceKind.INTEGRATION:
        return _("DLMS and ZigBee were tested each by itself; no test of their integration is recorded.")
    return _("No evidence is recorded of: {what}.").format(what=kind_words(kind))


def evidence_state(record: Record, found: Evidence, on: date, by: EquipmentRules) -> Reason | None:
    """What is to be said of a piece of evidence on that day: ended or ending, its retest due or soon; None: nothing."""
    what, due = kind_words(found.kind), record.retest_due(found)
    if found.until is not None and found.until < on:
        words = _("Its evidence {reference} of {what} ended {day}.")
        told = words.format(reference=shown(found.reference), what=what, day=found.until)
        return Reason("evidence-ended", Standing.CARE, told)
    if due is not None and due <= on:
        words = _("It has to be tested anew since {day}: {what}.").format(day=due, what=what)
        return Reason("retest-due", Standing.CARE, words)
    if found.until is not None and found.until - on <= timedelta(days=by.soon_evidence):
        return Reason(
            "evidence-ends-soon", Standing.CARE, _("Evidence ends {day}: {what}.").format(day=found.until, what=what)
        )
    if due is not None and due - on <= timedelta(days=by.soon_retest):
        return Reason("retest-soon", Standing.CARE, _("A retest is due {day}: {what}.").format(day=due, what=what))
    return None


def _held(record: Record, holder: str, kinds: tuple[EvidenceKind, ...]) -> Iterator[Reason]:
    """That who procures such devices keeps the evidence and can provide it (ASR-04)."""
    astray = [one for one in record.evidence if one.kind in kinds and one.held_by != holder]
    if astray and holder:
        words = _("{holder} has to obtain, keep and provide its evidence; it does not keep: {kinds}.")
        kinds_words = ", ".join(kind_words(one.kind) for one in astray)
        told = words.format(holder=holder_words(holder).capitalize(), kinds=kinds_words)
        yield Reason("evidence-not-held", Standing.CARE, told)


def fits(row: Product, room_mm: tuple[int, int, int]) -> Reason:
    """Whether a device of that row, with the clearance that it needs, goes into a place of so much width, height and
    depth, mm (CH-17)."""
    envelope = row.record.envelope if row.record is not None else None
    kind = device_kind(row.type)
    if envelope is None:
        words = _("The product list records no envelope of this {kind}: measure it.").format(kind=kind)
        return Reason("no-envelope", Standing.CARE, words)
    free = envelope.clearance_mm
    wanted = (envelope.width_mm + 2 * free, envelope.height_mm + 2 * free, envelope.depth_mm + free)
    names = (_("width"), _("height"), _("depth"))
    lacking = [
        _("{name} {room} mm of {wanted} mm").format(name=name, room=room, wanted=need)
        for name, room, need in zip(names, room_mm, wanted, strict=True)
        if room < need
    ]
    if lacking:
        words = _("It does not fit there: {lacking}, clearance counted.").format(lacking="; ".join(lacking))
        return Reason("no-room", Standing.MUST_NOT, words)
    return Reason("room", Standing.MAY, _("It fits there, clearance counted."))


def pairs_tested(products: ProductList) -> list[tuple[Product, Product, str]]:
    """Every hub with every other device that goes onto its HAN, and the reference of the test in which several makers'
    devices were tried together; "" where there was none, which forbids nothing (ASR-06)."""
    rows = [one for one in products.products if one.removed is None and not one.first_generation]
    hubs = [one for one in rows if one.type == "communications-hub"]
    others = [one for one in rows if one.type != "communications-hub" and one.level is Level.SMETS]
    return [(hub, other, _tested(hub, other)) for hub in hubs for other in others]


def _tested(one: Product, other: Product) -> str:
    for row, partner in ((one, other), (other, one)):
        for found in row.record.evidence if row.record is not None else ():
            if found.kind is EvidenceKind.INTEROPERABILITY and partner.model in found.partners:
                return found.reference
    return ""
