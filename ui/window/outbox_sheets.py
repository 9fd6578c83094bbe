"""The sheets of the outbox: where an export goes, whether a visit is to be erased, and the proof that it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from hht.i18n import _
from ui.window.files import FolderSheet
from ui.window.files_model import Entry as FileEntry
from ui.window.outbox_model import erased_facts
from ui.window.parts import FactTable
from ui.window.sheet import Sheet, close_word
from ui.window.theme import THEME
from ui.window.widgets import FittingScroll, Text

if TYPE_CHECKING:
    from hht.store.erasure import Erased


class PlaceSheet(FolderSheet):
    """Choose a folder; one that is not there yet is made."""

    def __init__(self, parent: QWidget, title: str, name: str, chosen: Callable[[str], None]) -> None:
        super().__init__(parent, title, (".hhtb",))
        self._chosen = chosen
        self.path.setText(str(self.folder / name))
        self.add_button(_("Cancel"), self.close_sheet, icon="close")
        self.go = self.add_button(_("Export"), self.finish, primary=True, icon="export")

    def took(self, entry: FileEntry) -> None:
        if entry.folder:
            self.path.setText(entry.path)

    def finish(self) -> None:
        path = Path(self.path.text().strip()).expanduser()
        if not self.path.text().strip() or path.is_file():
            self.complain(_("That is no folder. Choose one from the list, or type the name of a new one."))
        elif not path.parent.is_dir():
            self.complain(_("The folder above it does not exist. Choose one from the list."))
        else:
            self.close_sheet()
            self._chosen(str(path))


class EraseSheet(Sheet):
    """Whether a visit is to be erased: that cannot be taken back."""

    def __init__(self, parent: QWidget, visit: str, erase: Callable[[], None], warning: str = "") -> None:
        super().__init__(parent, _("Erase {visit}?").format(visit=visit))
        self._erase = erase
        self.body.addWidget(
            Text(_(
                "All of it has arrived. Journal, trace, photos and readings go out of this terminal, and its files are "
                "searched for what was there. It cannot be taken back; that it was erased stays on record."
            ))
        )  # fmt: skip
        if warning:
            self.body.addWidget(Text(warning))
        keep = self.add_button(_("Keep it"), self.close_sheet, icon="back")
        self.go = self.add_button(_("Erase"), self._go, icon="cross")
        self.open(keep)

    def _go(self) -> None:
        self.close_sheet()
        self._erase()


class ErasedSheet(Sheet):
    """The proof that an erasure took."""

    def __init__(self, parent: QWidget, visit: str, erased: Erased) -> None:
        super().__init__(parent, _("Erased: {visit}").format(visit=visit), wide=900)
        scroll = FittingScroll(lambda: self.room(THEME.sizes.gap))
        self.facts = FactTable()
        scroll.column.addWidget(self.facts)
        self.facts.show_facts(erased_facts(erased))
        self.body.addWidget(scroll)
        self.open(self.add_button(close_word(), self.close_sheet, primary=True, icon="check"))
