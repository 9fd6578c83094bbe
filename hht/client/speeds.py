"""The change of speed after a sign-on: what the first bytes at the new one say, and which speed to try when it fails.

IEC 62056-21, 6.3.14 (speeds) and annex E (mode E confirms at the new speed; some meters send no confirmation).
"""

from __future__ import annotations

import enum
from dataclasses import replace
from typing import Final

from hht.client.api import MeterError
from hht.client.probe_sense import Evidence, Sight, after_echo, has_one_edge, judge
from hht.i18n import _
from hht.link import Line, Link, LinkError, LinkUnavailable
from hht.protocol.iec62056_21 import BAUD_BY_CHAR, SIGN_ON_BAUD, even_parity, without_parity

STEPS: Final = 2  # speeds that are tried after the first one
_SPEEDS: Final = sorted(BAUD_BY_CHAR.values())
_ENOUGH: Final = 2  # characters; a single one may be a glitch of the change itself
_SILENCE: Final = b"\x00\xff"


class SpeedFailed(LinkError):
    """The meter signed on, and the agreed speed is of no use: what it says is garbled, or the adapter cannot follow.
    `baud`: the speed to try next; `told`: that it is tried, and why."""

    default_code = "sign-on-speed"

    def __init__(self, message: str, *, remedy: str, baud: int, told: str) -> None:
        super().__init__(message, remedy=remedy)
        self.baud, self.told = baud, told


class AnswersPlainText(MeterError):
    """The meter was asked for HDLC (mode E), and reads itself out in plain text (mode C)."""

    default_code = "mode-c-answer"


class Confirmation(enum.Enum):
    """What came instead of, or as, the confirmation of mode E."""

    MISSING = enum.auto()  # nothing: some meters send none
    SOUND = enum.auto()
    LATE = enum.auto()  # its end: the terminal followed too late, or its beginning was lost
    PLAIN = enum.auto()  # a readout in plain text
    SLOW = enum.auto()  # somebody at a far lower speed
    GARBLED = enum.auto()


def judge_confirmation(acknowledgement: bytes, raw: bytes, baud: int) -> Confirmation:
    """`raw`: all that came since the acknowledgement was written, as it was on the wire, its echo included."""
    _echoed, rest = after_echo(even_parity(acknowledgement), raw)
    told = without_parity(rest.strip(_SILENCE))
    if acknowledgement in told:
        return Confirmation.SOUND
    if has_one_edge(rest) and len(rest) >= _ENOUGH and baud > SIGN_ON_BAUD:
        return Confirmation.SLOW
    if not told:
        return Confirmation.MISSING
    if acknowledgement.endswith(told) or acknowledgement.startswith(told):
        return Confirmation.LATE
    if len(told) < _ENOUGH or _identifies_again(told):
        return Confirmation.MISSING
    reads_out = b"\x02" in told or told.startswith((b"/", b"\x01"))
    if reads_out and judge(Evidence(rest, line=Line(baud, 7, "E", 1))) is Sight.TALKING:
        return Confirmation.PLAIN
    return Confirmation.GARBLED


def _identifies_again(told: bytes) -> bool:
    """An identification and nothing more: a meter that is late answers an earlier question with it."""
    return told.startswith(b"/") and told.endswith(b"\r\n") and told.count(b"\r\n") == 1


async def follow(link: Link, line: Line) -> None:
    """Follow the meter to the agreed speed. Raises SpeedFailed where the adapter refuses it, with the fastest speed
    below that it does not refuse; LinkUnavailable where it refuses all; LinkLost."""
    try:
        await link.set_line(line)
    except LinkUnavailable as refusal:
        then = slower_than(line.baud)
        while then is not None and not await can_do(link, replace(line, baud=then)):
            then = slower_than(then)
        if then is None:
            raise
        told = _("The adapter cannot do {baud} baud; trying {then} baud.").format(baud=line.baud, then=then)
        raise SpeedFailed(refusal.message, remedy=refusal.remedy, baud=then, told=told) from refusal


async def can_do(link: Link, line: Line) -> bool:
    """Set the line; whether the port can do it. Raises LinkLost."""
    try:
        await link.set_line(line)
    except LinkUnavailable:
        return False
    return True


def slower_than(baud: int) -> int | None:
    """The next lower speed of the standard; None below 300 baud."""
    return max((speed for speed in _SPEEDS if speed < baud), default=None)


def speed_words(baud: int, then: int) -> str:
    """What is told when a speed is given up."""
    return _("At {baud} baud nothing of use comes from the meter; trying {then} baud.").format(baud=baud, then=then)
