"""The log of the store, the newest entry first: when, who, what; found by words, and exported signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from hht.clock import readable_times
from hht.i18n import _, ngettext
from ui.kept_log import held, kind_words, log_kinds
from ui.window.parts import Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, close_word
from ui.window.tables import Table, TextTableModel
from ui.window.widgets import Entry, Text, row_of

if TYPE_CHECKING:
    from hht.errors import HhtError
    from hht.store.log_chain import LogEntry
    from ui.kept_log import ExportedLog, LogFacts
    from ui.window.page import Host

_LOOKS_AT: Final = {"plain": "", "warn": "▲ ", "bad": "✖ "}  # before what somebody ought to look at


class LogSheet(Sheet):
    """See the module. It is read once, when the sheet opens."""

    WIDTHS: Final = (250, 230, 0)

    def __init__(self, host: Host) -> None:
        super().__init__(host.canvas(), _("Log"), fill=True)
        self._host = host
        self._facts: LogFacts | None = None
        self._found: list[LogEntry] = []
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self.search = Entry(_("Search the log"), placeholder=_("Search: who, what, job, device"))
        self.search.textChanged.connect(self._show)
        self.count = Text("", "soft", wrap=False)
        head = row_of(self.search, self.count)
        head.setStretch(0, 1)
        self.body.addLayout(head)
        self.items = TextTableModel(self, (_("Time (UTC)"), _("Who"), _("What")), mono=(0,))
        self.table = Table(_("Log"))
        self.table.setModel(self.items)
        self.table.columns(self.WIDTHS)
        self.table.selectionModel().currentChanged.connect(lambda now, _before: self._show_whole(now.row()))
        self.body.addWidget(self.table, 1)
        self.whole = Text("")
        self.body.addWidget(self.whole)
        self.export = self.add_button(_("Export signed…"), self._ask_where, icon="export")
        self.add_button(close_word(), self.close_sheet, icon="close")
        self.export.setEnabled(False)
        host.bridge.call(lambda services: services.people.log(), self._arrived, self._refused)
        self.open(self.search)

    def _arrived(self, facts: LogFacts) -> None:
        self._facts = facts
        self.export.setEnabled(not facts.own_only)
        if facts.trouble is not None:
            self._refused(facts.trouble)
        elif facts.own_only:
            self.notice.say("plain", _("Here are your own entries alone: all of them are for roles that may audit."))
        else:
            self.notice.say("good", _("It is whole: no entry is missing, moved or altered."))
        self._show()

    def _refused(self, error: HhtError) -> None:
        self.notice.say("bad", error.message, error.remedy, error.code)

    def _show(self) -> None:
        """What fits the search, the newest first."""
        if self._facts is None:
            return
        words = self.search.text().casefold().split()
        told = [(entry, _line(entry, self._facts)) for entry in reversed(self._facts.entries)]
        fits = [(entry, row) for entry, row in told if _fits(words, entry, row)]
        self._found = [entry for entry, _row in fits]
        self.items.show_rows([row for _entry, row in fits])
        count = len(self._facts.entries)
        shown = ngettext("{shown} of {count} entry", "{shown} of {count} entries", count)
        self.count.setText(shown.format(shown=len(fits), count=count))
        if fits:
            self.table.selectRow(0)
        self._show_whole(0)

    def _show_whole(self, row: int) -> None:
        """The marked entry in full, below the table."""
        if not 0 <= row < len(self._found):
            empty = self._facts is not None and not self._facts.entries
            self.whole.setText(_("The log is empty.") if empty else _("Nothing fits. Empty the search."))
            return
        entry = self._found[row]
        self.whole.setText(safe_text(" · ".join([entry.kind, *held(entry)]), 600))

    def _ask_where(self) -> None:
        self._host.pick_new_file(_("Export the log"), "log.hhtb", self._export_to)

    def _export_to(self, path: str) -> None:
        self._host.bridge.call(lambda services: services.people.export_log(Path(path)), self._exported, self._refused)

    def _exported(self, done: ExportedLog) -> None:
        self.notice.say("good", done.words, _("It is checked elsewhere: python -m hht.evidence verify FILE"))


def _line(entry: LogEntry, facts: LogFacts) -> tuple[str, ...]:
    _words, tone = log_kinds().get(entry.kind, ("", "plain"))
    what = _LOOKS_AT[tone] + ": ".join(filter(None, (kind_words(entry.kind), ", ".join(held(entry)))))
    doubt = "  " + _("(the outcome is not known)") if facts.doubtful(entry) else ""
    return readable_times(entry.at).removesuffix(" UTC"), entry.by, what + doubt


def _fits(words: list[str], entry: LogEntry, row: tuple[str, ...]) -> bool:
    text = " ".join((entry.kind, *row)).casefold()
    return all(word in text for word in words)
