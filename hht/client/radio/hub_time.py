"""What time it is by the hub, and whether it may be trusted: asked on the HAN; devices set their clocks by it."""

from __future__ import annotations

import asyncio

from hht.client.radio.errors import not_joined
from hht.client.radio.joining import ENDPOINT, RADIUS, SEALED, HanMember
from hht.protocol.frames import FrameError
from hht.protocol.zigbee.clusters import TIME
from hht.protocol.zigbee.time import READ_RESPONSE, HubTime, read_time, time_read
from hht.protocol.zigbee.zcl import GLOBAL, ZclFrame
from hht.protocol.znp.af import DataRequestExt, IncomingMsgExt
from hht.protocol.znp.messages import Address, Command

_ATTEMPTS = 3  # asking changes nothing


async def read_hub_time(member: HanMember) -> HubTime | None:
    """The hub's time; None where it does not say it (three times). Raises HubError, DongleError, LinkError."""
    if member.joined is None:
        raise not_joined()
    timing = member.dongle.timing
    for _attempt in range(_ATTEMPTS):
        number = member.sequence()
        request = DataRequestExt(
            Address.near(0), ENDPOINT, 0, ENDPOINT, TIME, number, SEALED, RADIUS, read_time(number)
        )
        await member.dongle.host.do(request)
        found = await _heard(member, number, timing.confirm_s)
        if found is not None:
            return found
    return None


async def _heard(member: HanMember, number: int, within_s: float) -> HubTime | None:
    loop = asyncio.get_running_loop()
    until = loop.time() + within_s
    while True:
        message = await member.dongle.host.expect(_of_time, max(0.0, until - loop.time()))
        if not isinstance(message, IncomingMsgExt) or isinstance(message.data, int):
            return None
        try:
            frame = ZclFrame.decode(message.data)
            if (frame.type, frame.command, frame.sequence) == (GLOBAL, READ_RESPONSE, number):
                return time_read(frame)
        except FrameError:
            continue


def _of_time(one: Command) -> bool:
    return isinstance(one, IncomingMsgExt) and one.cluster == TIME
