"""What people carry between gas meter and hub while the HAN is down: a reading with check digits, and a code.

Meter and hub share a key since the meter was installed. The meter shows its reading with four check digits, which the
consumer types into the hub (IH-22): so the account knows of gas that no report told. Where the hub is set so, it shows
a code of six digits that gives gas back at the meter, instead of a button (IH-23). The code is good for the half-hour
in which both counters stand where they stand.
"""

from __future__ import annotations

import enum
import hashlib
import hmac

from hht.i18n import _
from hht.model.features.checks import require
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.site import Site

READING_DIGITS, CHECK_DIGITS, CODE_DIGITS = 8, 4, 6
TRIES = 3  # wrong entries in a half-hour; the next ones wait (our own number)


class Reopening(enum.StrEnum):
    """What gives gas back at a meter that does not hear its hub: its emergency button, or a code that the hub shows."""

    BUTTON = "button"
    CODE = "code"


class SharedCodes:
    """The codes of one meter, as both ends make them. No code is kept."""

    def __init__(self, site: Site, meter_id: str) -> None:
        seed = site.chance("gas meter codes").to_bytes(8, "big")
        self._key = hmac.digest(seed, b"HHT training codes" + meter_id.encode(), hashlib.sha256)

    def reading(self, litres: int) -> str:
        """A reading as it is typed into the hub: eight digits of litres, four check digits."""
        digits = f"{litres % 10**READING_DIGITS:0{READING_DIGITS}}"
        return digits + self._digits(f"reading {digits}", CHECK_DIGITS)

    def reopening(self, cut_off_nl: int | None, left: int) -> str:
        """The code that gives gas back while the cut-off volume is this one and so many half-hours are left."""
        return self._digits(f"open {cut_off_nl} {left}", CODE_DIGITS)

    def _digits(self, what: str, count: int) -> str:
        made = hmac.digest(self._key, what.encode(), hashlib.sha256)
        return f"{int.from_bytes(made[:8], 'big') % 10**count:0{count}}"


class Keypad:
    """Typed codes are compared here, and only so many wrong ones are taken in a half-hour."""

    def __init__(self) -> None:
        self._wrong = 0

    def half_hour(self) -> None:
        """A half-hour has ended: tries are counted anew."""
        self._wrong = 0

    def check(self, typed: str, right: str) -> None:
        """Raise DeviceRefusal unless what was typed is right."""
        require(
            self._wrong < TRIES,
            _("Too many wrong codes were typed."),
            _("Wait half an hour, read the code again, and type it."),
            reason=Reason.TEMPORARY_FAILURE,
        )
        if not hmac.compare_digest(typed.replace(" ", "").encode(), right.encode()):
            self._wrong += 1
            raise DeviceRefusal(
                Reason.OTHER, _("The code is not right."), remedy=_("Read the code again, and type all its digits.")
            )
