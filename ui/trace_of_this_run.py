"""What the terminal tells of the trace of this run: lines, trees, files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ui.live_trace import LiveTrace
from ui.services import TraceLine, TreeNode
from ui.threads import in_thread
from ui.trace_lines import tree_of

if TYPE_CHECKING:
    from hht.store.store import Store


class TraceOfThisRun:
    """The part of `ui.terminal.Terminal` that is about the trace."""

    _trace: LiveTrace
    _store: Store | None

    def subscribe_trace(self, on_line: Callable[[TraceLine], None]) -> Callable[[], None]:
        """Hear of every line from now on; the returned function ends it."""
        return self._trace.subscribe(on_line)

    async def recent_trace(self, limit: int = 500) -> list[TraceLine]:
        """The last lines."""
        return self._trace.recent(limit)

    def decode(self, line: TraceLine) -> TreeNode:
        """The labelled tree of a line's bytes."""
        return tree_of(line)

    async def export_trace(self, path: Path) -> int:
        """This run's trace as JSON Lines, text or capture, in live work masked; the number of events. Raises StoreError
        ``pass-phrase-first``."""
        if self._store is not None:
            await in_thread(self._store.require_phrase)
        return await self._trace.export(path)
