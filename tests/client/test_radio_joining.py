"""Onto a hub's HAN and off again, over real bytes in virtual time; and hubs that do not want the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from hht.client.radio.errors import DongleError, HubError
from hht.client.radio.joining import JoinStep
from hht.client.radio.survey import survey
from hht.clock import ManualClock
from hht.errors import HhtError
from hht.identifiers import DeviceId
from hht.link import TraceEvent
from hht.model.han.node import NodeState
from hht.protocol.zigbee.handheld import NOT_LISTENING, OwnFraming
from hht.protocol.znp import Frame, ZnpReader
from hht.protocol.znp.sys import Item, OsalNvWrite
from hht.protocol.znp.zdo import JoinReq, StartupFromApp, StartupFromAppRsp, StateChangeInd
from tests.support.radio import (
    CODE,
    OTHER_CODE,
    START,
    Bench,
    Story,
    is_frame,
    joined,
    play,
)


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


def test_a_hub_that_replaced_another_is_found_in_the_network_that_it_took_over() -> None:
    old = DeviceId("00DB1234567890B3")

    async def story(made: Bench) -> None:
        await made.dongle.open()
        own = await made.member().join(made.gpf_id, pan=old)  # before it has taken anything over
        assert own.gpf_id == made.gpf_id
        await made.dongle.reset()
        made.hub.network.pan_id = str(old)
        with pytest.raises(HubError) as why:
            await made.member().join(made.gpf_id)
        assert (why.value.code, "--network OLD-GPF-ID" in why.value.remedy) == ("hub-not-found", True)
        with pytest.raises(HubError) as why:
            await made.member().join(old)
        assert (why.value.code, "--network OLD-GPF-ID" in why.value.remedy) == ("hub-not-listening", True)
        assert (await made.member().join(made.gpf_id, pan=old)).gpf_id == made.gpf_id

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


@pytest.mark.parametrize(
    ("answer", "code"), [(b"\x00", "hub-answer"), (OwnFraming().welcome(NOT_LISTENING, 1), "hub-not-listening")]
)
def test_a_hub_that_answers_an_introduction_in_another_way(answer: bytes, code: str) -> None:
    class Other(OwnFraming):
        def welcome(self, status: int, sequence: int) -> bytes:
            return answer

    async def other(made: Bench) -> None:
        made.port.dongle.framing = Other()

    refused(code)(other)


def test_leaving_that_nobody_confirms() -> None:
    async def story(made: Bench) -> None:
        member = await joined(made)
        made.wire.up = lambda octets: b"" if is_frame(octets, (0x45, 0xC9)) else octets
        with pytest.raises(DongleError) as why:
            await member.leave()
        assert why.value.code == "leave-unconfirmed"
        await member.leave()  # it is on no HAN any more: nothing is left to do

    play(story)


def test_a_dongle_goes_back_into_its_network_after_a_reset() -> None:
    async def story(made: Bench) -> None:
        member = await joined(made)
        member.dongle.host.gone = None  # as another program would
        await made.dongle.reset()
        found = await made.dongle.host.ask(StartupFromApp(0), answer=StartupFromAppRsp)
        assert found.state == 0
        state = await made.dongle.host.expect(lambda one: isinstance(one, StateChangeInd), 10)
        assert state == StateChangeInd(7)
        assert made.listed

    play(story)


def test_a_dongle_without_an_address() -> None:
    async def story(made: Bench) -> None:
        made.port.dongle.address = "F" * 16
        with pytest.raises(DongleError) as why:
            await made.dongle.open()
        assert why.value.code == "dongle-no-address"

    play(story)
