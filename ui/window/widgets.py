"""The small parts every page is made of. Sizes come from the theme and follow it (glove mode) by themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QIcon, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from hht.i18n import _
from ui.window.safe_text import button_text
from ui.window.theme import THEME
from ui.window.wrapping import BREAK, breakable, wrapped

QWIDGETSIZE_MAX = 16777215  # Qt's own; PySide6 does not name it
ICON = {"plain": "dot", "good": "check", "warn": "warn", "bad": "cross"}


def set_property(widget: QWidget, name: str, value: str) -> None:
    """Set a property that the style sheet looks at, and have it looked at again."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def drop(widget: QWidget) -> None:
    """Take a widget out for good. One that was only just put in is shown a moment later: it must be hidden, or it would
    come up as a window of its own, and take the keyboard."""
    widget.hide()
    widget.setParent(None)
    widget.deleteLater()


class Text(QLabel):
    """A label that shows what it is given, as plain text. `role` is the style sheet's."""

    def __init__(self, text: str = "", role: str = "body", *, wrap: bool = True) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setWordWrap(wrap)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show `text`, on several lines where it may wrap."""
        super().setText(breakable(text) if self.wordWrap() else text)

    def text(self) -> str:
        """What it was given."""
        return super().text().replace(BREAK, "")


class ElidedText(Text):
    """One line that ends in "…" where there is no room; the whole text is its accessible name."""

    def __init__(self, text: str = "", role: str = "body") -> None:
        super().__init__(text, role, wrap=False)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(60)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


class Icon(QLabel):
    """An icon in one of the theme's colours."""

    def __init__(self, name: str, token: str = "ink", size: int = 26) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._shown = (name, token, size)
        self.setFixedSize(size, size)

    def show_icon(self, name: str, token: str) -> None:
        """Show another one."""
        self._shown = (name, token, self._shown[2])
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, THEME.pixmap(*self._shown, self.devicePixelRatioF()))


BIG = ("big", "primary", "stop")  # roles of the buttons along the bottom
TWO_LINES, BARE = 1, 2  # what a button does that has too little room
SPARE = 16  # pixels of the air beside its words that a button can do without
LONG = 20  # characters: more than that a button along the bottom puts on two lines


def _two_lines(text: str) -> str:
    """`text` broken at the space next to its middle; one word stays whole."""
    spaces = [place for place, char in enumerate(text) if char == " "]
    middle = min(spaces, key=lambda place: abs(2 * place - len(text)), default=0)
    return f"{text[:middle]}\n{text[middle + 1 :]}" if middle else text


class Button(QPushButton):
    """A button. `role`: "" | "big" | "primary" | "stop" | "choice" (see `Choice`) | "bare".

    Enter presses it as Space does; but not "stop": a second Enter, or a scanner's, was meant for what came before.
    Words that have too little room go on two lines, and then do without their sign.
    """

    mark = ""  # of a choice: its sign
    _tight = 0  # 0, TWO_LINES or BARE
    _tight_in = 0  # the width of what it stands in when that came to be
    _own_width: int | None = None  # the least width that it had before

    def __init__(self, text: str, role: str = "", icon: str = "", pressed: Callable[[], None] | None = None) -> None:
        super().__init__()
        self._icon_name = icon
        self._spoken = text
        self.setProperty("role", role)
        self.setAutoDefault(role != "stop")
        self.setAccessibleName(text)
        self.toggled.connect(self._fit)
        if pressed is not None:
            self.clicked.connect(lambda _checked=False: pressed())
        self._fit()

    def say(self, text: str, icon: str | None = None) -> None:
        """Show another text (and icon)."""
        if text == self._spoken and icon in (None, self._icon_name):
            return
        self._spoken = text
        self.setAccessibleName(text)
        if icon is not None:
            self._icon_name = icon
        self._tight = 0
        self._squeeze(yes=False)
        self._fit()
        if self.isVisible():  # else it has its place still to come
            self._tighten(self._tight_in)

    def play(self, role: str) -> None:
        """Take another role."""
        set_property(self, "role", role)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self._fit()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        parent = self.parentWidget()
        around = 0 if parent is None else parent.width()
        if self._tight and self._tight_in != around:  # not because what it gave up leaves room in the row
            self._tight = 0
            self._squeeze(yes=False)
            self._fit()
        self._tighten(around)

    def _tighten(self, around: int) -> None:
        """Give up what does not fit; a choice takes the lines that it needs."""
        if not self._spoken or self.property("role") == "choice":
            return
        while self._tight < BARE and self.sizeHint().width() > self.width() + SPARE:
            self._tight, self._tight_in = self._tight + 1, around
            self._fit()
        self._squeeze(yes=self._tight == BARE)

    def _squeeze(self, *, yes: bool) -> None:
        """Have less air beside the words, or as much as usual."""
        if (self.property("tight") == "yes") is not yes:
            self.setMinimumWidth(THEME.sizes.target if yes else 0)  # a finger, or a glove, still finds it
            set_property(self, "tight", "yes" if yes else "")

    def _wanted_height(self) -> int:
        if self.property("role") in BIG:
            return THEME.sizes.primary
        lines = 2 * self.fontMetrics().lineSpacing() + 20 if self._tight and " " in self._spoken else 0
        return max(THEME.sizes.target, lines)

    def _fit(self, _checked: bool = False) -> None:
        role = self.property("role")
        big = role in BIG
        height = self._wanted_height()
        sign = bool(self._icon_name) and self._tight < BARE
        space = "  " if sign and self._spoken else ""
        onward = self._icon_name == "forward" and bool(self._spoken)  # what leads on has its arrow on the right
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft if onward else Qt.LayoutDirection.LeftToRight)
        words = _two_lines(self._spoken) if self._tight or (big and len(self._spoken) > LONG) else self._spoken
        words = words.replace("\n", f"\n{space}") if self._tight and not onward else words
        self.setText(button_text(words + space if onward else space + words))
        if not self._spoken:
            self.setFixedWidth(height)
        elif self.maximumWidth() == self.minimumWidth():
            self.setMinimumWidth(0)
            self.setMaximumWidth(QWIDGETSIZE_MAX)
        if self._spoken and self._tight:  # however much it gives way, a finger finds it, or a glove
            self._own_width = self.minimumWidth() if self._own_width is None else self._own_width
            self.setMinimumWidth(max(self._own_width, THEME.sizes.target))
        elif self._own_width is not None:
            self.setMinimumWidth(self._own_width if self._spoken else height)
            self._own_width = None
        if role == "choice":
            self._icon_name = f"{self.mark}-on" if self.isChecked() else self.mark
        if sign:
            token = "on_accent" if role == "primary" or (self.isChecked() and role != "choice") else "ink"
            size = 30 if big else 26
            self.setIcon(THEME.icon(self._icon_name, token, size))
            self.setIconSize(QSize(size, size))
        elif not self.icon().isNull():
            self.setIcon(QIcon())
        if self.minimumHeight() != height:  # last: it is resized by it, and looks whether what it shows has room
            self.setFixedHeight(height)


class Choice(Button):
    """One of several, with a radio mark; a long text goes over as many lines as it needs."""

    MOST_LINES = 4
    mark = "radio"

    def __init__(self, text: str, pressed: Callable[[], None] | None = None) -> None:
        super().__init__(text, "choice", pressed=pressed)
        self.setCheckable(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _lines(self) -> list[str]:
        metrics = QFontMetrics(THEME.font(bold=True))  # as when it is chosen: no line moves then
        room = self.width() - 32 - 2 * 4 - self.iconSize().width() - 16  # padding, ring of the focus, icon
        return wrapped(self._spoken, metrics.horizontalAdvance, room, self.MOST_LINES)

    def _wanted_height(self) -> int:
        spacing = QFontMetrics(THEME.font(bold=True)).lineSpacing()
        return max(THEME.sizes.target, len(self._lines()) * spacing + 20)

    def _fit(self, _checked: bool = False) -> None:
        super()._fit(_checked)
        self.setText("\n".join(button_text(f"  {line}") for line in self._lines()))


class Tick(Choice):
    """One of several that may all be so, with a box."""

    mark = "box"


class Entry(QLineEdit):
    """A field to type into; `label` is its accessible name."""

    def __init__(self, label: str, *, role: str = "", placeholder: str = "", secret: bool = False) -> None:
        super().__init__()
        self.setProperty("role", role)
        self.setAccessibleName(label)
        self.setPlaceholderText(placeholder)
        self.setAcceptDrops(False)  # a file that is dropped here is for the window
        if secret:
            self.setEchoMode(QLineEdit.EchoMode.Password)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self._fit()
        super().changeEvent(event)

    def _fit(self) -> None:
        high = THEME.sizes.target + (8 if self.property("role") == "entry" else 0)
        if self.minimumHeight() != high:
            self.setFixedHeight(high)


class Card(QFrame):
    """A surface with round corners; in training the word is written across it, under everything."""

    def __init__(self, *, watermark: bool = True) -> None:
        super().__init__()
        self._watermark = watermark
        self._mark: tuple[tuple[object, ...], QPixmap] | None = None

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = THEME.sizes.radius
        painter.setPen(QPen(THEME.colour("line"), 1 if THEME.name != "sun" else 2))
        painter.setBrush(THEME.colour("surface"))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), radius, radius)
        if THEME.training and self._watermark:
            painter.drawPixmap(0, 0, self._drawn_mark())

    def _drawn_mark(self) -> QPixmap:
        """The watermark, drawn once for each size and theme: big letters aslant cost more than all else on a page."""
        ratio = self.devicePixelRatioF()
        made_for = (self.size(), ratio, THEME.name, THEME.colour("mark").rgba())
        if self._mark is None or self._mark[0] != made_for:
            picture = QPixmap(self.size() * ratio)
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_watermark(painter)
            painter.end()
            self._mark = made_for, picture
        return self._mark[1]

    def _paint_watermark(self, painter: QPainter) -> None:
        word = _("TRAINING")
        font = THEME.font(100, bold=True)
        painter.setFont(font)
        wide = painter.fontMetrics().horizontalAdvance(word)
        painter.setClipRect(self.rect().adjusted(4, 4, -4, -4))
        painter.setPen(THEME.colour("mark"))
        painter.translate(self.width() / 2, self.height() / 2)
        painter.rotate(-18)
        size = self.width() * 0.86 / wide
        painter.scale(size, size)
        painter.drawText(QRect(-wide, -100, 2 * wide, 200), Qt.AlignmentFlag.AlignCenter, word)


class ProgressBar(QProgressBar):
    """How far something has come, for eyes; `name` is for those who cannot see it."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setTextVisible(False)
        self.setAccessibleName(name)

    def show_done(self, done: int, total: int) -> None:
        """`done` of `total`; 0: nobody knows of how many. Qt would paint it at once, and all that lies over and under
        it with it: it waits for the next frame."""
        self.setUpdatesEnabled(False)
        self.setRange(0, total)
        self.setValue(done)
        self.setUpdatesEnabled(True)


class Segments(QWidget):
    """One choice out of a few, as buttons side by side, `per_line` of them in a line (0: all)."""

    chosen = Signal(str)

    def __init__(self, label: str, choices: Sequence[tuple[str, str]], *, per_line: int = 0) -> None:
        super().__init__()
        self.setAccessibleName(label)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, Button] = {}
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(THEME.sizes.gap)
        for place, (key, text) in enumerate(choices):
            if place % (per_line or len(choices)) == 0:
                row = QHBoxLayout()
                row.setSpacing(THEME.sizes.gap)
                lines.addLayout(row)
            button = Button(text, pressed=lambda key=key: self.chosen.emit(key))  # type: ignore[misc]
            button.setCheckable(True)
            button.setAccessibleName(f"{label}: {text}")
            self._group.addButton(button)
            self.buttons[key] = button
            row.addWidget(button)

    def choose(self, key: str) -> None:
        """Show `key` as chosen; says nothing to anybody."""
        if key in self.buttons:
            self.buttons[key].setChecked(True)


class Scroll(QScrollArea):
    """A column that scrolls up and down where the window is low."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        inner = self._inner = QWidget()
        self.column = QVBoxLayout(inner)
        self.column.setContentsMargins(0, 0, 8, 0)
        self.column.setSpacing(THEME.sizes.gap)
        self.setWidget(inner)
        inner.setAutoFillBackground(False)  # setWidget() switches it on

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._inner.setMaximumWidth(self.viewport().width())
        self.column.setGeometry(self._inner.rect())  # Qt leaves it as high as it was where it is resized amid a layout


class FittingScroll(Scroll):
    """As high as its content, up to `most()` pixels; what is longer scrolls."""

    def __init__(self, most: Callable[[], int]) -> None:
        self._most: Callable[[], int] | None = None
        super().__init__()
        self._most = most

    def fit(self) -> None:
        """Take the height that the content wants now."""
        if self._most is None:
            return
        wide = self.viewport().width() - 8
        wanted = (
            self.column.totalHeightForWidth(wide)
            if self.column.hasHeightForWidth()
            else self.column.totalSizeHint().height()
        )
        high = max(1, min(wanted, self._most()))
        if self.minimumHeight() != high:
            self.setFixedHeight(high)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        wanted = event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize) and watched is self._inner
        if wanted and self.isVisible():  # what is being taken down may have lost what it is measured by
            self.fit()
        return super().eventFilter(watched, event)


def row_of(*parts: QWidget | int, spacing: int | None = None) -> QHBoxLayout:
    """Widgets side by side; an int is a stretch."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(THEME.sizes.gap if spacing is None else spacing)
    for part in parts:
        if isinstance(part, int):
            row.addStretch(part)
        else:
            row.addWidget(part)
    return row
