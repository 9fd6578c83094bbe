"""Numbers as engineers read them."""

from __future__ import annotations

from hht.i18n import _

DEFAULT_CLOCK_TOLERANCE_S = 10  # a clock that is off by no more is left alone where nobody says otherwise


def minutes_seconds(seconds: int) -> str:
    """``600`` as ``10:00`` (mm:ss)."""
    return f"{seconds // 60:02d}:{seconds % 60:02d}"


def drift_text(drift_s: float) -> str:
    """How far a clock is off: ``3 s ahead``, ``37 s behind``, ``right to the second``."""
    seconds = round(abs(drift_s))
    if seconds == 0:
        return _("right to the second")
    amount = _("{seconds} s").format(seconds=seconds) if seconds < 120 else _duration(seconds)
    return _("{amount} ahead").format(amount=amount) if drift_s > 0 else _("{amount} behind").format(amount=amount)


def _duration(seconds: int) -> str:
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes = rest // 60
    if days:
        return _("{days} d {hours} h").format(days=days, hours=hours)
    if hours:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
    return _("{minutes} min").format(minutes=minutes)
