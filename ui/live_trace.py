"""The trace of this run: what goes over every link, as lines for whoever looks on, and as events for a file."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.link import TraceEvent, TraceKind
from ui.services import TraceLine
from ui.trace_lines import FrameAssembler
from ui.trace_masking import TraceMasker

if TYPE_CHECKING:
    from hht.client.notices import Notice
    from hht.protocol.cosem.security import SecurityMaterial
    from hht.store.store import Store

KEPT_LINES: Final = 2000  # for the drawer; the store keeps all
KEPT_EVENTS: Final = 50_000  # for an export


class LiveTrace:
    """Give it every event (`hear`). In live work the secrets in them are masked before anybody is shown a line.

    `store`: gives the store whose keys may open what is ciphered, while it is open.
    """

    def __init__(self, clock: Clock, store: Callable[[], Store | None], *, training: bool) -> None:
        self._clock, self._store, self._training = clock, store, training
        self._lines: deque[TraceLine] = deque(maxlen=KEPT_LINES)
        self._events: deque[TraceEvent] = deque(maxlen=KEPT_EVENTS)
        self._assembler = FrameAssembler(self._keys)
        self._mask = TraceMasker()
        self._wire: dict[tuple[str, TraceKind], bytearray] = {}  # octets of which there is no line yet
        self._hidden: deque[tuple[TraceLine, bytes]] = deque(maxlen=KEPT_LINES)
        self._listeners: list[Callable[[TraceLine], None]] = []

    def hear(self, event: TraceEvent) -> None:
        """Something happened on a link."""
        self._events.append(event)
        if self._training:
            for line in self._assembler.feed(event):
                self._tell(line)
            return
        self._wire.setdefault((event.link, event.kind), bytearray()).extend(event.data)
        for shown in self._mask.feed(event):
            for line in self._assembler.feed(shown):
                self._remember(line)
                self._tell(line)

    def _remember(self, line: TraceLine) -> None:
        """Keep what was on the wire where asterisks stand in `line`: lines have all octets of a direction in order."""
        wire, size = self._wire.get((line.event.link, line.event.kind), bytearray()), len(line.event.data)
        if line.event.masked:
            self._hidden.append((line, bytes(wire[:size])))
        del wire[:size]

    def revealed(self, line: TraceLine) -> TraceLine:
        """`line` as it was on the wire. Raises HhtError ``reveal-gone`` where it is kept no more."""
        for known, data in self._hidden:
            if known is line:
                return replace(line, event=replace(line.event, data=data, masked=False))
        raise HhtError(
            _("What was on the wire is kept here no more."),
            remedy=_("Export the trace of the visit: hht trace export JOB --reveal --reason TEXT"),
            code="reveal-gone",
        )

    async def export(self, path: Path) -> int:
        """All events as a file, in live work masked; how many."""
        from ui.trace_files import write_trace_file

        written = await asyncio.to_thread(write_trace_file, path, self.events(), reveal=self._training)
        return written.events

    def notice(self, notice: Notice) -> None:
        """What a meter says unasked is a line of its own: its frame may be ciphered, and says little to most people."""
        self.say(notice.words, notice.gist)

    def say(self, *words: str) -> None:
        """A line of words; a second text is the gist of it."""
        event = TraceEvent(self._clock.now(), self._clock.monotonic(), "", TraceKind.STATE)
        self._tell(TraceLine(event, "", words[0], words[-1]))

    def _tell(self, line: TraceLine) -> None:
        self._lines.append(line)
        for listener in list(self._listeners):
            listener(line)

    def _keys(self, facts: Mapping[str, Any]) -> Sequence[SecurityMaterial]:
        """What may open the conversation that begins now."""
        from ui.trace_keys import Entry, kept_entries, materials

        entries: Sequence[Entry] = ()
        store = self._store()
        if store is not None:
            with contextlib.suppress(HhtError):  # the conversation goes on, its trace stays closed
                entries = kept_entries(store)
        return materials(facts, entries)

    def subscribe(self, on_line: Callable[[TraceLine], None]) -> Callable[[], None]:
        """Hear of every line from now on; the returned function ends it."""
        self._listeners.append(on_line)

        def end() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(on_line)

        return end

    def recent(self, limit: int) -> list[TraceLine]:
        """The last lines."""
        return list(self._lines)[-limit:]

    def events(self) -> list[TraceEvent]:
        """Every event, unmasked: for a file, whose writer masks them."""
        return list(self._events)
