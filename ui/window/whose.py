"""Whose window it is now, where several people share the store: in its title and its head, and how another logs in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from hht.i18n import _
from ui.window.actions import Action
from ui.window.lock import Why
from ui.window.safe_text import safe_text

if TYPE_CHECKING:
    from hht.errors import HhtError
    from ui.people import PeopleFacts
    from ui.services import Services
    from ui.window.shell import Shell


class Whose(QObject):
    """Of one window; see the module."""

    handed_on = Signal(object)  # what makes the services of whoever logs in now; the window ends

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._shell = shell
        self.login = ""  # of whoever is logged in, where there are several
        self.logins: tuple[str, ...] = ()  # of all, where there are several

    @property
    def person(self) -> str:
        """The log-in name as it is shown."""
        return safe_text(self.login)

    def ask(self) -> None:
        """Ask who it is."""
        self._shell.bridge.call(lambda services: services.people.all(), self.arrived)

    def arrived(self, facts: PeopleFacts) -> None:
        """Who there is, and who it is."""
        self.login = facts.one_of_several
        self.logins = tuple(one.login for one in facts.everybody) if self.login else ()
        self.show()

    def show(self) -> None:
        """Say it in title and head."""
        self._shell.setWindowTitle(" · ".join(filter(None, (_("First light: handheld terminal"), self.person))))
        self._shell.header.show_person(self.person)

    def change(self) -> None:
        """Lock the window for somebody else to log in."""
        if self.login:
            self._shell.lock.lock(Why.CHANGE)

    def log_in(
        self, pass_phrase: str, login: str, failed: Callable[[HhtError], None], ended: Callable[[], None]
    ) -> None:
        """Somebody else logs in. Nothing is begun meanwhile by the window itself; where they are refused, nothing has
        changed, and `ended` follows. Else the window ends."""

        async def succeed(services: Services) -> Callable[[], Services]:
            return await services.successor(pass_phrase, login)

        def over() -> None:
            self._shell.work_on()
            ended()

        self._shell.stand_still()
        self._shell.bridge.call(succeed, self.handed_on.emit, failed, over)

    def actions(self, group: str) -> list[Action]:
        """What it does, for menu, keys and help."""
        return [
            Action("lock", _("Lock the window"), group, lambda: self._shell.lock.lock(Why.HAND), "Ctrl+L", "lock",
                   detail=_("pass phrase, away")),
            Action("change-person", _("Somebody else logs in…"), group, self.change, "Ctrl+Shift+H", "hand",
                   lambda: bool(self.login) and not self._shell.lock.locked, _("change person, hand over, log out")),
        ]  # fmt: skip
