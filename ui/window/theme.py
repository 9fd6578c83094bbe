"""The theme in force: palette, style sheet and fonts from the token table. Who paints by himself asks `THEME`."""

from __future__ import annotations

from functools import cache
from string import Template

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from hht.resources import resource_path
from ui.window.tokens import Colours, Sizes, colours, sizes

TEXT_FAMILY = "B612"
MONO_FAMILY = "B612 Mono"


class Theme:
    """Which theme, sizes and trust are in force, and what follows from them."""

    def __init__(self) -> None:
        self.name = "day"
        self.glove = False
        self.training = False
        self.colours: Colours = colours("day")
        self.sizes: Sizes = sizes(glove=False)
        self._worn = ""  # the application's own style sheet
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}
        self._icons: dict[tuple[str, str, str, int], QIcon] = {}
        self._sheets: dict[tuple[str, Colours, Sizes], str] = {}

    def choose(self, name: str, *, glove: bool, training: bool) -> None:
        """Change what is in force; `apply` makes it visible."""
        self.name, self.glove, self.training = name, glove, training
        self.colours = colours(name, training=training)
        self.sizes = sizes(glove=glove)

    def apply(self, app: QApplication) -> None:
        """Give the application palette, font and style sheet: before the window is filled, for every widget there is
        is looked at again."""
        self.change(app)
        self._worn = self.style_sheet()
        app.setStyleSheet(self._worn)

    def change(self, app: QApplication) -> None:
        """Give the application another palette and font. The style sheet is for each part to `dress` in when it is in
        sight: one for all would hold the window up by a tenth of a second and more for what nobody looks at."""
        app.setPalette(self._palette())
        app.setFont(self.font())

    def dress(self, part: QWidget) -> None:
        """Have that part of the window, and all that is in it, wear what is in force; nothing where it does."""
        sheet = self.style_sheet()
        own = "" if sheet == self._worn else sheet
        if part.styleSheet() != own:
            part.setStyleSheet(own)

    def colour(self, name: str) -> QColor:
        """The colour of that token."""
        return QColor(getattr(self.colours, name))

    def font(self, size: int | None = None, *, bold: bool = False, mono: bool = False) -> QFont:
        """A font of the house; `size` in logical pixels, the body size where it is left out."""
        font = QFont(MONO_FAMILY if mono else TEXT_FAMILY)
        font.setPixelSize(size or self.sizes.body)
        font.setBold(bold)
        return font

    def pixmap(self, name: str, token: str, size: int, ratio: float = 1.0) -> QPixmap:
        """The icon `name` in the colour of `token`, `size` logical pixels, sharp at `ratio`."""
        key = (name, getattr(self.colours, token), size, ratio)  # there are few: a change of theme may go back
        if key not in self._pixmaps:
            self._pixmaps[key] = _render(*key)
        return self._pixmaps[key]

    def icon(self, name: str, token: str = "ink", size: int = 28) -> QIcon:
        """The icon for a button, in one colour whether enabled or not."""
        key = (name, getattr(self.colours, token), self.colours.ink_soft, size)
        if key not in self._icons:
            self._icons[key] = self._drawn_icon(name, token, size)
        return self._icons[key]

    def _drawn_icon(self, name: str, token: str, size: int) -> QIcon:
        icon = QIcon()
        for ratio in (1.0, 2.0):
            for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled):
                soft = "ink_soft" if mode is QIcon.Mode.Disabled else token
                icon.addPixmap(self.pixmap(name, soft, size, ratio), mode)
        return icon

    def style_sheet(self) -> str:
        """The application's style sheet."""
        key = (self.name, self.colours, self.sizes)
        if key not in self._sheets:
            self._sheets[key] = self._filled_in()
        return self._sheets[key]

    def _filled_in(self) -> str:
        values = {field: getattr(self.colours, field) for field in Colours._fields}
        values |= {field: str(getattr(self.sizes, field)) for field in Sizes._fields}
        values |= {"mono_family": MONO_FAMILY, "half": str(self.sizes.gap // 2)}
        values["border"] = "2" if self.name != "sun" else "3"
        values["ring_room"] = str(4 - int(values["border"]))  # what the ring of the focus takes is kept free for it
        # Yellow alone cannot be seen as a ring on white: in the sun the ring is black with yellow inside.
        values["focus_ring"] = "#000000" if self.name == "sun" else self.colours.focus
        values["focus_fill"] = self.colours.focus if self.name == "sun" else self.colours.surface
        values["focus_primary"] = self.colours.focus
        values["focus_stop"] = self.colours.focus if self.name == "sun" else self.colours.bad_soft
        return Template(_QSS).substitute(values)

    def _palette(self) -> QPalette:
        role = QPalette.ColorRole
        table = {
            role.Window: "ground", role.WindowText: "ink", role.Base: "surface", role.AlternateBase: "ground",
            role.Text: "ink", role.Button: "surface", role.ButtonText: "ink", role.BrightText: "bad",
            role.Highlight: "accent", role.HighlightedText: "on_accent", role.PlaceholderText: "ink_soft",
            role.Link: "accent", role.LinkVisited: "accent", role.ToolTipBase: "surface", role.ToolTipText: "ink",
            role.Light: "surface", role.Midlight: "line", role.Mid: "line", role.Dark: "line_strong",
            role.Shadow: "line_strong", role.Accent: "accent",
        }  # fmt: skip
        palette = QPalette()
        for where, token in table.items():
            palette.setColor(where, self.colour(token))
        for where in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, where, self.colour("ink_soft"))
        return palette


def _render(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer

    svg = _drawing(name).replace("currentColor", colour)
    pixmap = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter)
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


@cache
def _drawing(name: str) -> str:
    return resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")


@cache
def load_fonts(*, mono: bool) -> None:
    """Register the bundled fonts: the text faces before the first frame, the mono faces after it."""
    names = ("B612Mono-Regular.ttf", "B612Mono-Bold.ttf") if mono else ("B612-Regular.ttf", "B612-Bold.ttf")
    for name in names:
        QFontDatabase.addApplicationFont(str(resource_path("fonts", name)))


THEME = Theme()

_QSS = """
* { outline: 0; }
QWidget { color: $ink; font-size: ${body}px; }
QLabel { background: transparent; }
QLabel[role="title"] { font-size: ${title}px; font-weight: bold; }
QLabel[role="head"] { font-size: ${head}px; font-weight: bold; }
QLabel[role="strong"] { font-weight: bold; }
QLabel#training { color: $on_accent; }
QLabel[role="soft"] { color: $ink_soft; }
QLabel[role="small"] { font-size: ${small}px; color: $ink_soft; }
QLabel[role="value"] { font-size: ${body}px; font-weight: bold; }
QLabel[role="figure"] { font-size: ${strong}px; font-weight: bold; }
QLabel[role="mono"] { font-family: "$mono_family"; font-size: ${mono}px; }
QLabel[role="spoken-low"] { font-family: "$mono_family"; font-size: ${head}px; font-weight: bold; }
QLabel[role="spoken"] { font-family: "$mono_family"; font-size: ${title}px; font-weight: bold; }
QLabel[tone="good"] { color: $good; font-weight: bold; }
QLabel[tone="warn"] { color: $warn; font-weight: bold; }
QLabel[tone="bad"] { color: $bad; font-weight: bold; }
QFrame[role="quote"] { background: $ground; border: ${border}px dotted $line_strong; border-radius: 6px; }
QFrame[role="box"] { background: $ground; border: 1px solid $line_strong; border-radius: 8px; }
QFrame[role="box"][tone="good"] { background: $good_soft; border: ${border}px solid $good; }
QFrame[role="box"][tone="warn"] { background: $warn_soft; border: ${border}px solid $warn; }
QFrame[role="box"][tone="bad"] { background: $bad_soft; border: ${border}px solid $bad; }

QPushButton {
    background: $surface; color: $ink; border: ${border}px solid $line_strong; border-radius: ${radius}px;
    padding: 0 16px; font-weight: bold;
}
QPushButton:pressed { background: $accent_soft; }
QPushButton:checked { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton:focus { border: 4px solid $focus_ring; background: $focus_fill; padding: 0 14px; }
QPushButton:checked:focus { background: $accent; border: 4px solid $focus_primary; }
QPushButton:disabled { background: transparent; color: $ink_soft; border: 2px dashed $line; font-weight: normal; }
QPushButton[tight="yes"] { padding: 0 3px; }
QPushButton[tight="yes"]:focus { padding: 0 1px; }
QPushButton[role="big"], QPushButton[role="stop"] { font-size: ${strong}px; }
QPushButton[role="warning"] { text-align: left; background: $warn_soft; border-color: $warn; }
QPushButton[role="stop"] { border-color: $bad; background: $bad_soft; }
QPushButton[role="stop"]:focus { border: 5px solid $focus_ring; background: $focus_stop; }
QPushButton[role="stop"]:disabled { background: transparent; border: 2px dashed $line; }
QPushButton[role="primary"] {
    font-size: ${strong}px; background: $accent; color: $on_accent; border-color: $accent;
}
QPushButton[role="primary"]:pressed { background: $accent_pressed; }
QPushButton[role="primary"]:focus { border: 5px solid $focus_primary; background: $accent; }
QPushButton[role="primary"]:disabled {
    background: transparent; color: $ink_soft; border: 2px dashed $line; font-weight: normal;
}
QPushButton[role="choice"] { text-align: left; font-weight: normal; }
QPushButton[role="choice"]:checked { background: $accent_soft; color: $ink; border-color: $accent; font-weight: bold; }
QPushButton[role="choice"]:checked:focus { background: $accent_soft; border: 4px solid $focus_ring; }
QPushButton[role="bare"] { background: transparent; border-color: transparent; }
QPushButton[role="bare"]:focus { border: 4px solid $focus_ring; background: $focus_fill; }

QLineEdit { placeholder-text-color: $ink_soft; }
QLineEdit, QPlainTextEdit {
    background: $surface; color: $ink; border: ${border}px solid $line_strong; border-radius: 8px; padding: 0 12px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:focus, QPlainTextEdit:focus { border: 4px solid $focus_ring; padding: 0 10px; }
QLineEdit[role="entry"] { font-family: "$mono_family"; font-size: ${head}px; }
QLineEdit[tone="bad"] { border-color: $bad; }
QPlainTextEdit { font-family: "$mono_family"; font-size: ${mono}px; padding: 6px; }

QListView, QTreeView, QTableView {
    background: $surface; border: ${border}px solid $line; border-radius: ${radius}px; gridline-color: $line;
    selection-background-color: $accent_soft; selection-color: $ink; alternate-background-color: $ground;
}
QTreeView, QTableView { border-radius: 4px; }
QListView, QTreeView, QTableView { padding: ${ring_room}px; }
QListView:focus, QTreeView:focus, QTableView:focus { border: 4px solid $focus_ring; padding: 0; }
QListView[role="rail"], QScrollArea { border: 0; padding: 0; background: transparent; }
QListView[role="rail"]:focus { border: 0; }
QListWidget[role="rail"] { border: 4px solid transparent; padding: 0; }
QListWidget[role="rail"]:focus { border: 4px solid $focus_ring; }
QTableView, QTreeView { font-size: ${small}px; }
QTreeView::item { min-height: ${dense}px; }
QTableView::item { padding: 0 10px; }
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected { background: $accent_soft; color: $ink; }
QHeaderView { background: $surface; border: 0; }
QHeaderView::section {
    background: $surface; color: $ink_soft; border: 0; border-bottom: 2px solid $line_strong; padding: 8px 10px;
    font-size: ${small}px;
}
QTableCornerButton::section { background: $surface; border: 0; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 2px; }
QScrollBar::handle { background: $line_strong; border-radius: 4px; min-height: ${target}px; min-width: ${target}px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar {
    background: $ground; border: ${border}px solid $line_strong; border-radius: 8px; min-height: 22px; max-height: 22px;
}
QProgressBar::chunk { background: $accent; border-radius: 5px; }
"""
