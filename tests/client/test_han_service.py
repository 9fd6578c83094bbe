"""The HAN service of window and command line: one thing at a time over a dongle, also while somebody looks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from hht.identifiers import DeviceId
from hht.protocol.znp.zdo import LeaveInd
from tests.support.radio import Bench, LoopClock, is_frame, play
from ui.han import HanBusy, HanService, HanState

LEFT = (LeaveInd.cmd0, LeaveInd.cmd1)


@pytest.fixture(autouse=True)
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Virtual time knows none."""

    async def here(function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        return function(*given, **named)

    monkeypatch.setattr(asyncio, "to_thread", here)


def test_who_leaves_while_the_terminal_looks_is_heard() -> None:
    """Both would read the dongle's octets: one had the other's answer, and the dongle seemed silent."""

    async def story(made: Bench) -> None:
        clock = LoopClock()
        han = HanService(lambda _link: made.dongle, lambda _link: clock, training=True)
        await han.join("dongle:test", str(made.gpf_id), lambda _state: None)
        looks = asyncio.create_task(han.look())
        await asyncio.sleep(0)
        state: HanState = await han.leave()
        assert state.joined is None
        assert not made.listed
        assert (await looks).doing == ""

    play(story)


def test_a_look_that_finds_the_han_gone_leaves_nothing_to_leave() -> None:
    async def story(made: Bench) -> None:
        clock = LoopClock()
        han = HanService(lambda _link: made.dongle, lambda _link: clock, training=True)
        await han.join("dongle:test", str(made.gpf_id), lambda _state: None)
        looks = asyncio.create_task(han.look())
        await asyncio.sleep(0)
        await made.dongle.close()  # its plug is pulled
        left = asyncio.create_task(han.leave())
        found = await asyncio.gather(looks, left, return_exceptions=True)
        assert getattr(found[0], "code", "").startswith("link")
        assert isinstance(found[1], HanState)
        assert found[1].joined is None

    play(story)


def test_a_hub_that_is_not_heard_to_let_the_terminal_go_holds_up_nothing_that_follows() -> None:
    """It takes the terminal off when its hour is over; the dongle is free all the same."""

    async def story(made: Bench) -> None:
        clock = LoopClock()
        han = HanService(lambda _link: made.dongle, lambda _link: clock, training=True)
        await han.join("dongle:test", str(made.gpf_id), lambda _state: None)
        made.wire.up = lambda octets: b"" if is_frame(octets, LEFT) else octets
        await han.free()
        assert han.state.joined is None
        await han.free()
        made.wire.up = lambda octets: octets
        state = await han.join("dongle:test", str(made.gpf_id), lambda _state: None)
        assert state.joined is not None
        async with han.on_han("dongle:test", str(made.gpf_id), lambda _state: None):
            with pytest.raises(HanBusy):
                await han.free()
        await han.leave()

    play(story)


def test_a_hub_that_replaced_another_is_looked_for_in_the_network_that_is_kept() -> None:
    async def story(made: Bench) -> None:
        clock, old, asked = LoopClock(), DeviceId("00DB1234567890B3"), list[DeviceId]()

        def kept(gpf: DeviceId) -> DeviceId | None:
            asked.append(gpf)
            return old

        made.hub.network.pan_id = str(old)
        han = HanService(lambda _link: made.dongle, lambda _link: clock, training=True, network_of=kept)
        state = await han.join("dongle:test", str(made.gpf_id), lambda _state: None)
        assert state.joined is not None
        assert (state.joined.gpf_id, asked) == (made.gpf_id, [made.gpf_id])
        await han.leave()

    play(story)
