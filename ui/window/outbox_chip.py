"""How many visits wait to go home, in the window's head; pressed, it opens the outbox. None: it is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _, ngettext
from ui.window.widgets import Button

if TYPE_CHECKING:
    from ui.window.bridge import Bridge


class OutboxChip(Button):
    """See the module. `waiting`: how many visits."""

    def __init__(self, pressed: Callable[[], None]) -> None:
        super().__init__("0", "", "export", pressed)
        self.waiting = 0
        self._narrow, self._room = False, True
        self.hide()

    def show_waiting(self, count: int) -> None:
        """Show that many."""
        self.waiting = count
        self._fit_words()
        self.setVisible(count > 0 and self._room)

    def show_room(self, room: bool) -> None:
        """There is room for it, or there is none."""
        if room != self._room:
            self._room = room
            self.show_waiting(self.waiting)

    def show_narrow(self, narrow: bool) -> None:
        """There is little room, or there is again."""
        if narrow != self._narrow:
            self._narrow = narrow
            self._fit_words()

    def _fit_words(self) -> None:
        count = self.waiting
        self.say(f"{count}" if self._narrow else _("Outbox {count}").format(count=count))
        words = ngettext("Outbox: {count} visit waits to go home", "Outbox: {count} visits wait to go home", count)
        self.setAccessibleName(words.format(count=count))

    def look(self, bridge: Bridge) -> None:
        """Ask the store."""
        bridge.call(lambda services: services.evidence.waiting(), self.show_waiting, _unheard)


def _unheard(_error: HhtError) -> None:
    """The page itself says what is wrong with the store; the head stays as it was."""
