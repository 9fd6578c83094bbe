"""Evidence as the window asks for it: notes beside the steps, photos, endings, the desk's phone, and the outbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hht.access.roles import Act
from hht.clock import Clock
from hht.i18n import _
from hht.work.asking import NotNow
from hht.work.engineer import Engineer
from ui.evidence_notes import CallHelp, EndingAsked, EvidenceNotes
from ui.system import random_bytes
from ui.threads import in_thread

if TYPE_CHECKING:
    from hht.store.erasure import Erased
    from hht.store.store import Store
    from hht.work.ending_early import Ending
    from hht.work.noted import Notable, VisitNote
    from hht.work.outbox import KeptPhoto
    from ui.desks import Desks
    from ui.outbox import OnItem
    from ui.outbox_items import OutVisit


class Played(Protocol):
    """A visit that is being played: its engine writes its own journal."""

    def note(self, note: Notable, step: str = "") -> None:
        """Put something on record. Raises StoreError."""
        ...

    def end(self, why: Ending) -> None:
        """End it before its work is done. Raises NotNow, StoreError."""
        ...

    def break_off(self, why: Ending) -> None:
        """Skip what is only work, and go on with what safety still asks for. Raises NotNow, StoreError."""
        ...


PlayedVisit = Callable[[str], Played | None]  # by the visit's id; None where it is not being played here


class KeptEvidence:
    """See the module. Raises what `EvidenceNotes` and `ui.outbox.Outbox` raise. Each method is called in the core's
    loop; what touches the disk goes into a thread, but for what a playing visit writes itself."""

    def __init__(self, store: Store, clock: Clock, played: PlayedVisit) -> None:
        self._store, self._played = store, played
        self._notes = EvidenceNotes(store, clock)

    # --- of a visit

    async def note(self, visit_id: str, note: Notable, step: str = "") -> None:
        """Put something on record beside the steps."""
        played = self._played(visit_id)
        if played is None:
            await in_thread(self._notes.note, visit_id, note, step)
        else:
            self._notes.require_step(visit_id, step)
            played.note(note, step)

    async def notes(self, visit_id: str) -> tuple[VisitNote, ...]:
        """What is on record beside the steps, the oldest first."""
        return await in_thread(self._notes.notes, visit_id)

    async def photos(self, visit_id: str) -> tuple[KeptPhoto, ...]:
        """The photos of a visit, the oldest first."""
        return await in_thread(self._notes.photos, visit_id)

    async def add_photo(
        self, visit_id: str, step: str, octets: bytes, *, replaces: int = 0, covered: int = 0
    ) -> KeptPhoto:
        """Note a photo of a step and keep it; see `EvidenceNotes.photo_taken` and `add_photo`."""
        look = partial(self._notes.photo_taken, replaces=replaces, covered=covered)
        while True:
            taken = await in_thread(look, visit_id, step, octets)
            if taken.note is not None:
                await self.note(visit_id, taken.note, step)
            kept = await in_thread(self._notes.keep_photo, taken)
            if kept.number == taken.number:
                return kept
            # another photo took its number meanwhile: it is kept under the next one, which is noted now

    async def end_visit(self, visit_id: str, asked: EndingAsked) -> None:
        """End the visit that is being played. Raises NotNow where it is not, as well; its photos are not kept then."""
        self._playing(visit_id)
        why = await in_thread(self._notes.acceptable_ending, visit_id, asked)
        for octets in asked.photos:
            await self.add_photo(visit_id, "", octets)
        played = self._playing(visit_id)
        (played.break_off if why.breaks_off else played.end)(why)

    def _playing(self, visit_id: str) -> Played:
        played = self._played(visit_id)
        if played is None:
            raise NotNow(
                _("This visit is not being played any more, so that it cannot be ended from here. Nothing has ended."),
                remedy=_("Go back to the jobs. Open the job again and end it there, or choose No visit… for it."),
            )
        return played

    async def end_job(self, job_id: str, asked: EndingAsked, engineer: Engineer) -> str:
        """End the job's unfinished visit (also where it is being played), or a new one; the visit's id."""
        visit_id = await in_thread(self._notes.unfinished, job_id)
        if visit_id and self._played(visit_id) is not None:
            await self.end_visit(visit_id, asked)
            return visit_id
        return await in_thread(self._notes.end_job, job_id, asked, engineer)

    async def call_help(self, job_id: str, step: str = "", code: str = "") -> CallHelp:
        """Whom to ring about a job, and what to read out."""
        return await in_thread(self._notes.call_help, job_id, step, code)

    async def keep_number(self, supplier: str, number: str) -> str:
        """Keep the number of a supplier's desk; as it is kept."""
        return await in_thread(self._notes.keep_number, supplier, number)

    async def save_notice(self, visit_id: str, number: str, path: Path) -> Path:
        """Write the notice of an unsafe situation as PDF; its path."""
        return await in_thread(self._notes.save_notice, visit_id, number, path)

    # --- what goes home

    async def outbox(self) -> tuple[OutVisit, ...]:
        """Every visit that has ended with what goes home of it, then those that are erased."""
        from ui.outbox import Outbox

        return await in_thread(Outbox(self._store, random_bytes).list)

    async def waiting(self) -> int:
        """How many visits wait to go home; none, as far as one is told, for who may not look at visits."""
        from ui.outbox import Outbox

        if Act.LOOK not in self._store.person.acts:
            return 0

        return await in_thread(Outbox(self._store, random_bytes).waiting)

    async def export(self, folder: Path, visit_ids: Sequence[str] = ()) -> tuple[Path, ...]:
        """Write what is not receipted into `folder`."""
        from ui.outbox import Outbox

        return await in_thread(Outbox(self._store, random_bytes).export, folder, visit_ids)

    async def send(self, desks: Desks, url: str, home: str, on_item: OnItem) -> tuple[str, ...]:
        """Send what is not receipted to the desk; the names of what it has. May be cancelled: what arrived before is
        receipted."""
        from ui.outbox import Outbox

        return await Outbox(self._store, random_bytes).send(desks, url, on_item, home=home)

    async def receipt(self, path: Path, reason: str = "") -> tuple[str, ...]:
        """Take a receipt in from a file; the names of what it is for. `reason`: why one that nobody signed is taken in
        live work. Raises OutboxError, ``receipt-unsigned`` where it needs one."""
        from ui.outbox import Outbox
        from ui.receipts import read_receipt_file

        octets = await in_thread(read_receipt_file, path)
        return await in_thread(Outbox(self._store, random_bytes).receipt, octets, reason)

    async def erase(self, visit_id: str) -> Erased:
        """Erase a visit that is receipted whole, and look whether anything of it is left."""
        from ui.outbox import Outbox

        return await in_thread(Outbox(self._store, random_bytes).erase, visit_id)
