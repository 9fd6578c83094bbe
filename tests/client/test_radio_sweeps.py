"""One frame at a time is lost, spoilt, cut or doubled, in a whole visit to a HAN: it ends well, or in words that leave
nothing half-done; and whatever it was, the next attempt succeeds and each message was relayed once at most."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Final

import pytest

from hht.client.radio.errors import DongleError, HubError, MessageError, OutcomeUnknown
from hht.client.radio.tunnel import HanTunnel
from hht.identifiers import DeviceId
from hht.model.device import Device
from tests.support.radio import ESME, GSME, Bench, bench
from tests.support.virtual_time import in_virtual_time

Damage = Callable[[bytes], bytes]
DAMAGES: Final[dict[str, Damage]] = {
    "lost": lambda _octets: b"",
    "spoilt": lambda octets: octets[:-1] + bytes((octets[-1] ^ 0x55,)),
    "cut": lambda octets: octets[: len(octets) // 2],
    "doubled": lambda octets: octets * 2,
    "noise": lambda octets: b"\x00\xfe\x03" + octets + b"\xfe",
}
FRAMES: Final = 46  # of a visit, each way; a later number harms nothing
_SAMPLE: Final = 9
LONG_ENOUGH_S: Final = 2700
ALLOWED: Final = (DongleError, HubError, MessageError)


def spoil(number: int, damage: Damage) -> Damage:
    """Damages the frame with that number."""
    frames = count()
    return lambda octets: damage(octets) if next(frames) == number else octets


def messages(reference: int, *, gas: bool) -> list[tuple[DeviceId, bytes]]:
    """What a visit says, to whom."""
    said = [(ESME, b"first %d" % reference), (ESME, bytes((reference,)) * 700)]
    return [*said, (GSME, b"gas %d" % reference)] if gas else said


async def visit(made: Bench, reference: int, *, gas: bool) -> None:
    """Come onto the HAN, ask two meters, leave. `reference`: of the first message; a hub never relays one twice."""
    await made.dongle.open()
    member = made.member()
    await member.join(made.gpf_id)
    async with HanTunnel(member) as tunnel:
        for number, (device, octets) in enumerate(messages(reference, gas=gas)):
            sleeps = device is GSME
            await tunnel.send(device, octets, reference=reference + number, sleeps=sleeps, within_s=2400)
    await member.leave()


@pytest.mark.parametrize("way", ["up", "down"])
@pytest.mark.parametrize("kind", sorted(DAMAGES))
def test_a_sample_of_the_frames(way: str, kind: str) -> None:
    first = sorted(DAMAGES).index(kind)
    outcomes = [in_virtual_time(one(way, number, kind, gas=False)) for number in range(first, FRAMES, _SAMPLE)]
    assert "well" in outcomes  # damage at the end of it harms nothing


@pytest.mark.soak
@pytest.mark.parametrize("way", ["up", "down"])
@pytest.mark.parametrize("kind", sorted(DAMAGES))
def test_every_frame_in_turn(way: str, kind: str) -> None:
    outcomes = [in_virtual_time(one(way, number, kind, gas=True)) for number in range(FRAMES)]
    assert "well" in outcomes


async def one(way: str, number: int, kind: str, *, gas: bool) -> str:
    """One visit with one frame damaged; then one without. How the first ended."""
    told: list[bytes] = []

    def read(_device: Device, octets: bytes) -> bytes:
        told.append(octets)
        return b"heard " + octets

    async with bench(read=read) as made:
        setattr(made.wire, way, spoil(number, DAMAGES[kind]))
        outcome = await attempt(made, gas=gas)
        assert outcome != "no-remedy", (way, number)
        assert len(told) == len(set(told)), (way, number, "relayed twice")
        if outcome == OutcomeUnknown.default_code:
            assert told, (way, number)
        setattr(made.wire, way, lambda octets: octets)
        await made.dongle.close()
        if made.hub.handheld.left_s < LONG_ENOUGH_S:  # waiting has taken the hub's hour
            made.hub.power.remove()
            made.hub.power.fit()
        await visit(made, 11, gas=gas)
        for _device, octets in messages(11, gas=gas):
            assert told.count(octets) == 1, (way, number)
        assert not made.listed, (way, number)
        return outcome


async def attempt(made: Bench, *, gas: bool) -> str:
    try:
        await asyncio.wait_for(visit(made, 1, gas=gas), 3600)
    except ALLOWED as error:
        return error.code if error.remedy else "no-remedy"
    return "well"
