"""A sheet that asks for a sentence, where something is noted that a person answers for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from hht.i18n import _
from ui.window.sheet import Sheet
from ui.window.theme import THEME
from ui.window.widgets import Choice, Entry, FittingScroll, Text


class NoteSheet(Sheet):
    """`noted` is given the choice that was made ("" where there are none) and the sentence."""

    def __init__(
        self,
        parent: QWidget,
        title: str,
        words: str,
        field: str,
        button: str,
        noted: Callable[[str, str], None],
        choices: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(parent, title)
        self._noted, self._must_choose = noted, bool(choices)
        self._chosen = ""
        scroll = FittingScroll(lambda: self.room(THEME.sizes.target + THEME.sizes.gap + 30))
        scroll.column.addWidget(Text(words))
        self.choices: dict[str, Choice] = {}
        for key, text in choices:
            self.choices[key] = Choice(text, pressed=lambda key=key: self._choose(key))  # type: ignore[misc]
            self.choices[key].setAutoExclusive(True)
            scroll.column.addWidget(self.choices[key])
        self.body.addWidget(scroll)
        self.body.addWidget(Text(field, "strong"))
        self.entry = Entry(field)
        self.entry.textChanged.connect(lambda _text: self._look())
        self.entry.returnPressed.connect(self._go_on)
        self.body.addWidget(self.entry)
        self.add_button(_("Cancel"), self.close_sheet, icon="close")
        self.button = self.add_button(button, self._go_on, primary=True, icon="check")
        self._look()
        self.open(next(iter(self.choices.values()), self.entry))

    def _choose(self, key: str) -> None:
        self._chosen = key
        self._look()

    def _look(self) -> None:
        self.button.setEnabled(bool(self.entry.text().strip()) and (bool(self._chosen) or not self._must_choose))

    def _go_on(self) -> None:
        if self.button.isEnabled():
            self.close_sheet()
            self._noted(self._chosen, self.entry.text().strip())
