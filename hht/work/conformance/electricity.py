"""The checks of an electricity meter over its own link. Each reads; none writes, switches or resets anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from hht.client.api import LogEntry, SupplyState
from hht.client.day_buffers import DAILY_CONSUMPTION
from hht.client.network_data import EXPORT, IMPORT, IN_WINDOW, NetworkData
from hht.client.values import number_of
from hht.i18n import _, ngettext
from hht.protocol.cosem.data import Data, DataType
from hht.protocol.cosem.obis import Obis
from hht.work.conformance.rows import PROFILE, Check, Said, Subject, absent, failed, open_still, passed
from hht.work.conformance.written import WRITTEN
from hht.work.network_view import Agreement

HALF_HOURS: Final = "1-0:99.1.0"
TOTAL_IMPORT, TOTAL_EXPORT = "1-0:1.8.0", "1-0:2.8.0"
REACTIVE: Final = ("1-0:3.8.0", "1-0:4.8.0")
REACTIVE_PROFILES: Final = ("0-0:99.1.0", "0-0:99.1.1", "0-0:99.1.2")  # GBCS: ProfileDataLog in three objects
RATES: Final = "0-0:94.44.34.1"
LOGS: Final = ("0-0:99.98.0", "0-0:99.98.1", "0-0:99.98.4")
TWO_ELEMENTS: Final = "1-0:21.8.0"
DAY_S: Final = 86_400
THIRTEEN_MONTHS, THREE_MONTHS, TWO_YEARS = 395, 90, 730  # days
MOST_OFFSET_S: Final = 1799
SUPPLY_BACK: Final = 2  # an interruption is two entries: it began, it ended
MOST_ROWS: Final = 1 << 31
ELECTRICITY_VARIANTS: Final = ("A", "B", "C", "D")


def _days(seconds: int) -> str:
    days = seconds // DAY_S
    return ngettext("{count} day", "{count} days", days).format(count=days)


async def half_hours(on: Subject) -> Said:
    """EED-01: 13 months of half-hours."""
    seconds = await on.capacity_s(HALF_HOURS)
    if seconds is None:
        return failed(_("There is no profile {obis}.").format(obis=HALF_HOURS))
    entries = await on.entries(HALF_HOURS) or 0
    if not entries or seconds != entries * 1800:
        return failed(_("Its period is {seconds} s, not 1800.").format(seconds=seconds // max(entries, 1)))
    words = _("Half-hours of {days} ({rows} rows) fit into it.").format(days=_days(seconds), rows=entries)
    return (passed if seconds >= THIRTEEN_MONTHS * DAY_S else failed)(words)


async def daily_use(on: Subject) -> Said:
    """EED-03: what was used each day, 24 months back."""
    rows = await on.entries(DAILY_CONSUMPTION)
    if rows is None:
        return failed(_("There is no log of daily consumption ({obis}).").format(obis=DAILY_CONSUMPTION))
    words = _("Use of {days} fits into its daily log.").format(days=_days(rows * DAY_S))
    return (passed if rows >= TWO_YEARS else failed)(words)


async def reactive(on: Subject) -> Said:
    """OLC-12: reactive profiles of three months."""
    if not any([await on.has(obis) for obis in REACTIVE]):
        return absent(_("It measures no reactive energy."))
    held = [seconds for obis in REACTIVE_PROFILES if (seconds := await on.capacity_s(obis))]
    if not held:
        return failed(_("It measures reactive energy and keeps no profile of it."))
    words = _("Its other profiles go back {days}.").format(days=_days(min(held)))
    return (passed if min(held) >= THREE_MONTHS * DAY_S else failed)(words)


async def maxima(on: Subject) -> Said:
    """DNO-10: three maximum-demand registers."""
    data = await _network(on)
    names = {demand.name for demand in data.demands}
    missing = [name for name in (IMPORT, EXPORT, IN_WINDOW) if name not in names]
    if missing:
        return failed(_("Not there: {names}.").format(names=", ".join(missing)))
    return passed(_("Import, export, and import within a time of day."))


async def maxima_true(on: Subject) -> Said:
    """DNO-11: the highest half-hour since the reset."""
    compared = (await on.network())[1]
    told = [one for one in compared if one.register.name in (IMPORT, EXPORT)]
    wrong = [one for one in told if one.agreement is Agreement.DIFFERENT]
    if wrong:
        words = _("{register}: it says {watts} W, its half-hours {recomputed} W.")
        one = wrong[0]
        return failed(words.format(register=one.register.name, watts=one.register.watts, recomputed=one.watts))
    same = [one.register.name for one in told if one.agreement is Agreement.SAME]
    if not same:
        return open_still(_("No half-hour since the reset is there to hold a register against."))
    return passed(_("Recomputed from its half-hours, the same: {names}.").format(names=", ".join(same)))


async def window(on: Subject) -> Said:
    """DNO-12: the time of day of the third one."""
    data = await _network(on)
    if data.window is None:
        return failed(_("It shows no time of day for its third maximum."))
    clock = [f"{second // 3600:02}:{second % 3600 // 60:02}" for second in (data.window.start_s, data.window.end_s)]
    return passed(_("From {start} to {end} UTC.").format(start=clock[0], end=clock[1]))


async def outages(on: Subject) -> Said:
    """DNO-01: interruptions with their beginning and end."""
    events = await on.power_events()
    if not events:
        return open_still(_("No interruption has been logged yet."))
    if any(later.time < earlier.time for earlier, later in pairwise(events)):
        return failed(_("Entries of the power log go back in time."))
    codes = {entry.code for entry in events}
    if len(codes) < SUPPLY_BACK:
        return _one_kind(events)
    return passed(ngettext("{count} entry: gone and back.", "{count} entries: gone and back.", len(events)).format(
        count=len(events)))  # fmt: skip


def _one_kind(events: list[LogEntry]) -> Said:
    """Interruptions or returns, and never the other."""
    words = _("{count} entries, all of one kind ({meaning}): no interruption has both ends.")
    said = failed if len(events) > 1 else open_still
    return said(words.format(count=len(events), meaning=events[0].meaning))


async def voltage(on: Subject) -> Said:
    """DNO-16: thresholds of voltage, and a counter for each."""
    data = await _network(on)
    upper = [one.volts for one in data.thresholds if one.is_upper]
    lower = [one.volts for one in data.thresholds if not one.is_upper]
    if not upper or not lower or not data.phases:
        return failed(_("There are no thresholds above and below, or no counter."))
    if min(upper) <= max(lower):
        return failed(_("A threshold above ({above} V) is not above one below ({below} V).").format(
            above=min(upper), below=max(lower)))  # fmt: skip
    words = _("{count} thresholds from {low} to {high} V; counters on {phases} phases.")
    return passed(words.format(count=len(upper) + len(lower), low=min(lower), high=max(upper), phases=len(data.phases)))


async def supply(on: Subject) -> Said:
    """DNO-18: the state of its load switch can be told."""
    return passed(_("Its supply is {state}.").format(state=SupplyState(await on.meter.read_supply_state())))


async def variant(on: Subject) -> Said:
    """ALC-01: which of the variants it is."""
    found = (await on.identity()).variant
    if not found:
        return failed(_("It does not say which variant it is."))
    known = found[:1] in ELECTRICITY_VARIANTS
    return (passed if known else failed)(_("Variant {variant}.").format(variant=found))


async def elements(on: Subject) -> Said:
    """ALC-05: two elements measure on their own."""
    if not (await on.identity()).variant.startswith("B"):
        return absent(_("It has one measuring element, or three phases."))
    names = [reading.obis for reading in await on.registers() if ":1.8." in reading.obis or ":21.8" in reading.obis]
    if await on.has(TWO_ELEMENTS) is None and len(names) < SUPPLY_BACK:
        return failed(_("A twin element meter, and one import register."))
    return passed(_("Import registers: {names}.").format(names=", ".join(names)))


async def switches(on: Subject) -> Said:
    """ALC-02, ALC-14: its switches say what they are."""
    found = (await on.load_control()).switches
    if not found:
        return absent(_("It has no auxiliary switch."))
    unsaid = [one.number for one in found if not one.state]
    if unsaid:
        return failed(_("Switch {number} does not say how it stands.").format(number=unsaid[0]))
    return passed(", ".join(f"{one.number} {one.label or _('no label')}" for one in found))


async def switching_times(on: Subject) -> Said:
    """ALC-14: switching times can be read."""
    found = await on.load_control()
    if not found.switches:
        return absent(_("It has no auxiliary switch."))
    if not found.schedule:
        return open_still(_("No switching time is set."))
    return passed(ngettext("{count} switching time.", "{count} switching times.", len(found.schedule)).format(
        count=len(found.schedule)))  # fmt: skip


async def offset(on: Subject) -> Said:
    """ALC-08: the limit is 0 to 1799 s, and the offset is limit times number."""
    if await on.has("0-0:94.44.0.1") is None:
        return absent(_("It shows no randomised offset."))
    found = await on.offset()
    if not 0 <= found.limit_s <= MOST_OFFSET_S or not 0 <= found.number <= 1:
        return failed(_("Limit {limit} s, number {number}.").format(limit=found.limit_s, number=found.number))
    if abs(Decimal(found.offset_s) - found.limit_s * found.number) > 1:
        words = _("Limit {limit} s times {number} is not {offset} s.")
        return failed(words.format(limit=found.limit_s, number=found.number, offset=found.offset_s))
    words = _("Limit {limit} s times {number} is {offset} s.")
    return passed(words.format(limit=found.limit_s, number=found.number, offset=found.offset_s))


async def export(on: Subject) -> Said:
    """FUN-07, MIC-03: exported electricity is measured."""
    found = next((one for one in await on.registers() if one.obis == TOTAL_EXPORT), None)
    if found is None or found.value is None or found.odd:
        return failed(_("There is no register of export, or it makes no sense."))
    return passed(found.text)


async def readings(on: Subject) -> Said:
    """FUN-01: registers with their unit, that never go back."""
    found = await on.registers()
    odd = [one for one in found if one.odd]
    if odd:
        return failed(_("{obis}: {odd}").format(obis=odd[0].obis, odd=odd[0].odd))
    total = next((one for one in found if one.obis == TOTAL_IMPORT), None)
    if total is None or total.value is None:
        return failed(_("There is no register of total import."))
    again = next((one.value for one in await on.meter.read_registers() if one.obis == TOTAL_IMPORT), None)
    if again is None or again < total.value:
        return failed(_("Total import went back between two reads."))
    return passed(_("{count} registers, each with its unit; total import {value}.").format(
        count=len(found), value=total.text))  # fmt: skip


async def rates(on: Subject) -> Said:
    """FUN-04: several registers by time of use."""
    entry = await on.has(RATES)
    if entry is None:
        return failed(_("There are no registers by time of use ({obis}).").format(obis=RATES))
    value = await on.meter.read_attribute(entry.class_id, Obis.parse(RATES), 2)
    if value.data is None:
        return open_still(_("They cannot be read: {why}").format(why=value.error))
    found = list(_numbers(value.data))
    words = _("{count} registers by time of use, {used} of them used.")
    told = words.format(count=len(found), used=sum(number > 0 for number in found))
    if len(found) > 1:
        return passed(told)
    return open_still(_("Its tariff has one rate now.")) if found else failed(told)


def _numbers(data: Data) -> Iterator[int]:
    """Every number of a collection, however it is nested."""
    if data.tag in (DataType.STRUCTURE, DataType.ARRAY):
        for item in data.as_items():
            yield from _numbers(item)
    else:
        yield number_of(data, _("rate register"), 0, MOST_ROWS)


async def firmware(on: Subject) -> Said:
    """ARC-13: firmware has a version."""
    found = (await on.identity()).firmware
    return passed(found) if found.strip() else failed(_("It states no firmware version."))


async def bounded_logs(on: Subject) -> Said:
    """IDT-02: logs have a bound."""
    shown = [obis for obis in LOGS if (entry := await on.has(obis)) and entry.class_id == PROFILE]
    if not shown:
        return failed(_("It shows no event log."))
    most = {obis: await on.entries(obis) for obis in shown}
    endless = [obis for obis, rows in most.items() if not rows]
    if endless:
        return failed(_("{obis} states no bound.").format(obis=endless[0]))
    return passed(", ".join(_("{obis}: at most {rows}").format(obis=obis, rows=rows) for obis, rows in most.items()))


async def ages(on: Subject) -> Said:
    """DNO-13: each maximum has a reset of its own."""
    data = await _network(on)
    if not data.demands:
        return absent(_("It has no maximum-demand register."))
    resets = [one.reset for one in data.demands if one.reset is not None]
    if not resets:
        return open_still(_("None has been reset yet."))
    apart = max(resets) - min(resets) > timedelta(0) or len(resets) < len(data.demands)
    return passed(_("They were reset at different times.")) if apart else open_still(_("All were reset at one time."))


async def _network(on: Subject) -> NetworkData:
    return (await on.network())[0]


CHECKS: Final[tuple[Check[Subject], ...]] = (
    Check("readings", ("FUN-01",), lambda: _("Readings can be had, with their units"), readings),
    Check("rates", ("FUN-04",), lambda: _("Registers by time of use"), rates),
    Check("export", ("FUN-07", "MIC-03"), lambda: _("Export is measured"), export),
    Check("half-hours", ("EED-01",), lambda: _("13 months of half-hours"), half_hours),
    Check("daily-use", ("EED-03",), lambda: _("24 months of daily use"), daily_use),
    Check("reactive", ("OLC-12",), lambda: _("Three months of reactive energy"), reactive),
    Check("outages", ("DNO-01",), lambda: _("Interruptions with their beginning and end"), outages),
    Check("maxima", ("DNO-10",), lambda: _("Three maximum-demand registers"), maxima),
    Check("maxima-true", ("DNO-11",), lambda: _("A maximum is the highest half-hour"), maxima_true),
    Check("window", ("DNO-12",), lambda: _("The third maximum has a time of day"), window),
    Check("resets", ("DNO-13",), lambda: _("Each maximum is reset by itself"), ages),
    Check("voltage", ("DNO-16",), lambda: _("Voltage thresholds and counters"), voltage),
    Check("supply", ("DNO-18",), lambda: _("The state of the load switch"), supply),
    Check("variant", ("ALC-01",), lambda: _("Which variant it is"), variant),
    Check("elements", ("ALC-05",), lambda: _("Two elements measure apart"), elements),
    Check("switches", ("ALC-02",), lambda: _("Auxiliary switches say what they are"), switches),
    Check("switching-times", ("ALC-14",), lambda: _("Switching times can be read"), switching_times),
    Check("offset", ("ALC-08",), lambda: _("Randomised offset, 0 to 1799 s"), offset),
    Check("firmware", ("ARC-13",), lambda: _("Firmware has a version"), firmware),
    Check("logs", ("IDT-02",), lambda: _("Logs have a bound"), bounded_logs),
    *WRITTEN,
)
