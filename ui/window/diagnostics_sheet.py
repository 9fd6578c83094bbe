"""Diagnostics: all that would be given out, to be read through, and a button that writes just that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPlainTextEdit

from hht.errors import HhtError
from hht.i18n import _
from ui.whole_file import whole_file
from ui.window.parts import Notice
from ui.window.sheet import Sheet, close_word
from ui.window.widgets import Text

if TYPE_CHECKING:
    from ui.diagnostics import Diagnostics
    from ui.window.page import Host


class DiagnosticsSheet(Sheet):
    """See the module."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.canvas(), _("Diagnostics"), wide=1000)
        self._host = host
        self._text = ""
        self.notice = Notice()
        self.body.addWidget(self.notice)
        words = _("This is all of it, and what is left out stands at its end. Nothing is sent; you choose the file.")
        self.body.addWidget(Text(words, "soft"))
        self.told = QPlainTextEdit()
        self.told.setReadOnly(True)
        self.told.setTabChangesFocus(True)
        self.told.setAccessibleName(_("What would be written"))
        self.told.setMinimumHeight(200)
        self.body.addWidget(self.told, 1)
        self.add_button(close_word(), self.close_sheet, icon="close")
        self.save = self.add_button(_("Save…"), self._save, primary=True, icon="export")
        self.save.setEnabled(False)
        host.bridge.call(lambda services: services.diagnostics(), self._arrived, self._refused)
        self.open(self.told)

    def _arrived(self, found: Diagnostics) -> None:
        self._text = found.text()
        self.told.setPlainText(self._text)
        self.save.setEnabled(True)

    def _refused(self, error: HhtError) -> None:
        self.notice.say("bad", error.message, error.remedy, error.code)

    def _save(self) -> None:
        self._host.pick_new_file(_("Save the diagnostics"), "hht-diagnostics.json", self._write)

    def _write(self, path: str) -> None:
        try:
            with whole_file(Path(path)) as file:
                file.write(self._text)
        except HhtError as error:
            self._refused(error)
        else:
            self.notice.say("good", _("Written as shown: {path}").format(path=path))
