"""Every device of the home: what it says now, its history, settings, logs, its display and buttons. What is shown says
when it was confirmed and by whose word; nothing is taken to be so still after the page was left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from hht.client.api import Listeners, Progress
from hht.errors import HhtError
from hht.i18n import _
from hht.work.history_reading import Wanted
from ui.history_words import MONTHS, save_rows
from ui.log_words import save_log
from ui.threads import in_thread
from ui.window.busy_page import BusyPage
from ui.window.devices_model import DeviceRow, confirmed_words
from ui.window.devices_parts import DisplayPart, HistoryPart, LogPart, NowPart, SettingsPart
from ui.window.doing import Doing
from ui.window.gas_countdown import GasCountdown
from ui.window.history_drop import METERS, DropHistorySheet
from ui.window.page import Host
from ui.window.parts import ButtonBar, Notice
from ui.window.sheet import give_keyboard, has_keyboard
from ui.window.state_list import StateList
from ui.window.theme import THEME
from ui.window.widgets import Button, Card, ProgressBar, Segments, Text, set_property
from ui.window.work_card import PartStack

if TYPE_CHECKING:
    from datetime import datetime

    from hht.client.api import WriteResult
    from hht.history.merging import Source
    from hht.model.training.panel import DevicePanel
    from hht.work.han_xray import GasWake
    from hht.work.history_reading import HistoryRead
    from ui.home_devices import HomeDevice, LogTold, Told
    from ui.services import Services

PARTS = ("now", "history", "settings", "logs", "display")


class DevicesPage(BusyPage):
    """See the module. One read runs at a time; it can be stopped."""

    name = "devices"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.part, self.log_name = "now", "event"
        self._looked_at = ""  # the device's ID
        self._asleep = GasCountdown(host.clock.monotonic)
        self._told: dict[tuple[str, str], Any] = {}  # (device, part) -> what was read of it
        self.list: StateList[DeviceRow] = StateList(_("Devices"))
        words = {
            "now": _("Now"), "history": _("History"), "settings": _("Settings"), "logs": _("Logs"),
            "display": _("Display"),
        }  # fmt: skip
        self.parts = Segments(_("Show"), list(words.items()))
        self.notice = Notice()
        self.doing = Doing(host.clock.monotonic)
        self.progress = ProgressBar(_("Progress"))
        self.confirmed = Text("", "small")
        self.now = NowPart()
        self.history = HistoryPart(live=not THEME.training, save=self._save_history)
        self.settings = SettingsPart(self._write, self._ask)
        self.logs = LogPart(choose=self._choose_log, save=self._save_log)
        self.display = DisplayPart(self._press, lambda: host.go("lights"))
        self.drop = Button(_("Drop history…"), "big", "cross", self._ask_to_drop)
        self.back = Button(_("Back"), "big", "back", host.go_home)
        self.stop = Button(_("Stop"), "stop", "stop", self.cancel)
        self.read_button = Button(_("Read now"), "primary", "retry", self.read)
        self._build()

    def _build(self) -> None:
        self.parts.chosen.connect(self.show_part)
        self.list.marked_changed.connect(self._marked)
        self.list.setFixedWidth(306)
        card = Card()
        row = QHBoxLayout(card)
        pad = THEME.sizes.pad
        row.setContentsMargins(pad - 8, pad - 10, pad - 4, pad - 10)
        row.setSpacing(THEME.sizes.gap + 4)
        row.addWidget(self.list)
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(self.parts)
        for part in (self.notice, self.doing, self.progress, self.confirmed):
            column.addWidget(part)
        stack = {"now": self.now, "history": self.history, "settings": self.settings, "logs": self.logs}
        self._stack = PartStack({**stack, "display": self.display})
        column.addWidget(self._stack, 1)
        row.addLayout(column, 1)
        self.body.addWidget(card, 1)
        self.body.addWidget(ButtonBar((self.back, self.drop), (self.stop, self.read_button)))
        self.progress.hide()
        self._show_busy("")
        self.show_part("now")

    # What a page does ------------------------------------------------------------------------------------------------

    def title(self) -> str:
        return _("Devices")

    def entered(self) -> None:
        """What was read before is history: it is shown as that, and read anew."""
        only = self.host.privacy.only
        self.host.bridge.call(lambda services: services.device_pages.devices(only), self._listed, self._failed)
        give_keyboard(self.list)

    def left(self) -> None:
        """The port is set free for others."""
        self.cancel()
        self._told.clear()
        self.history.forget_basis()
        self.host.bridge.call(lambda services: services.release_device())

    def tick(self) -> None:
        """How long ago it was confirmed; how long a gas meter sleeps."""
        if self._asleep.words:
            self.doing.say(self._asleep.words)
        self.doing.tick()
        self._show_confirmed()

    @property
    def device(self) -> HomeDevice | None:
        """The one that is looked at."""
        row = self.list.marked
        return None if row is None else row.device

    def show_part(self, part: str) -> None:
        """Show that part: one of `PARTS`. What was said of another one goes."""
        if part != self.part:
            self.notice.say("plain", "")
        self.part = part
        self.parts.choose(part)
        self._stack.show_part(part)
        words = {
            "now": _("Read now"), "history": _("Read history"), "settings": _("Read settings"),
            "logs": _("Read log"), "display": _("Look again"),
        }[part]  # fmt: skip
        self.read_button.say(words)
        self._show()

    # Reading ---------------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Read what the part that is shown needs of the device that is marked."""
        device = self.device
        if device is None or self.busy:
            return
        reads: dict[str, Callable[[HomeDevice], None]] = {
            "now": lambda one: self._start(_("Reading…"), lambda pages: pages.now(one), self._keep(one, "now")),
            "history": self._read_history,
            "settings": lambda one: self._start(
                _("Reading…"), lambda pages: pages.configuration(one), self._keep(one, "settings")
            ),
            "logs": self._read_log,
            "display": lambda one: self._start(
                _("Looking…"), lambda pages: pages.panel(one), self._keep(one, "display")
            ),
        }
        reads[self.part](device)

    def _read_history(self, device: HomeDevice) -> None:
        bridge, part = self.host.bridge, self.history
        wanted, basis = Wanted(part.grain, MONTHS[part.grain]), part.basis
        progress = bridge.listener(self._came)
        source = bridge.listener(self._source)
        asked = bridge.listener(self._asked)
        listeners = Listeners(on_progress=progress)
        self._start(
            _("Reading the history…"),
            lambda pages: pages.history(
                device, wanted, basis, listeners, source, lambda done, count: asked((done, count))
            ),
            self._keep(device, "history"),
        )
        self.progress.setVisible(self.busy)

    def _source(self, source: Source) -> None:
        self.doing.say(_("Reading: {what}").format(what=source.words))

    def _asked(self, counted: tuple[int, int]) -> None:
        self.progress.show_done(*counted)

    def _came(self, progress: Progress) -> None:
        self.progress.show_done(progress.done, progress.total or 0)

    def _ask_to_drop(self) -> None:
        device = self.device
        if device is not None and not self.busy:
            DropHistorySheet(self.host.canvas(), device, lambda: self._drop_history(device))

    def _drop_history(self, device: HomeDevice) -> None:
        def dropped(_nothing: None) -> None:
            self._keep(device, "history")(None)
            self.notice.say("good", _("What was kept of the use of {device} is dropped.").format(device=device.title))

        self._start(_("Dropping…"), lambda pages: pages.forget(device), dropped)

    def _read_log(self, device: HomeDevice) -> None:
        log = self.log_name
        words = _("Reading the log…")
        if device.kind == "gas-meter":
            words = _("Reading the log: a gas meter answers when it wakes, within the half-hour…")
        told = self.host.bridge.listener(self._sleeps)
        self._start(
            words,
            lambda pages: pages.log(device, log, lambda wake, now: told((wake, now))),
            self._keep(device, f"log {log}"),
        )

    def _sleeps(self, told: tuple[GasWake, datetime]) -> None:
        self._asleep.begin(told)
        self.doing.say(self._asleep.words)

    def _start(self, doing: str, make: Callable[[Any], Any], done: Callable[[Any], None]) -> None:
        self.notice.say("plain", "")
        self._show_busy(doing)

        def work(services: Services) -> Any:
            return make(services.device_pages)

        self._call = self.host.bridge.call(work, done, self._failed, self._ended)

    def _keep(self, device: HomeDevice, what: str) -> Callable[[Any], None]:
        def take(found: Any) -> None:
            self._told[device.device_id, what] = found
            self._show()

        return take

    def _ended(self) -> None:
        self._asleep.end()
        self._show_busy("")
        self.progress.hide()
        if self.has_stop_or_nothing:
            give_keyboard(self.read_button)

    def _failed(self, error: HhtError) -> None:
        tone = "plain" if error.code in ("not-to-be-read", "desk-not-read-yet") else "bad"  # nor that it sleeps
        self.notice.say(tone, error.message, error.remedy, error.code)

    # Settings --------------------------------------------------------------------------------------------------------

    def _write(self) -> None:
        device, row, value = self.device, self.settings.list.marked, self.settings.value.text()
        if device is None or row is None or row.item.by != "probe" or self.busy:
            return

        def written(result: WriteResult) -> None:
            words = _("{item}: {before} → {after}, read back.") if result.written else _("{item} is {after} already.")
            self.notice.say(
                "good",
                words.format(item=row.item.label, before=result.before or _("(none)"), after=result.after),
                _("By authority of: {authority}").format(authority=result.authority),
            )
            self.settings.value.clear()

        async def work(pages: Any) -> tuple[WriteResult, Told]:
            result = await pages.write(device, row.item.name, value)
            return result, await pages.configuration(device)

        def done(found: tuple[WriteResult, Told]) -> None:
            self._keep(device, "settings")(found[1])
            written(found[0])

        self._start(_("Writing, and reading back…"), work, done)

    def _ask(self) -> None:
        """On the page of the desk, with the marked setting's ask and this device in it."""
        from ui.window.desk_page import DeskPage

        device, row, page = self.device, self.settings.list.marked, self.host.page("desk")
        if device is not None and row is not None and isinstance(page, DeskPage):
            page.prepare(row.item.ask, device.device_id, str(device.type or ""))
        self.host.go("desk")

    # Display ---------------------------------------------------------------------------------------------------------

    def _press(self, control: str, typed: str) -> None:
        device = self.device
        if device is None or self.busy:
            return

        def done(found: tuple[str, DevicePanel]) -> None:
            said, panel = found
            self._told[device.device_id, "display"] = panel
            self._show()
            self.display.show_panel(panel, said)
            self.display.panel.taken(control)

        self._start(_("Pressing…"), lambda pages: pages.press(device, control, typed), done)

    # Files -----------------------------------------------------------------------------------------------------------

    def _save_history(self) -> None:
        view = self.history.view
        name = f"history-{view.grain.value}-{self.host.clock.now():%Y-%m-%d-%H%M}.csv"

        def to(path: str) -> None:
            rows, grain, unit = view.rows, view.grain, view.unit
            self._written(path, lambda: save_rows(Path(path), rows, grain, unit))

        self.host.pick_new_file(_("Save the history"), name, to, (".csv",))

    def _save_log(self) -> None:
        entries = self.logs.entries
        name = f"log-{self.log_name}-{self.host.clock.now():%Y-%m-%d-%H%M}.csv"

        def to(path: str) -> None:
            self._written(path, lambda: save_log(Path(path), entries))

        self.host.pick_new_file(_("Save the log"), name, to, (".csv",))

    def _written(self, path: str, write: Callable[[], None]) -> None:
        async def work(_services: Services) -> None:
            await in_thread(write)

        def done(_nothing: None) -> None:
            self.notice.say("good", _("Written: {file}").format(file=path))

        self.host.bridge.call(work, done, self._failed)

    # What is seen ----------------------------------------------------------------------------------------------------

    def _listed(self, devices: tuple[HomeDevice, ...]) -> None:
        self.list.show_rows([DeviceRow(one) for one in devices])
        if not devices:
            self.notice.say(
                "plain", _("No devices are known yet."), _("Bring in a job that names them, or choose a premises.")
            )
        self._show()

    def _marked(self) -> None:
        now = "" if self.device is None else self.device.device_id
        if now != self._looked_at:
            self._looked_at = now
            self.history.forget_basis()
        self.notice.say("plain", "")
        self._show()

    def _choose_log(self, log: str) -> None:
        self.log_name = log
        self._show()

    def _show(self) -> None:
        device = self.device
        key = "" if device is None else device.device_id

        def told(what: str) -> Any:
            return self._told.get((key, what))

        now: Told | None = told("now")
        settings: Told | None = told("settings")
        history: HistoryRead | None = told("history")
        log: LogTold | None = told(f"log {self.log_name}")
        self.now.show_told(now)
        self.history.show_history(history)
        self.drop.setVisible(self.part == "history" and device is not None and device.kind in METERS)
        self.settings.show_told(settings)
        self.logs.show_device(device)
        self.logs.logs.choose(self.log_name)
        self.logs.show_log(log)
        self.display.show_panel(told("display"))
        self.read_button.setEnabled(device is not None and not self.busy)
        self._show_confirmed()

    def _show_confirmed(self) -> None:
        device = self.device
        what = {"logs": f"log {self.log_name}"}.get(self.part, self.part)
        told = None if device is None else self._told.get((device.device_id, what))
        tone, words = "plain", ""
        if told is None:
            words = _("Not read since this page was opened.")
        elif hasattr(told, "at"):
            tone, words = confirmed_words(told, self.host.clock.now())
        self.confirmed.setText(words)
        self.confirmed.setVisible(bool(words))
        set_property(self.confirmed, "tone", "" if tone == "plain" else tone)

    def _show_busy(self, doing: str) -> None:
        if doing:
            self.doing.begin(doing)
        else:
            self.doing.end()
        self.doing.setVisible(bool(doing))
        had = has_keyboard(self.read_button)
        self.stop.setEnabled(bool(doing))
        self.read_button.setEnabled(not doing and self.device is not None)
        if doing and had:
            give_keyboard(self.stop)
