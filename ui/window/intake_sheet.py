"""What became of jobs that came in together, or of one that is here already and says otherwise now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hht.i18n import _
from ui.window.parts import FactTable
from ui.window.safe_text import safe_lines, safe_text
from ui.window.sheet import Sheet, close_word
from ui.window.widgets import FittingScroll, Icon, Text, row_of

if TYPE_CHECKING:
    from ui.intake import Taken
    from ui.window.page import Host

_LOOK = {
    "new": ("check", "good"),
    "same": ("dot", "ink_soft"),
    "changed": ("warn", "warn"),
    "part": ("running", "accent"),
    "refused": ("cross", "bad"),
}


class IntakeSheet(Sheet):
    """Each with its sign; of a changed job every field that differs, before and after. `unsigned` asks about those that
    nobody signed."""

    def __init__(
        self, host: Host, taken: Sequence[Taken], unsigned: Callable[[Sequence[Taken]], object] | None = None
    ) -> None:
        super().__init__(host.canvas(), _("Jobs that came in"), wide=960)
        scroll = FittingScroll(lambda: self.room(0))
        for one in taken:
            self._add(scroll, one)
        self.body.addWidget(scroll)
        if unsigned is not None and any(one.octets for one in taken):
            self.add_button(_("Take the unsigned ones…"), lambda: self._ask(unsigned, taken), icon="warn")
        self.close_button = self.add_button(close_word(), self.close_sheet, primary=True, icon="check")
        self.open(self.close_button)
        scroll.fit()

    def _ask(self, unsigned: Callable[[Sequence[Taken]], object], taken: Sequence[Taken]) -> None:
        self.close_sheet()
        unsigned(taken)

    @staticmethod
    def _add(scroll: FittingScroll, one: Taken) -> None:
        words = one.words
        changes = one.changes
        if changes:
            words = words.partition("\n")[0]
        icon = Icon(*_LOOK[one.state], 26)
        icon.setAccessibleName(state_words(one.state))
        head = row_of(icon, Text(safe_text(one.source), "strong"), Text(state_words(one.state), "soft", wrap=False))
        head.setStretch(1, 1)
        scroll.column.addLayout(head)
        scroll.column.addWidget(Text(safe_lines(words, 2000)))
        if changes:
            facts = FactTable()
            scroll.column.addWidget(facts)
            facts.show_facts([(*_parts(change.words), "warn", False) for change in changes])
        if one.remark:
            scroll.column.addWidget(Text(safe_lines(one.remark, 200), "strong"))


def state_words(state: str) -> str:
    """What became of it, in a word or two."""
    words = {
        "new": _("new"),
        "same": _("the same"),
        "changed": _("changed"),
        "part": _("more to come"),
        "refused": _("refused"),
    }
    return words[state]


def _parts(words: str) -> tuple[str, str]:
    label, _colon, value = words.partition(": ")
    return label, value
