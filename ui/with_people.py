"""Who works at the terminal: the part of `ui.terminal.Terminal` about log-in and people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ui.stores import store_path
from ui.threads import in_thread

if TYPE_CHECKING:
    from hht.store.store import Store
    from ui.people import KeptPeople


class WithPeople:
    """See the module."""

    _folder: Path
    _training: bool

    if TYPE_CHECKING:

        def _opened(self) -> Store: ...

    async def logins(self) -> tuple[str, ...]:
        """Who may open the store, by log-in name; none in training, and before there is a store."""
        from hht.store.rows_of_people import logins_in

        return () if self._training else await in_thread(logins_in, store_path(self._folder, training=False))

    @property
    def people(self) -> KeptPeople:
        """Who works at this terminal, and as what. Raises HhtError ``locked``."""
        from ui.people import KeptPeople

        return KeptPeople(self._opened())
