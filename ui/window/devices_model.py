"""What the pages of devices show. Plain Python: facts in, rows out; which part of a history is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from hht.alerts import is_known
from hht.history.buckets import Grain
from hht.history.rows import Row, rows_of
from hht.i18n import _, ngettext
from ui.history_words import amount_text, bucket_words, conflict_words, gap_words, held_words, note_words, unit_text
from ui.home_devices import HomeDevice, Item, by_words

if TYPE_CHECKING:
    from hht.client.api import LogEntry
    from hht.work.history_reading import HistoryRead
    from ui.home_devices import Told

OLD_S: Final = 300  # our own number: what was confirmed longer ago is worth reading again
LEAST: Final = 6  # columns, however near one looks
_ICONS: Final = {
    "electricity-meter": "meter",
    "gas-meter": "flame",
    "communications-hub": "hub",
    "load-control-switch": "switch",
    "in-home-display": "display",
    "prepayment-interface": "display",
}


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device of the list."""

    device: HomeDevice

    @property
    def title(self) -> str:
        """What it is."""
        return self.device.title

    @property
    def line(self) -> str:
        """Its number, without what would push its end out of sight."""
        return self.device.device_id.replace("-", "")

    @property
    def word(self) -> str:
        """Nothing is known of its state before it is read."""
        return ""

    @property
    def tone(self) -> tuple[str, str]:
        """(icon, colour)."""
        return _ICONS.get(self.device.kind, "dot"), "ink"

    @property
    def spoken(self) -> str:
        """All of it in words."""
        return self.device.spoken


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A setting, and who may change it."""

    item: Item

    @property
    def title(self) -> str:
        """What it is."""
        return self.item.label

    @property
    def line(self) -> str:
        """What the device holds."""
        return self.item.value or _("not told")

    @property
    def word(self) -> str:
        """Who changes it."""
        return {"probe": _("write here"), "desk": _("the desk's")}.get(self.item.by, _("read only"))

    @property
    def tone(self) -> tuple[str, str]:
        """(icon, colour)."""
        return {"probe": ("pen", "good"), "desk": ("export", "accent")}.get(self.item.by, ("lock", "ink_soft"))

    @property
    def spoken(self) -> str:
        """All of it in words."""
        return ", ".join((self.title, self.line, self.word))


def confirmed_words(told: Told, now: datetime) -> tuple[str, str]:
    """(tone, words): when it was confirmed, by whose word, and whether that is long ago."""
    age = max(0, int((now - told.at).total_seconds()))
    ago = _("{seconds} s ago").format(seconds=age) if age < 120 else _("{minutes} min ago").format(minutes=age // 60)
    words = _("Confirmed {time} UTC, {ago}: {by}.").format(time=f"{told.at:%H:%M:%S}", ago=ago, by=by_words(told.by))
    if age < OLD_S:
        return "plain", words
    return "warn", _("{words} It may be otherwise now: read again.").format(words=words)


def log_rows(entries: Sequence[LogEntry]) -> list[tuple[str, ...]]:
    """A log for a table (time, code, meaning, what is said beside it), the newest first; a code that is in no catalogue
    says so."""
    return [
        (
            f"{one.time:%Y-%m-%d %H:%M:%S}",
            f"{one.code:04X}",
            one.meaning if is_known(one.code) else _("unknown: in no catalogue here"),
            one.information,
        )
        for one in sorted(entries, key=lambda one: one.time, reverse=True)
    ]


class HistoryView:
    """A history, and the part of it that is looked at: `first` and `count` of its rows."""

    def __init__(self) -> None:
        self.grain = Grain.DAY
        self.rows: tuple[Row, ...] = ()
        self.read: HistoryRead | None = None
        self.first = self.count = 0

    def show(self, read: HistoryRead | None, grain: Grain) -> None:
        """Another history, or none: all of it is looked at, of half-hours the latest two days. The same one again is
        looked at as it was."""
        if read is self.read and grain is self.grain:
            return
        self.read, self.grain = read, grain
        self.rows = () if read is None else rows_of(read.course, grain, read.span, read.now_s)
        self.count = min(len(self.rows), 96) if grain is Grain.HALF_HOUR else len(self.rows)
        self.first = len(self.rows) - self.count

    @property
    def unit(self) -> str:
        """Of its amounts."""
        return "Wh" if self.read is None else self.read.unit

    @property
    def shown(self) -> tuple[Row, ...]:
        """The rows that are looked at."""
        return self.rows[self.first : self.first + self.count]

    def zoom(self, nearer: bool, at: int) -> int:
        """Look at half as many rows, or twice as many, around place `at` of those shown; where that place is then."""
        wanted = self.count // 2 if nearer else self.count * 2
        count = max(min(LEAST, len(self.rows)), min(len(self.rows), wanted))
        place = self.first + max(0, min(at, self.count - 1))
        self.first = max(0, min(len(self.rows) - count, place - count // 2))
        self.count = count
        return place - self.first

    def move(self, later: bool) -> None:
        """Look at what is before or after, half a picture on."""
        step = max(1, self.count // 2) * (1 if later else -1)
        self.first = max(0, min(len(self.rows) - self.count, self.first + step))

    @property
    def may_zoom_in(self) -> bool:
        """Whether there is anything nearer."""
        return self.count > LEAST

    @property
    def may_zoom_out(self) -> bool:
        """Whether not all is shown."""
        return self.count < len(self.rows)

    def words(self, place: int) -> str:
        """The row at that place of those shown."""
        if not 0 <= place < len(self.shown):
            return ""
        row = self.shown[place]
        note = note_words(row)
        words = f"{bucket_words(row.span, self.grain)}: {amount_text(row.amount, self.unit)}"
        return f"{words} ({note})" if note else words

    def summary(self) -> str:
        """What is looked at, in a sentence."""
        shown = self.shown
        if not shown:
            return _("No history read yet.")
        known = [row for row in shown if row.amount is not None]
        total = amount_text(sum(row.amount or 0 for row in known), self.unit)
        words = _("{first} to {last}: {total}; {known} of {count} known. Since the beginning: {all}.")
        return words.format(
            first=bucket_words(shown[0].span, self.grain),
            last=bucket_words(shown[-1].span, self.grain),
            total=total,
            known=len(known),
            count=len(shown),
            all=amount_text(shown[-1].total, self.unit),
        )

    def sources(self) -> str:
        """Where all of it is from, what no source has, what contradicts what."""
        if self.read is None:
            return ""
        lines = [held_words(held) for held in self.read.held]
        against = conflict_words(self.read)
        if len(against) > 2:
            more = ngettext("{count} more contradiction", "{count} more contradictions", len(against) - 2)
            against = (*against[:2], more.format(count=len(against) - 2))
        return "\n".join(filter(None, (gap_words(self.read), *lines, *against)))

    def table(self) -> list[tuple[str, ...]]:
        """All of it for a table, the newest first."""
        return [
            (
                bucket_words(row.span, self.grain),
                amount_text(row.amount, self.unit),
                amount_text(row.total, self.unit),
                note_words(row),
            )
            for row in reversed(self.rows)
        ]

    def unit_words(self) -> str:
        """What a column of the picture is."""
        grains = {
            Grain.HALF_HOUR: _("half-hour"),
            Grain.DAY: _("day"),
            Grain.WEEK: _("week"),
            Grain.MONTH: _("month"),
            Grain.YEAR: _("year"),
        }
        return _("{unit} per {grain}, local time").format(unit=unit_text(self.unit), grain=grains[self.grain])
