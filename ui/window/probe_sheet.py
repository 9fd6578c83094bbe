"""Connecting to a meter through a probe, by one press: the adapters that are plugged in, and what the probe sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from hht.client.probe_sense import Sight
from hht.errors import HhtError
from hht.i18n import _
from ui.window.parts import Notice
from ui.window.plug_watch import PlugWatch, back_words
from ui.window.probe_panel import ProbePanel, seen_by_failure
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, close_word, give_keyboard
from ui.window.theme import THEME
from ui.window.widgets import Choice, FittingScroll, Text, drop

if TYPE_CHECKING:
    from ui.services import LinkChoice
    from ui.window.bridge import Call
    from ui.window.page import Host

LOOK_MS = 1000  # so often the adapters are looked for
LIVE_MS = 200
AGAIN_MS = 300
KEEP_TRYING_S = 60.0  # while a person moves the probe and watches the picture


class ProbeSheet(Sheet):
    """`chosen` is given the link through which a meter has answered. A probe that is pulled out meanwhile is tried
    again by itself once it is back: nothing has been agreed with the meter yet that could be lost."""

    def __init__(self, host: Host, chosen: Callable[[str], None]) -> None:
        super().__init__(host.canvas(), _("Connect a probe"), wide=900)
        self._host, self._chosen = host, chosen
        self.rows: dict[str, Choice] = {}
        self.trying = ""
        self._call: Call | None = None
        self._since_s = 0.0  # since when a meter is looked for
        self._asked = False  # the list of adapters is on its way
        self._watch = PlugWatch(host, self._plugged)
        self.status = Text("", "soft")
        self.panel = ProbePanel()
        self.notice = Notice()
        self._list = FittingScroll(lambda: self.room(4 * THEME.sizes.target))
        self._list.column.setSpacing(8)
        for part in (self.status, self._list, self.panel, self.notice):
            self.body.addWidget(part)
        self.again = self.add_button(_("Try again"), self._again, icon="retry")
        self.close_button = self.add_button(close_word(), self.close_sheet, icon="close")
        self._look = self._timer(LOOK_MS, self._ask)
        self._live = self._timer(LIVE_MS, self._show_live)
        self._once_more = self._timer(AGAIN_MS, self._sign_on)
        self._once_more.setSingleShot(True)
        self.closed.connect(self._stop)
        self.notice.say("plain", "")
        self.again.setEnabled(False)

    def _timer(self, every_ms: int, tick: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(every_ms)
        timer.timeout.connect(tick)
        return timer

    def open_sheet(self) -> None:
        """Show it, with what is plugged in."""
        self.open(self.close_button)
        self._say()
        self._ask()
        self._look.start()

    # What is plugged in ------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        if not self._asked:
            self._asked = True
            self._host.bridge.call(lambda services: services.links(), self._arrived, ended=self._answered)

    def _answered(self) -> None:
        self._asked = False

    def _arrived(self, links: list[LinkChoice]) -> None:
        there = {link.url: link for link in links if link.url.startswith("optical:")}
        for url in [url for url in self.rows if url not in there and url != self.trying]:
            row = self.rows.pop(url)
            drop(row)
        for url, link in there.items():
            if url not in self.rows:
                self.rows[url] = Choice("", pressed=lambda url=url: self.try_link(url))  # type: ignore[misc]
                self._list.column.addWidget(self.rows[url])
                self.rows[url].show()  # at once: what is not in sight yet cannot be given the keyboard
            self.rows[url].say(safe_text(link.title))
        self._say()
        if self.rows and self.close_button.hasFocus() and not self.trying and not self.notice.message:
            give_keyboard(next(iter(self.rows.values())))

    def _say(self) -> None:
        """What goes on, in a sentence."""
        busy = self._busy
        if busy:
            words = _("Asking the meter, again and again: move the probe until it answers.")
        elif self.rows:
            words = _("Seat the probe on the meter, then press its line.")
        else:
            words = _("No adapter is plugged in. Plug the probe in: it appears here.")
        self.status.setText(words)
        for row in self.rows.values():
            row.setEnabled(not busy)
        self.again.setEnabled(bool(self.trying) and not busy)

    # Trying ------------------------------------------------------------------------------------------------------

    @property
    def _busy(self) -> bool:
        """A meter is looked for."""
        return self._call is not None or self._once_more.isActive()

    def try_link(self, url: str) -> None:
        """Sign on through it, for a while again and again: nothing is agreed with a meter that could be lost."""
        if self._busy:
            return
        self.trying, self._since_s = url, self._host.clock.monotonic()
        self.rows[url].setChecked(True)
        self._watch.stop()
        self.notice.say("plain", "")
        give_keyboard(self.close_button)
        self._sign_on()

    def _sign_on(self) -> None:
        url = self.trying
        call = self._host.bridge.call(
            lambda services: services.try_probe(url), self._answers, self._failed, self._tried
        )
        self._call = call if call.running else None
        self._live.start()
        self._say()

    def _again(self) -> None:
        if self.trying:
            self.try_link(self.trying)

    def _show_live(self) -> None:
        if self._call is not None:
            self.panel.show_sight(self._host.probe_sight(), self.trying)

    def _answers(self, meter: str) -> None:
        self.panel.show_sight(Sight.TALKING)
        words = _("The meter answers: {meter}.").format(meter=safe_text(meter, 60)) if meter else _("The port is open.")
        self.notice.say("good", words, _("This probe is used from now on."))
        self._chosen(self.trying)

    def _failed(self, error: HhtError) -> None:
        seen = seen_by_failure(self.trying, error.code)
        tried_s = self._host.clock.monotonic() - self._since_s
        if error.code.startswith("sign-on") and tried_s < KEEP_TRYING_S and self.isVisible():
            self._once_more.start()
            return
        self.panel.show_sight(seen, brief=True)
        self.notice.say("bad", error.message, error.remedy, error.code)
        self._watch.watch(self.trying, error.code)

    def _tried(self) -> None:
        self._call = None
        if self._once_more.isActive():
            return
        self._live.stop()
        self._say()
        done = self.panel.sight is Sight.TALKING
        give_keyboard(self.close_button if done else self.again)

    def _plugged(self, port: str) -> None:
        self.notice.say("plain", back_words(port))
        if self.trying in self.rows:
            self.try_link(self.trying)

    def _stop(self) -> None:
        for timer in (self._look, self._live, self._once_more):
            timer.stop()
        self._watch.stop()
        call, self._call = self._call, None
        if call is not None:
            call.cancel()
