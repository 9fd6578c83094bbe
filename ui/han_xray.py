"""The HAN X-ray for people and programs: the readings at a hub, and its words and JSON."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from hht.clock import iso_z
from hht.i18n import _
from hht.packs.errors import PackError
from hht.protocol.gbcs.answers import AnswerRefused
from hht.work import hub_orders
from hht.work.han_xray import HanSeen, Kinds, Position, Xray, XrayDevice, xray
from hht.work.hub_facts import HubFactsError, device_log, log_copy, log_lines
from hht.work.hub_hand import HubHand, HubWorkError
from hht.work.hub_orders import OrderError
from hht.work.hub_partners import ask_around, kinds_of
from hht.work.join_matrix import kind_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hht.clock import Clock
    from hht.identifiers.device_id import DeviceId
    from hht.work.han_xray import GasWake
    from hht.work.hub_facts import DeviceLogEntry, LogLine, Partner
    from ui.hub_work import HubPlace, HubWorkService

OPEN: Final = (OrderError, PackError, HubWorkError, HubFactsError, AnswerRefused)


async def look_through(
    hand: HubHand, chf: DeviceId, gpf: DeviceId, clock: Clock, expected: Kinds, own: DeviceId | None = None
) -> Callable[[tuple[tuple[DeviceLogEntry, ...], ...]], Xray]:
    """Ask around once: whom devices know, and whom the log once had; what those readings of the log make of it. What a
    pack has no command for, or nobody answers, stays open. `own`: the terminal, which is no device of the home."""
    rows = await hand.ask(hub_orders.read(hub_orders.READ_LOG, chf), device_log)
    joins: dict[DeviceId, tuple[Partner, ...]] = {}
    try:
        joins = await ask_around(hand, gpf, [row.device for row in rows if row.joined and row.device != own], expected)
    except OPEN:
        joins = {}
    security = await security_of(hand, chf)
    former: frozenset[DeviceId] = frozenset()
    try:
        former = frozenset((await hand.ask(hub_orders.read(hub_orders.READ_LOGS, chf), log_copy)).historic)
    except OPEN:
        former = frozenset()

    def made(logs: tuple[tuple[DeviceLogEntry, ...], ...]) -> Xray:
        clean = [[row for row in log if row.device != own] for log in (rows, *logs)]
        return xray(clock.now(), chf, gpf, HanSeen(clean, joins, kinds_of(joins), expected, former, security))

    return made


async def security_of(hand: HubHand, chf: DeviceId) -> tuple[LogLine, ...] | None:
    """The hub's Security Log; None where a pack has no command for it, or the hub does not tell."""
    try:
        return await hand.ask(hub_orders.read(hub_orders.READ_HUB_SECURITY, chf), log_lines)
    except OPEN:
        return None


async def read_xray(
    service: HubWorkService, place: HubPlace, expected: Kinds, times: int = 1, every_s: float = 0
) -> Xray:
    """The X-ray of a hub's HAN; its log read so often, for a gas meter's rhythm. Raises as `HubWorkService.watch`."""
    async with service.at(place, expected) as here:
        hand = service.hand(place, here)
        made = await look_through(hand, place.chf, place.gpf, service.clock, expected, here.terminal)
        logs: list[tuple[DeviceLogEntry, ...]] = []
        for _number in range(times - 1):
            await asyncio.sleep(every_s)
            logs.append(await hand.ask(hub_orders.read(hub_orders.READ_LOG, place.chf), device_log))
        return made(tuple(logs))


def position_words(position: Position) -> str:
    """How far a device has come, and what follows from it."""
    return {
        Position.NOT_LISTED: _("expected here and not on the log: the hub turns it away; ask for it to be listed"),
        Position.FORMER: _("was on the log once and is no more: the hub turns it away; ask for it to be listed"),
        Position.LISTED: _("listed, and has never joined: its install code, its power, its reach"),
        Position.LEFT: _("listed, was heard, and is not joined now"),
        Position.ON_HAN: _("on the HAN, and joined to nobody: the joins are still to come"),
        Position.PARTLY: _("joined, but not to all that it could be"),
        Position.JOINED: _("joined"),
    }[position]


def quality_words(one: XrayDevice) -> str:
    """How well the hub hears it; "" where it is not on the log."""
    if one.row is None:
        return ""
    if one.row.rssi_dbm is None or one.row.lqi is None:
        return _("not heard since the hub counts")
    return _("heard at {rssi} dBm, LQI {lqi}: {verdict}").format(
        rssi=one.row.rssi_dbm[1], lqi=one.row.lqi[1], verdict=one.row.verdict
    )


def wake_words(one: XrayDevice, shown: Xray) -> str:
    """When a gas meter wakes next; "" where that is not known."""
    return "" if one.wake is None else wake_text(one.wake, shown.read_at)


def wake_text(wake: GasWake, now: datetime) -> str:
    """When a gas meter wakes next, and how long that is from `now`."""
    at, wait = f"{wake.next:%H:%M:%S} UTC", wake.wait_s(now)
    words = _("wakes next at {at}, in {minutes} min {seconds} s").format(at=at, minutes=wait // 60, seconds=wait % 60)
    if wake.missed:
        words += "; " + _("{count} wakes were not heard").format(count=wake.missed)
    if not wake.confirmed:
        words += "; " + _("by one hearing: earlier where that was a press of its button")
    return words


def mirror_words(shown: Xray) -> str:
    """How old the gas proxy's copy is."""
    if shown.mirror_age_s is None:
        return _("Gas mirror: none that is known: no gas meter that was heard is joined to the Gas Proxy Function.")
    minutes, seconds = divmod(shown.mirror_age_s, 60)
    return _("Gas mirror: at least {minutes} min {seconds} s old, by when the hub last heard the gas meter.").format(
        minutes=minutes, seconds=seconds
    )


def knock_words(shown: Xray) -> str:
    """Who tried to join and is not listed."""
    if shown.knocked is None:
        return _("Who tried to join and is not listed: not known, the hub's Security Log was not read.")
    if not shown.knocked:
        return _("The hub's Security Log names nobody who tried to join and is not listed.")
    words = _("{device} ({times} times, last {last} UTC)")
    named = [
        words.format(device=one.device, times=one.times, last=f"{one.last:%Y-%m-%d %H:%M:%S}") for one in shown.knocked
    ]
    return _("Tried to join and is not listed: {devices}.").format(devices=", ".join(named))


def plain_device(one: XrayDevice, shown: Xray) -> dict[str, Any]:
    """For JSON."""
    row, wake = one.row, one.wake
    told = {} if row is None else {name: value for name, value in row.plain().items() if name != "device"}
    return {
        "device": str(one.device),
        "kind": "" if one.kind is None else kind_words(one.kind),
        "position": one.position.value,
        "listed": row is not None,
        "verdict": "" if row is None else row.verdict,
        **told,
        "knows": [str(other) for other in one.knows],
        "lacks": [str(other) for other in one.lacks],
        "next_wake": None if wake is None else iso_z(wake.next),
        "wait_s": None if wake is None else wake.wait_s(shown.read_at),
        "missed_wakes": None if wake is None else wake.missed,
        "wake_confirmed": None if wake is None else wake.confirmed,
    }


def plain_xray(shown: Xray) -> dict[str, Any]:
    """For JSON, but for the devices."""
    first = shown.wakes[0] if shown.wakes else None
    return {
        "chf": str(shown.chf),
        "gpf": str(shown.gpf),
        "read_at": iso_z(shown.read_at),
        "mirror_age_s": shown.mirror_age_s,
        "next_gas_wake": None if first is None or first.wake is None else iso_z(first.wake.next),
        "tried_not_listed": None
        if shown.knocked is None
        else [{"device": str(one.device), "times": one.times, "last": iso_z(one.last)} for one in shown.knocked],
        "never_joined": [str(one.device) for one in shown.at(Position.LISTED)],
        "not_listed": [str(one.device) for one in shown.at(Position.NOT_LISTED, Position.FORMER)],
    }
