"""Which desk? The one of training, or the supplier's by its address."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from ui.window.parts import Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, close_word
from ui.window.theme import THEME
from ui.window.widgets import Button, Entry, Text, row_of

if TYPE_CHECKING:
    from ui.window.page import Host


def desk_problem(text: str) -> HhtError | None:
    """What is wrong with a link typed by hand; None where it leads to a desk."""
    from hht.link_url import LinkUrlError, parse_link_url, reaches_desk

    try:
        if reaches_desk(parse_link_url(text)):
            return None
    except LinkUrlError as error:
        return error
    return LinkUrlError(
        _("“{text}” leads to no desk.").format(text=text),
        remedy=_("Write for example desk:tcp://host:port."),
        code="link-not-a-desk",
    )


class DeskSheet(Sheet):
    """`chosen` is given the link; "" for the usual one of training."""

    def __init__(self, host: Host, now: str, chosen: Callable[[str], None]) -> None:
        super().__init__(host.canvas(), _("Supplier's desk"), wide=820)
        self._chosen = chosen
        self.body.addWidget(Text(_("Now: {link}").format(link=safe_text(now or _("none"))), "soft"))
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self.url = Entry(_("Address of the desk"), placeholder="desk:tcp://host:port")
        self.use = Button(_("Use"), icon="check", pressed=self._use)
        self.url.returnPressed.connect(self._use)
        row = row_of(self.url, self.use)
        row.setStretch(0, 1)
        self.body.addLayout(row)
        if THEME.training:
            usual = Button(_("The emulated desk of the premises"), icon="training", pressed=lambda: self._take(""))
            self.body.addWidget(usual)
        self.add_button(close_word(), self.close_sheet, icon="close")
        self.open(self.url)

    def _use(self) -> None:
        text = self.url.text().strip()
        problem = desk_problem(text)
        if problem is None:
            self._take(text)
        else:
            self.notice.say("bad", problem.message, problem.remedy, problem.code)

    def _take(self, url: str) -> None:
        self._chosen(url)
        self.close_sheet()
