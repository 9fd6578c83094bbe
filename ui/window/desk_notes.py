"""What a person notes of an ask: what was seen at the device, what the desk said on the phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.i18n import _
from ui.threads import in_thread
from ui.window.note_sheet import NoteSheet

if TYPE_CHECKING:
    from ui.desks import Readout
    from ui.services import Services
    from ui.window.desk_page import DeskPage


class AskNotes:
    """See the module; of the ask that is marked on the page."""

    def __init__(self, page: DeskPage) -> None:
        self._page = page

    def seen(self) -> None:
        """Have said what was seen at the device: the desk's word is no fact."""
        report = self._page.asks.marked
        if report is None:
            return
        reference = report.ask.reference
        choices = [("agrees", _("It is as asked")), ("differs", _("It is otherwise"))]
        words = _("What you saw settles the ask; it lights no stage: only what the terminal itself reads does.")

        def noted(choice: str, said: str) -> None:
            agrees, by = choice == "agrees", self._page.host.settings.engineer or _("the engineer")
            self._page.note(lambda services: in_thread(services.desks.noted, reference, said, agrees=agrees, by=by))

        NoteSheet(
            self._page.host.canvas(), _("What was seen at the device?"), words, _("What was seen, and where"),
            _("Note it"), noted, choices,
        )  # fmt: skip

    def read_out(self) -> None:
        """Show what is read out of the marked ask."""
        report = self._page.asks.marked
        if report is None:
            return
        reference = report.ask.reference

        def said(readout: Readout) -> None:
            self._page.phone.show_readout(readout)
            self._page.keyboard()

        self._page.phone.show_readout(None)
        self._page.host.bridge.call(
            lambda services: in_thread(services.desks.read_out, reference), said, self._page.failed
        )

    def ring(self) -> None:
        """In training the emulated desk hears what is read out, and says its reference."""
        place, said = self._page.place, self._page.phone.whole

        async def heard(services: Services) -> str:
            return services.desks.heard(place.url, said, home=place.home)

        self._page.host.bridge.call(heard, self._page.phone.field.setText, self._page.failed)

    def reference(self, text: str) -> None:
        """The desk's reference was typed in."""
        report = self._page.asks.marked
        if report is None:
            return
        reference = report.ask.reference
        self._page.note(lambda services: in_thread(services.desks.typed, reference, text), part="asks")
