"""A product list has a last day: one past it is not taken in, and a kept one is called over wherever it is relied upon,
also with the clock set back."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hht.clock import ManualClock
from hht.errors import HhtError
from hht.packs.training_desk import training_desk
from hht.report.bundle import TraceDigest, build_evidence
from hht.resources import resource_text
from hht.store.store import Store
from hht.work.combinations import ListStatus, standing
from hht.work.depot import depot_check
from hht.work.job import parse_job
from hht.work.products import parse_products
from hht.work.products_kept import ProductListStore
from hht.work.reasons import Standing
from hht.work.van import VanStock
from hht.work.van_check import VanCheck
from hht.work.van_file import parse_van_file
from hht.work.view import Outcome, Tone
from tests.support.virtual_time import in_virtual_time
from tests.work.conftest import START, Rig
from tests.work.site_home import site_home
from ui.van import Van, renew_training_list, signed_list
from ui.window.van_model import list_words

TODAY = START.date()
LAST = TODAY + timedelta(days=5)
MONTH = timedelta(days=30)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.store.close()


def listed(**changes: Any) -> bytes:
    """A trainer's own list, issued today, in its envelope."""
    plain = plain_list() | {"title": "A trainer's own", "number": 5}
    days = {"issued": TODAY.isoformat(), "good_until": LAST.isoformat()}
    return signed_list(json.dumps(plain | days | changes).encode())


def plain_list() -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(resource_text("samples", "products.json"))
    return plain


def keep(store: Store, octets: bytes) -> None:
    """As if it had been taken in, days ago or by an earlier version of the program."""
    store.save_setting("product-list", {"payload": base64.b64encode(octets).decode(), "desk": "training desk"})


def take(store: Store, octets: bytes) -> None:
    ProductListStore(store).take(octets, "list.signed", [training_desk()])


def refusal(store: Store, octets: bytes) -> HhtError:
    with pytest.raises(HhtError) as refused:
        take(store, octets)
    return refused.value


def at(store: Store, moment: datetime) -> None:
    """The computer's clock shows that."""
    store.clock = ManualClock(moment)


def test_a_list_past_its_last_day_is_not_taken_in_and_what_is_kept_stays(rig: Rig) -> None:
    take(rig.store, listed())
    over = listed(number=6, issued="2026-02-01", good_until=(TODAY - timedelta(days=1)).isoformat())
    error = refusal(rig.store, over)
    assert error.code == "products-expired"
    assert error.message == "Edition 6 of the product list, in “list.signed”, was good until 2026-03-01: that is over."
    assert error.remedy.startswith("Ask the desk for the newest edition.")
    kept = ProductListStore(rig.store).kept()
    assert kept is not None
    assert (kept.products.number, kept.products.good_until) == (5, LAST)
    at(rig.store, START.replace(hour=23) + timedelta(days=5))
    take(rig.store, listed())  # its last day counts, to its end


def test_once_over_a_list_stays_over_when_the_clock_is_set_back(rig: Rig) -> None:
    late = START + MONTH
    at(rig.store, late)
    assert refusal(rig.store, listed()).code == "products-expired"
    at(rig.store, START)
    error = refusal(rig.store, listed())
    assert error.code == "products-expired"
    assert "This terminal has noted 2026-04-01 09:00:00 UTC, later than this computer's clock." in error.message
    assert "If it was ahead once" in error.remedy
    assert [told["code"] for _at, _kind, told in rig.store.log_entries("product-list-refused")] == [error.code] * 2
    take(rig.store, listed(good_until=late.date().isoformat()))  # as the remedy says


def test_a_terminal_whose_clock_was_ahead_once_trains_and_installs_all_the_same(rig: Rig) -> None:
    at(rig.store, START + 12 * MONTH)
    rig.store.log("override", {})
    at(rig.store, START)
    renew_training_list(rig.store, wanted=True)
    facts = Van(rig.store).facts()
    assert (facts.age_days, facts.about_list) == (0, ())


def test_a_list_of_the_form_before_is_refused_and_a_kept_one_is_relied_on_with_a_warning(rig: Rig) -> None:
    plain = plain_list() | {"format": "hht-products/1"}
    del plain["good_until"]
    octets = json.dumps(plain).encode()
    error = refusal(rig.store, signed_list(octets))
    assert error.code == "products-no-end"
    assert "hht-products/1, which does not say until when it is good" in error.message
    assert "issue it anew" in error.remedy
    assert refusal(rig.store, listed(format="hht-products/1")).code == "products-no-end", "whatever it says"
    assert refusal(rig.store, listed(format="hht-products/3")).code == "products-file"
    keep(rig.store, octets)
    check = VanCheck(rig.store)
    VanStock(rig.store).add(parse_van_file(resource_text("samples", "van.json"), "van.json"))
    told = check.judge(rig.job.job, rig.job.job.meter)
    assert told is not None
    assert (told.codes, told.standing) == ({"list-no-end"}, Standing.CARE)
    assert list_words(Van(rig.store).facts())[0] == "warn"
    renew_training_list(rig.store)
    assert Van(rig.store).facts().about_list == (), "the list of training is issued anew"


def test_the_guides_example_is_a_list_with_a_last_day(rig: Rig) -> None:
    example = resource_text("guides", "sign-product-lists.md").split("```json\n")[1].split("```")[0]
    found = parse_products(example, "guide")
    assert found.good_until == found.issued + timedelta(days=14)
    assert not found.training
    assert refusal(rig.store, signed_list(example.encode())).code == "wrong-trust", "it is for live work"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"good_until": "2026-03-01"}, "it comes before 2026-03-02, where it begins"),
        ({"good_until": "2026-02-30"}, "this day does not exist"),
        ({"good_until": None}, "good_until"),
        ({"good_until": "for ever"}, "good_until"),
    ],
)
def test_a_last_day_that_is_wrong_is_told(rig: Rig, change: dict[str, Any], words: str) -> None:
    error = refusal(rig.store, listed(**change))
    assert error.code == "products-file"
    assert words in error.message


async def test_a_visit_goes_on_with_a_kept_list_that_is_over_and_its_record_says_so(rig: Rig) -> None:
    take(rig.store, listed())
    VanStock(rig.store).add(parse_van_file(resource_text("samples", "van.json"), "van.json"))
    rig.clock.advance(timedelta(days=6).total_seconds())
    words = f"The product list was good until {LAST}: that is over, and what it says may hold no more. Get the new one."
    check = VanCheck(rig.store)
    assert await rig.visit(van=check).run() is Outcome.COMPLETE
    told = {fact.label: fact for fact in rig.views[-1].step("scan-meter").facts}["May be installed"]
    assert (told.value, told.tone) == (words, Tone.WARN)
    assert words in [fact.value for fact in rig.views[-1].step("identify").facts]
    evidence = build_evidence(rig.visits.record(rig.journal.visit_id), TraceDigest(0, ""), rig.clock.now())
    recorded = [fact["value"] for step in evidence["steps"] for fact in step["facts"]]
    assert recorded.count(words) == 2

    over, facts = ProductListStore(rig.store).kept(), Van(rig.store).facts()
    assert over is not None
    assert [one.code for one in facts.about_list] == ["list-over"]
    assert list_words(facts)[0] == "warn"
    assert words in list_words(facts)[1]
    sample = parse_job(resource_text("jobs", "install-polyphase.json"), "sample.json")
    (line, *_more) = depot_check([sample], VanStock(rig.store).all(), over.products, Van(rig.store).today)
    assert (line.ready, line.unsure, line.words) == (True, True, words)

    rig.store.clock = ManualClock(START)
    told_later = check.judge(rig.job.job, rig.job.job.meter)
    assert told_later is not None
    assert told_later.codes == {"list-over"}, "the log has noted it; all else goes by the clock"


async def test_a_meter_that_is_not_on_the_list_that_is_over_is_told_so_at_the_wall(rig: Rig) -> None:
    take(rig.store, listed(products=[one for one in plain_list()["products"] if one["model"] != "TRAINER-1E"]))
    rig.clock.advance(timedelta(days=6).total_seconds())
    assert await rig.visit(van=VanCheck(rig.store)).run() is Outcome.COMPLETE
    for step in ("scan-meter", "identify"):
        assert any("that is over" in fact.value for fact in rig.views[-1].step(step).facts), step


def test_combinations_directions_and_generation_are_told_with_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with site_home(tmp_path, "smets1") as site:
            today = site.at.clock.now().date()
            days = {"issued": str(today - timedelta(days=3)), "good_until": str(today - timedelta(days=1))}
            keep(site.at.store, json.dumps(plain_list() | {"title": "A trainer's own"} | days).encode())
            visit = site.visit()
            assert await visit.run() is Outcome.COMPLETE
            for step in ("generation-of", "combination", "enrolment"):
                (warned,) = [one for one in visit.view.step(step).facts if "that is over" in one.value]
                assert warned.tone is Tone.WARN
            assert visit.progress.steps["combination"].data["status"] == "too-old"
            assert "too old to decide; the desk says" in " ".join(
                one.value for one in visit.view.step("enrolment").facts
            )

    in_virtual_time(story())


def test_a_combination_is_not_decided_by_a_list_that_is_over() -> None:
    products = parse_products(resource_text("samples", "products.json"), "list")
    parts = products.combinations[0].parts
    today = products.issued
    assert standing(parts, products, today).status is ListStatus.ELIGIBLE
    over = replace(products, good_until=today)
    assert standing(parts, over, today).status is ListStatus.ELIGIBLE, "its last day counts"
    assert standing(parts, over, today + timedelta(days=1)).status is ListStatus.TOO_OLD
