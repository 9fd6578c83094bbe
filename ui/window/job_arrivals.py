"""How jobs come in by the window: chosen, dropped anywhere on it, from the folder that is watched, by scanner."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from hht.errors import HhtError
from hht.i18n import _, ngettext
from ui.window.scanning import PICTURES

if TYPE_CHECKING:
    from ui.intake import Taken
    from ui.job_folder import FolderLook
    from ui.window.jobs_page import JobsPage
    from ui.window.shell import Shell

EVERY_TICKS = 20  # of a quarter of a second: the folder is looked into every five seconds
_MOST_HELD = 50
_TOLD = 3  # results that a notice tells one by one
_LONGEST = 200  # characters of each


class JobArrivals(QObject):
    """Of one window; see the module."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._shell = shell
        self._ticks = 0
        self.looking = False
        self._held_back: list[Taken] = []  # what came while a customer looks on, and is not told of by name
        shell.setAcceptDrops(True)
        shell.installEventFilter(self)

    # Dropped ---------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent) and event.type() is QEvent.Type.Drop and self._takes(event):
            event.acceptProposedAction()
            paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
            self.take(paths, dropped=self._shell.page_name() != "jobs")
            return True
        if isinstance(event, QDragEnterEvent) and self._takes(event):
            event.acceptProposedAction()
            return True
        return super().eventFilter(watched, event)

    def _takes(self, event: QDropEvent) -> bool:
        """Whether files are dropped, and somebody is there who may see jobs. A picture alone is the scanner's, which
        hands on the codes of jobs that it finds in it."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        picture = len(paths) == 1 and paths[0].suffix.lower() in PICTURES
        return self._shell.attended and bool(paths) and not picture

    # Chosen, scanned -------------------------------------------------------------------------------------------------

    def take(self, paths: Sequence[Path], *, dropped: bool = False) -> None:
        """Take jobs in from these files and folders; `dropped` on another page, where it has to be said at once."""
        call = self._shell.bridge.call
        call(lambda services: services.day.take(paths), lambda taken: self.arrived(taken, dropped=dropped))

    def scanned(self, text: str) -> bool:
        """A scanner read `text`; True where it is a part of a job."""
        from hht.work.job_code import is_job_code

        if not self._shell.open or not is_job_code(text):
            return False
        self._shell.bridge.call(lambda services: services.day.scanned(text), lambda taken: self.arrived((taken,)))
        return True

    # The folder ------------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """A quarter of a second went by."""
        self._ticks += 1
        if self._ticks % EVERY_TICKS == 0 and not self.looking and self._shell.open:
            self.look()

    def look(self) -> None:
        """Look into the folder that is watched, where one is."""
        folder = self._shell.settings.job_folder
        if not folder:
            return
        self.looking = True
        self._shell.bridge.call(lambda services: services.day.look(folder), self._looked, ended=self._rest)

    def _rest(self) -> None:
        self.looking = False

    def _looked(self, look: FolderLook) -> None:
        """What came by itself opens no sheet over what a person does: it is told on the page of the jobs."""
        page = self._page()
        if look.error is not None:
            page.notice.say("warn", look.error.message, look.error.remedy, look.error.code)
        if look.taken:
            self.came(look.taken, _("From the folder:"))

    def came(self, taken: Sequence[Taken], whence: str) -> None:
        """Tell on the page of the jobs alone what came while a person does something else."""
        page = self._page()
        bad = sum(one.error is not None for one in taken)
        if self._hidden(taken):
            self._hold_back(taken)
            return
        page.notice.say("warn" if bad else "good", whence, told_words(taken))
        page.refresh()

    # What came of it -------------------------------------------------------------------------------------------------

    def arrived(self, taken: Sequence[Taken], *, dropped: bool = False) -> None:
        """Tell what became of what somebody brought: one job is marked, one refusal is an error, more are listed."""
        page = self._page()
        jobs = [one.job for one in taken if one.job is not None]
        errors = [one.error for one in taken if one.error is not None]
        if not taken:
            errors = [_nothing()]
        if self._hidden(taken):
            self._hold_back(taken)
            return
        if jobs:
            page.show_job(jobs[-1].job_id)
        if len(taken) == 1 and taken[0].octets and self._shell.sheet() is None:
            self.ask_unsigned(taken)
        elif len(errors) == max(1, len(taken)) and errors[0].code != "job-exists" and len(taken) < 2:
            self._shell.show_error(errors[0])
        elif (dropped or len(taken) > 1 or taken[0].changes or errors) and self._shell.sheet() is None:
            from ui.window.intake_sheet import IntakeSheet

            IntakeSheet(self._shell, taken, self.ask_unsigned)
        else:
            page.notice.say("good" if jobs else "plain", told_words(taken))

    def _hidden(self, taken: Sequence[Taken]) -> bool:
        """Whether telling of it would name another job to a customer who looks on."""
        privacy = self._shell.privacy
        return bool(privacy.only) and any(one.job is None or one.job.job_id != privacy.only for one in taken)

    def tell_held_back(self) -> None:
        """The other jobs are shown: what came meanwhile is told."""
        held, self._held_back = self._held_back, []
        if held:
            self.arrived(held)

    def _hold_back(self, taken: Sequence[Taken]) -> None:
        """Say how many came, and none by name."""
        self._held_back = [*self._held_back, *taken][-_MOST_HELD:]
        page = self._page()
        bad = sum(one.error is not None for one in taken)
        words = ngettext("{count} thing came in", "{count} things came in", len(taken)).format(count=len(taken))
        if bad:
            words += ", " + ngettext("{count} was refused", "{count} were refused", bad).format(count=bad)
        page.notice.say("warn" if bad else "good", words + ".", _("They are shown when the other jobs are."))
        page.refresh()

    def ask_unsigned(self, taken: Sequence[Taken]) -> None:
        """Ask why those of them that nobody signed are taken all the same."""
        from ui.window.unsigned_sheet import UnsignedSheet

        UnsignedSheet(self._shell, [one for one in taken if one.octets], self.arrived)

    def _page(self) -> JobsPage:
        from ui.window.jobs_page import JobsPage

        page = self._shell.page("jobs")
        assert isinstance(page, JobsPage)
        return page


def _nothing() -> HhtError:
    return HhtError(
        _("Nothing here can be a job."),
        remedy=_("A job is a .json file, or a picture of its codes."),
        code="no-job-files",
    )


def told_words(taken: Sequence[Taken]) -> str:
    """What became of these, the first few one by one."""
    lines = [one.words.replace("\n", " ")[:_LONGEST] for one in taken[:_TOLD]]
    more = len(taken) - len(lines)
    if more > 0:
        lines.append(ngettext("… and {count} more.", "… and {count} more.", more).format(count=more))
    return "\n".join(lines)
