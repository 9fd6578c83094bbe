"""Who answers for a job, and what rules apply at its site to its equipment: what each comes to, where it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.i18n import _, ngettext
from ui.window.parts import FactTable, Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, close_word
from ui.window.widgets import FittingScroll

if TYPE_CHECKING:
    from ui.job_rules import JobRules
    from ui.services import JobSummary
    from ui.window.page import Host


class RulesSheet(Sheet):
    """See the module. `told`: the rules, once they have come."""

    def __init__(self, host: Host, job: JobSummary) -> None:
        title = _("Rules of {reference}").format(reference=safe_text(job.reference))
        super().__init__(host.canvas(), title, wide=1000)
        self.told: JobRules | None = None
        self._origin = job.origin
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self._scroll = FittingScroll(lambda: self.room(120))
        self.facts = FactTable()
        self._scroll.column.addWidget(self.facts)
        self.body.addWidget(self._scroll)
        close = self.add_button(close_word(), self.close_sheet, primary=True, icon="check")
        host.bridge.call(lambda services: services.day.rules(job.job_id), self._arrived)
        self.open(close)

    def _arrived(self, told: JobRules) -> None:
        if self.isHidden():
            return
        self.told = told
        if told.forbidden:
            words = ngettext(
                "{count} rule forbids what the job asks for.",
                "{count} rules forbid what the job asks for.",
                told.forbidden,
            )
            self.notice.say("bad", words.format(count=told.forbidden), safe_text(told.title))
        else:
            self.notice.say("good", _("No rule forbids what the job asks for."), safe_text(told.title))
        rows = [(one.fact.label, one.fact.value, one.fact.tone.value) for one in told.told]
        if self._origin:
            rows.insert(0, (_("Job"), self._origin, "plain"))
        self.facts.show_facts([(label, safe_text(value, 900), tone, False) for label, value, tone in rows])
        self._scroll.fit()
