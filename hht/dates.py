"""Names of days and months in the language in use.

`strftime` takes them from the system's locale, which is another one than the program's wherever somebody works in a
language that the computer was not set up in (Qt sets the process's locale to the system's). All languages of the
program write numbers alike (a point, a comma between thousands), as Python does; the exact moment of something stays
ISO 8601 in UTC in each of them (`hht.clock.utc_text`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from hht.i18n import _

_NAMED: Final = re.compile("%[ab]")


def date_text(moment: date | datetime, form: str) -> str:
    """`moment` as `strftime` writes it, but for the (short) names of days and months."""
    return moment.strftime(_NAMED.sub(lambda found: _name(moment, found[0]), form))


@dataclass(frozen=True, slots=True)
class DateText:
    """A moment that stands in a text as ``{time:%d %b %H:%M}``."""

    moment: date | datetime

    def __format__(self, form: str) -> str:
        return date_text(self.moment, form)


def _name(moment: date, code: str) -> str:
    return months()[moment.month - 1] if code == "%b" else days()[moment.weekday()]


def months() -> list[str]:
    """Their short names, January first."""
    return _("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").split()


def days() -> list[str]:
    """Their short names, Monday first."""
    return _("Mon Tue Wed Thu Fri Sat Sun").split()
