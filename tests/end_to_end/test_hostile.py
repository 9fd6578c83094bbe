"""A damaged line under the whole stack: the right value or a sentence; a write happens once or not at all.

The meter is in this process, so that what it holds can be compared with what the terminal was told.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from hht.client.association import Association
from hht.client.deadlines import Timing
from hht.client.meter_session import MeterSession
from hht.clock import ManualClock
from hht.emulation.port_server import PortServer
from hht.errors import HhtError
from hht.link_url import parse_link_url
from hht.model.electricity_meter import ElectricityMeter, Item
from hht.model.premises import load_premises
from tests.support.faulty_wire import BOTH, Direction, FaultyWire
from ui.compose import AssociationOptions, Composer

QUICK = Timing(listen_s=0.2, reaction_s=0.05, gap_s=0.05, confirmation_s=0.02, response_s=0.04, slack_s=0.01)
MPAN = "1200023305967"


def association(clock: ManualClock, *, ciphered: bool) -> Association:
    options = AssociationOptions(security="gmac" if ciphered else "low", training=True)
    return Composer(clock, training=True).association(parse_link_url("tcp://127.0.0.1:1"), options)


async def compare(session: MeterSession, meter: ElectricityMeter) -> None:
    """Whatever the terminal is told is what the meter holds."""
    registers = {register.obis: register.value for register in await session.read_registers()}
    imported_wh, exported_wh = meter.registers()
    assert registers["1-0:1.8.0"] == Decimal(imported_wh).scaleb(-3)
    assert registers["1-0:2.8.0"] == Decimal(exported_wh).scaleb(-3)
    assert registers["1-0:32.7.0"] == Decimal(meter.voltage_dv()).scaleb(-1)
    assert registers["1-0:1.7.0"] == meter.power_w()
    held = meter.profile.entries(meter.profile.first, meter.profile.end)
    times = [datetime.fromtimestamp(entry.time_s, UTC) for entry in held]
    assert [row.time for row in await session.read_profile()] == times


async def converse(seed: int) -> str:
    """One conversation over a line that damages what it carries; how it ended: "ok" or an error's code."""
    rng = random.Random(seed)
    clock = ManualClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
    meter = load_premises("single-element", clock=clock, days=1).device()
    rate = rng.choice([0.00005, 0.0002, 0.001])  # per byte and kind of fault
    directions: frozenset[Direction] = rng.choice([BOTH, frozenset(("to_device",)), frozenset(("to_terminal",))])
    wire = FaultyWire(PortServer(meter), seed=seed, drop=rate, duplicate=rate, corrupt=rate, directions=directions)
    session = MeterSession(
        lambda: wire.link(clock=clock),
        association(clock, ciphered=bool(seed % 2)),
        clock=clock,
        random_bytes=secrets.token_bytes,
        timing=QUICK,
    )
    before = meter.writes.count(Item.IMPORT_MPAN)
    told = "nothing"
    try:
        async with asyncio.timeout(60):
            await session.open()
            identity = await session.identify()
            assert identity.device_id == "00-DB-12-34-56-78-90-A0"
            result = await session.set_import_mpan(MPAN)
            told = "written"
            assert result.after == MPAN
            await compare(session, meter)
        ending = "ok"
    except HhtError as error:
        ending = error.code if error.message and error.remedy else "no sentence"
    finally:
        await session.close()
    assert ending != "no sentence"
    served = meter.writes.count(Item.IMPORT_MPAN) - before
    assert served <= 1, "written twice"
    if told == "written":
        assert served == 1
    return ending


@pytest.mark.sampled(one_in=3)
@pytest.mark.parametrize("seed", range(60))
async def test_a_damaged_line(seed: int) -> None:
    await converse(seed)


async def test_most_conversations_get_through() -> None:
    endings = [await converse(seed) for seed in range(1000, 1012)]
    assert endings.count("ok") >= 6, endings


@pytest.mark.soak
@pytest.mark.timeout(7200)
async def test_two_thousand_damaged_lines() -> None:
    endings = [await converse(seed) for seed in range(10_000, 12_000)]
    assert endings.count("ok") > 1000
