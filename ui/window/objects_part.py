"""The object browser on the device page: every object that the meter shows; what is chosen is read, once.

The page runs one read at a time, so a wish that comes while one runs (another object, an export) waits here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from hht.errors import HhtError
from hht.i18n import _
from ui.window.clipboard import copy_out
from ui.window.objects_model import (
    ObjectRow,
    ObjectsModel,
    count_words,
    heading,
    object_row,
    reading_words,
    written_words,
)
from ui.window.objects_view import AttributeModel, AttributeTable, ObjectListView
from ui.window.row_list import RowListModel
from ui.window.safe_text import safe_text
from ui.window.sheet import give_keyboard
from ui.window.theme import THEME
from ui.window.widgets import Button, ElidedText, Entry, ProgressBar, Text, row_of

if TYPE_CHECKING:
    from hht.client.api import Progress
    from hht.client.meter_objects import ViewEntry
    from hht.client.object_reader import ObjectView
    from ui.services import ObjectList, Services
    from ui.window.device_page import DevicePage

PAUSE_MS = 350  # whoever goes down the list with a key wants the object where they stop, not each one passed
MOST_COPIED = 100_000  # characters


class ObjectsPart(QWidget):
    """See the module."""

    def __init__(self, page: DevicePage) -> None:
        super().__init__()
        self._page = page
        self.model = ObjectsModel()
        self._tried: ViewEntry | None = None  # read in vain, or stopped: not again by itself
        self._file = ""  # an export that waits for the read that runs
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.go_on)
        self.search = Entry(_("Search the objects"), placeholder=_("Search: OBIS, class or name"))
        self.search.textChanged.connect(self._searched)
        self.search.returnPressed.connect(self.to_list)
        self._count = Text("", "soft", wrap=False)
        self.export_button = Button(_("Export…"), "", "export", self._export)
        self.progress = ProgressBar(_("Progress"))
        self.progress.hide()
        self._empty = Text(
            _("Not read yet. Press “List objects”: the meter says what it holds for this client."), "head"
        )
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._none = Text(_("No object has these words in its OBIS code, class or name."), "head")
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack, self._found = QStackedWidget(), QStackedWidget()
        self._build()

    def _build(self) -> None:
        self.items = RowListModel[ObjectRow](self)
        self.list = ObjectListView(self.items)
        self.list.selectionModel().currentChanged.connect(self._chose)
        self.list.activated.connect(lambda _index: self._to_attributes())
        both = row_of(self.list, self._attributes())
        both.setStretch(0, 4)
        both.setStretch(1, 7)
        found = QWidget()
        found.setLayout(both)
        for part in (found, self._none):
            self._found.addWidget(part)
        head = row_of(self.search, self._count, self.export_button)
        head.setStretch(0, 1)
        browse = QWidget()
        inner = QVBoxLayout(browse)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(THEME.sizes.gap)
        inner.addLayout(head)
        inner.addWidget(self._found, 1)
        inner.addWidget(self.progress)
        for part in (self._empty, browse):
            self._stack.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)

    def _attributes(self) -> QWidget:
        self._name, self._what = ElidedText("", "strong"), ElidedText("", "small")
        self.copy_button = Button(_("Copy"), "", "file", self.copy)
        self.copy_button.setAccessibleName(_("Copy the value"))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._name)
        words.addWidget(self._what)
        self._heading = QWidget()
        head = row_of(self.copy_button)
        head.insertLayout(0, words, 1)
        self._heading.setLayout(head)
        header = (_("No."), _("Attribute"), _("Value"), _("Type"))
        self.attributes = AttributeModel(self, header)
        self.table = AttributeTable(_("Attributes"), self.attributes, self.copy)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        self._heading_gap = column.spacing()
        column.addWidget(self._heading)
        column.addWidget(self.table, 1)
        return side

    def minimumSizeHint(self) -> QSize:
        """Without the heading: it says what the marked line of the list says, and goes first where room is short."""
        least = super().minimumSizeHint()
        spare = 0 if self._heading.isHidden() else self._heading.sizeHint().height() + self._heading_gap
        return QSize(least.width(), max(0, least.height() - spare))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        spare = self._heading.sizeHint().height() + self._heading_gap
        self._heading.setVisible(self.height() >= self.minimumSizeHint().height() + spare)

    # What is shown ---------------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> ViewEntry | None:
        """The object that is marked in the list."""
        index = self.list.currentIndex()
        return self.items.rows[index.row()].entry if index.isValid() else None

    def clear(self) -> None:
        """Forget the list: it is no longer known whose it is."""
        self.model.show(None)
        self._stack.setCurrentIndex(0)
        self._show_rows()

    def left(self) -> None:
        """The page was left: the next meter may be another, which one that says no name cannot be told from."""
        if self.model.listed is not None and not self.model.listed.device_id:
            self.clear()

    def _listed(self, listed: ObjectList) -> None:
        self.model.show(listed)
        self._tried = None
        self._stack.setCurrentIndex(1)
        self._show_rows()
        self.to_list()

    def _show_rows(self) -> None:
        """Show what is found; the marked object stays marked where it is among it."""
        before, found = self.chosen, self.model.found()
        self.items.show_rows([object_row(entry) for entry in found])
        total = len(self.model.listed.entries) if self.model.listed is not None else 0
        self._count.setText(count_words(len(found), total))
        self.export_button.setEnabled(bool(found))
        self._found.setCurrentIndex(0 if found else 1)
        if found:
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
            marked = self.items.index(found.index(before) if before in found else 0, 0)
            self.list.selectionModel().setCurrentIndex(marked, flags)
            self.list.scrollTo(marked)
        self._show_object()

    def _searched(self, text: str) -> None:
        self.model.query = text
        self._show_rows()

    def _chose(self, _now: QModelIndex, _before: QModelIndex) -> None:
        self._tried = None
        self._show_object()

    def _show_object(self) -> None:
        """Show what is known of the marked object; what is not known yet is read after a moment."""
        entry = self.chosen
        read = self.model.read(entry) if entry is not None else None
        row = object_row(entry) if entry is not None else None
        self._name.setText(safe_text(f"{row.name} ({row.kind})" if row.kind else row.name) if row is not None else "")
        self._what.setText(heading(row, read) if row is not None else "")
        self.attributes.show_attributes(read.view.attributes if read is not None else ())
        self.table.fit_rows()
        if self.attributes.rows:
            self.table.selectRow(min(1, len(self.attributes.rows) - 1))  # the first one is the name in the list
        self.copy_button.setEnabled(bool(self.attributes.rows))
        if entry is not None and read is None:
            self._pause.start()
        self._page.offer()

    def to_list(self) -> None:
        """Give the keyboard to the list."""
        if self.items.rows and self.isVisible():
            give_keyboard(self.list)

    def _to_attributes(self) -> None:
        if self.attributes.rows:
            give_keyboard(self.table)

    def escape(self) -> bool:
        """Out of the search: everything is listed again. False where nothing was looked for."""
        if not self.search.text():
            return False
        self.search.clear()
        self.to_list()
        return True

    def copy(self) -> None:
        """The marked attribute's whole value to the clipboard."""
        entry, row = self.chosen, self.table.currentIndex().row()
        read = self.model.read(entry) if entry is not None else None
        if read is None or not 0 <= row < len(read.view.attributes):
            return
        attribute = read.view.attributes[row]
        if attribute.data is None:
            self._page.doing.setText(_("There is no value to copy."))
            return
        copy_out(safe_text(attribute.text, MOST_COPIED))
        self._page.doing.setText(_("Copied: {value}").format(value=safe_text(attribute.text, 24)))

    # Reading ---------------------------------------------------------------------------------------------------------

    def word(self) -> str:
        """What the page's button does here."""
        if self.chosen is None:
            return _("List objects")
        return _("Read object") if self.model.read(self.chosen) is None else _("Read again")

    @property
    def waits(self) -> bool:
        """Whether the marked object will be looked at in a moment: is it to be read?"""
        return self._pause.isActive()

    def read(self) -> None:
        """List the objects; read the marked one (again) where there is one."""
        if self.chosen is None:
            self._page.start(_("Asking what the meter holds…"), lambda services: services.list_objects(), self._listed)
        else:
            self._read_object(self.chosen)

    def go_on(self) -> None:
        """Do what waits: the page has nothing to do."""
        entry = self.chosen
        if self._page.busy or not self.isVisible():
            return
        if self._file:
            self._start_export()
        elif entry is not None and entry != self._tried and self.model.read(entry) is None:
            self._read_object(entry)

    def stopped(self) -> None:
        """A person stopped what ran, or it failed: nothing begins by itself."""
        self._pause.stop()
        self._tried, self._file = self.chosen, ""

    def failed(self, error: HhtError) -> None:
        """What ran has failed."""
        self.stopped()
        if error.code == "wrong-meter":
            self.clear()

    def over(self) -> None:
        """What ran has ended, one way or the other."""
        self.progress.hide()
        self.go_on()

    def _device(self) -> str:
        return self.model.listed.device_id if self.model.listed is not None else ""

    def _read_object(self, entry: ViewEntry) -> None:
        self._pause.stop()
        self._tried, device = entry, self._device()
        doing = _("Reading {obis}…").format(obis=object_row(entry).obis)
        self._page.start(doing, lambda services: services.read_object(device, entry), self._arrived)

    def _arrived(self, view: ObjectView) -> None:
        if self.model.listed is None:
            return
        self.model.keep(view, self._page.host.clock.now())
        if view.entry == self.chosen:
            row = self.table.currentIndex().row()
            self._show_object()
            if row >= 0:
                self.table.selectRow(row)

    def _export(self) -> None:
        from ui.object_list import ENDINGS

        self._page.host.pick_new_file(_("Export these objects"), self.model.file_name(), self._export_to, ENDINGS)

    def _export_to(self, path: str) -> None:
        self._file = path
        self.go_on()

    def _start_export(self) -> None:
        path, self._file = self._file, ""
        device, entries = self._device(), tuple(self.model.found())
        hear = self._page.host.bridge.listener(self._exporting)

        def work(services: Services) -> object:
            return services.export_objects(device, entries, Path(path), hear)

        def written(count: int) -> None:
            self._page.notice.say("good", written_words(count, path))

        self.progress.show_done(0, len(entries))
        self.progress.show()
        self._page.start(_("Reading the objects…"), work, written)

    def _exporting(self, progress: Progress) -> None:
        if self.progress.isVisible():
            self.progress.show_done(progress.done, progress.total or 0)
            self._page.doing.setText(reading_words(progress))
