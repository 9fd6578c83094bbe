"""Saving a visit's report: a person says where, the core writes it there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hht.i18n import _
from ui.window.page import Host


def save_report(host: Host, visit_id: str, reference: str, saved: Callable[[Path], None] | None = None) -> None:
    """Ask where the report of the visit is to go, and write it there; `saved` hears of the PDF."""

    def save(path: str) -> None:
        host.bridge.call(lambda services: services.save_report(visit_id, Path(path)), saved)

    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in reference)[:60] or "visit"
    host.pick_new_file(_("Save the report"), f"{plain}-report.pdf", save)
