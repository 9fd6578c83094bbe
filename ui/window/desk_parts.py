"""The parts of the desk's page: asks and how far each is, a new one, and the read-out for the phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from hht.i18n import _
from hht.work.desk_sight import can_be_seen
from hht.work.ringing import spelled
from ui.window.desk_model import AskRow, WhatRow, ask_facts, field_words, newest_first, stages
from ui.window.parts import LOW, FactTable
from ui.window.safe_text import safe_text
from ui.window.stage_row import StageRow
from ui.window.state_list import StateList
from ui.window.theme import THEME
from ui.window.widgets import Button, Choice, Entry, Scroll, Text, drop, row_of, set_property

if TYPE_CHECKING:
    from hht.desk.course import AskReport
    from ui.askable import What
    from ui.desks import Readout


class AsksPart(QWidget):
    """Every ask, and the five stages of the marked one. `marked_changed`: another one is looked at."""

    marked_changed = Signal()

    def __init__(self, seen: Callable[[], None], phone: Callable[[], None], read: Callable[[], None]) -> None:
        super().__init__()
        self.list: StateList[AskRow] = StateList(_("Asks"))
        self.list.marked_changed.connect(self._show_marked)
        self._none = Text(_("Nothing has been asked yet. Choose “New ask”."), "head")
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stages = StageRow()
        self.facts = FactTable()
        self._scroll = Scroll()
        self._scroll.setMinimumHeight(40)  # a long notice above may take the rest
        self._scroll.column.addWidget(self.facts)
        self._scroll.column.addStretch(1)
        self.phone = Button(_("By phone…"), icon="hand", pressed=phone)
        self.seen = Button(_("Note it…"), icon="report", pressed=seen)
        self.seen.setAccessibleName(_("Note what was seen at the device…"))
        self.read = Button(_("Read the meter"), icon="meter", pressed=read)
        right = QVBoxLayout()
        right.addWidget(self.stages)
        right.addWidget(self._scroll, 1)
        right.addLayout(row_of(1, self.phone, self.seen, self.read))
        self._right = QWidget()
        self._right.setLayout(right)
        right.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(THEME.sizes.gap + 4)
        row.addWidget(self.list, 4)
        row.addWidget(self._right, 5)
        row.addWidget(self._none, 1)
        self.show_reports(())

    @property
    def marked(self) -> AskReport | None:
        """The ask that is looked at."""
        row = self.list.marked
        return row.report if row is not None else None

    def show_reports(self, reports: tuple[AskReport, ...], mark: str = "") -> None:
        """Show these, the newest first; `mark` the one of that reference."""
        rows = [AskRow(report) for report in newest_first(reports)]
        before = mark or (self.marked.ask.reference if self.marked is not None else "")
        names = [row.report.ask.reference for row in rows]
        self.list.show_rows(rows, names.index(before) if before in names else 0)
        self.list.setVisible(bool(rows))
        self._right.setVisible(bool(rows))
        self._none.setVisible(not rows)

    def _show_marked(self) -> None:
        report = self.marked
        self.stages.show_stages(stages(report) if report is not None else ())
        self.facts.show_facts(ask_facts(report) if report is not None else ())
        self.phone.setVisible(report is not None and not report.state.final)
        self.seen.setVisible(report is not None and report.ask.kind.changes)
        self.read.setVisible(report is not None and can_be_seen(report.ask.kind))
        self.marked_changed.emit()


class NewPart(QWidget):
    """What can be asked, of which device, with which values. `changed`: something was typed or chosen."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.list: StateList[WhatRow] = StateList(_("What can be asked"))
        self.list.marked_changed.connect(self._make_form)
        self.job = Entry(_("Job reference"), placeholder=_("Job reference"))
        self.device = Entry(_("Device ID"), role="entry", placeholder=_("Scan or type: 00-DB-…"))
        self.fields: dict[str, Entry] = {}
        self.type = ""
        self._types: dict[str, Choice] = {}  # the buttons that say what the device is
        self._form = Scroll()
        self._head = Text("", "head")
        self._form.column.addWidget(self._head)
        for label, entry in ((_("For job"), self.job), (_("Device ID, as printed on it"), self.device)):
            self._form.column.addWidget(Text(label, "strong"))
            self._form.column.addWidget(entry)
            entry.textChanged.connect(lambda _text: self.changed.emit())
        self._values = QVBoxLayout()
        self._values.setSpacing(THEME.sizes.gap)
        self._form.column.addLayout(self._values)
        self._form.column.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(THEME.sizes.gap + 4)
        row.addWidget(self.list, 1)
        row.addWidget(self._form, 1)

    def show_choices(self, choices: tuple[What, ...]) -> None:
        """These can be asked."""
        if not self.list.rows:
            self.list.show_rows([WhatRow(what) for what in choices], 0)

    def prepare(self, kind: str, device: str, type_: str) -> None:
        """Mark what is of that kind, with that device in its form."""
        kinds = [str(row.what.kind) for row in self.list.rows]
        if kind in kinds:
            self.list.mark(kinds.index(kind))
        self.device.setText(device)
        if type_ in self._types:
            self._types[type_].setChecked(True)
            self._choose_type(type_)

    @property
    def what(self) -> What | None:
        """What is to be asked."""
        row = self.list.marked
        return row.what if row is not None else None

    @property
    def details(self) -> dict[str, str]:
        """The values that were typed."""
        return {name: entry.text().strip() for name, entry in self.fields.items() if entry.text().strip()}

    @property
    def ready(self) -> bool:
        """Whether everything that must be there is."""
        what = self.what
        return (
            what is not None
            and bool(self.job.text().strip() and self.device.text().strip() and self.type)
            and all(self.fields[name].text().strip() for name in what.must)
        )

    def _make_form(self) -> None:
        """The fields of what is marked now; nothing typed into the others is kept, for it meant another thing."""
        while (item := self._values.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                drop(widget)
        self._types.clear()
        self.fields, what = {}, self.what
        if what is None:
            return
        self._head.setText(safe_text(WhatRow(what).title))
        types = [type_ for type_, _service in what.services]
        self.type = types[0]
        if len(types) > 1:
            self._values.addWidget(Text(_("What it is"), "strong"))
            self._values.addWidget(self._type_choice(types))
        for name in (*what.must, *what.may):
            label = field_words(name, must=name in what.must, secret=name in what.secret)
            entry = Entry(label, secret=name in what.secret)
            entry.textChanged.connect(lambda _text: self.changed.emit())
            self.fields[name] = entry
            self._values.addWidget(Text(label[:1].upper() + label[1:], "strong"))
            self._values.addWidget(entry)
        self.changed.emit()

    def _type_choice(self, types: list[str]) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        group = QButtonGroup(box)
        for type_ in types:
            button = Choice(type_, pressed=lambda type_=type_: self._choose_type(type_))  # type: ignore[misc]
            button.setChecked(type_ == self.type)
            group.addButton(button)
            column.addWidget(button)
            self._types[type_] = button
        return box

    def _choose_type(self, type_: str) -> None:
        self.type = type_
        self.changed.emit()


class PhonePart(QWidget):
    """What is read out, in large type, and the reference that the desk says. `typed`: it was typed in;
    `rung`: in training, the emulated desk is to hear it."""

    typed = Signal(str)
    rung = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._lines = Scroll()
        self._lines.column.setSpacing(4)
        self.last = Text("", "spoken")  # the check characters, in sight however low the window is
        self._words = Text(_("Read this out, line by line. The desk checks the last four characters."), "soft")
        self.field = Entry(_("The desk's reference"), role="entry", placeholder=_("As the desk says it: T02D-SRNS"))
        self.note = Button(_("Note it"), icon="check", pressed=self._note)
        self.field.returnPressed.connect(self._note)
        self.field.textChanged.connect(lambda text: self.note.setEnabled(bool(text.strip())))
        self.note.setEnabled(False)
        self.ring = Button(_("Let the emulated desk hear it"), icon="training", pressed=self.rung.emit)
        if not THEME.training:
            self.ring.hide()
        row = row_of(self.field, self.note)
        row.setStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        head = row_of(self._words, self.ring)
        head.setStretch(0, 1)
        column.addLayout(head)
        column.addWidget(self._lines, 1)
        column.addWidget(self.last)
        column.addWidget(Text(_("The desk's reference, typed in as it is said"), "strong"))
        column.addLayout(row)
        self.said: tuple[str, ...] = ()
        self.whole = ""  # as the desk types it

    def show_readout(self, said: Readout | None) -> None:
        """Show what is read out."""
        while (item := self._lines.column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                drop(widget)
        self.said = said.lines if said is not None else ()
        self.whole = said.text if said is not None else ""
        role = "spoken" if self.window().height() >= LOW else "spoken-low"
        for line in self.said[:-1]:
            text = Text(safe_text(line), role)
            text.setAccessibleName(line)
            self._lines.column.addWidget(text)
        last = self.said[-1] if self.said else ""
        set_property(self.last, "role", role)
        self.last.setText(safe_text(_spelled(last)) if last else "")
        self.last.setAccessibleName(last)
        self.last.setVisible(bool(last))
        self._lines.column.addStretch(1)
        self.field.clear()

    def _note(self) -> None:
        if self.note.isEnabled():
            self.typed.emit(self.field.text().strip())


def _spelled(line: str) -> str:
    """The check characters apart from each other, and as words."""
    head, _space, checks = line.rpartition(" ")
    return f"{head}   {'  '.join(checks)}   {spelled(checks)}"
