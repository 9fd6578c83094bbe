"""The tour's strip under the head: what comes next, one sentence at a time. It follows what somebody does, takes no
keyboard, and goes when it was done or left; the menu has it again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from hht.i18n import _
from ui.tour import COUNTED, DONE, JOB, LEFT, Stop, stop_of, words_of
from ui.window.theme import THEME
from ui.window.widgets import Button, Icon, Text

if TYPE_CHECKING:
    from ui.services import Settings
    from ui.window.jobs_page import JobsPage
    from ui.window.shell import Shell


class TourStrip(QFrame):
    """See the module."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.stop = Stop.JOB
        self._asked = False  # for the job, where the list has none: once in a tour
        self._over = ""  # the visit that had ended when this tour began
        self.head, self.text = Text("", "strong"), Text("", "small")
        self.show_me = Button(_("Show me"), icon="search", pressed=self._show_me)
        self.leave = Button(_("Leave the tour"), icon="close", pressed=self.put_away)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.head)
        words.addWidget(self.text)
        row = QHBoxLayout(self)
        row.setContentsMargins(THEME.sizes.margin, 2, THEME.sizes.margin, 4)
        row.setSpacing(THEME.sizes.gap)
        row.addWidget(Icon("training", "accent", 30), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)
        row.addWidget(self.show_me)
        row.addWidget(self.leave)
        self.hide()

    @property
    def on(self) -> bool:
        """Whether somebody is on the tour."""
        return not self.isHidden()

    def settings_arrived(self, settings: Settings) -> None:
        """In training it offers itself until it was done or left."""
        if THEME.training and not settings.tour:
            self._begin()

    def take_up(self) -> None:
        """Go on where the visit stands, or begin."""
        self._keep("")
        self._begin()
        self._show_me()

    def put_away(self) -> None:
        """Finished, or left: it can be taken up from the menu."""
        if self.stop is not Stop.END:
            self._keep(LEFT)
        had = self.leave.hasFocus()
        self.hide()
        page = self._shell.stack.currentWidget()
        if had and page is not None and page.focusWidget() is None:
            self.focusNextPrevChild(True)

    def _begin(self) -> None:
        self._asked = False
        self.stop, view = Stop.JOB, self._shell.visit_view()
        self._over = view.visit_id if view is not None and view.outcome is not None else ""
        self.show()
        self.tick()

    def tick(self) -> None:
        """The visit may stand otherwise. What was done stays done, whatever is opened afterwards."""
        if not self.on:
            return
        view = self._shell.visit_view()
        now = stop_of(view if view is not None and view.visit_id != self._over else None)
        if self.stop is not Stop.END:
            if now is Stop.END:
                self._keep(DONE)
            self.stop = now
        self._see_to_job()
        self._say()

    def _say(self) -> None:
        title, text = words_of(self.stop)
        if self.stop in COUNTED:
            words = _("Tour {number} of {count}: {title}")
            title = words.format(number=COUNTED.index(self.stop) + 1, count=len(COUNTED), title=title)
        for label, said in ((self.head, title), (self.text, text)):
            if label.text() != said:
                label.setText(said)
        ended = self.stop is Stop.END
        self.show_me.say(_("Show me"))
        self.show_me.setVisible(not ended)
        self.leave.say(_("Finish the tour") if ended else _("Leave the tour"), "check" if ended else "close")

    def _keep(self, state: str) -> None:
        if self._shell.settings.tour != state:
            self._shell.save_settings(replace(self._shell.settings, tour=state))

    def _jobs(self) -> JobsPage:
        from ui.window.jobs_page import JobsPage

        page = self._shell.page("jobs")
        assert isinstance(page, JobsPage)
        return page

    def _job_id(self) -> str:
        """Of the job that the tour goes by; "" where the list has none."""
        return next((one.job_id for one in self._jobs().model.jobs if one.reference == JOB), "")

    def _see_to_job(self) -> None:
        """Where the store has other jobs alone, the tour's is put beside them."""
        if self._asked or self.stop is not Stop.JOB or not self._jobs().model.loaded or self._job_id():
            return
        self._asked = True
        self._shell.bridge.call(
            lambda services: services.day.tour_job(), lambda _job_id: self._jobs().refresh(), lambda _error: None
        )

    def _show_me(self) -> None:
        """To where the tour goes on, with the keyboard there."""
        if self.stop not in (Stop.JOB, Stop.OTHER):
            self._shell.go("visit")
            return
        self._shell.go("jobs")
        if job_id := self._job_id():
            self._jobs().show_job(job_id)
        else:
            self._shell.bridge.call(
                lambda services: services.day.tour_job(), self._jobs().show_job, self._shell.show_error
            )
