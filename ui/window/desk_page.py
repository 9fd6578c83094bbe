"""The supplier's desk: what was asked, how far each ask is, and what to do where there is no line to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hht.errors import HhtError
from hht.i18n import _
from ui.threads import in_thread
from ui.window.busy_page import BusyPage
from ui.window.chip import Chip
from ui.window.desk_model import can_again, follow_word, mode_words, relaying, state_word
from ui.window.desk_notes import AskNotes
from ui.window.desk_parts import AsksPart, NewPart, PhonePart
from ui.window.doing import Doing
from ui.window.note_sheet import NoteSheet
from ui.window.page import Host
from ui.window.parts import ButtonBar, Notice
from ui.window.sheet import give_keyboard, has_keyboard
from ui.window.way_sheet import WaySheet
from ui.window.widgets import Button, ProgressBar, Segments, row_of
from ui.window.work_card import PartStack, WorkCard
from ui.without_wan import DeskPlace, PackWay

if TYPE_CHECKING:
    from hht.desk.course import AskReport
    from ui.askable import What
    from ui.desks import Ways
    from ui.packs import PackEvent
    from ui.services import Services


class DeskPage(BusyPage):
    """See the module. One conversation with the desk at a time; what is asked is on disk before it leaves."""

    name = "desk"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.part = "asks"
        self.place = DeskPlace("")
        self.ways: Ways | None = None
        self.reports: tuple[AskReport, ...] = ()
        self.notes = AskNotes(self)
        words = [("asks", _("Asks")), ("new", _("New ask")), ("phone", _("By phone"))]
        self.parts = Segments(_("Show"), words)
        self.parts.chosen.connect(self.show_part)
        self.doing = Doing(host.clock.monotonic)
        self.mode = Chip(*mode_words(None))
        self.try_ways = Button(_("Which way?"), icon="retry", pressed=self.ask_ways)
        self.notice = Notice()
        self.progress = ProgressBar(_("Progress"))
        self.progress.show_done(0, 0)
        self.asks = AsksPart(self.notes.seen, lambda: self.show_part("phone"), self.see)
        self.asks.marked_changed.connect(self._offer)
        self.new = NewPart()
        self.new.changed.connect(self._offer)
        self.phone = PhonePart()
        self.phone.typed.connect(self.notes.reference)
        self.phone.rung.connect(self.notes.ring)
        self._wanted: tuple[str, str, str] | None = None
        self.back = Button(_("Back"), "big", "back", self.host.go_home)
        self.choose = Button(_("Desk…"), "big", "link", self.choose_desk)
        self.stop = Button(_("Stop"), "stop", "stop", self.cancel)
        self.act = Button(_("Ask the desk"), "primary", "forward", self.go_on)
        self._build()
        noted = host.bridge.listener(self._noted)
        host.bridge.tell(lambda services: services.hear_desk(noted))

    def _build(self) -> None:
        card = WorkCard(row_of(self.parts, self.doing, self.mode, self.try_ways), 1, self.notice, self.progress)
        self._stack = PartStack({"asks": self.asks, "new": self.new, "phone": self.phone})
        card.add(self._stack)
        self.body.addWidget(card, 1)
        self.body.addWidget(ButtonBar((self.back, self.choose), (self.stop, self.act)))
        self.show_part("asks")
        self._show_busy("")

    # What a page does ------------------------------------------------------------------------------------------------

    def title(self) -> str:
        return _("Supplier's desk")

    def entered(self) -> None:
        async def stand(services: Services) -> tuple[DeskPlace, tuple[AskReport, ...], tuple[What, ...], str]:
            from ui.askable import what_can_be_asked

            job = next((job.reference for job in await services.jobs() if job.resumable), "")
            asks = await in_thread(services.desks.asks)
            return await services.usual_desk(), asks, what_can_be_asked(), job

        def known(found: tuple[DeskPlace, tuple[AskReport, ...], tuple[What, ...], str]) -> None:
            self.place = found[0]
            self.new.show_choices(found[2])
            if not self.new.job.text() or self.host.privacy.hides(self.new.job.text()):
                self.new.job.setText(self.host.privacy.reference or found[3])  # that of the visit which is not over
            self._show_reports(found[1])
            wanted, self._wanted = self._wanted, None
            if wanted is not None:
                self.show_part("new")
                self.new.prepare(*wanted)
            self.keyboard()

        self.host.bridge.call(stand, known, self.failed)
        self.keyboard()

    def prepare(self, kind: str, device: str, type_: str) -> None:
        """When the page comes up: a new ask of that kind, for that device (its ID, its type as DUIS has it)."""
        self._wanted = kind, device, type_

    def step_back(self) -> None:
        if self.part != "asks":
            self.show_part("asks")
            self.keyboard()
        else:
            self.host.go_home()

    def tick(self) -> None:
        self.doing.tick()

    def show_part(self, part: str) -> None:
        """Show that part: "asks" | "new" | "phone"."""
        if part == "phone" and self.part != "phone":
            self.notes.read_out()
        self.part = part
        self.parts.choose(part)
        self._stack.show_part(part)
        self._offer()

    def keyboard(self) -> None:
        """To what is to be done next."""
        if self.busy:
            give_keyboard(self.stop)
        elif self.part == "asks":
            give_keyboard(self.asks.list if self.reports else self.act if self.act.isEnabled() else self.back)
        else:
            give_keyboard(self.new.list if self.part == "new" else self.phone.field)

    def _offer(self) -> None:
        """Say on the button what it does."""
        report = self.asks.marked
        if self.part == "new":
            self.act.say(_("Keep and ask"), "forward")
            self.act.setEnabled(self.new.ready and not self.busy)
        elif self.part == "asks" and report is None:
            self.act.say(_("New ask"), "forward")
            self.act.setEnabled(not self.busy)
        else:
            self.act.say(follow_word(report), "forward")
            follows = report is not None and (not report.state.final or can_again(report))
            self.act.setEnabled(follows and not self.busy)
        self.parts.buttons["phone"].setEnabled(report is not None and not report.state.final)
        for button in (self.try_ways, self.choose):
            button.setEnabled(not self.busy)

    # Asking ----------------------------------------------------------------------------------------------------------

    def go_on(self) -> None:
        """What the big button says."""
        report = self.asks.marked
        if self.busy:
            return
        if self.part == "new":
            self.ask_new()
        elif report is None:
            self.show_part("new")
            self.keyboard()
        elif can_again(report):
            self.note(lambda services: in_thread(services.desks.again, report.ask.reference))
        elif self.ways is not None and str(self.ways.mode) == "relay" and report.ask.service:
            self.ask_relay(report)
        else:
            self.ask(report.ask.reference)

    def ask_relay(self, report: AskReport) -> None:
        """Have the way by radio said, then ask the desk and bring what it hands over."""

        async def way(services: Services) -> tuple[str, str]:
            return await services.usual_dongle(), services.han.state.hub

        def known(found: tuple[str, str]) -> None:
            reference, link = report.ask.reference, found[0]
            WaySheet(self.host, relaying(report), link, found[1], lambda hub: self.relay(reference, link, hub))

        self.host.bridge.call(way, known, self.failed)

    def relay(self, reference: str, link: str, hub: str) -> None:
        """Ask the desk, and bring its commands by that dongle at that hub."""
        place, hear = self.place, self.host.bridge.listener(self._told)
        happened = self.host.bridge.listener(self._happened)
        self._start(
            _("Opening the dongle…"),
            lambda services: services.relay_ask(reference, place, PackWay(link, hub), happened, hear),
            self._told,
        )

    def ask_new(self) -> None:
        """Keep what was put together, and ask it."""
        what = self.new.what
        if what is None:
            return
        job, device = self.new.job.text().strip(), self.new.device.text().strip()
        kind, type_, details = what.kind, self.new.type, self.new.details

        def kept(report: AskReport) -> None:
            self._show_reports((*self.reports, report), report.ask.reference)
            self.show_part("asks")
            self.go_on()

        self.notice.say("plain", "")
        self.host.bridge.call(
            lambda services: in_thread(
                services.desks.new, job, kind, device, type_, details, test_identifiers=services.training
            ),
            kept,
            self.failed,
        )

    def ask(self, reference: str) -> None:
        """Ask the desk, and follow it; asked before: hear how it stands. Nothing is done twice."""
        place, hear = self.place, self.host.bridge.listener(self._told)
        if not place.url:
            self.notice.say("warn", _("No desk is chosen."), _("Choose one, or use the phone."))
            return
        self._start(
            _("Asking the desk…"),
            lambda services: services.desks.ask(place.url, reference, home=place.home, on_report=hear),
            self._told,
        )

    def ask_ways(self) -> None:
        """Does the WAN reach the hub?"""

        async def hub(services: Services) -> str:
            return services.han.state.hub

        def known(found: str) -> None:
            marked = self.asks.marked
            if not found and marked is not None and str(marked.ask.type) in ("CHF", "GPF"):
                found = str(marked.ask.device)
            if found:
                self.look_ways(found)
            else:
                NoteSheet(
                    self.host.canvas(), _("Which way is open?"), _("The desk says whether the WAN reaches the hub."),
                    _("CHF ID or GPF ID of the hub"), _("Ask"), lambda _choice, text: self.look_ways(text),
                )  # fmt: skip

        self.host.bridge.call(hub, known, self.failed)

    def look_ways(self, hub: str) -> None:
        """Ask the desk whether the WAN reaches that hub, and show which way is open."""
        place = self.place

        def found(ways: Ways) -> None:
            self.ways = ways
            self.mode.say(*mode_words(ways))
            words = {
                "wan": _("The WAN reaches the hub: the desk sends it."),
                "relay": _("The WAN does not reach the hub, and the desk is heard: this terminal brings its commands."),
                "nothing": _("The desk is not heard: deliver a pack, or read out by phone."),
            }[str(ways.mode)]
            self.notice.say("good" if str(ways.mode) == "wan" else "warn", words, ways.why)

        self._start(
            _("Asking which way is open…"),
            lambda services: services.desks.ways(place.url, hub, home=place.home),
            found,
        )

    def see(self) -> None:
        """Read at the meter what the marked ask is about: the last of the five stages."""
        report = self.asks.marked
        if report is not None and not self.busy:
            reference = report.ask.reference
            self._start(_("Reading the meter…"), lambda services: services.see_ask(reference), self._told)

    def _start(self, doing: str, make: Callable[[Services], Any], done: Callable[[Any], None]) -> None:
        self.notice.say("plain", "")
        self._show_busy(doing)
        self._call = self.host.bridge.call(make, done, self.failed, self._ended)
        self._offer()

    def cancel(self) -> None:
        """Hear no more of it for now: what the desk does goes on, and is asked again under the same reference."""
        super().cancel()

    def choose_desk(self) -> None:
        """Have another desk named."""
        from ui.window.desk_sheet import DeskSheet

        DeskSheet(self.host, self.place.url, self._take_desk)

    def _take_desk(self, url: str) -> None:
        self.host.save_settings(replace(self.host.settings, desk=url))
        self.ways = None
        self.mode.say(*mode_words(None))
        self.entered()

    def note(self, make: Callable[[Services], Any], part: str = "") -> None:
        """Have it noted, and show the ask as it stands then; `part`: show that part."""
        self.notice.say("plain", "")

        def noted(report: AskReport) -> None:
            if part:
                self.show_part(part)
            self._told(report)

        self.host.bridge.call(make, noted, self.failed)

    # What is seen ----------------------------------------------------------------------------------------------------

    def _told(self, report: AskReport) -> None:
        """How one ask stands now."""
        others = tuple(one for one in self.reports if one.ask.reference != report.ask.reference)
        self._show_reports((*others, report), report.ask.reference)
        if self.busy:
            self.doing.say(f"{report.ask.kind.words}: {state_word(report.state)}")

    def _happened(self, event: PackEvent) -> None:
        """On the way to the hub."""
        if self.busy:
            self.doing.say(event.text)

    def _noted(self, words: str) -> None:
        """What an ask means for packs that are kept."""
        self.notice.say("warn", words)

    def _show_reports(self, reports: tuple[AskReport, ...], mark: str = "") -> None:
        self.reports = tuple(one for one in reports if not self.host.privacy.hides(one.ask.job))
        self.asks.show_reports(self.reports, mark)
        self._offer()

    def failed(self, error: HhtError) -> None:
        """Say what went wrong."""
        self.notice.say("bad", error.message, error.remedy, error.code)

    def _ended(self) -> None:
        self._show_busy("")

        def known(reports: tuple[AskReport, ...]) -> None:
            self._show_reports(reports)

        self.host.bridge.call(lambda services: in_thread(services.desks.asks), known, self.failed)
        if self.has_stop_or_nothing:
            self.keyboard()

    def _show_busy(self, doing: str) -> None:
        had = has_keyboard(self.act)
        if doing:
            self.doing.begin(doing)
        else:
            self.doing.end()
        self.stop.setEnabled(bool(doing))
        self.progress.setVisible(bool(doing))
        self._offer()
        if doing:
            self.act.setEnabled(False)
        if doing and (had or self.focusWidget() is None):
            give_keyboard(self.stop)
