"""The record of a model by the rules alone: each thing that can be missing or due, against what is to be told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from hht.resources import resource_text
from hht.work.compatibility import Need, verdict
from hht.work.equipment import Change, Directed, Direction, Evidence, EvidenceKind, Level, Record, Setting
from hht.work.equipment_check import equipment_rules, fits, needed_kinds, pairs_tested
from hht.work.equipment_words import record_groups
from hht.work.products import Product, ProductList, ProductListError, parse_products, products_from_plain
from hht.work.reasons import Standing
from hht.work.van import VanDevice, of_product

PLAIN = json.loads(resource_text("samples", "products.json"))
LIST = products_from_plain(PLAIN)
TODAY = date(2026, 3, 2)
ID = "00-DB-12-34-56-78-90-A0"


def row(model: str, firmware: str = "") -> Product:
    return next(one for one in LIST.products if one.model == model and firmware in ("", one.firmware))


METER, HUB, GAS = row("SMETS2-1E", "00020131"), row("NH-CH2"), row("VG-4")


def changed(product: Product, **more: Any) -> Product:
    assert product.record is not None
    return replace(product, record=replace(product.record, **more))


def without(product: Product, *kinds: EvidenceKind) -> Product:
    assert product.record is not None
    return changed(product, evidence=tuple(one for one in product.record.evidence if one.kind not in kinds))


def with_evidence(product: Product, kind: EvidenceKind, **more: Any) -> Product:
    assert product.record is not None
    evidence = tuple(replace(one, **more) if one.kind is kind else one for one in product.record.evidence)
    return changed(product, evidence=evidence)


def codes(product: Product, need: Need | None = None, on: date = TODAY) -> set[str]:
    """What is told of fitting such a device; {"fits"} where nothing speaks against it."""
    products = replace(LIST, issued=on, products=(product,))
    need = need or Need(product.type)
    return set(verdict(device(product), need, products, on, on).codes)


def device(product: Product) -> VanDevice:
    return of_product(product, ID)


def lines(product: Product, name: str, products: ProductList = LIST, on: date = TODAY) -> dict[str, str]:
    groups = {group.name: group for group in record_groups(product, products, on)}
    return {fact.label: fact.value for fact in groups[name].facts} if name in groups else {}


def test_whole_records_say_nothing_against_a_device() -> None:
    for product in (METER, HUB, GAS, row("TRAINER-PPMID")):
        assert codes(product) == {"fits"}, product.model


def test_a_row_without_a_record_is_judged_as_before_and_its_record_says_so() -> None:
    bare = replace(METER, record=None)
    assert codes(bare) == {"fits"}
    assert "says nothing beyond the row" in lines(bare, "record")["Record"]


@pytest.mark.parametrize("kind", list(EvidenceKind))
def test_each_kind_of_evidence_that_is_missing_is_told_and_no_other_stands_for_it(kind: EvidenceKind) -> None:
    assert codes(without(METER, kind)) == {f"no-{kind.value}"}
    ended = with_evidence(METER, kind, until=TODAY - timedelta(days=1))
    assert codes(ended) == {"evidence-ended"}
    assert codes(with_evidence(METER, kind, until=TODAY)) == {"evidence-ends-soon"}
    assert codes(with_evidence(METER, kind, until=TODAY + timedelta(days=61))) == {"fits"}


def test_metrology_is_no_part_of_what_the_specification_was_certified_by() -> None:
    no_smets = without(METER, EvidenceKind.SPECIFICATION)
    assert codes(no_smets) == {"no-specification"}
    assert set(lines(no_smets, "metrology")) == {"Metrology (MID)", "CE marking"}
    assert lines(no_smets, "conformance")["Conformance to its specification"] == "none is recorded"


@pytest.mark.parametrize(("days", "code"), [(-1, "retest-due"), (0, "retest-due"), (60, "retest-soon"), (61, "fits")])
def test_a_retest_falls_due_by_its_interval(days: int, code: str) -> None:
    tested = TODAY + timedelta(days=days - 365)
    product = with_evidence(METER, EvidenceKind.SECURITY, issued=tested, retest_days=365)
    assert codes(product) == {code}


def test_a_retest_falls_due_by_a_change_after_the_test_and_not_by_one_before() -> None:
    tested = TODAY - timedelta(days=100)
    product = with_evidence(METER, EvidenceKind.SECURITY, issued=tested, retest_days=3650)
    before = changed(product, changes=(Change(tested, "another casing"),))
    # what was tested later than the change stays as it is, the rest is older than it
    assert "retest-due" in codes(before)
    later = replace(before, record=replace(before.record or Record(), evidence=tuple(
        replace(one, issued=tested) for one in (before.record or Record()).evidence)))  # fmt: skip
    assert codes(later) == {"fits"}
    after = changed(later, changes=(Change(TODAY - timedelta(days=1), "another radio"),))
    assert codes(after) == {"retest-due"}


@pytest.mark.parametrize(("product", "holder", "other"), [(METER, "supplier", "csp"), (HUB, "csp", "supplier")])
def test_who_procures_a_device_has_to_keep_its_evidence(product: Product, holder: str, other: str) -> None:
    assert equipment_rules().holder[product.type] == holder
    assert codes(with_evidence(product, EvidenceKind.SECURITY, held_by=other)) == {"evidence-not-held"}
    assert codes(with_evidence(product, EvidenceKind.SECURITY, held_by="")) == {"evidence-not-held"}


@pytest.mark.parametrize("product", [METER, HUB], ids=["meter", "hub"])
def test_a_hub_is_held_to_every_electrical_safety_check_of_a_meter(product: Product) -> None:
    checks = equipment_rules().safety_checks
    assert len(checks) == len(set(checks)) > 3
    for lacking in checks:
        assert product.record is not None
        kept = tuple(one for one in product.record.safety if one[0] != lacking)
        assert codes(changed(product, safety=kept)) == {"safety-not-shown"}


@pytest.mark.parametrize(("name", "applies"), [("1", True), ("2", True), ("A", False), ("B", False), ("C", False)])
def test_the_prepayment_standard_applies_to_two_classes_alone(name: str, applies: bool) -> None:
    product = changed(METER, accuracy_class=name)
    prepayment = Need("electricity-meter", prepayment=True)
    assert codes(product, prepayment) == ({"fits"} if applies else {"prepayment-class"})
    assert codes(product) == {"fits"}, "a credit job asks nothing of it"


@pytest.mark.parametrize(("years", "told"), [(19, {"short-life"}), (20, {"fits"}), (0, {"fits"})])
def test_a_meter_that_is_made_for_less_than_twenty_years_is_told(years: int, told: set[str]) -> None:
    assert METER.record is not None
    assert codes(changed(METER, life=replace(METER.record.life, years=years))) == told
    assert codes(changed(HUB, life=replace(METER.record.life, years=years))) == {"fits"}, "a hub states its own"


ORDER = Direction(Directed.REMOVE, "SEC Panel", "DIR-1", TODAY, "a flaw", TODAY + timedelta(days=9), "manufacturer")


@pytest.mark.parametrize(("days", "holds"), [(-1, False), (0, True), (9, True), (10, False)])
@pytest.mark.parametrize("action", list(Directed))
def test_a_direction_forbids_while_it_holds_and_only_what_it_names(days: int, holds: bool, action: Directed) -> None:
    order = replace(ORDER, action=action)
    on = TODAY + timedelta(days=days)
    assert codes(changed(METER, directions=(order,)), on=on) == ({f"directed-{action.value}"} if holds else {"fits"})
    other = replace(order, device_ids=("00-DB-12-34-56-78-90-FF",))
    assert codes(changed(METER, directions=(other,)), on=on) == {"fits"}
    named = replace(order, device_ids=(ID,))
    assert (f"directed-{action.value}" in codes(changed(METER, directions=(named,)), on=on)) is holds


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("transformers", [False, True])
@pytest.mark.parametrize("outside", [False, True])
def test_where_meters_of_each_level_may_go(level: Level, transformers: bool, outside: bool) -> None:
    told = codes(changed(METER, level=level), Need("electricity-meter", outside=outside, transformers=transformers))
    assert ("transformers-advanced" in told) is (transformers and level is not Level.ADVANCED)
    assert ("not-smets" in told) is (level is not Level.SMETS and not outside)


def test_a_meter_that_is_no_smart_meter_needs_metrology_alone() -> None:
    by = equipment_rules()
    assert set(needed_kinds(row("TRAINER-ST"), by)) == {EvidenceKind.MID, EvidenceKind.CE}
    assert needed_kinds(row("OSM-1"), by) == (), "of SMETS1 no assurance is asked"


@pytest.mark.parametrize(
    ("room", "standing"),
    [
        ((165, 170, 70), Standing.MAY),
        ((164, 170, 70), Standing.MUST_NOT),
        ((165, 169, 70), Standing.MUST_NOT),
        ((165, 170, 69), Standing.MUST_NOT),
    ],
)
def test_the_room_is_held_against_envelope_and_clearance(room: tuple[int, int, int], standing: Standing) -> None:
    assert fits(HUB, room).standing is standing  # 115 x 120 x 45 with 25 around it
    assert fits(changed(HUB, envelope=None), room).standing is Standing.CARE


def test_what_was_pairs_tested_counts_from_either_side_and_by_model() -> None:
    alone = replace(LIST, products=(without(HUB, EvidenceKind.INTEROPERABILITY), METER, GAS))
    assert {(one.model, other.model): ref for one, other, ref in pairs_tested(alone)} == {
        ("NH-CH2", "SMETS2-1E"): "INTEROPERABILITY-SMETS2-1E-00020131",
        ("NH-CH2", "VG-4"): "INTEROPERABILITY-VG-4-00040007",
    }
    neither = replace(LIST, products=(HUB, with_evidence(row("OSM-20"), EvidenceKind.INTEROPERABILITY, partners=())))
    assert [ref for _one, _other, ref in pairs_tested(neither)] == [""]


@pytest.mark.parametrize(
    "change",
    [
        {"evidence": [{"kind": "mid", "by": "N", "reference": "R", "issued": "2026-02-30"}]},
        {"evidence": [{"kind": "mid", "by": "N", "reference": "R", "issued": "2026-02-03", "until": "2026-02-02"}]},
        {"evidence": [{"kind": "kitemark", "by": "N", "reference": "R", "issued": "2026-02-03"}]},
        {"directions": [{"action": "remove", "by": "P", "reference": "R", "since": "2026-01-01", "reason": "flaw"}]},
        {"changes": [{"day": "2026-13-01", "what": "all"}]},
        {"envelope": {"width_mm": 0, "height_mm": 1, "depth_mm": 1}},
        {"accuracy_class": "D"},
        {"colour": "grey"},
    ],
)
def test_a_record_that_is_none_is_refused_with_its_place(change: dict[str, Any]) -> None:
    rows = [*PLAIN["products"]]
    rows[2] = rows[2] | {"record": change}
    with pytest.raises(ProductListError) as refused:
        parse_products(json.dumps(PLAIN | {"products": rows}), "list.json")
    assert "products[2].record" in str(refused.value)


def test_newest_evidence_counts() -> None:
    assert METER.record is not None
    old = Evidence(EvidenceKind.MID, "Body", "OLD", date(2010, 1, 1), date(2020, 1, 1), held_by="supplier")
    both = changed(METER, evidence=(*METER.record.evidence, old))
    assert codes(both) == {"fits"}
    assert both.record is not None
    newest = both.record.of_kind(EvidenceKind.MID)
    assert newest is not None
    assert newest.reference != "OLD"


def test_what_a_smets1_model_has_to_be_set_to_is_told_and_nothing_where_the_list_has_none() -> None:
    setting = Setting("Clock tolerance", "1-0:0.9.11", "0", "10", "s")
    product = replace(row("OSM-1"), record=Record(configuration=(setting,)))
    told = lines(product, "configuration")
    assert told == {"Clock tolerance": "0 to 10 s (1-0:0.9.11): a setting, no new function"}
    assert lines(row("OSM-1"), "configuration") == {}
