"""Comparing device ids, and showing what a device said without letting it draw on the screen."""

from __future__ import annotations

from hht.errors import HhtError
from hht.identifiers import DeviceId
from hht.plain_text import plain_text

_MAX_SHOWN = 60


def same_device(one: str, other: str) -> bool:
    """Whether two texts are the same EUI-64, however they are spelt; False where one of them is none."""
    try:
        return DeviceId.parse(one) == DeviceId.parse(other)
    except HhtError:
        return False


def shown(text: str) -> str:
    """A device's text as data: control and direction characters as escapes, and cut to a length that fits a line."""
    plain = plain_text(text)
    return plain if len(plain) <= _MAX_SHOWN else plain[:_MAX_SHOWN] + "…"
