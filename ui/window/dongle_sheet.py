"""Which radio dongle? Those that may be at this computer's ports, or another by its address."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup

from hht.errors import HhtError
from hht.i18n import _
from ui.window.parts import Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, close_word
from ui.window.theme import THEME
from ui.window.widgets import Button, Choice, Entry, FittingScroll, Text, row_of

if TYPE_CHECKING:
    from ui.services import LinkChoice
    from ui.window.page import Host


def dongle_problem(text: str) -> HhtError | None:
    """What is wrong with a link typed by hand; None where it leads to a dongle."""
    from hht.link_url import LinkUrlError, parse_link_url, reaches_han

    try:
        if reaches_han(parse_link_url(text)):
            return None
    except LinkUrlError as error:
        return error
    return LinkUrlError(
        _("“{text}” leads to no radio dongle.").format(text=text),
        remedy=_("Write for example dongle:/dev/ttyACM0, dongle:tcp://host:port, or emulated:NAME?via=han."),
        code="link-not-a-dongle",
    )


class DongleSheet(Sheet):
    """`chosen` is given the link."""

    def __init__(self, host: Host, now: str, chosen: Callable[[str], None]) -> None:
        super().__init__(host.canvas(), _("Radio dongle"), wide=900)
        self._now, self._chosen = now, chosen
        self._group = QButtonGroup(self)
        self.body.addWidget(Text(_("A dongle with ZNP firmware hears the home network (HAN)."), "soft"))
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self._list = FittingScroll(lambda: self.room(4 * THEME.sizes.target))
        self._list.column.setSpacing(8)
        self.body.addWidget(self._list)
        self.url = Entry(_("Another dongle, by its address"), placeholder="dongle:/dev/ttyACM0")
        self.use = Button(_("Use"), icon="check", pressed=self._use)
        self.url.returnPressed.connect(self._use)
        row = row_of(self.url, self.use)
        row.setStretch(0, 1)
        self.body.addLayout(row)
        self.add_button(close_word(), self.close_sheet, icon="close")
        host.bridge.call(lambda services: services.dongles(), self._arrived)
        self.open(self.url)

    def _arrived(self, links: list[LinkChoice]) -> None:
        known = [(link.url, f"{link.title} · {link.url}") for link in links]
        if self._now and self._now not in [url for url, _title in known]:
            known.insert(0, (self._now, self._now))
        for url, title in known:
            button = Choice(safe_text(title), pressed=lambda url=url: self._take(url))  # type: ignore[misc]
            button.setChecked(url == self._now)
            self._group.addButton(button)
            self._list.column.addWidget(button)

    def _use(self) -> None:
        text = self.url.text().strip()
        problem = dongle_problem(text)
        if problem is None:
            self._take(text)
        else:
            self.notice.say("bad", problem.message, problem.remedy, problem.code)

    def _take(self, url: str) -> None:
        self._chosen(url)
        self.close_sheet()
