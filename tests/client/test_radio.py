"""A dongle over real bytes, in virtual time: what it is, what it hears, and a line that loses and spoils frames."""

from __future__ import annotations

import asyncio

import pytest

from hht.client.radio.errors import DongleError
from hht.client.radio.survey import survey
from hht.clock import ManualClock
from hht.identifiers import DeviceId
from hht.link import LinkLost
from hht.model.communications_hub import CommunicationsHub
from hht.protocol.znp.sys import Item, OsalNvLength, OsalNvLengthRsp, Ping, ResetReq
from hht.protocol.znp.zdo import MgmtNwkUpdateReq
from tests.support.radio import (
    START,
    Bench,
    LoopClock,
    is_frame,
    play,
)


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


def test_an_answer_that_comes_twice_is_not_taken_for_the_next_one() -> None:
    """As where a request was said again because its answer was late: the second answer comes too."""

    async def story(made: Bench) -> None:
        await made.dongle.open()
        made.wire.up = lambda octets: octets * 2
        host = made.dongle.host
        for item in (Item.PRECONFIGURED_KEY, Item.EXTENDED_ADDRESS, Item.PRECONFIGURED_KEY):
            found = await host.ask(OsalNvLength(item), answer=OsalNvLengthRsp)
            assert found.length == len(made.port.dongle.memory.items[item])

    play(story)
