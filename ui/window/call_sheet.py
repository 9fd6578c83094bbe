"""Ringing the desk: the number, what is read out in large type with its check characters, and that it was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from hht.work.ringing import call, emergencies, spelled
from ui.window.parts import LOW, Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, close_word, give_keyboard
from ui.window.widgets import Button, Entry, Scroll, Text, row_of

if TYPE_CHECKING:
    from hht.work.ringing import Call
    from ui.evidence_notes import CallHelp
    from ui.services import Services
    from ui.window.page import Host


class CallSheet(Sheet):
    """Of the step `step` of a visit, which stands with `code`. What is put on record is kept at once."""

    def __init__(self, host: Host, visit_id: str, job_id: str, step: str, code: str) -> None:
        super().__init__(host.canvas(), _("Ring the desk"), fill=True)
        self._host, self._visit, self._step = host, visit_id, step
        self._help: CallHelp | None = None
        low = host.canvas().height() < LOW
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self.number = Text("", "title", wrap=False)
        self.typed = Entry(_("Number of the desk"), placeholder=_("Nobody has said it yet: type it, it is kept"))
        self.keep = Button(_("Keep it"), icon="check", pressed=self._keep_number)
        self.typed.returnPressed.connect(self._keep_number)
        line = row_of(self.number, self.typed, self.keep)
        line.setStretch(1, 1)
        self.body.addLayout(line)
        others = " · ".join(f"{row.text} {row.plain['number']}" for row in emergencies())
        self.body.addWidget(Text(safe_text(others), "small"))
        self.body.addWidget(Text(_("Read this out, line by line. The desk checks the last four characters."), "soft"))
        self.lines = [Text("", "spoken-low" if low else "spoken") for _line in range(4)]
        scroll = Scroll()
        for text in self.lines:
            scroll.column.addWidget(text)
        scroll.column.addStretch(1)
        self.body.addWidget(scroll, 1)
        self.last = Text("", "spoken-low" if low else "spoken")  # always in sight: the desk asks for it
        self.body.addWidget(self.last)
        self.result = Entry(_("What was said"), placeholder=_("What was said, for the record"))
        self.result.textChanged.connect(self._look)
        self.result.returnPressed.connect(self._note)
        self.body.addWidget(self.result)
        self.add_button(close_word(), self.close_sheet, icon="close")
        self.go = self.add_button(_("Put the call on record"), self._note, primary=True, icon="check")
        host.bridge.call(lambda services: services.evidence.call_help(job_id, step, code), self._known, self._refused)
        self._look()
        self.open(self.result)

    @property
    def check(self) -> str:
        """The check characters that are shown."""
        return self._help.said.lines[-1].rpartition(" ")[2] if self._help is not None else ""

    def _known(self, found: CallHelp) -> None:
        self._help = found
        name = found.supplier or _("The supplier's desk")
        self.number.setText(safe_text(f"{name}: {found.number}" if found.number else name, 60))
        for part in (self.typed, self.keep):
            part.setVisible(not found.number)
        *lines, _check = found.said.lines
        self.last.setText(f"CHECK {self.check}   {spelled(self.check)}")
        for text, words in zip(self.lines, [*lines, *[""] * len(self.lines)], strict=False):
            text.setText(safe_text(words, 120))
            text.setVisible(bool(words))
        self._look()

    def _keep_number(self) -> None:
        found = self._help
        if found is None or not self.typed.text().strip():
            return
        supplier, number = found.supplier, self.typed.text()

        def kept(as_kept: str) -> None:
            from dataclasses import replace

            self._known(replace(found, number=as_kept))
            give_keyboard(self.result)

        self._host.bridge.call(lambda services: services.evidence.keep_number(supplier, number), kept, self._refused)

    def _look(self, _text: str = "") -> None:
        known = self._help is not None and bool(self._help.number)
        self.go.setEnabled(known and bool(self.result.text().strip()))

    def _note(self) -> None:
        found = self._help
        if found is None or not self.go.isEnabled():
            return
        try:
            made: Call = call(found.supplier or _("The supplier's desk"), found.number, found.said, self.result.text())
        except HhtError as error:
            self._refused(error)
            return

        async def note(services: Services) -> None:
            await services.evidence.note(self._visit, made, self._step)

        self._host.bridge.call(note, lambda _none: self.close_sheet(), self._refused)

    def _refused(self, error: HhtError) -> None:
        self.notice.say("bad", error.message, error.remedy, error.code)
