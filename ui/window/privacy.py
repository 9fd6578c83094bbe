"""What a customer who looks on must not see: other people's jobs, and on the press of one key anything at all.

While a visit is open only its own job is named, on every page, until somebody asks for the others; they are hidden
again when the page is left, after a minute, and by the same button. The cover hides all that stands in the window, as
the lock does, but needs no pass phrase: it is for the moment in which somebody comes to the side of the screen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent

from hht.i18n import _
from ui.window.actions import Action
from ui.window.popups import close_popups
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet
from ui.window.theme import THEME
from ui.window.widgets import Button, Icon, Text, row_of

if TYPE_CHECKING:
    from ui.window.shell import Shell

SHOWN_S: Final = 60.0  # after which the others are hidden again
LISTS: Final = ("jobs", "outbox", "packs", "desk", "van")  # the pages that list what belongs to jobs
COVER: Final = "cover"  # the name of its action, which no sheet keeps off
COVER_KEY: Final = "F2"


class Privacy(QObject):
    """Of one window; see the module."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._shell = shell
        self._shown_until_s: float | None = None  # monotonic; None: the others are hidden
        self.cover_sheet: CoverSheet | None = None

    def actions(self, group: str) -> list[Action]:
        """What it does, for menu, keys and help."""
        shell = self._shell
        return [
            Action(COVER, _("Cover the screen, or show it again"), group, self.turn, COVER_KEY, "shield",
                   lambda: shell.open and not shell.lock.locked, _("privacy, somebody looks on")),
            Action("others", _("Show or hide the other jobs"), group, self.toggle, "Ctrl+Shift+J", "jobs",
                   lambda: self.visiting, _("privacy: while a visit is open only its own job is shown")),
        ]  # fmt: skip

    # Other jobs --------------------------------------------------------------------------------------------------

    @property
    def visiting(self) -> bool:
        """Whether a visit is open, so that its customer may look on."""
        return bool(self._shell.visit_job())

    @property
    def only(self) -> str:
        """The id of the one job that may be named; "" where all may."""
        return self._shell.visit_job() if self._shown_until_s is None else ""

    @property
    def reference(self) -> str:
        """The reference of the one job that may be named; "" where all may."""
        view = self._shell.visit_view()
        return view.reference if self.only and view is not None else ""

    def hides(self, reference: str) -> bool:
        """Whether what belongs to the job of this reference is not shown now."""
        return bool(self.only) and reference != self.reference

    def names_other(self, text: str) -> bool:
        """Whether a text, or the name of a file, names another job than the one that may be named."""
        return any(other in text for other in self._others())

    def titled(self, title: str) -> str:
        """The title of the page that is shown, which says where other jobs are not shown."""
        if not self.only or self._shell.page_name() not in LISTS:
            return title
        return _("{title} · {reference} alone").format(title=title, reference=safe_text(self.reference, 40))

    def toggle(self) -> None:
        """Show the others, or hide them again."""
        self._shown_until_s = self._shell.clock.monotonic() + SHOWN_S if self._shown_until_s is None else None
        self._again()
        if not self.only:
            self._shell.arrivals.tell_held_back()

    def left_page(self) -> None:
        """Another page comes: what was asked for was asked for there."""
        self._shown_until_s = None

    def tick(self) -> None:
        """A quarter of a second went by."""
        until_s = self._shown_until_s
        if until_s is not None and self._shell.clock.monotonic() >= until_s:
            self._shown_until_s = None
            self._again()

    def _again(self) -> None:
        """The page that is shown shows more, or less."""
        page = self._shell.page(self._shell.page_name())
        page.entered()
        self._shell.head(page.title())

    def _others(self) -> list[str]:
        from ui.window.jobs_page import JobsPage

        page = self._shell.page("jobs")
        if not self.only or not isinstance(page, JobsPage):
            return []
        return [job.reference for job in page.model.jobs if job.job_id != self.only]

    # The cover ---------------------------------------------------------------------------------------------------

    @property
    def covered(self) -> bool:
        """Whether the window shows nothing of anybody's."""
        return self.cover_sheet is not None

    def turn(self) -> None:
        """Cover everything, or show it again as it stood, or as it went on."""
        if self.covered:
            self.uncover()
        elif self._shell.attended:
            close_popups()
            self.cover_sheet = CoverSheet(self._shell, self.turn)
            self.cover_sheet.open_sheet()
            self._shell.desk.hide()

    def uncover(self) -> None:
        """Show everything again; harmless where it is shown."""
        sheet, self.cover_sheet = self.cover_sheet, None
        if sheet is not None:
            self._shell.desk.show()
            sheet.close_sheet()
            above = self._shell.sheet()
            if above is not None and above.focusWidget() is None:  # it came up meanwhile
                above.focusNextPrevChild(True)


class CoverSheet(Sheet):
    """A screen with nothing of anybody's. `go_on` takes it away."""

    def __init__(self, shell: Shell, go_on: Callable[[], None]) -> None:
        super().__init__(shell, "", wide=720)
        self.setAccessibleName(_("The screen is covered"))
        self._go_on = go_on
        head = row_of(Icon("shield", "accent", 40), Text(_("The screen is covered"), "title"), spacing=16)
        head.setStretch(1, 1)
        self.body.addLayout(head)
        self.body.addWidget(
            Text(_("Nothing is lost, and what runs goes on. {key} covers and shows.").format(key=COVER_KEY))
        )
        self.show_button = Button(_("Show it again"), "primary", "check", go_on)
        self.buttons.addWidget(self.show_button, 1)

    def open_sheet(self) -> None:
        """Show it; the keyboard is on the button."""
        self.open(self.show_button)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._go_on()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), THEME.colour("ground"))
