"""BLE bridges near: listening, choosing one, connecting by one press; what stands in the way is said here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from ui.window.bridges_model import BridgesModel
from ui.window.parts import Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, close_word, give_keyboard
from ui.window.theme import THEME
from ui.window.widgets import Button, Choice, Entry, FittingScroll, Text, drop, row_of

if TYPE_CHECKING:
    from ui.bridges import BridgeChoice
    from ui.services import Services
    from ui.window.bridge import Call
    from ui.window.page import Host


class BridgesSheet(Sheet):
    """`chosen` is given the link of the bridge that was connected to."""

    def __init__(self, host: Host, chosen: Callable[[str], None]) -> None:
        super().__init__(host.canvas(), _("Bluetooth bridges near"), wide=900)
        self._host, self._chosen = host, chosen
        self.model = BridgesModel()
        self._tried = ""  # the link that was tried last
        self.rows: dict[str, Choice] = {}
        self._call: Call | None = None
        self.status = Text("", "soft")
        self.everything = Button(_("Show all devices"), pressed=self._toggle)
        self.everything.setCheckable(True)
        head = row_of(self.status, self.everything)
        head.setStretch(0, 1)
        self.body.addLayout(head)
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self.code = Entry(_("Code of the bridge"), placeholder=_("The code printed on the bridge in your hand"))
        self.code.textChanged.connect(self._typed)
        self.code.returnPressed.connect(self._settle)
        self.settle = Button("", icon="check", pressed=self._settle)
        self._ask = row_of(self.code, self.settle)
        self._ask.setStretch(0, 1)
        self.body.addLayout(self._ask)
        self._asked_for, self._asked_about = "", ""  # "pair" or "accept", and the link
        self._list = FittingScroll(lambda: self.room((6 if self._asked_for else 3) * THEME.sizes.target))
        self._list.column.setSpacing(8)
        self.body.addWidget(self._list)
        self._ask_for("", "")
        self.again = self.add_button(_("Listen again"), self.listen, icon="retry")
        self.close_button = self.add_button(close_word(), self.close_sheet, icon="close")
        self.closed.connect(self._stop)
        self.notice.say("plain", "")

    def open_sheet(self) -> None:
        """Show it and listen."""
        self.open(self.close_button)
        self.listen()

    def _ask_for(self, what: str, url: str) -> None:
        """Ask for a bridge's code ("pair"), or whether it is used without a key ("accept"); "": for nothing."""
        self._asked_for, self._asked_about = what, url
        self.code.clear()
        self.code.setVisible(what == "pair")
        self.settle.setVisible(bool(what))
        self.settle.say(_("Pair it") if what == "pair" else _("Use it all the same"))
        self._typed()
        self._list.fit()
        if what:
            give_keyboard(self.code if what == "pair" else self.close_button)

    def _typed(self, _text: str = "") -> None:
        self.settle.setEnabled(self._asked_for == "accept" or bool(self.code.text().strip()))

    def _settle(self) -> None:
        """What was asked is answered: learn the key, or accept that there is none, then connect."""
        if not self.settle.isEnabled():
            return
        url, code, pair = self._asked_about, self.code.text(), self._asked_for == "pair"

        async def known(services: Services) -> None:
            await (services.pair_bridge(url, code) if pair else services.accept_bridge(url))
            await services.try_link(url)

        self._connecting(url)
        self._begin(known, lambda _none: self._connected(url))

    def listen(self) -> None:
        """Begin to listen, anew."""
        self._stop()
        self._ask_for("", "")
        for row in self.rows.values():
            drop(row)
        self.rows.clear()
        self.model.listen()
        self.notice.say("plain", "")
        self._show()
        heard = self._host.bridge.listener(self._heard)
        everything = self.model.everything
        self._begin(lambda services: services.bridges(heard, everything=everything), self._heard)

    def _begin(self, make: Callable[..., object], done: Callable[..., None]) -> None:
        """Have the core do it; what it becomes is told only as long as nothing else has begun."""
        calls: list[Call] = []

        def current() -> bool:
            return self._call is not None and [self._call] == calls

        def ended() -> None:
            if current():
                self.model.rest()
                self._show()

        calls.append(
            self._host.bridge.call(
                make,  # type: ignore[arg-type]
                lambda value: done(value) if current() else None,
                lambda error: self._failed(error) if current() else None,
                ended,
            )
        )
        self._call = calls[0]

    def _stop(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            call.cancel()

    def _toggle(self) -> None:
        self.model.everything = self.everything.isChecked()
        self.listen()

    def _heard(self, seen: list[BridgeChoice]) -> None:
        if self.model.doing == "listening":
            self.model.take(seen)
            self._show()

    def _show(self) -> None:
        self.status.setText(safe_text(self.model.status))
        busy = self.model.doing == "connecting"
        for at, bridge in enumerate(self.model.rows):
            row = self.rows.get(bridge.url)
            if row is None:
                row = self.rows[bridge.url] = Choice("", pressed=lambda url=bridge.url: self._press(url))  # type: ignore[misc]
                self._list.column.insertWidget(at, row)
            row.say(safe_text(bridge.words))
            row.setEnabled(not busy)
            row.setChecked(bridge == self.model.to)
        self.again.setEnabled(self.model.doing == "idle")
        self.everything.setEnabled(not busy)
        if self.focusWidget() is None or not self.focusWidget().isEnabled():
            give_keyboard(self.close_button)

    def _press(self, url: str) -> None:
        self._ask_for("", "")
        self._connecting(url)
        self._begin(lambda services: services.try_link(url), lambda _none: self._connected(url))

    def _connecting(self, url: str) -> None:
        bridge = next(row for row in self.model.rows if row.url == url)
        self._tried = url
        self._stop()
        self.notice.say("plain", "")
        self.model.connect(bridge)
        self._show()

    def _connected(self, url: str) -> None:
        self._call = None
        self._chosen(url)
        self.close_sheet()

    def _failed(self, error: HhtError) -> None:
        self.notice.say("bad", error.message, error.remedy, error.code)
        asks = {"link-bridge-unknown": "pair", "link-bridge-code": "pair", "link-bridge-unproved": "accept"}
        self._ask_for(asks.get(error.code, ""), self._tried)
