"""SMETS1 by the rules alone: what tells it, what is listed together, and every reason why a site cannot be enrolled."""

from __future__ import annotations

import json
import tomllib
from datetime import date, timedelta
from typing import Any

import pytest

from hht.resources import resource_text
from hht.work.combinations import ListStatus, Standing, standing
from hht.work.enrolment import Decision, SiteRecord, SiteRecordError, decision_words, judge, record_of
from hht.work.first_generation import Made, clues, grace, maker_of, recognise
from hht.work.products import Part, ProductList, ProductListError, parse_products

ESME = Part("electricity-meter", "HHT Training", "SMETS1-1E", "00010131")
HUB = Part("communications-hub", "Early Maker", "EM-HUB", "00010002")
GSME = Part("gas-meter", "Early Maker", "EM-G4", "00010007")
TODAY = date(2026, 3, 2)
ELIGIBLE = Standing(ListStatus.ELIGIBLE, since=date(2019, 7, 1), age_days=1)


def plain() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(resource_text("samples", "products.json"))
    return told


def products(**changes: Any) -> ProductList:
    return parse_products(json.dumps(plain() | changes), "products.json")


LIST = products()


def other(part: Part, firmware: str) -> Part:
    return Part(part.type, part.manufacturer, part.model, firmware)


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ((HUB, ESME, GSME), ListStatus.ELIGIBLE),
        ((ESME, HUB), ListStatus.ELIGIBLE),
        ((other(HUB, "00010003"), ESME, GSME), ListStatus.PENDING),
        ((other(HUB, "00010009"), ESME, GSME), ListStatus.NONE),
        ((HUB,), ListStatus.NONE),
    ],
)
@pytest.mark.requirement("S1E-05", "S1E-06")
def test_only_whole_combinations_count(parts: tuple[Part, ...], status: ListStatus) -> None:
    assert standing(parts, LIST, TODAY).status is status
    shouted = tuple(Part(one.type, one.manufacturer.upper(), one.model, one.firmware) for one in parts)
    assert standing(shouted, LIST, TODAY).status is status, "a maker is written in any case"


@pytest.mark.requirement("S1E-29")
def test_the_part_that_differs_is_named_with_what_is_listed() -> None:
    found = standing((HUB, other(ESME, "00010099"), GSME), LIST, TODAY)
    assert (found.apart, found.instead) == ((other(ESME, "00010099"),), (ESME,))
    assert found.firmware_alone
    strange = standing((HUB, Part("electricity-meter", "Nobody", "N-1", "00000001"), GSME), LIST, TODAY)
    assert not strange.firmware_alone


@pytest.mark.requirement("S1E-07", "S1E-08")
def test_a_list_that_is_too_old_or_speaks_of_later_decides_nothing() -> None:
    late = LIST.issued + timedelta(days=29)
    assert standing((HUB, ESME), LIST, late).status is ListStatus.TOO_OLD
    assert standing((HUB, ESME), LIST, LIST.issued - timedelta(days=1)).status is ListStatus.TOO_OLD
    assert standing((HUB, ESME), None, TODAY).status is ListStatus.NO_LIST
    rows = [one | {"listed_from": "2026-06-01"} for one in plain()["combinations"]]
    found = standing((HUB, ESME), products(combinations=rows), TODAY)
    assert (found.status, found.since) == (ListStatus.NOT_YET, date(2026, 6, 1))


@pytest.mark.parametrize(
    "change",
    [
        lambda row: {"parts": [row["parts"][0], row["parts"][0]]},
        lambda row: {"parts": row["parts"][:1]},
        lambda row: {"status": "DPL"},
        lambda row: {"listed_from": "2026-02-30"},
        lambda row: {"proof": {"by": "the DCC", "reference": "EPCT-1", "day": "2026-02-30"}},
        lambda row: {"parts": [row["parts"][0] | {"firmware": "1.2"}, row["parts"][1]]},
    ],
)
def test_a_combination_that_is_none_is_refused_with_its_place(change: Any) -> None:
    rows = plain()["combinations"]
    rows[1] |= change(rows[1])
    with pytest.raises(ProductListError) as refused:
        products(combinations=rows)
    assert "combinations[1]" in str(refused.value)
    with pytest.raises(ProductListError):
        products(combinations=[*plain()["combinations"], plain()["combinations"][0]])


@pytest.mark.requirement("S1E-30")
def test_an_eligible_combination_without_its_proof_is_no_row_and_a_pending_one_needs_none() -> None:
    rows = plain()["combinations"]
    assert [one["status"] for one in rows] == ["EPC", "EPC", "PPC"]
    assert "proof" not in rows[2]
    del rows[0]["proof"]
    with pytest.raises(ProductListError, match="needs the proof that it interoperates with the DCC"):
        products(combinations=rows)


def record(**more: Any) -> SiteRecord:
    usual = {"generation": "SMETS1", "state": "tested", "combination": "EPC", "lead": "Early Energy"}
    return SiteRecord(**(usual | more))


CASES: dict[str, tuple[SiteRecord | None, Standing, Decision]] = {
    "not-asked": (None, ELIGIBLE, Decision.UNKNOWN),
    "not-smets1": (record(generation="SMETS2+"), ELIGIBLE, Decision.NOT_SMETS1),
    "enrolled": (record(state="enrolled"), ELIGIBLE, Decision.ENROLLED),
    "free": (record(state="authorised"), ELIGIBLE, Decision.CAN),
    "not-authorised": (record(state="active"), ELIGIBLE, Decision.LATER),
    "not-tested": (record(state="dormant"), ELIGIBLE, Decision.LATER),
    "combination-pending": (record(combination="PPC"), Standing(ListStatus.PENDING, age_days=1), Decision.LATER),
    "combination-not-yet": (record(), Standing(ListStatus.NOT_YET, since=TODAY, age_days=1), Decision.LATER),
    "firmware-first": (
        record(combination="none"),
        Standing(ListStatus.NONE, (other(ESME, "00010099"),), (ESME,), age_days=1),
        Decision.LATER,
    ),
    "combination-not-listed": (record(combination="none"), Standing(ListStatus.NONE, (GSME,)), Decision.REPLACE),
    "lists-differ": (record(combination="none"), ELIGIBLE, Decision.LATER),
    "no-list": (record(combination="none"), Standing(ListStatus.NO_LIST), Decision.LATER),
    "too-old": (record(combination="PPC"), Standing(ListStatus.TOO_OLD, age_days=40), Decision.LATER),
    "hub-restricts": (record(restricts=("no room for its devices",)), ELIGIBLE, Decision.LATER),
    "excluded-no-wan": (record(exclusions=(("no-wan", "x"),)), ELIGIBLE, Decision.LATER),
    "excluded-attempts": (record(exclusions=(("attempts", "x"),)), ELIGIBLE, Decision.LATER),
    "excluded-GT01": (record(exclusions=(("GT01", "x"),)), ELIGIBLE, Decision.LATER),
    "excluded-master-keys": (record(exclusions=(("master-keys", "x"),)), ELIGIBLE, Decision.REPLACE),
}


@pytest.mark.parametrize("code", CASES)
@pytest.mark.requirement("S1E-10", "S1E-27", "S1E-38", "S1E-43")
def test_each_reason_is_named_and_decides(code: str) -> None:
    told, listed, decision = CASES[code]
    found = judge(told, listed)
    assert found.decision is decision
    assert decision_words(decision)
    (reason,) = [one for one in found.reasons if one.code == code]
    assert reason.words.endswith(".")
    assert bool(reason.whose) or not reason.bars
    assert reason.bars is (decision in (Decision.LATER, Decision.REPLACE, Decision.UNKNOWN))


@pytest.mark.requirement("S1E-27", "S1E-28", "S1E-42")
def test_several_reasons_are_all_told_and_the_books_are_held_against_the_wall() -> None:
    of = record(state="active", exclusions=(("no-wan", "x"),), parts=(HUB, ESME))
    found = judge(of, ELIGIBLE, other(ESME, "00010099"))
    assert [one.code for one in found.reasons] == ["excluded-no-wan", "not-authorised", "books-differ"]
    assert judge(of, ELIGIBLE, ESME).reasons[-1].code == "not-authorised"


@pytest.mark.parametrize(
    "answer",
    ["", "[]", "{}", "[" * 9999, '{"generation": 1, "devices": [1]}', '{"generation": "SMETS1", "grace_days": "soon"}',
     '{"generation": "SMETS1", "grace_days": -1}', '{"generation": "SMETS1", "grace_days": 1e400}',
     '{"generation": "SMETS1", "grace_days": 1000000000000}'],
)  # fmt: skip
def test_an_answer_that_is_none_is_told(answer: str) -> None:
    with pytest.raises(SiteRecordError):
        record_of(answer)


@pytest.mark.requirement("S1E-03", "S1E-13")
def test_a_list_weighs_more_than_a_label_and_a_label_more_than_lights() -> None:
    assert recognise({}, ESME, LIST).made is Made.SMETS1
    by_list = recognise({"label": "smets2"}, ESME, LIST)
    assert (by_list.made, len(by_list.against)) == (Made.SMETS1, 1)
    assert recognise({"label": "smets1", "hub": "five-lights"}, None, None).made is Made.SMETS1
    assert recognise({"hub": "inside", "lights": "slow"}, None, None).made is Made.UNKNOWN
    assert recognise({"label": "none", "hub": "none"}, None, None).made is Made.UNKNOWN
    assert recognise({}, Part("electricity-meter", "HHT Training", "TRAINER-1E", "0002012F"), LIST).made is Made.SMETS2
    assert maker_of("00-db-12-34-56-79-09-a0") == "HHT Training"
    assert maker_of("FF-00-00-00-00-00-00-01") == ""


def test_every_choice_has_its_clue_and_says_whether_it_is_verified() -> None:
    part = tomllib.loads(resource_text("walkthroughs", "parts", "smets1.toml"))
    (step,) = [one for one in part["steps"] if one["id"] == "smets1-seen"]
    asked = {(item["id"], choice) for item in step["items"] for choice in item["choices"]}
    assert asked == set(clues())
    for clue in clues().values():
        assert clue.source
        assert clue.label.startswith(("verified: ", "unverified: "))
        assert clue.points in ("SMETS1", "SMETS2+", "either")
        assert (clue.points == "either") is (clue.rank == 0)
    days, verified = grace()
    assert days > 0
    assert not verified
