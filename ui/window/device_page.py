"""The meter: who it is, how it stands, registers, profile, logs, objects. Everything on it was said by the meter."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hht.client.api import Listeners, Progress
from hht.errors import HhtError
from hht.i18n import _
from ui.pace import Pace
from ui.window.device_model import identity_facts, state_facts, tiles
from ui.window.device_parts import (
    LogsPart,
    NetworkPart,
    ProfilePart,
    RegistersPart,
    Unread,
    progress_text,
    unread_words,
)
from ui.window.objects_part import ObjectsPart
from ui.window.page import Host, Page
from ui.window.parts import ButtonBar, FactTable, Notice, Tile
from ui.window.plug_watch import PlugWatch, back_words
from ui.window.probe_panel import ProbePanel, seen_by_failure
from ui.window.sheet import Sheet, give_keyboard, has_keyboard, open_sheets
from ui.window.theme import THEME
from ui.window.widgets import Button, Card, Scroll, Segments, Text, row_of
from ui.window.work_card import PartStack

if TYPE_CHECKING:
    from hht.client.api import LogEntry, ProfileRow
    from hht.work.view import Fact
    from ui.services import DeviceSnapshot, Services
    from ui.window.bridge import Call


PARTS = ("now", "registers", "profile", "logs", "network", "objects")
SLICE = 1500  # rows shown at a time


class DevicePage(Page):
    """See the module. One read runs at a time; it can be stopped, and whatever ends it ends its sign as well."""

    name = "device"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.snapshot: DeviceSnapshot | None = None
        self._call: Call | None = None
        self.part = "now"
        self.parts = Segments(
            _("Show"),
            [
                ("now", _("Now")),
                ("registers", _("Registers")),
                ("profile", _("Profile")),
                ("logs", _("Logs")),
                ("network", _("Network")),
                ("objects", _("Objects")),
            ],
        )
        self.parts.chosen.connect(self.show_part)
        self.parts.choose("now")
        self.notice = Notice()
        self.probe = ProbePanel(tight=True)
        self._watch = PlugWatch(host, self._plugged)
        self._code = ""  # why the latest read has failed
        self.doing = Text("", "strong")
        self.identity, self.state = FactTable(), FactTable()
        self.registers = RegistersPart()
        self.profile = ProfilePart()
        self.logs = LogsPart()
        self.network = NetworkPart()
        self.objects = ObjectsPart(self)
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.setInterval(60)
        self._redraw.timeout.connect(self._take_rows)
        self._fresh: deque[ProfileRow] = deque()
        self._unproved: tuple[ProfileRow, ...] = ()
        self._odd: list[str] = []  # about the profile's columns
        self._progress: Progress | None = None
        self._pace = Pace()
        self._stopping = False
        self._under: Sheet | None = None  # the sheet that lies over the page
        self._build()
        heard_out = host.bridge.listener(self._heard_out)
        host.bridge.tell(lambda services: services.subscribe_stopping(heard_out))

    def _build(self) -> None:
        card = Card()
        column = QVBoxLayout(card)
        pad = THEME.sizes.pad
        column.setContentsMargins(pad, pad - 6, pad, pad - 6)
        column.setSpacing(THEME.sizes.gap)
        head = QHBoxLayout()
        head.setSpacing(18)
        head.addWidget(self.parts)
        head.addWidget(self.doing, 1)
        column.addLayout(head)
        column.addWidget(self.notice)
        column.addWidget(self.probe)
        parts = (self._now_part(), self.registers, self.profile, self.logs, self.network, self.objects)
        self._stack = PartStack(dict(zip(PARTS, parts, strict=True)))
        column.addWidget(self._stack, 1)
        self.body.addWidget(card, 1)
        self.back = Button(_("Back"), "big", "back", self.go_back)
        self.stop = Button(_("Stop"), "stop", "stop", self.cancel)
        self.read_button = Button(_("Read meter"), "primary", "meter", self.read)
        self.body.addWidget(ButtonBar((self.back,), (self.stop, self.read_button)))
        self._show_busy("")
        self.show_part("now")

    def _now_part(self) -> QWidget:
        scroll = Scroll()
        self._nothing = Unread(unread_words())
        scroll.column.addWidget(self._nothing, 100)
        labels = (_("Clock"), _("Supply"), _("Voltage"), _("Active import"))
        self._tiles = [Tile(label) for label in labels]
        self._tile_row = QWidget()
        row = row_of(*self._tiles)
        for place in range(len(self._tiles)):
            row.setStretch(place, 1)
        self._tile_row.setLayout(row)
        self._tile_row.hide()
        scroll.column.addWidget(self._tile_row)
        scroll.column.addSpacing(4)
        scroll.column.addWidget(self.state)
        scroll.column.addWidget(self.identity)
        scroll.column.addStretch(1)
        return scroll

    def title(self) -> str:
        return _("Meter")

    def entered(self) -> None:
        give_keyboard(self.read_button)

    def left(self) -> None:
        """The port is set free for others when the page is left."""
        self.cancel()
        self._watch.stop()
        if self.snapshot is not None or self.objects.model.listed is not None:
            self.host.bridge.call(lambda services: services.release_device())
        self.objects.left()

    def escape(self) -> None:
        if self.busy:
            self.cancel()
        elif not (self.part == "objects" and self.objects.escape()):
            self.go_back()

    def go_back(self) -> None:
        """To the visit if one is open, else to the jobs."""
        self.host.go_home()

    def show_part(self, part: str) -> None:
        """Show that part: one of `PARTS`."""
        self.part = part
        self.parts.choose(part)
        self._stack.show_part(part)
        self.offer()

    def offer(self) -> None:
        """Say on the button what it reads."""
        words = {
            "profile": _("Read profile"),
            "logs": _("Read log"),
            "network": _("Read network data"),
            "objects": self.objects.word(),
        }
        self.read_button.say(words.get(self.part, _("Read meter")))

    # Reading ---------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Read what the part that is shown needs."""
        if self.busy:
            return
        if self.part == "profile":
            self._read_profile()
        elif self.part == "logs":
            self._read_log()
        elif self.part == "network":
            self._read_network()
        elif self.part == "objects":
            self.objects.read()
        else:
            self.start(_("Reading the meter…"), lambda services: services.read_device(), self._snapshot_arrived)

    @property
    def busy(self) -> bool:
        """Whether something is being read."""
        return self._call is not None and self._call.running

    def tick(self) -> None:
        """What the probe sees while something is read: from the first trouble on."""
        live = self.host.probe_sight() if self.busy else None
        if live is not None:
            shown = live if live.is_trouble or self.probe.sight is not None else None
            self.probe.show_sight(shown, self.host.link_in_use())

    def start(self, doing: str, make: Callable[[Services], Any], done: Callable[[Any], None]) -> None:
        """Begin a read, when none runs; what fails is said in the notice."""
        self.notice.say("plain", "")
        self.probe.show_sight(None)
        self._watch.stop()
        self._code = ""
        self._show_busy(doing)
        self._call = self.host.bridge.call(make, done, self._failed, self._ended)

    async def _connected(self, services: Services, show: Callable[[DeviceSnapshot], None]) -> None:
        if self.snapshot is None:
            show(await services.read_device())

    def _read_profile(self) -> None:
        bridge, days = self.host.bridge, self.profile.days
        rows = bridge.listener(self._rows_arrived)
        unproved = bridge.listener(self._unproved_arrived)
        void = bridge.listener(self._rows_void)
        listeners = Listeners(
            lambda some: rows(tuple(some)),
            bridge.listener(self._progress_arrived),
            lambda some: unproved(tuple(some)),
            lambda: void(None),
            bridge.listener(self._column_odd),
        )
        snapshot = bridge.listener(self._snapshot_arrived)
        self._rows_void()
        self._odd.clear()
        self._pace = Pace()

        async def work(services: Services) -> int:
            await self._connected(services, snapshot)
            return await services.read_profile(days, listeners)

        self.start(_("Reading the profile…"), work, lambda _count: None)

    def _read_log(self) -> None:
        snapshot = self.host.bridge.listener(self._snapshot_arrived)
        wanted = self.logs.wanted

        async def work(services: Services) -> list[tuple[str, list[LogEntry]]]:
            await self._connected(services, snapshot)
            return [(log, await services.read_log(log)) for log in wanted]

        def show(found: list[tuple[str, list[LogEntry]]]) -> None:
            for log, entries in found:
                self.logs.show_entries(log, entries)

        self.start(_("Reading the log…"), work, show)

    def _read_network(self) -> None:
        snapshot = self.host.bridge.listener(self._snapshot_arrived)

        async def work(services: Services) -> tuple[Fact, ...]:
            await self._connected(services, snapshot)
            return await services.read_network()

        self.start(_("Reading demand, voltage and outages…"), work, self.network.show_facts)

    def cancel(self) -> None:
        """Stop what is being read."""
        if self._call is not None and self._call.running:
            self.objects.stopped()
            self._stopping = True
            self.doing.setText(_("Stopping…"))
            self._call.cancel()

    def _heard_out(self, limit_s: float) -> None:
        """The meter is in the middle of its turn, and finishes it."""
        if self._stopping and self.busy:
            words = _("Stopping: letting the meter finish its turn (at most {seconds:.0f} s)…")
            self.doing.setText(words.format(seconds=limit_s))

    def _snapshot_arrived(self, snapshot: DeviceSnapshot) -> None:
        self.snapshot = snapshot
        self._nothing.hide()
        self._tile_row.show()
        for tile, figure in zip(self._tiles, tiles(snapshot), strict=True):
            tile.say(*figure)
        self.identity.show_facts(identity_facts(snapshot))
        self.state.show_facts(state_facts(snapshot))
        self.registers.show_registers(snapshot.registers)
        if snapshot.logged:
            self._column_odd(snapshot.logged)

    def _rows_void(self, _nothing: None = None) -> None:
        """Rows that have been shown are not so, or are over: all of them come anew."""
        self._fresh.clear()
        self._unproved = ()
        self.profile.model.clear()
        self.profile.redraw()

    def _column_odd(self, words: str) -> None:
        self._odd.append(words)
        self.notice.say("warn", "\n".join(self._odd))

    def _rows_arrived(self, rows: tuple[ProfileRow, ...]) -> None:
        self._fresh.extend(rows)
        self._unproved = ()
        self._redraw_soon()

    def _unproved_arrived(self, rows: tuple[ProfileRow, ...]) -> None:
        self._unproved = rows
        self._redraw_soon()

    def _redraw_soon(self) -> None:
        if not self._redraw.isActive():
            self._redraw.start()

    def _take_rows(self) -> None:
        """Show what has come in, a slice at a time: the window stays quick whatever the meter pours out. What lies
        under a sheet is worked out, and not drawn anew until that is closed."""
        self.profile.model.add([self._fresh.popleft() for _row in range(min(SLICE, len(self._fresh)))])
        self.profile.model.show_unproved(self._unproved)
        if self._is_covered():
            self.profile.model.catch_up()
        else:
            self._show_rows()
        if self._fresh:
            self._redraw.start()

    def _is_covered(self) -> bool:
        """Whether a sheet lies over the page; then what has come is shown when it closes."""
        sheets = open_sheets(self.window())
        if sheets and sheets[-1] is not self._under:
            sheets[-1].closed.connect(self._redraw_soon)
        self._under = sheets[-1] if sheets else None
        return bool(sheets)

    def _show_rows(self) -> None:
        self.profile.redraw()
        if self._progress is not None and self.busy:
            self.profile.show_progress(self._progress)
            if not self._stopping:
                self.doing.setText(progress_text(self._progress, self._pace))

    def _progress_arrived(self, progress: Progress) -> None:
        self._progress = progress
        self._pace.add(progress, self.host.clock.monotonic())
        self._redraw_soon()

    def _failed(self, error: HhtError) -> None:
        self.objects.failed(error)
        self._code, link = error.code, self.host.link_in_use()
        self.notice.say("bad", error.message, error.remedy, error.code)
        self.probe.show_sight(seen_by_failure(link, error.code), brief=True)
        self._watch.watch(link, error.code)

    def _plugged(self, port: str) -> None:
        """The probe that was pulled out is there again: go on by one press, which reads on from the rows that came."""
        if self.busy:
            return
        self.probe.show_sight(None)
        words = _("Press “{button}” to go on.").format(button=self.read_button.text().strip())
        self.notice.say("good", back_words(port), words)
        give_keyboard(self.read_button)

    def _ended(self) -> None:
        self._show_busy("")
        if not self._code:
            self.probe.show_sight(None)
        self._progress, self._unproved, self._stopping = None, (), False
        self.profile.show_progress(None)
        self._redraw_soon()
        if has_keyboard(self.stop) or self.focusWidget() in (None, self.stop):
            give_keyboard(self.read_button)
        self.objects.over()

    def _show_busy(self, doing: str) -> None:
        self.doing.setText(doing)
        had = has_keyboard(self.read_button)
        self.stop.setEnabled(bool(doing))
        self.read_button.setEnabled(not doing)
        if doing and had:
            give_keyboard(self.stop)
