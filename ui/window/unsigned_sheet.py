"""A job of live work that nobody signed: what that means, and why it is taken all the same, if it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.work.job_origin import LONGEST_REASON, SHORTEST_REASON
from ui.window.safe_text import safe_lines, safe_text
from ui.window.sheet import Sheet
from ui.window.widgets import Entry, Text

if TYPE_CHECKING:
    from ui.intake import Taken
    from ui.window.page import Host

_NAMED = 5  # files that are named


class UnsignedSheet(Sheet):
    """`held`: what was refused for that alone; `on_taken` hears what became of it. The keyboard is where leaving is."""

    def __init__(self, host: Host, held: Sequence[Taken], on_taken: Callable[[tuple[Taken, ...]], None]) -> None:
        super().__init__(host.canvas(), _("Nobody signed this job"), wide=900)
        self._host, self._held, self._on_taken = host, tuple(held), on_taken
        for one in self._held[:_NAMED]:
            self.body.addWidget(Text(safe_text(one.source, 100), "strong"))
            self.body.addWidget(Text(safe_lines(one.error.message if one.error is not None else "", 400)))
        if len(self._held) > _NAMED:
            self.body.addWidget(Text(f"… {len(self._held) - _NAMED}", "soft"))
        self.body.addWidget(
            Text(_("Ask the desk for the signed job. If it has to be this one, say how you know that it is right."))
        )
        self.reason = Entry(_("Reason"), placeholder=_("Who gave it to you, and how you know that it is right"))
        self.reason.setMaxLength(LONGEST_REASON)
        self.reason.textChanged.connect(self._look)
        self.reason.returnPressed.connect(self._take)
        self.body.addWidget(self.reason)
        self.body.addWidget(Text(_("It stands in the log and in the visit's report, with your name."), "soft"))
        self.leave = self.add_button(_("Leave it"), self.close_sheet, icon="close")
        self.take_button = self.add_button(_("Take it unsigned"), self._take, primary=True, icon="warn")
        self._look()
        self.open(self.leave)

    def _look(self, _text: str = "") -> None:
        self.take_button.setEnabled(len(" ".join(self.reason.text().split())) >= SHORTEST_REASON)

    def _take(self) -> None:
        if not self.take_button.isEnabled():
            return
        held, reason = self._held, self.reason.text()
        self.close_sheet()
        self._host.bridge.call(lambda services: services.day.take_unsigned(held, reason), self._on_taken)
