"""Links to an emulated home whose time goes on only while the terminal waits: from one happening to the next at once.

So nothing depends on how quick the machine is: a hub's hour lasts as long as what is done in it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from drivers.in_process import InProcessLink
from hht.link import LinkTimeout
from hht.model.premises import Premises
from hht.protocol.frames import ProtocolError
from hht.protocol.zigbee.gas_meter import Get
from hht.protocol.zigbee.handheld import OwnFraming
from hht.protocol.zigbee.tunnelling import TransferData, tunnel_command
from hht.protocol.zigbee.zcl import ZclFrame
from hht.protocol.znp import Frame, ZnpReader, command_of
from hht.protocol.znp.af import DataRequestExt

ASKED_AGAIN_S = 60.0  # of the home's time between two times at which a sleeper's answer is asked for
TURNS = 4  # of the loop, until what is on its way has arrived


class StandsStill:
    """`still`: the home's time stands, and nothing comes. `after`: from when these octets are sent on."""

    def __init__(self) -> None:
        self.still = False
        self.after: bytes | None = None


class HurriedLink(InProcessLink):
    """See the module."""

    def __init__(self, port: Any, premises: Callable[[], Premises], when: StandsStill, **fields: Any) -> None:
        super().__init__(port, **fields)
        self._premises, self._when = premises, when

    async def read(self, timeout: float) -> bytes:
        while self._when.still:  # noqa: ASYNC110 the window's thread lets it go on
            await asyncio.sleep(0.005)
        site = self._premises().site
        end_ms = site.agenda.now_ms + round(timeout * 1000)
        while True:
            for _turn in range(TURNS):
                await asyncio.sleep(0)
            with contextlib.suppress(LinkTimeout):
                return await super().read(0)
            due_ms = site.agenda.next_ms
            if site.agenda.now_ms >= end_ms:
                raise LinkTimeout("Nothing came.", remedy="Try again.")
            until_ms = end_ms if due_ms is None else min(end_ms, max(due_ms, site.agenda.now_ms + 1))
            site.clock.jump(max(0.0, until_ms / 1000 - site.clock.now().timestamp()) + 0.001)
            site.catch_up()

    async def write(self, data: bytes) -> None:
        await super().write(data)
        if self._when.after is not None and self._when.after in data:
            self._when.still, self._when.after = True, None
        if _asks_a_sleeper(data):
            self._premises().site.clock.jump(ASKED_AGAIN_S)


def _asks_a_sleeper(data: bytes) -> bool:
    for item in ZnpReader().feed(data):
        with contextlib.suppress(ProtocolError, ValueError):
            said = command_of(item) if isinstance(item, Frame) else None
            if isinstance(said, DataRequestExt) and isinstance(said.data, bytes):
                carried = tunnel_command(ZclFrame.decode(said.data))
                if isinstance(carried, TransferData):
                    return OwnFraming().unwrap(carried.data).body == Get().encode()
    return False
