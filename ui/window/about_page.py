"""About: who answers for interoperability, the charter, parties and roles, assessments, whose rules."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout

from hht.errors import HhtError
from hht.i18n import _
from hht.work.about import beside, rows_of, topic_titles
from hht.work.coded import Code
from ui.window.page import Host, Page
from ui.window.parts import ButtonBar, Notice
from ui.window.safe_text import safe_lines
from ui.window.sheet import give_keyboard
from ui.window.state_list import StateList
from ui.window.theme import THEME
from ui.window.widgets import Button, Card, Scroll, Segments, Text, row_of, set_property

if TYPE_CHECKING:
    from hht.work.held_certificates import Held
    from ui.plugins import Installed

PARTS = ("responsible", "charter", "parties", "assurance", "rules", "certificates", "plug-ins")
MOST = 1200  # characters of a row's words


@dataclass(frozen=True, slots=True)
class AboutRow:
    """A line of a topic. `detail`: all of its words; `source`: from where they are, `verified` or not."""

    title: str
    line: str
    word: str
    tone: tuple[str, str]
    detail: str
    source: str
    verified: bool

    @property
    def spoken(self) -> str:
        """All of it in words."""
        return ", ".join(part for part in (self.title, self.line, self.word) if part)


def topic_rows(topic: str) -> list[AboutRow]:
    """What stands in the catalogue of a topic."""
    return [_topic_row(topic, row) for row in rows_of(topic)]


def _topic_row(topic: str, row: Code) -> AboutRow:
    verified = bool(row.plain.get("verified"))
    word, tone = ("", ("check", "good")) if verified else (_("unverified"), ("dot", "ink_soft"))
    detail = "\n".join((row.text, *beside(topic, row)))
    return AboutRow(row.title, row.text, word, tone, detail, row.source, verified)


_TONES = {
    "valid": ("check", "good"),
    "ends-soon": ("warn", "warn"),
    "ended": ("cross", "bad"),
    "not-yet": ("cross", "bad"),
}


def certificate_row(one: Held) -> AboutRow:
    """A certificate of a device."""
    from hht.work.held_certificates import end_words, issuer_words, standing_words  # read in the core thread before

    title = _("{device}: {whose}, {usage}").format(device=one.device, whose=one.title, usage=one.usage)
    words = _("issued by {issuer}; {standing}, {end}").format(
        issuer=issuer_words(one), standing=standing_words(one.standing), end=end_words(one)
    )
    detail = "\n".join((one.entity, words, one.renewed))
    line = f"{one.entity}, {words}"
    return AboutRow(title, line, standing_words(one.standing), _TONES[one.standing], detail, one.source, True)


def plug_in_row(one: Installed) -> AboutRow:
    """A plug-in: whose, what it adds, whether it is on, and what that means."""
    from ui.plugins import meaning  # read in the core thread before

    word, tone = (_("on"), ("check", "good")) if one.on else (_("off"), ("dot", "ink_soft"))
    if one.trouble:
        word, tone = _("cannot be used"), ("cross", "bad")
    line = f"{one.maker}, {', '.join(one.adds)}" if one.adds else one.maker
    detail = "\n".join(part for part in (one.trouble, one.off_because, meaning()) if part)
    title = f"{one.title or one.name} {one.version}"
    return AboutRow(title, line, word, tone, detail, f"{one.name}, SHA-256 {one.digest}", True)


class AboutPage(Page):
    """See the module."""

    name = "about"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.part = PARTS[0]
        words = {
            "responsible": _("Who answers"),
            "charter": _("Your data"),
            "parties": _("Parties"),
            "assurance": _("Assessments"),
            "rules": _("Rules"),
            "certificates": _("Certificates"),
            "plug-ins": _("Plug-ins"),
        }
        self.parts = Segments(_("Show"), [(part, words[part]) for part in PARTS], per_line=4)
        self.heading = Text("", "head")
        self.rows: StateList[AboutRow] = StateList(_("What there is to say"))
        self.notice = Notice()
        self.detail = Text("")
        self.source = Text("", "small")
        self.back = Button(_("Back"), "big", "back", host.go_home)
        self.save = Button(_("Save the charter…"), "big", "export", self._save)
        self.parts.chosen.connect(self.show_part)
        self.rows.marked_changed.connect(self._show_marked)
        self._build()
        self.show_part(self.part)

    def _build(self) -> None:
        card = Card()
        column = QVBoxLayout(card)
        pad = THEME.sizes.pad
        column.setContentsMargins(pad - 4, pad - 10, pad - 4, pad - 10)
        column.setSpacing(THEME.sizes.gap)
        column.addLayout(row_of(self.parts, 1))
        column.addWidget(self.heading)
        column.addWidget(self.rows, 3)
        told = Scroll()
        for part in (self.detail, self.source):
            told.column.addWidget(part)
        told.column.addStretch(1)
        column.addWidget(told, 2)
        column.addWidget(self.notice)
        self.body.addWidget(card, 1)
        self.body.addWidget(ButtonBar((self.back,), (self.save,)))

    def title(self) -> str:
        return _("About")

    def escape(self) -> None:
        self.host.go_home()

    def entered(self) -> None:
        give_keyboard(self.rows)

    def show_part(self, part: str) -> None:
        """Show that topic, one of PARTS."""
        self.part = part
        self.parts.choose(part)
        self.save.setVisible(part == "charter")
        self.notice.say("plain", "")
        if part == "certificates":
            self.heading.setText(_("Certificates of the devices here"))
            self._show_rows([])
            self.host.bridge.call(lambda services: services.ground.certificates(), self._held, self._failed)
            return
        if part == "plug-ins":
            self.heading.setText(_("Plug-ins of third parties"))
            self._show_rows([])
            self.host.bridge.call(lambda services: services.plug_ins(), self._plug_ins, self._failed)
            return
        self.heading.setText(topic_titles()[part])
        self._show_rows(topic_rows(part))

    def _held(self, found: Sequence[Held]) -> None:
        """What the devices of the premises in use hold."""
        if self.part == "certificates":
            self._show_rows([certificate_row(one) for one in found])
            if not found:
                self.notice.say("plain", _("No device here holds certificates: SMETS1 devices and displays know none."))

    def _plug_ins(self, found: Sequence[Installed]) -> None:
        if self.part == "plug-ins":
            self._show_rows([plug_in_row(one) for one in found])
            if not found:
                self.notice.say("plain", _("No plug-in is installed: hht plugin, on the command line, installs one."))

    def _failed(self, error: HhtError) -> None:
        if self.part in ("certificates", "plug-ins"):
            self.notice.say("warn", error.message, error.remedy, error.code)

    def _show_rows(self, rows: Sequence[AboutRow]) -> None:
        self.rows.show_rows(rows, 0)
        self._show_marked()

    def _show_marked(self) -> None:
        one = self.rows.marked
        self.detail.setText("" if one is None else safe_lines(one.detail, MOST))
        self.source.setText("" if one is None else safe_lines(one.source, MOST))
        set_property(self.source, "tone", "" if one is None or "(unverified)" not in one.source else "warn")

    def _save(self) -> None:
        """Ask where the charter is to go, and write it there."""

        def written(path: Path) -> None:
            self.notice.say("good", _("Written: {path}").format(path=path))

        def save(path: str) -> None:
            self.host.bridge.call(_writing(Path(path)), written)

        self.host.pick_new_file(_("Save the charter"), "privacy-charter.pdf", save)


def _writing(path: Path) -> Callable[[object], Awaitable[Path]]:
    """In the core thread: write the charter there."""

    async def work(_services: object) -> Path:
        from ui.charter import write_charter

        return await asyncio.to_thread(write_charter, path)

    return work
