"""Lines that a person types, for questions that may be withdrawn before they are answered."""

from __future__ import annotations

import asyncio
import sys

from drivers.loop_safe import in_thread


class TypedLines:
    """One reader of standard input. Where a question is withdrawn the reading stands, and is that of the next one: a
    reading for each would leave a thread behind that takes the next question's answer."""

    def __init__(self) -> None:
        self._reading: asyncio.Task[str] | None = None

    async def next(self) -> str | None:
        """The line that is typed from now on, without its end; None where the input has ended."""
        if self._reading is not None and self._reading.done():  # typed after its question was withdrawn: no answer
            self._reading = None
        if self._reading is None:
            self._reading = asyncio.ensure_future(in_thread("answer", _line))
        line = await asyncio.shield(self._reading)
        self._reading = None
        return line.rstrip("\r\n") if line else None


def _line() -> str:
    """The next line with its end; "" where there is none, or nobody can read it."""
    try:
        return sys.stdin.readline()
    except (OSError, ValueError):  # closed, or no text of this terminal's encoding
        return ""


__all__ = ["TypedLines"]
