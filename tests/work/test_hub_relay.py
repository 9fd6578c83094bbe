"""Hub work whose commands a desk hands over one by one: what is asked for, what is let out, and what is not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from hht.clock import ManualClock
from hht.desk.asks import Ask
from hht.desk.course import AskReport
from hht.identifiers.device_id import DeviceId
from hht.model.premises import load_premises
from hht.packs.way import Brought, Found, Ticket
from hht.protocol.gbcs.device_types import DeviceLogType
from hht.work import hub_orders
from hht.work.hub_facts import device_log
from hht.work.hub_hand import HubHand, state_of
from hht.work.hub_links import HubLinks, LinkState
from hht.work.hub_orders import HubOrder, OrderError
from hht.work.hub_ways import OutcomeState
from tests.support.radio import START
from tests.work.hub_home import NEW_CODE, NEW_PPMID, HubHome
from tests.work.test_hub_exchange import open_store
from ui.compose import Composer
from ui.desks import Desks
from ui.hub_relay import DeskLine, RelayWay


class HandingDesks(Desks):
    """Asks are kept and checked as ever; the desk is the training desk. `swap` may hand over another command."""

    home: HubHome
    asked: list[Ask]
    refuses = False
    settles = False
    swap: HubOrder | None = None

    async def ask(self, _url: str, reference: str, **how: Any) -> AskReport:  # type: ignore[override]
        report = self.report(reference)
        self.asked.append(report.ask)
        if not self.refuses:
            order = self.swap or self.order
            octets = await self.home.desk.command(order)
            ticket = await how["carrier"].ticket(order.target)
            await how["carrier"].carry(order.target, octets, ticket)
            if self.settles:
                await how["carrier"].outcome(order.target, ticket)
        return report

    order: HubOrder


class OrderedRelay(RelayWay):
    """Tells the desk which order it is: the desk of the test makes commands of orders."""

    async def carry(self, prepared: Any) -> Any:
        cast(HandingDesks, self._line.desks).order = prepared.order
        return await super().carry(prepared)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[HubHome]:
    clock = ManualClock(START)
    store = open_store(tmp_path, clock)
    yield HubHome(load_premises("dual-fuel", clock=clock, days=1), store)
    store.close()


@pytest.fixture
def desks(home: HubHome) -> HandingDesks:
    clock = home.store.clock
    made = HandingDesks(home.store, Composer(clock, training=True), clock, random.Random(3).randbytes)
    made.home, made.asked = home, []
    return made


@pytest.fixture
def hand(home: HubHome, desks: HandingDesks) -> HubHand:
    line = DeskLine(desks, "desk:emulated", job="J-7")
    return HubHand(home.records, OrderedRelay(line, home.carrier, {NEW_PPMID: NEW_CODE}))


async def test_what_is_asked_for_is_what_a_desk_understands(home: HubHome, hand: HubHand, desks: HandingDesks) -> None:
    added = await hand.do(hub_orders.add(home.chf, NEW_PPMID, DeviceLogType.PPMID, 600))
    rows = await hand.ask(hub_orders.read(hub_orders.READ_LOG, home.chf), device_log)
    removed = await hand.do(hub_orders.remove(home.chf, NEW_PPMID))
    assert (added.state, removed.state) == (OutcomeState.DONE, OutcomeState.DONE)
    assert NEW_PPMID in [row.device for row in rows]
    told = [(str(one.kind), str(one.type), one.details.get("other_type"), one.job) for one in desks.asked]
    assert told == [
        ("whitelist", "CHF", "PPMID", "J-7"),
        ("read-device-log", "CHF", None, "J-7"),
        ("remove", "CHF", None, "J-7"),
    ]
    assert desks.asked[0].details["install_code"] == NEW_CODE.reveal()
    assert NEW_CODE.reveal() not in repr([record.payload for record in home.records.all()])


async def test_joins_go_by_it_at_both_ends(home: HubHome, hand: HubHand, desks: HandingDesks) -> None:
    links, meter = HubLinks(hand), home.the("ESME")
    for other in (home.the("PPMID"), home.the("TYPE_2")):
        assert (await links.unjoin(meter, other)).complete
        assert (await links.join(meter, other)).state is LinkState.JOINED
    changed = {(str(one.kind), str(one.type), str(one.other_type)) for one in desks.asked if one.other}
    assert changed == {
        (kind, *ends) for kind in ("join", "unjoin") for ends in (("ESME", "PPMID"), ("PPMID", "ESME"), ("ESME", "IHD"))
    }


async def test_another_command_than_was_asked_for_never_leaves(
    home: HubHome, hand: HubHand, desks: HandingDesks
) -> None:
    desks.swap = hub_orders.remove(home.chf, home.the("ESME").device)
    order = hub_orders.remove(home.chf, home.the("PPMID").device)
    with pytest.raises(OrderError) as failure:
        await hand.do(order)
    assert failure.value.code == "hub-order-other"
    assert home.carrier.carried == []
    assert state_of(home.records.all(), order.name) is OutcomeState.UNDELIVERED


async def test_a_desk_that_refuses_and_one_that_cannot_leave_nothing_open(
    home: HubHome, hand: HubHand, desks: HandingDesks
) -> None:
    desks.refuses = True
    order = hub_orders.remove(home.chf, NEW_PPMID)
    with pytest.raises(OrderError, match="hands over no command"):
        await hand.do(order)
    assert state_of(home.records.all(), order.name) is OutcomeState.UNDELIVERED
    with pytest.raises(OrderError) as never:
        await hand.do(replace(hub_orders.read(hub_orders.READ_LOGS, home.chf), code=0x0059))
    assert never.value.code == "hub-not-relayed"


async def test_a_command_that_left_without_an_answer_is_unknown(home: HubHome, hand: HubHand) -> None:
    home.carrier.meddle = lambda _device, _octets, go: (go(), None)[1]
    order = hub_orders.add(home.chf, NEW_PPMID, DeviceLogType.PPMID)
    assert (await hand.do(order)).state is OutcomeState.UNKNOWN
    assert str(NEW_PPMID) in home.hub.device_log.entries


@pytest.mark.parametrize("asked", [False, True])
async def test_an_answer_that_only_the_hub_still_has_is_the_answer(
    home: HubHome, hand: HubHand, desks: HandingDesks, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The desk's end of the ask asks the hub where none came; what the hub has then counts here too."""
    had: list[bytes] = []
    home.carrier.meddle = lambda _device, _octets, go: had.append(go())

    async def outcome(_device: DeviceId, _ticket: Ticket, *, patient: bool = False) -> Found:
        del patient
        return Found(Brought.ANSWERED, had[-1]) if asked else Found(Brought.OPEN)

    monkeypatch.setattr(home.carrier, "outcome", outcome)
    desks.settles = True
    found = await hand.do(hub_orders.add(home.chf, NEW_PPMID, DeviceLogType.PPMID))
    assert found.state is (OutcomeState.DONE if asked else OutcomeState.UNKNOWN)
