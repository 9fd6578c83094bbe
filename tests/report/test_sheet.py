"""The customer's sheet: large print, what was done at their premises, and nothing that is not theirs."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pypdf
import pytest

from hht.desk.kinds import AskKind
from hht.evidence import key_print
from hht.report.bundle_lines import BundleError, EvidenceKey, Item, redacted, write_bundle
from hht.report.sheet import POINTS, customer_sheet, ring_words
from hht.work.coded import codes
from hht.work.danger import DANGER
from hht.work.walkthrough import load_walkthrough, walkthrough_names
from tests.support.plainness import hard_sentences

AT = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
KEY = EvidenceKey(b"k" * 32)


def bundle(*more: Item, level: str = "customer") -> bytes:
    visit: dict[str, Any] = {
        "training": True, "reference": "J-7", "supplier": "Specimen Energy", "address": "1 High <b>Street</b>",
        "device_id": "00-DB", "mpan": "1012345678912", "outcome": "made-safe", "started_at": "2026-11-21T09:00:00Z",
        "ended_at": "", "runs": [{"engineer": {"name": "Ann Other"}}],
    }  # fmt: skip
    whole = write_bundle("v1", [Item("visit", visit), *more], (), KEY, AT)
    return whole if level == "supplier" else redacted(whole, level)


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def test_what_stands_on_it_and_what_does_not() -> None:
    register = {"label": "Import", "obis": "1-0:1.8.0", "value": "12.5", "unit": "kWh"}
    reactive = {"label": "Reactive", "obis": "1-0:3.8.0", "value": "1", "unit": "kvarh"}
    write = {"step": "s", "at": "", "before": "", "after": "1012345678912", "authority": "IS"}
    measured = {"step": "live-tests", "item": "loop", "unit": "Ω", "limit": "at most 0.8 Ω"}
    made = bundle(
        Item("sealed", {"question": "occupants/medical", "code": "PSR-12"}),
        Item("notice-sealed", {"step": "occupants", "stop": "do-not-isolate", "number": "N-1"}),
        Item("notice", {"step": "live-tests", "stop": "electricity-off", "number": "N-4711"}),
        Item("reading", {"when": "before", "time": "", "registers": [register, reactive]}),
        Item("write", {**write, "item": "import-mpan", "result": "written"}),
        Item("write", {**write, "item": "clock", "result": "held-already"}),
        Item(
            "write",
            {**write, "item": "set its tariff", "step": "ask-tariff", "after": "00-AA", "result": "by-the-desk"},
        ),
        Item("write", {**write, "item": AskKind.READ_INVENTORY.words, "step": "look", "result": "by-the-desk"}),
        Item("step", {"id": "ask-tariff", "title": "Electricity tariff", "state": "done"}),
        Item("step", {"id": "look", "title": "In the inventory", "state": "done"}),
        Item("step", {"id": "live-tests", "title": "Polarity, earth", "state": "done"}),
        Item("safety", {**measured, "prompt": "Earth loop impedance", "value": "0.35"}),
        Item("journal", {"at": "", "step": "s", "kind": "done", "payload.note": "Gate locked"}),
    )
    pdf = customer_sheet(made)
    assert pdf == customer_sheet(made)
    text = text_of(pdf)
    for words in (
        "1 High <b>Street</b>", "Specimen Energy", "J-7", "Made safe", "Notice number N-4711", "12.5 kWh", "TRAINING",
        "Import MPAN: 1012345678912", "Polarity, earth: Earth loop impedance: 0.35 Ω; allowed: at most 0.8 Ω",
        "Electricity used: before 12.5 kWh", "Done by your supplier meanwhile Electricity tariff.",
        key_print(KEY.public)[:9],
    ):  # fmt: skip
        assert words in text, words
    for words in ("PSR-12", "do-not-isolate", "N-1 ", "Ann Other", "Gate locked", "Clock", "00-AA", "kvarh"):
        assert words not in text, words


def test_a_top_up_stands_on_it_as_seen_or_as_told() -> None:
    write = {"step": "type-token", "at": "", "before": "", "after": "", "authority": ""}
    entry = {**write, "item": "top-up entry 1", "result": "told-accepted"}
    seen = {**write, "item": "top-up", "result": "top-up-in-the-log"}
    told = {**write, "item": "gas-top-up", "result": "top-up-not-seen"}
    text = text_of(customer_sheet(bundle(*(Item("write", one) for one in (entry, seen, told)))))
    assert "Top-up, electricity: Accepted (seen: the meter's own log has it)" in text
    assert "Top-up, gas: Accepted (as told by the person, not seen)" in text
    assert "entry 1" not in text


def test_a_smell_of_gas_says_what_to_do_and_whom_to_ring() -> None:
    for number in ("", "N-4711"):  # a visit that still waits for its notice tells it, too
        stopped = {"step": "arrive", "stop": "gas-at-the-door", "number": "", "at": ""}
        left = [Item("notice", stopped | {"number": number})] if number else []
        text = text_of(customer_sheet(bundle(Item("notice", stopped), *left)))
        for words in ("smell of gas", "Stay outside", "Switch nothing electrical", "emergency service: 0800 111 999"):
            assert words in text, words
        assert "(number not verified)" in text
        assert text.count("smell of gas") == 1
        assert ("Notice number N-4711" in text) is (number != "")


OUTCOMES = codes("told_outcomes", "outcome")


@pytest.mark.requirement("EDG-14")
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_what_came_of_the_visit_is_told_simply_done_or_not_and_only_where_it_was_wanted(outcome: str) -> None:
    row = OUTCOMES[outcome]
    for state, told, untold in (
        ("done", row.text, row.plain["looks"]),
        ("left", row.plain["looks"], row.text),
        ("failed", row.plain["looks"], row.text),
    ):
        last = row.plain["steps"][-1]
        steps = [
            Item("step", {"id": one, "title": "T", "state": "done", "attempts": 1})
            for one in row.plain["steps"]
            if one != last
        ]
        text = text_of(
            customer_sheet(bundle(*steps, Item("step", {"id": last, "title": "T", "state": state, "attempts": 1})))
        )
        assert f"{row.title} {told}" in text
        assert untold not in text
    skipped = [Item("step", {"id": one, "title": "T", "state": "skipped", "attempts": 1}) for one in row.plain["steps"]]
    assert row.title not in text_of(customer_sheet(bundle(*skipped)))
    never = [Item("step", {"id": one, "title": "T", "state": "waiting", "attempts": 0}) for one in row.plain["steps"]]
    assert row.title not in text_of(customer_sheet(bundle(*never))), "the visit ended at the door"


@pytest.mark.requirement("EDG-14")
def test_the_four_outcomes_are_in_plain_words_and_of_steps_that_there_are() -> None:
    assert list(OUTCOMES) == ["wan", "tariff", "display", "home"]
    steps = {step.id for name in walkthrough_names() for step in load_walkthrough(name).steps}
    for row in OUTCOMES.values():
        assert set(row.plain["steps"]) <= steps
        assert hard_sentences(row.text) + hard_sentences(row.plain["looks"]) == []
        for words in (row.text, row.plain["looks"]):
            assert max(len(one.split()) for one in words.split(".")) <= 18
            assert not [one for one in ("WAN", "HAN", "IHD", "tariff", "commission", "hub") if one in words], "jargon"
    assert hard_sentences("The WAN is up."), "the check can fail"
    assert hard_sentences("word " * 30)


def test_every_stop_has_the_customers_words() -> None:
    rows = codes("told_to_customers", "stop")
    found = set()
    for name in walkthrough_names():
        for step in load_walkthrough(name).steps:
            stops = [item.stop for item in step.items] + [reason.stop for reason in step.leave]
            found |= {stop.code for stop in stops if stop is not None and stop.notice}
    assert found | {DANGER} <= set(rows)
    for stop, row in rows.items():
        assert "(unverified)" in row.source, stop
        assert stop.startswith("gas") <= ("gas" in row.plain["ring"]), stop
        assert all(ring_words(code) for code in row.plain["ring"])


def test_it_is_in_large_print() -> None:
    assert POINTS >= 16
    sizes: list[float] = []
    for page in pypdf.PdfReader(io.BytesIO(customer_sheet(bundle()))).pages:
        page.extract_text(visitor_text=lambda text, _cm, _tm, _font, size: sizes.append(size) if text.strip() else None)
    assert min(sizes) >= 16


def test_no_sheet_of_what_is_for_other_readers_or_was_altered() -> None:
    for made in (bundle(level="supplier"), bundle(level="public"), bundle().replace(b"High", b"Low_"), b""):
        with pytest.raises(BundleError):
            customer_sheet(made)


def test_a_signature_is_drawn_as_it_was_made() -> None:
    told = {
        "at": "2026-11-21T12:00:00Z", "step": "duties", "name": "B. Example", "role": "customer", "about": "work-done",
        "words": "I have been told.", "manner": "drawn", "reason": "",
    }  # fmt: skip

    def lines(strokes: list[list[int]]) -> int:
        pages = pypdf.PdfReader(io.BytesIO(customer_sheet(bundle(Item("signature", {**told, "strokes": strokes})))))
        found = [page.get_contents() for page in pages.pages]
        content = b"".join(one.get_data() for one in found if one is not None)
        return content.count(b" l") + content.count(b"\nl")

    assert lines([[10, 10, 200, 300, 400, 20, 600, 350]]) >= lines([]) + 3
    assert lines([["x", 1], [5], [10, 20]]) >= lines([]), "what is no stroke is left out"  # type: ignore[list-item]
    assert "B. Example (Customer), signed on the screen" in text_of(
        customer_sheet(bundle(Item("signature", {**told, "strokes": []})))
    )
