"""“Can't do this…”: a coded reason and a note, never a dead end."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QButtonGroup, QWidget

from hht.i18n import _
from hht.work.view import StepView
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet
from ui.window.widgets import Button, Entry, Scroll, Text


class LeaveSheet(Sheet):
    """Asks why a step cannot be done; `leave(code, note)` is called with the answer."""

    def __init__(self, parent: QWidget, step: StepView, leave: Callable[[str, str], None]) -> None:
        super().__init__(parent, _("Why can't this be done?"))
        self._leave = leave
        self._group = QButtonGroup(self)
        self.body.addWidget(Text(_("Step: {title}").format(title=safe_text(step.title)), "soft"))
        scroll = Scroll()
        for reason in step.leave_reasons:
            button = Button(safe_text(reason.text), "choice")
            button.setCheckable(True)
            button.setProperty("code", reason.code)
            self._group.addButton(button)
            scroll.column.addWidget(button)
        scroll.column.addStretch(1)
        scroll.setMinimumHeight(min(300, 62 * max(1, len(step.leave_reasons))))
        self.body.addWidget(scroll, 1)
        self._note = Entry(_("Note"), placeholder=_("Note for the desk (optional)"))
        self._note.setMaxLength(500)
        self.body.addWidget(self._note)
        self.add_button(_("Go back"), self.close_sheet, icon="back")
        self._go = self.add_button(_("Leave this step"), self._chosen, primary=True, icon="left")
        self._go.setEnabled(False)
        self._group.buttonClicked.connect(lambda _button: self._go.setEnabled(True))

    def _chosen(self) -> None:
        button = self._group.checkedButton()
        if button is not None:
            self._leave(str(button.property("code")), self._note.text().strip())
            self.close_sheet()
