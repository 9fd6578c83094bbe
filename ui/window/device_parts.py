"""The parts of the device page: registers, profile, logs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hht.dates import date_text
from hht.i18n import _, ngettext
from ui.pace import Pace
from ui.window.device_model import ProfileModel, summary_words
from ui.window.fact_pictures import FactPictures
from ui.window.link_model import byte_text
from ui.window.parts import FactTable
from ui.window.plot import ProfilePlot
from ui.window.tables import Table, TextTableModel
from ui.window.widgets import Button, Icon, ProgressBar, Scroll, Segments, Text, row_of

if TYPE_CHECKING:
    from hht.client.api import LogEntry, Progress, RegisterReading
    from hht.work.view import Fact

DAYS = (7, 30, 90, 397)  # 13 months are 397 days at most


def progress_text(progress: Progress, pace: Pace | None = None) -> str:
    """How far a read has come, in words: rows, bytes, and where it can be told its pace and the time left."""
    size = byte_text(progress.bytes)
    if progress.total is None:
        return _("{done:,} rows · {bytes}").format(done=progress.done, bytes=size)
    words = _("{done:,} of {total:,} rows · {bytes}").format(done=progress.done, total=progress.total, bytes=size)
    return " · ".join(filter(None, (words, pace.words() if pace is not None else "")))


class Unread(QWidget):
    """Says that nothing was read yet, and what to do, in the middle of where it will stand."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._text = Text(words, "head")
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.addStretch(1)
        column.addWidget(Icon("meter", "ink_soft", 56), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._text)
        column.addStretch(1)

    def say(self, words: str) -> None:
        """Say this."""
        self._text.setText(words)


def unread_words() -> str:
    """What is said where the meter was not read yet."""
    return _("Nothing read yet. Hold the probe to the meter's optical port and press “Read meter”.")


class RegistersPart(QWidget):
    """The registers as the meter states them."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        header = (_("Register"), _("Value"), _("Unit"), _("OBIS"))
        self.items = TextTableModel(self, header, right=(1,), mono=(1, 3))
        self.table = Table(_("Registers"))
        self.table.setModel(self.items)
        self.table.columns((0, 220, 90, 170))
        self._unread = Unread(unread_words())
        column.addWidget(self._unread)
        column.addWidget(self.table)
        self.table.hide()

    def show_registers(self, registers: Sequence[RegisterReading]) -> None:
        """Show these."""
        rows = [(reading.label or reading.obis, *_value_and_unit(reading), reading.obis) for reading in registers]
        self.items.show_rows(rows)
        self.table.show()
        self._unread.hide()
        if rows:
            self.table.selectRow(0)


def _value_and_unit(reading: RegisterReading) -> tuple[str, str]:
    """What is odd about a register stands where its value belongs."""
    return (reading.text, "") if reading.odd else (str(reading.value), reading.unit)


class ProfilePart(QWidget):
    """The load profile: days, or the half-hours of one day."""

    def __init__(self) -> None:
        super().__init__()
        self.model = ProfileModel()
        self.days = 30
        self._daily = True
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.range_choice = Segments(_("How far back"), [(str(d), self._range_word(d)) for d in DAYS])
        self.range_choice.choose("30")
        self.range_choice.chosen.connect(self._choose_days)
        self.grain = Button(_("Half-hours"), pressed=self._toggle)
        self.earlier = Button("", icon="back", pressed=lambda: self._step(-1))
        self.later = Button("", icon="forward", pressed=lambda: self._step(1))
        self.earlier.setAccessibleName(_("Day before"))
        self.later.setAccessibleName(_("Day after"))
        column.addLayout(row_of(self.range_choice, 1, self.earlier, self.later, self.grain))
        self.plot = ProfilePlot()
        self.plot.picked.connect(self._picked)
        column.addWidget(self.plot, 1)
        self.progress = ProgressBar(_("Progress"))
        self.progress.hide()
        column.addWidget(self.progress)
        self._summary = Text("", "soft", wrap=False)
        column.addWidget(self._summary)
        self.redraw()

    @staticmethod
    def _range_word(days: int) -> str:
        return _("13 months") if days > 365 else _("{days} days").format(days=days)

    def _choose_days(self, days: str) -> None:
        self.days = int(days)

    def _toggle(self) -> None:
        if self._daily:
            bars = self.model.days()
            if bars and self.model.day is None:
                self.model.day = bars[-1].start.date()
        self._daily = not self._daily
        self.redraw()

    def _step(self, days: int) -> None:
        known = self.model.days()
        if self.model.day is not None and known:
            wanted = self.model.day + timedelta(days=days)
            self.model.day = max(known[0].start.date(), min(known[-1].start.date(), wanted))
            self.redraw()

    def _picked(self, place: int) -> None:
        if self._daily:
            self.model.day = self.model.days()[place].start.date()

    def show_progress(self, progress: Progress | None) -> None:
        """Show how far a read has come; None when it is over."""
        self.progress.setVisible(progress is not None)
        if progress is not None:
            self.progress.show_done(progress.done, progress.total or 0)

    def redraw(self) -> None:
        """Show what the model has now."""
        day: date | None = self.model.day
        bars = self.model.days() if self._daily or day is None else self.model.of_day(day)
        daily = self._daily or day is None
        self.plot.show_bars(bars, daily=daily)
        self.grain.say(_("Half-hours of this day") if daily else _("All days"))
        self.grain.setEnabled(len(self.model) > 0)
        for button in (self.earlier, self.later):
            button.setVisible(not daily)
        text = summary_words(bars, daily=daily)
        self._summary.setVisible(bool(bars))
        self._summary.setText(text if daily or day is None else f"{date_text(day, '%a %d %b %Y')}: {text}")


class NetworkPart(QWidget):
    """What a network operator looks at: maxima recomputed, voltage, outages, with their pictures."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.pictures, self.facts = FactPictures(), FactTable()
        self._unread = Unread(_("Not read yet. Press “Read network data”. Nothing is written."))
        self._scroll = Scroll()
        self._scroll.column.addWidget(self.pictures)
        self._scroll.column.addWidget(self.facts)
        self._scroll.column.addStretch(1)
        self._scroll.hide()
        column.addWidget(self._unread, 1)
        column.addWidget(self._scroll, 1)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show what was read."""
        self.pictures.show_facts(facts)
        self.facts.show_facts([(one.label, one.value, one.tone.value, one.from_device) for one in facts])
        self._unread.hide()
        self._scroll.show()


def by_cause(entries: Sequence[LogEntry]) -> list[tuple[str, ...]]:
    """What happened, by the entries of every log that was read, without what is routine: when it was last, how many
    entries tell of it, what it was, and their codes (IDT-03)."""
    from hht.work.log_causes import Logged, happenings, worth_a_look

    found = worth_a_look(happenings(Logged("", entry) for entry in entries))
    return [
        (f"{one.last.astimezone(UTC):%Y-%m-%d %H:%M:%S}", f"{len(one.entries)} ×", one.title, ", ".join(one.codes))
        for one in found
    ]


class LogsPart(QWidget):
    """Event log and security log: time, code, meaning; and both put together by cause."""

    def __init__(self) -> None:
        super().__init__()
        self.log = "event"
        self._entries: dict[str, list[tuple[str, ...]]] = {}
        self._read: dict[str, Sequence[LogEntry]] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.choice = Segments(
            _("Log"), [("event", _("Events")), ("security", _("Security")), ("causes", _("By cause"))]
        )
        self.choice.choose("event")
        self.choice.chosen.connect(self._choose)
        self._count = Text("", "soft", wrap=False)
        column.addLayout(row_of(self.choice, 1, self._count))
        self.items = TextTableModel(self, (_("Time (UTC)"), _("Code"), _("Meaning"), _("Said beside it")), mono=(0, 1))
        self.table = Table(_("Log"))
        self.table.setModel(self.items)
        self.table.columns((254, 84, 0, 230))
        column.addWidget(self.table, 1)
        self._unread = Unread("")
        column.addWidget(self._unread, 1)
        self._show()

    def _choose(self, log: str) -> None:
        self.log = log
        self._show()

    @property
    def wanted(self) -> tuple[str, ...]:
        """The logs to be read for what is shown: causes are found over both."""
        return ("event", "security") if self.log == "causes" else (self.log,)

    def show_entries(self, log: str, entries: Sequence[LogEntry]) -> None:
        """Show a log as it was read, the newest first."""
        self._entries[log] = [
            (f"{entry.time.astimezone(UTC):%Y-%m-%d %H:%M:%S}", f"{entry.code:04X}", entry.meaning, entry.information)
            for entry in sorted(entries, key=lambda entry: entry.time, reverse=True)
        ]
        self._read[log] = entries
        self._entries["causes"] = by_cause([one for read in self._read.values() for one in read])
        self._show()

    def _show(self) -> None:
        rows = self._entries.get(self.log)
        self.items.show_rows(rows or [])
        words = _("Not read yet. Press “Read log”.") if rows is None else _("The log is empty.")
        self._unread.say(words)
        self._unread.setVisible(not rows)
        self.table.setVisible(bool(rows))
        count = len(rows or [])
        text = ngettext("{count} entry", "{count} entries", count).format(count=count)
        self._count.setText(text if rows is not None else "")
        if rows:
            self.table.selectRow(0)
