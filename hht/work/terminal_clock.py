"""Is the terminal's own clock to be believed? It is about to be put into meters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hht.clock import utc_text
from hht.i18n import _
from hht.work.step import StepError

_MADE = datetime(2025, 1, 1, tzinfo=UTC)  # this program is younger
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_SLACK = timedelta(seconds=2)


def suspicion(now: datetime, latest: datetime | None) -> str:
    """Why `now` cannot be right, in words; "" where nothing speaks against it.

    `latest` is the latest time in the visit's journal: time does not go backwards.
    """
    if now < _MADE:
        return _("The terminal's clock says {year}: that is before this program was made.").format(year=now.year)
    if now >= _LATEST:
        return _("The terminal's clock says {year}.").format(year=now.year)
    if latest is not None and now < latest - _SLACK:
        words = _("The terminal's clock went back: this visit has an entry of {time}.")
        return words.format(time=utc_text(latest))
    return ""


def refuse_suspicious(now: datetime, latest: datetime | None) -> None:
    """Raises StepError where the terminal's clock must not be put into a meter."""
    reason = suspicion(now, latest)
    if reason:
        raise StepError(
            reason,
            remedy=_(
                "Set the terminal's date and time (UTC and time zone), then try again. The meter was not touched."
            ),
            code="terminal-clock",
        )
