"""Identifiers that are secrets: they cannot be printed, logged or pickled by accident."""

from __future__ import annotations

import hmac
from typing import NoReturn


class Secret:
    """A secret text. ``repr`` and ``str`` are masked, equality takes constant time, pickling is refused."""

    __slots__ = ("_secret",)
    _secret: str

    def __init__(self, secret: str) -> None:
        object.__setattr__(self, "_secret", secret)

    def __setattr__(self, name: str, _value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} does not change")

    def reveal(self) -> str:
        """The secret itself. For the one place that needs it; never for a log, a message or a report."""
        return self._secret

    def __repr__(self) -> str:
        return f"{type(self).__name__}(****)"

    def __str__(self) -> str:
        return "****"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return type(self) is type(other) and hmac.compare_digest(self._secret.encode(), other._secret.encode())

    def __hash__(self) -> int:
        return hash((type(self), self._secret))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")
