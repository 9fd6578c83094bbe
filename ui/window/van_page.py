"""The van: is all there that today's jobs need, may it be installed; what is on it; the product list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from hht.errors import HhtError
from hht.i18n import _
from ui.window.page import Host, Page
from ui.window.parts import ButtonBar, Notice
from ui.window.safe_text import safe_lines, safe_text
from ui.window.sheet import give_keyboard
from ui.window.state_list import StateList
from ui.window.theme import THEME
from ui.window.van_model import VanRow, check_words, count_words, depot_rows, list_words, stock_rows
from ui.window.widgets import Button, Card, Segments, Text, row_of, set_property

if TYPE_CHECKING:
    from hht.work.depot import DepotLine
    from hht.work.products import Product
    from ui.services import Services
    from ui.van import VanFacts


class VanPage(Page):
    """See the module."""

    name = "van"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.facts: VanFacts | None = None
        self.lines: tuple[DepotLine, ...] = ()
        self.part = "check"
        self.parts = Segments(_("Show"), [("check", _("Before you leave")), ("stock", _("On the van"))])
        self.parts.choose("check")
        self.parts.chosen.connect(self.show_part)
        self.notice = Notice()
        self.list: StateList[VanRow] = StateList(_("Devices"))
        self.list.marked_changed.connect(self._show_marked)
        self._none = Text("", "head")
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.detail = Text("")
        self.counts = Text("", "soft")
        self.products = Text("", "small")
        self.back = Button(_("Back"), "big", "back", host.go_home)
        self.take_list_button = Button(_("Product list…"), "big", "import", self.ask_list)
        self.record = Button(_("Record…"), "big", "info", self.show_record)
        self.off = Button(_("Take off"), "big", "cross", self.take_off)
        self.add = Button(_("Put on…"), "primary", "scan", self.ask_device)
        self._build()

    def _build(self) -> None:
        card = Card()
        column = QVBoxLayout(card)
        pad = THEME.sizes.pad
        column.setContentsMargins(pad - 4, pad - 10, pad - 4, pad - 10)
        column.setSpacing(THEME.sizes.gap)
        column.addLayout(row_of(self.parts, 1))
        for part in (self.notice, self.counts):
            column.addWidget(part)
        column.addWidget(self._none, 1)
        column.addWidget(self.list, 1)
        for part in (self.detail, self.products):
            column.addWidget(part)
        self.body.addWidget(card, 1)
        self.body.addWidget(ButtonBar((self.back, self.take_list_button), (self.record, self.off, self.add)))
        self._show()

    def title(self) -> str:
        return _("Van")

    def escape(self) -> None:
        self.host.go_home()

    def entered(self) -> None:
        self.notice.say("plain", "")
        self.refresh(first=True)

    def show_part(self, part: str) -> None:
        """Show the check, or what is on the van."""
        self.part = part
        self.parts.choose(part)
        self._show()

    def refresh(self, *, first: bool = False) -> None:
        """Ask the store what is on the van and what the jobs of today need."""

        async def look(services: Services) -> tuple[VanFacts, tuple[DepotLine, ...]]:
            return await services.day.van(), await services.day.check()

        def arrived(told: tuple[VanFacts, tuple[DepotLine, ...]]) -> None:
            self.facts, self.lines = told
            self._show()
            if first:
                give_keyboard(self.list if self.list.rows else self.add)

        self.host.bridge.call(look, arrived, self.failed)

    def failed(self, error: HhtError) -> None:
        """Say what could not be done, and show how things are."""
        self.notice.say("bad", error.message, error.remedy, error.code)

    def changed(self, facts: VanFacts) -> None:
        """Something was put on, taken off or taken in."""
        self.notice.say("plain", "")
        self.facts = facts
        self.refresh()

    def _show(self) -> None:
        checking, facts = self.part == "check", self.facts
        hides = self.host.privacy.hides
        lines = [line for line in self.lines if not hides(line.reference)]
        rows = depot_rows(lines) if checking else stock_rows(facts, hides) if facts is not None else []
        self.list.show_rows(rows)
        self.list.setVisible(bool(rows))
        self._none.setVisible(not rows)
        self.counts.setVisible(bool(rows) or not checking)
        if facts is None:
            self._none.setText(_("Looking into the van…"))
            self.counts.setText("")
            return
        tone, words = check_words(self.lines) if checking else ("plain", count_words(facts))
        self._none.setText(words if not rows else "")
        self.counts.setText(safe_text(words, 400) if rows else "")
        set_property(self.counts, "tone", tone if tone != "plain" else "")
        tone, words = list_words(facts)
        self.products.setText(safe_text(words, 300))
        set_property(self.products, "tone", tone if tone != "plain" else "")
        self._show_marked()

    def _show_marked(self) -> None:
        row = self.list.marked
        self.detail.setText(safe_lines(row.detail, 600) if row is not None else "")
        self.detail.setVisible(row is not None and bool(row.detail))
        device = row.device if row is not None and self.part == "stock" else None
        self.off.setEnabled(device is not None)
        self.record.setEnabled(self._marked_product() is not None)
        self.off.say(_("Put back") if device is not None and device.taken_by else _("Take off"))

    def _marked_product(self) -> Product | None:
        """The product list's row of what is marked; None where it has none."""
        from hht.work.compatibility import listed_row

        row, facts = self.list.marked, self.facts
        if row is None or row.device is None or facts is None or facts.products is None:
            return None
        return listed_row(row.device, facts.products, facts.today)

    def show_record(self) -> None:
        """What the product list says of the model that is marked: evidence, safety, life, envelope."""
        from ui.window.record_sheet import RecordSheet

        product = self._marked_product()
        if product is not None and self.facts is not None:
            RecordSheet(self.host, product, self.facts)

    def ask_device(self) -> None:
        """Scan a device onto the van, or take in a delivery note."""
        from ui.window.van_sheet import VanSheet

        if self.facts is not None:
            VanSheet(self.host, self.facts, self.changed)

    def ask_list(self) -> None:
        """Choose a signed product list and take it in."""
        suffixes = (".signed", ".json", ".dsse")
        self.host.pick_file(_("Take a product list in"), suffixes, self.take_list)

    def take_list(self, path: str) -> None:
        """Take that product list in."""
        self.host.bridge.call(lambda services: services.day.take_list(Path(path)), self.changed, self.failed)

    def take_off(self) -> None:
        """Forget the marked device, or put it back that a visit took out."""
        row = self.list.marked
        device = row.device if row is not None else None
        if device is not None and self.off.isEnabled():
            self.host.bridge.call(lambda services: services.day.take_off(device), self.changed, self.failed)
