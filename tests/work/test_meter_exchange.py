"""Walkthrough 7: two smart meters are exchanged while their hub stays; readings, records, and a terminal that dies."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from hht.model.communications_hub import CommunicationsHub
from hht.resources import resource_text
from hht.work.view import Outcome, StepState
from tests.support.virtual_time import in_virtual_time
from tests.work.gone_home import WAY_HOME, gone
from tests.work.killing import Reaper, every, some
from tests.work.new_home import Home, facts, home, wakes_the_gas_meter
from tests.work.test_installation_killed import Case, Played, judged, play, visited

HOME = "emulated:meter-exchange?days=1"
OLD, OLD_GAS = "00-DB-12-34-56-79-0C-B0", "00-DB-12-34-56-79-0C-B1"


def sample() -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(resource_text("jobs", "meter-exchange.json"))
    return plain


GAS = {"type": "gas-meter", "device_id": "00-DB-12-34-56-79-0C-A1", "mprn": "3938424403"}
DEVICES = [*sample()["devices"], GAS]
OLD_METERS = [*sample()["old_meters"], {"fuel": "gas", "serial": "G2 3412880", "device_id": OLD_GAS}]
MORE = {"walkthrough": "meter-exchange", "old_meters": OLD_METERS}
READ = {"old__electricity_reading": "08214", "opening__reading_reading": "00000"}
READINGS = ("8214.306", "8214306", "08214")
CASE = Case("exchange", HOME, DEVICES, Outcome.COMPLETE, READ, MORE)


def status(at: Home, device: str) -> str:
    return str(at.premises.centre.inventory.asset(device).status.value)


def listed(at: Home) -> set[str]:
    return set(at.premises.of(CommunicationsHub)[0].network.members)


@pytest.mark.requirement("CH-21")
def test_both_meters_are_exchanged_and_the_old_records_closed(tmp_path: Path) -> None:
    async def story() -> None:
        async with home(tmp_path, HOME, DEVICES, **MORE) as at:
            before = listed(at)
            visit = at.visit(**READ)
            presses = asyncio.create_task(wakes_the_gas_meter(at))
            assert await visit.run() is Outcome.COMPLETE
            presses.cancel()
            assert (status(at, OLD), status(at, OLD_GAS)) == ("Decommissioned", "Decommissioned")
            assert listed(at) >= before - {OLD, OLD_GAS}, "no other device is lost"
            assert not listed(at) & {OLD, OLD_GAS}
            assert facts(visit, "closing-reading")["Display and register"].startswith("agree: 821")
            assert facts(visit, "opening-reading")["Display and register"].startswith("agree: 0")
            assert facts(visit, "old-esme-closed")["Status in the inventory"] == "Decommissioned"
            asked = [one.ask.service for one in at.asks()]
            assert "8.14.1" not in asked, "the hub stays: nobody is told that it was installed"
            record = visit.record
            assert record.answers["dispose-electricity/fate"] == "returned"

    in_virtual_time(story())


def test_what_differs_is_told_and_what_stays_is_not_decommissioned(tmp_path: Path) -> None:
    async def story() -> None:
        async with home(tmp_path, HOME, DEVICES, **MORE) as at:
            leaves = {"gas-warning": "gas-refused", "ask-decommission-old-esme": "ask-later"}
            visit = at.visit(leaves=leaves, **READ | {"old__electricity_reading": "00000"})
            assert await visit.run() is Outcome.INSTALL_AND_LEAVE
            told = facts(visit, "closing-reading")["Display and register"]
            assert told == "the display says 0 kWh, the register 8214.306 kWh"
            assert visit.record.answers["old-electricity/reading"] == "00000", "nothing is mended"
            assert told in facts(visit, "hand-over").values()
            assert (status(at, OLD), status(at, OLD_GAS)) == ("Commissioned", "Commissioned")
            assert OLD_GAS in listed(at)
            never = ("old-esme-closed", "ask-remove-old-gsme", "ask-decommission-old-gsme", "dispose-gas")
            assert {visit.view.step(step).state for step in never} == {StepState.LEFT}
            assert not [one for one in at.asks() if str(one.ask.device) == OLD_GAS]

    in_virtual_time(story())


def test_an_exchange_is_not_complete_while_display_and_register_differ(tmp_path: Path) -> None:
    async def story() -> None:
        async with home(tmp_path, HOME, DEVICES, **MORE) as at:
            visit = at.visit(**READ | {"old__electricity_reading": "99999"})
            presses = asyncio.create_task(wakes_the_gas_meter(at))
            assert await visit.run() is Outcome.INSTALL_AND_LEAVE
            presses.cancel()
            assert "the display says 99999 kWh, the register 8214.306 kWh" in facts(visit, "hand-over").values()
            assert status(at, OLD) == "Decommissioned", "the rest of the work is done all the same"

    in_virtual_time(story())


async def _killed(folder: Path, whole: Played, reaper: Reaper, on_way_home: int) -> None:
    """It goes on as if nothing had been; and goes home, killed once more, and no reading is left."""
    async with visited(folder, CASE, reaper) as (at, killed):
        judged(CASE, whole, killed, reaper.name)
        told = json.dumps(dict(killed.record.data["closing-reading"]))
        assert "8214.306" in told, "there is a reading to be erased"
        gone(at.terminal, killed.record.view.visit_id, folder, on_way_home, clear=READINGS)


def test_killed_at_an_instant_it_goes_on_and_no_reading_is_left_behind(tmp_path: Path) -> None:
    whole = play(tmp_path / "whole", CASE)
    assert whole.instants > 300
    for number, reaper in enumerate(some(whole.instants, whole.turns, "exchange", 1)):
        in_virtual_time(_killed(tmp_path / reaper.name, whole, reaper, 1 + number))


@pytest.mark.soak
def test_killed_at_every_instant_it_goes_on_and_no_reading_is_left_behind(tmp_path: Path) -> None:
    whole = play(tmp_path / "whole", CASE)
    for number, reaper in enumerate(every(whole.instants, whole.turns)):
        in_virtual_time(_killed(tmp_path / reaper.name, whole, reaper, 1 + number % WAY_HOME))
