"""Before anything goes by radio: what goes, by which dongle, and at which hub."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from ui.window.parts import FactTable
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet
from ui.window.theme import THEME
from ui.window.widgets import Entry, FittingScroll, Text, set_property

if TYPE_CHECKING:
    from hht.scan.values import Field, LabelValue
    from ui.window.going import Going
    from ui.window.page import Host


def hub_problem(text: str) -> HhtError | None:
    """What is wrong with a hub's Device ID; None if nothing is."""
    from hht.identifiers import DeviceId

    try:
        DeviceId.parse(text)
    except HhtError as error:
        return error
    return None


def hub_ids(text: str) -> dict[str, str]:
    """The ids of a hub that a label names: ``gpf-id``, ``chf-id``."""
    from hht.scan.labels import read_label
    from hht.scan.values import Field

    found = read_label(text).values(Field.GPF_ID, Field.CHF_ID)
    return {value.kind.value: value.typed for value in found}


class WaySheet(Sheet):
    """`go` is given the hub's GPF ID."""

    def __init__(self, host: Host, going: Going, link: str, hub: str, go: Callable[[str], None]) -> None:
        super().__init__(host.canvas(), safe_text(going.title, 80), wide=900)
        self._go, self._link = go, link
        facts = FactTable()
        scroll = FittingScroll(lambda: self.room(2 * THEME.sizes.target + 90))
        scroll.column.addWidget(facts)
        way = (_("Dongle"), link or _("none chosen: see “Home network”"), "plain" if link else "bad", False)
        facts.show_facts([way, *going.facts])
        scroll.column.addWidget(Text(going.words, "soft"))
        self.body.addWidget(scroll)
        self.body.addWidget(Text(_("GPF ID, as printed on the hub (not its CHF ID)"), "strong"))
        self.hub = Entry(_("GPF ID of the hub"), role="entry", placeholder=_("Scan or type: 00-DB-…"))
        self.hub.setText(hub)
        self.hub.textChanged.connect(lambda _text: self._look())
        self.hub.returnPressed.connect(self._go_on)
        self.body.addWidget(self.hub)
        self.problem = Text("", "small")
        self.body.addWidget(self.problem)
        self.add_button(_("Not now"), self.close_sheet, icon="close")
        self.button = self.add_button(going.button, self._go_on, primary=True, icon="forward")
        self._look()
        self.open(self.button if self.button.isEnabled() else self.hub)

    def scan_wanted(self) -> tuple[Field, ...]:
        """The GPF ID; a label that names the other one is told so."""
        from hht.scan.values import DEVICE_IDS

        return DEVICE_IDS

    def take_scan(self, text: str, _value: LabelValue | None, *, sure: bool) -> str:
        """Into the field; nothing goes out yet."""
        named = hub_ids(text)
        if named and "gpf-id" not in named:
            self.problem.setText(
                _("The label calls this the CHF ID; the GPF ID is needed here. Scan the other number.")
            )
            self.problem.show()
            set_property(self.problem, "tone", "bad")
            return _("not taken, it is the CHF ID")
        self.hub.setText(named.get("gpf-id", text))
        return self.hub.accessibleName()

    def _look(self) -> None:
        text = self.hub.text().strip()
        problem = hub_problem(text) if text else None
        self.problem.setVisible(problem is not None)
        if problem is not None:
            self.problem.setText(f"{safe_text(problem.message)} {safe_text(problem.remedy)}")
            set_property(self.problem, "tone", "bad")
        self.button.setEnabled(bool(text and self._link) and problem is None)

    def _go_on(self) -> None:
        if self.button.isEnabled():
            self.close_sheet()
            self._go(self.hub.text().strip())
