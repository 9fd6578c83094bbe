"""Every fault of the list, on every transport that can have it: a typed error or recovery, in bounded time, visible in
the trace, with no task, thread or descriptor left (the fixtures of the folder above count them)."""

from __future__ import annotations

import asyncio
import importlib
import re
from pathlib import Path

import pytest

from drivers import ble_bridge
from hht.link import LinkError, LinkLost, LinkTimeout, LinkUnavailable
from tests.conftest import ROOT
from tests.drivers.conftest import RealClock
from tests.drivers.matrix.scenarios import SCENARIOS, Trial
from tests.drivers.matrix.stands import TRANSPORTS
from tests.drivers.matrix.table import FAULTS, HERE, TABLE, tried_here

BOUND_S = 90.0  # for what takes a second, on a machine that does other things too


@pytest.mark.sampled(one_in=2)
@pytest.mark.usefixtures("no_tasks")
@pytest.mark.parametrize(("row", "transport"), [(row, way) for row in SCENARIOS for way in tried_here(row)])
async def test_fault(row: int, transport: str, clock: RealClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ble_bridge, "_needs_care", set())
    async with asyncio.timeout(BOUND_S):
        await SCENARIOS[row](Trial(transport, clock, monkeypatch))


def test_the_table_is_complete() -> None:
    assert set(FAULTS) == set(range(1, 23))
    assert set(TABLE) == {(row, way) for row in FAULTS for way in TRANSPORTS}
    assert {row for row in FAULTS if tried_here(row)} == set(SCENARIOS)
    for row in FAULTS:
        tried = [way for way in TRANSPORTS if TABLE[row, way] == HERE or "::" in TABLE[row, way]]
        assert tried, f"nobody tries row {row}"


def test_tests_that_the_table_names_are_there() -> None:
    for place in {cell for cell in TABLE.values() if "::" in cell}:
        path, _colons, name = place.partition("::")
        module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
        assert callable(getattr(module, name)), place


def test_one_family_of_errors() -> None:
    assert {error.__mro__[1] for error in (LinkUnavailable, LinkLost, LinkTimeout)} == {LinkError}


def test_what_a_link_can_is_asked_of_its_capabilities_and_not_of_its_class() -> None:
    named = re.compile(r"isinstance\([^)]*\b(\w*Link)\b")
    for folder in ("hht", "ui", "drivers"):
        for path in sorted(Path(ROOT, folder).rglob("*.py")):
            for found in named.finditer(path.read_text(encoding="utf-8")):
                assert found[1] == "Uplink" or found[1] == "Downlink", f"{path.name}: {found[0]}"
