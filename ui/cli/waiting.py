"""What is told while a command waits for something: what for, how long so far, and at most how much longer.

As long as nothing else is said, a line comes every few seconds by the computer's time, also where time is hastened; on
a screen it is one line that counts.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Final

from hht.i18n import _
from ui.cli.common import Output
from ui.system import SystemClock

EVERY_S: Final = 5.0  # by the computer's time: so long nothing is said at most, while the loop runs
_LOOK_S: Final = 1.0


class Waiting:
    """What is waited for now."""

    def __init__(self, output: Output) -> None:
        self._output, self._real_s = output, SystemClock().monotonic
        self._words, self._began = "", 0.0
        self._asked = 0  # how many people are asked something just now
        self._most_s: float | None = None

    def begins(self, words: str, most_s: float | None = None) -> None:
        """From now on `words` is waited for, `most_s` seconds at most (None: nobody knows); "": nothing is."""
        self._words, self._most_s = words, most_s
        self._began = asyncio.get_running_loop().time()

    def within(self, most_s: float) -> None:
        """The same is waited for again from now on, so many seconds at most."""
        self.begins(self._words, most_s)

    @contextlib.contextmanager
    def silent(self) -> Iterator[None]:
        """A person is asked meanwhile: nothing is said into what they type."""
        self._asked += 1
        try:
            yield
        finally:
            self._asked -= 1

    @property
    def words(self) -> str:
        """How it stands, in a line."""
        spent = asyncio.get_running_loop().time() - self._began
        if self._most_s is None:
            return _("… {spent} so far: {what}").format(what=self._words, spent=_counted(spent))
        left = max(0.0, self._most_s - spent)
        words = _("… {spent} so far, at most {left} more: {what}")
        return words.format(what=self._words, spent=_counted(spent), left=_counted(left))

    async def tell(self) -> None:
        """Until cancelled."""
        said, since = self._output.said, self._real_s()
        while True:
            await asyncio.sleep(_LOOK_S)
            if self._output.said != said or self._asked or not self._words:
                said, since = self._output.said, self._real_s()
            elif self._real_s() - since >= EVERY_S or self._output.counts:
                self._say()
                said, since = self._output.said, self._real_s()

    def _say(self) -> None:
        spent_s = round(asyncio.get_running_loop().time() - self._began)
        self._output.tick(self.words, waiting_for=self._words, spent_s=spent_s, most_s=self._most_s)


def _counted(seconds: float) -> str:
    """As a clock that counts shows it: 4:05."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


@contextlib.asynccontextmanager
async def told_while_waiting(output: Output) -> AsyncIterator[Waiting]:
    """Something that is told of as long as this is held."""
    waiting = Waiting(output)
    telling = asyncio.ensure_future(waiting.tell())
    try:
        yield waiting
    finally:
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling
        output.tick_over()


__all__ = ["EVERY_S", "Waiting", "told_while_waiting"]
