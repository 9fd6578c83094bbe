"""What the log says of unusual numbers, to whoever is there: counting a meter that is read, and the window's part."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hht.store.errors import StoreError
from hht.work.unusual import READ, READS, note_act

if TYPE_CHECKING:
    from hht.store.store import Store
    from ui.live_trace import LiveTrace


def count_read(store: Store | None, link: str, command: str) -> str:
    """One more meter was opened outside of a visit; what is to be told of it, "" mostly. A log that cannot be written
    stops nobody from reading: its error is what is told."""
    if store is None:
        return ""
    try:
        return note_act(store, READS, READ, {"command": command, "link": store.blind_index("log", "link", link)})
    except StoreError as error:
        return error.message


class WhatIsLogged:
    """The part of `ui.terminal.Terminal` about it: words go into the trace drawer and to the page of the desk, and with
    a reading to its page."""

    _trace: LiveTrace
    _store: Store | None
    _logged = ""  # of the latest reading, until a page has it

    if TYPE_CHECKING:

        def _tell_desk_note(self, note: str) -> None: ...

    def _hear_log(self, store: Store) -> None:
        """Hear what is told of this store's log, from whichever thread it comes."""
        loop = asyncio.get_running_loop()

        def told(words: str) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._say_logged, words)

        store.tell = told

    async def require_log(self) -> None:
        """Raises LogPutBack, once, where the store that was opened has a log that was put back to an earlier copy."""
        if self._store is not None and self._store.log_trouble is not None:
            trouble, self._store.log_trouble = self._store.log_trouble, None
            raise trouble

    def _say_logged(self, words: str) -> None:
        self._trace.say(words)
        self._tell_desk_note(words)

    def _count_read(self, link: str) -> None:
        self._logged = count_read(self._store, link, "window") or self._logged

    def _take_logged(self) -> str:
        told, self._logged = self._logged, ""
        return told
