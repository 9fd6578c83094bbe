"""The communications-failure timeout: how many half-hours without a report the supply stays on (IH-15, IH-16).

Meter and hub each have a counter, and count the same half-hours. The hub's is written to the meter with each cut-off
volume: full while the account is in credit, else what is left. So the time can be used once, until there is credit
above zero again (IH-21).
"""

from __future__ import annotations

from dataclasses import dataclass

from hht.i18n import _
from hht.model.features.checks import require_range

HALF_HOURS_PER_DAY = 48
LONGEST = 31 * HALF_HOURS_PER_DAY
USUAL = 3 * HALF_HOURS_PER_DAY  # “in the order of several days”


@dataclass(slots=True)
class HalfHourCounter:
    """`left`: half-hours. `failed`: the HAN failure flag, set by the first half-hour that brought no report."""

    left: int = 0
    failed: bool = False

    def heard(self, left: int) -> None:
        """Meter and hub have talked: so much is left from here on."""
        self.left, self.failed = left, False

    def missed(self) -> None:
        """A half-hour has ended without a report."""
        self.left, self.failed = max(0, self.left - 1), True


def check_timeout(half_hours: int) -> None:
    """Raise DeviceRefusal unless a hub can hold this timeout."""
    require_range(_("communications-failure timeout"), half_hours, 1, LONGEST, _(" half-hours"))


def in_days(half_hours: int) -> str:
    """A number of half-hours as people say it: 3 d 1.5 h."""
    days, rest = divmod(half_hours, HALF_HOURS_PER_DAY)
    hours = f"{rest / 2:g} h"
    return f"{days} d {hours}" if days and rest else f"{days} d" if days else hours
