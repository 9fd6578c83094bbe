"""Which plug-ins there are: the part of `ui.terminal.Terminal` about it. The window runs none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ui.threads import in_thread

if TYPE_CHECKING:
    from hht.store.store import Store
    from ui.plugins import Installed


class WithPlugIns:
    """See the module."""

    _folder: Path

    if TYPE_CHECKING:

        def _opened(self) -> Store: ...

    async def plug_ins(self) -> tuple[Installed, ...]:
        """Those that are installed in the store, by name. Raises StoreError."""
        from ui.plugins import PlugIns

        return await in_thread(PlugIns(self._opened(), self._folder).installed)
