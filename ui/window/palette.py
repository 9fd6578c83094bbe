"""The menu and command palette: every action there is, found by typing or by touch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from hht.i18n import _
from ui.window.actions import Action, find
from ui.window.sheet import Sheet
from ui.window.theme import THEME
from ui.window.widgets import Button, Entry, Text, row_of

Index = QModelIndex | QPersistentModelIndex
ACTION = Qt.ItemDataRole.UserRole + 1


class ActionListModel(QAbstractListModel):
    """The actions that fit, as an item model."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.actions: list[Action] = []

    def show_actions(self, actions: list[Action]) -> None:
        """Show these."""
        self.beginResetModel()
        self.actions = actions
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 Qt's own default
        return 0 if parent.isValid() else len(self.actions)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        action = self.actions[index.row()]
        if role == ACTION:
            return action
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{action.title}, {action.group}"
        return None


class ActionDelegate(QStyledItemDelegate):
    """Paints an action: icon, title, group, key."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(300, THEME.sizes.target + 6)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        action: Action = index.data(ACTION)
        box = QRect(option.rect).adjusted(4, 2, -4, -2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(THEME.colour("ink" if THEME.name == "sun" else "accent"), 2))
            painter.setBrush(THEME.colour("accent_soft"))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 8, 8)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(THEME.colour("ink" if THEME.name == "sun" else "focus"), 4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(2, 2, -2, -2), 8, 8)
        ratio = painter.device().devicePixelRatioF()
        icon = THEME.pixmap(action.icon or "forward", "ink", 26, ratio)
        painter.drawPixmap(box.left() + 14, box.center().y() - 13, icon)
        words = box.adjusted(56, 0, -16, 0)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(THEME.colour("ink"))
        painter.setFont(THEME.font(bold=True))
        painter.drawText(words, left, action.title)
        painter.setPen(THEME.colour("ink_soft"))
        painter.setFont(THEME.font(THEME.sizes.small))
        painter.drawText(words, right, action.shortcut)
        painter.drawText(words.adjusted(0, 0, -150, 0), right, action.group)
        painter.restore()


class PaletteSheet(Sheet):
    """Type to find, Enter or a touch to do."""

    def __init__(self, parent: QWidget, actions: Sequence[Action]) -> None:
        super().__init__(parent, "", wide=820)
        self.setAccessibleName(_("Menu"))
        self._actions = actions
        self._items = ActionListModel(self)
        self.entry = Entry(_("What do you want to do?"), placeholder=_("What do you want to do?"))
        self.list = QListView()
        self.list.setAccessibleName(_("Actions"))
        self.list.setModel(self._items)
        self.list.setItemDelegate(ActionDelegate(self.list))
        self.list.setProperty("role", "rail")
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.viewport().setAutoFillBackground(False)
        self._none = Text(_("Nothing of that name."), "soft")
        close = Button("", "", "close", self.close_sheet)
        close.setAccessibleName(_("Close"))
        head = row_of(self.entry, close)
        head.setStretch(0, 1)
        self.body.addLayout(head)
        self.body.addWidget(self._none)
        self.body.addWidget(self.list, 1)
        self.entry.textChanged.connect(self._search)
        self.entry.returnPressed.connect(self._run_current)
        self.entry.installEventFilter(self)
        self.list.clicked.connect(lambda _index: self._run_current())
        self.list.activated.connect(lambda _index: self._run_current())

    def open_palette(self) -> None:
        """Show it with everything that can be done now."""
        self._search("")
        self.open(self.entry)

    def _fit_room(self) -> None:
        parent = self.parentWidget()
        room = parent.height() if parent is not None else 600
        self.list.setMinimumHeight(min(560, room - 190))

    def _search(self, query: str) -> None:
        actions = [action for action in find(self._actions, query) if action.id != "palette"]
        self._items.show_actions(actions)
        self._none.setVisible(not actions)
        if actions:
            self.list.setCurrentIndex(self._items.index(0))

    def _run_current(self) -> None:
        index = self.list.currentIndex()
        if not index.isValid():
            return
        action = self._items.actions[index.row()]
        self.close_sheet()
        action.run()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.entry and event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}.get(
                Qt.Key(event.key()), 0
            )
            if step:
                row = max(0, min(len(self._items.actions) - 1, self.list.currentIndex().row() + step))
                self.list.setCurrentIndex(self._items.index(row))
                return True
        return super().eventFilter(watched, event)
