"""Sheets that tell: an error the engineer can do something about, and a bug with its session file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from hht import __version__
from hht.clock import iso_z
from hht.errors import HhtError
from hht.i18n import _
from ui.crash import Crash, session_file
from ui.whole_file import whole_file
from ui.window.clipboard import copy_out
from ui.window.parts import Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet
from ui.window.widgets import Button, FittingScroll, Text, row_of

if TYPE_CHECKING:
    from ui.window.shell import Shell


class ErrorSheet(Sheet):
    """What happened, what to do next, the code."""

    def __init__(self, parent: QWidget, error: HhtError) -> None:
        super().__init__(parent, _("Found at opening") if error.code == "log-put-back" else _("That did not work"))
        notice = Notice()
        scroll = FittingScroll(lambda: self.room(0))
        scroll.column.addWidget(notice)
        self.body.addWidget(scroll)
        notice.say("bad", error.message, error.remedy, error.code)
        self.button = self.add_button(_("Close"), self.close_sheet, primary=True, icon="check")


def _details(crash: Crash) -> str:
    """The fault as text that can be read out or sent; the place where it happened first."""
    what = f"{crash.kind}: {crash.message}" if crash.message else crash.kind
    lines = [safe_text(line, 600) for line in (what, *reversed(crash.where))]
    return "\n".join([*lines, f"hht {__version__}"])


class CrashSheet(Sheet):
    """A bug: what happened in a sentence, what to do next, and the details for whoever mends it."""

    def __init__(self, parent: QWidget, crash: Crash, shell: Shell) -> None:
        super().__init__(parent, _("Something went wrong inside the terminal"))
        self._crash = crash
        self._shell = shell
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self.notice.say(
            "bad",
            _("A fault of the program stopped this, not you. What was done is written down."),
            _("Save the session file and send it to the depot. Then go on: an unfinished visit waits in the job list."),
            code="program-fault",
        )
        self.details = QPlainTextEdit(_details(crash))
        self.details.setReadOnly(True)
        self.details.setTabChangesFocus(True)
        self.details.setAccessibleName(_("What is known of the fault"))
        self.details.setMinimumHeight(110)
        self.copy_button = Button(_("Copy"), icon="file", pressed=self._copy)
        head = row_of(Text(_("What is known of it, for the depot:"), "soft"), self.copy_button)
        head.setStretch(0, 1)
        self.body.addLayout(head)
        self.body.addWidget(self.details, 1)
        self.save_button = self.add_button(_("Save session file…"), self._save, icon="export")
        self.add_button(_("Go on"), self.close_sheet, primary=True, icon="forward")

    def open_sheet(self) -> None:
        """Show it; the keyboard is on what is to be done next."""
        self.open(self.save_button)

    def _copy(self) -> None:
        copy_out(self.details.toPlainText())
        self.copy_button.say(_("Copied"), "check")

    def _save(self) -> None:
        self._shell.pick_new_file(_("Save the session file"), "hht-session.json", self._write)

    def _write(self, path: str) -> None:
        frames = tuple(line.summary for line in self._shell.trace_lines[-50:])
        text = session_file(self._crash, when=iso_z(self._shell.clock.now()), trace=frames)
        try:
            with whole_file(Path(path)) as file:
                file.write(text)
        except HhtError as error:
            self.notice.say("bad", error.message, error.remedy, error.code)
        else:
            self.notice.say("good", _("The session file is saved: {path}").format(path=path))
