"""Which hub? Its two Device IDs, as they are printed on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.i18n import _
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet
from ui.window.way_sheet import hub_problem
from ui.window.widgets import Entry, Text, set_property

if TYPE_CHECKING:
    from ui.window.page import Host


class HubSheet(Sheet):
    """`chosen` is given GPF ID and CHF ID."""

    def __init__(self, host: Host, gpf: str, chf: str, chosen: Callable[[str, str], None]) -> None:
        super().__init__(host.canvas(), _("Which hub?"))
        self._chosen = chosen
        self.body.addWidget(Text(_("Two Device IDs are printed on a hub."), "soft"))
        self.gpf = Entry(_("GPF ID of the hub"), role="entry", placeholder=_("Scan or type: 00-DB-…"))
        self.chf = Entry(_("CHF ID of the hub"), role="entry", placeholder=_("Scan or type: 00-DB-…"))
        for label, entry, text in ((_("GPF ID"), self.gpf, gpf), (_("CHF ID"), self.chf, chf)):
            self.body.addWidget(Text(label, "strong"))
            entry.setText(text)
            entry.textChanged.connect(lambda _text: self._look())
            entry.returnPressed.connect(self._go_on)
            self.body.addWidget(entry)
        self.problem = Text("", "small")
        self.body.addWidget(self.problem)
        self.add_button(_("Cancel"), self.close_sheet, icon="close")
        self.button = self.add_button(_("Read"), self._go_on, primary=True, icon="forward")
        self._look()
        self.open(self.gpf if not gpf else self.chf)

    def _look(self) -> None:
        texts = [self.gpf.text().strip(), self.chf.text().strip()]
        problems = [found for text in texts if text and (found := hub_problem(text)) is not None]
        words = f"{safe_text(problems[0].message)} {safe_text(problems[0].remedy)}" if problems else ""
        if all(texts) and not problems and texts[0].upper() == texts[1].upper():
            words = _("These are the same: a hub has two.")
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        set_property(self.problem, "tone", "bad")
        self.button.setEnabled(all(texts) and not words)

    def _go_on(self) -> None:
        if self.button.isEnabled():
            self.close_sheet()
            self._chosen(self.gpf.text().strip(), self.chf.text().strip())
