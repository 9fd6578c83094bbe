"""A page that does one thing at a time with a device or a desk, which takes a while and can be stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.i18n import _
from ui.window.page import Host, Page
from ui.window.sheet import has_keyboard

if TYPE_CHECKING:
    from ui.window.bridge import Call
    from ui.window.doing import Doing
    from ui.window.widgets import Button


class BusyPage(Page):
    """`doing` says what is done and for how long, `stop` ends it; whoever comes from it makes both."""

    doing: Doing
    stop: Button

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._call: Call | None = None

    @property
    def busy(self) -> bool:
        """Whether what was begun still runs."""
        return self._call is not None and self._call.running

    def cancel(self) -> None:
        """Stop what runs; what has left is heard out."""
        if self._call is not None and self._call.running:
            self.doing.say(_("Stopping…"))
            self._call.cancel()

    def escape(self) -> None:
        """Stop what runs; else step back."""
        if self.busy:
            self.cancel()
        else:
            self.step_back()

    def step_back(self) -> None:
        """Escape, where nothing runs."""
        self.host.go_home()

    @property
    def has_stop_or_nothing(self) -> bool:
        """Whether the keyboard is on Stop, which goes, or nowhere: it has to be given to what is next then."""
        return has_keyboard(self.stop) or self.focusWidget() in (None, self.stop)
