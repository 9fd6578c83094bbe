"""What was used of gas, from the hub's mirror, as the desk reads it: a gas meter has no port, and sleeps. Days are Wh,
half-hours litres (GCS61, GCS17); the two are never added up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from hht.client.api import ClockStatus
from hht.clock import iso_z
from hht.desk.course import AskReport, AskState
from hht.desk.kinds import AskKind
from hht.history.buckets import Grain, Span
from hht.history.merging import Figure, Source, merged
from hht.i18n import _
from hht.work.device_told import days_told, half_hours_told
from hht.work.history_reading import PROFILE_DAYS, Held, HistoryRead, KeptHistory, Wanted, keep_days, kept_days

AskGas = Callable[[AskKind, dict[str, str]], Awaitable[AskReport]]
OnPart = Callable[[int, int], None]  # so many asks are answered, of so many
AT_ONCE: Final = timedelta(days=30)  # of half-hours: what one answer of a desk carries


async def read_gas_history(
    ask: AskGas,
    kept: KeptHistory | None,
    wanted: Wanted,
    now: datetime,
    on_part: OnPart = lambda _done, _all: None,
) -> HistoryRead:
    """By the day and coarser in Wh, by the half-hour in litres. `ask` asks the desk of the Gas Proxy Function. Raises
    what `ask` raises, AnswerMalformed, StoreError; what the desk refuses is told as that."""
    now_s = int(now.timestamp())
    span = wanted.span(now_s)
    if wanted.grain is Grain.HALF_HOUR:
        figures, why = await _half_hours(ask, span, now, on_part)
        course = merged([(Source.MIRROR_PROFILE, figures)])
        return HistoryRead(course, (_held(Source.MIRROR_PROFILE, figures, why),), span, now_s, wanted.grain, "l")
    on_part(0, 1)
    report = await ask(AskKind.READ_DAYS, {})
    on_part(1, 1)
    figures = days_told(report) if report.state is AskState.DONE else []
    told = [(Source.MIRROR_DAYS, [one for one in figures if one.end_s > span.start_s])]
    held = [_held(Source.MIRROR_DAYS, figures, "" if figures else report.why or report.state.value)]
    if kept is not None:
        keep_days(kept.days, [(_moment(one.start_s), ClockStatus.RELIABLE, one.amount) for one in figures])
        known = {one.start_s for one in figures}
        older = [one for one in kept_days(kept, span) if one.start_s not in known]
        if older:
            told.append((Source.KEPT_DAYS, older))
            held.append(_held(Source.KEPT_DAYS, older, ""))
    return HistoryRead(merged(told), tuple(held), span, now_s, wanted.grain)


async def _half_hours(ask: AskGas, span: Span, now: datetime, on_part: OnPart) -> tuple[list[Figure], str]:
    """Month by month, as far back as a meter holds them."""
    since = max(_moment(span.start_s), now - timedelta(days=PROFILE_DAYS))
    count = max(1, -(-(now - since) // AT_ONCE))
    found: list[Figure] = []
    for number in range(count):
        on_part(number, count)
        begins = since + number * AT_ONCE
        until = min(begins + AT_ONCE, now)
        report = await ask(AskKind.READ_HALF_HOURS, {"since": iso_z(begins), "until": iso_z(until)})
        if report.state is not AskState.DONE:
            return found, report.why or report.state.value
        last = found[-1].end_s if found else 0
        found += [one for one in half_hours_told(report) if one.start_s >= last]
    on_part(count, count)
    return found, "" if found else _("nothing of that time")


def _held(source: Source, figures: list[Figure], why: str) -> Held:
    span = Span(figures[0].start_s, figures[-1].end_s) if figures else None
    return Held(source, span, len(figures), "" if figures else why or _("nothing of that time"))


def _moment(time_s: int) -> datetime:
    return datetime.fromtimestamp(time_s, UTC)
