"""Where scans go: to what is asked for on the sheet or page that is open, or, unknown or unwanted, onto a sheet that
says what they are. Scanner, pasted picture, dropped file and opened photo come together here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtCore import QBuffer, QEvent, QIODevice, QMimeData, QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QLineEdit

from hht.i18n import _
from hht.work.job_code import is_job_code
from ui.window.sheet import open_sheets

if TYPE_CHECKING:
    from hht.scan.labels import Scan
    from hht.scan.values import Field, LabelValue
    from ui.scanner import Scanned
    from ui.window.shell import Shell

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
_AS_OCTETS = ("image/png", "image/jpeg", "image/webp", "image/bmp")


@runtime_checkable
class ScanTaker(Protocol):
    """A page or sheet that wants scans."""

    def scan_wanted(self) -> tuple[Field, ...]:
        """What is wanted now, the first foremost; nothing: ()."""
        ...

    def take_scan(self, text: str, value: LabelValue | None, *, sure: bool) -> str:
        """Take `text` (`value`: what it is, where that is known; `sure`: it need not be compared by a person), and say
        where it went."""
        ...


class ScanDesk(QObject):
    """One for each window."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._shell = shell
        self._told_trouble = False
        shell.setAcceptDrops(True)
        shell.installEventFilter(self)

    # How it comes ----------------------------------------------------------------------------------------------

    def scanned(self, text: str, put_back: Callable[[], bool]) -> bool:
        """A scanner read `text`. True: it is taken care of, and its Enter must press nothing."""
        shell = self._shell
        if not shell.attended:
            return False
        if is_job_code(text):
            return put_back() and shell.arrivals.scanned(text)
        field = QApplication.focusWidget()
        if self._taker() is None and isinstance(field, QLineEdit):
            return False  # it stands where the keyboard is, as typed
        if not put_back():
            return False
        asked = self._asked()
        shell.bridge.call(lambda services: services.scanner.text(text), lambda told: self._arrived(told, asked))
        return True

    def pasted(self, in_field: bool) -> bool:
        """Ctrl+V: whether the clipboard has a picture and no text for the field."""
        mime: QMimeData | None = QGuiApplication.clipboard().mimeData()
        if mime is None:  # nothing is on it, as after the lock has emptied it
            return False
        if not self._shell.attended or (in_field and mime.hasText() and not mime.hasImage()):
            return False
        page = self._shell.stack.currentWidget()
        if self._taker() is None and (self._shell.sheet() or getattr(page, "keeps_pictures", False)):
            return False
        return self._take(mime)

    def open_photo(self) -> None:
        """Have a photo of a label chosen."""
        self._shell.pick_file(_("Open a photo of a label"), PICTURES, lambda path: self._file(Path(path)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A picture is dropped on the window."""
        if isinstance(event, QDragEnterEvent) and self._shell.attended and _has_picture(event.mimeData()):
            event.acceptProposedAction()
            return True
        dropped = isinstance(event, QDropEvent) and event.type() is QEvent.Type.Drop and self._shell.attended
        if dropped and isinstance(event, QDropEvent) and self._take(event.mimeData()):
            event.acceptProposedAction()
            return True
        return super().eventFilter(watched, event)

    def _take(self, mime: QMimeData) -> bool:
        path, octets = _picture_file(mime), b""
        if path is None:
            octets = _octets(mime)
        if path is not None:
            self._file(path)
        elif octets:
            self._look_at(lambda services: services.scanner.picture(octets))
        return bool(path or octets)

    def _file(self, path: Path) -> None:
        self._look_at(lambda services: services.scanner.file(path))

    def _look_at(self, make: Callable[..., object]) -> None:
        asked = self._asked()
        self._shell.say_scan(_("Looking at the picture…"))
        self._shell.bridge.call(make, lambda told: self._arrived(told, asked), self._failed)  # type: ignore[arg-type]

    def _failed(self, error: object) -> None:
        self._shell.say_scan("")
        self._shell.show_error(error)  # type: ignore[arg-type]

    # Where it goes ---------------------------------------------------------------------------------------------

    def _taker(self) -> ScanTaker | None:
        """The sheet or page that wants a scan now; what only tells of an earlier scan is no place of its own."""
        sheets = [sheet for sheet in open_sheets(self._shell) if not getattr(sheet, "tells_scan", False)]
        place: object = sheets[-1] if sheets else self._shell.stack.currentWidget()
        return place if isinstance(place, ScanTaker) and place.scan_wanted() else None

    def _asked(self) -> tuple[ScanTaker | None, str]:
        """What is asked just now: to look at a photo takes a while, and then something else may be."""
        taker = self._taker()
        return taker, getattr(taker, "scan_for", "")

    def _arrived(self, scanned: Scanned, asked: tuple[ScanTaker | None, str]) -> None:
        self._shell.say_scan("")
        for sheet in open_sheets(self._shell):
            if getattr(sheet, "tells_scan", False):
                sheet.close_sheet()
        self._route(scanned, self._taker() if self._asked() == asked else None)
        if scanned.trouble is not None and not self._told_trouble:
            self._told_trouble = True
            self._shell.show_error(scanned.trouble)

    def _route(self, scanned: Scanned, taker: ScanTaker | None) -> None:
        from ui.window.scan_model import choices

        if codes := [scan.text for scan in scanned.scans if is_job_code(scan.text)]:
            for code in codes:
                self._shell.arrivals.scanned(code)
            return
        found = choices(scanned.scans, taker.scan_wanted()) if taker is not None else []
        if taker is None:
            self._show(scanned)
        elif len(found) > 1:
            self._choose(scanned, found, taker)
        elif found:
            self._hand(taker, *found[0])
        elif len(scanned.scans) == 1 and not scanned.scans[0].secret:
            self._hand(taker, scanned.scans[0], None)
        else:
            self._show(scanned, taker.scan_wanted()[0])

    def _hand(self, taker: ScanTaker, scan: Scan, value: LabelValue | None) -> None:
        from hht.scan.values import field_words
        from ui.window.scan_model import handed_on

        sure = value.sure if value is not None else scan.code is None or scan.code.checked
        where = taker.take_scan(handed_on(scan, value), value, sure=sure)
        kind = field_words(value.kind) if value is not None else _("Scan")
        self._shell.say_scan(_("{kind} scanned: {where}").format(kind=kind, where=where))

    def _show(self, scanned: Scanned, wanted: Field | None = None) -> None:
        from ui.window.scan_sheet import ScanSheet

        ScanSheet(self._shell, scanned, wanted).open_sheet()

    def _choose(self, scanned: Scanned, found: Sequence[tuple[Scan, LabelValue]], taker: ScanTaker) -> None:
        from ui.window.scan_sheet import ChooseSheet

        ChooseSheet(self._shell, scanned, found, lambda scan, value: self._hand(taker, scan, value)).open_sheet()


def _has_picture(mime: QMimeData) -> bool:
    return _picture_file(mime) is not None or mime.hasImage()


def _picture_file(mime: QMimeData) -> Path | None:
    """The one file that is dropped or copied, where it is called like a picture."""
    paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    return paths[0] if len(paths) == 1 and paths[0].suffix.lower() in PICTURES else None


def _octets(mime: QMimeData) -> bytes:
    """A copied picture: as it was copied, else as a BMP (which costs the window least)."""
    for kind in _AS_OCTETS:
        if mime.hasFormat(kind):
            return bytes(mime.data(kind).data())
    image = mime.imageData() if mime.hasImage() else None
    if not isinstance(image, QImage) or image.isNull():
        return b""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.convertToFormat(QImage.Format.Format_Grayscale8).save(buffer, "BMP")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
