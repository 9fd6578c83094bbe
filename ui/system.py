"""The computer's own clock, randomness and ids: read here and nowhere below (architecture rule 6)."""

from __future__ import annotations

import getpass
import secrets
import time
from datetime import UTC, datetime


class SystemClock:
    """`hht.clock.Clock` on the computer's time."""

    def now(self) -> datetime:
        """The computer's time, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        return time.monotonic()


def new_id() -> str:
    """A fresh random id, 26 hex digits: visits, trace sessions."""
    return secrets.token_hex(13)


def random_bytes(count: int) -> bytes:
    """Octets that nobody can foretell."""
    return secrets.token_bytes(count)


def account_name() -> str:
    """Who the computer says is at the keyboard; "" where it does not know."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
