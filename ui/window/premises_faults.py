"""Faults as switches: what can go wrong in this premises, what will be seen of it, and where it is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QItemSelectionModel,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from hht.i18n import _
from ui.window.premises_model import FaultRow, FaultsModel, amount_words, parse_amount, plan_words
from ui.window.row_list import ROW, Index, RowListModel
from ui.window.safe_text import safe_text
from ui.window.sheet import give_keyboard
from ui.window.tables import paint_row, paint_words
from ui.window.theme import THEME
from ui.window.widgets import Button, Entry, Scroll, Text, drop, row_of, set_property

if TYPE_CHECKING:
    from ui.training_views import FaultOn, FaultPlanned, FaultShown


class _Delegate(QStyledItemDelegate):
    """Paints one fault: its title, and where it is on."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(200, THEME.sizes.row + 4)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: FaultRow = index.data(ROW)
        painter.save()
        box = paint_row(painter, option).adjusted(14, 5, -10, -5)
        ratio = painter.device().devicePixelRatioF()
        icon, token = ("warn", "bad") if row.on_at else ("dot", "ink_soft")
        painter.drawPixmap(box.left(), box.center().y() - 12, THEME.pixmap(icon, token, 24, ratio))
        words, left = box.adjusted(34, 0, 0, 0), Qt.AlignmentFlag.AlignLeft
        painter.setFont(THEME.font(bold=True))
        painter.setPen(THEME.colour("ink"))
        paint_words(painter, words, left | Qt.AlignmentFlag.AlignTop, row.fault.title)
        painter.setFont(THEME.font(THEME.sizes.small))
        painter.setPen(THEME.colour("bad" if row.on_at else "ink_soft"))
        where = row.state or ", ".join(row.fault.devices)
        paint_words(painter, words, left | Qt.AlignmentFlag.AlignBottom, where)
        painter.restore()


class FaultSwitch(Button):
    """One fault at one place, on or off."""

    def __init__(self, device: str, part: FaultsPart) -> None:
        self.device = device
        self._part = part
        super().__init__("", pressed=lambda: part.turn(device))
        self.setCheckable(True)

    def show_state(self, on: bool, title: str) -> None:
        """It is on, or off."""
        where = self.device or _("the premises")
        self.setChecked(on)
        words = _("{where}: on") if on else _("{where}: off")
        self.say(words.format(where=where), "warn" if on else "dot")
        self.setAccessibleName(safe_text(f"{title}, {words.format(where=where)}"))


class FaultsPart(QWidget):
    """See the module. `switched`: (fault, device, on, how much of it: None for the usual); `wants_plan`: the marked one
    is to be planned; `given_up`: the number of a plan."""

    switched = Signal(str, str, bool, object)
    wants_plan = Signal()
    given_up = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.model = FaultsModel()
        self._items = RowListModel[FaultRow](self)
        self._switches: dict[str, FaultSwitch] = {}
        self._shown: FaultShown | None = None
        self._shown_plans: tuple[FaultPlanned, ...] = ()
        self.search = Entry(_("Search the faults"), placeholder=_("Search: words, device or F-12"))
        self.search.textChanged.connect(self._searched)
        self.search.returnPressed.connect(self._to_list)
        self.list = QListView()
        self.list.setAccessibleName(_("Faults"))
        self.list.setModel(self._items)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.setProperty("role", "rail")
        self.list.viewport().setAutoFillBackground(False)
        self.list.selectionModel().currentChanged.connect(lambda _now, _before: self._show_fault())
        self.list.activated.connect(lambda _index: self._to_switch())
        self._build()
        self._show_rows()

    def _build(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(THEME.sizes.gap)
        left.addWidget(self.search)
        left.addWidget(self.list, 1)
        self._none = Text(_("No fault has these words."), "head")
        left.addWidget(self._none)
        self._details = Scroll()
        self.title, self.name = Text("", "head"), Text("", "small")
        self.symptom, self.remedy, self.stays = Text(""), Text("", "soft"), Text("", "soft")
        self._how_much = Text("", "soft")
        self.amount = Entry(_("How much"))
        self.amount.returnPressed.connect(self._amount_typed)
        self._places = QVBoxLayout()
        self._places.setSpacing(8)
        self.plan_button = Button(_("Plan…"), icon="calendar", pressed=self.wants_plan.emit)
        self._plans = QVBoxLayout()
        self._plans.setSpacing(8)
        column = self._details.column
        column.setSpacing(8)
        for part in (self.title, self.name, self.symptom):
            column.addWidget(part)
        column.addWidget(self._how_much)
        column.addWidget(self.amount)
        column.addLayout(self._places)
        column.addWidget(self.plan_button)
        column.addLayout(self._plans)
        for part in (self.remedy, self.stays):
            column.addWidget(part)
        column.addStretch(1)
        both = row_of(self._details, spacing=THEME.sizes.gap + 6)
        both.insertLayout(0, left, 5)
        both.setStretch(1, 6)
        both.setContentsMargins(0, 0, 0, 0)
        self.setLayout(both)

    @property
    def chosen(self) -> FaultShown | None:
        """The fault that is marked."""
        index = self.list.currentIndex()
        return self._items.rows[index.row()].fault if index.isValid() else None

    def show_offered(self, offered: tuple[FaultShown, ...]) -> None:
        """These can be here."""
        if offered != self.model.offered:
            self.model.offered = offered
            self._show_rows()

    def show_on(self, on: tuple[FaultOn, ...], plans: tuple[FaultPlanned, ...] = ()) -> None:
        """These are on, and these are planned."""
        if (on, plans) != (self.model.on, self.model.plans):
            self.model.on, self.model.plans = on, plans
            self._show_rows()

    def turn(self, device: str) -> None:
        """Switch the marked fault at that device."""
        fault = self.chosen
        if fault is None:
            return
        on = not self.model.is_on(fault.name, device)
        if on and not self._amount_right(fault):
            return
        self.switched.emit(fault.name, device, on, self._amount(fault) if on else None)
        self._show_switches(fault)  # it is on when the premises says so

    def _amount(self, fault: FaultShown) -> int | None:
        return None if fault.amount is None else parse_amount(self.amount.text(), fault.amount)

    def _amount_right(self, fault: FaultShown) -> bool:
        """Whether there can be so much as is typed; else the field says what there can be."""
        right = fault.amount is None or self._amount(fault) is not None
        set_property(self._how_much, "tone", "" if right else "bad")
        if not right:
            give_keyboard(self.amount)
            self.amount.selectAll()
        return right

    def _amount_typed(self) -> None:
        """Where the fault is on there is so much of it from now on."""
        fault = self.chosen
        if fault is not None and self._amount_right(fault):
            for device in fault.devices or ("",):
                if self.model.is_on(fault.name, device):
                    self.switched.emit(fault.name, device, True, self._amount(fault))

    def _searched(self, text: str) -> None:
        self.model.words = text
        self._show_rows()

    def _show_rows(self) -> None:
        before = self.chosen
        rows = self.model.rows()
        self._items.show_rows(rows)
        self.list.setVisible(bool(rows))
        self._none.setVisible(not rows and bool(self.model.offered))
        names = [row.fault.name for row in rows]
        if rows:
            place = names.index(before.name) if before is not None and before.name in names else 0
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.list.selectionModel().setCurrentIndex(self._items.index(place), flags)
        self._show_fault()

    def _show_fault(self) -> None:
        fault = self.chosen
        self._details.setVisible(fault is not None)
        if fault is None:
            return
        self.title.setText(safe_text(fault.title))
        self.name.setText(safe_text(" · ".join((fault.name, *fault.failures))))
        self.symptom.setText(safe_text(_("Seen: {symptom}").format(symptom=fault.symptom), 600))
        self.remedy.setText(safe_text(_("What cures it: {remedy}").format(remedy=fault.remedy), 600))
        self.stays.setText(safe_text(_("What stays: {stays}").format(stays=fault.stays), 600))
        self.stays.setVisible(bool(fault.stays))
        if fault != self._shown:
            self._shown = fault
            self._details.verticalScrollBar().setValue(0)
            self._make_switches(fault)
            self._show_amount(fault)
        self._show_switches(fault)
        self._show_plans(fault)

    def _show_amount(self, fault: FaultShown) -> None:
        amount = fault.amount
        for part in (self._how_much, self.amount):
            part.setVisible(amount is not None)
        if amount is None:
            return
        self._how_much.setText(amount_words(amount))
        set_property(self._how_much, "tone", "")
        places = fault.devices or ("",)
        now = next(
            (much for much in (self.model.amount_at(fault.name, one) for one in places) if much is not None), None
        )
        self.amount.setText(str(amount.usual if now is None else now))

    def _show_plans(self, fault: FaultShown) -> None:
        plans = self.model.plans_of(fault.name)
        if plans == self._shown_plans:
            return
        self._shown_plans = plans
        while (item := self._plans.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                drop(widget)
        for plan in plans:
            words = plan_words(plan)
            button = Button(words, icon="close", pressed=lambda number=plan.number: self.given_up.emit(number))  # type: ignore[misc]
            button.setAccessibleName(safe_text(_("Give up the plan: {plan}").format(plan=words)))
            self._plans.addWidget(button)
            button.show()

    def _make_switches(self, fault: FaultShown) -> None:
        for switch in self._switches.values():
            drop(switch)
        self._switches = {device: FaultSwitch(device, self) for device in fault.devices or ("",)}
        for switch in self._switches.values():
            self._places.addWidget(switch)
            switch.show()

    def _show_switches(self, fault: FaultShown) -> None:
        for device, switch in self._switches.items():
            switch.show_state(self.model.is_on(fault.name, device), fault.title)

    def _to_list(self) -> None:
        give_keyboard(self.list)

    def _to_switch(self) -> None:
        """Enter on a fault: to its switch; with one place only it is switched at once."""
        if len(self._switches) == 1:
            self.turn(next(iter(self._switches)))
        elif self._switches:
            give_keyboard(next(iter(self._switches.values())))
