"""A sheet over the window: asks or tells one thing. No dialog of its own, no modal loop. Escape closes it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from hht.i18n import _
from ui.window.theme import THEME
from ui.window.widgets import Button, Card, FittingScroll, Scroll, Text


class Sheet(QWidget):
    """Covers its parent with a scrim and shows a card. Tab goes round inside the card while it is open."""

    closed = Signal()

    def __init__(self, parent: QWidget, title: str, *, wide: int = 760, fill: bool = False) -> None:
        super().__init__(parent)
        THEME.dress(self)
        self._wide, self._fill = wide, fill
        self.returns_to: QWidget | None = None  # what has the keyboard again once this is closed
        self.setAccessibleName(title)
        self.card = Card(watermark=False)
        self.body = QVBoxLayout()
        self.body.setSpacing(THEME.sizes.gap)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(THEME.sizes.gap)
        self._column = column = QVBoxLayout(self.card)
        column.setContentsMargins(*(THEME.sizes.pad,) * 4)
        column.setSpacing(THEME.sizes.gap)
        if title:
            column.addWidget(Text(title, "title"))
        column.addLayout(self.body, 1)
        column.addLayout(self.buttons)
        self._outer = outer = QVBoxLayout(self)
        outer.setDirection(QBoxLayout.Direction.TopToBottom)
        outer.setContentsMargins(*(THEME.sizes.margin,) * 4)
        outer.addWidget(self.card, 1 if fill else 0, Qt.AlignmentFlag(0) if fill else Qt.AlignmentFlag.AlignCenter)
        parent.installEventFilter(self)
        self.hide()

    def add_button(self, text: str, pressed: Callable[[], None], *, primary: bool = False, icon: str = "") -> Button:
        """Put a big button on the sheet's lower edge."""
        button = Button(text, "primary" if primary else "big", icon, pressed)
        self.buttons.addWidget(button, 1)
        return button

    def room(self, others: int) -> int:
        """Height in pixels that is left for what may scroll, beside title, big buttons and `others`."""
        parent, sizes = self.parentWidget(), THEME.sizes
        high = parent.height() if parent is not None else 600
        around = 2 * (sizes.margin + sizes.pad) + sizes.title * 3 // 2 + sizes.primary + 2 * sizes.gap
        return max(sizes.target, high - around - others)

    def open(self, focus: QWidget | None = None) -> None:
        """Show it over everything and give it the keyboard; when it closes, the keyboard goes back to where it was."""
        self.returns_to = QApplication.focusWidget()
        parent = self.parentWidget()
        if parent is not None:
            self._cover(parent)
        self.show()
        self.raise_()
        if focus is not None:
            focus.setFocus()
        else:
            self.focusNextPrevChild(True)

    def close_sheet(self) -> None:
        """Close it for good."""
        if self.isHidden():
            return
        self.hide()
        before, parent = self.returns_to, self.parentWidget()
        if before is not None and isValid(before) and before.isVisible() and before.isEnabled():
            give_keyboard(before)
        elif parent is not None and not open_sheets(self.window()):
            parent.focusNextChild()  # what had it has gone: it must not stay on a sheet that nobody sees
        self.closed.emit()
        self.deleteLater()

    def _cover(self, parent: QWidget) -> None:
        self.setGeometry(parent.rect())
        room = parent.width() - 2 * THEME.sizes.margin
        self.card.setFixedWidth(room if self._fill else min(self._wide, room))
        self.card.setMaximumHeight(parent.height() - 2 * THEME.sizes.margin)
        self._fit_room()

    def _fit_room(self) -> None:
        """The window has another size: what may scroll takes the height that is left now."""
        for area in self.findChildren(FittingScroll):
            area.fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        parent = self.parentWidget()
        if event.type() is QEvent.Type.StyleChange and self.isVisible() and parent is not None:  # other sizes, maybe
            self._outer.setContentsMargins(*(THEME.sizes.margin,) * 4)
            self._column.setContentsMargins(*(THEME.sizes.pad,) * 4)
            self._cover(parent)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        parent = self.parentWidget()
        if event.type() is QEvent.Type.Resize and parent is not None and watched is parent:
            self._cover(parent)
        return super().eventFilter(watched, event)

    def targets(self) -> list[QWidget]:
        """What can have the keyboard on this sheet, in order."""
        wanted = Qt.FocusPolicy.TabFocus
        return [w for w in self.findChildren(QWidget) if w.isVisible() and w.isEnabled() and w.focusPolicy() & wanted]

    def focusNextPrevChild(self, onward: bool) -> bool:
        targets = self.targets()
        if not targets:
            return True
        now = self.focusWidget()
        index = targets.index(now) if now in targets else (-1 if onward else 0)
        reason = Qt.FocusReason.TabFocusReason if onward else Qt.FocusReason.BacktabFocusReason
        targets[(index + (1 if onward else -1)) % len(targets)].setFocus(reason)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        pages = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}.get(Qt.Key(event.key()), 0)
        if event.key() == Qt.Key.Key_Escape:
            self.close_sheet()
        elif pages:
            self._turn_pages(pages)
        else:
            super().keyPressEvent(event)

    def _turn_pages(self, pages: int) -> None:
        """Move what is longer than the sheet, down for a positive number: what only is read has no place for Tab."""
        for area in self.findChildren(Scroll):
            if area.isVisible():
                bar = area.verticalScrollBar()
                bar.setValue(bar.value() + pages * round(bar.pageStep() * 0.8))

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), THEME.colour("scrim"))


def open_sheets(window: QWidget) -> list[Sheet]:
    """The sheets that are open over it, the uppermost last."""
    return [sheet for sheet in window.findChildren(Sheet) if sheet.isVisible()]


def give_keyboard(widget: QWidget) -> None:
    """The one way in which a page moves the keyboard: what is in sight gets it at once, what lies under a sheet when
    the sheet is closed, and what is not shown not at all."""
    sheets = open_sheets(widget.window())
    if not widget.isVisible():
        return
    if not sheets or sheets[-1].isAncestorOf(widget):
        widget.setFocus()
    else:
        sheets[0].returns_to = widget


def has_keyboard(widget: QWidget) -> bool:
    """Whether it has the keyboard, or will when the sheets over it are closed."""
    sheets = open_sheets(widget.window())
    return sheets[0].returns_to is widget if sheets else widget.hasFocus()


def close_word() -> str:
    """What the button that closes a sheet says."""
    return _("Close")
