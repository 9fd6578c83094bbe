"""About: who answers for interoperability, the privacy charter, parties and roles, assessments, whose rules."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QVBoxLayout

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

PARTS = ("responsible", "charter", "parties", "assurance", "rules")
MOST = 1200  # characters of a row's words


@dataclass(frozen=True, slots=True)
class AboutRow:
    """A line of a topic."""

    topic: str
    row: Code

    @property
    def title(self) -> str:
        """What it is of."""
        return self.row.title

    @property
    def line(self) -> str:
        """Its words."""
        return self.row.text

    @property
    def word(self) -> str:
        """Whether somebody has held it against its source."""
        return "" if self.row.plain.get("verified") else _("unverified")

    @property
    def tone(self) -> tuple[str, str]:
        """(icon, colour)."""
        return ("check", "good") if self.row.plain.get("verified") else ("dot", "ink_soft")

    @property
    def spoken(self) -> str:
        """All of it in words."""
        return ", ".join(part for part in (self.title, self.line, self.word) if part)


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
        }
        self.parts = Segments(_("Show"), [(part, words[part]) for part in PARTS])
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
        self.heading.setText(topic_titles()[part])
        self.rows.show_rows([AboutRow(part, row) for row in rows_of(part)], 0)
        self.save.setVisible(part == "charter")
        self.notice.say("plain", "")
        self._show_marked()

    def _show_marked(self) -> None:
        one = self.rows.marked
        if one is None:
            return
        self.detail.setText(safe_lines("\n".join((one.row.text, *beside(one.topic, one.row))), MOST))
        self.source.setText(safe_lines(one.row.source, MOST))
        set_property(self.source, "tone", "" if one.row.plain.get("verified") else "warn")

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
