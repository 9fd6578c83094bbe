"""``hht job rules``: what rules apply at a site to its equipment, by what the job says of both, on that day."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hht.resources import resource_text
from tests.cli.conftest import Run
from tests.support.command import Done

T = "--training"
DAY = "2026-03-02"
Told = dict[str, dict[str, Any]]


class Desk:
    """Sends jobs, and asks the program for their rules."""

    def __init__(self, run: Run, folder: Path) -> None:
        self._run, self._folder = run, folder

    def send(self, name: str = "demo", **fields: Any) -> Done:
        """The sample job of that name with these fields instead; None takes one out."""
        plain = json.loads(resource_text("jobs", f"{name}.json")) | fields
        path = self._folder / "job.json"
        path.write_text(json.dumps({key: value for key, value in plain.items() if value is not None}))
        return self._run("job", "import", str(path), T)

    def rules(self, name: str = "demo", on: str = DAY, **fields: Any) -> Told:
        """What is told of such a job on that day, by code."""
        assert self.send(name, **fields).status == 0
        reference = json.loads(resource_text("jobs", f"{name}.json"))["reference"]
        return {one["code"]: one for one in self.asked(reference, on).of("rule")}

    def asked_all(self, name: str, fields: dict[str, Any]) -> dict[str, str]:
        """What is told, by label."""
        self.rules(name, **fields)
        return {one["label"]: one["words"] for one in self.asked(plain_reference(name)).of("rule")}

    def asked(self, reference: str, on: str = DAY) -> Done:
        done = self._run("job", "rules", reference, "--on", on, T)
        assert done.status == 0
        return done


@pytest.fixture
def desk(run: Run, tmp_path: Path) -> Desk:
    return Desk(run, tmp_path)


def premises(**more: Any) -> dict[str, Any]:
    return {"address": ["12 Specimen Street", "Sampleton"], "postcode": "ZZ9 9ZZ", **more}


def meter(**more: Any) -> list[dict[str, Any]]:
    """The demo job's meter."""
    plain: dict[str, Any] = json.loads(resource_text("jobs", "demo.json"))["devices"][0]
    return [plain | more]


def there(specification: str, fitted: str = "", **more: Any) -> list[dict[str, Any]]:
    """An electricity meter that is there."""
    day = {"fitted": fitted} if fitted else {}
    return [{"type": "electricity-meter", "specification": specification, **day, **more}]


def words(told: Told, code: str) -> str:
    return str(told[code]["words"])


@pytest.mark.requirement("ARC-11")
@pytest.mark.parametrize(
    ("top", "site", "domestic", "shown"),
    [
        ("", {"class": "domestic"}, None, "domestic"),
        ("", {"class": "micro-business"}, None, "micro-business"),
        ("", {"class": "larger-non-domestic"}, False, "larger non-domestic"),
        ("03801100", {}, False, "smaller non-domestic"),
        ("04801100", {}, False, "smaller non-domestic"),
        ("05801100", {}, False, "larger non-domestic"),
        ("", {"gas_mwh": "731.999"}, False, "smaller non-domestic"),
        ("", {"gas_mwh": "732"}, False, "larger non-domestic"),
        ("05801100", {"gas_mwh": "120.5"}, False, "smaller non-domestic"),
    ],
)
def test_the_premises_carry_a_class_stated_or_by_profile_class_and_gas(
    desk: Desk, top: str, site: dict[str, str], domestic: bool | None, shown: str
) -> None:
    told = desk.rules(premises=premises(**site), domestic=domestic, devices=meter(mpan=f"{top}1200023305967"))
    assert words(told, "class").startswith(f"{shown}: ")
    assert "class-doubtful" not in told
    assert ("732" in words(told, "class")) is (site.get("gas_mwh") == "732")


def test_a_class_that_the_profile_class_speaks_against_is_doubted_and_one_that_the_job_denies_is_refused(
    desk: Desk,
) -> None:
    told = desk.rules(
        premises=premises(**{"class": "smaller-non-domestic"}), devices=meter(mpan="068011001200023305967")
    )
    assert told["class-doubtful"]["standing"] == "care"
    assert "profile class 06" in words(told, "class-doubtful")
    refused = desk.send(premises=premises(**{"class": "micro-business"}), domestic=True)
    assert refused.status == 1
    assert "class" in str(refused.last)


@pytest.mark.requirement("ASR-13")
def test_what_was_extant_on_the_day_of_fitting_holds_for_life(desk: Desk) -> None:
    for day in ("2014-06-01", "2019-01-01", "2026-03-02", "2031-01-01"):
        told = desk.rules(on=day, installed=there("SMETS1 V1.2", "2014-05-20", updates=["TRAINING-PATCH-1"]))
        assert "it follows SMETS1, in force on that day, for life, and stays" in words(told, "compliant")
    told = desk.rules(installed=there("SMETS1 V1.2", "2011-05-20"))
    assert told["not-compliant"]["standing"] == "care"
    assert "fitted-unknown" in desk.rules(installed=there("SMETS1"))


@pytest.mark.requirement("CHR-10")
def test_an_update_that_came_later_binds_what_was_fitted_before(desk: Desk) -> None:
    old = there("SMETS1 V1.2", "2014-05-20")
    assert not {"update-due", "update-late", "updated"} & set(desk.rules(on="2025-05-31", installed=old))
    assert "due by 2026-01-31" in words(desk.rules(on="2025-06-01", installed=old), "update-due")
    late = desk.rules(installed=old)
    assert "does not comply until it is" in words(late, "update-late")
    assert "it follows SMETS1" in words(late, "compliant"), "and its own version still"
    done = desk.rules(installed=there("SMETS1 V1.2", "2014-05-20", updates=["TRAINING-PATCH-1"]))
    assert "was applied" in words(done, "updated")
    assert not {"update-due", "update-late"} & set(done)
    other = desk.rules(installed=there("SMETS2", "2017-05-20"))
    assert not {"update-due", "update-late", "updated"} & set(other)


@pytest.mark.requirement("ASR-16")
def test_once_smets2_alone_is_fitted_smets1_is_forbidden_and_what_hangs_still_counts(desk: Desk) -> None:
    fits = {"name": "install-electricity"}
    plain = json.loads(resource_text("jobs", "install-electricity.json"))["devices"]
    new = [plain[0] | {"specification": "SMETS1 V1.2"}, *plain[1:]]
    assert "extant" in desk.rules(**fits, on="2016-11-08", devices=new), "SMETS2 is designated, and the notice runs"
    assert "extant" in desk.rules(**fits, on="2018-12-05", devices=new)
    told = desk.rules(**fits, on="2018-12-06", devices=new, installed=there("SMETS1 V1.2", "2018-12-05"))
    assert told["not-extant"]["standing"] == "must-not"
    assert "what may be is SMETS2" in words(told, "not-extant")
    assert "unverified" in told["not-extant"]["source"], "the day is from memory, and says so"
    assert "this one counts still" in words(told, "compliant")
    assert desk.asked(plain_reference("install-electricity"), "2018-12-06").last["forbidden"] == 1
    second = [plain[0] | {"specification": "SMETS V5.0"}, *plain[1:]]
    assert "extant" in desk.rules(**fits, on="2018-12-06", devices=second)


def plain_reference(name: str) -> str:
    return str(json.loads(resource_text("jobs", f"{name}.json"))["reference"])


@pytest.mark.requirement("ASR-17")
def test_smets2_equipment_that_was_fitted_early_satisfies_smets1(desk: Desk) -> None:
    told = desk.rules(installed=there("SMETS2 V1.58", "2015-06-01"))
    assert "it follows SMETS1" in words(told, "compliant")
    assert "SMETS2 satisfies SMETS1 besides" in words(told, "compliant")
    later = desk.rules(installed=there("SMETS2 V2.0", "2017-06-01"))
    assert "it follows SMETS2" in words(later, "compliant")
    first = desk.rules(installed=there("SMETS1", "2010-06-01"))
    assert "not-compliant" in first, "and nothing the other way"
    plain = json.loads(resource_text("jobs", "install-electricity.json"))["devices"]
    fitted = desk.rules(
        "install-electricity", on="2015-06-01", devices=[plain[0] | {"specification": "SMETS2"}, *plain[1:]]
    )
    assert "satisfies SMETS1 besides" in words(fitted, "early")


@pytest.mark.requirement("EDG-11")
def test_a_meter_outlives_its_rules(desk: Desk) -> None:
    hangs = there("SMETS1 V1.2", "2013-06-01", updates=["TRAINING-PATCH-1"])
    told = desk.rules(on="2013-06-01", installed=hangs)
    assert words(told, "life") == "In service since 2013-06-01; 15 years end 2028-06-01, 20 years 2033-06-01."
    told = desk.rules(on="2020-01-01", installed=hangs)
    assert "4 times since: 2014-04-01, 2016-11-08, 2018-12-05, 2019-12-31" in words(told, "life")
    sets = [desk.asked("J-1042", day).last for day in ("2012-01-01", "2013-06-01", "2020-01-01", "2033-06-02")]
    assert [one["rule_set"] for one in sets] == [1, 2, 6, 8]
    assert (sets[1]["since"], sets[1]["until"]) == ("2012-12-18", "2014-04-01")
    assert desk.rules(on="2033-06-01", installed=hangs)["life"]["standing"] == "may"
    past = desk.rules(on="2033-06-02", installed=hangs)
    assert past["life"]["standing"] == "care"
    assert "past both" in words(past, "life")


@pytest.mark.requirement("OLC-07")
def test_a_micro_business_that_is_not_enrolled_is_exempt(desk: Desk) -> None:
    micro = premises(**{"class": "micro-business"})
    assert words(desk.rules(premises=micro, dcc={"enrolled": False}), "duty-exempt").startswith("Exempt: ")
    assert "duty-exempt" not in desk.rules(premises=micro, dcc={"enrolled": True})
    assert "Applies" in words(desk.rules(premises=micro, dcc={"enrolled": True}), "duty")
    assert desk.rules(premises=micro)["duty-unknown"]["standing"] == "care", "and nothing is guessed"
    home = desk.rules(
        premises=premises(**{"class": "domestic"}), dcc={"enrolled": False}, installed=there("SMETS1", "2014-05-20")
    )
    assert "Applies" in words(home, "duty"), "a home is not"


@pytest.mark.requirement("OLC-08")
@pytest.mark.parametrize(
    ("by", "dcc", "day", "code", "said"),
    [
        ("other", {"enrolled": False}, "2019-12-30", "duty-later", "at the latest 2019-12-31"),
        ("other", {"enrolled": False}, "2019-12-31", "duty", "due since 2019-12-31"),
        ("other", {"enrolled": True, "since": "2019-06-01"}, "2019-05-31", "duty-later", "at the latest 2019-06-01"),
        ("other", {"enrolled": True, "since": "2019-06-01"}, "2019-06-01", "duty", "due since 2019-06-01"),
        ("other", {"enrolled": True, "since": "2021-06-01"}, "2020-06-01", "duty", "due since 2019-12-31"),
        ("supplier", {"enrolled": False}, "2015-01-01", "duty", "the supplier had the system fitted"),
    ],
)
def test_what_another_had_fitted_is_a_duty_from_enrolment_or_the_end_of_2019(
    desk: Desk, by: str, dcc: dict[str, Any], day: str, code: str, said: str
) -> None:
    hangs = there("SMETS1", "2014-05-20", fitted_by=by)
    told = desk.rules(on=day, premises=premises(**{"class": "domestic"}), dcc=dcc, installed=hangs)
    assert said in words(told, code)
    assert len({"duty", "duty-later", "duty-exempt"} & set(told)) == 1


@pytest.mark.requirement("CH-15")
def test_meters_of_several_customers_on_one_hub_are_flagged(desk: Desk) -> None:
    dual = "install-dual-fuel"
    devices = json.loads(resource_text("jobs", f"{dual}.json"))["devices"]
    assert "hub-shared" not in desk.rules(dual)
    moved = [one | ({"registered_at": "Flat 2, 16 Specimen Street"} if "mprn" in one else {}) for one in devices]
    told = desk.rules(dual, devices=moved)
    assert told["hub-shared"]["standing"] == "care"
    assert "gas meter is registered at Flat 2, 16 Specimen Street" in words(told, "hub-shared")
    here = [
        one | ({"registered_at": "16 SPECIMEN STREET Sampleton ZZ99ZZ"} if "mprn" in one else {}) for one in devices
    ]
    assert "hub-shared" not in desk.rules(dual, devices=here), "the same address in another spelling"
    assert desk.send(dual, reference="J-NEXT", premises=premises()).status == 0
    told = desk.rules(dual)
    assert "J-NEXT, at another address, has the same hub" in words(told, "hub-shared"), "the other customer's job"


@pytest.mark.requirement("CON-11")
def test_shared_site_notes_travel_with_the_job(desk: Desk, run: Run, tmp_path: Path) -> None:
    shared = {"notes": "Riser on floor 2;\nlandlord has the key.", "suppliers": ["Other Energy", "Third Gas"]}
    flat = premises(building="flat", shared=shared)
    told = desk.rules(premises=flat)
    assert words(told, "shared-site") == (
        "Riser on floor 2; landlord has the key. Other suppliers here: Other Energy, Third Gas."
    )
    elsewhere = str(tmp_path / "elsewhere")
    parts = [one["text"] for one in run("job", "qr", "J-1042", T).of("part")]
    carried = run("job", "import", "-", "--data-dir", elsewhere, T, stdin="\n".join(parts))
    assert carried.status == 0
    there = run("job", "rules", "J-1042", "--data-dir", elsewhere, T).of("rule")
    assert any("Riser on floor 2" in one["words"] for one in there), "to another terminal too"
    told = desk.rules(premises=premises(building="high-rise"))
    assert "no note of what the other suppliers have there" in words(told, "shared-site-unknown")
    assert "shared-site-unknown" not in desk.rules(premises=premises(building="bungalow"))


@pytest.mark.requirement("CHR-04")
def test_costs_lie_where_they_fall_and_a_line_of_recharge_is_refused(desk: Desk) -> None:
    own = [{"what": "installation", "borne_by": "Example Energy (fictional)"}]
    told = desk.rules(costs=own)
    assert "with Example Energy (fictional): nothing of this visit is charged on" in words(told, "costs")
    charged = desk.send(costs=[*own, {"what": "maintenance", "borne_by": "The DCC's hub provider"}])
    assert charged.status == 1
    assert "costs[1].borne_by" in str(charged.last)
    assert "recharges nobody" in str(charged.last)


@pytest.mark.requirement("S1E-33")
def test_conditions_of_smets2_do_not_bind_smets1_whose_ppmid_is_another(desk: Desk) -> None:
    name = "install-dual-fuel"
    devices = json.loads(resource_text("jobs", f"{name}.json"))["devices"]
    switch = {"type": "load-control-switch", "device_id": "00-DB-12-34-56-79-0A-A6"}
    flat = {"premises": premises(building="flat"), "devices": [*devices, switch]}
    hangs = there("SMETS1 V1.2", "2014-05-20")
    told = desk.asked_all(name, flat | {"installed": hangs})
    assert "conditions do not apply" in told["Prepayment interface (PPMID)"]
    assert "whose PPMID is defined separately" in told["Prepayment interface (PPMID)"]
    assert "conditions do not apply" in told["Load control switch"]
    assert "No licence condition on an alternative HAN applies" in told["Alternative HAN"]
    second = desk.asked_all(name, flat | {"installed": there("SMETS2", "2019-05-20")})
    for label in ("Prepayment interface (PPMID)", "Load control switch", "Alternative HAN"):
        assert "conditions" in second[label]
        assert "apply: the meters are SMETS2" in second[label]
    wrong = [one | ({"specification": "SMETS2"} if one["type"] == "prepayment-interface" else {}) for one in devices]
    apart = desk.rules(name, devices=wrong, installed=hangs)
    assert apart["defined-apart"]["standing"] == "must-not"
    right = [one | ({"specification": "SMETS1"} if one["type"] == "prepayment-interface" else {}) for one in devices]
    assert "defined-apart" not in desk.rules(name, devices=right, installed=hangs)


def test_a_day_that_is_none_and_a_job_that_is_none_are_said(desk: Desk, run: Run) -> None:
    assert run("job", "rules", "J-1042", "--on", "soon", T).status == 2
    assert desk.send().status == 0
    refused = desk.send(installed=there("SMETS1", "2014-02-30"))
    assert "installed[0].fitted" in str(refused.last)
    assert run("job", "rules", "J-NONE", T).status == 1
