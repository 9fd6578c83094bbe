"""``hht dictionary`` and meters held against it: objects missing or extra, the exact field written otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hht.client.field_format import field_problems
from hht.client.interface_classes import interface_class
from hht.client.object_list import ViewEntry
from hht.client.object_reader import AttributeValue
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.obis import Obis
from hht.work.dictionary import dictionary
from tests.cli.conftest import Run

MPAN, CLOCK = "0-0:94.44.34.11", "0-0:1.0.0"
HOME = "emulated:load-control?days=1"


@pytest.mark.requirement("IDT-12")
def test_each_item_stands_there_in_logical_and_physical_form_with_the_screen_that_shows_it(run: Run) -> None:
    items = {item["key"]: item for item in run("dictionary", "ESME").of("item")}
    energy = items["3/1-0:1.8.0"]
    assert (energy["name"], energy["unit"], energy["need"]) == (
        "Active energy import, total", "by its scaler and unit", "mandatory",
    )  # fmt: skip
    assert energy["attributes"][1:] == [[2, "value", "any"], [3, "scaler_unit", "structure"]]
    assert (energy["kind"], energy["methods"], energy["screen"]) == ("Register", ["reset"], "registers")
    shown = {item["obis"]: item["name"] for item in run("browse", HOME).of("object")}
    for key, item in items.items():
        obis = key.partition("/")[2]
        if shown.get(obis) and item["need"] == "mandatory":
            assert shown[obis] == item["name"], "screen and dictionary call it the same"
    assert all(item["attributes"] and item["source"] for item in items.values())


@pytest.mark.requirement("HAN-06")
def test_optional_attributes_of_zigbee_are_mandatory_by_the_companion_profile_and_a_claim_is_held_against_it(
    run: Run, tmp_path: Path
) -> None:
    items = run("dictionary", "GSME").of("item")
    supply = next(item for item in items if item["name"] == "SupplyStatus")
    assert (supply["need"], supply["base"]) == ("mandatory", "optional")
    total = next(item for item in items if item["name"] == "CurrentSummationDelivered")
    assert (total["need"], total["base"]) == ("mandatory", "mandatory")
    claim = tmp_path / "pics.json"
    claimed = [item["key"] for item in items if item["base"] == "mandatory"] + ["0702/0fff"]
    claim.write_text(json.dumps(claimed))
    done = run("dictionary", "GSME", "--claimed", str(claim))
    missing = {row["key"] for row in done.of("missing")}
    assert supply["key"] in missing, "certified by ZigBee alone it has not what SMETS needs"
    assert total["key"] not in missing
    assert [row["key"] for row in done.of("extra")] == ["0702/0fff"]
    assert done.status == 1
    claim.write_text(json.dumps([item["key"] for item in items]))
    assert run("dictionary", "GSME", "--claimed", str(claim)).status == 0
    claim.write_text("{}")
    assert run("dictionary", "GSME", "--claimed", str(claim)).last["code"] == "claim-unreadable"


@pytest.mark.requirement("HAN-07")
def test_a_meter_without_a_mandatory_object_fails_by_its_name_and_unknown_objects_are_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hht.emulation import object_table

    whole = next(row for row in run("conformance", HOME).of("row") if row["check"] == "objects")
    assert whole["verdict"] == "pass"
    assert "3/0-0:96.128.1" in whole["why"], "an object of its maker's own is told"
    build = object_table.build_objects

    def without_power_log(meter: object) -> object:
        objects = build(meter)  # type: ignore[arg-type]
        return {key: one for key, one in objects.items() if str(key[1]) != "0-0:99.98.4"}

    monkeypatch.setattr("hht.emulation.cosem_objects.build_objects", without_power_log)
    done = run("conformance", HOME)
    row = next(one for one in done.of("row") if one["check"] == "objects")
    assert row["verdict"] == "fail"
    assert "Missing: 7/0-0:99.98.4 PowerEventLog" in row["why"]
    assert done.status == 1
    file = tmp_path / "shown.json"
    run("browse", HOME, "0-0", "--export", str(file))
    missing = [one["key"] for one in run("dictionary", "ESME", "--claimed", str(file)).of("missing")]
    assert "7/0-0:99.98.4" in missing


@pytest.mark.requirement("HAN-22")
def test_the_exact_field_that_is_written_otherwise_is_named_with_what_was_expected_and_what_came(run: Run) -> None:
    sound = next(row for row in run("conformance", HOME).of("row") if row["check"] == "fields")
    assert sound["verdict"] == "pass"
    odd = run("conformance", f"{HOME}&fault=fields-oddly-written")
    row = next(one for one in odd.of("row") if one["check"] == "fields")
    assert (row["verdict"], odd.status) == ("fail", 1)
    assert (
        "8/0-0:1.0.0/6 (Time, daylight_savings_end): expected octet-string of 12, found octet-string of 11"
        in row["why"]
    )
    assert f"1/{MPAN}/2 (MeterPointAdministrationNumber, value): expected 13 digits" in row["why"]
    assert row["frames"], "and the frames in which it came"
    by_rule = dict.fromkeys(("tolerated", "refused"), 0)
    for part in row["why"].split(", 8/"):
        by_rule["tolerated" if part.endswith("tolerated") else "refused"] += 1
    assert by_rule == {"tolerated": 1, "refused": 1}, "a blank can be read in one way alone, a short date-time cannot"
    read = run("identify", f"{HOME}&fault=fields-oddly-written")
    assert read.status == 0, "what is tolerated keeps nobody from reading"


@pytest.mark.requirement("HAN-22")
@pytest.mark.parametrize(
    ("entry", "number", "value", "expected"),
    [
        ((8, CLOCK), 2, cosem.octets(bytes(11)), ("octet-string of 12", False)),
        ((8, CLOCK), 2, cosem.octets(bytes(12)), None),
        ((8, CLOCK), 3, cosem.double_long(0), ("long", True)),
        ((8, CLOCK), 3, cosem.octets(b"\0\0"), ("long", False)),
        ((1, MPAN), 2, cosem.octets(b"1200023305967"), None),
        ((1, MPAN), 2, cosem.octets(b" 1200023305967\0"), ("13 digits, or nothing yet", True)),
        ((1, MPAN), 2, cosem.octets(b"12000 23305967"), ("13 digits, or nothing yet", False)),
        ((1, MPAN), 1, cosem.octets(b"\0\0\x5e\x2c\x22\x0c"), ("octet-string of 6: 00 00 5e 2c 22 0b", False)),
    ],
)  # fmt: skip
def test_what_is_tolerated_and_what_is_refused_goes_by_rule(
    entry: tuple[int, str], number: int, value: Data, expected: tuple[str, bool] | None
) -> None:
    class_id, obis = entry
    view = ViewEntry(class_id, 0, Obis.parse(obis), (number,))
    name = interface_class(class_id).attribute(number).name
    found = list(field_problems(view, [AttributeValue(number, name, "", value)]))
    told = None if not found else (found[0].expected, found[0].tolerated)
    if expected is None:
        assert told is None
    else:
        assert told is not None
        assert told[1] is expected[1]
        assert told[0].startswith(expected[0])
        assert found[0].field == f"{class_id}/{obis}/{number}"


def test_every_mandatory_item_is_one_that_gbcs_names() -> None:
    from hht.work.dictionary import _file

    named = {item.key for item in dictionary("ESME")}
    asked = [key for keys in _file()["esme"]["mandatory"].values() for key in keys]
    assert set(asked) <= named
    assert len(asked) == len(set(asked))
