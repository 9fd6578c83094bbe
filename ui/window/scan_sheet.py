"""What was scanned: where nothing here takes it, or where several may be meant, each with its piece of the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QSizePolicy

from hht.i18n import _
from hht.scan.labels import Scan
from hht.scan.values import Field, LabelValue, field_words
from ui.window.parts import FactTable
from ui.window.safe_text import safe_text
from ui.window.scan_model import shown_text, wanted_words
from ui.window.sheet import Sheet, close_word
from ui.window.theme import THEME
from ui.window.widgets import Choice, FittingScroll, Text, row_of

if TYPE_CHECKING:
    from ui.scanner import Scanned, Whose
    from ui.window.shell import Shell

_PIECE = 96  # pixels that a piece of a picture has at most, either way


class _Piece(QLabel):
    """A piece of the picture."""

    def __init__(self, png: bytes, name: str) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFixedSize(_PIECE, _PIECE)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        picture = QPixmap()
        picture.loadFromData(png)
        keep = Qt.AspectRatioMode.KeepAspectRatio
        self.setPixmap(picture.scaled(_PIECE, _PIECE, keep, Qt.TransformationMode.SmoothTransformation))


class ScanSheet(Sheet):
    """Says what each scan is, and whose; `wanted`: what was asked for, which none of it is. The next scan closes it."""

    tells_scan = True

    def __init__(self, shell: Shell, scanned: Scanned, wanted: Field | None = None) -> None:
        super().__init__(shell.canvas(), _("Scanned"), wide=900)
        self._shell = shell
        words = _("Nothing that is open asks for it.")
        if wanted is not None:
            words = _("Asked for is: {wanted}. None of this is it; nothing was taken.").format(
                wanted=wanted_words(wanted)
            )
        self.words = Text(words, "strong")
        self.body.addWidget(self.words)
        hides = shell.privacy.hides
        scroll = FittingScroll(lambda: self.room(THEME.sizes.target))
        self.tables: list[FactTable] = []
        for number, scan in enumerate(scanned.scans):
            table = FactTable()
            self.tables.append(table)
            parts = [_Piece(scanned.cuts[number], _("Piece of the picture"))] if scanned.cuts else []
            row = row_of(*parts, table)
            row.setStretch(len(parts), 1)
            scroll.column.addLayout(row)
            # not before: it would be a window of its own
            table.show_facts(facts_of(scan, scanned.whose[number], hides))
        self.body.addWidget(scroll)
        owners = {whose.job_id: whose for whose in scanned.whose if whose is not None and not hides(whose.reference)}
        self._job = next(iter(owners.values())) if len(owners) == 1 else None
        if self._job is not None and shell.page_name() == "jobs":
            words = _("Open job {reference}").format(reference=safe_text(self._job.reference, 30))
            self.open_job = self.add_button(words, self._open_job, icon="jobs")
        self.close_button = self.add_button(close_word(), self.close_sheet, primary=True, icon="check")

    def open_sheet(self) -> None:
        """Show it."""
        self.open(self.close_button)

    def _open_job(self) -> None:
        from ui.window.visits_sheet import open_job

        self.close_sheet()
        if self._job is not None:
            open_job(self._shell, self._job.job_id)


class ChooseSheet(Sheet):
    """Several may be meant: one press takes one. `chosen` is given it. The next scan closes it."""

    tells_scan = True

    def __init__(
        self,
        shell: Shell,
        scanned: Scanned,
        found: Sequence[tuple[Scan, LabelValue]],
        chosen: Callable[[Scan, LabelValue], None],
    ) -> None:
        super().__init__(shell.canvas(), _("Which one is meant?"), wide=900)
        self._chosen = chosen
        self.body.addWidget(Text(_("More than one could answer. Compare with the device in your hand."), "soft"))
        scroll = FittingScroll(lambda: self.room(THEME.sizes.target))
        self.rows: list[Choice] = []
        for scan, value in found:
            number = scanned.scans.index(scan)
            words = f"{field_words(value.kind)}: {safe_text(value.shown, 80)}"
            owner = whose_words(scanned.whose[number], shell.privacy.hides)
            row = Choice("\n".join(filter(None, (words, owner))).replace("\n", " · "))
            row.clicked.connect(lambda _checked=False, scan=scan, value=value: self._take(scan, value))
            self.rows.append(row)
            parts = [_Piece(scanned.cuts[number], words)] if scanned.cuts else []
            line = row_of(*parts, row)
            line.setStretch(len(parts), 1)
            scroll.column.addLayout(line)
        self.body.addWidget(scroll)
        self.none = self.add_button(_("None of these"), self.close_sheet, icon="close")

    def open_sheet(self) -> None:
        """Show it."""
        self.open(self.rows[0])

    def _take(self, scan: Scan, value: LabelValue) -> None:
        self.close_sheet()
        self._chosen(scan, value)


def _nothing(_reference: str) -> bool:
    return False


def whose_words(whose: Whose | None, hides: Callable[[str], bool] = _nothing) -> str:
    """Whose number it is, in a sentence; `hides`: which jobs are not named."""
    if whose is None:
        return _("no job here knows it")
    if hides(whose.reference):
        return _("{thing}, of another job").format(thing=whose.words)
    return _("{thing}, job {reference}").format(thing=whose.words, reference=safe_text(whose.reference, 30))


def facts_of(
    scan: Scan, whose: Whose | None, hides: Callable[[str], bool] = _nothing
) -> list[tuple[str, str, str, bool]]:
    """What is said of a scan: its code, each value with what is wrong with it, whose it is."""
    facts = []
    if scan.code is not None:
        facts.append((_("Code"), scan.code.symbology, "plain", False))
    if not scan.labels:
        facts.append((_("Unknown label"), shown_text(scan), "warn", True))
        return facts
    told: set[tuple[str, str]] = set()
    for label in scan.labels:
        for value in label.values:
            if value.kind is Field.OTHER or (value.kind, value.typed) in told:
                continue
            told.add((value.kind, value.typed))
            shown = safe_text(value.shown, 200)
            if value.error is not None:
                shown = f"{shown}: {safe_text(value.error.message)}"
            facts.append((field_words(value.kind), shown, "warn" if value.error else "plain", False))
    if not scan.secret:
        facts.append((_("Whose"), whose_words(whose, hides), "good" if whose else "plain", False))
    return facts
