"""A rehearsal: each play as it ends, then what is predicted to block the job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _, ngettext
from ui.window.parts import Notice
from ui.window.safe_text import safe_lines, safe_text
from ui.window.sheet import Sheet, close_word
from ui.window.theme import THEME
from ui.window.widgets import FittingScroll, Icon, ProgressBar, Text, row_of

if TYPE_CHECKING:
    from ui.rehearsal import Play, RehearsalReport
    from ui.services import JobSummary
    from ui.window.page import Host


class RehearsalSheet(Sheet):
    """See the module. Closed while it plays, it is stopped, and nothing of it is left."""

    def __init__(self, host: Host, job: JobSummary) -> None:
        title = _("Rehearsal of {reference}").format(reference=safe_text(job.reference))
        super().__init__(host.canvas(), title, wide=1000)
        self._host, self._job_id = host, job.job_id
        self.report: RehearsalReport | None = None
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self.progress = ProgressBar(_("Rehearsal"))
        self.body.addWidget(self.progress)
        self._scroll = FittingScroll(lambda: self.room(140))
        words = _(
            "Played in training against a premises made from the job; devices under their own ids. Nothing is kept."
        )
        self._scroll.column.addWidget(Text(words, "soft"))
        self.body.addWidget(self._scroll)
        self.close_button = self.add_button(_("Stop"), self.close_sheet, icon="close")
        self.walk_button = self.add_button(_("Walk through it"), self._walk, primary=True, icon="play")
        self.walk_button.setVisible(THEME.training)
        self.progress.show_done(0, 1)
        self.notice.say("plain", _("Playing the job…"), icon="running")
        heard = host.bridge.listener(self._heard)
        self._played = 0
        self._call = host.bridge.call(
            lambda services: services.day.rehearse(job.job_id, lambda play, count: heard((play, count))),
            self._arrived,
            self._refused,
        )
        self.closed.connect(self._call.cancel)
        self.open(self.close_button)

    def _walk(self) -> None:
        """Go through the rehearsal by hand, as any visit."""
        host, job_id = self._host, self._job_id

        def begin(told: tuple[str, bool]) -> None:
            walked, finished = told
            host.open_visit(walked, again=finished)

        self.close_sheet()
        host.bridge.call(lambda services: services.day.walk(job_id), begin)

    def _heard(self, told: tuple[Play, int]) -> None:
        if self.isHidden():
            return
        play, count = told
        self._played += 1
        self.progress.show_done(self._played, count)
        self._add_play(play)

    def _add_play(self, play: Play) -> None:
        from ui.rehearsal import play_words

        head, *rest = play_words(play)
        self._line(("warn", "warn") if play.blocked else ("check", "good"), head, rest)

    def _line(self, look: tuple[str, str], head: str, rest: list[str]) -> None:
        line = row_of(Icon(*look, 26), Text(safe_text(head, 200), "strong"))
        line.setStretch(1, 1)
        self._scroll.column.addLayout(line)
        for words in rest:
            self._scroll.column.addWidget(Text(safe_lines(words, 600)))
        self._scroll.fit()

    def _refused(self, error: HhtError) -> None:
        if self.isHidden():
            return
        self.progress.hide()
        self.notice.say("bad", error.message, error.remedy, error.code)
        self.close_button.say(close_word())

    def _arrived(self, report: RehearsalReport) -> None:
        if self.isHidden():
            return
        self.report = report
        self.progress.hide()
        for lacking in report.lacking:
            self._line(("cross", "bad"), _("The van"), [lacking])
        for device in report.left_out:
            self._line(("info", "ink_soft"), _("Not rehearsed"), [device])
        count = len(report.blockers) + len(report.lacking)
        likely = sum(play.likely is not None for play in report.plays)
        tried = ngettext("{count} likely fault was tried.", "{count} likely faults were tried.", likely)
        if count:
            words = ngettext("{count} blocker is predicted.", "{count} blockers are predicted.", count)
            self.notice.say("warn", words.format(count=count), tried.format(count=likely))
        else:
            self.notice.say("good", _("Nothing is predicted to block this job."), tried.format(count=likely))
        self.close_button.say(close_word(), "check")
        self._scroll.fit()
