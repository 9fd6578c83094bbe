"""What a meter itself shows of an ask: read by the terminal after the desk has said its word, never taken from that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

from hht.client.api import Meter, SupplyState
from hht.desk.asks import Ask
from hht.desk.kinds import AskKind
from hht.i18n import _
from hht.work.devices import same_device, shown
from hht.work.switch_facts import DAYS, load_times, switches_of, times_of
from hht.work.units import drift_text


class Sight(NamedTuple):
    """What was read off the device, and whether it is as asked."""

    what: str
    agrees: bool


async def look(ask: Ask, meter: Meter, tolerance_s: float) -> Sight | None:
    """Read what the ask is about; None: no reading of this meter tells. `tolerance_s`: of a clock. The caller has seen
    that it is the ask's device. Raises what reading a meter raises."""
    found = _LOOKS.get(ask.kind)
    return None if found is None else await found(ask, meter, tolerance_s)


def can_be_seen(kind: AskKind) -> bool:
    """Whether a meter's own port shows what such an ask is about."""
    return kind in _LOOKS


async def _mpan(ask: Ask, meter: Meter, _tolerance_s: float) -> Sight:
    held = await meter.read_import_mpan()
    return Sight(held or _("nothing"), held == ask.details["mpan"])


async def _clock(_ask: Ask, meter: Meter, tolerance_s: float) -> Sight:
    reading = await meter.read_clock()
    return Sight(drift_text(reading.drift_s), abs(reading.drift_s) <= tolerance_s)


async def _offset(ask: Ask, meter: Meter, _tolerance_s: float) -> Sight:
    limit_s = (await meter.read_randomised_offset()).limit_s
    return Sight(_("{seconds} s").format(seconds=limit_s), str(limit_s) == ask.details["seconds"])


async def _labels(ask: Ask, meter: Meter, _tolerance_s: float) -> Sight:
    held = {f"label_{one.number}": one.label for one in (await switches_of(meter)).switches}
    named = ", ".join(f"{name[-1]}: {label or _('nothing')}" for name, label in held.items())
    return Sight(named, all(held.get(name) == label for name, label in ask.details.items()))


async def _times(ask: Ask, meter: Meter, _tolerance_s: float) -> Sight:
    """A workday and a day of the weekend, for each switch that has times."""
    load = await switches_of(meter)
    wanted = times_of(ask.details)
    held = {one.number: tuple(load_times(load, one.number, day) for day in DAYS) for one in load.switches}
    words = "; ".join(f"{number}: {times[0] or _('never')}" for number, times in held.items())
    return Sight(words, all(times == wanted.get(number, ("", "")) for number, times in held.items()))


async def _boost(ask: Ask, meter: Meter, _tolerance_s: float) -> Sight:
    held = [str(one.number) for one in (await switches_of(meter)).switches if one.boost]
    return Sight(", ".join(held) or _("none"), set(ask.details["switches"].split(",")) <= set(held))


def _supply(*wanted: SupplyState) -> Callable[[Ask, Meter, float], Awaitable[Sight]]:
    async def look_at(_ask: Ask, meter: Meter, _tolerance_s: float) -> Sight:
        state = await meter.read_supply_state()
        return Sight(str(state), state in wanted)

    return look_at


def _partner(good: int, bad: int) -> Callable[[Ask, Meter, float], Awaitable[Sight | None]]:
    """The meter's Event Log tells of each Join and Unjoin, and of which device: the latest row counts."""

    async def look_at(ask: Ask, meter: Meter, _tolerance_s: float) -> Sight | None:
        rows = [one for one in await meter.read_log("event") if one.code in _OF_PARTNERS]
        mine = [one for one in rows if same_device(one.information.strip(), str(ask.other))]
        if not mine or mine[-1].code not in (good, bad):
            return None
        words = _("{time:%Y-%m-%d %H:%M:%S} {meaning} ({device})")
        what = words.format(time=mine[-1].time, meaning=mine[-1].meaning, device=ask.other)
        return Sight(what, mine[-1].code == good)

    return look_at


async def _tenancy(_ask: Ask, meter: Meter, _tolerance_s: float) -> Sight | None:
    """A change of tenancy closes a bill (factbook 2.6), and the meter's Event Log says why."""
    log = await meter.read_log("event")
    rows = [one for one in log if one.code == _BILLED and one.information.strip() == _TENANCY]
    if not rows:
        return None
    age_s = ((await meter.read_clock()).time - rows[-1].time).total_seconds()
    words = _("{time:%Y-%m-%d %H:%M:%S} {meaning} ({why})")
    what = words.format(time=rows[-1].time, meaning=rows[-1].meaning, why=shown(rows[-1].information))
    return Sight(what, age_s < _FRESH_S)


_JOINED, _NOT_JOINED, _NOT_UNJOINED, _UNJOINED, _BILLED = 0x8F49, 0x8F48, 0x8F4A, 0x8F4B, 0x8F0A  # GBCS table 16.2
_TENANCY: Final = "tenancy"
_OF_PARTNERS: Final = (_JOINED, _NOT_JOINED, _NOT_UNJOINED, _UNJOINED)
_FRESH_S: Final = 3600
_LOOKS: Final[Mapping[AskKind, Callable[[Ask, Meter, float], Awaitable[Sight | None]]]] = {
    AskKind.SET_MPAN: _mpan,
    AskKind.COMMISSION: _clock,
    AskKind.SYNCHRONISE_CLOCK: _clock,
    AskKind.SET_OFFSET_LIMIT: _offset,
    AskKind.JOIN: _partner(_JOINED, _NOT_JOINED),
    AskKind.UNJOIN: _partner(_UNJOINED, _NOT_UNJOINED),
    AskKind.CHANGE_TENANCY: _tenancy,
    AskKind.LABEL_SWITCHES: _labels,
    AskKind.SET_SWITCH_TIMES: _times,
    AskKind.ADD_TO_BOOST: _boost,
    AskKind.ENABLE_SUPPLY: _supply(SupplyState.ENABLED),
    AskKind.DISABLE_SUPPLY: _supply(SupplyState.DISABLED),
    AskKind.ARM_SUPPLY: _supply(SupplyState.ARMED, SupplyState.ENABLED),
}
