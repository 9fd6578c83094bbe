"""``hht van record``, ``tested`` and ``check``: the record of a model as an engineer reads it, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hht.resources import resource_path, resource_text
from tests.cli.conftest import Run
from tests.support.command import Done
from ui.system import SystemClock
from ui.van import signed_list

T = "--training"
TODAY = SystemClock().now().date()
METER = "00-DB-12-34-56-78-90-A0"  # of the sample job
Change = Callable[[dict[str, Any]], None]
SAMPLE = json.loads(resource_text("samples", "products.json")) | {"issued": TODAY.isoformat()}


@pytest.fixture
def listed(run: Run, tmp_path: Path) -> Callable[..., None]:
    """Take a product list in: the sample, or with the record of a model changed."""
    numbers = iter(range(1, 100))

    def take(model: str = "", change: Change = lambda _record: None) -> None:
        plain = json.loads(json.dumps(SAMPLE)) | {"number": next(numbers)}
        for one in plain["products"]:
            if one["model"] == model:
                change(one["record"])
        path = tmp_path / "products.signed"
        path.write_bytes(signed_list(json.dumps(plain).encode()))
        assert run("van", "products", str(path), T).status == 0

    return take


def facts(told: Done, group: str) -> dict[str, str]:
    return {one["label"]: one["value"] for one in told.of("fact") if one["group"] == group}


def onto_van(run: Run, model: str, device_id: str = METER, **more: str) -> None:
    """A device of that model of the list onto the van."""
    one = next(row for row in SAMPLE["products"] if row["model"] == model)
    said = {name: one.get(name, "") for name in ("type", "manufacturer", "model", "firmware", "variant")} | more
    options = [part for name, value in said.items() if value for part in (f"--{name}", value)]
    assert run("van", "add", device_id, *options, T).status == 0


def job_today(run: Run, tmp_path: Path, name: str = "install-electricity", **more: Any) -> None:
    plain = json.loads(resource_path("jobs", f"{name}.json").read_text()) | more
    plain["appointment"] = {"start": f"{TODAY}T12:00:00Z", "end": f"{TODAY}T14:00:00Z"}
    (tmp_path / "job.json").write_text(json.dumps(plain))
    assert run("visit", "new", str(tmp_path / "job.json"), T).status == 0


def checked(run: Run, device_id: str = METER) -> dict[str, Any]:
    (line,) = [one for one in run("van", "check", T).of("needed") if one["device_id"] == device_id]
    return line


def drop(*kinds: str) -> Change:
    """The record without evidence of these kinds."""
    return lambda record: record.update(evidence=[one for one in record["evidence"] if one["kind"] not in kinds])


@pytest.mark.requirement("CH-17")
def test_a_hub_is_judged_for_its_place_by_its_recorded_envelope_before_it_is_fitted(
    run: Run, listed: Callable[..., None]
) -> None:
    listed()
    told = run("van", "record", "NH-CH2", "--space", "200x150x90", T)
    envelope = facts(told, "envelope")
    assert envelope["Envelope (width, height, depth)"] == "115 × 120 × 45 mm, 25 mm clear around it"
    assert set(envelope) >= {"Connection", "Mechanical", "Electrical", "Logical"}
    assert "ICHIS socket" in envelope["Connection"]
    assert "not separable" in envelope["Mechanical"]
    assert "at most 2.5 W" in envelope["Electrical"]
    assert "gas proxy" in envelope["Logical"]
    (fit,) = told.of("fit")
    assert (told.status, fit["code"]) == (1, "no-room"), "150 mm are too low for 120 and 25 on both sides"
    assert run("van", "record", "NH-CH2", "--space", "200x170x90", T).status == 0
    onto_van(run, "NH-LRR", "00-DB-12-34-56-79-E3-A2")
    bigger = run("van", "record", "00-DB-12-34-56-79-E3-A2", "--space", "200x170x90", T)
    assert (bigger.status, bigger.of("fit")[0]["model"]) == (1, "NH-LRR"), "another hub needs more room"
    assert run("van", "record", "NH-CH2", "--space", "large", T).last["code"] == "van-space"


@pytest.mark.requirement("CH-18")
def test_a_hub_is_checked_for_electrical_safety_as_a_meter_is(
    run: Run, listed: Callable[..., None], tmp_path: Path
) -> None:
    listed()
    checks = [facts(run("van", "record", name, T), "safety") for name in ("NH-CH2", "TRAINER-1E")]
    assert set(checks[0]) == set(checks[1])
    assert len(checks[0]) == 6
    assert all(value.startswith("passed, LVD-") for check in checks for value in check.values())
    hub = "00-DB-12-34-56-79-0A-A2"
    onto_van(run, "NH-CH2", hub)
    onto_van(run, "SMETS2-1E", "00-DB-12-34-56-79-0A-A0")
    job_today(run, tmp_path, "install-dual-fuel")

    def untested(record: dict[str, Any]) -> None:
        record["safety"] = [one for one in record["safety"] if one["check"] != "insulation"]

    for model, device in (("NH-CH2", hub), ("SMETS2-1E", "00-DB-12-34-56-79-0A-A0")):
        listed(model, untested)
        assert facts(run("van", "record", device, T), "safety")["Insulation"] == "not shown"
        line = checked(run, device)
        assert line["reasons"] == ["safety-not-shown"]
        assert "insulation" in line["message"]


@pytest.mark.requirement("PPM-15")
@pytest.mark.parametrize(("name", "reasons"), [("1", ["fits"]), ("2", ["fits"]), ("A", None), ("B", None), ("C", None)])
def test_each_meter_shows_whether_the_prepayment_standard_applies_to_its_accuracy_class(
    run: Run, listed: Callable[..., None], tmp_path: Path, name: str, reasons: list[str] | None
) -> None:
    listed("TRAINER-1E", lambda record: record.update(accuracy_class=name))
    onto_van(run, "TRAINER-1E")
    shown = facts(run("van", "record", METER, T), "model")["Accuracy class"]
    assert shown.startswith(f"Class {name}: the prepayment standard BS EN 62055-31")
    assert ("does not apply" in shown) is (name not in ("1", "2"))
    job_today(run, tmp_path, payment_mode="prepayment")
    line = checked(run)
    assert line["reasons"] == (reasons or ["prepayment-class"])
    assert line["ready"], "it is told, and forbids nothing"


@pytest.mark.requirement("ASR-08")
def test_mid_and_ce_are_evidence_of_their_own_beside_smets(
    run: Run, listed: Callable[..., None], tmp_path: Path
) -> None:
    listed()
    for model in ("TRAINER-1E", "VG-4"):
        told = run("van", "record", model, T)
        metrology, conformance = facts(told, "metrology"), facts(told, "conformance")
        assert set(metrology) == {"Metrology (MID)", "CE marking"}
        assert "MID-" in metrology["Metrology (MID)"]
        assert "Notified Body" in metrology["Metrology (MID)"]
        assert not set(metrology) & set(conformance)
        assert "SPECIFICATION-" in conformance["Conformance to its specification"]
    onto_van(run, "TRAINER-1E")
    job_today(run, tmp_path)
    assert checked(run)["reasons"] == ["fits"]
    listed("TRAINER-1E", drop("mid", "ce"))
    assert checked(run)["reasons"] == ["no-ce", "no-mid"], "SMETS does not stand for metrology"
    listed("TRAINER-1E", drop("specification"))
    assert checked(run)["reasons"] == ["no-specification"], "nor metrology for SMETS"


@pytest.mark.requirement("IDT-10")
def test_each_component_states_its_life_and_a_meter_below_twenty_years_is_told(
    run: Run, listed: Callable[..., None], tmp_path: Path
) -> None:
    listed()
    for model, years in (("TRAINER-1E", 20), ("VG-4", 20), ("NH-CH2", 15), ("TRAINER-PPMID", 10), ("GLANCE-3", 10)):
        life = facts(run("van", "record", model, T), "life")
        assert life["Design life"] == f"{years} years", model
        assert life["Mean time between failures"].endswith(" hours")
        assert life["Availability"].endswith(" %")
        assert life["Latency"].endswith(" s")
    onto_van(run, "TRAINER-1E")
    job_today(run, tmp_path)
    listed("TRAINER-1E", lambda record: record.update(life={"years": 15}))
    life = facts(run("van", "record", METER, T), "life")
    assert life["Design life"] == "15 years; a meter's is 20 or more"
    assert life["Mean time between failures"] == "not stated", "nothing is made up"
    assert checked(run)["reasons"] == ["short-life"]


@pytest.mark.requirement("IDT-11")
def test_every_device_of_the_home_network_says_its_class_who_approves_it_and_who_governs(
    run: Run, listed: Callable[..., None]
) -> None:
    listed()
    assert run("van", "add", "--file", str(resource_path("samples", "van.json")), T).status == 0
    devices = [one for one in run("van", "list", T).of("device") if one["kind"] != "generation-meter"]
    firsts = {one["kind"]: one["device_id"] for one in reversed(devices)}
    assert set(firsts) == {"electricity-meter", "gas-meter", "communications-hub", "in-home-display",
                           "prepayment-interface"}  # fmt: skip
    found = {kind: facts(run("van", "record", device, T), "model") for kind, device in firsts.items()}
    assert found["in-home-display"]["Class"] == "Type 2: in-home display"
    assert found["in-home-display"]["Approved by"] == "the ZigBee Alliance's test house"
    assert found["in-home-display"]["Classes kept by"] == "the supplier"
    assert found["communications-hub"]["Approved by"] == "the communications service provider"
    assert found["gas-meter"]["Class"] == "Type 1: gas meter"
    assert all(one["Approved by"] and one["Classes kept by"] for one in found.values())
    listed("VG-4", lambda record: record.pop("class"))
    assert facts(run("van", "record", "VG-4", T), "model")["Class and approval"] == "not stated"


@pytest.mark.requirement("SEC-03")
def test_a_components_certificate_and_the_accreditation_of_a_whole_system_are_two_statuses(
    run: Run, listed: Callable[..., None]
) -> None:
    listed()
    told = run("van", "record", "TRAINER-1E", T)
    component, system = facts(told, "component"), facts(told, "system")
    assert component["Assurance certificate"] == (
        "TRAINING-0001, until 2032-12-31: this component alone, no system that it is part of"
    )
    assert set(system) == {"DCC systems", "DCC user systems of Example Energy"}
    assert "accredited as a whole by Training Accreditation Body (ACC-0001)" in system["DCC systems"]
    assert "TRAINING-0001" not in "".join(system.values())
    listed("TRAINER-1E", drop("security"))
    told = run("van", "record", "TRAINER-1E", T)
    assert facts(told, "component")["Security of the component"] == "none is recorded"
    assert facts(told, "system") == system, "the system's status is its own"


@pytest.mark.requirement("SEC-05")
def test_retests_fall_due_at_intervals_and_by_significant_changes(
    run: Run, listed: Callable[..., None], tmp_path: Path
) -> None:
    listed()
    systems = {one["name"]: one["retest_due"] for one in run("van", "products", T).of("system")}
    assert systems["DCC user systems of Example Energy"] == "2036-01-30", "3650 days after it was accredited"
    assert systems["DCC systems"] == "2025-10-01", "a change came before"
    told = facts(run("van", "record", "TRAINER-1E", T), "system")["DCC systems"]
    assert "retest due 2025-10-01" in told
    assert "because of a change: the key store was replaced" in told
    onto_van(run, "TRAINER-1E")
    job_today(run, tmp_path)
    assert checked(run)["reasons"] == ["fits"]

    def often(record: dict[str, Any]) -> None:
        security = next(one for one in record["evidence"] if one["kind"] == "security")
        security["retest_days"] = 365

    listed("TRAINER-1E", often)
    assert checked(run)["reasons"] == ["retest-due"]
    assert "tested anew since 2024-12-31" in checked(run)["message"]
    listed("TRAINER-1E", lambda record: record.update(changes=[{"day": "2025-05-05", "what": "another radio"}]))
    assert checked(run)["reasons"] == ["retest-due"]
    assert "tested anew since 2025-05-05" in checked(run)["message"]


@pytest.mark.requirement("ASR-04")
def test_the_supplier_of_a_meter_and_the_csp_of_a_hub_keep_and_provide_the_evidence(
    run: Run, listed: Callable[..., None], tmp_path: Path
) -> None:
    listed()
    meter, hub = "00-DB-12-34-56-79-0A-A0", "00-DB-12-34-56-79-0A-A2"
    onto_van(run, "SMETS2-1E", meter, firmware="00020131")
    onto_van(run, "NH-CH2", hub)
    job_today(run, tmp_path, "install-dual-fuel")
    for device, holder in ((meter, "the supplier"), (hub, "the communications service provider")):
        told = run("van", "record", device, T)
        for group in ("metrology", "conformance", "integration", "interoperability"):
            values = facts(told, group).values()
            assert values
            assert all(f"kept by {holder}" in value for value in values)
        assert checked(run, device)["reasons"] == ["fits"]
    for model, device, other in (("SMETS2-1E", meter, "manufacturer"), ("NH-CH2", hub, "supplier")):
        listed(model, lambda record, other=other: [one.update(held_by=other) for one in record["evidence"]])
        line = checked(run, device)
        assert line["reasons"] == ["evidence-not-held"]
        assert "has to obtain, keep and provide its evidence" in line["message"]
        listed(model, lambda record: record.update(evidence=[]))
        assert "no-security" in checked(run, device)["reasons"], "none is provided at all"


@pytest.mark.requirement("ASR-05")
def test_the_integration_of_both_protocols_is_tested_apart_from_each(
    run: Run, listed: Callable[..., None], tmp_path: Path
) -> None:
    listed()
    onto_van(run, "TRAINER-1E")
    job_today(run, tmp_path)
    told = run("van", "record", METER, T)
    assert {"Conformance to DLMS", "Conformance to ZigBee"} < set(facts(told, "conformance"))
    assert "INTEGRATION-" in facts(told, "integration")["Integration of DLMS and ZigBee"]
    listed("TRAINER-1E", drop("integration"))
    line = checked(run)
    assert line["reasons"] == ["no-integration"]
    assert "tested each by itself; no test of their integration" in line["message"]
    assert not facts(run("van", "record", "VG-4", T), "integration"), "a gas meter speaks one of them"


@pytest.mark.requirement("ASR-06")
def test_devices_of_several_makers_that_were_tested_together_are_an_extra_layer(
    run: Run, listed: Callable[..., None]
) -> None:
    listed()
    told = run("van", "tested", T)
    pairs = {(one["one"], one["other"]): one["reference"] for one in told.of("pair")}
    assert pairs["NH-CH2", "VG-4"] == "INTEROPERABILITY-NH-CH2-00030105"
    assert pairs["NH-CH2", "OSM-20"].startswith("INTEROPERABILITY-OSM-20"), "told by the other one's record"
    assert pairs["NH-LRR", "GLANCE-3"] == ""
    assert (told.status, told.last["ok"]) == (0, True), "a pair that was not tested is allowed"
    assert 0 < told.last["tested"] < told.last["pairs"] == len(pairs) + 4  # two firmwares of a meter, four hubs
    listed("NH-CH2", lambda record: record["evidence"][-1]["partners"].remove("VG-4"))
    pairs = {(one["one"], one["other"]): one["reference"] for one in run("van", "tested", T).of("pair")}
    assert pairs["NH-CH2", "VG-4"] == "INTEROPERABILITY-VG-4-00040007"


@pytest.mark.requirement("ASR-14")
def test_conformance_and_interoperability_are_both_needed_and_neither_stands_for_the_other(
    run: Run, listed: Callable[..., None], tmp_path: Path
) -> None:
    listed()
    onto_van(run, "TRAINER-1E")
    job_today(run, tmp_path)
    told = run("van", "record", METER, T)
    conformance, together = facts(told, "conformance"), facts(told, "interoperability")
    assert conformance
    assert together
    assert not set(conformance) & set(together)
    listed("TRAINER-1E", drop("interoperability"))
    alone = checked(run)
    assert alone["reasons"] == ["no-interoperability"]
    assert "conformance alone is not enough" in alone["message"]
    listed("TRAINER-1E", drop("specification", "dlms", "zigbee"))
    other = checked(run)
    assert other["reasons"] == ["no-dlms", "no-specification", "no-zigbee"]
    assert "Interoperability with other makers does not stand for it" in other["message"]


def test_what_is_asked_of_no_list_or_of_no_model_is_said(run: Run, listed: Callable[..., None]) -> None:
    assert run("van", "record", "NH-CH2", T).last["code"] == "no-product-list"
    assert run("van", "tested", T).last["code"] == "no-product-list"
    listed()
    assert run("van", "record", "NOTHING-1", T).last["code"] == "van-model"
    assert run("van", "record", "northern hubs nh-ch2", T).last["models"] == 1
    assert run("van", "record", "SMETS2-1E", T).last["models"] == 3, "one row for each firmware"


@pytest.mark.requirement("ARC-18")
def test_a_small_business_behind_current_transformers_gets_an_advanced_meter_and_no_smart_one(
    run: Run, listed: Callable[..., None], tmp_path: Path
) -> None:
    listed()
    meter = "00-DB-12-34-56-79-16-A0"
    onto_van(run, "SMETS2-3P", meter)
    job_today(run, tmp_path, "current-transformers")
    refused = checked(run, meter)
    assert (refused["ready"], refused["reasons"]) == (False, ["transformers-advanced"])
    assert "metered by current transformers: an advanced meter goes there, not a smart one" in refused["message"]
    onto_van(run, "TRAINER-CT", meter)
    right = checked(run, meter)
    assert (right["ready"], right["reasons"]) == (True, ["fits"])
    assert facts(run("van", "record", meter, T), "model")["Level"].startswith("It is an advanced meter")


@pytest.mark.requirement("ARC-09")
@pytest.mark.parametrize("name", ["TRAINER-ST", "TRAINER-CT"])
def test_what_is_no_smart_meter_is_labelled_and_not_fitted_at_a_site_of_the_dcc(
    run: Run, listed: Callable[..., None], tmp_path: Path, name: str
) -> None:
    listed()
    onto_van(run, name, variant="")
    job_today(run, tmp_path)
    line = checked(run)
    assert (line["ready"], "not-smets" in line["reasons"]) == (False, True)
    level = facts(run("van", "record", METER, T), "model")["Level"]
    assert "not fully compliant with SMETS (it lacks: load switch" in level
    assert "it cannot be enrolled with the DCC" in level
    assert level in line["message"]


@pytest.mark.requirement("SEC-22")
def test_a_model_that_is_not_compliant_is_refused_with_who_pays_for_its_removal(
    run: Run, listed: Callable[..., None], tmp_path: Path
) -> None:
    listed()
    onto_van(run, "OSM-20")
    job_today(run, tmp_path)
    line = checked(run)
    assert (line["ready"], line["reasons"]) == (False, ["directed-remove"])
    assert "one that is fitted is removed and replaced, and the manufacturer pays for it" in line["message"]
    (shown,) = facts(run("van", "record", METER, T), "directions").values()
    assert shown in line["message"]
    unpaid = json.loads(json.dumps(SAMPLE)) | {"number": 99}
    row = next(one for one in unpaid["products"] if one["model"] == "OSM-20")
    del row["record"]["directions"][0]["payer"]
    (tmp_path / "unpaid").write_bytes(signed_list(json.dumps(unpaid).encode()))
    refused = run("van", "products", str(tmp_path / "unpaid"), T)
    assert refused.status == 1, "a list that does not say who pays is none"
