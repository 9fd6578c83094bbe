"""A hub's Time cluster: what it says of its clock on its HAN. Without a WAN it was never told the time."""

from __future__ import annotations

from hht.model.communications_hub import CommunicationsHub
from hht.model.site import to_datetime
from hht.protocol.frames import FrameError
from hht.protocol.zigbee.time import READ, answer_time
from hht.protocol.zigbee.zcl import GLOBAL, ZclFrame


def time_of(hub: CommunicationsHub, asked: bytes) -> bytes:
    """Its answer to a ZCL frame of that cluster; b"": it answers nothing."""
    try:
        frame = ZclFrame.decode(asked)
    except FrameError:
        return b""
    if (frame.type, frame.command) != (GLOBAL, READ) or frame.from_server:
        return b""
    time_ms = hub.network.time_ms()
    return answer_time(frame, None if time_ms is None else to_datetime(time_ms)).encode()
