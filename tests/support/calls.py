"""Bounds on what something costs, in calls of functions: the same on every machine, however slow or busy it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def calls_at_most(most: int, what: object = "") -> Iterator[None]:
    """Fails, and ends the body, as soon as more than `most` functions have been called in it, Python's own included."""
    left = most

    def count(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal left
        left -= event in ("call", "c_call")
        if left < 0:
            sys.setprofile(None)
            raise AssertionError(f"{what}: more than {most:,} calls")

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)
