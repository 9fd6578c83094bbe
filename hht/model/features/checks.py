"""Refusals that many features need, in the same words everywhere."""

from __future__ import annotations

from hht.i18n import _
from hht.model.refusal import DeviceRefusal, Reason


def require(condition: bool, message: str, remedy: str, *, reason: Reason = Reason.OTHER) -> None:
    """Raise DeviceRefusal with this message unless `condition` holds."""
    if not condition:
        raise DeviceRefusal(reason, message, remedy=remedy)


def require_printable(what: str, text: str, longest: int, *, shortest: int = 0) -> None:
    """Raise DeviceRefusal unless `text` is `shortest` to `longest` printable ASCII characters (DUIS's rule)."""
    require(
        shortest <= len(text) <= longest and all(" " <= character <= "~" for character in text),
        _("The device does not accept this {what}.").format(what=what),
        _("Send {shortest} to {longest} printable ASCII characters.").format(shortest=shortest, longest=longest),
    )


def require_digits(what: str, text: str, count: int) -> None:
    """Raise DeviceRefusal unless `text` is `count` decimal digits."""
    require(
        len(text) == count and text.isascii() and text.isdigit(),
        _("The device does not accept this {what}.").format(what=what),
        _("Send {count} digits.").format(count=count),
    )


def require_range(what: str, value: int, low: int, high: int, unit: str = "") -> None:
    """Raise DeviceRefusal unless `low` <= `value` <= `high`."""
    require(
        low <= value <= high,
        _("{what} {value}{unit} is out of range.").format(what=what, value=value, unit=unit),
        _("Send {low} to {high}{unit}.").format(low=low, high=high, unit=unit),
    )
