"""May a device be installed? Every pair of what can be wrong, against a table that says what is to be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, product

import pytest

from hht.work.compatibility import Need, need_of, region_words, rules, unknown_device, verdict
from hht.work.products import Product, ProductList, Validity
from hht.work.reasons import Standing
from hht.work.van import VanDevice, van_device
from tests.work.flow_model import HUB, job

TODAY = date(2026, 3, 2)
METER = van_device(
    "electricity-meter",
    "00-DB-12-34-56-78-90-A0",
    manufacturer="HHT Training",
    model="SMETS2-1E",
    firmware="00020131",
    firmware_hash="AB" * 32,
    variant="single",
)
ROW = Product(
    "electricity-meter", "HHT Training", "SMETS2-1E", "00020131", "SMETS V5.0", date(2025, 1, 1),
    firmware_hash="AB" * 32, gbcs_version="4.2", certificate="CPA-1", certificate_until=date(2029, 1, 1),
    variant="single",
)  # fmt: skip
VALID = Validity("SMETS V5.0", date(2020, 1, 1))
LIST = ProductList("Fictional", 7, TODAY, True, (VALID,), (ROW,), good_until=date(2027, 1, 1))
NEED = Need("electricity-meter", ("single",))


def days(count: int) -> date:
    return TODAY + timedelta(days=count)


# What can be so, each with the code that must be told of it ("" for none); of the first level nothing is told.
LEVELS: dict[str, tuple[tuple[str, str], ...]] = {
    "row": (
        ("there", ""), ("none", "not-listed"), ("other-firmware", "firmware-not-listed"), ("removed", "removed"),
        ("later", "not-yet-listed"),
    ),
    "assurance": (("long", ""), ("soon", "assurance-ends-soon"), ("ended", "assurance-ended"), ("none", "not-assured")),
    "validity": (
        ("open", ""), ("soon", "validity-ends-soon"), ("ended", "validity-ended"), ("later", "validity-not-begun"),
        ("unsaid", "validity-unknown"),
    ),
    "own": (("long", ""), ("unsaid", ""), ("soon", "certificate-ends-soon"), ("ended", "certificate-ended")),
    "age": (
        ("new", ""), ("old", "list-old"), ("too-old", "list-too-old"), ("future", "list-from-future"),
        ("no-list", "no-list"),
    ),
    "end": (("good", ""), ("over", "list-over"), ("unsaid", "list-no-end")),
    "fit": (("fits", ""), ("type", "wrong-type"), ("variant", "wrong-variant"), ("unsaid", "variant-unknown")),
    "hash": (("same", ""), ("unsaid", ""), ("differs", "hash-differs")),
}  # fmt: skip
NO_ROW = ("none", "other-firmware")  # nothing else can be asked of the row then; of one that was removed its validity
CARE = {
    "assurance-ends-soon", "validity-ends-soon", "validity-unknown", "certificate-ends-soon", "list-old", "no-list",
    "variant-unknown", "list-over", "list-no-end",
}  # fmt: skip


def scene(case: dict[str, str]) -> tuple[VanDevice, Need, ProductList | None]:
    """The device, the need and the list of a case."""
    row, device, need = ROW, METER, NEED
    row = replace(row, **{
        "removed": {"removed": days(-1)}, "later": {"listed_from": days(1)}, "other-firmware": {"firmware": "00020132"},
    }.get(case["row"], {}))  # fmt: skip
    row = replace(row, **{
        "soon": {"certificate_until": days(60)}, "ended": {"certificate_until": days(-1)},
        "none": {"certificate": "", "certificate_until": None},
    }.get(case["assurance"], {}))  # fmt: skip
    valid = replace(VALID, **{
        "soon": {"install_until": days(60)}, "ended": {"install_until": days(-1)}, "later": {"install_from": days(1)},
        "unsaid": {"name": "SMETS V4.2"},
    }.get(case["validity"], {}))  # fmt: skip
    until = {"long": days(900), "soon": days(30), "ended": days(-1)}.get(case["own"])
    device = replace(device, certificate_until=until)
    if case["hash"] != "same":
        device = replace(device, firmware_hash="CD" * 32 if case["hash"] == "differs" else "")
    need = {"type": Need("gas-meter"), "variant": Need("electricity-meter", ("polyphase",))}.get(case["fit"], need)
    device = replace(device, variant="") if case["fit"] == "unsaid" else device
    age = {"old": -8, "too-old": -29, "future": 1}.get(case["age"], 0)
    rows = () if case["row"] == "none" else (row,)
    end = {"over": days(-1), "unsaid": None}.get(case["end"], TODAY)  # its last day counts
    listed = replace(LIST, issued=days(age), validity=(valid,), products=rows, good_until=end)
    return device, need, None if case["age"] == "no-list" else listed


def wanted(case: dict[str, str]) -> set[str]:
    """The codes that must be told: those of the levels, without what cannot be asked."""
    codes = {name: dict(levels)[case[name]] for name, levels in LEVELS.items()}
    if case["age"] == "no-list":
        codes |= dict.fromkeys(("row", "assurance", "validity", "hash", "end"), "")
    elif case["row"] in NO_ROW:
        codes |= dict.fromkeys(("assurance", "validity", "hash"), "")
    elif case["row"] == "removed":
        codes |= dict.fromkeys(("assurance", "hash"), "")
    return {code for code in codes.values() if code} or {"fits"}


def pairs() -> list[dict[str, str]]:
    """A case for every pair of levels of two different things, all else well."""
    well = {name: levels[0][0] for name, levels in LEVELS.items()}
    return [
        well | {one: first, other: second}
        for one, other in combinations(LEVELS, 2)
        for (first, _a), (second, _b) in product(LEVELS[one], LEVELS[other])
    ]


def test_every_pair_of_reasons_is_told_and_nothing_else() -> None:
    assert len(pairs()) == 474
    for case in pairs():
        told = verdict(*scene(case), TODAY, TODAY)
        assert told.codes == wanted(case), case
        worst = Standing.MAY if told.codes == {"fits"} else Standing.CARE if told.codes <= CARE else Standing.MUST_NOT
        assert told.standing is worst, case
        assert all(reason.words.endswith(".") for reason in told.reasons)


@pytest.mark.requirement("S1E-12", "S1E-04")
def test_a_day_to_come_is_judged_by_that_day_and_the_list_by_today() -> None:
    ends = replace(LIST, validity=(replace(VALID, install_until=days(5)),))
    assert verdict(METER, NEED, ends, TODAY, TODAY).codes == {"validity-ends-soon"}
    assert verdict(METER, NEED, ends, days(6), TODAY).codes == {"validity-ended"}
    later = replace(LIST, products=(replace(ROW, certificate_until=days(3)),))
    assert verdict(METER, NEED, later, days(4), TODAY).codes == {"assurance-ended"}
    assert verdict(METER, NEED, LIST, days(20), TODAY).standing is Standing.MAY
    ending = replace(LIST, good_until=days(20))
    assert verdict(METER, NEED, ending, days(20), TODAY).standing is Standing.MAY
    assert verdict(METER, NEED, ending, days(21), TODAY).codes == {"list-over-then"}


@pytest.mark.requirement("S1E-03")
def test_blanks_of_a_smets1_row_are_no_error_and_of_any_other_they_are() -> None:
    blank = replace(ROW, specification="SMETS1 V1.2", gbcs_version="", certificate="", certificate_until=None)
    old = replace(LIST, validity=(replace(VALID, name="SMETS1 V1.2"),), products=(blank,))
    assert verdict(METER, NEED, old, TODAY, TODAY).standing is Standing.MAY
    second = replace(old, products=(replace(blank, specification="SMETS V1.58"),))
    assert {"not-assured", "no-gbcs"} < verdict(METER, NEED, second, TODAY, TODAY).codes


@pytest.mark.parametrize(("last", "code"), [(-1, "validity-ended"), (0, "validity-ends-soon"), (61, "fits")])
def test_last_days_count(last: int, code: str) -> None:
    ends = replace(LIST, validity=(replace(VALID, install_until=days(last)),))
    assert verdict(METER, NEED, ends, TODAY, TODAY).codes == {code}


@pytest.mark.requirement("CH-03")
def test_a_hub_has_to_be_for_the_region_that_the_job_states_and_a_guess_only_warns() -> None:
    hub = van_device("communications-hub", HUB["device_id"], variant="cellular")
    stated = job("install-electricity", HUB, premises={"address": ["1 Row"], "postcode": "ZZ9 9ZZ", "region": "north"})
    (of_hub,) = [one for one in stated.devices if one.type == "communications-hub"]
    need = need_of(stated, of_hub)
    assert (need.region, need.guessed, need.variants) == ("north", False, ("long-range-radio",))
    told = verdict(hub, need, None, TODAY, TODAY)
    assert told.codes == {"wrong-variant", "no-list"}
    assert told.standing is Standing.MUST_NOT
    assert "long-range radio for the region North" in told.words
    guess = need_of(job("install-electricity", HUB), of_hub)  # MPAN 12…: London
    assert (guess.region, guess.guessed) == ("south", True)
    wrong = verdict(replace(hub, variant="long-range-radio"), guess, None, TODAY, TODAY)
    assert wrong.standing is Standing.CARE
    assert "guessed from the MPAN" in wrong.words
    assert {region_words(one) for one in rules().regions} == {"North", "Central", "South"}


def test_a_display_needs_no_row_and_an_unknown_device_cannot_be_looked_up() -> None:
    display = van_device("in-home-display", "00-DB-12-34-56-78-90-A7")
    assert verdict(display, Need("in-home-display"), None, TODAY, TODAY).standing is Standing.MAY
    told = unknown_device(replace(LIST, issued=days(-10)), TODAY)
    assert told.codes == {"not-on-van", "list-old"}
    assert "10 days old" in told.words
    for issued, code in ((-400, "list-too-old"), (3, "list-from-future")):
        worst = unknown_device(replace(LIST, issued=days(issued)), TODAY)
        assert (worst.codes, worst.standing) == ({"not-on-van", code}, Standing.CARE)
    assert unknown_device(replace(LIST, good_until=days(-1)), TODAY).codes == {"not-on-van", "list-over"}
    nameless = replace(METER, model="")
    assert verdict(nameless, NEED, LIST, TODAY, TODAY).codes == {"model-unknown"}
    assert verdict(replace(METER, firmware=""), NEED, LIST, TODAY, TODAY).codes == {"firmware-unknown"}
