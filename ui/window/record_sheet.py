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
from ui.window.widgets import Entry, FittingScroll, Text, set_property

if TYPE_CHECKING:
    from hht.work.products import Product
    from ui.van import VanFacts
    from ui.window.page import Host

_LONGEST = 600


class RecordSheet(Sheet):
    """What is to be known of the list itself, a field for the room that was measured, then groups of lines. `facts`:
    with the product list that `product` is of."""

    def __init__(self, host: Host, product: Product, facts: VanFacts) -> None:
        super().__init__(host.canvas(), _("Record of the model"), wide=1000)
        self._product = product
        self._scroll = FittingScroll(lambda: self.room(0))
        self.notice = Notice()
        for reason in facts.about_list:
            about = Text(safe_text(reason.words, _LONGEST), "strong")
            set_property(about, "tone", reason.standing.tone.value)
            self._scroll.column.addWidget(about)
        self.space = Entry(_("Room at the wall"), placeholder=_("Room at the wall, mm: width x height x depth"))
        self.space.returnPressed.connect(self.judge)
        self._scroll.column.addWidget(Text(_("Room at the wall, mm: width x height x depth"), "strong"))
        self._scroll.column.addWidget(self.space)
        self._scroll.column.addWidget(self.notice)
        self.tables: dict[str, FactTable] = {}
        assert facts.products is not None, "the product is a row of it"
        for group in record_groups(product, facts.products, facts.today):
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
