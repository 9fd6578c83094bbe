"""What the product list says of a model beyond its row, and whether the device fits into the place at the wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from hht.work.equipment_check import fits
from hht.work.equipment_words import record_groups
from ui.window.parts import FactTable, Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, close_word
from ui.window.widgets import Entry, FittingScroll, Text

if TYPE_CHECKING:
    from hht.work.products import Product, ProductList
    from ui.window.page import Host

_LONGEST = 600


class RecordSheet(Sheet):
    """A field for the room that was measured, then groups of lines."""

    def __init__(self, host: Host, product: Product, products: ProductList) -> None:
        super().__init__(host.canvas(), _("Record of the model"), wide=1000)
        self._product = product
        self._scroll = FittingScroll(lambda: self.room(0))
        self.notice = Notice()
        self.space = Entry(_("Room at the wall"), placeholder=_("Room at the wall, mm: width x height x depth"))
        self.space.returnPressed.connect(self.judge)
        self._scroll.column.addWidget(Text(_("Room at the wall, mm: width x height x depth"), "strong"))
        self._scroll.column.addWidget(self.space)
        self._scroll.column.addWidget(self.notice)
        self.tables: dict[str, FactTable] = {}
        for group in record_groups(product, products, host.clock.now().date()):
            self._scroll.column.addWidget(Text(group.title, "head"))
            table = self.tables[group.name] = FactTable()
            self._scroll.column.addWidget(table)  # first its place: shown without one it would be a window
            table.show_facts(
                [
                    (safe_text(one.label, 80), safe_text(one.value, _LONGEST), one.tone.value, False)
                    for one in group.facts
                ]
            )
        self.body.addWidget(self._scroll)
        self.fit_button = self.add_button(_("Does it fit there?"), self.judge, icon="box")
        self.close_button = self.add_button(close_word(), self.close_sheet, primary=True, icon="close")
        self.open(self.space)
        self._scroll.fit()

    def judge(self) -> None:
        """Say whether the device, with the room that it needs around it, goes into the place."""
        from ui.van import room_mm

        try:
            told = fits(self._product, room_mm(self.space.text()))
        except HhtError as error:
            self.notice.say("bad", error.message, error.remedy, error.code)
        else:
            self.notice.say(told.standing.tone.value, told.words)
        self._scroll.fit()
