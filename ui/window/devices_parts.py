"""The parts of the page of devices: now, history, configuration, logs, display."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from hht.history.buckets import Grain
from hht.history.consent import COARSE, Basis, may_look
from hht.i18n import _, ngettext
from ui.log_words import unknown_count
from ui.window.devices_model import HistoryView, ItemRow, log_rows
from ui.window.history_plot import HistoryPlot
from ui.window.parts import LOW, FactTable
from ui.window.premises_panel import DevicePanelView
from ui.window.safe_text import safe_lines
from ui.window.state_list import StateList
from ui.window.tables import Table, TextTableModel
from ui.window.theme import THEME
from ui.window.widgets import Button, Entry, FittingScroll, Scroll, Segments, Text, row_of

if TYPE_CHECKING:
    from hht.client.api import LogEntry
    from hht.model.training.panel import DevicePanel
    from hht.work.history_reading import HistoryRead
    from ui.home_devices import HomeDevice, LogTold, Told


class NowPart(Scroll):
    """What a device says this moment."""

    def __init__(self) -> None:
        super().__init__()
        self.facts = FactTable()
        self.notes = Text("", "soft")
        self.column.addWidget(self.facts)
        self.column.addWidget(self.notes)
        self.column.addStretch(1)

    def show_told(self, told: Told | None) -> None:
        """Show this; None: nothing was read."""
        self.facts.show_facts(() if told is None else told.lines)
        self.notes.setText("" if told is None else safe_lines("\n".join(told.notes), 600))


class HistoryPart(QWidget):
    """A history as a picture or a table, zoomed; its sources below. `live`: what is finer than a month has to be agreed
    to by somebody at home, or be a duty."""

    def __init__(self, *, live: bool, save: Callable[[], None]) -> None:
        super().__init__()
        self.view = HistoryView()
        self._latest: HistoryRead | None = None  # what was read, whether it has this grain or not
        self.grain = Grain.DAY
        self._live = live
        words = {
            Grain.HALF_HOUR: _("Half-hours"), Grain.DAY: _("Days"), Grain.WEEK: _("Weeks"),
            Grain.MONTH: _("Months"), Grain.YEAR: _("Years"),
        }  # fmt: skip
        self.grains = Segments(_("By"), [(grain.value, text) for grain, text in words.items()])
        self.grains.choose(self.grain.value)
        self.grains.chosen.connect(self.choose)
        self.plot = HistoryPlot(self.view)
        self.plot.zoomed.connect(self.zoom)
        self.plot.turned.connect(self.turn)
        self.items = TextTableModel(self, (_("When"), _("Used"), _("In all"), _("Note")), right=(1, 2))
        self.table = Table(_("History, line by line"))
        self.table.setModel(self.items)
        self.table.columns((210, 150, 160, 0))
        self.nearer = Button("  +  ", pressed=lambda: self.zoom(True))
        self.further = Button("  −  ", pressed=lambda: self.zoom(False))
        self.earlier = Button("", icon="back", pressed=lambda: self.turn(False))
        self.later = Button("", icon="forward", pressed=lambda: self.turn(True))
        self.as_table = Button(_("Table"), pressed=self._toggle)
        self.save = Button(_("Save CSV…"), pressed=save)
        for button, name in (
            (self.nearer, _("Look nearer")), (self.further, _("Look further")),
            (self.earlier, _("Earlier")), (self.later, _("Later")),
        ):  # fmt: skip
            button.setAccessibleName(name)
        self.agreed = Entry(_("Who at home agreed to this"), placeholder=_("Who at home agreed to this"))
        self.duty = Entry(_("or the duty that needs it"), placeholder=_("or the duty that needs it"))
        self._summary = Text("", "small")
        self._sources = Text("", "small")
        self._build()
        self.show_history(None)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(row_of(self.grains, 1))
        column.addLayout(row_of(self.agreed, self.duty))
        buttons = (self.earlier, self.further, self.nearer, self.later)
        column.addLayout(row_of(*buttons, 1, self.as_table, self.save))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.plot)
        self._stack.addWidget(self.table)
        self._stack.setMinimumHeight(96)  # in live work a row more stands above it, and buttons may be a glove's
        column.addWidget(self._stack, 3)
        column.addWidget(self._summary)
        self._told = Scroll()
        self._told.column.addWidget(self._sources)
        self._told.column.addStretch(1)
        self._told.setMinimumHeight(40)
        column.addWidget(self._told, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where the window is low, the sources stand below the table alone: the picture needs the room."""
        self._told.setVisible(self.window().height() >= LOW or self._stack.currentWidget() is self.table)

    @property
    def basis(self) -> Basis:
        """Why it may be read, as far as somebody said."""
        return Basis(self.agreed.text(), self.duty.text())

    def forget_basis(self) -> None:
        """What was agreed to, or is a duty, is so for one device while one looks at it."""
        self.agreed.clear()
        self.duty.clear()

    def choose(self, grain: str) -> None:
        """By that: of what was read already, as far as it was agreed to be looked at so."""
        self.grain = Grain(grain)
        self.grains.choose(grain)
        self.show_history(self._latest)

    def show_history(self, read: HistoryRead | None) -> None:
        """Show this one."""
        self._latest = read
        before = self.view.read, self.view.grain
        self.view.show(read if read is not None and self._has(read) else None, self.grain)
        same = before == (self.view.read, self.view.grain)
        self._refresh(self.plot.cursor_at if same else None)

    def _has(self, read: HistoryRead) -> bool:
        """Whether it was read so that it can, and may, be looked at by this grain."""
        litres = read.unit == "l" and self.grain is not Grain.HALF_HOUR
        return not litres and may_look(read.grain, self.grain, training=not self._live)

    def zoom(self, nearer: bool) -> None:
        """Look nearer, around the cursor, or further."""
        if self.view.may_zoom_in if nearer else self.view.may_zoom_out:
            self._refresh(self.view.zoom(nearer, self.plot.cursor_at))

    def turn(self, later: bool) -> None:
        """Look at what is later, or earlier."""
        before = self.view.first
        self.view.move(later)
        self._refresh(self.plot.cursor_at + before - self.view.first)

    def _toggle(self) -> None:
        self._stack.setCurrentWidget(self.plot if self._stack.currentWidget() is self.table else self.table)
        self._fit()
        self._refresh(self.plot.cursor_at)

    def _refresh(self, at: int | None = None) -> None:
        view, pictured = self.view, self._stack.currentWidget() is self.plot
        self.plot.refresh(at)
        self.items.show_rows(view.table())
        self.as_table.say(_("Table") if pictured else _("Picture"))
        self.nearer.setEnabled(pictured and view.may_zoom_in)
        self.further.setEnabled(pictured and view.may_zoom_out)
        self.earlier.setEnabled(pictured and view.first > 0)
        self.later.setEnabled(pictured and view.first + view.count < len(view.rows))
        self.save.setEnabled(bool(view.rows))
        for entry in (self.agreed, self.duty):
            entry.setVisible(self._live and self.grain not in COARSE)
        self._summary.setText(safe_lines(view.summary(), 400))
        self._sources.setText(safe_lines(view.sources(), 1200))


class SettingsPart(QWidget):
    """What a device is set to; a setting that this port lets an engineer write is written here and read back."""

    def __init__(self, write: Callable[[], None], ask: Callable[[], None]) -> None:
        super().__init__()
        self.facts = FactTable()
        self.list: StateList[ItemRow] = StateList(_("Settings"))
        self.list.marked_changed.connect(self._show_marked)
        self.value = Entry(_("New value"), placeholder=_("New value"))
        self.value.returnPressed.connect(write)
        self.write = Button(_("Write and read back"), icon="pen", pressed=write)
        self.ask = Button(_("Ask the desk…"), icon="export", pressed=ask)
        self.said = Text("", "soft")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(THEME.sizes.gap)
        scroll = FittingScroll(lambda: 120)
        scroll.column.addWidget(self.facts)
        column.addWidget(scroll)
        column.addWidget(self.list, 1)
        column.addWidget(self.said)
        column.addLayout(row_of(self.value, self.write, self.ask))
        self.show_told(None)

    def show_told(self, told: Told | None) -> None:
        """Show this; None: nothing was read."""
        self.facts.show_facts(() if told is None else told.lines)
        self.list.show_rows([] if told is None else [ItemRow(item) for item in told.items])
        self._show_marked()

    def _show_marked(self) -> None:
        row = self.list.marked
        by = "" if row is None else row.item.by
        self.value.setVisible(by == "probe")
        self.write.setVisible(by == "probe")
        self.ask.setVisible(by == "desk")
        words = {
            "probe": _("Read before, put on record, written, read back. What stands above was read after it."),
            "desk": _("This is the supplier's to change: the desk is asked, and its word is no fact until it is read."),
        }.get(by, "")
        self.said.setText(words)
        self.said.setVisible(bool(words))


class LogPart(QWidget):
    """One log of a device, each code with its meaning."""

    def __init__(self, *, choose: Callable[[str], None], save: Callable[[], None]) -> None:
        super().__init__()
        words = [
            ("event", _("Events")), ("security", _("Security")), ("power", _("Power")), ("switch", _("Switches")),
        ]  # fmt: skip
        self.logs = Segments(_("Log"), words)
        self.logs.chosen.connect(choose)
        self.save = Button(_("Save CSV…"), pressed=save)
        self.count = Text("", "soft", wrap=False)
        self.entries: tuple[LogEntry, ...] = ()
        self._rows: list[tuple[str, ...]] = []
        self.items = TextTableModel(self, (_("Time (UTC)"), _("Code"), _("Meaning")), mono=(0, 1))
        self.table = Table(_("Log"))
        self.table.setModel(self.items)
        self.table.columns((216, 84, 0))
        self.table.selectionModel().currentRowChanged.connect(lambda now, _before: self._show_marked(now.row()))
        self.detail = Text("", "soft")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(THEME.sizes.gap)
        column.addLayout(row_of(self.logs, 1))
        column.addWidget(self.table, 1)
        column.addWidget(self.detail)
        column.addLayout(row_of(self.count, 1, self.save))

    def show_device(self, device: HomeDevice | None) -> None:
        """Those logs can be read that such a device has."""
        for name, button in self.logs.buttons.items():
            button.setVisible(device is not None and name in device.logs)

    def show_log(self, told: LogTold | None) -> None:
        """Show this one; None: it was not read."""
        self.entries = () if told is None else told.entries
        self._rows = log_rows(self.entries)
        self.items.show_rows([(row[0][:16], *row[1:3]) for row in self._rows])
        self._show_marked(0)
        words = ngettext("{count} entry", "{count} entries", len(self.entries)).format(count=len(self.entries))
        unknown = unknown_count(self.entries)
        if unknown:
            words += "; " + _("{count} with a code that is in no catalogue here").format(count=unknown)
        self.count.setText("" if told is None else words)
        self.save.setEnabled(bool(self.entries))
        if self.entries:
            self.table.selectRow(0)

    def _show_marked(self, place: int) -> None:
        """The entry that is looked at, all of it."""
        row = self._rows[place] if 0 <= place < len(self._rows) else ()
        self.detail.setText(safe_lines(" · ".join(filter(None, row)), 300))
        self.detail.setVisible(bool(row))


class DisplayPart(QWidget):
    """The display and the buttons of an emulated device; of a real one, the way to the dictionary of displays."""

    def __init__(self, press: Callable[[str, str], None], look_up: Callable[[], None]) -> None:
        super().__init__()
        self.panel = DevicePanelView()
        self.panel.pressed.connect(press)
        self.panel.hint.setText("")
        self.words = Text("")
        self.look_up = Button(_("What does this display mean?"), icon="display", pressed=look_up)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.words)
        column.addWidget(self.panel, 1)
        column.addLayout(row_of(self.look_up, 1))
        self.show_panel(None)

    def show_panel(self, panel: DevicePanel | None, said: str = "") -> None:
        """Show this; None: only a person at the device sees its display."""
        self.panel.setVisible(panel is not None)
        self.panel.show_panel(panel)
        self.panel.probe.hide()
        self.panel.faults.hide()
        if said:
            self.panel.say("", said)
        words = _("Only who stands before it sees this display. Look up what it shows: texts and lights, by model.")
        self.words.setText("" if panel is not None else words)
        self.words.setVisible(panel is None)
