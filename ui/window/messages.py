"""Sheets that tell: an error the engineer can do something about, and a bug with its session file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from hht.clock import iso_z
from hht.errors import HhtError
from hht.i18n import _
from ui.whole_file import whole_file
from ui.window.crash import Crash, session_file
from ui.window.parts import Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet
from ui.window.widgets import Scroll, Text

if TYPE_CHECKING:
    from ui.window.shell import Shell


class ErrorSheet(Sheet):
    """What happened, what to do next, the code."""

    def __init__(self, parent: QWidget, error: HhtError) -> None:
        super().__init__(parent, _("That did not work"))
        notice = Notice()
        self.body.addWidget(notice)
        notice.say("bad", error.message, error.remedy, error.code)
        self.button = self.add_button(_("Close"), self.close_sheet, primary=True, icon="check")


class CrashSheet(Sheet):
    """A bug: what is safe, and the session file to send in."""

    def __init__(self, parent: QWidget, crash: Crash, shell: Shell) -> None:
        super().__init__(parent, _("Something went wrong inside the terminal"))
        self._crash = crash
        self._shell = shell
        words = _(
            "This is a fault of the program, not yours. What was done is written down, and an unfinished visit can be "
            "continued from the job list. Please save the session file and send it in."
        )
        self.body.addWidget(Text(words))
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self.notice.say("bad", f"{crash.kind}: {crash.message}" if crash.message else crash.kind, code="program-fault")
        scroll = Scroll()
        for where in crash.where[-6:]:
            scroll.column.addWidget(Text(safe_text(where), "mono"))
        scroll.column.addStretch(1)
        scroll.setMinimumHeight(120)
        self.body.addWidget(scroll, 1)
        self.save_button = self.add_button(_("Save session file…"), self._save, icon="export")
        self.add_button(_("Go on"), self.close_sheet, primary=True, icon="forward")

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
