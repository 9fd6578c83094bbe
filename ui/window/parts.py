"""Parts with a meaning: a fact, a notice, the countdown ring, the tape of training, the bar of big buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from hht.clock import readable_times
from hht.i18n import _
from ui.window.safe_text import safe_lines, safe_text
from ui.window.theme import THEME
from ui.window.widgets import ICON, Button, ElidedText, Icon, Text, drop, row_of, set_property

if TYPE_CHECKING:
    from ui.services import TraceLine


SHORT = 30  # characters of a device that stand on one line
LOW = 700  # a window lower than this shows less


def tone_word(tone: str) -> str:
    """The word that goes with a tone's glyph; "" for a plain fact."""
    return {"good": _("Good"), "warn": _("Take care"), "bad": _("Not good")}.get(tone, "")


class Quote(QFrame):
    """Text of a device, marked as such."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setProperty("role", "quote")
        self._text = Text(safe_text(text), "mono", wrap=len(text) > SHORT)
        self._mark = Text(_("from device"), "small", wrap=False)
        self._box = QHBoxLayout(self)
        self._box.setContentsMargins(10, 4, 10, 4)
        self._box.setSpacing(12)
        self._box.addWidget(self._text, 1)
        self._box.addWidget(self._mark)
        policy = QSizePolicy.Policy.Preferred if len(text) > SHORT else QSizePolicy.Policy.Maximum
        self.setSizePolicy(policy, policy)  # several lines need a height that follows from the width

    def fit(self, room: int) -> None:
        """Put the mark beneath the text where both do not fit side by side into `room` pixels."""
        needed = self._text.sizeHint().width() + self._mark.sizeHint().width() + 38
        direction = QBoxLayout.Direction.LeftToRight if needed <= room else QBoxLayout.Direction.TopToBottom
        if not self._text.wordWrap() and self._box.direction() != direction:
            self._box.setDirection(direction)
            self._box.setSpacing(12 if needed <= room else 0)


class FactTable(QWidget):
    """Facts line by line: glyph, label, value."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(2, 1)
        self._shown: tuple[tuple[str, str, str, bool], ...] = ()
        self._lines: list[tuple[Icon, Text, QWidget]] = []
        self._quotes: dict[int, Quote] = {}  # by line

    def show_facts(self, facts: Sequence[tuple[str, str, str, bool]]) -> None:
        """Show (label, value, tone, from_device) tuples; unchanged facts are left alone."""
        before, self._shown = self._shown, tuple(facts)
        if before == self._shown:
            return
        pairs = zip(before, self._shown, strict=False)  # facts come one after the other: the lines above stay
        least = min(len(before), len(self._shown))
        same = next((line for line, (old, new) in enumerate(pairs) if old != new), least)
        for parts in self._lines[same:]:
            for part in parts:
                self._grid.removeWidget(part)
                drop(part)
        del self._lines[same:]
        self._quotes = {line: quote for line, quote in self._quotes.items() if line < same}
        for line, (label, value, tone, from_device) in enumerate(self._shown[same:], same):
            self._add(line, label, value, tone, from_device)
        self.setVisible(bool(facts))

    def _label_width(self) -> int:
        return max(150, min(240, round(self.width() * 0.27)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for _icon, label, _shown in self._lines:
            label.setFixedWidth(self._label_width())
        for quote in self._quotes.values():
            quote.fit(self.width() - self._label_width() - 56)

    def _add(self, line: int, label: str, value: str, tone: str, from_device: bool) -> None:
        top = Qt.AlignmentFlag.AlignTop
        icon = Icon(ICON[tone], "ink_soft" if tone == "plain" else tone, 24)
        icon.setAccessibleName(tone_word(tone))
        self._grid.addWidget(icon, line, 0, top)
        name = Text(safe_text(label), "soft")
        name.setFixedWidth(self._label_width())
        self._grid.addWidget(name, line, 1, top)
        shown: QWidget = QWidget() if from_device else Text(safe_text(readable_times(value)), "value")
        if from_device:
            quote = Quote(value)
            quote.fit(self.width() - self._label_width() - 56)
            self._quotes[line] = quote
            shown.setLayout(row_of(quote) if len(value) > SHORT else row_of(quote, 1))
        if not from_device and tone != "plain":
            shown.setProperty("tone", tone)
        self._grid.addWidget(shown, line, 2, top)
        self._lines.append((icon, name, shown))


class Notice(QFrame):
    """A sentence that matters, in a box: glyph, what happened, what to do next, code."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "box")
        self._icon = Icon("info", "ink", 32)
        self._message = Text("", "strong")
        self._remedy = Text("")
        self._code = Text("", "small")
        column = QVBoxLayout()
        column.setSpacing(4)
        for part in (self._message, self._remedy, self._code):
            column.addWidget(part)
        self._row = row = QHBoxLayout(self)
        self._tight = False
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(14)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        self.hide()

    def tighten(self, tight: bool) -> None:
        """Make do with less height: narrow edges, no code (ringing the desk reads it out)."""
        if tight != self._tight:
            self._tight = tight
            self._row.setContentsMargins(*((10, 4, 10, 4) if tight else (16, 12, 16, 12)))
            self._row.setSpacing(8 if tight else 14)
            self._code.setVisible(bool(self._code.text()) and not tight)

    def say(self, tone: str, message: str, remedy: str = "", code: str = "", icon: str = "") -> None:
        """Show it; an empty message hides it."""
        self.setVisible(bool(message))
        set_property(self, "tone", tone)
        self._icon.show_icon(icon or {"plain": "info"}.get(tone, ICON[tone]), "ink" if tone == "plain" else tone)
        self._message.setText(safe_lines(readable_times(message), 600))
        self._remedy.setText(safe_lines(readable_times(remedy), 600))
        self._remedy.setVisible(bool(remedy))
        self._code.setText(_("Code: {code}").format(code=safe_text(code)) if code else "")
        self._code.setVisible(bool(code) and not self._tight)

    @property
    def message(self) -> str:
        """The sentence that is shown; "" when hidden."""
        return self._message.text() if not self.isHidden() else ""


class Tile(QFrame):
    """One figure that matters, big: label, value, and a glyph with its word where it is good or not."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self.setProperty("role", "box")
        self._value = ElidedText("–", "figure")
        self._icon = Icon("dot", "ink_soft", 24)
        self._note = ElidedText("", "small")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 10)
        column.setSpacing(2)
        column.addWidget(Text(label, "small", wrap=False))
        column.addWidget(self._value)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._icon)
        foot.addWidget(self._note, 1)
        column.addLayout(foot)

    def say(self, value: str, tone: str, note: str) -> None:
        """Show this figure."""
        self._value.setText(safe_text(value, 40))
        self._icon.show_icon(ICON[tone], "ink_soft" if tone == "plain" else tone)
        self._note.setText(safe_text(note, 60))


class FrameStrip(QFrame):
    """The last frames on the link, small: a sign of life while a step runs, and the first clue when it fails."""

    def __init__(self, lines: int = 3) -> None:
        super().__init__()
        self.setProperty("role", "box")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 8)
        column.setSpacing(2)
        self._lines = [ElidedText("", "mono") for _line in range(lines)]
        for line in self._lines:
            column.addWidget(line)

    def show_frames(self, frames: Sequence[TraceLine]) -> None:
        """Show these, the newest last."""
        from ui.window.trace_model import strip_words

        room = 1 if self.window().height() < LOW else len(self._lines)
        for place, line in enumerate(self._lines):
            line.setVisible(place >= len(self._lines) - room)
        texts = [strip_words(frame) for frame in frames]
        texts = [""] * (len(self._lines) - len(texts)) + texts
        for line, text in zip(self._lines, texts, strict=True):
            if line.text() != text:
                line.setText(safe_text(text))


class Ring(QWidget):
    """What is left of a step's time, as a closing ring."""

    def __init__(self) -> None:
        super().__init__()
        self._left = 0.0
        self._token = "accent"
        self.setFixedSize(44, 44)

    def show_left(self, left: float, *, short: bool) -> None:
        """`left`: 0 to 1; `short` when it is nearly over."""
        self._left = max(0.0, min(1.0, left))
        self._token = "bad" if short else "accent"
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(5, 5, 34, 34)
        painter.setPen(QPen(THEME.colour("line"), 2 if THEME.name == "sun" else 7))
        painter.drawEllipse(box)
        pen = QPen(THEME.colour(self._token), 7)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(box, 90 * 16, round(self._left * 360 * 16))


class Tape(QWidget):
    """Striped tape along the top of the window in training."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(12)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), THEME.colour("accent_soft"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.colour("accent"))
        for x in range(-20, self.width() + 20, 36):
            stripe = QPolygonF()
            for dx, y in ((0, 12), (12, 0), (30, 0), (18, 12)):
                stripe.append(QRectF(x + dx, y, 0, 0).topLeft())
            painter.drawPolygon(stripe)


class ButtonBar(QWidget):
    """Up to four big buttons along the bottom: two on the left, two on the right."""

    def __init__(self, left: Sequence[Button], right: Sequence[Button]) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(THEME.sizes.gap)
        for button in left:
            row.addWidget(button, 10)
        row.addStretch(1 if len(left) + len(right) > 3 else 6)
        for button in right:
            row.addWidget(button, 10)
