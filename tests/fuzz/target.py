"""What a target is."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

from hht.errors import HhtError
from tests.fuzz.mutation import Change, Messages

MEBIBYTE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Target:
    """One reader, or one end of a conversation.

    `run` takes an input and returns anything that is alike for inputs that were treated alike; it raises AssertionError
    where what came out cannot be right. `refusals` are the errors that the reader says it raises. `seeds` names the
    corpus file; `fixed` messages of each input there are settings for `run`. `sample`: inputs in ``make test``.
    `longest`: octets of the long inputs that it must take too (0: what it hears is bounded elsewhere), `stream`: in
    pieces of any size, octet by octet among them.
    """

    name: str
    run: Callable[[Messages], Hashable]
    seeds: str
    refusals: tuple[type[Exception], ...] = (HhtError,)
    words: tuple[bytes, ...] = ()
    repair: Change | None = None
    fixed: int = 0
    sample: int = 800
    meaning: Change | None = None
    longest: int = 0
    stream: bool = False
