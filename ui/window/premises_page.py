"""The premises, for training: plan, devices with their displays and buttons, time, and a log of what happened and why.

It shows the very premises that ``emulated:`` links of this window reach (`ui.training_ground`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from hht.dates import date_text
from hht.i18n import _
from hht.model.site import to_datetime
from hht.model.training.session import Pace
from ui.window.page import Host, Page
from ui.window.parts import Notice
from ui.window.premises_choice import ChoicePart
from ui.window.premises_faults import FaultsPart
from ui.window.premises_faults_desk import FaultsDesk
from ui.window.premises_log import LogPart
from ui.window.premises_model import faults_word, link_words, time_words
from ui.window.premises_panel import DevicePanelView
from ui.window.premises_plan import PlanView
from ui.window.premises_time import DateSheet, TimeBar
from ui.window.safe_text import safe_text
from ui.window.sheet import give_keyboard
from ui.window.theme import THEME
from ui.window.widgets import Button, Card, ElidedText, Segments, row_of

if TYPE_CHECKING:
    from hht.errors import HhtError
    from hht.model.training.story import Line
    from ui.services import Services
    from ui.training_ground import TrainingGround
    from ui.training_views import PremisesChoice, PremisesView

NARROW = 1000  # below this width a button has to do with its icon
PARTS = ("choice", "house", "log", "faults")


class PremisesPage(Page):
    """See the module."""

    name = "premises"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.view: PremisesView | None = None
        self.part = "choice"
        self._here = False
        self._end: Callable[[], None] | None = None  # ends the watching; called in the core thread
        self._asking_lines = False
        self._house = ""  # the premises that is shown
        self.parts = Segments(_("Show"), [("house", _("House")), ("log", _("Log")), ("faults", _("Faults"))])
        self.parts.chosen.connect(self.show_part)
        self.time = ElidedText("", "strong")
        self.other = Button(_("Other premises…"), icon="house", pressed=self.choose_other)
        self.notice = Notice()
        self.choice = ChoicePart()
        self.choice.picked.connect(self.open)
        self.plan = PlanView()
        self.plan.chosen.connect(self.look_at)
        self.panel = DevicePanelView()
        self.panel.pressed.connect(self.press)
        self.panel.probe_here.connect(self.hold_probe)
        self.panel.faults_here.connect(self.faults_at)
        self.log = LogPart(host.canvas())
        self.faults = FaultsPart()
        self.faults_desk = FaultsDesk(host, self.faults, self.ask, self._failed, lambda: self._now_ms)
        self._last = ElidedText("", "small")
        self._assumed = ElidedText(_("The places are assumed: the file describes no house."), "small")
        self._assumed.hide()
        self.back = Button(_("Back"), "big", "back", self.host.go_home)
        self.open_button = Button(_("Open"), "primary", "forward", self.choice.pick)
        self.file_button = Button(_("From a file…"), "big", "import", self._from_file)
        self.again_button = Button(_("Start again"), "big", "retry", self.start_again)
        self.time_bar = TimeBar(self.back)
        self._build()

    def _build(self) -> None:
        card = Card()
        column = QVBoxLayout(card)
        pad = THEME.sizes.pad
        column.setContentsMargins(pad - 6, pad - 10, pad - 6, pad - 10)
        column.setSpacing(THEME.sizes.gap)
        self._head = QWidget()
        head = row_of(self.parts, self.time, self.other, spacing=14)
        head.setStretch(1, 1)
        self._head.setLayout(head)
        column.addWidget(self._head)
        column.addWidget(self.notice)
        self._stack = QStackedWidget()
        for part in (self.choice, self._house_part(), self.log, self.faults):
            self._stack.addWidget(part)
        column.addWidget(self._stack, 1)
        self.body.addWidget(card, 1)
        bar = QHBoxLayout()
        bar.setSpacing(THEME.sizes.gap)
        bar.addWidget(self.time_bar, 1)
        for button in (self.again_button, self.file_button, self.open_button):
            bar.addWidget(button)
        self.body.addLayout(bar)
        self.time_bar.pace.connect(lambda pace: self.set_pace(int(pace)))
        self.time_bar.step.connect(self.step)
        self.time_bar.onward.connect(self.onward)
        self.time_bar.stop.connect(lambda: self.ask(lambda ground: ground.stop()))
        self.time_bar.date.connect(self.ask_date)
        self.show_part("choice")

    def _house_part(self) -> QWidget:
        house = QWidget()
        left = QVBoxLayout()
        left.setSpacing(4)
        left.addWidget(self.plan, 1)
        left.addWidget(self._assumed)
        left.addWidget(self._last)
        row = QHBoxLayout(house)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(THEME.sizes.gap + 4)
        row.addLayout(left, 3)
        self.panel.setMinimumWidth(330)
        row.addWidget(self.panel, 2)
        return house

    # What a page does ------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.other.say("" if self.width() < NARROW else _("Other premises…"))
        self.other.setAccessibleName(_("Other premises…"))

    def title(self) -> str:
        return safe_text(self.view.title, 80) if self.view is not None else _("Premises")

    def entered(self) -> None:
        self._here = True

        async def current(services: Services) -> str:
            return services.ground.current()

        self.host.bridge.call(current, self._found, self._failed)

    def left(self) -> None:
        """Nobody looks any more; time goes on."""
        self._here = False
        end, self._end = self._end, None
        if end is not None:
            self.host.bridge.tell(lambda _services: end())

    def escape(self) -> None:
        if self.time_bar.going:
            self.ask(lambda ground: ground.stop())
        elif self.part == "log" and self.log.search.text():
            self.log.search.clear()
        elif self.part == "faults" and self.faults.search.text():
            self.faults.search.clear()
        elif self.part == "choice" and self.view is not None:
            self.show_part("house")
        else:
            self.host.go_home()

    def show_part(self, part: str) -> None:
        """Show that part: "choice" | "house" | "log" | "faults"."""
        self.part = part
        if part == "faults":
            self.faults_desk.look()
        choosing = part == "choice"
        if not choosing:
            self.parts.choose(part)
        self._head.setVisible(not choosing)
        for button in (self.file_button, self.open_button):
            button.setVisible(choosing)
        self.again_button.setVisible(choosing and self.view is not None)
        self.time_bar.show_choice(choosing)
        self._stack.setCurrentIndex(PARTS.index(part))

    # Which premises --------------------------------------------------------------------------------------------------

    def _found(self, link: str) -> None:
        if link:
            self.open(link)
        else:
            self.choose_other()

    def choose_other(self) -> None:
        """Show what there is to choose from."""
        self.show_part("choice")

        async def choices(services: Services) -> list[PremisesChoice]:
            return await services.ground.choices()

        self.host.bridge.call(choices, self.choice.show_choices, self._say_why)

    def _from_file(self) -> None:
        self.host.pick_file(_("Open a premises file"), (".toml",), self.open)

    def open(self, text: str) -> None:
        """Open a premises: name, path, or link."""
        self._begin(lambda ground: ground.open(text))

    def start_again(self) -> None:
        """Let the premises that is open live anew, as it was at first; conversations with it end."""
        self._begin(lambda ground: ground.start_again())

    def _begin(self, make: Callable[[TrainingGround], Awaitable[PremisesView]]) -> None:
        self.notice.say("plain", _("Bringing the premises to life…"))
        buttons = (self.open_button, self.again_button, self.file_button)
        for button in buttons:
            button.setEnabled(False)

        async def opening(services: Services) -> PremisesView:
            return await make(services.ground)

        def over() -> None:
            for button in buttons:
                button.setEnabled(True)

        self.host.bridge.call(opening, self._opened, self._failed, over)

    def _opened(self, view: PremisesView) -> None:
        self.notice.say("plain", "")
        self._house = view.link
        self.log.clear()
        self._asking_lines = False
        self.show_part("house")
        self._arrived(view)
        self.host.head(self.title())
        self.panel.show_panel(None)
        first = next(iter(self.plan.tiles), "")
        if first:
            give_keyboard(self.plan.tiles[first])
            self.plan.choose(first)
        self._watch()

    def _watch(self) -> None:
        if self._end is not None or not self._here:
            return
        hear = self.host.bridge.listener(self._arrived)

        async def begin(services: Services) -> Callable[[], None]:
            return services.ground.watch(hear)

        self.host.bridge.call(begin, self._watching)

    def _watching(self, end: Callable[[], None]) -> None:
        if self._here and self._end is None:
            self._end = end
        else:
            self.host.bridge.tell(lambda _services: end())

    # What is seen ----------------------------------------------------------------------------------------------------

    def _arrived(self, view: PremisesView) -> None:
        if view.link != self._house:
            return  # a last word of the one before
        self.view = view
        self.time.setText(time_words(view))
        self.time_bar.show_view(view)
        self.plan.show_view(view)
        self._assumed.setVisible(view.plan.assumed and any(place.assumed for place in view.plan.places))
        self.panel.show_panel(view.panel, link_words(view), view.probe)
        self.log.show_devices(view.devices)
        self.faults.show_on(view.faults, view.plans)
        words = faults_word(len(view.faults))
        self.parts.buttons["faults"].say(words)
        self.parts.buttons["faults"].setAccessibleName(_("Show: {part}").format(part=words))
        if view.remark and not view.going:
            self.notice.say("plain", view.remark)
        if view.lines > self.log.model.known and not self._asking_lines:
            self._ask_lines()

    def _ask_lines(self) -> None:
        self._asking_lines = True
        known, house = self.log.model.known, self._house

        async def lines(services: Services) -> tuple[Line, ...]:
            return services.ground.lines(known)

        def came(lines: tuple[Line, ...]) -> None:
            if house == self._house:
                self.log.add(lines)
                self._show_last()

        def over() -> None:
            self._asking_lines = False

        self.host.bridge.call(lines, came, self._failed, over)

    def _show_last(self) -> None:
        """The newest line stands under the plan."""
        if self.log.model.lines:
            line = self.log.model.lines[0]
            why = f" ({line.why})" if line.why else ""
            time = date_text(to_datetime(line.time_ms), "%d %b %H:%M")
            self._last.setText(safe_text(f"{time}  {line.where or '–'}: {line.what}{why}"))

    # What is done ----------------------------------------------------------------------------------------------------

    def ask(self, act: Callable[[TrainingGround], PremisesView]) -> None:
        """Have something done with the premises, and show it as it is then."""
        self.notice.say("plain", "")

        async def work(services: Services) -> PremisesView:
            return act(services.ground)

        self.host.bridge.call(work, self._arrived, self._failed)

    def look_at(self, device: str) -> None:
        """Stand before that device."""
        self.ask(lambda ground: ground.look_at(device))

    def press(self, control: str, typed: str) -> None:
        """Press something at the device."""
        self.panel.say("", "")

        async def work(services: Services) -> tuple[str, PremisesView]:
            return services.ground.press(control, typed)

        def done(answer: tuple[str, PremisesView]) -> None:
            self.panel.taken(control)
            self._arrived(answer[1])
            self.panel.say("good", answer[0])

        def refused(error: HhtError) -> None:
            self.panel.say("bad", f"{error.message} {error.remedy}".strip())

        self.host.bridge.call(work, done, refused)

    def faults_at(self, device: str) -> None:
        """What can go wrong at that device."""
        self.faults.search.setText(device)
        self.faults_desk.look(to_list=True)
        self.show_part("faults")

    @property
    def _now_ms(self) -> int:
        return self.view.time_ms if self.view is not None else 0

    def set_pace(self, seconds: int) -> None:
        """Let so many seconds of the premises' go by in one of ours: 0, 1 or 60."""
        self.ask(lambda ground: ground.set_pace(Pace(seconds)))

    def step(self) -> None:
        """To the end of this half-hour."""
        self.ask(lambda ground: ground.step())

    def onward(self) -> None:
        """To the next thing that happens."""
        self.ask(lambda ground: ground.to_next_line())

    def search_field(self) -> QWidget | None:
        """Where the part that is shown is searched; None where there is nothing to search."""
        return {"log": self.log.search, "faults": self.faults.search}.get(self.part)

    def ask_date(self) -> None:
        """Have a date chosen, and go there."""
        if self.view is not None:
            DateSheet(self.host.canvas(), self.view.time_ms, self.go_to).open_sheet()

    def go_to(self, moment: datetime) -> None:
        """Let time come to that moment."""
        self.ask(lambda ground: ground.go_to(moment))

    def hold_probe(self, device: str) -> None:
        """From now on the way to the meter is the one to this meter."""
        if self.view is None:
            return
        mark = "&" if "?" in self.view.link else "?"
        link = f"{self.view.link}{mark}device={device}"
        self.host.save_settings(replace(self.host.settings, link=link))
        self.panel.say("good", _("The probe is on {device}: visits and “Meter” reach it now.").format(device=device))

    def _failed(self, error: HhtError) -> None:
        self._say_why(error)
        if self.view is None and (self.part != "choice" or self.choice.empty):
            self.choose_other()

    def _say_why(self, error: HhtError) -> None:
        self.notice.say("bad", error.message, error.remedy, error.code)
