"""A history for people and programs, the same on the command line and in the window: figures, where they are from, what
is not known."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht.british_time import local_day
from hht.clock import iso_z
from hht.dates import date_text
from hht.history.buckets import Grain, Span, bucket_name, local_clock
from hht.history.merging import Source
from hht.history.rows import Row
from hht.i18n import _, ngettext
from ui.csv_cells import cells
from ui.whole_file import whole_file

if TYPE_CHECKING:
    from hht.work.history_reading import Held, HistoryRead

MONTHS: Final = {Grain.HALF_HOUR: 0, Grain.DAY: 1, Grain.WEEK: 6, Grain.MONTH: 24, Grain.YEAR: 36}  # unless said
MOST_MONTHS: Final = 120
_THREE: Final = 1000  # of a litre or a watt-hour: cubic metres and kilowatt-hours


def amount_text(amount: int | None, unit: str) -> str:
    """kWh, or cubic metres of gas; a dash for what is not known."""
    if amount is None:
        return "–"
    return f"{amount / _THREE:.3f} {unit_text(unit)}"


def unit_text(unit: str) -> str:
    """The unit that amounts are shown in."""
    return "m³" if unit == "l" else "kWh"


def moment(time_s: int) -> datetime:
    """As a time."""
    return datetime.fromtimestamp(time_s, UTC)


def bucket_words(span: Span, grain: Grain) -> str:
    """A bucket as it stands in a table."""
    day = local_day(span.start_s)
    if grain is Grain.HALF_HOUR:
        return f"{date_text(day, '%d %b %Y')} {local_clock(span.start_s)}"
    if grain is Grain.WEEK:
        return _("week from {day}").format(day=date_text(day, "%d %b %Y"))
    return {Grain.DAY: date_text(day, "%a %d %b %Y"), Grain.MONTH: date_text(day, "%b %Y")}.get(grain, f"{day:%Y}")


def note_words(row: Row) -> str:
    """What has to be said beside a row's figure; "" where it is all there."""
    notes = []
    if row.running:
        notes.append(_("so far"))
    elif row.amount is None:
        notes.append(_("known only together with its neighbours") if row.wider else _("nothing known"))
    elif not row.whole:
        notes.append(_("{share} % of it known").format(share=min(99, 100 * row.known_s // row.span.length_s)))
    if row.shifted:
        notes.append(_("by UTC days"))
    if row.doubtful:
        notes.append(_("clock in doubt"))
    return ", ".join(notes)


def plain_row(row: Row, grain: Grain, unit: str) -> dict[str, Any]:
    """For JSON and CSV."""
    return {
        "bucket": bucket_name(row.span, grain),
        "from": iso_z(moment(row.span.start_s)),
        "to": iso_z(moment(row.span.end_s)),
        "amount": None if row.amount is None else row.amount / _THREE,
        "unit": unit_text(unit),
        "total": row.total / _THREE,
        "known": round(min(1.0, row.known_s / row.span.length_s), 3),
        "sources": [source.value for source in row.sources],
        "note": note_words(row),
    }


def save_rows(path: Path, rows: Sequence[Row], grain: Grain, unit: str) -> None:
    """A CSV file of them, written whole. Raises FileNotWritten."""
    names = ["bucket", "from", "to", "amount", "unit", "total", "known", "sources", "note"]
    with whole_file(path, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in rows:
            told = plain_row(row, grain, unit)
            told["sources"] = " ".join(told["sources"])
            writer.writerow(cells(["" if told[name] is None else told[name] for name in names]))


def limit_words(source: Source) -> str:
    """What such a source cannot hold, by the book; "" where there is no such limit."""
    return {
        Source.PROFILE: _("a meter holds 13 months of half-hours"),
        Source.DAILY_LOG: _("a meter holds 731 days"),
        Source.BILLING_LOG: _("a meter holds 12 snapshots"),
        Source.MIRROR_PROFILE: _("a gas meter holds 13 months of half-hours, and the hub mirrors them"),
        Source.MIRROR_DAYS: _("the hub mirrors 731 days of gas"),
    }.get(source, "")


def held_words(held: Held) -> str:
    """What a source had, and what it cannot have."""
    if held.span is None:
        return f"{held.source.words}: {held.why}"
    first, last = local_day(held.span.start_s), local_day(held.span.end_s - 1)
    words = ngettext(
        "{source}: {count} figure, {first} to {last}", "{source}: {count} figures, {first} to {last}", held.figures
    )
    told = words.format(
        source=held.source.words,
        count=held.figures,
        first=date_text(first, "%d %b %Y"),
        last=date_text(last, "%d %b %Y"),
    )
    return "; ".join(filter(None, (told, limit_words(held.source))))


def gap_words(read: HistoryRead) -> str:
    """From when on anything is known, where that is later than was asked for; "" else."""
    begins = min((one.span.start_s for one in read.held if one.span is not None), default=None)
    if begins is None:
        return _("Nothing is known of that time.")
    if begins <= read.span.start_s + 86_400:
        return ""
    words = _("Before {day} nothing is known: no source here has it. The supplier's own records may.")
    return words.format(day=date_text(local_day(begins), "%d %b %Y"))


def conflict_words(read: HistoryRead) -> tuple[str, ...]:
    """Where sources contradict each other."""
    return tuple(
        _("{day}: {source} has {less} less than the finer figures of that time; those count.").format(
            day=date_text(local_day(one.figure.start_s), "%d %b %Y"),
            source=one.source.words,
            less=amount_text(one.less, read.unit),
        )
        for one in read.course.conflicts
    )


def plain_held(held: Held) -> dict[str, Any]:
    """For JSON."""
    span = held.span
    return {
        "source": held.source.value,
        "figures": held.figures,
        "from": None if span is None else iso_z(moment(span.start_s)),
        "to": None if span is None else iso_z(moment(span.end_s)),
        "why": held.why,
        "limit": limit_words(held.source),
    }
