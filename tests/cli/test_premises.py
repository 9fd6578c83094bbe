"""``hht premises``: the list, one looked at, a person's own file checked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hht.model.premises import available_premises
from hht.resources import resource_text
from tests.cli.conftest import Run

MINE = """\
title = "Mine"

[[device]]
id = "hub-1"
kind = "communications-hub"
device_id = "00-DB-12-34-56-78-AA-A2"
gpf_id = "00-DB-12-34-56-78-AA-A3"
manufacturer = "HHT Training"
model = "TRAINER-CH2"
firmware = "00030105"

[[device]]
id = "esme-1"
kind = "electricity-meter"
device_id = "00-DB-12-34-56-78-AA-A0"
maker = "HHT"
manufacturer = "HHT Training"
model = "TRAINER-1E"
firmware = "0002012F"
local_access = "installer"
variant = "AD"

[[device.switch]]
device = "hcalcs-1"

[device.household]
sun_of = "esme-1"

[[device]]
id = "hcalcs-1"
kind = "load-control-switch"
device_id = "00-DB-12-34-56-78-AA-A6"
manufacturer = "HHT Training"
model = "TRAINER-HCALCS"
firmware = "00010004"
meter = "esme-1"
"""


def test_the_list_has_a_line_for_each(run: Run) -> None:
    done = run("premises")
    assert done.status == 0
    rows = done.of("premises")
    assert [row["name"] for row in rows] == available_premises()
    assert len(rows) >= 17
    for row in rows:
        assert row["title"]
        assert row["description"]
        assert row["devices"]
        assert {"id", "kind", "device_id", "model"} <= set(row["devices"][0])
    assert len({row["title"] for row in rows}) == len(rows)


@pytest.mark.parametrize("name", available_premises())
def test_one_is_looked_at(run: Run, name: str) -> None:
    done = run("premises", name)
    assert done.status == 0
    shown = done.last
    assert (shown["type"], shown["name"]) == ("premises", name)
    ids = {device["id"] for device in shown["devices"]}
    hubs = {device["id"] for device in shown["devices"] if device["kind"] == "communications-hub"}
    joined = {device["id"] for device in shown["devices"] if device["state"] == "joined"}
    linked = {link["other"] for link in shown["links"] if link["one"] in hubs}
    assert joined <= linked
    assert {link["one"] for link in shown["links"]} <= ids
    assert shown["era"]


def test_a_look_is_readable(capsys: pytest.CaptureFixture[str]) -> None:
    from ui.cli.main import main

    assert main(["premises", "polyphase-farm"]) == 0
    text = capsys.readouterr().out
    assert "Mass roll-out" in text
    assert re.search(r"hub-1 – gsme-1: radio.*, (good|weak), -[0-9]+ dBm", text)
    assert "esme-1 – hcalcs-1: load control" in text
    assert "switch 3: Grain dryer" in text
    assert "prepayment" in text


def test_a_file_of_ones_own_is_checked(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINE, encoding="utf-8")
    done = run("premises", str(path), "--check")
    assert (done.status, done.last["ok"], done.last["devices"]) == (0, True, 3)
    assert run("premises", str(path)).last["title"] == "Mine"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('device = "hcalcs-1"', 'device = "hcalcs-9"', 24, "no load-control-switch of this file; there are: hcalcs-1"),
        ('sun_of = "esme-1"', 'sun_of = "hub-1"', 27, "no electricity-meter of this file; there are: esme-1"),
        ('meter = "esme-1"', 'meter = "esme-2"', 36, "no electricity-meter that stands before it"),
        ("AA-A6", "AA-A0", 32, "esme-1 has this Device ID already"),
        ("AA-A3", "AA-A2", 7, "hub-1 has this Device ID already"),
        ("AA-A0", "AA-A3", 15, "hub-1 has this Device ID already"),
        ("firmware =", "firmware =\nfirmware =", 10, "no TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    run: Run, tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in MINE
    path = tmp_path / "mine.toml"
    path.write_text(MINE.replace(old, new, 1), encoding="utf-8")
    for more in ((), ("--check",)):
        done = run("premises", str(path), *more)
        assert (done.status, done.last["type"], done.last["line"]) == (1, "error", line)
        assert words in done.last["message"]
        assert f"line {line}" in done.last["message"]


def test_nothing_to_check_is_wrong_usage(run: Run) -> None:
    assert run("premises", "--check").status == 2
    assert run("premises", "nowhere").last["code"] == "premises-unknown"


def test_the_sample_of_the_page_is_right(run: Run, tmp_path: Path) -> None:
    block = re.search(r"\n\n((?:    .*\n|\n)+)", resource_text("premises", "README.md"))
    assert block is not None
    path = tmp_path / "sample.toml"
    path.write_text(re.sub(r"(?m)^    ", "", block[1]), encoding="utf-8")
    assert run("premises", str(path), "--check").status == 0


def test_faults_are_listed_with_their_symptom(run: Run) -> None:
    every = run("premises", "--faults").of("fault")
    here = {row["name"]: row["devices"] for row in run("premises", "--faults", "dual-fuel").of("fault")}
    assert here["never-wakes"] == ["gsme-1"]
    assert set(here) < {row["name"] for row in every}
    assert all(row["symptom"] and row["remedy"] for row in every)


def test_a_look_tells_what_is_wrong(run: Run) -> None:
    (shown,) = run("premises", "refuses-writes").of("premises")
    assert "faults: refuses-writes" in shown["devices"][0]["special"]


def test_a_link_can_have_faults(run: Run) -> None:
    link = "emulated:single-element?days=2&fault=clock-adrift=-11520,-P1D;refuses-writes@esme-1"
    (clock,) = run("read", link, "clock").of("clock")
    assert -11_600 < clock["drift_s"] < -11_400
    refused = run("read", "emulated:single-element?days=1&fault=clock-late", "clock")
    assert refused.status == 1
    assert refused.of("error")[0]["code"] == "fault-unknown"


def test_all_that_is_wrong_is_told_at_once(run: Run, tmp_path: Path) -> None:
    text = MINE.replace('firmware = "00030105"', 'firmware = "3"').replace('maker = "HHT"\n', "")
    text = text.replace('title = "Mine"', 'title = "Mine"\n[radio]\noption = 4').replace(
        'meter = "esme-1"', "meter = 7"
    )
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    done = run("premises", str(path), "--check")
    assert done.status == 1
    problems = done.of("problem")
    assert [(line["line"], line["field"].rpartition(", ")[2]) for line in problems] == [
        (3, "radio.option"),
        (12, "firmware"),
        (14, "maker"),
        (37, "meter"),
    ]
    assert "4 things are wrong" in done.last["message"]
    assert done.last["remedy"]


def test_what_ways_not_taken_would_change_is_told_of_one_premises(run: Run) -> None:
    told = {way["row"]: way["changes"] for way in run("premises", "wired-port-hub", "--contrast").of("alternative")}
    assert "would lose prepayment, which M-Bus does not have: esme-1" in told["ALT-02"]
    assert run("premises", "--contrast").status == 2


def test_a_map_of_one_premises_has_its_links_and_the_systems_at_its_centre(run: Run) -> None:
    done = run("premises", "dual-fuel-connected", "--map")
    assert {"name": "handheld terminal", "secured": True} in [hop["one"] for hop in done.of("hop")]
    assert "communications service provider" in [one["name"] for one in done.of("system")]
    assert run("premises", "--map").status == 2


@pytest.mark.requirement("IDT-07", "IDT-09", "DCC-04")
def test_what_parties_ask_of_a_home_is_told_with_its_volume_its_payer_and_its_charges(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run("premises", "prepayment-home", "--usage", "--homes", "30000000")
    assert done.status == 0
    rows = {row["name"]: row for row in done.of("request")}
    assert done.last["octets"] == sum(row["down"] + row["up"] for row in rows.values())
    peak, file = rows["critical-peak"], rows["file"]
    assert peak["homes_octets"] == 30_000_000 * (peak["down"] + peak["up"])
    assert peak["kbit_s"] == pytest.approx(30_000_000 * peak["down"] / peak["answered"] * 8 / 900 / 1000)
    assert (file["sender"], file["payer"], file["charge"]) == ("OU", "third party", "file")
    charges = {(row["payer"], row["item"]): row for row in done.of("charge")}
    assert {"standard", "read", "top-up"} <= {item for _payer, item in charges}
    assert all(row["amount"] == row["count"] * row["pence"] and not row["verified"] for row in charges.values())
    from ui.cli.main import main

    assert main(["premises", "prepayment-home", "--usage"]) == 0
    text = capsys.readouterr().out
    assert "third party pays" in text
    assert "Counted: GBCS messages" in text
    assert run("premises", "--usage").status == 2
    assert run("premises", "prepayment-home", "--usage", "--homes", "0").status == 2
    assert run("premises", "prepayment-home", "--usage", "9").last["code"] == "usage"


@pytest.mark.requirement("SEC-23")
def test_a_street_is_switched_off_and_mended_and_a_population_is_told_of(run: Run) -> None:
    done = run("premises", "dual-fuel-connected", "--mass-disable", "6", "--homes", "30000000")
    assert done.status == 0
    drills = {row["name"]: row for row in done.of("drill")}
    assert (drills["no-limit"]["dark"], drills["limit"]["dark"], drills["suspended"]["dark"]) == (6, 1, 1)
    assert (drills["limit"]["held"], drills["suspended"]["denied"]) == (5, 6)
    assert (drills["broken"]["carried_out"], drills["broken"]["dark"]) == (6, 6)
    assert done.last["visit_weeks"] > 3
    assert run("premises", "single-element", "--mass-disable").last["code"] == "premises-street"
    assert run("premises", "dual-fuel", "--mass-disable", "0").last["code"] == "premises-street"


def test_what_each_control_is_worth_against_a_supplier_that_turns_is_told(run: Run) -> None:
    done = run("premises", "--rogue-supplier", "4")
    assert done.status == 0
    drills = {row["name"]: row for row in done.of("drill")}
    assert (drills["none"]["lost"], drills["none"]["broadcast"]) == (4, 4)
    assert (drills["all"]["lost"], drills["all"]["held"], drills["all"]["broadcast"]) == (1, 3, 0)
    assert (drills["without together"]["lost"], drills["without two_officers"]["lost"]) == (2, 4)
    assert (done.last["lost"], done.last["without"]) == (1, 4)
    assert run("premises", "--rogue-supplier", "0").last["code"] == "premises-street"


@pytest.mark.requirement("HAN-10")
def test_the_bandwidth_that_many_homes_need_is_told_for_each_band(run: Run) -> None:
    done = run("premises", "stone-cottage", "--airtime", "--homes", "300")
    assert done.status == 0
    assert {row["name"] for row in done.of("service")} == {"display", "history", "firmware"}
    bands = {row["band"]: row for row in done.of("band")}
    assert [band for band, row in bands.items() if not row["fits"]] == ["169"]
    assert bands["868"]["history_s"][0] < bands["868"]["history_s"][1], "slow, for the others on air"
    assert 100 < done.last["homes_in_2_mhz"]["2400"] < 1000
    assert run("premises", "single-element", "--airtime").last["code"] == "airtime"


@pytest.mark.requirement("EED-08")
def test_routes_to_ones_own_figures_are_listed(run: Run) -> None:
    told = {row["name"]: row for row in run("premises", "consumer-bridge", "--routes").of("route")}
    assert {name for name, row in told.items() if row["open"]} == {"mobile-phone", "internet"}
    assert {"local-pc", "display", "supplier"} < set(told)
    assert all(row["why"] for row in told.values() if not row["open"])


@pytest.mark.requirement("HHT-09")
def test_installing_with_and_without_a_terminal_is_compared(run: Run) -> None:
    done = run("premises", "new-dual-fuel", "--ways")
    assert done.status == 0
    ways = {row["name"]: row for row in done.of("way")}
    assert ways["wan"]["whole"]
    assert ways["terminal"]["whole"]
    assert [row["order"] for row in ways["wan"]["ends"]] == [row["order"] for row in ways["terminal"]["ends"]]
    assert done.last["seconds"]["wan"] > done.last["seconds"]["terminal"] > 0
    assert run("premises", "dual-fuel", "--ways").last["code"] == "installing"


@pytest.mark.requirement("HAN-20")
def test_a_complaint_is_answered_with_a_survey_on_either_side(run: Run, tmp_path: Path) -> None:
    text = resource_text("premises", "second-hub.toml")
    path = tmp_path / "stuck.toml"
    path.write_text(text, encoding="utf-8")
    done = run("premises", str(path), "--complaint")
    assert (done.status, done.last["resolved"], done.last["did"]) == (0, True, "")
    surveys = {row["when"]: row for row in done.of("survey")}
    assert {one["name"] for one in surveys["before"]["neighbours"]} == {"own Wi-Fi", "the neighbour's Wi-Fi"}
    assert len(surveys["behind"]["scan"]) == 16
    fault = '[[fault]]\nname = "hub-never-silent"\ndevice = "hub-1"\nbegins = "-PT2H"\n\n[[device]]'
    wi_fi = 'kind = "wi-fi"\nchannel = 1\non = [["00:10", "23:59"]]'  # the HAN is formed before it is on
    stuck_there = text.replace("[[device]]", fault, 1).replace('kind = "wi-fi"\nchannel = 1', wi_fi)
    path.write_text(stuck_there, encoding="utf-8")
    stuck = run("premises", str(path), "--complaint")
    assert (stuck.status, stuck.last["resolved"]) == (0, False)
    assert "exchange it" in stuck.last["left"]
    assert run("premises", "single-element", "--complaint").last["code"] == "airtime"


@pytest.mark.requirement("ARC-13")
def test_a_premises_tells_the_firmware_of_every_device_the_displays_too(run: Run) -> None:
    (told,) = run("premises", "dual-fuel-connected").of("premises")
    found = {one["kind"]: one["firmware"] for one in told["devices"]}
    assert found == {
        "communications-hub": "00030105",
        "electricity-meter": "00020131",
        "gas-meter": "00040007",
        "in-home-display": "00000021",
    }
