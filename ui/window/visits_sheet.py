"""A job that is finished: what its visits came to, with their reports; another visit only on purpose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hht.clock import readable_times, utc_text
from hht.i18n import _
from ui.window.jobs_model import state_look
from ui.window.parts import FactTable
from ui.window.report_saving import open_report, save_report
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, close_word
from ui.window.step_card import end_facts
from ui.window.theme import THEME
from ui.window.walkthrough_model import GLYPH, TONE, state_word
from ui.window.widgets import Button, FittingScroll, Icon, Scroll, Text, row_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QHBoxLayout

    from hht.work.view import StepView, VisitView
    from ui.services import JobSummary, VisitSummary
    from ui.window.page import Host


def open_job(host: Host, job_id: str) -> None:
    """Start or resume the job's visit; of a finished job show what was done, and ask."""

    def arrived(job: JobSummary) -> None:
        if job.finished:
            FinishedSheet(host, job).open_sheet()
        else:
            host.open_visit(job.job_id)

    host.bridge.call(lambda services: services.job(job_id), arrived)


def when_words(visit: VisitSummary) -> str:
    """From when to when a visit was, the day once where it is the same."""
    if visit.began is None:
        return ""
    began, ended = utc_text(visit.began), utc_text(visit.ended) if visit.ended else ""
    if not ended:
        return began
    same_day = began[:10] == ended[:10]
    return f"{began.removesuffix(' UTC')} – {ended[11:] if same_day else ended}"


def next_words(visit: VisitSummary) -> str:
    """What the next visit needs, and when it was agreed for; "" where nobody said."""
    parts = []
    if visit.next_at is not None:
        parts.append(_("The next visit was agreed for {when}.").format(when=utc_text(visit.next_at)))
    if visit.next_needs:
        parts.append(_("The next visit needs: {needs}.").format(needs="; ".join(visit.next_needs)))
    return " ".join(parts)


class FinishedSheet(Sheet):
    """The report first, another visit second; beneath the latest visit every earlier one, each with its report."""

    def __init__(self, host: Host, job: JobSummary) -> None:
        super().__init__(host.canvas(), _("This job is finished"), wide=900)
        self._host, self._job = host, job
        self.body.addWidget(Text(safe_text(f"{job.reference} · {job.address}"), "head"))
        *earlier, latest = job.visits
        self.body.addLayout(self._line(latest))
        if needs := next_words(latest):
            self.body.addLayout(row_of(Icon("info", "ink", 30), Text(safe_text(needs, 300), "strong")))
        if earlier:
            self.body.addWidget(Text(_("Earlier visits"), "soft"))
            scroll = FittingScroll(lambda: self.room(3 * THEME.sizes.target + 3 * THEME.sizes.gap))
            for visit in reversed(earlier):
                line = self._line(visit)
                button = Button(_("Show the report"), icon="report", pressed=lambda visit=visit: self._show(visit))  # type: ignore[misc]
                button.setAccessibleName(_("Show the report of visit {number}").format(number=visit.number))
                line.addWidget(button)
                scroll.column.addLayout(line)
            self.body.addWidget(scroll)
        self.show_button = self.add_button(
            _("Show the report"), lambda: self._show(latest), primary=True, icon="report"
        )
        self.again_button = self.add_button(_("Visit again"), self._again, icon="retry")
        self.add_button(close_word(), self.close_sheet, icon="close")

    def open_sheet(self) -> None:
        """Show it; the keyboard is on the report."""
        self.open(self.show_button)

    @staticmethod
    def _line(visit: VisitSummary) -> QHBoxLayout:
        word, icon, token = state_look(visit.state)
        title = _("Visit {number}: {state}").format(number=visit.number, state=word)
        line = row_of(Icon(icon, token, 30), Text(title, "strong", wrap=False), Text(when_words(visit), "soft"))
        line.setStretch(2, 1)
        return line

    def _show(self, visit: VisitSummary) -> None:
        def arrived(view: VisitView) -> None:
            self.close_sheet()
            KeptVisitSheet(self._host, view).open_sheet()

        self._host.bridge.call(lambda services: services.kept_visit(visit.visit_id), arrived)

    def _again(self) -> None:
        self.close_sheet()
        self._host.open_visit(self._job.job_id, again=True)


class KeptVisitSheet(Sheet):
    """What a visit found and did, step by step, as its report has it; and the report as files."""

    def __init__(self, host: Host, view: VisitView) -> None:
        title = _("Report: {reference}, visit {number}").format(reference=view.reference, number=view.number)
        super().__init__(host.canvas(), safe_text(title), fill=True)
        self._host, self._view = host, view
        self._scroll = Scroll()
        self.facts = FactTable()
        self._scroll.column.addWidget(self.facts)  # before it shows itself: else it would be a window of its own
        self.facts.show_facts(end_facts(view))
        for step in view.steps:
            self._add_step(step)
        self._scroll.column.addStretch(1)
        self.body.addWidget(self._scroll, 1)
        self.open_button = self.add_button(_("Open the report"), self._open, primary=True, icon="report")
        self.save_button = self.add_button(_("Save report as…"), self._save, icon="export")
        self.close_button = self.add_button(close_word(), self.close_sheet, icon="close")
        self.open_button.setHidden(not view.report)

    def open_sheet(self) -> None:
        """Show it; the keyboard is on the report's file, or where it can be saved."""
        self.open(self.save_button if self.open_button.isHidden() else self.open_button)

    def _add_step(self, step: StepView) -> None:
        icon = Icon(GLYPH[step.state] or "dot", TONE.get(step.state, "ink_soft"), 26)
        head = row_of(icon, Text(safe_text(step.title), "strong"), Text(state_word(step.state), "soft", wrap=False))
        head.setStretch(1, 1)
        self._scroll.column.addLayout(head)
        if step.message:
            self._scroll.column.addWidget(Text(safe_text(readable_times(step.message), 600)))
        facts = FactTable()
        self._scroll.column.addWidget(facts)
        facts.show_facts([(fact.label, fact.value, fact.tone.value, fact.from_device) for fact in step.facts])

    def _open(self) -> None:
        open_report(self._view.report)

    def _save(self) -> None:
        save_report(self._host, self._view, self._saved)

    def _saved(self, path: Path) -> None:
        """The report stands there now: say so, and offer to open it."""
        if path.suffix != ".pdf":
            self.facts.show_facts([*end_facts(self._view), (_("Written"), str(path), "good", False)])
            return
        self._view = replace(self._view, report=str(path))
        self.facts.show_facts(end_facts(self._view))
        self.open_button.show()
