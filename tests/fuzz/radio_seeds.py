"""Seeds for both ends of a radio dongle: a whole joining as it was said, and what goes through a tunnel."""

from __future__ import annotations

from collections.abc import Iterator

from hht.client.radio.tunnel import HanTunnel
from hht.protocol.zigbee.gas_meter import Get, GetResponse, Put
from hht.protocol.zigbee.handheld import ASK, LISTED, MESSAGE, Envelope, Introduction, OwnFraming
from hht.protocol.zigbee.tunnelling import CloseTunnel, RequestTunnel, RequestTunnelResponse, TransferData
from tests.fuzz.mutation import Messages
from tests.support.radio import CODE, ESME, GSME, bench
from tests.support.virtual_time import in_virtual_time


def _conversation() -> tuple[list[bytes], list[bytes]]:
    """What a terminal says, and what it hears, from the first ping to a message's answer."""

    async def play() -> tuple[list[bytes], list[bytes]]:
        async with bench() as made:
            await made.dongle.open()
            await made.dongle.energy()
            member = made.member()
            await member.join(made.gpf_id)
            async with HanTunnel(member) as tunnel:
                await tunnel.send(ESME, b"\xdd" * 300, reference=1)
            await member.leave()
            return list(made.wire.said), list(made.wire.heard)

    return in_virtual_time(play())


def requests() -> Iterator[Messages]:
    """To the dongle: the first message says how far it is already."""
    said, _heard = _conversation()
    for start in range(0, len(said), 8):
        yield (bytes((start & 1,)), *said[start : start + 12])


def answers() -> Iterator[Messages]:
    """From the dongle."""
    _said, heard = _conversation()
    yield tuple(heard)
    for start in range(0, len(heard), 6):
        yield tuple(heard[: start + 6])


def tunnels() -> Iterator[Messages]:
    """To a hub, frame by frame."""
    framing = OwnFraming()

    def put(device: str, kind: int, body: bytes, reference: int = 1) -> bytes:
        return TransferData(1, framing.wrap(Envelope(device, reference, kind, body))).frame(3).encode()

    request = RequestTunnel().frame(1).encode()
    yield request, put(ESME.value, MESSAGE, b"\xdd"), put(ESME.value, ASK, b"")
    yield request, put(GSME.value, MESSAGE, Put(b"\xdd").encode()), put(GSME.value, MESSAGE, Get().encode())
    yield request, CloseTunnel(1).frame(2).encode(), put(ESME.value, MESSAGE, b"\xdd")
    yield (
        framing.introduce(Introduction("00DB123456789901", CODE), 1),
        framing.welcome(LISTED, 1),
        GetResponse(1, b"\xdf").encode(),
        RequestTunnelResponse(1, 0, 1500).frame(1).encode(),
    )
