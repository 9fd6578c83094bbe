"""What a meter and the line to it have shown so far: how quickly it reacts, how evenly it talks, what it cannot do.

Kept for as long as one session lasts, over all its connections.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hht.client.deadlines import Timing
from hht.protocol.hdlc import HdlcParameters

# The information field that every meter must be able to do (IEC 62056-46), and as many of them as ever
SHORT_FRAMES: Final = HdlcParameters(128, 128, 7, 7)
SMALL_TURNS: Final = HdlcParameters(508, 508, 2, 2)  # what little is lost with one of these costs little
_ENOUGH_GAPS: Final = 32  # pieces of answers that must have been heard before their evenness is believed
_ENOUGH_REACTIONS: Final = 6
_LEAST_OCTET_S: Final = 0.08  # four times what a USB adapter holds bytes back
_MARGIN: Final = 4.0  # times the worst that was seen


@dataclass(slots=True)
class LineRecord:
    """`limit`: the most that the meter is asked for, because more arrives damaged; None: all that both can do."""

    limit: HdlcParameters | None = None
    gaps: int = 0
    worst_gap_s: float = 0.0  # between the pieces of one turn
    reactions: int = 0
    worst_reaction_s: float = 0.0  # from the end of a poll for more of a message to the first octet of it

    def heard_gap(self, seconds: float) -> None:
        """More of the meter's turn came after so long."""
        self.gaps += 1
        self.worst_gap_s = max(self.worst_gap_s, seconds)

    def heard_reaction(self, seconds: float) -> None:
        """A poll for more of a message was answered after so long."""
        self.reactions += 1
        self.worst_reaction_s = max(self.worst_reaction_s, seconds)

    @property
    def is_even(self) -> bool:
        """Enough has been heard to know the pauses within a turn."""
        return self.gaps >= _ENOUGH_GAPS

    def octet_s(self, timing: Timing) -> float:
        """Seconds of silence in the middle of a turn after which nothing more of it comes."""
        most = timing.octet_s + timing.slack_s
        if not self.is_even:
            return most
        return min(most, max(_LEAST_OCTET_S, _MARGIN * self.worst_gap_s))

    def reaction_s(self, timing: Timing) -> float:
        """Seconds after which a poll for more of a message will not be answered any more: it or its answer is lost."""
        most = timing.response_s + timing.slack_s
        if self.reactions < _ENOUGH_REACTIONS:
            return most
        return min(most, _MARGIN * self.worst_reaction_s + timing.slack_s)

    def proposal(self, wanted: HdlcParameters) -> HdlcParameters:
        """What to offer the meter, where `wanted` would be best."""
        limit = self.limit
        if limit is None:
            return wanted
        info, window = min(wanted.max_info_rx, limit.max_info_rx), min(wanted.window_rx, limit.window_rx)
        return HdlcParameters(wanted.max_info_tx, info, wanted.window_tx, window)
