"""The home network (HAN): what a dongle hears, which hub is ours, and the terminal's way onto its HAN."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QResizeEvent

from hht.errors import HhtError
from hht.i18n import _, ngettext
from ui.device_log_file import write_device_logs
from ui.han import MOST_LOOKS, USUAL_LOOKS
from ui.han_words import join_words
from ui.threads import in_thread
from ui.window.busy_page import BusyPage
from ui.window.device_log_part import DeviceLogPart
from ui.window.doing import Doing
from ui.window.han_model import progress_words
from ui.window.han_parts import ChannelsPart, JoinPart, NetworksPart
from ui.window.page import Host
from ui.window.parts import ButtonBar, Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import give_keyboard, has_keyboard
from ui.window.theme import THEME
from ui.window.widgets import Button, ProgressBar, Segments, row_of
from ui.window.work_card import PartStack, WorkCard
from ui.without_wan import HubWay

if TYPE_CHECKING:
    from ui.han import HanState, SurveyShown
    from ui.hub_facts import DeviceLogFacts
    from ui.services import Services
    from ui.window.bridge import Call

NARROW = 1180  # below this width a button has to do with its icon
LOG_EVERY_S = 30.0
GLANCE_TICKS = 4  # quarters of a second between two looks at how it stands


def _part_words() -> list[tuple[str, str]]:
    return [
        ("channels", _("Channels")),
        ("networks", _("Networks")),
        ("log", _("Device Log")),
        ("join", _("On the HAN")),
    ]


class HanPage(BusyPage):
    """See the module. One thing runs at a time; it can be stopped, and whatever ends it ends its sign as well."""

    name = "han"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.part = "channels"
        self.chf = ""  # its CHF ID
        self.hub = ""  # the chosen hub's GPF ID, as printed
        self.link = ""  # the dongle's
        self.state: HanState | None = None
        self.shown: SurveyShown | None = None
        self._code_file = ""
        self._glance: Call | None = None
        self._ticks = 0
        self.parts = Segments(_("Show"), _part_words())
        self.dongle = Button(_("Dongle…"), "big", "dongle", self.choose_dongle)
        self.doing = Doing(host.clock.monotonic)
        self.notice = Notice()
        self.progress = ProgressBar(_("Progress"))
        self.channels = ChannelsPart()
        self.networks = NetworksPart()
        self.log = DeviceLogPart()
        self.joining = JoinPart(self.switched_on, self._pick_code)
        self.keep = Button(_("Keep looking"), icon="repeat")
        self.keep.setCheckable(True)
        self.export = Button(_("Export…"), icon="export", pressed=self.export_survey)
        self.back = Button(_("Back"), "big", "back", self.host.go_home)
        self.stop = Button(_("Stop"), "stop", "stop", self.cancel)
        self.act = Button(_("Look around"), "primary", "search", self.go_on)
        self._build()

    def _build(self) -> None:
        self.progress.hide()
        self.parts.chosen.connect(self.show_part)
        self.networks.hub_chosen.connect(self.choose_hub)
        self.joining.hub_typed.connect(self._hub_typed)
        card = WorkCard(row_of(self.parts, self.doing, self.keep, self.export), 1, self.notice, self.progress)
        named = {"channels": self.channels, "networks": self.networks, "log": self.log, "join": self.joining}
        self._stack = PartStack(named)
        card.add(self._stack)
        self.body.addWidget(card, 1)
        self.body.addWidget(ButtonBar((self.back, self.dongle), (self.stop, self.act)))
        self.show_part("channels")
        self._show_busy("")

    # What a page does ------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for button, words in ((self.keep, _("Keep looking")), (self.export, _("Export…"))):
            button.say("" if self.width() < NARROW else words)
            button.setAccessibleName(words)

    def title(self) -> str:
        return _("Home network")

    def entered(self) -> None:
        async def stand(services: Services) -> tuple[str, HanState]:
            return await services.usual_dongle(), services.han.state

        self.host.bridge.call(stand, self._entered)
        self._keyboard()

    def _entered(self, stands: tuple[str, HanState]) -> None:
        self.link = stands[0]
        self.dongle.setAccessibleName(_("Radio dongle: {link}").format(link=safe_text(self.link or _("none"))))
        self._stands(stands[1])

    def _keyboard(self) -> None:
        """To what is to be done next."""
        if self.act.isEnabled():
            give_keyboard(self.act)
        else:
            give_keyboard(self.joining.hub if self.part == "join" else self.back)

    def left(self) -> None:
        """The dongle is set free, but for a HAN that the terminal is on."""
        self.cancel()

    def tick(self) -> None:
        """Once a second: is it still on the HAN, and how much is left of the hub's hour?"""
        self.doing.tick()
        self.log.tick(self.host.clock.now())
        self._ticks += 1
        idle = not self.busy and (self._glance is None or not self._glance.running)
        counts = self.state is not None and (self.state.joined is not None or self.state.hour is not None)
        if self._ticks % GLANCE_TICKS == 0 and idle and counts:
            self._glance = self.host.bridge.call(lambda services: services.han.look(), self._stands, self._lost)

    def show_part(self, part: str) -> None:
        """Show that part: "channels" | "networks" | "join"."""
        self.part = part
        self.parts.choose(part)
        self._stack.show_part(part)
        for button in (self.keep, self.export):
            button.setVisible(part != "join")
        had = has_keyboard(self.act)
        self._offer()
        self._show_survey()
        if had:
            self._keyboard()

    @property
    def on_han(self) -> bool:
        """Whether the terminal is on a HAN."""
        return self.state is not None and self.state.joined is not None

    def _offer(self) -> None:
        """Say on the button what it does."""
        if self.part == "log":
            self.act.say(_("Read Device Log"), "hub")
        elif self.part != "join":
            self.act.say(_("Look around"), "search")
        elif self.on_han:
            self.act.say(_("Leave the HAN"), "back")
        else:
            self.act.say(_("Come onto the HAN"), "forward")
        self.act.setEnabled(not self.busy and (self.part != "join" or self.on_han or bool(self.hub)))

    # What is done ----------------------------------------------------------------------------------------------------

    def go_on(self) -> None:
        """What the big button says."""
        if self.busy:
            return
        if not self.link:
            self.choose_dongle()
        elif self.part == "log":
            self.ask_hub()
        elif self.part != "join":
            self.survey()
        elif self.on_han:
            self._start(_("Leaving the HAN…"), lambda services: services.han.leave(), self._stands)
        else:
            self.join()

    def survey(self) -> None:
        """Look around: three times, or until it is stopped."""
        looks = MOST_LOOKS if self.keep.isChecked() else USUAL_LOOKS
        link, hear = self.link, self.host.bridge.listener(self._found)
        self.progress.show_done(0, 0 if self.keep.isChecked() else looks)
        self.progress.show()
        self._start(
            _("Looking around…"), lambda services: services.han.survey(link, hear, looks=looks), lambda _found: None
        )

    def ask_hub(self) -> None:
        """Which hub's Device Log? Its IDs are asked for, until they are known."""
        from ui.window.hub_sheet import HubSheet

        if self.hub and self.chf:
            self.read_log(self.hub, self.chf)
        else:
            HubSheet(self.host, self.hub, self.chf, self.read_log)

    def read_log(self, gpf: str, chf: str) -> None:
        """Read the hub's Device Log: once, or every half a minute until it is stopped."""
        self.choose_hub(gpf)
        self.chf = chf
        keeps = self.keep.isChecked()
        way, times = HubWay(self.link, gpf, chf, self._code_file), MOST_LOOKS if keeps else 1
        hear, stands = self.host.bridge.listener(self._log_read), self.host.bridge.listener(self._stands)
        self._start(
            _("Coming onto the HAN…"),
            lambda services: services.read_device_log(way, times, LOG_EVERY_S, hear, stands),
            lambda _none: None,
        )

    def _log_read(self, log: DeviceLogFacts) -> None:
        self.log.add(log)
        if self.busy:
            self.doing.say(
                ngettext("Read {count} time", "Read {count} times", len(self.log.logs)).format(count=len(self.log.logs))
            )
        self._show_survey()

    def join(self) -> None:
        """Come onto the HAN of the chosen hub."""
        link, hub, code = self.link, self.hub, self._code_file
        hear = self.host.bridge.listener(self._stands)
        self._start(
            _("Coming onto the HAN…"), lambda services: services.han.join(link, hub, hear, code_file=code), self._stands
        )

    def switched_on(self) -> None:
        """The person says that the hub is switched on this moment."""
        link = self.link

        async def said(services: Services) -> HanState:
            return services.han.hub_switched_on(link)

        self.host.bridge.call(said, self._stands)

    def choose_hub(self, gpf_id: str) -> None:
        """That hub is the one of this home."""
        self.hub = gpf_id
        self.joining.show_hub(gpf_id)
        self._show_survey()
        self._offer()

    def _hub_typed(self, text: str) -> None:
        self.hub = text
        self.host.bridge.tell(lambda services: services.han.choose_hub(text))
        self._show_survey()
        self._offer()

    def choose_dongle(self) -> None:
        """Have a dongle chosen."""
        from ui.window.dongle_sheet import DongleSheet

        DongleSheet(self.host, self.link, self._take_dongle)

    def _take_dongle(self, link: str) -> None:
        self.host.save_settings(replace(self.host.settings, dongle=link))
        self.entered()

    def _pick_code(self) -> None:
        def chosen(path: str) -> None:
            self._code_file = path
            self.host.bridge.tell(lambda services: services.han.choose_code_file(path))
            self.notice.say("good", _("The terminal's install code is read from {file}.").format(file=path))

        self.host.pick_file(_("File with the terminal's own install code"), (), chosen)

    def export_survey(self) -> None:
        """Have a place chosen, and write every figure of every look, or reading, there."""
        if self.part == "log":
            name = f"device-log-{self.host.clock.now():%Y-%m-%d-%H%M}.csv"
            self.host.pick_new_file(_("Export the Device Log"), name, self._export_log_to, (".csv",))
            return
        name = f"survey-{self.host.clock.now():%Y-%m-%d-%H%M}.csv"
        self.host.pick_new_file(_("Export the survey"), name, self._export_to, (".csv",))

    def _export_to(self, path: str) -> None:
        def written(figures: int) -> None:
            words = _("{figures} figures are in {file}.").format(figures=figures, file=path)
            self.notice.say("good", words)

        self.host.bridge.call(lambda services: services.han.export_survey(Path(path)), written, self._failed)

    def _export_log_to(self, path: str) -> None:
        logs = tuple(self.log.logs)

        async def write(_services: Services) -> int:
            return await in_thread(write_device_logs, Path(path), logs)

        def written(lines: int) -> None:
            self.notice.say("good", _("{figures} figures are in {file}.").format(figures=lines, file=path))

        self.host.bridge.call(write, written, self._failed)

    def _start(self, doing: str, make: Callable[[Services], Any], done: Callable[[Any], None]) -> None:
        self.notice.say("plain", "")
        self._show_busy(doing)
        self._call = self.host.bridge.call(make, done, self._failed, self._ended)

    # What is seen ----------------------------------------------------------------------------------------------------

    def _found(self, shown: SurveyShown) -> None:
        self.shown = shown
        if self.busy:
            if not self.keep.isChecked():
                self.progress.show_done(shown.looks, shown.total)
            self.doing.say(progress_words(shown))
        self._show_survey()

    def _show_survey(self) -> None:
        found = self.shown.found if self.shown is not None else None
        self.channels.show_survey(found, self.hub)
        self.networks.show_survey(found, self.hub, found.times[-1] if found is not None else None)
        self.export.setEnabled(bool(self.log.logs) if self.part == "log" else found is not None)

    def _stands(self, state: HanState) -> None:
        self.state = state
        if not self.hub and (state.hub or state.joined is not None):
            self.choose_hub(state.hub or str(state.joined.gpf_id if state.joined is not None else ""))
        if self.busy and state.step is not None:
            self.doing.say(join_words(state.step))
        self.joining.show_state(state, code_needed=not THEME.training)
        self._offer()

    def _lost(self, error: HhtError) -> None:
        """It is on the HAN no more."""
        self._failed(error)
        self.host.bridge.call(self._state, self._stands)

    def _failed(self, error: HhtError) -> None:
        self.notice.say("bad", error.message, error.remedy, error.code)

    def _ended(self) -> None:
        self._show_busy("")
        self.progress.hide()
        if self.has_stop_or_nothing:
            self._keyboard()
        self.host.bridge.call(self._state, self._stands)

    @staticmethod
    async def _state(services: Services) -> HanState:
        return services.han.state

    def _show_busy(self, doing: str) -> None:
        if doing:
            self.doing.begin(doing)
        else:
            self.doing.end()
        had = has_keyboard(self.act)
        self.stop.setEnabled(bool(doing))
        self.dongle.setEnabled(not doing)
        self._show_survey()
        self._offer()
        if doing:
            self.act.setEnabled(False)
        if had and doing:
            give_keyboard(self.stop)
