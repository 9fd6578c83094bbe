"""Jobs fetched from the depot, by one button on the page of the jobs: fetch, stop, what came, what did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.i18n import _
from ui.window.depot_model import failed_words, foreign_words
from ui.window.widgets import Button

if TYPE_CHECKING:
    from hht.errors import HhtError
    from ui.depot_kept import Brought
    from ui.window.bridge import Call
    from ui.window.jobs_page import JobsPage


class JobFetching(Button):
    """The button; hidden as long as no depot is known. While it fetches it stops what it began."""

    def __init__(self, page: JobsPage) -> None:
        super().__init__(_("Fetch jobs"), "big", "mast", self.fetch_or_stop)
        self._page = page
        self._call: Call | None = None
        self._stopped = self._narrow = False
        self.hide()

    @property
    def busy(self) -> bool:
        """Whether the depot is being asked."""
        return self._call is not None and self._call.running

    def look(self) -> None:
        """Ask whether there is a depot."""
        self._page.host.bridge.call(lambda services: services.depot.ready(), self._show_ready, lambda _error: None)

    def _show_ready(self, ready: bool) -> None:
        self.setVisible(ready or self.busy)
        self._page.fit_buttons()

    def show_narrow(self, narrow: bool) -> None:
        """There is little room, or there is again."""
        self._narrow = narrow
        words = _("Stop fetching") if self.busy else _("Fetch jobs")
        self.say("" if narrow else words, "stop" if self.busy else "mast")
        self.setAccessibleName(words)

    def fetch_or_stop(self) -> None:
        """Fetch, or stop that."""
        if self._call is not None and self._call.running:
            self._stopped = True
            self._call.cancel()
            return
        self._stopped = False
        self._page.notice.say("plain", _("Asking the depot for jobs…"), icon="running")
        self._call = self._page.host.bridge.call(
            lambda services: services.depot.meet(jobs_only=True), self._came, self._failed, self._ended
        )
        self.show_narrow(self._narrow)

    def _came(self, brought: Brought) -> None:
        page, jobs = self._page, brought.jobs
        foreign = foreign_words(brought.met.foreign) if brought.met.foreign else ""
        if not jobs:
            page.notice.say("plain", _("No job waits at the depot."), foreign)
        elif page.isVisible():
            page.host.arrivals.arrived(jobs)
        else:
            page.host.arrivals.came(jobs, _("From the depot:"))

    def _failed(self, error: HhtError) -> None:
        self._page.notice.say(
            *failed_words(error, _("No contact with the depot now. What it has for you waits there."))
        )

    def _ended(self) -> None:
        if self._stopped:
            self._page.notice.say("plain", _("Stopped. What the depot has for you waits there."), icon="stop")
        self.show_narrow(self._narrow)
