"""What else the jobs can be filtered by: fuel, kind of work, day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup

from hht.i18n import _
from ui.job_search import JobFilter, walkthroughs
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, close_word
from ui.window.widgets import Choice, FittingScroll, Segments, Text, row_of

if TYPE_CHECKING:
    from ui.services import JobSummary
    from ui.window.page import Host


class JobFilterSheet(Sheet):
    """What is chosen holds at once; `changed` hears of it."""

    def __init__(
        self, host: Host, now: JobFilter, jobs: Sequence[JobSummary], changed: Callable[[JobFilter], None]
    ) -> None:
        super().__init__(host.canvas(), _("Filter the jobs"), wide=900)
        self._now, self._changed = now, changed
        scroll = FittingScroll(lambda: self.room(0))
        fuels = [("", _("Any")), ("electricity-only", _("Electricity only")), ("with-gas", _("With gas"))]
        days = [("", _("Any")), ("yesterday", _("Yesterday")), ("today", _("Today")), ("tomorrow", _("Tomorrow"))]
        days.append(("overdue", _("Left over")))
        self.fuel, self.day = Segments(_("Fuel"), fuels), Segments(_("Day"), days)
        for title, segments, name, chosen in (
            (_("Fuel"), self.fuel, "fuel", now.fuel),
            (_("Day"), self.day, "day", now.day),
        ):
            segments.choose(chosen)
            segments.chosen.connect(lambda value, name=name: self._take(**{name: value}))
            scroll.column.addWidget(Text(title, "head"))
            scroll.column.addLayout(row_of(segments, 1))
        scroll.column.addWidget(Text(_("Work"), "head"))
        group = QButtonGroup(self)
        self.works: dict[str, Choice] = {}
        for name, title in {"": _("Any"), **walkthroughs(jobs)}.items():
            choice = Choice(safe_text(title), pressed=lambda name=name: self._take(walkthrough=name))  # type: ignore[misc]
            choice.setChecked(name == now.walkthrough)
            group.addButton(choice)
            self.works[name] = choice
            scroll.column.addWidget(choice)
        self.body.addWidget(scroll)
        self.everything = self.add_button(_("Show everything"), self._clear, icon="cross")
        self.close_button = self.add_button(close_word(), self.close_sheet, primary=True, icon="check")
        self.open(self.close_button)
        scroll.fit()

    def _take(self, **changes: str) -> None:
        self._now = replace(self._now, **changes)
        self._changed(self._now)

    def _clear(self) -> None:
        self._take(fuel="", day="", walkthrough="", state="")
        self.close_sheet()
