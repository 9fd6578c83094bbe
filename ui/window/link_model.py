"""What the probe sees, as the chip in the head says it: worked out from the trace events alone. Plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from hht.client.probe_sense import ProbeSense, Sight
from hht.i18n import _
from ui.probe_words import sight_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hht.link import TraceEvent
    from ui.services import TraceLine

NOTICE_S = 12.0  # what the meter said unasked is told for so long
_LOOKS: Final = {  # icon and colour
    Sight.CLOSED: ("link", "ink_soft"),
    Sight.OPENING: ("running", "ink"),
    Sight.QUIET: ("link", "ink"),
    Sight.ASKING: ("running", "ink"),
    Sight.TALKING: ("check", "good"),
    Sight.GONE: ("cross", "bad"),
}


def byte_text(count: int) -> str:
    """A number of bytes, short: "471 B", "2.1 kB"."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


@dataclass(frozen=True, slots=True)
class LinkLook:
    """How the chip looks."""

    icon: str
    word: str
    token: str
    counts: str  # "↑ 471 B  ↓ 2.1 kB"
    notice: str = ""  # what the meter has just said unasked


class LinkModel:
    """Feed it every trace event; `look` says how the link is now, `sight` what the probe sees."""

    def __init__(self) -> None:
        self.bytes_tx = 0
        self.bytes_rx = 0
        self._sense = ProbeSense()
        self._last: tuple[float, datetime] | None = None  # the newest event, by both clocks
        self._damaged = False  # something that came since was said to be so
        self._notice = ""
        self._noticed: datetime | None = None

    def feed(self, event: TraceEvent) -> None:
        """Take one event in."""
        self._sense.feed(event)
        self._last = (event.monotonic_s, event.utc)
        if event.kind == "tx":
            self.bytes_tx += len(event.data)
        elif event.kind == "rx":
            self.bytes_rx += len(event.data)
        self._damaged = event.kind == "error" or (self._damaged and event.kind != "rx")

    def take(self, lines: Iterable[TraceLine]) -> None:
        """Take lines of the trace in."""
        for line in lines:
            if line.notice:
                self.take_notice(line.notice, line.event.utc)
            else:
                self.feed(line.event)

    def take_notice(self, gist: str, at: datetime) -> None:
        """The meter said something unasked."""
        self._notice, self._noticed = gist, at

    def sight(self, now: datetime) -> Sight:
        """What the probe sees."""
        if self._last is None:
            return Sight.CLOSED
        monotonic_s, utc = self._last
        sight = self._sense.sight(monotonic_s + (now - utc).total_seconds())
        return Sight.GARBLED if self._damaged and sight in (Sight.QUIET, Sight.TALKING) else sight

    def look(self, now: datetime) -> LinkLook:
        """The chip, now."""
        known = self.bytes_tx or self.bytes_rx
        counts = f"↑{byte_text(self.bytes_tx)} ↓{byte_text(self.bytes_rx)}" if known else ""
        sight = self.sight(now)
        noticed = self._noticed is not None and (now - self._noticed).total_seconds() < NOTICE_S
        if noticed and sight in (Sight.QUIET, Sight.TALKING, Sight.ASKING, Sight.SILENT):
            return LinkLook("info", _("Notice"), "ink", counts, self._notice)
        icon, token = _LOOKS.get(sight, ("warn", "warn"))
        return LinkLook(icon, sight_words(sight).word, token, counts)
