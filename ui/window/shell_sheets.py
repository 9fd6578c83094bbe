"""The part of the window that opens sheets over itself, and tells what its link shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from PySide6.QtWidgets import QWidget

from hht.store.errors import PHRASE_FIRST
from ui.guard import AGAIN
from ui.window.sheet import Sheet, open_sheets

if TYPE_CHECKING:
    from hht.client.probe_sense import Sight
    from hht.errors import HhtError
    from hht.work.verdict_told import Stretch
    from ui.crash import Crash
    from ui.services import TraceLine
    from ui.window.shell import Shell
    from ui.window.trace_drawer import TraceDrawer


class ShellSheets(QWidget):
    """See the module. Only `ui.window.shell.Shell` is one."""

    def __init__(self) -> None:
        super().__init__()
        self._drawer: TraceDrawer | None = None

    @property
    def _shell(self) -> Shell:
        return cast("Shell", self)

    def sheet(self) -> Sheet | None:
        """The sheet that is open, if there is one."""
        sheets = open_sheets(self)
        return sheets[-1] if sheets else None

    def last_frames(self, count: int) -> list[TraceLine]:
        """The newest events on the link."""
        return self._shell.trace_lines[-count:]

    def probe_sight(self) -> Sight | None:
        """What the probe sees; None where the link in use has none."""
        from ui.window.probe_panel import seen_live

        return seen_live(self.link_in_use(), self._shell.link.sight(self._shell.clock.now()))

    def link_in_use(self) -> str:
        """The name of the link that was used last."""
        return self._shell.trace_lines[-1].event.link if self._shell.trace_lines else ""

    def show_palette(self) -> None:
        """Open the menu: every action, by name."""
        from ui.window.palette import PaletteSheet
        from ui.window.shell_actions import found_things

        if self.sheet() is None:
            PaletteSheet(self._shell.canvas(), [*self._shell.registry, *found_things(self._shell)]).open_palette()

    def show_trace(self) -> None:
        """Open the trace drawer, or close it."""
        from ui.window.trace_drawer import TraceDrawer

        if self.sheet() is None:
            self._drawer = TraceDrawer(self._shell.canvas(), self._shell, self._shell.trace_lines)
            self._drawer.closed.connect(self._drawer_closed)
            self._drawer.open_drawer()

    def show_frames(self, at: Stretch) -> None:
        """Open the trace drawer where this stretch begins."""
        self.show_trace()
        if self._drawer is not None:
            self._drawer.show_stretch(at)

    def _drawer_closed(self) -> None:
        self._drawer = None

    def show_error(self, error: HhtError) -> None:
        """Show it on a sheet: sentence, remedy, code."""
        from ui.window.lock import Why
        from ui.window.messages import ErrorSheet

        why = {AGAIN: Why.AGAIN, PHRASE_FIRST: Why.FIRST}.get(error.code)
        if why is not None:
            self._shell.lock.lock(why)
            return
        ErrorSheet(self._shell.canvas(), error).open()

    def show_crash(self, crash: Crash) -> None:
        """Show that something happened that nobody foresaw, with the session file to send in."""
        from ui.window.messages import CrashSheet

        CrashSheet(self._shell.canvas(), crash, self._shell).open_sheet()

    def pick_file(self, title: str, suffixes: tuple[str, ...], chosen: Callable[[str], None]) -> None:
        """Have a file chosen."""
        from ui.window.files import OpenSheet

        sheet = OpenSheet(self._shell.canvas(), title, suffixes, chosen)
        sheet.hides = self._shell.privacy.names_other
        sheet.open_at_home()

    def pick_new_file(
        self, title: str, name: str, chosen: Callable[[str], None], suffixes: tuple[str, ...] = ()
    ) -> None:
        """Have a place and a name for a new file chosen, and which of the kinds `suffixes` it is."""
        from ui.window.files import SaveSheet

        sheet = SaveSheet(self._shell.canvas(), title, name, chosen, suffixes)
        sheet.hides = self._shell.privacy.names_other
        sheet.open_at_home()
