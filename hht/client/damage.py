"""Frames that arrive damaged: when it is time to ask the meter for shorter ones, or for fewer at a time.

One damaged frame costs the rest of its window (HDLC goes back to it; DLMS has no selective reject, and to keep what
came sound behind it would save nothing, for the meter sends it again). A line that now and then damages one is used
with long frames and a full window all the same. Three things are different: a meter that damages
long frames always in the same way, a line on which none of them comes through, and one on which over a third of what
comes is of no use. Then the connection is made anew, once for each.
"""

from __future__ import annotations

from typing import Final

from hht.client.hdlc_endings import FramesDamaged
from hht.client.line_record import SHORT_FRAMES, SMALL_TURNS, LineRecord
from hht.client.remarks import OnRemark, Remark
from hht.i18n import _
from hht.protocol.hdlc import HdlcClient, HdlcLinkError

OVERHEAD: Final = 16  # octets that a frame has at most beside its field
_WASTE: Final = 1 / 3
_ENOUGH_TURNS: Final = 4  # that were damaged ...
_ENOUGH_S: Final = 20.0  # ... and seconds of hearing, before the line is judged


class DamageWatch:
    """Watches the meter's turns. `record` is where it is kept what the terminal asks for from then on."""

    def __init__(self, record: LineRecord, on_remark: OnRemark) -> None:
        self._record, self._remark = record, on_remark
        self.turn = bytearray()  # all that came since the terminal spoke last
        self._spoilt = b""  # the turn before, where damage was in it
        self._damaged_turns = self._all = self._useful = 0

    def hear(self, data: bytes) -> None:
        """More of the meter's turn."""
        self.turn += data
        self._all += len(data)

    def use(self, octets: int) -> None:
        """So much of it was new, and sound."""
        self._useful += octets

    def turn_over(self, machine: HdlcClient, char_time_s: float) -> None:
        """The terminal is about to speak. Raises FramesDamaged; the connection of `machine` is given up then."""
        spoilt = bytes(self.turn) if machine.damaged else b""
        self.turn.clear()
        self._damaged_turns += bool(spoilt)
        same, self._spoilt = spoilt == self._spoilt and len(spoilt) > SHORT_FRAMES.max_info_rx + OVERHEAD, spoilt
        if same and _above(machine, SHORT_FRAMES.max_info_rx):  # octet for octet: chance does not do that
            machine.give_up()
            raise self._in_short_frames(_("The meter damages what it sends, twice in the same way."))
        if spoilt and self._is_noisy(machine, char_time_s):
            machine.give_up()
            self._record.limit = SMALL_TURNS
            text = _(
                "This line damages many frames: the meter is read in frames of {octets} octets, {window} at a time."
            )
            words = text.format(octets=SMALL_TURNS.max_info_rx, window=SMALL_TURNS.window_rx)
            self._remark(Remark("small-turns", words))
            raise _damaged(_("Too much of what the meter sends arrives damaged."))

    def judged(self, error: HdlcLinkError, machine: HdlcClient) -> HdlcLinkError:
        """`error`, which ended the connection of `machine`; FramesDamaged where short frames may be the way out."""
        if error.code != FramesDamaged.default_code or not _above(machine, SHORT_FRAMES.max_info_rx):
            return error
        return self._in_short_frames(error.message)

    def _is_noisy(self, machine: HdlcClient, char_time_s: float) -> bool:
        turn_octets = machine.parameters.max_info_rx * machine.parameters.window_rx
        if self._record.limit is not None or turn_octets <= 2 * SMALL_TURNS.max_info_rx * SMALL_TURNS.window_rx:
            return False
        enough = self._damaged_turns >= _ENOUGH_TURNS and self._all * char_time_s >= _ENOUGH_S
        return enough and self._all - self._useful > _WASTE * self._all

    def _in_short_frames(self, message: str) -> FramesDamaged:
        self._record.limit = SHORT_FRAMES
        text = _("This meter damages long frames, or the line does: it is read in frames of {octets} octets.")
        self._remark(Remark("short-frames", text.format(octets=SHORT_FRAMES.max_info_rx)))
        return _damaged(message)


def _above(machine: HdlcClient, octets: int) -> bool:
    return machine.parameters.max_info_rx > octets


def _damaged(message: str) -> FramesDamaged:
    return FramesDamaged(message, remedy=_("Connect again: the terminal then asks for shorter frames."))
