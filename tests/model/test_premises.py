"""Premises files: those that come along, and what a wrong one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from hht.alerts import alert_meaning
from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.electricity_meter import LocalAccess
from hht.model.plan_file import PremisesError
from hht.model.premises import available_premises, bring_to_life, load_premises, read_premises
from hht.model.premises_plan import parse_premises

GOOD = """\
title = "Somewhere"

[[device]]
id = "esme-1"
kind = "electricity-meter"
device_id = "00-DB-12-34-56-78-90-A0"
maker = "HHT"
manufacturer = "HHT Training"
model = "TRAINER-1E"
firmware = "0002012F"
local_access = "installer"

[device.clock]
adrift_s = 5
"""


@pytest.mark.parametrize("name", available_premises())
def test_those_that_come_along_live(name: str, clock: ManualClock) -> None:
    premises = load_premises(name, clock=clock, days=2)
    meter = premises.device()
    assert premises.plan.title
    assert premises.plan.description
    assert len(meter.identity.logical_device_name) == 16
    if "SMETS2" in f"{meter.identity.model} {premises.plan.title}".upper():
        assert meter.local_access is not LocalAccess.INSTALLER


def test_the_demonstration_meter() -> None:
    device = read_premises("single-element").devices[0]
    assert device.name == "esme-1"
    assert device.identity.device_id == "00-DB-12-34-56-78-90-A0"
    assert device.local_access is LocalAccess.INSTALLER
    assert (device.clock_adrift_s, device.import_mpan, device.offset_limit_s) == (37, "", 0)


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert read_premises(str(path)).devices[0].clock_adrift_s == 5


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('title = "Somewhere"', 'title = "Somewhere', 1, "no TOML"),
        ('title = "Somewhere"', "", 0, "title: it is missing"),
        ('title = "Somewhere"', "title = 7", 1, "text in quotes"),
        ('title = "Somewhere"', 'title = "x"\ncolour = "red"', 2, "no such field"),
        ('id = "esme-1"', 'id = "ESME 1"', 4, "esme-1"),
        ('kind = "electricity-meter"', 'kind = "kettle"', 5, "electricity-meter"),
        ("00-DB-12-34-56-78-90-A0", "00-DB-12-34-56-78-90", 6, "16 hex digits"),
        ("00-DB-12-34-56-78-90-A0", "FF-FF-FF-FF-FF-FF-FF-FF", 6, "16 hex digits"),
        ('maker = "HHT"', 'maker = "hht"', 7, "three capital letters"),
        ('manufacturer = "HHT Training"', "", 3, "manufacturer: it is missing"),
        ('firmware = "0002012F"', 'firmware = "2.1"', 10, "8 hex digits"),
        ('"installer"', '"everyone"', 11, "none, read, installer"),
        ("TRAINER-1E", "SMETS2-1E", 11, "never lets an installer write"),
        ("adrift_s = 5", 'adrift_s = "five"', 14, "device 1, clock.adrift_s: it must be a number"),
        ("adrift_s = 5", "adrift_s = nan", 14, "it must be a number"),
        ("adrift_s = 5", "adrift_s = true", 14, "it must be a number"),
        ("adrift_s = 5", 'status = "vague"', 14, "reliable, invalid, unreliable"),
        ("adrift_s = 5", "drift_s = 5", 14, "no such field"),
        ("[device.clock]", "[device.energy]\nimport_wh = 1.5\n[device.clock]", 14, "whole number"),
        ("[device.clock]", 'faults = ["explodes"]\n[device.clock]', 13, "refuses-writes"),
        ("[device.clock]", "randomised_offset_limit_s = 1800\n[device.clock]", 13, "0 to 1799"),
        ("[device.clock]", '[device.optical]\nprofiles = "short"\n[device.clock]', 14, "compact"),
        ("[device.clock]", "[device.optical]\nnotifies = 1\n[device.clock]", 14, "true or false"),
        ("[device.clock]", 'import_mpan = "123"\n[device.clock]', 13, "13 digits"),
        ("[[device]]", "[device]", 3, "[[device]]"),
        ('title = "Somewhere"', 'title = " "', 1, "a title"),
        ("[[device]]", "[mians]\nphases = 3\n[[device]]", 3, "mians: there is no such table here; known: centre"),
        ("[[device]]", "[[house.rooom]]\n[[device]]", 3, "house.rooom: there is no such table here"),
        ("[device.clock]", "[device.cluck.x]\n[device.clock]", 13, "cluck: there is no such table here"),
        ("[device.clock]", "[device.household]\nshares = [500]\n[device.clock]", 14, "its sum must be 1000"),
        ("[device.clock]", 'import_mpan = "1012345678904"\n[device.clock]', 13, "check digit is 3, you typed 4."),
        ("[device.clock]", 'export_mpan = "0112345678904"\n[device.clock]', 13, "no distributor 01"),
        ("[device.clock]", '[device.billing]\ntime = "24:00"\n[device.clock]', 14, "a time of day from 00:00 to 23:59"),
        ('title = "Somewhere"', 'title = "x"\nwan = { region = "mars" }', 2, "none of: north"),
        ('title = "Somewhere"', 'title = "x"\nhouse.shell = "tofu"', 2, "none of: plasterboard"),
        ("[device.clock]", 'han = { install_code = "x" }\n[device.clock]', 13, "han.install_code"),
        (
            "[[device]]",
            '[[radio.source]]\nname = "a"\nkind = "microwave-oven"\nat = { x = 1, y = 1 }\n'
            '[[radio.source]]\nname = "b"\nkind = "microwave-oven"\nat = { room = "attic" }\n[[device]]',
            10,
            "no room",
        ),
    ],
)
def test_a_wrong_file_is_told_where(old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD
    with pytest.raises(PremisesError) as wrong:
        parse_premises(GOOD.replace(old, new), name="mine", file="mine.toml")
    assert words in wrong.value.message
    assert wrong.value.message.startswith("mine.toml")
    assert wrong.value.details["line"] == line
    assert wrong.value.remedy


def test_two_devices_of_one_name() -> None:
    second = GOOD[GOOD.index("[[device]]") :]
    with pytest.raises(PremisesError, match="two devices are called"):
        parse_premises(GOOD + second, name="mine", file="mine.toml")


@pytest.mark.parametrize("name", ["nowhere", "../single-element", "", "nowhere.toml"])
def test_an_unknown_premises_names_those_known(name: str) -> None:
    with pytest.raises(PremisesError) as unknown:
        read_premises(name)
    assert unknown.value.code == "premises-unknown"
    assert "single-element" in unknown.value.remedy


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PremisesError, match="cannot be read"):
        read_premises(str(path))


def test_no_such_device_and_no_such_history(clock: ManualClock) -> None:
    premises = load_premises("single-element", clock=clock, days=1)
    with pytest.raises(PremisesError) as unknown:
        premises.device("esme-9")
    assert "esme-1" in unknown.value.remedy
    for days in (0, -1, 100_000):
        with pytest.raises(PremisesError):
            load_premises("single-element", clock=clock, days=days)


@pytest.mark.parametrize("code", list(AlertCode))
def test_every_code_that_the_model_writes_has_a_meaning(code: AlertCode) -> None:
    assert alert_meaning(code) != "unknown code"


def test_every_known_alert_code_has_a_meaning(vectors: object) -> None:
    assert callable(vectors)
    tables = vectors("gbcs-tables.json")
    for code in (*tables["alert_codes"], *tables["alert_codes_extra"]):
        assert alert_meaning(int(code, 16)) != "unknown code", code
    assert alert_meaning(0x0001) == "unknown code"


@pytest.mark.parametrize(("option", "bands"), [(1, {"2400"}), (2, {"868"}), (3, {"868", "2400"})])
def test_devices_that_name_no_band_have_those_of_the_files_option(
    option: int, bands: set[str], clock: ManualClock
) -> None:
    text = GOOD.replace("[[device]]", f"[radio]\noption = {option}\nperfect = false\n\n[[device]]")
    text += '\n[device.han]\ninstall_code = "00112233445566778899AABBCCDD0001"\n'
    named = text + 'bands = ["169"]\n'
    for written, expected in ((text, bands), (named, {"169"})):
        home = bring_to_life(parse_premises(written, name="m", file="m.toml"), clock=clock, days=1)
        node = home.device().node
        assert node is not None
        assert node.bands == expected
        assert home.medium.bands["esme-1"] == expected  # type: ignore[attr-defined]


def test_a_house_is_heard_through_its_walls_unless_the_file_says_a_bench() -> None:
    house = '[house]\nshell = "stone"\n\n[[device]]'
    assert not parse_premises(GOOD.replace("[[device]]", house), name="m", file="m.toml").radio.perfect
    bench = f"[radio]\nperfect = true\n{house}"
    assert parse_premises(GOOD.replace("[[device]]", bench), name="m", file="m.toml").radio.perfect
    assert parse_premises(GOOD, name="m", file="m.toml").radio.perfect
