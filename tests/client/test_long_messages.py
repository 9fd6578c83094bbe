"""GBCS messages that do not fit through a tunnel at once: blocks both ways, and what may happen to them."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from hht.client.radio.errors import HubError, MessageError, OutcomeUnknown
from hht.client.radio.long_messages import rest_of_answer, send_in_blocks
from hht.client.radio.tunnel import HanTunnel
from hht.model.device import Device
from hht.model.electricity_meter import ElectricityMeter
from hht.protocol.cosem.access import AccessGet, AccessRequest
from hht.protocol.cosem.descriptors import CosemAttribute, SelectiveAccess
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import NULL, array, double_long_unsigned, structure
from hht.protocol.gbcs.block_flow import BlocksIn, BlocksOut, acknowledgement
from hht.protocol.gbcs.blocks import LONGEST_WHOLE, is_block, parse_block, split
from hht.protocol.gbcs.building import Header, contents, unsigned, with_mac
from hht.protocol.gbcs.envelope import Cra, parse
from hht.protocol.gbcs.errors import MalformedMessage
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import encode_payload
from hht.protocol.zigbee.handheld import MESSAGE, Envelope, OwnFraming
from tests.emulation.gbcs_home import Home
from tests.emulation.test_gbcs_credentials import certificates, replacement, statuses
from tests.support.radio import ESME, GSME, Bench, is_frame, joined, play


def message(size: int, counter: int = 77, cra: Cra = Cra.COMMAND) -> bytes:
    header = Header(cra, counter, bytes(range(8)), bytes(range(8, 16)), 0x19)
    return with_mac(unsigned(contents(header, b"\xd9" + Random(size).randbytes(size))), bytes(32))


LONG, LONGER = message(2500), message(5000, cra=Cra.RESPONSE)


# --- the flow by itself


@pytest.mark.parametrize("seed", range(20))
def test_lost_repeated_and_belated_blocks_do_no_harm(seed: int) -> None:
    chance = Random(seed)
    out, into = BlocksOut(LONG, 300), BlocksIn()
    said, earlier = out.first, [out.first]
    for _turn in range(400):
        came = chance.choice([said, said, said, chance.choice(earlier), b""])  # b"": it is lost
        if not came:
            continue
        whole, told = into.take(came)
        if whole is not None:
            assert whole.raw == LONG
            return
        if chance.random() < 0.3:
            continue  # what was said to it is lost
        following = out.after(told)
        assert following is not None
        said = following
        earlier.append(said)
    raise AssertionError("it never got there")


def test_a_block_that_comes_too_early_is_asked_for_in_its_order() -> None:
    pieces, into = split(LONG, size=300, streaming=False), BlocksIn()
    for early in (pieces[1], pieces[4]):
        whole, told = into.take(early)
        assert (whole, parse_block(told).block.acknowledged) == (None, 0)
    into.take(pieces[0])
    assert parse_block(into.take(pieces[3])[1]).block.acknowledged == 1


def test_blocks_that_lie_are_refused() -> None:
    pieces, other = split(LONG, size=300), split(message(2500, 78), size=300)
    changed = bytearray(pieces[0])
    changed[-1] ^= 1
    for wrong in (
        [pieces[0], bytes(changed)],  # the first block says something else now
        [pieces[0], other[1]],
        [pieces[0], other[3]],
        [pieces[0][:-1]],  # cut
        [pieces[0][:33] + b"\x7f" + pieces[0][34:]],  # a length that is another
        [acknowledgement(parse_block(pieces[0]), 1)],
        [b""],
    ):
        into = BlocksIn()
        with pytest.raises(MalformedMessage):
            deque(map(into.take, wrong))


@pytest.mark.parametrize("again", [0, 1])
def test_a_hub_that_says_the_same_block_again_and_again_is_not_listened_to_for_ever(again: int) -> None:
    pieces, asked = split(LONG, size=300, streaming=False), 0

    async def exchange(_octets: bytes, _until: float) -> bytes:
        nonlocal asked
        asked += 1
        assert asked < 1000
        return pieces[min(asked, again)]

    with pytest.raises(MalformedMessage, match="again and again"):
        asyncio.run(rest_of_answer(pieces[0], exchange, 1))


def test_a_hub_that_wants_the_same_blocks_in_turns_does_not_get_them_for_ever() -> None:
    first = parse_block(split(LONG, size=300, streaming=False)[0])
    asked = 0

    async def exchange(_octets: bytes, _until: float) -> bytes:
        nonlocal asked
        asked += 1
        assert asked < 1000
        return acknowledgement(first, asked % 2)

    with pytest.raises(MessageError) as never:
        asyncio.run(send_in_blocks(LONG, 300, exchange, wait_s=1, reply_s=1))
    assert never.value.code == "message-not-whole"


def test_what_acknowledges_another_message_is_refused() -> None:
    out, other = BlocksOut(LONG, 300), parse_block(split(message(2500, 78), size=300)[0])
    mine = parse_block(out.first)
    for wrong in (acknowledgement(other, 1), acknowledgement(mine, 99), out.first, b"\xdd\x09"):
        with pytest.raises(MalformedMessage):
            out.after(wrong)
    assert out.after(acknowledgement(mine, len(out))) is None
    assert out.after(acknowledgement(mine, 0)) == out.first


# --- through the tunnel


class Heard:
    """A device that keeps what it is told, and has a long answer."""

    def __init__(self, answer: bytes = LONGER) -> None:
        self.told: list[bytes] = []
        self.answer = answer

    def __call__(self, _device: Device, octets: bytes) -> bytes:
        self.told.append(octets)
        return self.answer


class Watching(OwnFraming):
    """The hub's framing, which sees what the terminal says, and may change it."""

    def __init__(self, change: Any = None) -> None:
        self.blocks: list[Envelope] = []
        self.change = change

    def unwrap(self, data: bytes) -> Envelope:
        found = super().unwrap(data)
        if found.kind == MESSAGE and is_block(found.body.removeprefix(b"\x03")):
            self.blocks.append(found)
            if self.change is not None:
                return self.change(len(self.blocks), found)  # type: ignore[no-any-return]
        return found


def test_a_long_message_and_its_long_answer_go_in_blocks() -> None:
    device, watching = Heard(), Watching()

    async def story(made: Bench) -> None:
        made.port.dongle.framing = watching
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            assert (await tunnel.send(ESME, LONG, reference=1)).octets == LONGER
            assert (await tunnel.settle(ESME, 1)).octets == LONGER
            assert (await tunnel.send(ESME, LONG, reference=1)).octets == LONGER  # relayed once
            short = message(LONGEST_WHOLE - 200)
            before = len(watching.blocks)
            device.answer = short
            assert (await tunnel.send(ESME, short, reference=2)).octets == short
            assert len(watching.blocks) == before
        assert device.told == [LONG, short]

    play(story, read=device)


def test_a_sleeping_gas_meter_gets_blocks_behind_its_prefix_and_answers_in_them() -> None:
    device, watching = Heard(), Watching()

    async def story(made: Bench) -> None:
        made.port.dongle.framing = watching
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            answer = await tunnel.send(GSME, LONG, reference=1, sleeps=True, within_s=2400)
            assert answer.octets == LONGER
            assert (await tunnel.collect(GSME, 1)).octets == LONGER
        assert device.told == [LONG]
        assert {one.body[:1] for one in watching.blocks} == {b"\x03"}

    play(story, read=device)


def test_what_is_said_to_a_block_may_be_lost() -> None:
    device, lost = Heard(), []

    def up(octets: bytes) -> bytes:
        if is_frame(octets, (0x44, 0x82)) and len(lost) < 2:
            lost.append(octets)
            return b""
        return octets

    async def story(made: Bench) -> None:
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            made.wire.up = up
            assert (await tunnel.send(ESME, LONG, reference=1)).octets == LONGER
        assert device.told == [LONG]
        assert len(lost) == 2

    play(story, read=device)


def test_a_block_that_never_gets_there_leaves_nobody_with_the_message() -> None:
    device = Heard()

    async def story(made: Bench) -> None:
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            made.wire.up = lambda octets: b"" if is_frame(octets, (0x44, 0x82)) else octets
            with pytest.raises(MessageError) as why:
                await tunnel.send(ESME, LONG, reference=1)
            assert (why.value.code, type(why.value)) == ("message-not-whole", MessageError)
            made.wire.up = lambda octets: octets
            with pytest.raises(MessageError) as never:
                await tunnel.settle(ESME, 1)
            assert never.value.code == "message-not-known"
            assert (await tunnel.send(ESME, LONG, reference=1)).octets == LONGER
        assert device.told == [LONG]

    play(story, read=device)


def test_an_answer_whose_last_words_are_lost_is_not_sent_for_again() -> None:
    device, heard = Heard(), []

    def up(octets: bytes) -> bytes:
        if is_frame(octets, (0x44, 0x82)):
            heard.append(octets)
            if len(heard) > 3:  # two acknowledgements, and the first block of the answer came
                return b""
        return octets

    async def story(made: Bench) -> None:
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            made.wire.up = up
            with pytest.raises(OutcomeUnknown):
                await tunnel.send(ESME, LONG, reference=1)
            made.wire.up = lambda octets: octets
            assert (await tunnel.settle(ESME, 1)).octets == LONGER
        assert device.told == [LONG]

    play(story, read=device)


@pytest.mark.parametrize(
    "change",
    [
        lambda number, one: replace(one, body=one.body[:-5]) if number == 2 else one,  # cut
        lambda number, one: replace(one, body=one.body[:33] + b"\x01" + one.body[34:]) if number == 2 else one,
        lambda number, one: replace(one, body=b"\xdd\x09" + bytes(60)) if number == 1 else one,
    ],
)
def test_a_block_that_is_spoilt_on_its_way_makes_no_message(change: Any) -> None:
    device = Heard()

    async def story(made: Bench) -> None:
        made.port.dongle.framing = Watching(change)
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            with pytest.raises((MessageError, HubError)):
                await tunnel.send(ESME, LONG, reference=1)
        assert device.told == []

    play(story, read=device)


def test_octets_that_are_no_gbcs_message_have_no_blocks() -> None:
    async def story(made: Bench) -> None:
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            with pytest.raises(MessageError) as why:
                await tunnel.send(ESME, bytes(3000), reference=1)
            assert why.value.code == "message-too-long"

    play(story)


def test_keys_are_replaced_and_a_full_log_is_read_in_blocks_by_the_devices_themselves() -> None:
    """Real commands, real answers: five certificates go out, a hundred entries come back."""

    async def story(made: Bench) -> None:
        meter = made.premises.of(ElectricityMeter)[0]
        home = Home.__new__(Home)
        home.counter = 1000
        for number in range(100):
            meter.event_log.add(made.premises.site.now(), 0x8F12, f"entry {number}")
        renewed = [*certificates(Role.SUPPLIER), *certificates(Role.NETWORK_OPERATOR)]
        command = home.command(meter, 0x0108, replacement(home, 0x0108, renewed), role=Role.RECOVERY)
        assert len(command.raw) > LONGEST_WHOLE
        span = double_long_unsigned(0), double_long_unsigned(0xFFFF_FFF0)
        everything = structure(structure(), *span, array(()))
        item = AccessGet(CosemAttribute(7, Obis.parse("0-0:99.98.0"), 2), SelectiveAccess(1, everything))
        asked = encode_payload(AccessRequest(0, (item,), (NULL,)))
        log = home.command(meter, 0x0048, asked, role=Role.NETWORK_OPERATOR)
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            told = parse((await tunnel.send(ESME, log.raw, reference=1)).octets)
            assert len(told.raw) > tunnel.longest_message
            assert told.payload.count(b"entry") == 100
            done = parse((await tunnel.send(ESME, command.raw, reference=2)).octets)
        assert statuses(done) == [0] * len(renewed)

    play(story, read=None)
