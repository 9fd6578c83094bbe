"""``hht logs --together``: entries of meter and hub put together by cause, filtered, none lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hht.alerts import alert_meaning, is_known
from hht.client.api import LogEntry
from hht.work.log_causes import Logged, _rules, happenings, worth_a_look
from tests.cli.conftest import METER, Run

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def at(minutes: float, code: int, device: str = "") -> Logged:
    entry = LogEntry(NOON + timedelta(minutes=minutes), code, "event", alert_meaning(code))
    return Logged(device, entry)


@pytest.mark.requirement("IDT-03")
def test_one_outage_told_by_meter_and_hub_is_one_happening_and_another_day_is_another() -> None:
    logged = [
        at(0, 0x8F57, "hub"), at(1, 0x81A5), at(30, 0x8F36, "meter"), at(31, 0x8F35, "hub"),
        at(40, 0x8F76, "meter"), at(55, 0x81C1, "meter"), at(2000, 0x8F57, "hub"),
    ]  # fmt: skip
    found = happenings(logged)
    told = [(one.cause, one.devices, one.codes) for one in found]
    assert told == [
        ("supply", ("hub",), ("8F57",)),
        ("opened", ("meter",), ("8F76", "81C1")),
        ("supply", ("hub", "meter"), ("8F57", "8F36", "8F35")),
        ("port", ("",), ("81A5",)),
    ]
    assert sum(len(one.entries) for one in found) == len(logged), "none is lost"
    assert [one.cause for one in worth_a_look(found)] == ["supply", "opened", "supply"]
    assert [one.cause for one in worth_a_look(found, "port")] == ["port"], "asked for by name it is shown"


@pytest.mark.requirement("IDT-03")
def test_a_storm_of_one_event_is_one_line_and_what_no_rule_knows_stands_for_itself() -> None:
    storm = [at(n, 0x8002 if n % 2 else 0x8085) for n in range(200)]
    found = happenings([*storm, at(5, 0x1234), at(6, 0x1234)])
    voltage = next(one for one in found if one.cause == "voltage")
    assert voltage.codes == ("8085 × 100", "8002 × 100")
    assert [one.title for one in found if one.cause == "1234"] == ["unknown code", "unknown code"]
    assert len(found) == 3


@pytest.mark.requirement("IDT-03")
def test_a_meters_logs_and_the_hubs_are_read_as_happenings(run: Run, tmp_path: Path) -> None:
    hub = tmp_path / "hub.csv"
    plain = run("logs", METER).of("event")
    cover = next(one for one in plain if one["code"] == "8F76")
    rows = ["time,log,code,meaning,information", f"{cover['time']},event,81A3,hub taken off,"]
    hub.write_text("\n".join(rows))
    done = run("logs", METER, "--together", "--with", str(hub))
    (opened,) = [one for one in done.of("happening") if one["cause"] == "opened"]
    assert opened["devices"] == ["", "hub"] or opened["devices"] == ["hub", ""]
    assert {"8F76", "81A3"} <= set(opened["codes"])
    assert not any(one["routine"] for one in done.of("happening"))
    assert done.last["entries"] >= len(plain) + 1
    assert done.last["left"] > 0
    every = run("logs", METER, "--together", "--with", str(hub), "--routine")
    assert sum(one["entries"] for one in every.of("happening")) == every.last["entries"]
    assert {one["cause"] for one in run("logs", METER, "--together", "--cause", "firmware").of("happening")} == {
        "firmware"
    }


def test_what_goes_not_together_is_told(run: Run, tmp_path: Path) -> None:
    assert run("logs", METER, "--cause", "supply").status == 2
    assert "One of: supply" in run("logs", METER, "--together", "--cause", "rain").last["remedy"]
    file = tmp_path / "no.csv"
    file.write_text("a,b\n1,2\n")
    assert run("logs", METER, "--together", "--with", str(file)).last["code"] == "log-file-unreadable"


def test_each_code_of_a_rule_is_known_and_in_one_cause_alone() -> None:
    by_code, _by_cause = _rules()
    import tomllib

    from hht.resources import resource_text

    table = tomllib.loads(resource_text("catalogue", "log_causes.toml"))["cause"]
    codes = [code for one in table.values() for code in one["codes"]]
    assert len(codes) == len(set(codes)) == len(by_code)
    assert [code for code in codes if not is_known(int(code, 16))] == []
