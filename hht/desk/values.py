"""The values of asks: each reader takes what was typed and gives it back in the one way of writing of this interface.

Raises ValueError with words for people, or the HhtError of an identifier. What is a secret is never quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from hht.clock import iso_z
from hht.i18n import _
from hht.identifiers import DeviceId, InstallCode, Mpan, Mprn
from hht.protocol.duis.bodies import LISTS
from hht.protocol.gbcs.device_types import DuisDeviceType

_LONGEST_TEXT: Final = 200  # as DUIS's AdditionalInformation
_LONGEST_LABEL: Final = 60
MPAN_DIGITS: Final = 13
_SWITCH_LABEL: Final = 22  # DUIS schema
_CLOCK_TIME: Final = r"([01][0-9]|2[0-3]):([0-5][0-9])"


def device(text: str) -> str:
    """A Device ID, in pairs with hyphens."""
    return str(DeviceId.parse(text))


def device_type(text: str) -> str:
    """A type of device as DUIS names it."""
    try:
        return str(DuisDeviceType(text.strip().upper()))
    except ValueError:
        raise ValueError(_("known are {types}").format(types=", ".join(DuisDeviceType))) from None


def install_code(text: str) -> str:
    """32 hex digits."""
    return InstallCode.parse(text).reveal()


def mpan(text: str) -> str:
    """The core of an MPAN, training data included: whoever asks has checked it against the job."""
    return Mpan.parse(text, allow_test=True).core


def mprn(text: str) -> str:
    """An MPRN, training data included."""
    return Mprn.parse(text, allow_test=True, confirm_short=True).value


def mpxn(text: str) -> str:
    """An MPAN or an MPRN, by its length."""
    return mpan(text) if len("".join(text.split())) >= MPAN_DIGITS else mprn(text)


def number(lowest: int, highest: int) -> Callable[[str], str]:
    """A whole number within bounds, both included."""

    def read(text: str) -> str:
        digits = text.strip()
        if not re.fullmatch("[0-9]{1,9}", digits, re.ASCII) or not lowest <= int(digits) <= highest:
            raise ValueError(
                _("a whole number from {lowest} to {highest} is expected").format(lowest=lowest, highest=highest)
            )
        return str(int(digits))

    return read


def decimal(lowest: float, highest: float, places: int) -> Callable[[str], str]:
    """A number with at most so many decimal places, within bounds, both included."""

    def read(text: str) -> str:
        digits = text.strip()
        form = re.fullmatch(rf"[0-9]{{1,4}}(\.[0-9]{{1,{places}}})?", digits, re.ASCII)
        if form is None or not Decimal(str(lowest)) <= Decimal(digits) <= Decimal(str(highest)):
            words = _("a number from {lowest} to {highest} with at most {places} decimal places is expected")
            raise ValueError(words.format(lowest=lowest, highest=highest, places=places))
        whole, _point, part = digits.partition(".")
        part = part.rstrip("0")
        return str(int(whole)) + (f".{part}" if part else "")

    return read


def yes_or_no(text: str) -> str:
    """``yes`` or ``no``."""
    found = text.strip().lower()
    if found not in ("yes", "no"):
        raise ValueError(_("yes or no is expected"))
    return found


def one_of(*words: str) -> Callable[[str], str]:
    """One of these words, whatever its capitals."""
    known = {word.lower(): word for word in words}

    def read(text: str) -> str:
        try:
            return known[" ".join(text.split()).lower()]
        except KeyError:
            raise ValueError(_("expected is one of: {words}").format(words=", ".join(words))) from None

    return read


def listed(element: str) -> Callable[[str], str]:
    """One of the values that DUIS lists for an element."""
    return one_of(*LISTS[element])


def moment(text: str) -> str:
    """A time with its zone, in UTC."""
    try:
        found = datetime.fromisoformat(text.strip())
        if found.tzinfo is None:
            raise ValueError
        return iso_z(found.astimezone(UTC))
    except (ValueError, OverflowError):
        raise ValueError(_("a time such as 2026-11-21T09:30:00Z is expected")) from None


def image_hash(text: str) -> str:
    """SHA-256 of a firmware image: 64 hex digits, in capitals."""
    found = text.strip().upper()
    if not re.fullmatch(r"[0-9A-F]{64}", found, re.ASCII):
        raise ValueError(_("64 hex digits are expected: the SHA-256 of the image"))
    return found


def short_text(text: str) -> str:
    """Words on one line."""
    return _line(text, _LONGEST_TEXT)


def label(text: str) -> str:
    """What a job or a step is called."""
    return _line(text, _LONGEST_LABEL)


def switch_label(text: str) -> str:
    """What an auxiliary switch is called: printable ASCII."""
    found = text.strip()
    if not 1 <= len(found) <= _SWITCH_LABEL or "//" in found or not all(" " <= char <= "~" for char in found):
        words = _("1 to {most} printable ASCII characters, without “//”, are expected")
        raise ValueError(words.format(most=_SWITCH_LABEL))
    return found


def switches(text: str) -> str:
    """Numbers of auxiliary switches, 1 to 5, with commas between."""
    found = sorted({part.strip() for part in text.split(",")})
    if not set(found) <= set("12345"):
        raise ValueError(_("numbers from 1 to 5 with commas between are expected"))
    return ",".join(found)


def on_times(text: str) -> str:
    """When a switch is closed: times of the UTC day such as 00:30-07:30, 13:00-16:00, in order."""
    found, last = [], ""
    for part in text.split(","):
        form = re.fullmatch(rf"({_CLOCK_TIME})-({_CLOCK_TIME})", part.strip(), re.ASCII)
        if form is None or not last <= form[1] < form[4]:
            raise ValueError(_("times in order such as 00:30-07:30,13:00-16:00 (UTC) are expected"))
        found.append(part.strip())
        last = form[4]
    return ",".join(found)


def _line(text: str, most: int) -> str:
    found = " ".join(text.split())
    if not 1 <= len(found) <= most or not found.isprintable() or "//" in found:
        raise ValueError(_("1 to {most} characters on one line, without “//”, are expected").format(most=most))
    return found
