"""Help on the step that is shown: why, what it looks like, what goes wrong; folded away until it is asked for."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout

from hht.i18n import _
from ui.window.safe_text import safe_text
from ui.window.theme import THEME
from ui.window.widgets import Button, Text, row_of

_LONGEST = 600  # characters of one text


class HelpBox(QFrame):
    """A button, and three texts beneath it once it is pressed. Hidden for a step without help."""

    def __init__(self) -> None:
        super().__init__()
        self._step = ""
        self._open = Button(_("Help on this step"), icon="help", pressed=self._toggle)
        self._texts = tuple(Text("") for _text in range(3))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(THEME.sizes.gap)
        column.addLayout(row_of(self._open, 1))
        for text in self._texts:
            text.hide()
            column.addWidget(text)
        self.hide()

    @property
    def unfolded(self) -> bool:
        """Whether the texts are shown."""
        return not self._texts[0].isHidden()

    def show_help(self, step_id: str) -> None:
        """Offer the help on this step; what was unfolded for another one is folded again."""
        if step_id == self._step:
            return
        from hht.work.step_help import step_help

        self._step = step_id
        found = step_help(step_id)
        self.setVisible(found is not None)
        for text in self._texts:
            text.hide()
        if found is not None:
            said = (_("Why: {text}"), _("What it looks like: {text}"), _("What goes wrong: {text}"))
            for text, words, told in zip(self._texts, said, (found.why, found.looks, found.wrong), strict=True):
                text.setText(safe_text(words.format(text=told), _LONGEST))

    def _toggle(self) -> None:
        shown = not self.unfolded
        for text in self._texts:
            text.setVisible(shown)
