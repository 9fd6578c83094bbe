"""The trace drawer: every frame, both ways, decoded; over any screen, live."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QTimer
from PySide6.QtGui import QStandardItem, QStandardItemModel, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QAbstractItemView, QPlainTextEdit, QTextEdit, QTreeView, QVBoxLayout, QWidget

from hht.errors import HhtError
from hht.i18n import _
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet
from ui.window.tables import Table, TextTableModel
from ui.window.theme import THEME
from ui.window.trace_flow import WAITING
from ui.window.trace_model import TraceFilter, hex_spans, hex_text, place_of, row_of_line
from ui.window.widgets import Button, Entry, Segments, Text, row_of

if TYPE_CHECKING:
    from hht.work.verdict_told import Stretch
    from ui.services import Services, TraceLine, TreeNode
    from ui.window.page import Host

SPAN = Qt.ItemDataRole.UserRole + 1
MOST_NODES = 4000
BATCH = 100  # new lines that a turn of the loop puts into the table
PER_ROW = 8  # bytes in a row of the hex view: the drawer fits 1024 pixels


class TraceDrawer(Sheet):
    """See the module. New lines are added in batches; the list follows its end while it is there."""

    def __init__(self, parent: QWidget, host: Host, lines: list[TraceLine]) -> None:
        super().__init__(parent, "", fill=True)
        self.setAccessibleName(_("Trace"))
        self.host = host
        self._all = lines
        self._filter = TraceFilter()
        self._shown: list[TraceLine] = []
        self._new: list[TraceLine] = []
        self._nodes = 0
        self._inner: list[QStandardItem] = []  # the messages that a radio frame carries
        self._frame: TraceLine | None = None
        self._batch = QTimer(self)
        self._batch.setSingleShot(True)
        self._batch.setInterval(60)
        self._batch.timeout.connect(self._add_batch)
        self._build_head()
        self._build_body()

    def _build_head(self) -> None:
        self.search = Entry(_("Filter the trace"), placeholder=_("Filter: words or hex"))
        self.search.textChanged.connect(self._searched)
        self.kinds = Segments(
            _("Show"),
            [("all", _("All")), ("sent", _("Sent")), ("received", _("Received")), ("events", _("Events"))],
        )
        self.kinds.choose("all")
        self.kinds.chosen.connect(self._chose_kind)
        self.export_button = Button("", "", "export", self._export)
        self.export_button.setAccessibleName(_("Export the trace"))
        close = Button("", "", "close", self.close_sheet)
        close.setAccessibleName(_("Close the trace"))
        head = row_of(Text(_("Trace"), "head", wrap=False), self.kinds)
        head.addWidget(self.search, 1)
        head.addWidget(self.export_button)
        head.addWidget(close)
        self.body.addLayout(head)

    def _build_body(self) -> None:
        self._build_list()
        self._build_tree()
        self._build_bytes()
        self._said = Text("", "soft")
        self._said.hide()
        self._empty = Text("", "head")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        below = row_of(self.tree, self.hex)
        below.setStretch(0, 9)
        below.setStretch(1, 11)
        self._frames = QWidget()
        column = QVBoxLayout(self._frames)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(THEME.sizes.gap)
        column.addWidget(self.table, 11)
        column.addLayout(below, 9)
        self._build_reveal()
        self.body.addWidget(self._said)
        self.body.addWidget(self._empty, 1)
        self.body.addWidget(self._frames, 1)

    def _build_list(self) -> None:
        header = (_("Time"), _("Way"), _("Bytes"), _("What"))
        self.items = TextTableModel(self, header, right=(2,), mono=(0,))
        self.table = Table(_("Frames"))
        self.table.setModel(self.items)
        self.table.columns((164, 130, 74, 0))
        self.table.selectionModel().currentChanged.connect(self._line_chosen)

    def _build_tree(self) -> None:
        self._tree_items = QStandardItemModel(self)
        self.tree = QTreeView()
        self.tree.setAccessibleName(_("Decoded frame"))
        self.tree.setHeaderHidden(True)
        self.tree.setModel(self._tree_items)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.tree.selectionModel().currentChanged.connect(self._node_chosen)

    def _build_bytes(self) -> None:
        self.hex = QPlainTextEdit()
        self.hex.setReadOnly(True)
        self.hex.setTabChangesFocus(True)
        self.hex.setAccessibleName(_("Bytes of the frame"))
        self.hex.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)

    def _build_reveal(self) -> None:
        """In live work: a masked frame is shown as it was for a reason, which the log keeps."""
        self.reason = Entry(
            _("Why the secrets of this frame are to be shown"), placeholder=_("Reason, kept in the log")
        )
        self.reveal_button = Button(_("Reveal"), pressed=self._reveal)
        self.reason.returnPressed.connect(self._reveal)
        self._reveal_row = QWidget()
        row = row_of(Text(_("Secrets are masked in this frame."), "soft", wrap=False), self.reason, self.reveal_button)
        row.setStretch(1, 1)
        row.setContentsMargins(0, 0, 0, 0)
        self._reveal_row.setLayout(row)
        self._reveal_row.hide()
        self.body.addWidget(self._reveal_row)

    def _reveal(self) -> None:
        line, reason = self._frame, self.reason.text()
        if line is None or not line.event.masked:
            return

        def revealed(shown: TraceLine) -> None:
            if self._frame is line:
                self.reason.clear()
                self._show_frame(shown)

        def refused(error: HhtError) -> None:
            self._said.setText(safe_text(f"{error.message} {error.remedy}"))
            self._said.show()

        self.host.bridge.call(lambda services: services.reveal_trace(line, reason), revealed, refused)

    def _show_found(self) -> None:
        none = _("No frames yet. What goes over the link appears here at once.")
        self._empty.setText(_("Nothing fits. Choose “All”, or empty the filter.") if self._all else none)
        self._empty.setVisible(not self._shown)
        self._frames.setVisible(bool(self._shown))

    def open_drawer(self) -> None:
        """Show it, at the newest frame."""
        self._refilter()
        self.open(self.table if self._shown else self.search)
        self.table.scrollToBottom()

    def show_stretch(self, at: Stretch) -> None:
        """Mark the first frame of a stretch, whatever the filter was, and say how many belong to it."""
        row, count = place_of(self._shown, at)
        if count:
            first = self.items.index(row, 0)
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.table.selectionModel().setCurrentIndex(first, flags)
            self.table.scrollTo(first, QAbstractItemView.ScrollHint.PositionAtTop)
            said = _("It rests on {count} lines from the marked one on: {where}.").format(count=count, where=at.words)
        else:
            words = _("These frames are of an earlier run: {where}. “hht trace show JOB” has them.")
            said = words.format(where=at.words)
        self._said.setText(safe_text(said, 300))
        self._said.show()

    def add(self, lines: list[TraceLine]) -> None:
        """So much is new."""
        self._new += lines
        if not self._batch.isActive():
            self._batch.start()

    def _add_batch(self) -> None:
        fresh, self._new = self._filter.kept(self._new[:BATCH]), self._new[BATCH:][-WAITING:]
        if self._new:
            self._batch.start()
        bar = self.table.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        self._shown.extend(fresh)
        self.items.append([row_of_line(line) for line in fresh])
        self._show_found()
        if at_end:
            self.table.scrollToBottom()

    def _refilter(self) -> None:
        self._new.clear()
        self._shown = self._filter.kept(self._all)
        self.items.show_rows([row_of_line(line) for line in self._shown])
        self._show_found()
        if self._shown:
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            last = self.items.index(len(self._shown) - 1, 0)
            self.table.selectionModel().setCurrentIndex(last, flags)
        else:
            self._show_frame(None)

    def _searched(self, text: str) -> None:
        self._filter.words = text
        self._refilter()

    def _chose_kind(self, kinds: str) -> None:
        self._filter.kinds = kinds
        self._refilter()

    # One frame -------------------------------------------------------------------------------------------------

    def _line_chosen(self, now: QModelIndex, _before: QModelIndex) -> None:
        if now.isValid() and now.row() < len(self._shown):
            self._show_frame(self._shown[now.row()])

    def _show_frame(self, line: TraceLine | None) -> None:
        self._frame = line
        self._reveal_row.setVisible(line is not None and line.event.masked)
        self._tree_items.clear()
        self.hex.setExtraSelections([])
        self.hex.setPlainText(hex_text(line.event.data, PER_ROW) if line is not None else "")
        if line is None or not line.event.data:
            return

        async def decode(services: Services) -> TreeNode:
            return services.decode(line)

        def decoded(tree: TreeNode) -> None:
            self._decoded(line, tree)

        self.host.bridge.call(decode, decoded)

    def _decoded(self, line: TraceLine, tree: TreeNode) -> None:
        if line is not self._frame:
            return
        self._nodes, self._inner = 0, []
        self._tree_items.clear()
        self._tree_items.appendRow(self._item(tree))
        self.tree.expandToDepth(2)
        self.tree.setCurrentIndex(self._tree_items.index(0, 0))
        inner = next(reversed(self._inner), None)
        if inner is not None:  # deep inside a radio frame, and what it is about
            index = inner.index()
            self.tree.expandRecursively(index, 1)
            self.tree.setCurrentIndex(index)
            self.tree.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtTop)

    def _item(self, node: TreeNode) -> QStandardItem:
        self._nodes += 1
        text = f"{node.label}: {node.value}" if node.value else node.label
        item = QStandardItem(safe_text(f"{text}  ! {node.error}" if node.error else text))
        item.setEditable(False)
        item.setData((node.start, node.end), SPAN)
        if node.label == "GBCS" and node.start > 0:
            self._inner.append(item)
        for child in node.children:
            if self._nodes >= MOST_NODES:
                break
            item.appendRow(self._item(child))
        return item

    def _node_chosen(self, now: QModelIndex, _before: QModelIndex) -> None:
        span = now.data(SPAN) if now.isValid() else None
        if span is None or self._frame is None:
            return
        style = QTextCharFormat()
        style.setBackground(THEME.colour("accent"))
        style.setForeground(THEME.colour("on_accent"))
        marked = []
        for place, length in hex_spans(span[0], span[1], len(self._frame.event.data), PER_ROW):
            selection = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.hex.document())
            cursor.setPosition(place)
            cursor.setPosition(place + length, QTextCursor.MoveMode.KeepAnchor)
            selection.cursor = cursor
            selection.format = style
            marked.append(selection)
        self.hex.setExtraSelections(marked)

    def _export(self) -> None:
        self.host.pick_new_file(_("Export the trace"), "trace.jsonl", self._export_to, (".jsonl", ".txt", ".pcapng"))

    def _export_to(self, path: str) -> None:
        self.host.bridge.call(lambda services: services.export_trace(Path(path)), self._exported)

    def _exported(self, count: int) -> None:
        self._said.setText(_("{count:,} events are written.").format(count=count))
        self._said.show()
