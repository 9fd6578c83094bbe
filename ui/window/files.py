"""Choosing a file to open, or a place for a new one: sheets with lines big enough for a glove."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, QStandardPaths, Qt
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

from hht.i18n import _
from ui.window.files_model import Entry as FileEntry
from ui.window.files_model import ending_of, entries, free_name
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet
from ui.window.theme import THEME
from ui.window.widgets import Entry, Segments, Text, row_of

PATH = Qt.ItemDataRole.UserRole + 1


def home() -> Path:
    """The folder the sheets open with: the user's documents, else the home folder."""
    places = QStandardPaths.standardLocations(QStandardPaths.StandardLocation.DocumentsLocation)
    for place in (*places, str(Path.home())):
        if Path(place).is_dir():
            return Path(place)
    return Path("/")


class FileList(QListWidget):
    """A folder's lines, each high enough for a finger, or a glove."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("Files and folders"))
        self.setProperty("role", "rail")
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setIconSize(QSize(26, 26))

    def fit_rows(self) -> None:
        """Lines of the size that is worn."""
        for row in range(self.count()):
            self.item(row).setSizeHint(QSize(200, THEME.sizes.target))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.StyleChange:  # the glove size was switched over
            self.fit_rows()
        super().changeEvent(event)


class FolderSheet(Sheet):
    """A folder's content as a list; what both sheets share. `hides`: which names of files are not shown."""

    def __init__(self, parent: QWidget, title: str, suffixes: tuple[str, ...]) -> None:
        super().__init__(parent, title, wide=860)
        self.hides: Callable[[str], bool] = lambda _name: False
        self._suffixes = suffixes
        self.folder = home()
        self._entries: list[FileEntry] = []
        self.path = Entry(_("Path"))
        self.list = FileList()
        self.list.itemClicked.connect(self._picked)
        self.list.itemActivated.connect(self._picked)
        self.trouble = Text("")
        self.trouble.setProperty("tone", "bad")
        self.trouble.hide()
        for part in (self.path, self.list, self.trouble):
            self.body.addWidget(part, 1 if part is self.list else 0)
        self.path.returnPressed.connect(self.finish)

    def open_at_home(self) -> None:
        """Show the sheet."""
        parent = self.parentWidget()
        room = parent.height() if parent is not None else 600
        self.list.setMinimumHeight(max(120, min(420, room - 340)))
        self.show_folder(self.folder)
        self.open(self.path)
        self.path.selectAll()

    def show_folder(self, folder: Path) -> None:
        """Show that folder's content."""
        self.folder = folder
        self._entries = [entry for entry in entries(folder, self._suffixes) if not self.hides(entry.name)]
        self.list.clear()
        for entry in self._entries:
            text = _("Up one folder") if entry.name == ".." else safe_text(entry.name)
            icon = "up" if entry.name == ".." else ("folder" if entry.folder else "file")
            self.list.addItem(QListWidgetItem(THEME.icon(icon), text))
        self.list.fit_rows()

    def _picked(self, item: QListWidgetItem) -> None:
        entry = self._entries[self.list.row(item)]
        if entry.folder:
            self.show_folder(Path(entry.path))
        self.took(entry)

    def took(self, entry: FileEntry) -> None:
        """A line was pressed."""
        raise NotImplementedError

    def finish(self) -> None:
        """The choice is made."""
        raise NotImplementedError

    def complain(self, text: str) -> None:
        """Say what is wrong with the choice."""
        self.trouble.setText(safe_text(text))
        self.trouble.show()


class OpenSheet(FolderSheet):
    """Choose an existing file."""

    def __init__(self, parent: QWidget, title: str, suffixes: tuple[str, ...], chosen: Callable[[str], None]) -> None:
        super().__init__(parent, title, suffixes)
        self._chosen = chosen
        self.path.setText(str(self.folder) + "/")
        self.add_button(_("Cancel"), self.close_sheet)
        self.go = self.add_button(_("Open"), self.finish, primary=True, icon="import")

    def took(self, entry: FileEntry) -> None:
        self.path.setText(entry.path + ("/" if entry.folder else ""))

    def finish(self) -> None:
        path = Path(self.path.text().strip()).expanduser()
        if path.is_dir():
            self.show_folder(path)
        elif not path.is_file():
            self.complain(_("There is no file of that name. Choose one from the list, or correct the path."))
        else:
            self.close_sheet()
            self._chosen(str(path))


class SaveSheet(FolderSheet):
    """Choose a folder and a name for a new file; an existing one is never overwritten."""

    def __init__(
        self, parent: QWidget, title: str, name: str, chosen: Callable[[str], None], suffixes: tuple[str, ...] = ()
    ) -> None:
        """`suffixes`: the kinds that the file may have, to choose from; none where there is only that of `name`."""
        super().__init__(parent, title, tuple(Path(f"x{one}").suffix for one in suffixes) or (Path(name).suffix,))
        self._name = name
        self._chosen = chosen
        self._kinds = suffixes
        words = {".customer.hhtb": _("For the customer"), ".public.hhtb": _("For anybody")}
        named = [(suffix, words.get(suffix, suffix[1:].upper())) for suffix in suffixes]
        self.kinds = Segments(_("Kind of file"), named)
        self.kinds.chosen.connect(self._chose_kind)
        if suffixes:
            self.body.insertLayout(0, row_of(self.path, self.kinds))
            self.path.textChanged.connect(lambda text: self.kinds.choose(ending_of(text, suffixes)))
        self.path.setText(free_name(self.folder, name))
        self.add_button(_("Cancel"), self.close_sheet)
        self.go = self.add_button(_("Save"), self.finish, primary=True, icon="export")

    def _chose_kind(self, suffix: str) -> None:
        self._name = self._with(self._name, suffix)
        path = Path(self.path.text().strip())
        name = self._with(path.name, suffix)
        self.path.setText(free_name(path.parent, name, self._kinds) if path.name else self._name)

    def _with(self, name: str, suffix: str) -> str:
        """The name of a file, of that kind."""
        return name[: len(name) - len(ending_of(name, self._kinds))] + suffix

    def took(self, entry: FileEntry) -> None:
        if entry.folder:
            self.path.setText(free_name(Path(entry.path), self._name, self._kinds))
        else:
            self.path.setText(free_name(self.folder, entry.name, self._kinds))

    def finish(self) -> None:
        path = Path(self.path.text().strip()).expanduser()
        if path.is_dir():
            self.show_folder(path)
            self.path.setText(free_name(path, self._name, self._kinds))
        elif not path.parent.is_dir():
            self.complain(_("That folder does not exist. Choose one from the list."))
        elif path.exists():
            self.complain(_("A file of that name exists. Choose another name: nothing is overwritten."))
        else:
            self.close_sheet()
            self._chosen(str(path))
