"""The HAN X-ray against an emulated home: the second of the next gas wake, mirror age, who has come how far."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hht.clock import ManualClock
from hht.model.gas_meter import GasMeter
from hht.model.premises import load_premises
from hht.protocol.gbcs.device_types import DeviceLogType, GbcsDeviceType
from hht.store.store import Store
from hht.work import hub_orders
from hht.work.han_xray import Position, Xray, XrayDevice, gas_wake, knocks
from hht.work.hub_facts import device_log, log_lines
from tests.support.radio import START
from tests.work.hub_home import NEW_PPMID, HubHome
from tests.work.test_hub_exchange import open_store
from ui.han_xray import knock_words, look_through, mirror_words, plain_device, plain_xray, wake_words


class Home(HubHome):
    """With the clock that moves it."""

    def __init__(self, store: Store, clock: ManualClock) -> None:
        super().__init__(load_premises("dual-fuel", clock=clock, days=1), store)
        self.clock = clock
        self.gas = self.premises.of(GasMeter)[0]

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.premises.site.catch_up()

    def next_wake(self) -> datetime:
        return datetime.fromtimestamp(self.gas.next_wake_ms() / 1000, START.tzinfo)

    async def xray(self, *, expects: tuple[str, ...] = (), readings: tuple[float, ...] = ()) -> Xray:
        """Read after each of these pauses besides."""
        expected = {self.the(kind).device: self.the(kind).kind for kind in expects}
        made = await look_through(self.hand, self.chf, self.the("GPF").device, self.clock, expected)
        logs = []
        for pause in readings:
            self.wait(pause)
            logs.append(await self.hand.ask(hub_orders.read(hub_orders.READ_LOG, self.chf), device_log))
        return made(tuple(logs))

    def seen(self, shown: Xray, kind: str) -> XrayDevice:
        return next(one for one in shown.devices if one.device == self.the(kind).device)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    clock = ManualClock(START)
    store = open_store(tmp_path, clock)
    yield Home(store, clock)
    store.close()


@pytest.mark.requirement("CH-04")
async def test_the_engineer_who_is_told_to_wait_is_given_the_second_at_which_it_wakes(home: Home) -> None:
    chance = random.Random(3)
    for _turn in range(6):
        home.wait(chance.randrange(1, 3000) + 0.5)
        shown = await home.xray()
        one = home.seen(shown, "GSME")
        assert one.wake is not None
        assert abs(one.wake.next - home.next_wake()) < timedelta(seconds=1)
        wait_s = one.wake.wait_s(shown.read_at)
        assert 0 < wait_s <= 1800
        before = home.hub.gpf.age_s
        home.wait(wait_s - 2)
        assert (home.hub.gpf.age_s or 0) > (before or 0)  # it still sleeps
        home.wait(3)
        assert (home.hub.gpf.age_s or 0) <= 1  # it has woken, at that second
    assert f"in {wait_s // 60} min {wait_s % 60} s" in wake_words(one, shown)


@pytest.mark.requirement("CH-04")
async def test_the_mirrors_age_is_what_the_proxy_would_say_and_missed_wakes_are_counted(home: Home) -> None:
    home.wait(4000)
    shown = await home.xray()
    assert shown.mirror_age_s is not None
    assert abs(shown.mirror_age_s - (home.hub.gpf.age_s or 0)) <= 1
    home.gas.faults.add("never-wakes")
    home.wait(3 * 1800)
    shown = await home.xray()
    one = home.seen(shown, "GSME")
    assert one.wake is not None
    assert one.wake.missed in (2, 3)
    assert abs(one.wake.next - home.next_wake()) < timedelta(seconds=1)
    assert (shown.mirror_age_s or 0) > 3 * 1800 - 10
    assert f"at least {(shown.mirror_age_s or 0) // 60} min" in mirror_words(shown)


async def test_two_hearings_confirm_the_rhythm_that_a_press_of_the_button_hides(home: Home) -> None:
    home.wait(2000)
    one = home.seen(await home.xray(readings=(1800,)), "GSME")
    assert one.wake is not None
    assert one.wake.confirmed
    home.wait(700)
    home.gas.wake()  # somebody presses its button
    shown = await home.xray()
    one = home.seen(shown, "GSME")
    assert one.wake is not None
    assert not one.wake.confirmed
    assert home.next_wake() <= one.wake.next  # at the latest then
    assert "press of its button" in wake_words(one, shown)


@pytest.mark.requirement("HAN-21")
async def test_each_device_has_its_place_on_the_way_from_the_log_to_its_joins(home: Home) -> None:
    home.wait(4000)
    await home.hand.do(hub_orders.add(home.chf, NEW_PPMID, DeviceLogType.PPMID, 60))
    shown = await home.xray()
    assert {one.device for one in shown.at(Position.LISTED)} == {NEW_PPMID}
    assert home.seen(shown, "ESME").position is Position.JOINED
    assert home.the("GPF").device in home.seen(shown, "GSME").knows
    ihd = home.the("TYPE_2")
    await home.links.unjoin(home.the("ESME"), ihd)
    assert home.the("ESME").device in home.seen(await home.xray(), "TYPE_2").lacks
    assert home.seen(await home.xray(), "TYPE_2").position is Position.PARTLY
    await home.hand.do(hub_orders.remove(home.chf, ihd.device))
    former = await home.xray(expects=("TYPE_2",))
    assert home.seen(former, "TYPE_2").position is Position.FORMER
    assert str(ihd.device) in plain_xray(former)["not_listed"]
    assert plain_device(home.seen(former, "TYPE_2"), former)["listed"] is False


async def test_who_is_expected_and_was_never_listed_is_told_as_that(home: Home) -> None:
    made = await look_through(
        home.hand, home.chf, home.the("GPF").device, home.clock, {NEW_PPMID: GbcsDeviceType.PPMID}
    )
    assert [one.device for one in made(()).at(Position.NOT_LISTED)] == [NEW_PPMID]


@pytest.mark.requirement("ARC-21", "HAN-21")
async def test_who_tried_and_is_not_listed_is_named_by_the_hubs_security_log(home: Home) -> None:
    """Taken off the log, a display knocks again and again: one line an hour, and none of it once it is listed anew."""
    home.wait(4000)
    assert (await home.xray()).knocked == ()
    ihd = home.the("TYPE_2")
    device = home.premises.find("ihd-1")
    assert device.node is not None
    await home.hand.do(hub_orders.remove(home.chf, ihd.device))
    device.node.leave()
    home.hub.network.open_joining(600)
    for _turn in range(3):
        device.node.locate()
        home.wait(30)
    shown = await home.xray()
    assert shown.knocked is not None
    assert [(one.device, one.times) for one in shown.knocked] == [(ihd.device, 1)]
    assert str(ihd.device) in knock_words(shown)
    told = plain_xray(shown)["tried_not_listed"]
    assert [one["device"] for one in told] == [str(ihd.device)]
    listed = {row.device for row in (one.row for one in shown.devices) if row is not None}
    lines = await home.hand.ask(hub_orders.read(hub_orders.READ_HUB_SECURITY, home.chf), log_lines)
    assert knocks(lines, listed | {ihd.device}) == ()
    assert knocks(None, listed) is None


def test_what_was_never_heard_has_no_wake_and_a_wake_that_is_due_is_not_missed_yet() -> None:
    assert gas_wake([], START) is None
    due = gas_wake([START], START + timedelta(minutes=30, seconds=20))
    assert due is not None
    assert (due.missed, due.next) == (0, START + timedelta(hours=1))
    late = gas_wake([START], START + timedelta(minutes=31, seconds=1))
    assert late is not None
    assert late.missed == 1
