"""Settings, in live work: whether this computer's key store opens the terminal for whoever is logged in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout

from hht.i18n import _
from hht.store.errors import PHRASE_FIRST
from ui.window.safe_text import safe_text
from ui.window.widgets import Button, Text, row_of, set_property

if TYPE_CHECKING:
    from hht.errors import HhtError
    from ui.key_slots import KeptSlot, SlotFacts
    from ui.window.page import Host


class KeySlotPart:
    """A line that says how it stands, and one press to turn it on or off; for a supervisor, to forbid or allow it."""

    def __init__(self, host: Host, column: QVBoxLayout) -> None:
        self._host = host
        self._facts: SlotFacts | None = None
        self.words = Text("")
        self.problem = Text("", "small")
        self.problem.hide()
        self.turn = Button(_("Turn on"), icon="lock", pressed=self._turn)
        self.rule = Button(_("Forbid for everybody"), icon="hand", pressed=self._rule)
        self.turn.setEnabled(False)
        self.rule.hide()
        for part in (self.words, self.problem):
            column.addWidget(part)
        column.addLayout(row_of(self.turn, self.rule, 1))

    def look(self) -> None:
        """Ask how it stands. The key store is not asked for that."""
        self._call(lambda slot: slot.facts())

    def _call(self, act: Callable[[KeptSlot], Awaitable[SlotFacts]]) -> None:
        self.turn.setEnabled(False)
        self._host.bridge.call(lambda services: act(services.key_slot), self._arrived, self._refused, self._ended)

    def _turn(self) -> None:
        on = self._facts is not None and self._facts.on
        self._call(lambda slot: slot.turn_off() if on else slot.turn_on())

    def _rule(self) -> None:
        forbidden = self._facts is not None and self._facts.forbidden
        self._call(lambda slot: slot.forbid(forbidden=not forbidden))

    def _arrived(self, facts: SlotFacts) -> None:
        from ui.key_slots import slot_words

        self._facts = facts
        self.problem.hide()
        self.words.setText(slot_words(facts))
        self.turn.say(_("Turn off") if facts.on else _("Turn on"))
        self.rule.say(_("Allow for everybody") if facts.forbidden else _("Forbid for everybody"))
        self.rule.setVisible(facts.may_forbid)

    def _ended(self) -> None:
        self.turn.setEnabled(self._facts is not None and (self._facts.on or not self._facts.forbidden))

    def _refused(self, error: HhtError) -> None:
        if error.code == PHRASE_FIRST:
            self._host.show_error(error)
            return
        self.problem.setText(f"{safe_text(error.message)} {safe_text(error.remedy)}")
        set_property(self.problem, "tone", "bad")
        self.problem.show()
