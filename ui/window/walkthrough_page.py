"""The walkthrough: the rail on the left, one card, four big buttons."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from hht.errors import HhtError
from hht.i18n import _
from hht.work.view import StepState, StepView, VisitView
from ui.window.leave_sheet import LeaveSheet
from ui.window.page import Host, Page
from ui.window.parts import ButtonBar
from ui.window.plug_watch import PlugWatch, back_words
from ui.window.rail import Rail
from ui.window.report_saving import open_report, save_report
from ui.window.safe_text import safe_text
from ui.window.scan_again import ScanAgain
from ui.window.sheet import give_keyboard
from ui.window.step_card import ASKS, StepCard
from ui.window.theme import THEME
from ui.window.visit_notes import VisitNotes, takes
from ui.window.walkthrough_model import WalkthroughModel
from ui.window.widgets import Button, Card

if TYPE_CHECKING:
    from hht.scan.values import Field, LabelValue
    from ui.services import VisitControl

SECOND_TAP_S = 0.4


class WalkthroughPage(Page):
    """Shows the running visit. `control` is its handle in the core; its methods are called there."""

    name = "visit"
    keeps_pictures = True  # photos of a step

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.model = WalkthroughModel()
        self.control: VisitControl | None = None
        self._stopping = ""  # what is waited for, once Stop was pressed and until the step has ended
        self._stop_gone_s = -SECOND_TAP_S  # monotonic time at which Stop made room for “Try again”
        self._watch = PlugWatch(host, self._plugged)
        self._again = ScanAgain()
        self.rail = Rail(self.look)
        self.notes = VisitNotes(self)
        self.card = StepCard(self.answer, self._open_report, self._save_report, host.show_frames, self.begin_again)
        self.card.question.photo_wanted.connect(lambda: self.notes.photo())
        self.card.question.signature_wanted.connect(lambda: self.notes.sign(self.card.question.question))
        self.setAcceptDrops(True)
        self.card.question.label_wanted.connect(host.open_photo)
        holder = Card(watermark=False)
        inside = QVBoxLayout(holder)
        inside.setContentsMargins(4, 2, 4, 2)
        inside.addWidget(self.rail, 1)
        inside.addWidget(self.notes)
        row = QHBoxLayout()
        row.setSpacing(THEME.sizes.gap + 2)
        holder.setMinimumWidth(300)
        row.addWidget(holder, 28)
        row.addWidget(self.card, 72)
        self.body.addLayout(row, 1)
        self._build_buttons()
        self._refresh(turned=True)
        heard_out = host.bridge.listener(self._heard_out)
        host.bridge.tell(lambda services: services.subscribe_stopping(heard_out))

    def _build_buttons(self) -> None:
        self.back = Button(_("Back"), "big", "back", self.go_back)
        self.leave = Button(_("Can't do this…"), "big", "left", self.ask_leave)
        self.retry = Button(_("Try again"), "big", "retry", self.try_again)
        self.stop = Button(_("Stop"), "stop", "stop", self.stop_step)
        self.stop.hide()
        self.proceed = Button(_("Continue"), "primary", "forward", self.go_on)
        self.body.addWidget(ButtonBar((self.back, self.leave), (self.stop, self.retry, self.proceed)))

    def title(self) -> str:
        view = self.model.view
        return "" if view is None else safe_text(f"{view.reference} · {view.address}")

    def entered(self) -> None:
        self._refresh(turned=True)

    def scan_wanted(self) -> tuple[Field, ...]:
        """What the question that is open can be answered with by a scan; () while there is none."""
        from ui.window.question_model import scan_fields

        question = self.card.question
        asked = question.question if question.scannable and not self.model.looking_back else None
        if asked is None and self.retry.isEnabled() and not self.model.looking_back:
            return self._again.wanted(self.model.current)
        return scan_fields(asked.kind) if asked is not None else ()

    @property
    def scan_for(self) -> str:
        """Which question a scan would answer now."""
        asked, step = self.card.question.question, self.model.current
        return asked.id if asked is not None else step.id if step is not None else ""

    def take_scan(self, text: str, _value: LabelValue | None, *, sure: bool) -> str:
        """It answers the question that is open, or the one of the step that failed by another scan."""
        asked, step = self.card.question.question, self.model.current
        if asked is None and step is not None:
            self._again.hold(step, text, sure=sure)
            self.try_again()
            return _("“{step}” is tried again with it").format(step=step.title)
        self.card.question.scanned(text, sure=sure)
        return asked.prompt if asked is not None else ""

    def escape(self) -> None:
        """Stop what runs; leave a look back."""
        if self.model.looking_back:
            self.model.follow()
            self._refresh(turned=True)
        else:
            self.stop_step()

    def tick(self) -> None:
        self._show_times()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not (event.matches(QKeySequence.StandardKey.Paste) and self.notes.paste()):
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.scan_wanted() or not takes(event.mimeData()):  # the window reads a label off it, takes a job in
            event.ignore()
        else:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if self.notes.drop(event.mimeData()):
            event.acceptProposedAction()

    # What the core says ----------------------------------------------------------------------------------------

    def begin(self, control: VisitControl) -> None:
        """A visit was started; its views may have arrived before."""
        self.control = control

    def show_view(self, view: VisitView) -> None:
        """The visit changed."""
        if self.model.view is not None and self.model.view.visit_id != view.visit_id:
            self.model = WalkthroughModel()
        turned = self.model.show(view, self.host.clock.now())
        self._refresh(turned=turned)
        scan = self._again.look(self.model.current)
        if scan is not None:
            self.card.question.scanned(scan[0], sure=scan[1])
        if turned and self.isVisible():
            self.host.head(self.title())

    def _refresh(self, *, turned: bool) -> None:
        model = self.model
        self.card.show_step(model.step, model.view, looking_back=model.looking_back, turned=turned)
        self._show_probe(model.step)
        buttons = model.buttons()
        self._stopping = self._stopping if buttons.stop else ""
        if self._stopping:
            self.card.notice.say("plain", self._stopping, icon="stop")
        elif self._watch.port is not None:
            self._say_plugged(self._watch.port)
        self.retry.say(buttons.retry_text)
        self.proceed.say(buttons.proceed_text)
        whose = model.step.authority if model.step is not None and model.step.onward else ""
        self.proceed.setAccessibleDescription(safe_text(whose))
        had_focus = self.focusWidget()
        if self.stop.isVisibleTo(self) and not buttons.stop:
            self._stop_gone_s = self.host.clock.monotonic()
        self.stop.setVisible(buttons.stop)
        self.retry.setVisible(not buttons.stop)
        for button, enabled in (
            (self.back, buttons.back),
            (self.leave, buttons.leave),
            (self.retry, buttons.retry),
            (self.proceed, buttons.proceed),
        ):
            button.setEnabled(enabled)
        self._show_times()
        if turned or had_focus is None or not had_focus.isEnabled() or not had_focus.isVisible():
            self._focus_next()

    def _show_times(self) -> None:
        now, step = self.host.clock.now(), self.model.step
        self._show_probe(step)
        self.rail.show_rows(self.model.rows(now))
        self.card.strip.show_frames(self.host.last_frames(3))
        if step is not None:
            self.card.show_timing(self.model.timing(step, now), step)

    def _show_probe(self, step: StepView | None) -> None:
        """What the probe sees; and whether one that was pulled out is back."""
        view = self.model.view
        link = view.link if view is not None else ""
        current = self.model.current
        stuck = current is not None and current.state in (StepState.FAILED, StepState.UNKNOWN)
        self._watch.watch(link, current.code if current is not None and stuck else "")
        hidden = self.model.looking_back or self._watch.port is not None
        self.card.show_probe(self.host.probe_sight(), None if hidden else step, link)

    def _plugged(self, port: str) -> None:
        """The probe is there again: one press goes on."""
        self._say_plugged(port)
        self._show_times()
        give_keyboard(self.retry)

    def _say_plugged(self, port: str) -> None:
        if not self.model.looking_back:
            words = _("Press “{button}”: the meter is read before anything is written again.")
            self.card.notice.say("good", back_words(port), words.format(button=self.model.buttons().retry_text))

    def _focus_next(self) -> None:
        """Give the keyboard to what comes next: the answer, Continue, or the way out of a failure."""
        step = self.model.step
        if not self.isVisible():
            return
        asking = step is not None and step.state in ASKS and not self.model.looking_back
        if asking and self.card.focus_answer():
            return
        for button in (self.stop, self.proceed, self.retry, self.leave, self.back):
            if button.isEnabled() and button.isVisible():
                give_keyboard(button)
                return

    # What the engineer does ------------------------------------------------------------------------------------

    def go_back(self) -> None:
        """Look at the step before."""
        if self.back.isEnabled():
            self.model.back()
            self._refresh(turned=True)

    def look(self, step_id: str) -> None:
        """Look at a step that has begun."""
        self.model.look(step_id)
        self._refresh(turned=True)

    def go_on(self) -> None:
        """Continue: submit the answer, start or finish the step, or leave the page at the end."""
        if not self.proceed.isEnabled():
            return
        step = self.model.current
        if self.model.looking_back:
            self.model.follow()
            self._refresh(turned=True)
        elif step is None:
            self.host.go("jobs")
        elif step.state in ASKS:
            self.card.question.submit()
        elif self.control is not None:
            control = self.control
            self.host.bridge.tell(lambda _services: control.proceed())

    def try_again(self) -> None:
        """Run the failed step again. A second tap that was still meant for Stop does not."""
        too_soon = self.host.clock.monotonic() - self._stop_gone_s < SECOND_TAP_S
        if self.retry.isEnabled() and not too_soon and self.control is not None:
            control = self.control
            self.host.bridge.tell(lambda _services: control.retry())

    def begin_again(self) -> None:
        """Begin a training visit again whose emulated home is gone: this one ends as given up."""
        if self.model.view is not None and self.model.view.home_anew:
            self.host.open_visit(self.model.view.job_id, again=True)

    def ask_leave(self) -> None:
        """Open the sheet with the coded reasons."""
        step = self.model.current
        if self.leave.isEnabled() and step is not None:
            sheet = LeaveSheet(self.host.canvas(), step, self._leave, self.notes.end)
            sheet.closed.connect(self._focus_next)
            sheet.open()

    def _leave(self, code: str, note: str) -> None:
        if self.control is not None:
            control = self.control
            self.host.bridge.tell(lambda _services: control.leave(code, note))

    def stop_step(self) -> None:
        """Stop the step that runs."""
        if self.model.buttons().stop and self.control is not None:
            control = self.control
            self._stopping = _("Stopping…")
            self._refresh(turned=False)
            self.host.bridge.tell(lambda _services: control.cancel())

    def _heard_out(self, limit_s: float) -> None:
        """The meter is in the middle of its turn, and finishes it."""
        if self._stopping:
            words = _("Stopping: letting the meter finish its turn (at most {seconds:.0f} s)…")
            self._stopping = words.format(seconds=limit_s)
            self._refresh(turned=False)

    def answer(self, question_id: str, value: str) -> None:
        """Answer the question, unless an earlier step is looked at."""
        if self.control is None or self.model.looking_back:
            return
        control = self.control
        self.host.bridge.tell(lambda _services: control.answer(question_id, value), self._answer_refused)

    def _answer_refused(self, error: HhtError) -> None:
        self.card.question.refused(error)

    def _open_report(self) -> None:
        view = self.model.view
        if view is not None and view.report:
            open_report(view.report)

    def _save_report(self) -> None:
        view = self.model.view
        if view is not None:
            save_report(self.host, view, self._saved)

    def _saved(self, path: Path) -> None:
        """The report stands there now: say so, and offer to open it. A file for others is opened by nobody here."""
        view = self.model.view
        if path.suffix != ".pdf":
            self.card.notice.say("good", _("Written: {file}").format(file=path))
        elif view is not None:
            self.show_view(replace(view, report=str(path), notice=""))
