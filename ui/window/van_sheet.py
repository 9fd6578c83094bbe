"""Putting devices onto the van: one scan after the other of a model that is chosen once, or a delivery note."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup

from hht.errors import HhtError
from hht.i18n import _
from hht.work.devices import device_kind
from hht.work.van import VanError
from ui.window.parts import Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, close_word, give_keyboard
from ui.window.theme import THEME
from ui.window.way_sheet import hub_ids
from ui.window.widgets import Choice, Entry, FittingScroll, Text, row_of

if TYPE_CHECKING:
    from hht.scan.values import Field, LabelValue
    from hht.work.products import Product
    from ui.van import VanFacts
    from ui.window.page import Host

_NO_ROW = ("in-home-display", "consumer-access-device")  # what stands on no product list


class VanSheet(Sheet):
    """The model stays chosen from scan to scan; `changed` hears of each device that is on the van."""

    def __init__(self, host: Host, facts: VanFacts, changed: Callable[[VanFacts], None]) -> None:
        super().__init__(host.canvas(), _("Put devices onto the van"), wide=1000)
        self._host, self._changed = host, changed
        self._product: Product | None = None
        self._type = ""
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self._scroll = FittingScroll(self._most)
        self._scroll.column.addWidget(Text(_("What it is, then each label:"), "soft"))
        self.choices: dict[str, Choice] = {}
        self._build_choices(facts)
        self.body.addWidget(self._scroll)
        self.device = Entry(_("Device ID"), placeholder=_("Scan or type the Device ID"))
        self.until = Entry(_("Certificate until"), placeholder=_("Certificate until (2034-12-31)"))
        self.device.returnPressed.connect(self._add)
        self.until.returnPressed.connect(self._add)
        row = row_of(self.device, self.until)
        row.setStretch(0, 2)
        row.setStretch(1, 1)
        self.body.addLayout(row)
        self.add_button(close_word(), self.close_sheet, icon="close")
        self.file = self.add_button(_("Delivery note…"), self._ask_file, icon="import")
        self.add = self.add_button(_("Put on"), self._add, primary=True, icon="check")
        self.open(self.device)
        self._scroll.fit()

    def _most(self) -> int:
        others = THEME.sizes.target + 2 * THEME.sizes.gap + 30
        if self.notice.message:
            others += self.notice.heightForWidth(self.card.width() - 2 * THEME.sizes.pad) + THEME.sizes.gap
        return self.room(others)

    def _build_choices(self, facts: VanFacts) -> None:
        group = QButtonGroup(self)
        today = self._host.clock.now().astimezone().date()
        listed = facts.products.products if facts.products is not None else ()
        for product in listed:
            if product.removed is not None and product.removed <= today:
                continue
            title = f"{device_kind(product.type)} · {product.words} · {product.firmware}"
            self._choice(group, title, lambda product=product: self._choose(product, product.type))  # type: ignore[misc]
        for type_name in _NO_ROW:
            self._choice(group, device_kind(type_name), lambda name=type_name: self._choose(None, name))  # type: ignore[misc]

    def _choice(self, group: QButtonGroup, title: str, pressed: Callable[[], None]) -> None:
        choice = Choice(safe_text(title, 120), pressed=pressed)
        group.addButton(choice)
        self.choices[title] = choice
        self._scroll.column.addWidget(choice)

    def scan_wanted(self) -> tuple[Field, ...]:
        """A Device ID; of a hub the CHF ID."""
        from hht.scan.values import DEVICE_IDS

        return DEVICE_IDS

    def take_scan(self, text: str, _value: LabelValue | None, *, sure: bool) -> str:
        """Onto the van, where it is known what it is and nobody has to compare anything; else into the field."""
        named = hub_ids(text)
        if named and "chf-id" not in named:
            self._refused(
                VanError(
                    _("The label calls this the GPF ID; the CHF ID is needed here."),
                    remedy=_("Scan the other number on the hub's label."),
                    code="gpf-not-chf",
                )
            )
            return _("nothing was put on")
        self.device.setText(named.get("chf-id", text))
        if sure and self._type:
            self._add()
        else:
            give_keyboard(self.device)
        return _("Device ID")

    def _choose(self, product: Product | None, type_name: str) -> None:
        self._product, self._type = product, type_name
        give_keyboard(self.device)

    def _add(self) -> None:
        from hht.work.van import of_product, van_device

        try:
            if not self._type:
                raise VanError(
                    _("It is not chosen what it is."),
                    remedy=_("Choose the model above; it stays for the next scans."),
                    code="van-type",
                )
            until = self.until.text()
            if self._product is not None:
                device = of_product(self._product, self.device.text(), until)
            else:
                device = van_device(self._type, self.device.text(), certificate_until=until)
        except HhtError as error:
            self._refused(error)
            return
        self._host.bridge.call(lambda services: services.day.add([device]), self._added, self._refused)

    def _added(self, facts: VanFacts) -> None:
        text = self.device.text()
        self.device.clear()
        self.notice.say("good", _("On the van: {device}").format(device=safe_text(text)))
        self._scroll.fit()
        give_keyboard(self.device)
        self._changed(facts)

    def _ask_file(self) -> None:
        self.close_sheet()
        self._host.pick_file(_("Take a delivery note in"), (".json",), self._take_file)

    def _take_file(self, path: str) -> None:
        self._host.bridge.call(lambda services: services.day.add_file(Path(path)), self._changed)

    def _refused(self, error: HhtError) -> None:
        self.notice.say("bad", error.message, error.remedy, error.code)
        self._scroll.fit()
