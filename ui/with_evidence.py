"""What the terminal keeps of its visits: the part of `ui.terminal.Terminal` about evidence, reports and wallet."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hht.clock import Clock
from ui.threads import in_thread

if TYPE_CHECKING:
    from hht.store.store import Store
    from ui.depot_service import KeptDepot
    from ui.diagnostics import Diagnostics
    from ui.evidence import KeptEvidence, Played
    from ui.scanner import Scanner
    from ui.wallet import KeptWallet


class WithEvidence:
    """See the module. Its properties raise HhtError ``locked``."""

    _clock: Clock
    _folder: Path
    _depot: KeptDepot | None = None

    def _opened(self) -> Store:
        """The store; `ui.terminal.Terminal` has it. Raises HhtError ``locked``."""
        raise NotImplementedError

    def _played(self, visit_id: str) -> Played | None:
        """The visit of that id, where it is being played here; `ui.terminal.Terminal` knows."""
        raise NotImplementedError

    @property
    def evidence(self) -> KeptEvidence:
        """Notes beside the steps, photos, endings and the outbox."""
        from ui.evidence import KeptEvidence

        return KeptEvidence(self._opened(), self._clock, self._played)

    @property
    def depot(self) -> KeptDepot:
        """The depot, where there is one."""
        if self._depot is None:
            from ui.depot_service import KeptDepot

            self._depot = KeptDepot(self._opened())
        return self._depot

    @property
    def scanner(self) -> Scanner:
        """What was scanned, and whose it is."""
        from hht.work.visit_store import VisitStore
        from ui.scanner import Scanner
        from ui.system import new_id

        return Scanner(self._folder, VisitStore(self._opened(), new_id).jobs)

    @property
    def wallet(self) -> KeptWallet:
        """The engineer's wallet."""
        from ui.wallet import KeptWallet

        return KeptWallet(self._opened(), self._clock)

    async def diagnostics(self) -> Diagnostics:
        """What whoever mends the program needs to know. Raises DiagnosticsRefused, StoreError."""
        from ui.diagnostics import gather

        store = self._opened()
        return await in_thread(partial(gather, training=store.training), self._folder, self._clock, store)

    async def save_report(self, visit_id: str, path: Path) -> Path:
        """Write the report of a visit, PDF and JSON, where a person said; the PDF's path. Raises ReportNotWritten."""
        from ui.reports import save_report

        return await in_thread(save_report, self._opened(), visit_id, path, self._clock)
