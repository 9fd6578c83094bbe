"""The record of a device model as groups of lines, for window and command line. Text of the list is data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from hht.i18n import _, ngettext
from hht.work.devices import device_kind, shown
from hht.work.equipment import CONFORMANCE, METROLOGY, EvidenceKind, Level, Record
from hht.work.equipment_check import (
    class_words,
    directed,
    equipment_rules,
    evidence_state,
    holder_words,
    kind_words,
    level_words,
    needed_kinds,
    safety_missing,
    safety_words,
)
from hht.work.view import Fact, Tone

if TYPE_CHECKING:
    from hht.work.equipment import Evidence, System
    from hht.work.products import Product, ProductList

_PLAIN_KINDS = (
    ("metrology", METROLOGY),
    ("conformance", CONFORMANCE),
    ("integration", (EvidenceKind.INTEGRATION,)),
    ("interoperability", (EvidenceKind.INTEROPERABILITY,)),
)


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that belong together. `name` is stable."""

    name: str
    title: str
    facts: tuple[Fact, ...]


def record_groups(row: Product, products: ProductList, on: date) -> tuple[Group, ...]:
    """All that the product list says of a model on that day; where it has no record, that it has none."""
    first = Group("model", _("The model"), tuple(_model(row)))
    if row.record is None:
        words = _("The product list says nothing beyond the row: no evidence, life, envelope or class.")
        return (first, Group("record", _("Record"), (Fact(_("Record"), words, Tone.WARN),)))
    groups = [
        first,
        Group("directions", _("Directions"), tuple(_directions(row.record, on))),
        *(Group(name, _titles()[name], tuple(_evidence(row, kinds, on))) for name, kinds in _PLAIN_KINDS),
        Group("component", _("Security: the component's certificate"), tuple(_component(row, on))),
        Group("system", _("Security: accreditation of whole systems"), tuple(_systems(products, on))),
        Group("safety", _("Electrical safety"), tuple(_safety(row))),
        Group("life", _("Life"), tuple(_life(row))),
        Group("envelope", _("Envelope and characteristics"), tuple(_envelope(row.record))),
        Group("configuration", _("Configuration (SMETS1 Supporting Requirements)"), tuple(_configuration(row.record))),
    ]
    return tuple(one for one in groups if one.facts)


def _titles() -> dict[str, str]:
    return {
        "metrology": _("Metrology"),
        "conformance": _("Conformance to specification and protocols"),
        "integration": _("Integration of the protocols"),
        "interoperability": _("Interoperability of several devices"),
    }


def _model(row: Product) -> Iterator[Fact]:
    yield Fact(_("Model"), f"{device_kind(row.type)}, {shown(row.words)}, {row.firmware}")
    record = row.record
    if record is None:
        return
    yield Fact(_("Made to"), shown(row.specification), Tone.PLAIN)
    if record.level is not Level.SMETS:
        yield Fact(_("Level"), level_words(record), Tone.WARN)
    found = record.device_class
    if found is None:
        yield Fact(_("Class and approval"), _("not stated"), Tone.WARN)
    else:
        yield Fact(_("Class"), shown(found.name))
        yield Fact(_("Approved by"), shown(found.approved_by))
        yield Fact(_("Classes kept by"), shown(found.governed_by))
    if words := class_words(record, equipment_rules()):
        applies = record.accuracy_class in equipment_rules().classes
        yield Fact(_("Accuracy class"), words, Tone.PLAIN if applies else Tone.WARN)


def _directions(record: Record, on: date) -> Iterator[Fact]:
    for one in record.directions:
        words = directed(one).words
        if one.holds(on):
            yield Fact(_("Direction since {day}").format(day=one.since), words, Tone.BAD)
        else:
            yield Fact(_("Direction, not in force on {day}").format(day=on), words)


def _evidence(row: Product, kinds: tuple[EvidenceKind, ...], on: date) -> Iterator[Fact]:
    record, needed = row.record, needed_kinds(row, equipment_rules())
    assert record is not None
    for kind in kinds:
        found = [one for one in record.evidence if one.kind is kind]
        yield from (_one(record, one, on) for one in found)
        if not found and kind in needed:
            yield Fact(_first(kind_words(kind)), _("none is recorded"), Tone.WARN)


def _one(record: Record, found: Evidence, on: date) -> Fact:
    words = _("{reference} by {by}, {day}").format(
        reference=shown(found.reference), by=shown(found.by), day=found.issued
    )
    parts = [words]
    if found.until is not None:
        parts.append(_("until {day}").format(day=found.until))
    due = record.retest_due(found)
    if due is not None:
        parts.append(_("retest due {day}").format(day=due))
    parts.append(_("kept by {who}").format(who=holder_words(found.held_by)))
    if found.partners:
        parts.append(_("with {models}").format(models=", ".join(map(shown, found.partners))))
    state = evidence_state(record, found, on, equipment_rules())
    if state is not None:
        parts.append(state.words)
    return Fact(_first(kind_words(found.kind)), "; ".join(parts), state.standing.tone if state else Tone.PLAIN)


def _first(words: str) -> str:
    """As the first word of a line; names keep their letters."""
    return words[:1].upper() + words[1:]


def _component(row: Product, on: date) -> Iterator[Fact]:
    if row.certificate and row.certificate_until is not None:
        ended = row.certificate_until < on
        words = _("{number}, until {day}: this component alone, no system that it is part of")
        told = words.format(number=shown(row.certificate), day=row.certificate_until)
        yield Fact(_("Assurance certificate"), told, Tone.BAD if ended else Tone.PLAIN)
    yield from _evidence(row, (EvidenceKind.SECURITY,), on)


def _systems(products: ProductList, on: date) -> Iterator[Fact]:
    return (system_fact(one, on) for one in products.systems)


def system_fact(one: System, on: date) -> Fact:
    """The accreditation of a whole system, with its retest."""
    words = _("accredited as a whole by {by} ({reference}), {day}")
    parts = [words.format(by=shown(one.by), reference=shown(one.reference), day=one.accredited)]
    late = one.until is not None and one.until < on
    if one.until is not None:
        parts.append(_("until {day}").format(day=one.until))
    due = one.retest_due
    if due is not None:
        parts.append(_("retest due {day}").format(day=due))
        why = next((change.what for change in one.changes if change.day == due), "")
        if why:
            parts.append(_("because of a change: {what}").format(what=shown(why)))
        late = late or due <= on
    return Fact(shown(one.name), "; ".join(parts), Tone.WARN if late else Tone.PLAIN)


def _safety(row: Product) -> Iterator[Fact]:
    assert row.record is not None
    for check, reference in row.record.safety:
        yield Fact(_first(safety_words(check)), _("passed, {reference}").format(reference=shown(reference)))
    for check in safety_missing(row, equipment_rules()):
        yield Fact(_first(safety_words(check)), _("not shown"), Tone.WARN)


def _life(row: Product) -> Iterator[Fact]:
    assert row.record is not None
    life, by = row.record.life, equipment_rules()
    short = row.type in by.life_types and life.years < by.life_years
    years = ngettext("{count} year", "{count} years", life.years).format(count=life.years) if life.years else ""
    if short and years:
        years = _("{years}; a meter's is {least} or more").format(years=years, least=by.life_years)
    yield _stated(_("Design life"), years, warn=short)
    hours = ngettext("{count} hour", "{count} hours", life.mtbf_hours).format(count=life.mtbf_hours)
    yield _stated(_("Mean time between failures"), hours if life.mtbf_hours else "")
    yield _stated(_("Availability"), f"{life.availability_percent} %" if life.availability_percent else "")
    yield _stated(_("Latency"), f"{life.latency_s} s" if life.latency_s else "")


def _stated(label: str, words: str, *, warn: bool = False) -> Fact:
    return Fact(label, words or _("not stated"), Tone.WARN if warn or not words else Tone.PLAIN)


def _envelope(record: Record) -> Iterator[Fact]:
    one = record.envelope
    if one is None:
        return
    size = _("{width} × {height} × {depth} mm, {free} mm clear around it")
    told = size.format(width=one.width_mm, height=one.height_mm, depth=one.depth_mm, free=one.clearance_mm)
    yield Fact(_("Envelope (width, height, depth)"), told)
    for label, words in (
        (_("Connection"), one.connection),
        (_("Mechanical"), one.mechanical),
        (_("Electrical"), one.electrical),
        (_("Logical"), one.logical),
    ):
        yield _stated(label, shown(words))


def _configuration(record: Record) -> Iterator[Fact]:
    for one in record.configuration:
        words = _("{least} to {most} {unit} ({register}): a setting, no new function")
        told = words.format(least=one.least, most=one.most, unit=shown(one.unit), register=shown(one.register))
        yield Fact(shown(one.name), " ".join(told.split()))
