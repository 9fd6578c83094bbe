"""The sheets of the outbox: where an export goes, whether a visit is to be erased, and the proof that it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from hht.i18n import _
from hht.work.job_origin import LONGEST_REASON, told_reason
from ui.window.files import FolderSheet
from ui.window.files_model import Entry as FileEntry
from ui.window.outbox_model import erased_facts
from ui.window.parts import FactTable
from ui.window.safe_text import safe_lines
from ui.window.sheet import Sheet, close_word
from ui.window.theme import THEME
from ui.window.widgets import Entry, FittingScroll, Text

if TYPE_CHECKING:
    from hht.errors import HhtError
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


class UnsignedReceiptSheet(Sheet):
    """A receipt of live work that nobody signed: what that means, and why it is taken all the same, if it is. The
    keyboard is where leaving is. `refused`: why it was not taken without a word; `take` hears the reason."""

    def __init__(self, parent: QWidget, refused: HhtError, take: Callable[[str], None]) -> None:
        super().__init__(parent, _("Nobody signed this receipt"), wide=900)
        self._take_it = take
        self.body.addWidget(Text(safe_lines(refused.message, 400)))
        self.body.addWidget(
            Text(_(
                "What is receipted may be erased here. Have the depot sign the receipt; if it has to be this one, say "
                "how you know that all of it has arrived."
            ))
        )  # fmt: skip
        self.reason = Entry(_("Reason"), placeholder=_("Who has it, and how you know"))
        self.reason.setMaxLength(LONGEST_REASON)
        self.reason.textChanged.connect(self._look)
        self.reason.returnPressed.connect(self._take)
        self.body.addWidget(self.reason)
        self.body.addWidget(Text(_("It stands in the log and in the outbox, with your name."), "soft"))
        self.leave = self.add_button(_("Leave it"), self.close_sheet, icon="close")
        self.take_button = self.add_button(_("Take it unsigned"), self._take, primary=True, icon="warn")
        self._look()
        self.open(self.leave)

    def _look(self, _text: str = "") -> None:
        self.take_button.setEnabled(bool(told_reason(self.reason.text())))

    def _take(self) -> None:
        if self.take_button.isEnabled():
            reason = self.reason.text()
            self.close_sheet()
            self._take_it(reason)


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
