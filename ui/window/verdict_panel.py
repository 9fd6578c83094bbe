"""The verdict of a fault visit on its step: causes with how sure they are, what to do and what not, every fault domain
with the test that proved or excluded it, and what each rests on, down to the frames in the trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from hht.i18n import _
from hht.work.verdict_told import CauseTold, DomainTold, Seen, Stretch, VerdictTold
from ui.window.safe_text import safe_text
from ui.window.sheet import give_keyboard
from ui.window.tables import Table, TextTableModel
from ui.window.theme import THEME
from ui.window.widgets import Button, Icon, Text, drop, row_of

_LOOK = {"found": ("warn", "warn"), "several": ("unknown", "warn"), "nothing-wrong": ("check", "good")}
_UNSURE = ("unknown", "warn")
_MARK = {"proved": "●", "excluded": "✓", "open": "○"}
_MOST_MISSING = 5  # looks of an open domain that are named below the table; the report and the file have more
_ORDER = ("proved", "excluded", "open")


@dataclass(frozen=True, slots=True)
class Ground:
    """A row of what something rests on; `where` None: a person saw it."""

    seen: Seen
    where: Stretch | None

    @property
    def cells(self) -> tuple[str, str, str]:
        """Test, what it told, where it stands."""
        return self.seen.test, self.seen.told, _("seen by a person") if self.where is None else self.where.words


def grounds(seen: Sequence[Seen]) -> list[Ground]:
    """A row for each place in a trace."""
    return [Ground(one, where) for one in seen for where in one.frames or (None,)]


class Rows(Table):
    """As high as its rows; Enter and a second tap press what is chosen; at either end the keyboard's arrows stay."""

    def __init__(self, name: str, header: Sequence[str], widths: Sequence[int], pressed: Callable[[], None]) -> None:
        super().__init__(name)
        self.items = TextTableModel(self, header)
        self.setModel(self.items)
        self._pressed = pressed
        self.columns(widths)
        self.doubleClicked.connect(lambda _index: pressed())
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.horizontalHeader().setStretchLastSection(True)

    def show_cells(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Show these; the first is chosen."""
        self.items.show_rows(rows)
        if rows:
            self.setCurrentIndex(self.items.index(0, 0))
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._pressed()
        else:
            super().keyPressEvent(event)

    def _fit(self) -> None:
        super()._fit()
        if hasattr(self, "items"):
            rows = max(1, len(self.items.rows))
            self.setFixedHeight(self.horizontalHeader().sizeHint().height() + rows * THEME.sizes.dense + 4)


class VerdictPanel(QWidget):
    """See the module. `show_frames` opens the trace where a stretch begins."""

    def __init__(self, show_frames: Callable[[Stretch], None]) -> None:
        super().__init__()
        self._show_frames = show_frames
        self._told: VerdictTold | None = None
        self._grounds: list[Ground] = []
        self._sorted: list[DomainTold] = []
        self._icon = Icon("warn", "warn", 34)
        self._outcome = Text("", "head")
        self._causes = QVBoxLayout()
        self._causes.setSpacing(8)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(6)
        head = (_("Domain"), _("Stands"), _("By which test"))
        self.domains = Rows(_("Fault domains"), head, (226, 130, 0), self._to_grounds)
        self.domains.selectionModel().currentChanged.connect(self._domain_chosen)
        self._of = Text("", "strong")
        head = (_("Test"), _("Told"), _("Where it stands"))
        self.rests_on = Rows(_("What it rests on"), head, (230, 210, 0), self.open_trace)
        self.rests_on.selectionModel().currentChanged.connect(lambda _now, _before: self._ground_chosen())
        self._whole = Text("", "soft")
        self.trace = Button(_("Show these frames in the trace"), icon="trace", pressed=self.open_trace)
        self._build()
        self.hide()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(THEME.sizes.gap)
        head = row_of(self._icon, self._outcome, spacing=10)
        head.setStretch(1, 1)
        column.addLayout(head)
        column.addLayout(self._causes)
        column.addLayout(self._lines)
        for part in (self.domains, self._of, self.rests_on, self._whole):
            column.addWidget(part)
        column.addLayout(row_of(self.trace, 1))

    def show_verdict(self, told: VerdictTold | None) -> None:
        """Show it; None hides the panel. The same one again is left alone."""
        self.setVisible(told is not None)
        if told is None or told == self._told:
            return
        self._told = told
        self._icon.show_icon(*_LOOK.get(told.outcome, _UNSURE))
        self._outcome.setText(safe_text(told.words))
        _empty(self._causes)
        _empty(self._lines)
        for cause in told.causes:
            self._add_cause(cause)
        for icon, tone, words in lines_of(told):
            mark = Icon(icon, tone, 26)
            row = row_of(mark, Text(safe_text(words, 600)), spacing=10)
            row.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
            row.setStretch(1, 1)
            self._lines.addWidget(_held(row))
        self._sorted = sorted(told.domains, key=lambda one: _ORDER.index(one.state))
        rows = [
            (one.name, f"{_MARK[one.state]} {one.state_words}", one.tests or "; ".join(one.open) or "–")
            for one in self._sorted
        ]
        self.domains.show_cells(rows)
        if told.causes and not any(one.state == "proved" for one in told.domains):
            self._show_grounds(told.causes[0].title, told.causes[0].reasons)

    def chosen_place(self) -> Stretch | None:
        """Where the chosen observation stands in a trace; None where a person saw it, or nothing is chosen."""
        row = self.rests_on.currentIndex().row()
        return self._grounds[row].where if 0 <= row < len(self._grounds) else None

    def open_trace(self) -> None:
        """Open the trace where the chosen observation stands."""
        where = self.chosen_place()
        if where is not None and where.times is not None:
            self._show_frames(where)

    def _add_cause(self, cause: CauseTold) -> None:
        title = f"{cause.title} ({cause.domain})" if cause.domain else cause.title
        sure = _("{title}: {chance:.0%} sure").format(title=title, chance=cause.chance)
        why = Button(_("What speaks for it"), pressed=lambda: self._look_at(cause))
        why.setAccessibleName(_("What speaks for “{cause}”").format(cause=cause.title))
        words = QWidget()
        column = QVBoxLayout(words)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(Text(safe_text(sure, 300), "strong"))
        column.addWidget(Text(safe_text(cause.why, 600)))
        row = row_of(words, why, spacing=12)
        row.setStretch(0, 1)
        self._causes.addWidget(_held(row))

    def _domain_chosen(self, now: QModelIndex, _before: QModelIndex) -> None:
        if now.isValid() and self._told is not None:
            one = self._sorted[now.row()]
            self._show_grounds(f"{one.name}: {one.state_words}", one.by, one.open)

    def _show_grounds(self, of: str, seen: Sequence[Seen], missing: Sequence[str] = ()) -> None:
        self._grounds = grounds(seen)
        rests = _("{what} – what it rests on") if seen else _("{what} – no test has proved or excluded it")
        lines = [rests.format(what=of), *missing[:_MOST_MISSING]]
        if len(missing) > _MOST_MISSING:
            lines.append(_("and {count} more").format(count=len(missing) - _MOST_MISSING))
        self._of.setText("\n".join(safe_text(one, 300) for one in lines))
        self.rests_on.setVisible(bool(seen))
        self.rests_on.show_cells([one.cells for one in self._grounds])
        self._ground_chosen()

    def _ground_chosen(self) -> None:
        """The row in full below the table, and whether there are frames of it."""
        row = self.rests_on.currentIndex().row()
        chosen = self._grounds[row] if 0 <= row < len(self._grounds) else None
        where = self.chosen_place()
        words = "" if chosen is None else "{}. {} [{}]".format(*chosen.cells)
        self._whole.setText(safe_text(words, 600))
        self._whole.setVisible(bool(words))
        self.trace.setEnabled(where is not None and where.times is not None)

    def _look_at(self, cause: CauseTold) -> None:
        self._show_grounds(cause.title, cause.reasons)
        self._to_grounds()

    def _to_grounds(self) -> None:
        """The keyboard goes to what the chosen cause or domain rests on, and that comes into sight."""
        if not self.rests_on.isVisible():
            return
        give_keyboard(self.rests_on)
        parent = self.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if parent is not None:
            QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)  # the rows have just become others
            parent.ensureWidgetVisible(self.trace, 0, 8)
            parent.ensureWidgetVisible(self._of, 0, 8)


def lines_of(told: VerdictTold) -> list[tuple[str, str, str]]:
    """(icon, tone, words): next action, what not to retry, what may be, the separating test, when it stopped."""
    lines = [("forward", "accent", _("Next: {what}").format(what=one.next)) for one in told.causes[:1]]
    if not told.causes:
        words = _("No cause is proved. Give the visit on with what was found: nothing is guessed.")
        lines.append(("forward", "accent", words))
    lines += [("stop", "bad", _("Not to be tried again: {what}").format(what=one)) for one in told.dont]
    if told.retry:
        lines.append(("retry", "ink", _("May be tried again: {what}").format(what=told.retry)))
    if told.separating:
        apart = _("The one test that would tell the first two apart: {test}").format(test=told.separating)
        lines.append(("info", "ink", apart))
    stopped = _("Stopped after {minutes:g} min: {why}.").format(minutes=told.minutes, why=told.stopped)
    return [*lines, ("clock", "ink", stopped)]


def _held(row: QHBoxLayout) -> QWidget:
    """A row as a widget, so that it can be taken out whole."""
    held = QWidget()
    held.setLayout(row)
    return held


def _empty(column: QVBoxLayout) -> None:
    while (item := column.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            drop(widget)


__all__ = ["Ground", "VerdictPanel", "grounds", "lines_of"]
