"""What a page is, and what it may ask of the window that holds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.window.parts import LOW
from ui.window.theme import THEME
from ui.window.widgets import Scroll

if TYPE_CHECKING:
    from hht.client.probe_sense import Sight
    from hht.clock import Clock
    from hht.errors import HhtError
    from hht.work.verdict_told import Stretch
    from ui.services import Settings, TraceLine
    from ui.window.actions import Registry
    from ui.window.bridge import Bridge
    from ui.window.depot_again import DepotAgain
    from ui.window.job_arrivals import JobArrivals
    from ui.window.privacy import Privacy
    from ui.window.whose import Whose


class Host(Protocol):
    """The window, as its pages know it."""

    @property
    def bridge(self) -> Bridge: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def arrivals(self) -> JobArrivals:
        """The way by which jobs come in."""
        ...

    @property
    def depot_again(self) -> DepotAgain:
        """What sends by itself what could not go for want of a network."""
        ...

    def visit_job(self) -> str:
        """The id of the job whose visit is open; "" where none is."""
        ...

    @property
    def whose(self) -> Whose:
        """Who is logged in, and how another logs in."""
        ...

    @property
    def privacy(self) -> Privacy:
        """What of other jobs may be seen now."""
        ...

    def go(self, page: str) -> None:
        """Show the page of that name."""
        ...

    def page(self, name: str) -> Page:
        """The page of that name, made when it is first wanted."""
        ...

    def canvas(self) -> QWidget:
        """What a sheet covers."""
        ...

    def go_home(self) -> None:
        """To the visit if one is open, else to the jobs."""
        ...

    def head(self, title: str) -> None:
        """Say what the window is about."""
        ...

    def show_error(self, error: HhtError) -> None:
        """Show it on a sheet: sentence, remedy, code."""
        ...

    def open_visit(self, job_id: str, *, again: bool = False) -> None:
        """Start or resume the job's visit; of a finished job only `again`."""
        ...

    def look_at_outbox(self) -> None:
        """What waits to go home may be another: the head says how much it is."""
        ...

    def save_settings(self, settings: Settings) -> None:
        """Keep them and make them visible."""
        ...

    def pick_file(self, title: str, suffixes: tuple[str, ...], chosen: Callable[[str], None]) -> None:
        """Have a file chosen."""
        ...

    def pick_new_file(
        self, title: str, name: str, chosen: Callable[[str], None], suffixes: tuple[str, ...] = ()
    ) -> None:
        """Have a place and a name for a new file chosen, and which of the kinds `suffixes` it is."""
        ...

    def last_frames(self, count: int) -> list[TraceLine]:
        """The newest events on the link."""
        ...

    def link_in_use(self) -> str:
        """The name of the link that was used last; "" before any was."""
        ...

    def probe_sight(self) -> Sight | None:
        """What the probe of the link in use sees; None where there is none."""
        ...

    def open_photo(self) -> None:
        """Have a photo of a label chosen, and its code answer what is asked."""
        ...

    def show_trace(self) -> None:
        """Open the trace drawer."""
        ...

    def show_frames(self, at: Stretch) -> None:
        """Open the trace drawer where this stretch begins."""
        ...

    def show_palette(self) -> None:
        """Open the menu."""
        ...

    def unlocked(self) -> None:
        """The store is open now."""
        ...

    @property
    def registry(self) -> Registry:
        """Every action there is."""
        ...


class Page(QWidget):
    """A page: `body` above, a bar of big buttons below."""

    name = ""

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host = host
        self.body = QVBoxLayout(self)
        self._air()
        self.body.setSpacing(THEME.sizes.gap + 2)

    def _air(self) -> None:
        """The margins: a low window has less to give away."""
        margin = THEME.sizes.margin
        self.body.setContentsMargins(margin, 4, margin, margin if self.window().height() >= LOW else margin // 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._air()

    def title(self) -> str:
        """What the window's head says while this page is shown."""
        return ""

    def entered(self) -> None:
        """The page came up: refresh it and give the keyboard to what is next."""

    def left(self) -> None:
        """Another page comes up instead."""

    def escape(self) -> None:
        """Escape was pressed: stop what runs, or step back; never onward, and nothing that cannot be taken back."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        scrolls = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}
        if event.key() == Qt.Key.Key_Escape:
            self.escape()
        elif event.key() in scrolls:
            self.turn_pages(scrolls[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def turn_pages(self, pages: int) -> None:
        """Move what is longer than the window, down for a positive number."""
        for area in self.findChildren(Scroll):
            if area.isVisible():
                bar = area.verticalScrollBar()
                bar.setValue(bar.value() + pages * round(bar.pageStep() * 0.8))

    def tick(self) -> None:
        """A quarter of a second went by while the page is shown."""
