"""What a probe behind a BLE bridge sees, as the bytes come: as much as its bridge can tell."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from drivers.ble_radio import BridgeKind, bridge_kinds
from drivers.line_simulator import LineSettings, LineSimulator
from hht.client.association import Association
from hht.client.deadlines import Timing
from hht.client.meter_session import MeterSession
from hht.client.probe_sense import LONGER_S, ProbeSense, Sight
from hht.client.sign_on import SignOnFailed, identify
from hht.emulation.port_server import PortServer
from tests.client.test_plain_text import meter_of
from tests.client.test_probe_sense import LoopClock
from tests.support.sky import sky_over
from tests.support.virtual_time import virtual

PLAIN = bridge_kinds()[0]  # sets the speed itself, so that nobody here knows which it is
LINED = replace(PLAIN, name="with a line", line="6e400004-b5a3-f393-e0a9-e50e24dcca9e")


@pytest.mark.parametrize(
    ("kind", "sight", "settings"),
    [
        (LINED, Sight.SILENT, {"lifted": True}),
        (LINED, Sight.ECHO, {"lifted": True, "echo": True}),
        (LINED, Sight.LIGHT, {"lifted": True, "light": 25}),
        (LINED, Sight.TALKING, {"echo": True}),
        (PLAIN, Sight.SILENT, {"lifted": True}),
        (PLAIN, Sight.ECHO, {"lifted": True, "echo": True}),
        (PLAIN, Sight.GARBLED, {"lifted": True, "light": 25}),
        (PLAIN, Sight.TALKING, {}),
    ],
)
@virtual
async def test_what_the_probe_sees_behind_a_bridge(kind: BridgeKind, sight: Sight, settings: dict[str, Any]) -> None:
    sense, clock = ProbeSense(), LoopClock()
    settings = {"match_speeds": kind is LINED, **settings}
    line = LineSimulator(PortServer(meter_of("C")), LineSettings(**settings), rng=random.Random(13))
    async with sky_over("bumble", line, kind=kind) as sky:
        link = sky.link(clock, sense.feed, kinds=(kind,), echo="auto")
        await link.open()
        code = ""
        try:
            await identify(link, Timing())
        except SignOnFailed as error:
            code = error.code
        assert sense.sight(clock.monotonic() + LONGER_S) is (Sight.QUIET if sight is Sight.TALKING else sight)
        assert code == ("" if sight is Sight.TALKING else f"sign-on-{sight}")
        await link.close()


@virtual
async def test_a_bridge_that_refuses_a_speed_is_used_at_one_that_it_can_do() -> None:
    told: list[str] = []
    port = LineSimulator(PortServer(meter_of("E")), LineSettings(match_speeds=True))
    async with sky_over("bumble", port, kind=LINED) as sky:
        sky.bridge.habits.speeds = (300, 2400)
        session = MeterSession(
            lambda: sky.link(LoopClock(), kinds=(LINED,), echo="auto"),
            Association(),
            clock=LoopClock(),
            random_bytes=random.Random(1).randbytes,
            on_remark=lambda remark: told.append(remark.text),
        )
        await session.open()
        assert (await session.identify()).manufacturer
        await session.close()
        assert sky.bridge.speeds[-1] == 2400
        assert told[0] == "The adapter cannot do 9600 baud; trying 2400 baud."
