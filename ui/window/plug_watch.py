"""Watches for a probe that was pulled out, for a page that offers to go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from hht.errors import HhtError
from hht.i18n import _
from ui.window.probe_panel import has_adapter
from ui.window.safe_text import safe_text

if TYPE_CHECKING:
    from ui.window.bridge import Call
    from ui.window.page import Host

GONE: Final = ("link-lost", "link-absent")


class PlugWatch:
    """`back` is called, in Qt's thread, with the name of the port at which the adapter of the watched link is again."""

    def __init__(self, host: Host, back: Callable[[str], None]) -> None:
        self._host, self._back = host, back
        self._call: Call | None = None
        self._link = ""
        self.port: str | None = None  # where it is again

    def watch(self, link: str, code: str) -> None:
        """Something ended with `code` on `link`: watch for its probe if that is why, else for none any more."""
        wanted = link if code in GONE and has_adapter(link) else ""
        if wanted == self._link:
            return
        self._link, call, self.port = wanted, self._call, None
        if call is not None:
            call.cancel()
        self._call = None
        if wanted:
            self._call = self._host.bridge.call(
                lambda services: services.until_plugged(wanted),
                lambda port: self._found(wanted, port),
                self._failed,
                idle=True,
            )

    def stop(self) -> None:
        """Watch for nothing."""
        self.watch("", "")

    def _found(self, link: str, port: str) -> None:
        if link == self._link:
            self._call, self.port = None, port
            self._back(port)

    def _failed(self, _error: HhtError) -> None:
        """A link that cannot be watched: whoever presses the button hears why."""
        self._call = None


def back_words(port: str) -> str:
    """That the probe is there again."""
    if port:
        return _("The probe is plugged in again ({port}).").format(port=safe_text(port))
    return _("The probe is plugged in again.")
