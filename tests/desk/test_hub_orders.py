"""Hub work at the emulated desk's own commands: every order has one that does just that, and its answer is read."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from hht.desk.kinds import AskKind
from hht.emulation.gbcs.ends import GbcsEnds
from hht.identifiers.device_id import DeviceId
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub import CommunicationsHub
from hht.protocol.gbcs.device_types import DeviceLogType, GbcsDeviceType
from hht.protocol.gbcs.envelope import parse
from hht.work import hub_orders
from hht.work.hub_facts import device_log, log_copy, log_lines, partners
from hht.work.hub_orders import HubOrder, fits
from hht.work.hub_ways import OrderOutcome, OutcomeState
from hht.work.join_matrix import link_between
from tests.desk.house import House, house
from tests.desk.test_relay import ESME, GPF, GSME, HUB, IHD, PPMID, URL, Direct
from tests.support.virtual_time import virtual
from ui.hub_relay import DeskLine, RelayWay

CHF, METER, GAS, PROXY, DISPLAY, INTERFACE = map(DeviceId.parse, (HUB, ESME, GSME, GPF, IHD, PPMID))


def way_of(h: House) -> RelayWay:
    return RelayWay(DeskLine(h.desks, h.url), Direct(h.premises, GbcsEnds()), {})


async def done(way: RelayWay, order: HubOrder) -> OrderOutcome:
    found = await way.carry(await way.prepare(order))
    assert found.response is not None, (order.words, found.why)
    return found


@virtual
async def test_all_that_hub_work_reads_is_handed_over(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        way = way_of(h)
        logs = await done(way, hub_orders.read(hub_orders.READ_LOGS, CHF))
        assert logs.response is not None
        copy = log_copy(logs.response)
        rows = await done(way, hub_orders.read(hub_orders.READ_LOG, CHF))
        assert rows.response is not None
        assert {row.device for row in device_log(rows.response)} == set(copy.listed)
        known = await done(way, hub_orders.read(hub_orders.READ_PARTNERS, METER, at=GbcsDeviceType.ESME))
        assert known.response is not None
        assert INTERFACE in [one.device for one in partners(known.response)]
        hub = h.premises.of(CommunicationsHub)[0]
        hub.event_log.add(hub.time_believed(), AlertCode.GPF_DEVICE_LOG_CHANGED)
        events = await done(way, hub_orders.read(hub_orders.READ_HUB_EVENTS, CHF))
        assert events.response is not None
        assert [one.code for one in log_lines(events.response)][-1] == AlertCode.GPF_DEVICE_LOG_CHANGED
        for code, device in (
            (hub_orders.READ_SECURITY_LOG, METER), (hub_orders.READ_MODE, METER), (hub_orders.READ_BALANCE, METER),
            (hub_orders.READ_SUPPLY, METER), (hub_orders.READ_GAS_MODE, GAS), (hub_orders.READ_VALVE, GAS),
        ):  # fmt: skip
            found = await done(way, hub_orders.read(code, device))
            assert found.state in (OutcomeState.DONE, OutcomeState.SEALED), (f"{code:04X}", found.why)


@virtual
async def test_all_that_hub_work_changes_is_handed_over_and_held_against_the_order(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        way = way_of(h)
        hub = h.premises.of(CommunicationsHub)[0]
        removed = await done(way, hub_orders.remove(CHF, DISPLAY))
        added = await done(way, hub_orders.add(CHF, DISPLAY, DeviceLogType.IHD, 600))
        assert (removed.state, added.state) == (OutcomeState.DONE, OutcomeState.DONE)
        assert IHD in hub.device_log
        link = link_between(GbcsDeviceType.ESME, GbcsDeviceType.PPMID)
        (meter_end, other_end) = link.ends
        for order in (
            hub_orders.unjoin(METER, meter_end, INTERFACE, GbcsDeviceType.PPMID),
            hub_orders.unjoin(INTERFACE, other_end, METER, GbcsDeviceType.ESME),
            hub_orders.join(METER, meter_end, INTERFACE, GbcsDeviceType.PPMID),
            hub_orders.join(INTERFACE, other_end, METER, GbcsDeviceType.ESME),
        ):
            found = await done(way, order)
            assert found.state is OutcomeState.DONE, (order.words, found.why)
        carrier = way._carrier
        assert isinstance(carrier, Direct)
        assert len(carrier.carried) == 6
        assert not any(fits(hub_orders.remove(CHF, METER), parse(octets)) for octets in carrier.carried)


@virtual
async def test_the_centres_copy_has_the_fingerprint_of_the_hubs_own(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        way = way_of(h)
        hub = DeviceId.parse(h.premises.of(CommunicationsHub)[0].identity.device_id)
        logs = await done(way, hub_orders.read(hub_orders.READ_LOGS, hub))
        assert logs.response is not None
        asked = h.desks.new("J-1", AskKind.CONFIRM_LOG_COPY, str(hub), "CHF")
        told = json.loads((await h.desks.ask(h.url, asked.ask.reference)).answer)
        copy = log_copy(logs.response)
        assert told["fingerprint"] == copy.fingerprint
        assert set(told["devices"]) == set(map(str, copy.listed))
        assert datetime.fromisoformat(told["taken"]) <= h.premises.site.clock.now()
