"""The device that somebody stands before: its display to page through, what can be pressed and typed, its label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from hht.i18n import _
from ui.window.safe_text import safe_text
from ui.window.theme import THEME
from ui.window.widgets import Button, Entry, Scroll, Text, drop, row_of, set_property

if TYPE_CHECKING:
    from hht.model.features.display import Page
    from hht.model.training.controls import Control
    from hht.model.training.panel import DevicePanel, Lamp

BLINK_MS = 100
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
WRAPPED = LEFT | Qt.TextFlag.TextWordWrap
LED_COLOURS = {"green": "good", "amber": "warn", "orange": "warn", "red": "bad", "blue": "accent"}


class Screen(QFrame):
    """A device's display: one page at a time, its lines in the mono face."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "box")
        self._pages: tuple[Page, ...] = ()
        self._at = 0
        self.title = Text("", "strong")
        self.lines = Text("", "mono")
        self.lines.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.before = Button("", icon="back", pressed=lambda: self.turn(-1))
        self.before.setAccessibleName(_("Page before"))
        self.after = Button("", icon="forward", pressed=lambda: self.turn(1))
        self.after.setAccessibleName(_("Next page"))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 8)
        column.setSpacing(4)
        head = row_of(self.title, self.before, self.after, spacing=8)
        head.setStretch(0, 1)
        column.addLayout(head)
        column.addWidget(self.lines)

    def show_pages(self, pages: tuple[Page, ...]) -> None:
        """Show these; the page that was read stays, but a display turns to what is new on it."""
        if pages == self._pages:
            return
        known = [page.title for page in self._pages]
        before = known[self._at] if known else ""
        fresh = next((place for place, page in enumerate(pages) if known and page.title not in known), None)
        same = self._at < len(pages) and pages[self._at].title == before
        if fresh is not None:
            self._at = fresh
        elif not same:
            self._at = next((place for place, page in enumerate(pages) if page.title == before), 0)
        self._pages = pages
        self._show()

    def start(self) -> None:
        """Another device: its first page."""
        self._pages, self._at = (), 0
        self._show()

    def turn(self, pages: int) -> None:
        """Go on to another page, round and round."""
        if self._pages:
            self._at = (self._at + pages) % len(self._pages)
            self._show()

    def _show(self) -> None:
        several = len(self._pages) > 1
        for button in (self.before, self.after):
            button.setEnabled(several)
        if not self._pages:
            self.title.setText(_("The display is dark."))
            self.lines.setText("")
            self.lines.hide()
            return
        page = self._pages[self._at]
        number = f"  {self._at + 1}/{len(self._pages)}" if several else ""
        self.title.setText(safe_text(page.title, 40) + number)
        self.lines.setText("\n".join(safe_text(line, 120) for line in page.lines))
        self.lines.show()
        self.setAccessibleDescription(safe_text(", ".join((page.title, *page.lines))))


class LampRow(QWidget):
    """A device's lamps, lit and dark by their patterns in real time; what each means stands beside it."""

    def __init__(self) -> None:
        super().__init__()
        self._lamps: tuple[Lamp, ...] = ()
        self._elapsed_ms = 0
        self._timer = QTimer(self)
        self._timer.setInterval(BLINK_MS)
        self._timer.timeout.connect(self._beat)
        self.hide()

    def show_lamps(self, lamps: tuple[Lamp, ...]) -> None:
        """Show these."""
        if lamps == self._lamps:
            return
        self._lamps = lamps
        self.setVisible(bool(lamps))
        self._fit()
        self.setAccessibleName(_("Lamps"))
        words = [f"{lamp.label}: {lamp.pattern}, {lamp.meaning}" for lamp in lamps]
        self.setAccessibleDescription(safe_text("; ".join(words), 600))
        if any(lamp.dark_ms and lamp.lit_ms for lamp in lamps):
            self._timer.start()
        else:
            self._timer.stop()
        self.update()

    def _beat(self) -> None:
        self._elapsed_ms += BLINK_MS
        if self.isVisible():
            self.update()

    def lit(self, lamp: Lamp) -> bool:
        """Whether it is lit at this beat."""
        whole = lamp.lit_ms + lamp.dark_ms
        return whole > 0 and self._elapsed_ms % whole < lamp.lit_ms

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(max(1, sum(self._heights())))

    def _heights(self) -> list[int]:
        """How tall each lamp's row is: what it means is read whole, on two lines where the panel is narrow."""
        metrics = QFontMetrics(THEME.font(THEME.sizes.small))
        room = QRect(0, 0, self._room(), 1000)
        return [max(32, 8 + metrics.boundingRect(room, WRAPPED, _meaning(lamp)).height()) for lamp in self._lamps]

    def _room(self) -> int:
        return max(20, self.width() - 92)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = 0
        for lamp, height in zip(self._lamps, self._heights(), strict=True):
            colour = THEME.colour(LED_COLOURS.get(lamp.colour, "good"))
            painter.setPen(QPen(THEME.colour("line_strong"), 2))
            painter.setBrush(colour if self.lit(lamp) else QColor(THEME.colour("surface")))
            painter.drawEllipse(QRectF(4, top + 7, 18, 18))
            painter.setFont(THEME.font(THEME.sizes.small, bold=True))
            painter.setPen(THEME.colour("ink"))
            painter.drawText(QRectF(30, top, 60, 32), LEFT, lamp.label)
            painter.setFont(THEME.font(THEME.sizes.small))
            painter.setPen(THEME.colour("ink_soft"))
            painter.drawText(QRect(92, top, self._room(), height), WRAPPED, _meaning(lamp))
            top += height


def _meaning(lamp: Lamp) -> str:
    return safe_text(f"{lamp.pattern}: {lamp.meaning}" if lamp.meaning else lamp.pattern)


class ControlRow(QWidget):
    """One thing that can be pressed, with the field for what is typed before it."""

    def __init__(self, control: Control, panel: DevicePanelView) -> None:
        super().__init__()
        self.control = control
        self._panel = panel
        self.button = Button(safe_text(control.title, 60), pressed=self.press)
        self.entry: Entry | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        if control.typed:
            self.entry = Entry(safe_text(f"{control.title}: {control.typed}", 90), placeholder=safe_text(control.typed))
            self.entry.returnPressed.connect(self.press)
            column.addWidget(self.entry)
        column.addWidget(self.button)

    def show_control(self, control: Control) -> None:
        """It does something now, or not."""
        self.control = control
        self.button.setEnabled(control.enabled)
        if self.entry is not None:
            self.entry.setEnabled(control.enabled)

    def press(self) -> None:
        """Press it, with what was typed."""
        if self.control.enabled:
            self._panel.pressed.emit(self.control.name, self.entry.text() if self.entry is not None else "")

    def clear(self) -> None:
        """What was typed has been taken."""
        if self.entry is not None:
            self.entry.clear()


class DevicePanelView(QWidget):
    """See the module. `pressed`: (control, what was typed); `probe_here`: hold the probe to this meter;
    `faults_here`: what can go wrong at this device."""

    pressed = Signal(str, str)
    probe_here = Signal(str)
    faults_here = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.device = ""
        self._rows: dict[str, ControlRow] = {}
        self._shape: tuple[tuple[str, str, str], ...] = ()
        self.title = Text("", "head")
        self.state = Text("", "strong")
        self.link = Text("", "soft")
        self.display = Screen()
        self.lamps = LampRow()
        self.said = Text("", "strong")
        self.said.hide()
        self.label = Text("", "small")
        self.hint = Text(_("Choose a device on the plan: its display and buttons appear here."), "soft")
        self.probe = Button(_("Probe here"), icon="link", pressed=lambda: self.probe_here.emit(self.device))
        self.faults = Button(_("Faults"), icon="warn", pressed=lambda: self.faults_here.emit(self.device))
        self.faults.setAccessibleName(_("Faults here"))
        self._scroll = Scroll()
        self._controls = QVBoxLayout()
        self._controls.setSpacing(8)
        column = self._scroll.column
        column.setSpacing(8)
        for part in (self.hint, self.title, self.state, self.link, self.display, self.lamps, self.said):
            column.addWidget(part)
        column.addLayout(self._controls)
        column.addLayout(row_of(self.probe, self.faults))
        column.addWidget(self.label)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll)
        self.show_panel(None)

    def show_panel(self, panel: DevicePanel | None, link: str = "", probe: str = "") -> None:
        """Show that device, and how its link is; None: nobody stands before one. `probe`: where the probe is."""
        self.link.setText(safe_text(link, 160))
        self.link.setVisible(bool(link))
        for part in (self.title, self.state, self.display, self.label, self.faults):
            part.setVisible(panel is not None)
        self.hint.setVisible(panel is None)
        self.probe.setVisible(panel is not None and panel.port)
        here = panel is not None and panel.state.name == probe
        self.probe.setEnabled(not here)
        self.probe.say(_("Probe is here") if here else _("Probe here"))
        if panel is None:
            self.device = ""
            self.lamps.show_lamps(())
            self._show_controls(())
            return
        state = panel.state
        if state.name != self.device:
            self.device = state.name
            self.display.start()
            self.say("", "")
        self.title.setText(safe_text(f"{state.title} · {state.name}", 80))
        self.state.setText(safe_text(state.words, 80))
        self.state.setVisible(bool(state.words))
        set_property(self.state, "tone", "" if state.tone == "plain" else state.tone)
        self.display.setVisible(panel.screen)
        self.display.show_pages(panel.pages)
        self.lamps.show_lamps(panel.lamps)
        self._show_controls(panel.controls)
        self.label.setText("\n".join(safe_text(f"{what}: {value}", 80) for what, value in panel.printed))

    def say(self, tone: str, text: str) -> None:
        """What the device answers to a press."""
        self.said.setVisible(bool(text))
        self.said.setText(safe_text(text))
        set_property(self.said, "tone", tone)

    def taken(self, control: str) -> None:
        """What was typed before it was taken."""
        if control in self._rows:
            self._rows[control].clear()

    def _show_controls(self, controls: tuple[Control, ...]) -> None:
        shape = tuple((one.name, one.title, one.typed) for one in controls)
        if shape != self._shape:
            self._shape = shape
            for row in self._rows.values():
                drop(row)
            self._rows = {one.name: ControlRow(one, self) for one in controls}
            for row in self._rows.values():
                self._controls.addWidget(row)
                row.show()
        for one in controls:
            self._rows[one.name].show_control(one)
