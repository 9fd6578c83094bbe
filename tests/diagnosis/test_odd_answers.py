"""What a desk answers that is of no form, and homes that lack what a look asks about: a look tells nothing, and why."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from hht.clock import ManualClock
from hht.desk.asks import REFERENCE_OCTETS, Ask, make_reference
from hht.desk.course import AskReport, AskState
from hht.desk.kinds import AskKind
from hht.diagnosis.evidence import Observation
from hht.diagnosis.knowledge import Reading, knowledge
from hht.identifiers import DeviceId
from hht.protocol.gbcs.device_types import DuisDeviceType
from hht.work.device_logs import Heard, rows_of
from hht.work.looks import desk
from hht.work.looks.looking import Looking, Tally
from hht.work.looks.ways import Home, Ways
from tests.work.flow_model import START

KNOWN = knowledge()
IDS = {kind: f"00-1D-24-12-FF-FE-00-0{number}" for number, kind in enumerate(("esme", "chf", "gsme", "ihd", "gpf"), 1)}
ROW = {"device_id": IDS["esme"], "kind": "esme", "joined": True, "rssi_dbm": [-70, -65, -60], "lqi": [90, 95, 99],
       "last_ms": int(START.timestamp() * 1000) - 60_000, "heard": 40, "failed": 1}  # fmt: skip


class Says:
    """Tells one value, and agrees to everything. `offered`: what it could choose from; `asked`: what it was asked."""

    def __init__(self, value: str | None = None) -> None:
        self.value = value
        self.offered: list[str] = []
        self.asked: list[str] = []

    async def tell(self, reading: Reading) -> str | None:
        self.offered += reading.values
        return self.value

    async def do(self, deed: str) -> bool:
        self.asked.append(deed)
        return True


class Wakes(Says):
    """Is asked to wake the gas meter, and does or does not; `over` once they were asked."""

    def __init__(self, *, wakes: bool) -> None:
        super().__init__()
        self.wakes, self.over = wakes, asyncio.Event()

    async def do(self, deed: str) -> bool:
        self.over.set()
        return self.wakes


@pytest.mark.parametrize(("wakes", "told"), [(True, {"wan.gsme": "no-response"}), (False, {})])
async def test_a_gas_meter_that_nobody_woke_and_that_did_not_answer_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, wakes: bool, told: dict[str, str]
) -> None:
    monkeypatch.setattr(desk, "PRESS_EVERY_S", 0.0)
    person = Wakes(wakes=wakes)

    async def ask(kind: AskKind, device: DeviceId, type_: DuisDeviceType, details: Mapping[str, str]) -> AskReport:
        await person.over.wait()
        asked = Ask(make_reference(bytes(REFERENCE_OCTETS)), "J-1", kind, device, type_, details, "look")
        return AskReport(asked, AskState.NO_RESPONSE, {"asked": START}, code="N13")

    home = Home({kind: DeviceId.parse(IDS[kind]) for kind in IDS})
    looking = Looking(Ways(home, person, ManualClock(START), ask=ask), KNOWN, Tally())
    found = await looking.look(KNOWN.looks["gas-round-trip"])
    assert {one.reading: one.value for one in found} == told


async def looked(
    name: str, answer: str, *devices: str, person: Says | None = None, mprn: str = ""
) -> tuple[dict[str, str], str]:
    """What the look told, and the code of what was wrong."""

    async def ask(kind: AskKind, device: DeviceId, type_: DuisDeviceType, details: Mapping[str, str]) -> AskReport:
        asked = Ask(make_reference(bytes(REFERENCE_OCTETS)), "J-1", kind, device, type_, details, "look")
        return AskReport(asked, AskState.DONE, {"asked": START, "result": START}, code="I0", answer=answer)

    home = Home({kind: DeviceId.parse(IDS[kind]) for kind in devices or IDS}, mprn=mprn)
    looking = Looking(Ways(home, person or Says(), ManualClock(START), ask=ask), KNOWN, Tally())
    found: tuple[Observation, ...] = tuple(await looking.look(KNOWN.looks[name]))
    trouble = looking.trouble.get(name)
    return {one.reading: one.value for one in found}, trouble.code if trouble else ""


@pytest.mark.parametrize("look", ["device-log", "partners", "hub-logs", "inventory", "gas-logs"])
@pytest.mark.parametrize(
    "answer",
    [
        "no json", "[" * 100_000, "7", "null", '{"a":1}', '[["001D2412FFFE0001","esme",1]]', "[7]", '[{"time":"now"}]',
        '[{"time":"2026-03-02T09:00:00","code":1}]', '[{"device_id":7}]', '[{"device_id":"00","joined":true}]',
        '{"status":7}', '{"status":"Commissioned","same_mpxn":[7]}', '{"status":"Commissioned","same_mpxn":7}',
    ],
)  # fmt: skip
async def test_an_answer_of_no_form_tells_nothing_and_is_said(look: str, answer: str) -> None:
    assert await looked(look, answer) == ({}, "desk-answer")


@pytest.mark.parametrize(
    "wrong",
    [
        {"last_ms": "soon"},
        {"last_ms": 10**30},
        {"rssi_dbm": None},
        {"rssi_dbm": ["-70"]},
        {"heard": None},
        {"failed": True},
    ],
)
async def test_figures_of_a_device_log_that_are_none_are_not_taken(wrong: dict[str, Any]) -> None:
    assert rows_of(json.dumps([ROW | wrong])) is None
    assert await looked("device-log", json.dumps([ROW | wrong])) == ({}, "desk-answer")


async def test_a_device_log_without_figures_does_not_say_who_is_heard() -> None:
    bare = {name: ROW[name] for name in ("device_id", "kind", "joined")}
    assert await looked("device-log", json.dumps([bare])) == ({}, "desk-answer")


@pytest.mark.parametrize("written", [IDS["esme"], IDS["esme"].replace("-", ""), IDS["esme"].lower()])
async def test_a_device_is_itself_however_its_id_is_written(written: str) -> None:
    text = json.dumps([ROW | {"device_id": written}])
    assert rows_of(text)[0].heard == Heard(START - timedelta(minutes=1), -70, 40, 1)  # type: ignore[index]
    found, trouble = await looked("device-log", text)
    assert (found["row.esme"], found["row.gsme"], trouble) == ("heard", "absent", "")
    display = IDS["ihd"].replace("-", "")
    assert (await looked("partners", json.dumps([[display, "ihd"]])))[0] == {"partner.ihd": "yes"}
    assert (await looked("partners", json.dumps([[written, "esme"]])))[0] == {"partner.ihd": "no"}


@pytest.mark.parametrize("dbm", [-45, -75])
async def test_how_well_a_device_was_heard_that_is_silent_since_is_no_test_that_it_passed(dbm: int) -> None:
    row = ROW | {"rssi_dbm": [dbm, dbm, dbm], "heard": 2, "failed": 0}
    found, _none = await looked("device-log", json.dumps([row]))
    assert (found["row.esme"], found["signal.esme"]) == ("heard", "good" if dbm > -70 else "marginal")
    long_ago = row | {"last_ms": ROW["last_ms"] - 86_400_000}
    found, trouble = await looked("device-log", json.dumps([long_ago]))
    assert (found["row.esme"], trouble) == ("silent", "")
    assert "signal.esme" not in found
    failing = await looked("device-log", json.dumps([long_ago | {"failed": 12}]))
    assert failing[0]["signal.esme"] == "failing", "frames that failed are told all the same"


async def test_only_devices_of_the_home_are_offered_and_nothing_opens_the_hub_where_nothing_can() -> None:
    for told in KNOWN.readings["join.device"].values:
        person = Says(told)
        found, trouble = await looked("join-try", "[]", "esme", "chf", person=person)
        assert person.offered == ["none", "esme"]
        assert person.asked == [], "the desk is not to act for nothing"
        assert trouble == ""
        told_here = {"join.device": told} | ({"join.result": "none"} if told == "none" else {})
        assert found == (told_here if told in ("none", "esme") else {})


async def test_a_device_that_the_home_lacks_is_asked_nothing() -> None:
    assert await looked("partners", "[]", "chf") == ({}, "device-unknown")
