"""“Can't do this…”: a coded reason and a note, never a dead end."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QButtonGroup, QGridLayout, QWidget

from hht.i18n import _
from hht.work.view import StepState, StepView
from ui.window.parts import LOW
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet
from ui.window.theme import THEME
from ui.window.widgets import Choice, Entry, FittingScroll, Text


class LeaveSheet(Sheet):
    """Asks why a step cannot be done; `leave(code, note)` is called with the answer, `end` where the whole
    visit is to end. In a low window the reasons stand
    in two columns, so that none of them is out of sight."""

    def __init__(
        self, parent: QWidget, step: StepView, leave: Callable[[str, str], None], end: Callable[[], None] | None = None
    ) -> None:
        low = parent.height() < LOW
        super().__init__(parent, _("Why can't this be done?"), wide=960 if low else 760)
        self._leave = leave
        self._group = QButtonGroup(self)
        words = _("Step: {title}").format(title=safe_text(step.title))
        if step.state is StepState.STARTED:
            words = _("{step}. It still runs; leaving it stops it.").format(step=words)
        self._words = Text(words, "soft")
        self.body.addWidget(self._words)
        self._add_reasons(step, columns=2 if low else 1)
        self._note = Entry(_("Note"), placeholder=_("Note for the desk (optional)"))
        self._note.setMaxLength(500)
        self.body.addWidget(self._note)
        self.add_button(_("Go back"), self.close_sheet, icon="back")
        if end is not None:
            self.end = self.add_button(_("End the visit…"), lambda: self._end(end), icon="stop")
        self._go = self.add_button(_("Leave this step"), self._chosen, primary=True, icon="left")
        self._go.setEnabled(False)
        self._group.buttonClicked.connect(lambda _button: self._go.setEnabled(True))

    def _add_reasons(self, step: StepView, columns: int) -> None:
        scroll = FittingScroll(lambda: self.room(self._beside()))
        grid = QGridLayout()
        grid.setSpacing(THEME.sizes.gap)
        for place, reason in enumerate(step.leave_reasons):
            button = Choice(safe_text(reason.text))
            button.setProperty("code", reason.code)
            self._group.addButton(button)
            grid.addWidget(button, place // columns, place % columns)
        for column in range(columns):
            grid.setColumnStretch(column, 1)
        scroll.column.addLayout(grid)
        self.body.addWidget(scroll)

    def _beside(self) -> int:
        """Height in pixels of the words above the reasons, in as many lines as they take now, and of the note below."""
        words = self._words.heightForWidth(self.card.width() - 2 * THEME.sizes.pad)
        return words + THEME.sizes.target + 2 * THEME.sizes.gap

    def _chosen(self) -> None:
        button = self._group.checkedButton()
        if button is not None:
            self._leave(str(button.property("code")), self._note.text().strip())
            self.close_sheet()

    def _end(self, end: Callable[[], None]) -> None:
        self.close_sheet()
        end()
