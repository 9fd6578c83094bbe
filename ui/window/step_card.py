"""The card of the walkthrough: one step as it stands, or how the visit ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from hht.i18n import _
from hht.work import load_watch
from hht.work.offset_effect import DRAWN, OffsetEffect
from hht.work.undone import FOLLOWED
from hht.work.verdict_told import DRAWN as VERDICT
from hht.work.verdict_told import Stretch, VerdictTold
from hht.work.view import Fact, StepState, StepView, VisitView
from ui.window.fact_pictures import FactPictures
from ui.window.help_box import HelpBox
from ui.window.load_step_plot import LoadStepPlot
from ui.window.offset_plot import OffsetPlot
from ui.window.parts import LOW, FactTable, FrameStrip, Notice, Ring
from ui.window.probe_panel import ProbePanel, seen_by_failure
from ui.window.question_box import QuestionBox
from ui.window.safe_text import safe_text
from ui.window.theme import THEME
from ui.window.verdict_panel import VerdictPanel
from ui.window.walkthrough_model import GLYPH, TONE, Timing, clock_text, outcome_words, state_word, took_text
from ui.window.widgets import Button, Card, Icon, ProgressBar, Scroll, Text, row_of, set_property

if TYPE_CHECKING:
    from hht.client.probe_sense import Sight

ASKS = (StepState.ASKING, StepState.STOPPED)  # states in which a person is asked


NOTICE_TONE = {
    StepState.FAILED: "bad",
    StepState.UNKNOWN: "warn",
    StepState.LEFT: "warn",
    StepState.STOPPED: "bad",
}


def stop_words(step: StepView, view: VisitView | None) -> str:
    """What a hard stop says: what to do now, who has to clear it, and why an answer to it was not taken."""
    lock = _("Locked: nothing goes on until somebody else than you, named, has cleared it.") if step.locked else ""
    return "\n".join(filter(None, (step.remedy, lock, view.notice if view is not None else "")))


class StepCard(Card):
    """Title and time above; below, scrolling where it must: what to do, what was seen, what is asked."""

    def __init__(
        self,
        answer: Callable[[str, str], None],
        open_report: Callable[[], None],
        save_report: Callable[[], None],
        show_frames: Callable[[Stretch], None],
        begin_again: Callable[[], None],
    ) -> None:
        super().__init__()
        self._title = Text("", "title")
        self._end_icon = Icon("check", "good", 56)
        self._state_icon = Icon("dot", "ink", 30)
        self._state = Text("", "strong", wrap=False)
        self._ring = Ring()
        self._time = Text("", "body", wrap=False)
        self._explanation = Text("")
        self.help = HelpBox()
        self._authority = Text("", "soft")
        self._shield = Icon("shield", "accent", 26)
        self.notice = Notice()
        self.probe = ProbePanel()
        self.facts = FactTable()
        self.offset = OffsetPlot()
        self.offset.hide()
        self.load_step = LoadStepPlot()
        self.load_step.hide()
        self.verdict = VerdictPanel(show_frames)
        self.pictures = FactPictures()
        self.question = QuestionBox()
        self.question.answered.connect(answer)
        self._progress = ProgressBar(_("Progress"))
        self._progress_text = Text("", "soft", wrap=False)
        self.report = Button(_("Open the report"), icon="report", pressed=open_report)
        self.save_report = Button(_("Save report as…"), icon="export", pressed=save_report)
        self.begin_again = Button(_("Begin this training visit again"), icon="retry", pressed=begin_again)
        self.strip = FrameStrip()
        self._stopped = False  # the question stands right beneath what has to be done
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        pad = THEME.sizes.pad
        column.setContentsMargins(pad, pad - 6, pad - 8, pad - 8)
        column.setSpacing(10)
        head = row_of(self._end_icon, self._title, spacing=10)
        head.setStretch(1, 1)
        for part in (self._state_icon, self._state, self._ring, self._time):
            head.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
        column.addLayout(head)
        scroll = Scroll()
        inner = scroll.column
        inner.addWidget(self.notice)  # first: where something is said here, it goes before what the step is about
        inner.addLayout(row_of(self.begin_again, 1))
        inner.addWidget(self.probe)
        inner.addWidget(self._explanation)
        inner.addWidget(self.help)
        inner.addLayout(row_of(self._shield, self._authority, spacing=10))
        inner.addLayout(row_of(self.report, self.save_report, 1))
        inner.addWidget(self.offset)
        inner.addWidget(self.load_step)
        inner.addWidget(self.verdict)
        inner.addWidget(self.pictures)
        inner.addWidget(self.facts)
        inner.addWidget(self.question)
        inner.addWidget(self._progress)
        inner.addWidget(self._progress_text)
        inner.addStretch(1)
        self._scroll = scroll
        column.addWidget(scroll, 1)
        column.addWidget(self.strip)

    def show_step(
        self, step: StepView | None, view: VisitView | None, *, looking_back: bool = False, turned: bool = False
    ) -> None:
        """Show `step`; without one, how the visit ended."""
        if turned:
            self._scroll.verticalScrollBar().setValue(0)
        over = step is None and view is not None and view.outcome is not None
        self.report.setVisible(over and view is not None and bool(view.report))
        self.save_report.setVisible(over)
        self._end_icon.hide()
        if step is None:
            self._show_end(view)
            return
        self._title.setText(safe_text(step.title))
        self._explanation.setText(safe_text(step.explanation, 1200))
        self.help.show_help(step.id)
        self._show_state(step)
        self._show_authority(step)
        self._show_notice(step, view, looking_back=looking_back)
        self._offer_again(step, view, looking_back=looking_back)
        self._show_progress(step)
        verdict, beside = verdict_drawn(step)
        self.verdict.show_verdict(verdict)
        self.pictures.show_facts(step.facts)
        self._explanation.setVisible(verdict is None)  # how it was to be found says nothing any more
        self._place_question(first=step.state is StepState.STOPPED and not looking_back)
        self.facts.show_facts([(f.label, f.value, f.tone.value, f.from_device) for f in beside])
        self.offset.show_effect(effect_drawn(step))
        self.load_step.show_load(next(drawn_of(step, load_watch.DRAWN), None))
        asking = step.state in ASKS and not looking_back
        self.question.ask(step.question if asking else None)
        telling = step.state in (StepState.STARTED, StepState.FAILED, StepState.UNKNOWN)
        self.strip.setVisible(telling and not looking_back and view is not None and bool(view.link))

    def _offer_again(self, step: StepView, view: VisitView | None, *, looking_back: bool) -> None:
        """Where the emulated home began anew: what runs is stopped first, and no safety stop is passed so."""
        idle = step.state not in (StepState.STARTED, StepState.STOPPED) and not looking_back
        self.begin_again.setVisible(view is not None and view.home_anew and idle)

    def _place_question(self, *, first: bool) -> None:
        """Where the answer is given: at a hard stop right beneath what has to be done now, so that both are in sight
        together in a low window, where the rest makes do with less; else after what was seen."""
        self._stopped = first
        tight = first and self.window().height() < LOW
        set_property(self._title, "role", "strong" if tight else "title")
        self.notice.tighten(tight)
        self.question.tighten(tight)
        column = self._scroll.column
        before = self.notice if first else self.facts
        if column.indexOf(self.question) != column.indexOf(before) + 1:
            column.removeWidget(self.question)
            column.insertWidget(column.indexOf(before) + 1, self.question)

    def show_probe(self, live: Sight | None, step: StepView | None, link: str) -> None:
        """What the probe sees while the step runs (once there was trouble, whatever follows); what it saw when the step
        failed."""
        if step is not None and step.state is StepState.STARTED:
            troubled = live is not None and (live.is_trouble or self.probe.sight is not None)
            self.probe.show_sight(live if troubled else None, link)
        elif step is not None and step.state in (StepState.FAILED, StepState.UNKNOWN):
            self.probe.show_sight(seen_by_failure(link, step.code), brief=True)
        else:
            self.probe.show_sight(None)

    def focus_answer(self) -> bool:
        """Give the keyboard to where the question is answered, and bring it into sight."""
        done = self.question.focus_answer()
        if done and self._stopped:  # the instruction goes before: only so far that there is a place to type
            self._scroll.verticalScrollBar().setValue(0)
            self._scroll.ensureWidgetVisible(self.question.answer_place, 0, 0)
        elif done:
            self._scroll.ensureWidgetVisible(self.question, 0, 8)
        return done

    def show_timing(self, timing: Timing, step: StepView) -> None:
        """The countdown, or the time it took."""
        running = timing.left_s is not None
        self._ring.setVisible(running)
        if running and timing.left_s is not None:
            self._ring.show_left(timing.share, short=timing.short)
            left = _("{time} left").format(time=clock_text(timing.left_s))
            if timing.awaited is not None:
                what, awaited_s = timing.awaited
                due = _("{what}: within {time}").format(what=what, time=clock_text(awaited_s))
                left = f"{safe_text(due)} · {left}"
            self._time.setText(left)
        elif step.finished_at is not None and timing.elapsed_s is not None:
            self._time.setText(_("took {time}").format(time=took_text(timing.elapsed_s)))
        else:
            self._time.setText(
                _("at most {time}").format(time=clock_text(step.deadline_s)) if step.state is StepState.READY else ""
            )
        self._time.setVisible(bool(self._time.text()))

    def _show_state(self, step: StepView) -> None:
        glyph, tone = GLYPH[step.state], TONE.get(step.state, "")
        shown = bool(glyph) and step.state is not StepState.STARTED
        self._state_icon.setVisible(shown)
        self._state.setVisible(shown)
        if shown:
            self._state_icon.show_icon(glyph, tone or "accent")
            self._state.setText(state_word(step.state))
            set_property(self._state, "tone", tone)

    def _show_authority(self, step: StepView) -> None:
        words = _("The supplier's command, carried out as it is. Authority: {who}")
        if not step.commanded:
            words = _("Writes to the meter. Authority: {who}")
        self._authority.setText(words.format(who=safe_text(step.authority)) if step.authority else "")
        self._authority.setVisible(bool(step.authority))
        self._shield.setVisible(bool(step.authority))

    def _show_notice(self, step: StepView, view: VisitView | None, *, looking_back: bool) -> None:
        if step.message:
            tone = NOTICE_TONE.get(step.state, "plain")
            remedy = stop_words(step, view) if step.state is StepState.STOPPED else step.remedy
            if step.state is StepState.UNKNOWN:
                settle = _("Whether it was written is not known: “Read to settle” asks the meter first.")
                remedy = f"{settle} {remedy}"
            self.notice.say(tone, step.message, remedy, step.code, icon=GLYPH[step.state])
        elif step.barred and not looking_back:
            words = _("Name the link of desk or dongle in the settings, ring the desk, or press “Can't do this…”.")
            self.notice.say("warn", _("Cannot be done here: ask the desk"), words)
        elif view is not None and view.notice and not looking_back:
            self.notice.say("warn", view.notice)
        elif looking_back:
            self.notice.say("plain", _("You are looking at an earlier step. Nothing can be changed here."), icon="info")
        elif view is not None and view.resumed and step.id == view.current and step.state is StepState.READY:
            self.notice.say("plain", _("Picked up where the visit was interrupted. The meter is read before anything."))
        else:
            self.notice.say("plain", "")

    def _show_progress(self, step: StepView) -> None:
        shown = step.state is StepState.STARTED and step.progress_done is not None
        self._progress.setVisible(shown)
        self._progress_text.setVisible(shown)
        if not shown or step.progress_done is None:
            return
        total = step.progress_total
        self._progress.show_done(step.progress_done, total or 0)
        text = (
            f"{step.progress_done:,}"
            if not total
            else _("{done:,} of {total:,}").format(done=step.progress_done, total=total)
        )
        self._progress_text.setText(text)

    def _show_end(self, view: VisitView | None) -> None:
        for part in (self._state_icon, self._state, self._ring, self._time, self._authority, self._shield):
            part.hide()
        self._progress.hide()
        self._progress_text.hide()
        self.help.hide()
        self.begin_again.hide()
        self.strip.hide()
        self._explanation.show()
        self.verdict.show_verdict(None)
        self.pictures.show_facts(())
        self.question.ask(None)
        self._place_question(first=False)
        if view is None or view.outcome is None:
            self._title.setText(_("No visit is open"))
            self._explanation.setText(_("Open a job from the list to start."))
            self.notice.say("plain", "")
            self.facts.show_facts([])
            self.offset.show_effect(None)
            self.load_step.show_load(None)
            return
        tone, title, sentence = outcome_words(view.outcome)
        self._title.setText(title)
        self._explanation.setText(sentence)
        self.notice.say("warn", view.notice)
        self._end_icon.show()
        self._end_icon.show_icon({"good": "complete", "warn": "left", "bad": "cross"}[tone], tone)
        self.facts.show_facts(end_facts(view))
        self.offset.show_effect(None)
        self.load_step.show_load(None)


def drawn_of(step: StepView, kind: str) -> Iterator[Mapping[str, Any]]:
    """What the pictures of that kind are drawn of, in the step's facts."""
    return (fact.drawn for fact in step.facts if fact.drawn is not None and fact.drawn.get("kind") == kind)


def effect_drawn(step: StepView) -> OffsetEffect | None:
    """What a step shows as the picture of an offset."""
    drawn = next(drawn_of(step, DRAWN), None)
    return None if drawn is None else OffsetEffect.from_plain(drawn)


def verdict_drawn(step: StepView) -> tuple[VerdictTold | None, tuple[Fact, ...]]:
    """The verdict that a step shows as a panel, and the facts beside it: it is the first of its own lines."""
    for place, fact in enumerate(step.facts):
        if fact.drawn is not None and fact.drawn.get("kind") == VERDICT:
            return VerdictTold.from_plain(fact.drawn), step.facts[:place]
    return None, step.facts


def end_facts(view: VisitView) -> list[tuple[str, str, str, bool]]:
    """What is said of a visit that has ended."""
    done = sum(step.state is StepState.DONE for step in view.steps)
    left = [step for step in view.steps if step.state is StepState.LEFT and step.code not in FOLLOWED]
    followed = [step.title for step in view.steps if step.state is StepState.LEFT and step.code in FOLLOWED]
    count = _("{done} of {total}").format(done=done, total=len(view.steps))
    facts = [
        (_("Job"), f"{view.reference} · {view.address}", "plain", False),
        (_("Steps done"), count, "good" if done else "plain", False),
    ]
    facts += [(_("Left"), f"{step.title}: {step.message or step.code}", "warn", False) for step in left]
    facts += [(_("Not done"), device, "warn", False) for device in view.untouched]
    facts += [(fact.label, fact.value, fact.tone.value, False) for fact in view.noted]
    if followed:
        facts.append((_("Not done for that"), ", ".join(followed), "warn", False))
    sealed = _("Sealed in the store. Save it where it is needed: anybody who may read that file can read it.")
    return [*facts, (_("Report"), view.report or sealed, "plain", False)]
