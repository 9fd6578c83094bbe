"""Bounds on what something costs, in processor time of this thread: what else a shared machine does shows nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def costs_at_most(seconds: float, what: object = "") -> Iterator[None]:
    """Fails when the body takes more than `seconds` of processor time; several times what it takes is a fair bound."""
    began = time.thread_time()
    yield
    spent = time.thread_time() - began
    assert spent < seconds, f"{what}: {spent:.2f} s of processor time"
