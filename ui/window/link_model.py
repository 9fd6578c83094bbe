"""What the probe sees, as the chip in the head says it: worked out from the trace events alone. Plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from hht.i18n import _

if TYPE_CHECKING:
    from hht.link import TraceEvent

NOTICE_S = 12.0  # what the meter said unasked is told for so long
TALKING_S = 2.5  # a frame younger than this: the meter talks


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
    """Feed it every trace event; `look` says how the link is now."""

    def __init__(self) -> None:
        self.bytes_tx = 0
        self.bytes_rx = 0
        self._sent: datetime | None = None
        self._heard: datetime | None = None
        self._state = ""
        self._trouble = False
        self._last_sent = b""
        self._echoed = False  # what came back since the last sending was only ourselves
        self._notice = ""
        self._noticed: datetime | None = None

    def feed(self, event: TraceEvent) -> None:
        """Take one event in."""
        if event.kind == "tx":
            self.bytes_tx += len(event.data)
            self._sent, self._last_sent = event.utc, event.data
            self._state, self._echoed = "up", False
        elif event.kind == "rx":
            self.bytes_rx += len(event.data)
            if event.data == self._last_sent:
                self._state, self._echoed = "up", True
                return
            self._heard = event.utc
            self._state, self._trouble, self._echoed = "up", False, False
        elif event.kind == "error":
            self._trouble = True
        elif event.kind == "state":
            self._take_state(event.note)

    def take_notice(self, gist: str, at: datetime) -> None:
        """The meter said something unasked."""
        self._notice, self._noticed = gist, at

    def _take_state(self, note: str) -> None:
        for state in ("opening", "lost", "closed", "up"):
            if state in note.casefold():
                self._state = state
                self._trouble = self._trouble and state == "lost"
                return

    def look(self, now: datetime) -> LinkLook:
        """The chip, now."""
        known = self.bytes_tx or self.bytes_rx
        counts = f"↑{byte_text(self.bytes_tx)} ↓{byte_text(self.bytes_rx)}" if known else ""
        if self._state == "lost":
            return LinkLook("cross", _("Link lost"), "bad", counts)
        if self._state in ("", "closed"):
            return LinkLook("link", _("No link"), "ink_soft", counts)
        if self._state == "opening":
            return LinkLook("running", _("Opening"), "ink", counts)
        if self._trouble:
            return LinkLook("warn", _("Garbled"), "warn", counts)
        if self._noticed is not None and (now - self._noticed).total_seconds() < NOTICE_S:
            return LinkLook("info", _("Notice"), "ink", counts, self._notice)
        if self._heard is not None and (now - self._heard).total_seconds() < TALKING_S:
            return LinkLook("check", _("Talking"), "good", counts)
        if self._sent is not None and (self._heard is None or self._sent > self._heard):
            word = _("Echo only") if self._echoed else _("Silent")
            return LinkLook("warn", word, "warn", counts)
        return LinkLook("link", _("Quiet"), "ink", counts)
