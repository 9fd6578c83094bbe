"""Messages through a tunnel to devices that listen, that sleep, that are not there; and hubs that say odd things."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from hht.client.radio.dongle import Dongle
from hht.client.radio.errors import HubError, MessageError, OutcomeUnknown
from hht.client.radio.joining import HanMember
from hht.client.radio.tunnel import Answer, HanTunnel
from hht.emulation.radio.hub_end import MOST_TUNNELS
from hht.identifiers import DeviceId
from hht.model.device import Device
from hht.model.refusal import DeviceRefusal, Reason
from hht.protocol.zigbee.handheld import MESSAGE, Envelope, OwnFraming
from hht.protocol.zigbee.tunnelling import TransferDataBack
from hht.protocol.znp.af import DataRequestExt, DataRetrieve
from hht.protocol.znp.messages import answer_to
from hht.protocol.znp.sys import Ping
from tests.support.radio import (
    CODE,
    ESME,
    GSME,
    Bench,
    is_frame,
    joined,
    play,
)
from tests.support.virtual_time import VirtualTimeLoop


def test_messages_go_to_a_device_and_its_answer_comes_back() -> None:
    async def story(made: Bench) -> None:
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            first = await tunnel.send(ESME, b"\xdd" * 90, reference=1)
            assert (first.octets, first.device) == (b"heard " + b"\xdd" * 90, ESME)
            long = await tunnel.send(ESME, bytes(range(200)) * 7, reference=2)  # in pieces, both ways
            assert long.octets == b"heard " + bytes(range(200)) * 7
            with pytest.raises(MessageError) as why:
                await tunnel.send(ESME, bytes(tunnel.longest_message + 1), reference=3)
            assert why.value.code == "message-too-long"
            hub = await tunnel.send(DeviceId.parse(made.hub.identity.device_id), b"log", reference=4)
            assert hub.octets == b"heard log"

    play(story)


def test_a_gas_meter_that_sleeps_answers_when_it_wakes() -> None:
    async def story(made: Bench) -> None:
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            with pytest.raises(OutcomeUnknown):
                await tunnel.send(GSME, b"first", reference=1, sleeps=True, within_s=1)
            answer = await tunnel.send(GSME, b"second", reference=2, sleeps=True, within_s=2400)
            assert (answer.octets, answer.waiting) == (b"heard second", 1)
            assert (await tunnel.collect(GSME, 1)).octets == b"heard first"

    play(story)


def test_of_messages_that_go_at_once_each_has_its_own_time_to_be_answered() -> None:
    async def story(made: Bench) -> None:
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            loop = asyncio.get_running_loop()
            deaf_until = loop.time() + made.dongle.timing.message_s / 2
            made.wire.up = lambda octets: b"" if loop.time() < deaf_until and is_frame(octets, (0x44, 0x82)) else octets
            asks = (tunnel.send(ESME, b"%d" % number, reference=number) for number in (1, 2))
            lost, heard = await asyncio.gather(*asks, return_exceptions=True)
            assert isinstance(lost, OutcomeUnknown)
            assert isinstance(heard, Answer), "it left when all its time had gone to the one before"
            assert heard.octets == b"heard 2"

    play(story)


def test_a_message_is_relayed_once_and_its_outcome_can_be_asked_for() -> None:
    told: list[bytes] = []

    def read(_device: Device, octets: bytes) -> bytes:
        told.append(octets)
        return b"done"

    async def story(made: Bench) -> None:
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            made.wire.up = lambda octets: b"" if is_frame(octets, (0x44, 0x82)) else octets  # the answer is lost
            with pytest.raises(OutcomeUnknown) as unknown:
                await tunnel.send(ESME, b"once", reference=9)
            assert unknown.value.details["reference"] == 9
            made.wire.up = lambda octets: octets
            assert (await tunnel.settle(ESME, 9)).octets == b"done"
            assert (await tunnel.send(ESME, b"once", reference=9)).octets == b"done"  # said again, relayed once
            with pytest.raises(MessageError) as never:
                await tunnel.settle(ESME, 10)
            assert never.value.code == "message-not-known"
        assert told == [b"once"]

    play(story, read=read)


@pytest.mark.parametrize(
    ("device", "code"),
    [(DeviceId("00DB1234567890FF"), "message-not-on-han"), (ESME, "message-undelivered")],
)
def test_devices_that_are_not_reached(device: DeviceId, code: str) -> None:
    def read(_device: Device, _octets: bytes) -> bytes:
        raise DeviceRefusal(Reason.OTHER, "no", remedy="none")

    async def story(made: Bench) -> None:
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            with pytest.raises(MessageError) as why:
                await tunnel.send(device, b"hello", reference=1)
            assert why.value.code == code
            assert ("60 minutes" in why.value.remedy) is (code == "message-not-on-han")

    play(story, read=read)


def test_a_hub_that_answers_for_another_device() -> None:
    class Lying(OwnFraming):
        def wrap(self, envelope: Envelope) -> bytes:
            return super().wrap(replace(envelope, device=GSME.value))

    async def story(made: Bench) -> None:
        made.port.dongle.framing = Lying()
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            with pytest.raises(OutcomeUnknown) as why:
                await tunnel.send(ESME, b"who?", reference=1)
            assert why.value.code == "message-other-device"
            assert str(GSME) in why.value.message

    play(story)


def test_what_the_hub_says_and_nobody_can_read() -> None:
    class Babbling(OwnFraming):
        def wrap(self, envelope: Envelope) -> bytes:
            return b"?"

    async def story(made: Bench) -> None:
        made.port.dongle.framing = Babbling()
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            with pytest.raises(OutcomeUnknown) as why:
                await tunnel.send(ESME, b"who?", reference=1)
            assert why.value.code == "message-answer-unreadable"

    play(story)


def test_an_answer_that_is_longer_than_the_tunnel() -> None:
    async def story(made: Bench) -> None:
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            with pytest.raises(MessageError) as why:
                await tunnel.send(ESME, b"all", reference=1)
            assert why.value.code == "message-answer-too-long"

    play(story, read=lambda _device, _octets: bytes(1500))


@pytest.mark.parametrize("ends", ["hour", "power"])
def test_when_the_hour_or_the_power_is_over_the_terminal_knows(ends: str) -> None:
    async def story(made: Bench) -> None:
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            if ends == "power":
                made.hub.power.remove()
            else:
                made.premises.site.clock.jump(3600)
            with pytest.raises(HubError) as lost:
                await tunnel.send(GSME, b"late", reference=1, sleeps=True, within_s=3600)
            assert lost.value.code == "han-lost"
            with pytest.raises(HubError) as again:
                await tunnel.send(ESME, b"later", reference=2)
            assert again.value.code == "han-not-joined"
        assert not made.listed

    play(story)


def test_every_request_of_the_dongle_has_its_answer() -> None:
    assert answer_to(Ping).title == "SYS.Ping answer"
    with pytest.raises(RuntimeError):
        _ = Dongle(lambda: pytest.fail("not dialled")).facts


def test_a_tunnel_that_the_hub_does_not_open() -> None:
    async def story(made: Bench) -> None:
        member = await joined(made)
        tunnels = [HanTunnel(member) for _number in range(MOST_TUNNELS)]
        for tunnel in tunnels:
            await tunnel.open()
        with pytest.raises(MessageError) as why:
            await HanTunnel(member).open()
        assert why.value.code == "tunnel-refused"
        assert "no more tunnels" in why.value.message
        await tunnels[0].close()
        async with HanTunnel(member) as again:
            assert (await again.send(ESME, b"hello", reference=1)).octets == b"heard hello"

    play(story)


def test_a_hub_that_says_nothing_to_a_tunnel() -> None:
    async def story(made: Bench) -> None:
        member = await joined(made)
        made.wire.up = lambda octets: b"" if is_frame(octets, (0x44, 0x82)) else octets
        with pytest.raises(MessageError) as why:
            await HanTunnel(member).open()
        assert why.value.code == "tunnel-refused"
        made.wire.up = lambda octets: b"" if is_frame(octets, (0x44, 0x80)) else octets
        with pytest.raises(MessageError) as unconfirmed:
            await HanTunnel(member).open()
        assert unconfirmed.value.code == "message-unconfirmed"

    play(story)


def test_a_tunnel_that_the_hub_has_closed() -> None:
    async def story(made: Bench) -> None:
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            made.port.dongle.hub_end(made.hub).left()  # it has forgotten the tunnel
            with pytest.raises(MessageError) as closed:
                await tunnel.send(ESME, b"hello", reference=1)
            assert closed.value.code == "tunnel-closed"
            with pytest.raises(HubError):
                await tunnel.send(ESME, b"hello", reference=2)  # it has to be opened first

    play(story)


def test_a_hub_that_does_not_understand_the_terminal() -> None:
    class Other(OwnFraming):
        def wrap(self, envelope: Envelope) -> bytes:
            return b"?"

    async def story(made: Bench) -> None:
        await made.dongle.open()
        member = HanMember(made.dongle, CODE, framing=Other())
        await member.join(made.gpf_id)
        async with HanTunnel(member) as tunnel:
            with pytest.raises(MessageError) as why:
                await tunnel.send(ESME, b"hello", reference=1)
            assert why.value.code == "tunnel-not-understood"

    play(story)


def test_what_waits_at_the_hub_is_asked_for_by_its_device_and_number() -> None:
    async def story(made: Bench) -> None:
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            with pytest.raises(MessageError) as never:
                await tunnel.collect(GSME, 77)
            assert never.value.code == "message-not-known"
            with pytest.raises(OutcomeUnknown):
                await tunnel.send(GSME, b"later", reference=5, sleeps=True, within_s=0)
            with pytest.raises(OutcomeUnknown):
                await tunnel.settle(GSME, 5)  # it waits
            assert (await tunnel.collect(GSME, 5, within_s=2400)).octets == b"heard later"
            assert (await tunnel.settle(GSME, 5)).octets == b"heard later"

    play(story)


def test_a_device_that_nothing_reaches() -> None:
    async def story(made: Bench) -> None:
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            node = made.hub.network.members[str(ESME)]
            node.power(False)
            with pytest.raises(MessageError) as why:
                await tunnel.send(ESME, b"hello", reference=1)
            assert why.value.code == "message-undelivered"
            made.hub.network.jammed = True
            with pytest.raises(OutcomeUnknown):  # nor the hub
                await tunnel.send(ESME, b"hello", reference=2)

    play(story)


def test_a_tunnel_is_closed_also_where_the_dongle_is_gone() -> None:
    async def story(made: Bench) -> None:
        member = await joined(made)
        tunnel = HanTunnel(member)
        await tunnel.open()
        made.links[0].drop()
        await tunnel.close()  # nobody is there to be told
        with pytest.raises(HubError):
            await tunnel.send(ESME, b"hello", reference=1)

    play(story)


def test_a_hub_that_does_not_stop_talking_of_other_things_holds_nobody() -> None:
    """Long messages have to be fetched from the dongle, and while they are the next ones come: no wait ever ran out."""
    about_another = Envelope(ESME.value, 999, MESSAGE, bytes(300))

    class Elsewhere(OwnFraming):
        def wrap(self, envelope: Envelope) -> bytes:
            return super().wrap(replace(envelope, reference=999))

    async def story(made: Bench) -> None:
        loop, said = asyncio.get_running_loop(), 0
        assert isinstance(loop, VirtualTimeLoop)
        made.port.dongle.framing = Elsewhere()
        member = await joined(made)

        def babble(octets: bytes) -> bytes:
            """Half a second for each request of the dongle; at the first piece of a message the next one comes."""
            nonlocal said
            if is_frame(octets, (DataRetrieve.cmd0, DataRetrieve.cmd1), (DataRequestExt.cmd0, DataRequestExt.cmd1)):
                loop.sleep_through(0.5)
                if said < 100 and (octets[3] == DataRequestExt.cmd1 or (octets[8:10] == b"\0\0" and octets[10])):
                    said += 1
                    command = TransferDataBack(tunnel._number or 0, OwnFraming().wrap(about_another))
                    made.port.dongle.messaging.from_hub(command.frame(said % 256).encode())
            return octets

        async with HanTunnel(member) as tunnel:
            made.wire.down = babble
            began = loop.time()
            with pytest.raises(OutcomeUnknown) as unknown:
                await tunnel.send(ESME, b"quick", reference=1, within_s=5)
            assert unknown.value.code == "message-outcome-unknown"
            assert loop.time() - began < 5 + 5, "and the message that was being fetched then"
            began = loop.time()
            assert await tunnel.next_alert(5) is None
            assert loop.time() - began < 5 + 5
            assert said < 100
            made.wire.down = lambda octets: octets

    play(story)
