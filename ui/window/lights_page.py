"""Lights and displays: tap along with a light, or choose what it shows; type what stands on a display. Each meaning is
told with its source, and whether that is verified."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from hht.errors import HhtError
from hht.i18n import _
from hht.lights import MOST_TAPS, led_tables
from ui.window.lights_model import MeaningRow, light_rows, tap_words, text_rows
from ui.window.page import Host, Page
from ui.window.parts import ButtonBar, Notice
from ui.window.safe_text import safe_lines
from ui.window.sheet import give_keyboard, has_keyboard
from ui.window.state_list import StateList
from ui.window.theme import THEME
from ui.window.widgets import Button, Card, Entry, Segments, Text, row_of, set_property
from ui.window.work_card import PartStack


class LightsPage(Page):
    """See the module. The taps are timed by the host's clock, at the moment a finger or a key goes down."""

    name = "lights"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.part, self.led = "lights", ""
        self.table = led_tables()[0]
        self.taps_s: list[float] = []
        self.parts = Segments(_("Show"), [("lights", _("Lights")), ("display", _("Display texts"))])
        self.notice = Notice()
        self._leds = {
            number: Segments(_("Light"), [(led, led) for led in table.leds])
            for number, table in enumerate(led_tables())
        }
        self._on = Segments(_("On"), [(str(n), _device_words(one.device)) for n, one in enumerate(led_tables())])
        self.typed = Entry(_("What stands on the display, or words to search for"))
        self.typed.setPlaceholderText(_("What stands there, or words to search for"))
        self.patterns: StateList[MeaningRow] = StateList(_("What it can show"))
        self.texts: StateList[MeaningRow] = StateList(_("Texts of displays"))
        self.detail = Text("")
        self.label = Text("", "small")
        self.back = Button(_("Back"), "big", "back", host.go_home)
        self.anew = Button(_("Begin anew"), "big", "retry", self.begin)
        self.tap = Button(_("Tap with each flash"), "primary", "hand")
        self._build()

    def _build(self) -> None:
        self.parts.chosen.connect(self.show_part)
        self._on.chosen.connect(lambda number: self.choose_table(int(number)))
        for segments in self._leds.values():
            segments.chosen.connect(self.choose)
        self.tap.pressed.connect(self.tapped)  # as it goes down: letting go of it comes at any time
        self.typed.textChanged.connect(lambda _text: self._show())
        for rows in (self.patterns, self.texts):
            rows.marked_changed.connect(self._show_marked)
        card = Card()
        column = QVBoxLayout(card)
        pad = THEME.sizes.pad
        column.setContentsMargins(pad - 4, pad - 10, pad - 4, pad - 10)
        column.setSpacing(THEME.sizes.gap)
        column.addLayout(row_of(self.parts, 1, self._on))
        self._stack = PartStack({"lights": self._lights_part(), "display": self._display_part()})
        column.addWidget(self._stack, 1)
        for part in (self.notice, self.detail, self.label):
            column.addWidget(part)
        self.body.addWidget(card, 1)
        self.body.addWidget(ButtonBar((self.back,), (self.anew, self.tap)))
        self.choose_table(0)
        self.show_part("lights")

    def _lights_part(self) -> QWidget:
        return _stacked(*self._leds.values(), self.patterns)

    def _display_part(self) -> QWidget:
        return _stacked(self.typed, self.texts)

    # What a page does ------------------------------------------------------------------------------------------------

    def title(self) -> str:
        return _("Lights and displays")

    def escape(self) -> None:
        self.host.go_home()

    def entered(self) -> None:
        give_keyboard(self.tap if self.part == "lights" else self.typed)

    def show_part(self, part: str) -> None:
        """Show that part: "lights" | "display"."""
        self.part = part
        self.parts.choose(part)
        self._stack.show_part(part)
        had = has_keyboard(self.tap) or has_keyboard(self.anew)
        for widget in (self._on, self.tap, self.anew):
            widget.setVisible(part == "lights")
        self._show()
        if had:
            self.entered()

    # What is done ----------------------------------------------------------------------------------------------------

    def choose_table(self, number: int) -> None:
        """Whose lights: the hub's, or those of a meter that has its own."""
        self._on.choose(str(number))
        self.table = led_tables()[number]
        for which, segments in self._leds.items():
            segments.setVisible(which == number)
        self.choose("WAN")

    def leds_of_table(self) -> Segments:
        """The lights there are to choose from."""
        return self._leds[led_tables().index(self.table)]

    def choose(self, led: str) -> None:
        """That light is watched."""
        self.led = led
        for segments in self._leds.values():
            segments.choose(led)
        self.begin()

    def begin(self) -> None:
        """Forget the taps."""
        self.taps_s = []
        self._show()

    def tapped(self) -> None:
        """The light has flashed."""
        self.taps_s = [*self.taps_s, self.host.clock.monotonic()][-MOST_TAPS:]
        self._show()

    # What is seen ----------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        try:
            if self.part == "lights":
                self._show_light()
            else:
                self.texts.show_rows(text_rows(self.typed.text()))
                self.notice.say("plain", "" if self.texts.rows else _("The dictionary does not have this text."))
        except HhtError as error:
            self.notice.say("warn", error.message, error.remedy, error.code)
            if self.part == "lights":
                self.taps_s = []  # they did not follow one another
            else:
                self.texts.show_rows([])
        self._show_marked()

    def _show_light(self) -> None:
        rows, best = light_rows(self.table, self.led, self.taps_s)
        found = next((place for place, row in enumerate(rows) if row.tone[0] == "check"), None)
        self.patterns.show_rows(rows, found)
        self.notice.say(*tap_words(len(self.taps_s), best))

    def _show_marked(self) -> None:
        row = (self.patterns if self.part == "lights" else self.texts).marked
        self.detail.setText(safe_lines(row.detail, 500) if row is not None else "")
        self.detail.setVisible(row is not None and bool(row.detail))
        self.label.setText(safe_lines(row.label, 300) if row is not None else "")
        set_property(self.label, "tone", "" if row is None or row.verified else "warn")


def _device_words(device: str) -> str:
    return {"hub": _("Hub"), "smets1 meter": _("SMETS1 meter")}[device]


def _stacked(*parts: QWidget) -> QWidget:
    """One below the other; the last takes the room that is left."""
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(THEME.sizes.gap)
    for part in parts:
        column.addWidget(part, 1 if part is parts[-1] else 0)
    return whole
