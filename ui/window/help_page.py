"""Help: made from the registry of actions, so that it cannot be out of date; and what the signs mean."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from hht.i18n import _
from hht.work.view import StepState
from ui.window.desk_model import stage_signs
from ui.window.outbox_model import out_signs
from ui.window.packs_model import pack_signs
from ui.window.page import Host, Page
from ui.window.parts import ButtonBar
from ui.window.scan_words import scan_signs
from ui.window.sheet import give_keyboard
from ui.window.theme import THEME
from ui.window.walkthrough_model import GLYPH, TONE, state_word
from ui.window.widgets import Button, Card, Icon, Scroll, Text


def sign_meaning(state: StepState) -> str:
    """What a step's sign means, in a sentence."""
    return {
        StepState.WAITING: _("Not its turn yet."),
        StepState.READY: _("Its turn: press Continue to start it."),
        StepState.STARTED: _("The terminal is at work; the ring shows what is left of its time. Stop ends it."),
        StepState.ASKING: _("You are asked something. The time stands still."),
        StepState.DONE: _("Done, written down, and confirmed by the meter where it was a write."),
        StepState.FAILED: _("Failed: the card says why. Try again, or “Can't do this…”."),
        StepState.LEFT: _("Left on purpose, with the reason."),
        StepState.UNKNOWN: _(
            "A write left and no answer came. The meter is read to find out; it is never repeated blindly."
        ),
        StepState.STOPPED: _("A safety value failed or is missing: nothing leads on but making safe."),
        StepState.SKIPPED: _("Not needed, by what was found here."),
    }[state]


class HelpPage(Page):
    """See the module."""

    name = "help"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        card = Card()
        inside = QVBoxLayout(card)
        inside.setContentsMargins(THEME.sizes.pad, 12, THEME.sizes.pad - 8, 12)
        self._scroll = Scroll()
        inside.addWidget(self._scroll)
        self.body.addWidget(card, 1)
        self.back = Button(_("Back"), "big", "back", self.host.go_home)
        self.menu = Button(_("Menu"), "big", "menu", lambda: self.host.show_palette())
        self.about = Button(_("About"), "big", "info", lambda: self.host.go("about"))
        self.body.addWidget(ButtonBar((self.back, self.menu, self.about), ()))
        self._built = False

    def title(self) -> str:
        return _("Help")

    def escape(self) -> None:
        self.host.go_home()

    def entered(self) -> None:
        if not self._built:
            self._built = True
            self._build_signs()
            self._build_keys()
            self._scroll.column.addStretch(1)
        give_keyboard(self.back)

    def _build_signs(self) -> None:
        steps = [
            (GLYPH[state] or "dot", TONE.get(state, "accent"), state_word(state), sign_meaning(state))
            for state in StepState
        ]
        self._signs(_("What the signs mean"), steps)
        self._scroll.column.addSpacing(10)
        self._signs(_("Commands of a pack"), pack_signs())
        self._scroll.column.addSpacing(10)
        self._signs(_("What goes home"), out_signs())
        self._scroll.column.addSpacing(10)
        self._signs(_("Scanning"), scan_signs())
        self._scroll.column.addSpacing(10)
        self._signs(_("The five stages of what is asked of the desk"), stage_signs())

    def _signs(self, head: str, signs: Sequence[tuple[str, str, str, str]]) -> None:
        """A line for each (icon, colour, word, meaning)."""
        self._scroll.column.addWidget(Text(head, "head"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(2, 1)
        for line, (icon, token, word, meaning) in enumerate(signs):
            grid.addWidget(Icon(icon, token, 26), line, 0)
            grid.addWidget(Text(word, "strong", wrap=False), line, 1)
            grid.addWidget(Text(meaning), line, 2)
        self._add(grid)

    def _build_keys(self) -> None:
        self._scroll.column.addSpacing(10)
        self._scroll.column.addWidget(Text(_("Everything by key"), "head"))
        words = _(
            "Tab goes from one to the next, Space or Enter presses, Page Down scrolls. Escape closes a sheet, stops "
            "what runs, or goes back; Stop itself takes Space, not Enter."
        )
        self._scroll.column.addWidget(Text(words, "soft"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        line = 0
        for group, actions in self.host.registry.groups().items():
            grid.addWidget(Text(group, "strong"), line, 0, 1, 2)
            line += 1
            for action in actions:
                grid.addWidget(Text(action.shortcut or "–", "mono", wrap=False), line, 0, Qt.AlignmentFlag.AlignRight)
                grid.addWidget(Text(action.title), line, 1)
                line += 1
        self._add(grid)

    def _add(self, grid: QGridLayout) -> None:
        holder = QWidget()
        grid.setContentsMargins(0, 0, 0, 0)
        holder.setLayout(grid)
        self._scroll.column.addWidget(holder)
