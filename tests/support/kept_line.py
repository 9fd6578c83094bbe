"""One line to one meter, over which terminals speak one after the other: what one leaves, the next one finds."""

from __future__ import annotations

from typing import Any

from drivers.in_process import InProcessLink
from hht.link import LinkLost, LinkState


class KeptLine:
    """`link()` gives what looks like a link of its own and is the same line each time; none of them hangs up."""

    def __init__(self, line: InProcessLink) -> None:
        self.line = line
        self.last: _Borrowed | None = None

    def link(self) -> Any:
        """A link for one terminal."""
        self.last = _Borrowed(self.line)
        return self.last

    def kill(self) -> None:
        """The terminal that has the line dies: not a byte more comes from it."""
        assert self.last is not None
        self.last.dead = True


class _Borrowed:
    def __init__(self, line: InProcessLink) -> None:
        self._line, self.dead = line, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._line, name)

    @property
    def state(self) -> LinkState:
        """Lost, for a dead terminal."""
        return LinkState.LOST if self.dead else self._line.state

    async def open(self) -> None:
        """A real port forgets what came before it was opened."""
        if self._line.state is not LinkState.UP:
            await self._line.open()
        self._line.discard_input()

    async def read(self, timeout: float) -> bytes:
        """As long as the terminal lives."""
        self._alive()
        return await self._line.read(timeout)

    async def write(self, data: bytes) -> None:
        """As long as the terminal lives."""
        self._alive()
        await self._line.write(data)

    async def close(self) -> None:
        """The line stays as it is."""

    def _alive(self) -> None:
        if self.dead:
            raise LinkLost("dead", remedy="-")
