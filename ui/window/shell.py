"""The window itself: head, pages, sheets; it holds the bridge and carries out what pages ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from hht.i18n import _, use_language
from ui.window import appearance
from ui.window.actions import Action, Registry
from ui.window.clipboard import clear_own
from ui.window.depot_again import DepotAgain
from ui.window.header import Header
from ui.window.job_arrivals import JobArrivals
from ui.window.jobs_page import JobsPage
from ui.window.link_model import LinkModel
from ui.window.lock import WindowLock
from ui.window.page import Page
from ui.window.parts import Tape
from ui.window.privacy import COVER, Privacy
from ui.window.scan_line import ScanLine
from ui.window.scanning import ScanDesk
from ui.window.sheet import open_sheets
from ui.window.shell_visits import ShellVisits
from ui.window.theme import THEME
from ui.window.timeline_watch import TimelineWatch
from ui.window.tour_strip import TourStrip
from ui.window.trace_flow import Gathered, TraceFlow
from ui.window.whose import Whose

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.errors import HhtError
    from ui.services import Settings, TraceLine
    from ui.window.bridge import Bridge
    from ui.window.walkthrough_page import WalkthroughPage

TICK_MS = 250
NARROW = 1180  # below this width the head says less


class Shell(ShellVisits):
    """The top-level window. `first_painted` fires once, with the first frame."""

    first_painted = Signal()

    def __init__(self, bridge: Bridge, clock: Clock, *, training: bool = False, remember: str = "") -> None:
        super().__init__()
        self.setAutoFillBackground(True)
        self.bridge = bridge
        self.clock = clock
        self.open = False  # the store is unlocked, pages may ask
        self._registry = Registry()
        self.link = LinkModel()
        self.trace_lines: list[TraceLine] = []
        self.trace_flow = TraceFlow(self, self._trace_arrived)
        self.timeline = TimelineWatch(self)
        self.arrivals, self.depot_again = JobArrivals(self), DepotAgain(self)
        self.lock = WindowLock(self)
        self.privacy, self.whose = Privacy(self), Whose(self)
        self._settings: Settings | None = None
        self._remember = remember
        self._painted = False
        self._shortcuts: list[QShortcut] = []
        self._pages: dict[str, Page] = {}
        self.setMinimumSize(940, 560)
        self.resize(1280, 800)
        THEME.training = training
        self._build()
        bridge.ready.connect(self._services_ready)
        bridge.failed.connect(self.show_error)
        bridge.crashed.connect(self.show_crash)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    # Building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.setWindowTitle(_("First light: handheld terminal"))
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        self.desk = QWidget()
        around.addWidget(self.desk)
        column = QVBoxLayout(self.desk)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.tape = Tape()
        self.header = self._new_header()
        self.stack = QStackedWidget()
        self.scan_line, self.scans, self.tour = ScanLine(), ScanDesk(self), TourStrip(self)
        for part in (self.tape, self.header, self.tour, self.scan_line):
            column.addWidget(part)
        column.addWidget(self.stack, 1)
        self._show_training(THEME.training)
        self.header.show_time(self.clock.now(), "")
        self.go("jobs")

    def _new_header(self) -> Header:
        return Header(self.show_palette, self.show_trace, self.timeline.open_sheet, self.show_outbox, self.whose.change)

    def rebuild(self) -> None:
        """Make every page anew, in the language in use; the visit that runs goes on."""
        view = self._visit_page().model.view if "visit" in self._pages else None
        control = self._visit_page().control if "visit" in self._pages else None
        here = self.page_name()
        for page in self._pages.values():
            self.stack.removeWidget(page)
            page.deleteLater()
        self._pages.clear()
        if self._drawer is not None:
            self._drawer.close_sheet()
        self.header.deleteLater()
        old = self.header
        self.header = self._new_header()
        layout = self.desk.layout()
        assert layout is not None
        layout.replaceWidget(old, self.header)
        THEME.dress(self.header)
        self.header.fit()
        self._show_training(THEME.training)
        self.whose.show()
        self._build_actions()
        self.look_at_outbox()
        self.go(here)
        if view is not None and control is not None:
            self._visit_page().begin(control)
            self._visit_page().show_view(view)
        self._tick()

    def _build_actions(self) -> None:
        from ui.window.shell_actions import shell_actions

        self._registry = Registry(shell_actions(self))
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        self._shortcuts = []
        for action in self.registry:
            if action.shortcut:
                shortcut = QShortcut(QKeySequence(action.shortcut), self)
                shortcut.activated.connect(lambda action=action: self.act(action))
                self._shortcuts.append(shortcut)

    def act(self, action: Action) -> None:
        """Do it, unless a sheet stands in the way: its key was pressed."""
        if (self.sheet() is None or action.id == COVER) and action.enabled():  # what is on a sheet is covered too
            action.run()

    def page(self, name: str) -> Page:
        """The page of that name, made when it is first wanted."""
        if name not in self._pages:
            page = self._make_page(name)
            self._pages[name] = page
            self.stack.addWidget(page)
        return self._pages[name]

    def _make_page(self, name: str) -> Page:
        if name == "jobs":
            return JobsPage(self)
        from ui.window.pages import make_page

        return make_page(name, self)

    def page_name(self) -> str:
        """The name of the page that is shown."""
        page = self.stack.currentWidget()
        return page.name if isinstance(page, Page) else "jobs"

    def _visit_page(self) -> WalkthroughPage:
        from ui.window.walkthrough_page import WalkthroughPage

        page = self.page("visit")
        assert isinstance(page, WalkthroughPage)
        return page

    # Starting --------------------------------------------------------------------------------------------------

    def _services_ready(self) -> None:
        self._timer.start()
        self.bridge.call(lambda services: services.needs_pass_phrase(), self._locked_or_open)

        async def training(services: object) -> bool:
            return bool(getattr(services, "training", False))

        self.bridge.call(training, self._show_training)

    def _locked_or_open(self, locked: bool) -> None:
        if locked:
            self.go("pass-phrase")
        else:
            self.unlocked()

    def unlocked(self) -> None:
        """The store is open: settings, jobs, trace; and what is wrong with its log."""
        self.open = True
        self.bridge.call(lambda services: services.require_log())
        self._build_actions()
        self.bridge.call(lambda services: services.settings(), self._settings_arrived)
        send = self.bridge.listener(self.trace_flow.arrived)
        self.bridge.tell(lambda services: services.subscribe_trace(Gathered(send).hear))
        self.look_at_outbox()
        self.whose.ask()
        self.go("jobs")

    def _settings_arrived(self, settings: Settings) -> None:
        self._settings = settings
        self._wear(settings)
        self.tour.settings_arrived(settings)
        if settings.language:
            use_language(settings.language)
            self.rebuild()

    def _show_training(self, training: bool) -> None:
        changed = THEME.training != training
        THEME.choose(THEME.name, glove=THEME.glove, training=training)
        self.tape.setVisible(training)
        self.header.show_training(training)
        if changed:
            self.restyle()

    # What pages ask for (page.Host) ----------------------------------------------------------------------------

    @property
    def registry(self) -> Registry:
        """Every action there is."""
        return self._registry

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        if self._settings is None:
            from ui.services import Settings

            self._settings = Settings(theme=THEME.name, glove=THEME.glove)
        return self._settings

    def save_settings(self, settings: Settings) -> None:
        """Keep them and make them visible."""
        before, self._settings = self.settings, settings
        self._wear(settings)
        if self._remember:
            appearance.write(self._remember, settings.theme, glove=settings.glove)
        self.bridge.call(lambda services: services.save_settings(settings), failed=self._not_saved)
        if settings.language != before.language:
            use_language(settings.language or None)
            self.rebuild()

    def _not_saved(self, error: HhtError) -> None:
        """They hold no more, either: what is kept does."""
        self.show_error(error)
        self.bridge.call(lambda services: services.settings(), self._settings_back)

    def _settings_back(self, settings: Settings) -> None:
        self._settings = settings
        self._wear(settings)
        page = self.stack.currentWidget()
        if isinstance(page, Page) and page.name == "settings":
            page.entered()

    def _wear(self, settings: Settings) -> None:
        if (THEME.name, THEME.glove) != (settings.theme, settings.glove):
            THEME.choose(settings.theme, glove=settings.glove, training=THEME.training)
            self.restyle()

    def restyle(self) -> None:
        """Make the theme in force visible."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            THEME.change(app)
        for part in (self.tape, self.header, self.tour, self.scan_line, self.stack.currentWidget(), *open_sheets(self)):
            if part is not None:
                THEME.dress(part)
        self.update()

    def go(self, page: str) -> None:
        """Show the page of that name."""
        shown, before = self.page(page), self.stack.currentWidget()
        THEME.dress(shown)
        if isinstance(before, Page) and before is not shown:
            before.left()
            self.privacy.left_page()
        self.stack.setCurrentWidget(shown)
        self.head(shown.title())
        if self.open or page == "pass-phrase":
            shown.entered()

    def canvas(self) -> QWidget:
        """What a sheet covers: all that there is to be seen, unless the window is locked."""
        return self.desk

    @property
    def attended(self) -> bool:
        """Whether somebody is there who may see and do things: the store is open, the window not locked or covered."""
        return self.open and not self.lock.locked and not self.privacy.covered

    def show_outbox(self) -> None:
        """What waits to go home."""
        if self.sheet() is None:
            self.go("outbox")

    def look_at_outbox(self) -> None:
        """What waits to go home may be another: the head says how much it is."""
        if self.open:
            self.header.outbox.look(self.bridge)

    def go_home(self) -> None:
        """To the visit if one is open, else to the jobs."""
        view = self.visit_view()
        self.go("visit" if view is not None and view.outcome is None else "jobs")

    def head(self, title: str) -> None:
        """Say what the window is about."""
        title = self.privacy.titled(title)
        self.header.title.setText(title)
        self.header.title.setAccessibleName(title)

    def say_scan(self, words: str) -> None:
        """Say where a scan went, for a while; "" takes it away."""
        self.scan_line.say(words, self.clock.monotonic())

    def open_photo(self) -> None:
        """Have a photo of a label chosen, and its code answer what is asked."""
        self.scans.open_photo()

    # Time and trace --------------------------------------------------------------------------------------------

    def _trace_arrived(self, lines: list[TraceLine]) -> None:
        self.link.take(lines)
        self.trace_lines += lines
        del self.trace_lines[:-5000]
        if self._drawer is not None:
            self._drawer.add(lines)

    def _tick(self) -> None:
        now = self.clock.now()
        self.header.show_link(self.link.look(now), narrow=self.width() < NARROW)
        self.timeline.tick(now)
        self.scan_line.tick(self.clock.monotonic())
        self.tour.tick()
        self.arrivals.tick()
        self.depot_again.tick()
        self.lock.tick()
        self.privacy.tick()
        page = self.stack.currentWidget()
        if isinstance(page, Page):
            page.tick()

    # Qt --------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.first_painted.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.header.fit()
        self.header.show_link(self.link.look(self.clock.now()), narrow=self.width() < NARROW)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.update()

    def stand_still(self) -> None:
        """Begin nothing by itself, until `work_on`."""
        self._timer.stop()

    def work_on(self) -> None:
        """Tick again."""
        self._timer.start()

    def close_down(self) -> None:
        """The window closes: the core leaves the visit and the device in a known state and ends, which nobody waits for
        here."""
        self._timer.stop()
        clear_own()
        self.bridge.let_go()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.close_down()
        super().closeEvent(event)
