"""Which hub? Its two Device IDs, as they are printed on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.work.devices import same_device
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet
from ui.window.way_sheet import hub_ids, hub_problem
from ui.window.widgets import Entry, Text, set_property

if TYPE_CHECKING:
    from hht.scan.values import Field, LabelValue
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

    def scan_wanted(self) -> tuple[Field, ...]:
        """Either of the two, or both at once."""
        from hht.scan.values import DEVICE_IDS

        return DEVICE_IDS

    def take_scan(self, text: str, _value: LabelValue | None, *, sure: bool) -> str:
        """Into the field that the label names; what it does not name, into the one with the keyboard, else the first
        that is empty. Nothing is read yet: the person looks at both."""
        named = hub_ids(text)
        for name, entry in (("gpf-id", self.gpf), ("chf-id", self.chf)):
            if name in named:
                entry.setText(named[name])
        if named:
            return _("as the label calls it: {names}").format(
                names=", ".join(name.replace("-id", " ID").upper() for name in named)
            )
        empty = [entry for entry in (self.gpf, self.chf) if not entry.text().strip()]
        into = next((entry for entry in (self.gpf, self.chf) if entry.hasFocus()), (empty or [self.gpf])[0])
        into.setText(text)
        return into.accessibleName()

    def _look(self) -> None:
        texts = [self.gpf.text().strip(), self.chf.text().strip()]
        problems = [found for text in texts if text and (found := hub_problem(text)) is not None]
        words = f"{safe_text(problems[0].message)} {safe_text(problems[0].remedy)}" if problems else ""
        if all(texts) and not problems and same_device(*texts):
            words = _("These are the same: a hub has two.")
        hint = _hint(self.chf.text(), self.gpf.text()) if all(texts) and not words else ""
        self.problem.setText(words or hint)
        self.problem.setVisible(bool(words or hint))
        set_property(self.problem, "tone", "bad" if words else "warn")
        self.button.setEnabled(all(texts) and not words)

    def _go_on(self) -> None:
        if self.button.isEnabled():
            self.close_sheet()
            self._chosen(self.gpf.text().strip(), self.chf.text().strip())


def _hint(chf: str, gpf: str) -> str:
    from hht.identifiers import DeviceId
    from hht.scan.hub_pair import pair_hint

    return pair_hint(DeviceId.parse(chf), DeviceId.parse(gpf))
