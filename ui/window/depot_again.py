"""What could not go home for want of a network goes by itself when there is one again: tried once a minute as long as
the window is open, and not told of until it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject

from hht.i18n import _

if TYPE_CHECKING:
    from hht.errors import HhtError
    from ui.depot_kept import Brought
    from ui.window.bridge import Call
    from ui.window.outbox_page import OutboxPage
    from ui.window.shell import Shell

EVERY_TICKS: Final = 240  # of a quarter of a second


class DepotAgain(QObject):
    """Of one window. `owed`: somebody wanted to send, and there was no contact."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._shell = shell
        self.owed = False
        self._ticks = 0
        self._call: Call | None = None

    def no_contact(self) -> None:
        """Somebody wanted to send, and the depot was out of reach."""
        self.owed, self._ticks = True, 0

    def settled(self) -> None:
        """It went, or something is wrong that a person has to look at."""
        self.owed = False

    @property
    def busy(self) -> bool:
        """Whether it is tried just now."""
        return self._call is not None and self._call.running

    def tick(self) -> None:
        """A quarter of a second went by."""
        self._ticks += self.owed
        if self.owed and self._ticks >= EVERY_TICKS and not self.busy and self._shell.open and not self._page().busy:
            self._ticks = 0
            self._call = self._shell.bridge.call(lambda services: services.depot.meet(), self._met, self._failed)

    def _met(self, brought: Brought) -> None:
        self.settled()
        self._page().tell_met(brought, _("There is contact again."))

    def _failed(self, error: HhtError) -> None:
        from ui.window.depot_model import no_contact

        if not no_contact(error):
            self.settled()
            self._page().failed(error)

    def _page(self) -> OutboxPage:
        from ui.window.outbox_page import OutboxPage

        page = self._shell.page("outbox")
        assert isinstance(page, OutboxPage)
        return page
