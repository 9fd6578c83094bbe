"""The terminal's end of a dongle, over real bytes to an emulated one, in virtual time: survey, joining, messages; and
noise, lost frames, a dongle that starts anew, and hubs that do not want the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from hht.client.radio.dongle import Dongle
from hht.client.radio.errors import DongleError, HubError, MessageError, OutcomeUnknown
from hht.client.radio.joining import HanMember, JoinStep
from hht.client.radio.survey import survey
from hht.client.radio.tunnel import HanTunnel
from hht.clock import ManualClock
from hht.errors import HhtError
from hht.identifiers import DeviceId
from hht.link import LinkLost, TraceEvent
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import Device
from hht.model.han.node import NodeState
from hht.model.refusal import DeviceRefusal, Reason
from hht.protocol.zigbee.handheld import Envelope, OwnFraming
from hht.protocol.znp import Frame, ZnpReader
from hht.protocol.znp.messages import answer_to
from hht.protocol.znp.sys import Item, OsalNvWrite, Ping, ResetReq
from hht.protocol.znp.zdo import JoinReq, MgmtNwkUpdateReq
from tests.support.radio import CODE, ESME, GSME, OTHER_CODE, START, Bench, LoopClock, bench
from tests.support.virtual_time import in_virtual_time

Story = Callable[[Bench], Coroutine[Any, Any, None]]


def play(story: Story, **settings: Any) -> None:
    """Run `story` at a bench, in virtual time."""

    async def whole() -> None:
        async with bench(**settings) as made:
            await asyncio.wait_for(story(made), 7200)

    in_virtual_time(whole())


async def joined(made: Bench) -> HanMember:
    await made.dongle.open()
    member = made.member()
    await member.join(made.gpf_id)
    return member


def is_frame(octets: bytes, *headers: tuple[int, int]) -> bool:
    return octets[:1] == b"\xfe" and (octets[2], octets[3]) in headers


# --- what the dongle is, and what it hears


@pytest.mark.parametrize(("firmware", "stack"), [("3.30", "3.x"), ("3.0", "3.x"), ("1.2", "1.2")])
def test_it_says_what_it_is(firmware: str, stack: str) -> None:
    async def story(made: Bench) -> None:
        facts = await made.dongle.open()
        assert facts.device_id == DeviceId("00DB123456789901")
        assert facts.stack == stack
        assert "20" in facts.firmware

    play(story, firmware=firmware)


def test_a_survey_shows_wi_fi_and_the_hub() -> None:
    async def story(made: Bench) -> None:
        await made.dongle.open()
        looks: list[int] = []
        found = await survey(made.dongle, ManualClock(START), looks=2, on_look=lambda done, _all: looks.append(done))
        assert looks == [1, 2]
        assert [one.channel for one in found.channels] == list(range(11, 27))
        assert all(len(one.energies) == 2 for one in found.channels)
        (network,) = found.networks
        assert network.gpf_id == made.hub.gpf.identity.device_id
        assert set(network.lqis) == {1, 2}
        assert found.times == [START, START]

    play(story)


def test_a_survey_over_time() -> None:
    async def story(made: Bench) -> None:
        await made.dongle.open()
        found = await survey(made.dongle, LoopClock(), looks=3, channels=(15,), every_s=600)
        assert [round((time - found.times[0]).total_seconds()) for time in found.times] == [0, 600, 1200]

    play(story)


def test_energy_follows_what_transmits_there_and_every_hub_is_heard() -> None:
    async def story(made: Bench) -> None:
        await made.dongle.open()
        found = await survey(made.dongle, ManualClock(START), looks=2)
        verdicts = {one.channel: one.verdict for one in found.channels}
        assert {channel for channel, verdict in verdicts.items() if verdict == "busy"} == set(range(16, 20))  # Wi-Fi 6
        assert {channel for channel, verdict in verdicts.items() if verdict == "in use"} == set(
            range(11, 15)
        )  # Wi-Fi 1
        assert {one.channel for one in found.networks} == {15}  # hubs chose a quiet one
        assert [one.verdict for one in found.networks] == ["good", "marginal"]
        for hub in made.premises.of(CommunicationsHub):
            gpf_id = DeviceId.parse(hub.gpf.identity.device_id)
            member = made.member()
            await member.join(gpf_id)
            assert hub.handheld.terminal is made.port.terminal
            await member.leave()

    play(story, name="second-hub")


def test_channels_can_be_chosen() -> None:
    async def story(made: Bench) -> None:
        await made.dongle.open()
        assert set(await made.dongle.energy((15, 20))) == {15, 20}
        here = made.port.dongle.air.networks()[0].channel
        assert await made.dongle.networks((here,))
        assert not await made.dongle.networks((11 if here != 11 else 12,))

    play(story)


# --- the line


def test_noise_and_lost_answers_cost_a_repeat_and_nothing_else() -> None:
    async def story(made: Bench) -> None:
        lost = iter([True, False, True, False])
        made.wire.up = lambda octets: b"\x00\xfe\x11" if next(lost, False) else b"\xfa\xce" + octets
        facts = await made.dongle.open()
        assert facts.product == 1
        assert made.dongle.host.damaged

    play(story)


def test_what_does_something_is_said_once() -> None:
    async def story(made: Bench) -> None:
        await made.dongle.open()
        made.wire.up = lambda octets: b"" if is_frame(octets, (0x65, MgmtNwkUpdateReq.cmd1)) else octets
        with pytest.raises(DongleError) as silent:
            await made.dongle.energy()
        assert silent.value.code == "dongle-silent"
        assert sum(is_frame(octets, (0x25, MgmtNwkUpdateReq.cmd1)) for octets in made.wire.said) == 1

    play(story)


def test_a_port_on_which_nothing_answers() -> None:
    async def story(made: Bench) -> None:
        made.wire.up = lambda _octets: b""
        with pytest.raises(DongleError) as silent:
            await made.dongle.open()
        assert silent.value.code == "dongle-silent"
        assert sum(is_frame(octets, (Ping.cmd0, Ping.cmd1)) for octets in made.wire.said) == 3

    play(story)


def test_something_that_is_no_dongle() -> None:
    async def story(made: Bench) -> None:
        made.wire.up = lambda _octets: b"AT\r\nERROR\r\n"
        with pytest.raises(DongleError) as other:
            await made.dongle.open()
        assert other.value.code == "dongle-other"

    play(story)


def test_a_dongle_that_starts_anew_in_the_middle() -> None:
    async def story(made: Bench) -> None:
        await made.dongle.open()
        made.premises.site.agenda.after(10_000, lambda: made.port.dongle.reset(ResetReq()))
        with pytest.raises(DongleError) as restarted:
            await made.member().join(made.gpf_id)
        assert restarted.value.code == "dongle-restarted"
        assert await made.dongle.networks()  # and it is of use again

    play(story)


def test_a_dongle_that_is_pulled_out() -> None:
    async def story(made: Bench) -> None:
        await made.dongle.open()
        asyncio.get_running_loop().call_later(5, made.links[0].drop)
        with pytest.raises(LinkLost):
            await made.member().join(made.gpf_id)

    play(story)


# --- joining


@pytest.mark.parametrize("firmware", ["3.30", "1.2"])
def test_it_joins_by_the_gpf_id_and_leaves(firmware: str) -> None:
    async def story(made: Bench) -> None:
        await made.dongle.open()
        member = made.member()
        steps: list[JoinStep] = []
        where = await member.join(made.gpf_id, on_step=steps.append)
        assert steps == list(JoinStep)
        assert (where.gpf_id, made.port.terminal.node.state) == (made.gpf_id, NodeState.JOINED)
        entry = made.hub.device_log.entries[made.port.terminal.identity.device_id]
        assert entry.handheld
        assert entry.install_code == CODE
        await member.leave()
        assert not made.listed
        assert not made.hub.device_log.historic
        assert member.joined is None
        await made.dongle.networks()  # and it looks around again

    play(story, firmware=firmware)


def refused(code: str, **settings: Any) -> Callable[[Story], None]:
    """A bench at which joining is refused with `code`; what `prepare` does to it comes before."""

    def run(prepare: Story) -> None:
        async def story(made: Bench) -> None:
            await made.dongle.open()
            await prepare(made)
            with pytest.raises(HhtError) as why:
                await made.member().join(made.gpf_id)
            assert why.value.code == code
            assert why.value.remedy
            assert CODE.reveal() not in f"{why.value.as_dict()}{why.value!r}"
            assert made.port.dongle.state == 0  # nothing is left half-done in the dongle
            assert not made.port.dongle.messaging.inter_pan_channel
            assert made.port.terminal.node.state is not NodeState.JOINED  # at neither end

        play(story, **settings)

    return run


def test_a_hub_whose_window_is_shut() -> None:
    async def nothing(_made: Bench) -> None: ...

    refused("hub-not-listening", fresh=False)(nothing)


def test_a_hub_whose_window_shuts_while_keys_are_agreed() -> None:
    async def late(made: Bench) -> None:
        made.premises.site.clock.jump(3595 - made.premises.site.clock.monotonic())

    refused("hub-not-listening")(late)


def test_a_hub_without_power() -> None:
    async def off(made: Bench) -> None:
        made.hub.power.remove()

    refused("hub-not-found")(off)


def test_a_hub_that_serves_another_terminal() -> None:
    async def other(made: Bench) -> None:
        from hht.model.communications_hub.handheld import HandheldTerminal
        from hht.model.device import DeviceIdentity

        identity = DeviceIdentity("00-DB-12-34-56-78-99-55", "HHT", "HHT", "00000001")
        terminal = HandheldTerminal(made.premises.site, "hht-2", identity, OTHER_CODE)
        made.hub.handheld.connect(terminal, made.hub.gpf.identity.device_id)

    refused("hub-busy")(other)


def test_a_full_device_log() -> None:
    async def full(made: Bench) -> None:
        made.hub.device_log.capacity = len(made.hub.device_log.entries)

    refused("hub-log-full")(full)


def test_a_hub_of_another_trust() -> None:
    async def trust(made: Bench) -> None:
        made.port.terminal.node.trust = "test"

    refused("hub-key")(trust)


def test_a_dongle_with_another_key() -> None:
    async def stuck(made: Bench) -> None:
        """Its memory takes no key any more."""
        made.wire.down = lambda octets: (
            octets if not is_frame(octets, (0x21, OsalNvWrite.cmd1)) else _spoilt_key(octets)
        )

    refused("join-key")(stuck)


def _spoilt_key(octets: bytes) -> bytes:
    (frame,) = ZnpReader().feed(octets)
    assert isinstance(frame, Frame)
    if frame.data[0] != Item.PRECONFIGURED_KEY:
        return octets
    return Frame(frame.cmd0, frame.cmd1, frame.data[:4] + bytes(16)).encode()


def test_a_firmware_without_key_establishment() -> None:
    async def nothing(made: Bench) -> None:
        assert (await survey(made.dongle, ManualClock(START), looks=1)).networks  # which it still serves

    refused("dongle-no-key-establishment", firmware="stock")(nothing)


def test_a_gpf_id_that_is_not_there() -> None:
    async def story(made: Bench) -> None:
        await made.dongle.open()
        chf_id = DeviceId.parse(made.hub.identity.device_id)
        with pytest.raises(HubError) as why:
            await made.member().join(chf_id)
        assert why.value.code == "hub-not-found"
        assert str(made.gpf_id) in why.value.message
        assert "not its CHF ID" in why.value.remedy

    play(story)


def test_a_frame_that_is_lost_on_the_way_to_the_hub() -> None:
    async def lost(made: Bench) -> None:
        made.wire.up = lambda octets: b"" if is_frame(octets, (0x45, 0xC6), (0x45, 0xC0)) else octets

    refused("join-refused")(lost)


def test_cancelled_in_the_middle_it_leaves_nothing_behind() -> None:
    async def story(made: Bench) -> None:
        await made.dongle.open()
        reached = asyncio.Event()
        task = asyncio.ensure_future(
            made.member().join(made.gpf_id, on_step=lambda step: reached.set() if step is JoinStep.JOINING else None)
        )
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert made.port.dongle.state == 0
        await made.member().join(made.gpf_id)  # and it may try again

    play(story)


def test_the_code_and_its_key_are_in_no_trace_that_is_masked() -> None:
    from ui.trace_masking import masked_events

    events: list[TraceEvent] = []

    async def story(made: Bench) -> None:
        await joined(made)

    play(story, sink=events.append)
    plain = b"".join(event.data for event in events)
    masked = b"".join(event.data for event in masked_events(events))
    for secret in (bytes.fromhex(CODE.reveal()), CODE.link_key()):
        assert secret in plain  # the dongle has to be told
        assert secret not in masked
    frames = [item for item in ZnpReader().feed(masked) if isinstance(item, Frame)]
    assert any((frame.cmd0, frame.cmd1) == (0x25, JoinReq.cmd1) for frame in frames)  # still to be read as frames


# --- messages


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
            assert never.value.code == "message-never-arrived"
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
