"""Looks at the meter's optical port."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from hht.client.meter_session import MeterSession
from hht.diagnosis.knowledge import Knowledge, Look
from hht.errors import HhtError
from hht.i18n import _
from hht.work.looks.ways import Found, Ways

if TYPE_CHECKING:
    from hht.client.api import ClockReading, RegisterReading

RECENT: Final = timedelta(hours=36)  # older entries of a log are of other visits
_HEARD: Final[Mapping[str, str]] = {
    "sign-on-echo": "echo",
    "sign-on-weak": "garbled",
    "sign-on-garbled": "garbled",
    "sign-on-light": "garbled",
    "sign-on-speed": "garbled",
    "sign-on-silent": "silent",
    "no-mode-e": "plain-text",
    "hdlc-no-answer": "cut-off",
    "hdlc-damaged": "cut-off",
    "link-lost": "gone",
    "link-unavailable": "gone",
}
_LATE_S: Final = 1.5  # IEC 62056-21: the longest that a meter may take
_CLOCK_S: Final = 10.0
_HOURS_S: Final = 1800.0
_YEAR_S: Final = 180 * 86_400.0
_LOW_V, _HIGH_V, _DEAD_V = Decimal("216.2"), Decimal(253), Decimal(50)
_STEP: Final = Decimal("0.5")  # kWh between a register and its history that a half-hour explains
_POWER, _IMPORT, _EXPORT = "1-0:1.7.0", "1-0:1.8.0", "1-0:2.8.0"
_VOLTS: Final = ("1-0:32.7.0", "1-0:52.7.0", "1-0:72.7.0")


async def sign_on(ways: Ways, _known: Knowledge, _look: Look) -> Found:
    """Whether the meter talks at its port, and how."""
    assert ways.meter is not None
    meter = ways.meter()
    try:
        await meter.open()
        clock = await meter.read_clock()
        late = clock.exchange_s > _LATE_S
        return {"port.answer": ("late" if late else "talks", _("answers in {s:.1f} s").format(s=clock.exchange_s))}
    except HhtError as error:
        if error.code not in _HEARD:  # no way there, or a refusal of what was asked: nothing is told of the port
            raise
        return {"port.answer": (_HEARD[error.code], error.message)}
    finally:
        await meter.close()


async def values(ways: Ways, _known: Knowledge, _look: Look) -> Found:
    """Clock, supply, MPAN, voltage, and which variant the meter says it is."""
    async with _Open(ways) as meter:
        clock = await meter.read_clock()
        supply = await meter.read_supply_state()
        registers = _by_obis(await meter.read_registers())
        identity = await meter.identify()
        found: Found = {
            "meter.clock": (_clock(clock), _("{s:.0f} s ahead").format(s=clock.drift_s)),
            "meter.clock-status": (clock.status.value, clock.status.value),
            "meter.supply": (supply.value, supply.value),
            "meter.voltage": _voltage(registers),
        }
        if ways.home.mpan:
            mpan = await meter.read_import_mpan()
            found["meter.mpan"] = ("as-job" if mpan == ways.home.mpan else "other", "")
        if ways.home.phases and identity.variant:
            fits = (identity.variant in ("C",)) == (ways.home.phases == 3)
            found["meter.variant"] = ("fits" if fits else "other", identity.variant)
        return found


async def history(ways: Ways, _known: Knowledge, _look: Look) -> Found:
    """The register against its half-hours: two counts of the same energy."""
    async with _Open(ways) as meter:
        registers = _by_obis(await meter.read_registers())
        clock = await meter.read_clock()
        rows = await meter.read_profile(clock.time - timedelta(days=2), clock.time)
        counted = [row.values[_IMPORT] for row in rows if _IMPORT in row.values]
        if not counted or _IMPORT not in registers:
            return {"meter.profile": ("stopped", _("no half-hours"))}
        steps = [later - earlier for earlier, later in itertools.pairwise(counted)]
        jump = max(steps, key=abs, default=Decimal(0))
        value = "jumped-down" if jump < -_STEP else "jumped-up" if jump > 100 else "steady"
        now = registers[_IMPORT].value
        if value == "steady" and now is not None and abs(now - counted[-1]) > 100:
            value = "jumped-up" if now > counted[-1] else "jumped-down"
        shown = _("{now} kWh; half-hours {first} to {last} kWh").format(now=now, first=counted[0], last=counted[-1])
        last = rows[-1].time
        behind = clock.time - last > timedelta(minutes=95)
        recent = steps[-6:]
        nothing = bool(recent) and not any(recent)
        exported = [row.values[_EXPORT] for row in rows if _EXPORT in row.values]
        out = len(exported) > 6 and exported[-1] > exported[-7] and nothing
        return {
            "meter.register": (value, shown),
            "meter.profile": ("stopped" if behind else "up-to-date", _("last half-hour {at:%H:%M}").format(at=last)),
            "meter.counts": ("export" if out else "nothing" if nothing else "import", shown),
        }


async def logs(ways: Ways, known: Knowledge, look: Look) -> Found:
    """What the Event Log and the Security Log have had of late."""
    async with _Open(ways) as meter:
        now = (await meter.read_clock()).time
        entries = [*await meter.read_log("event"), *await meter.read_log("security")]
        return told_by_codes([(one.time, one.code) for one in entries], now, known, look)


def told_by_codes(entries: Sequence[tuple[datetime, int]], now: datetime, known: Knowledge, look: Look) -> Found:
    """Which of a look's readings the codes of a log speak for: each names its codes by value, and how many of them it
    takes; the value that is usual is what is left."""
    recent = Counter(f"{code:04X}" for at, code in entries if now - at <= RECENT)
    found: Found = {}
    for name in look.reads:
        reading = known.readings[name]
        if not reading.codes:
            continue
        counts = {value: sum(recent[code] for code in codes) for value, codes in reading.codes.items()}
        value, count = max(counts.items(), key=lambda one: one[1])
        there = [code for codes in reading.codes.values() for code in codes if recent[code]]
        shown = ", ".join(f"{recent[code]} x 0x{code}" for code in there)
        found[name] = (value if count >= reading.least else reading.usual, shown or _("no such entry"))
    return found


async def load_test(ways: Ways, known: Knowledge, look: Look) -> Found:
    """A known load in the home is switched on: does the meter see and count it, and do displays follow?"""
    from asyncio import sleep

    async with _Open(ways) as meter:
        before = await _Counted.read(meter, ways)
        if not await ways.person.do("load-on"):
            return {}
        try:
            start = await _Counted.read(meter, ways)
            await sleep(SETTLES_S)
            after = await _Counted.read(meter, ways)
            step = after.watts - before.watts
            found: Found = {"load.step": (_step(step), _("{w:+.0f} W").format(w=step))} | _rise(start, after)
            for name in look.reads:
                reading = known.readings[name]
                if name in _BY_METER or not set(reading.needs) <= ways.home.features:
                    continue
                if (told := await ways.person.tell(reading)) is not None:
                    found[name] = (told, reading.values[told])
        finally:
            await ways.person.do("load-off")
    return found


LOAD_W: Final = 3000  # a kettle: at least the 0.5 kW that painpoints asks for
SETTLES_S: Final = 30.0


def _step(watts: float) -> str:
    if watts < -0.3 * LOAD_W:
        return "backwards"
    if watts < 0.15 * LOAD_W:
        return "none"
    return "too-little" if watts < 0.8 * LOAD_W else "as-load" if watts < 1.1 * LOAD_W else "too-much"


_BY_METER: Final = ("load.step", "load.counts")


@dataclass(frozen=True, slots=True)
class _Counted:
    """Power (W) and import register (kWh) at a moment (s)."""

    watts: float
    register: Decimal | None
    at_s: float

    @classmethod
    async def read(cls, meter: MeterSession, ways: Ways) -> _Counted:
        registers = _by_obis(await meter.read_registers())
        at_s = ways.clock.monotonic()
        counted = registers[_IMPORT].value if _IMPORT in registers else None
        return cls(float(registers[_POWER].value or 0), counted, at_s)


def _rise(start: _Counted, after: _Counted) -> Found:
    """Whether the register rose by what the meter itself shows as power; nothing where it is too coarse to tell."""
    if start.register is None or after.register is None:
        return {}
    finest = Decimal(1).scaleb(int(after.register.as_tuple().exponent))
    due = Decimal(after.watts * max(after.at_s - start.at_s, 0.0) / 3_600_000)  # kWh
    rose = after.register - start.register
    if due < _STEPS * finest:
        return {}
    value = "counts" if rose * 2 >= due else "nothing"
    return {"load.counts": (value, _("{kwh} kWh").format(kwh=rose))}


_STEPS: Final = 4  # of the register's last digit that have to be due before standing still means anything


class _Open:
    """A session, open; closed afterwards. Raises HhtError."""

    def __init__(self, ways: Ways) -> None:
        assert ways.meter is not None
        self._meter = ways.meter()

    async def __aenter__(self) -> MeterSession:
        try:
            await self._meter.open()
        except BaseException:
            await self._meter.close()
            raise
        return self._meter

    async def __aexit__(self, *_exc: object) -> None:
        await self._meter.close()


def _by_obis(registers: Sequence[RegisterReading]) -> dict[str, RegisterReading]:
    return {str(one.obis): one for one in registers}


def _clock(clock: ClockReading) -> str:
    off = abs(clock.drift_s)
    if off > _YEAR_S:
        return "year"
    return "right" if off <= _CLOCK_S + clock.within_s else "hours" if off > _HOURS_S else "seconds"


def _voltage(registers: Mapping[str, RegisterReading]) -> tuple[str, str]:
    volts = [registers[name].value for name in _VOLTS if name in registers]
    known = [one for one in volts if one is not None]
    shown = ", ".join(f"{one} V" for one in known)
    if not known or max(known) < _DEAD_V:
        return "none", shown
    if min(known) < _DEAD_V:
        return "phase-missing", shown
    low, high = min(known) < _LOW_V, max(known) > _HIGH_V
    return ("uneven" if low and high else "low" if low else "high" if high else "normal"), shown


__all__ = ["LOAD_W", "history", "load_test", "logs", "sign_on", "told_by_codes", "values"]
