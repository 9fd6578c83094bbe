"""The sheet that asks when a fault is to begin and end, where, and how much of it there is to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from hht.i18n import _
from hht.model.site import to_datetime
from ui.window.premises_model import amount_words, parse_amount, parse_moment
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet
from ui.window.theme import THEME
from ui.window.widgets import Button, Entry, Text, set_property

if TYPE_CHECKING:
    from ui.training_views import FaultShown

_PLACES_IN_ROW = 4


@dataclass(frozen=True, slots=True)
class FaultWish:
    """A plan as it was typed. `device` "" for the premises as a whole, `ends` None for never, `amount` None for the
    usual."""

    name: str
    device: str
    begins: datetime
    ends: datetime | None
    amount: int | None


class FaultPlanSheet(Sheet):
    """See the module. `chosen` is given the wish."""

    def __init__(self, parent: QWidget, fault: FaultShown, now_ms: int, chosen: Callable[[FaultWish], None]) -> None:
        super().__init__(parent, _("When: {fault}").format(fault=safe_text(fault.title, 60)))
        self._fault, self._now, self._chosen = fault, to_datetime(now_ms), chosen
        self._device = fault.devices[0] if fault.devices else ""
        now = _("It is {time:%Y-%m-%d %H:%M} UTC there.").format(time=self._now)
        self.body.addWidget(Text(now, "soft"))
        self.places: dict[str, Button] = {}
        if len(fault.devices) > 1:
            self.body.addLayout(self._choice_of_places(fault.devices))
        times = QHBoxLayout()
        times.setSpacing(THEME.sizes.gap)
        self.begins = self._entry(times, _("Begins, UTC"), f"{self._now + timedelta(hours=1):%Y-%m-%d %H:%M}")
        self.ends = self._entry(times, _("Ends, UTC (empty: never)"), "")
        self.body.addLayout(times)
        self.amount: Entry | None = None
        if fault.amount is not None:
            self.amount = self._entry(self.body, amount_words(fault.amount), str(fault.amount.usual))
        self.trouble = Text("")
        set_property(self.trouble, "tone", "bad")
        self.trouble.hide()
        self.body.addWidget(self.trouble)
        self.add_button(_("Cancel"), self.close_sheet)
        self.add_button(_("Plan it"), self.finish, primary=True, icon="calendar")

    def _choice_of_places(self, devices: tuple[str, ...]) -> QGridLayout:
        grid, group = QGridLayout(), QButtonGroup(self)
        grid.setSpacing(THEME.sizes.gap)
        for number, device in enumerate(devices):
            button = Button(device, pressed=lambda device=device: self._choose(device))  # type: ignore[misc]
            button.setCheckable(True)
            button.setChecked(device == self._device)
            button.setAccessibleName(_("Where: {device}").format(device=device))
            group.addButton(button)
            grid.addWidget(button, *divmod(number, _PLACES_IN_ROW))
            self.places[device] = button
        return grid

    def _entry(self, into: QBoxLayout, label: str, text: str) -> Entry:
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(Text(label, "soft"))
        entry = Entry(label, role="entry")
        entry.setText(text)
        entry.returnPressed.connect(self.finish)
        column.addWidget(entry)
        into.addLayout(column, 1)
        return entry

    def open_sheet(self) -> None:
        """Show it."""
        self.open(self.begins)
        self.begins.selectAll()

    def finish(self) -> None:
        """What was typed it is."""
        begins, ends, typed = parse_moment(self.begins.text()), None, self.ends.text().strip()
        if begins is None:
            return self._complain(_no_date(self.begins))
        if begins <= self._now:
            return self._complain(_("That has passed. Choose a later one, or switch the fault on."))
        if typed:
            ends = parse_moment(typed)
            if ends is None:
                return self._complain(_no_date(self.ends))
            if ends <= begins:
                return self._complain(_("It ends before it begins."))
        amount = None
        if self.amount is not None and self._fault.amount is not None:
            amount = parse_amount(self.amount.text(), self._fault.amount)
            if amount is None:
                return self._complain(amount_words(self._fault.amount))
        self.close_sheet()
        return self._chosen(FaultWish(self._fault.name, self._device, begins, ends, amount))

    def _choose(self, device: str) -> None:
        self._device = device

    def _complain(self, words: str) -> None:
        self.trouble.setText(words)
        self.trouble.show()


def _no_date(entry: Entry) -> str:
    typed = safe_text(entry.text(), 40)
    return _("“{typed}” is no date. Write it as 2026-12-24 18:30.").format(typed=typed)
