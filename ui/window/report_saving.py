"""A visit's report: a person says where it is saved, the core writes it there; and opening the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from hht.i18n import _
from ui.window.page import Host


class Reported(Protocol):
    """A visit, as far as its report's file is concerned. `number` counts the visits of the job."""

    @property
    def visit_id(self) -> str: ...

    @property
    def reference(self) -> str: ...

    @property
    def number(self) -> int: ...


def save_report(host: Host, visit: Reported, saved: Callable[[Path], None] | None = None) -> None:
    """Ask where the report of the visit is to go and for whom, and write it there; `saved` hears of the PDF, or of the
    one file for others."""

    def save(path: str) -> None:
        host.bridge.call(lambda services: services.save_report(visit.visit_id, Path(path)), saved)

    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in visit.reference)[:60] or "visit"
    which = f"-visit-{visit.number}" if visit.number > 1 else ""
    kinds = (".pdf", ".customer.hhtb", ".public.hhtb")
    host.pick_new_file(_("Save the report"), f"{kept}{which}-report.pdf", save, kinds)


def open_report(path: str) -> None:
    """Show the file with the program that this computer has for it."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path))))
