"""Whether what is kept of somebody's use is dropped: asked once, since nobody can take it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.i18n import _
from ui.window.sheet import Sheet
from ui.window.widgets import Text

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from ui.home_devices import HomeDevice

METERS = ("electricity-meter", "gas-meter")  # whose use is kept


class DropHistorySheet(Sheet):
    """The question."""

    def __init__(self, parent: QWidget, device: HomeDevice, drop: Callable[[], None]) -> None:
        super().__init__(parent, _("Drop history: {device}?").format(device=f"{device.title} {device.device_id}"))
        self._drop = drop
        self.body.addWidget(
            Text(_(
                "What this terminal keeps of its use, of past visits too, goes out of it: half-hours, days, and traces "
                "of single commands that name it. Reports that were written stay as they are; the meter keeps its own. "
                "It cannot be taken back; that it was dropped stays on record."
            ))
        )  # fmt: skip
        keep = self.add_button(_("Keep it"), self.close_sheet, icon="back")
        self.go = self.add_button(_("Drop it"), self._go, icon="cross")
        self.open(keep)

    def _go(self) -> None:
        self.close_sheet()
        self._drop()


__all__ = ["METERS", "DropHistorySheet"]
