"""Programming mode: which commands there are, what a meter's refusal says in words, passwords that do not show.

Source: IEC 62056-21:2002, 6.3.3 and 6.5 (command messages); the numbers of error messages are the makers' own, those
here are the common ones.
"""

from __future__ import annotations

import re
from typing import Final

from hht.i18n import _
from hht.identifiers.secret import Secret
from hht.protocol.frames import FrameError
from hht.protocol.iec62056_21.data_sets import DataLine
from hht.protocol.iec62056_21.messages import command

READS: Final = ("R1", "R2", "R3", "R4", "R5", "R6")  # ASCII, formatted, in blocks; 5 and 6: OBIS, in blocks
WRITES: Final = ("W1", "W2", "W5")
BREAK: Final = "B0"
_REFUSAL: Final = re.compile(r"ER(?:ROR)?[ .]?([0-9]{0,4})")
LONGEST_PASSWORD: Final = 32


class Password(Secret):
    """A meter's password for programming mode: at most 32 printable characters, no brackets, ``/`` or ``!``.

    Raises FrameError (code iec-password), which never quotes it.
    """

    __slots__ = ()

    def __init__(self, secret: str) -> None:
        good = secret.isascii() and (not secret or secret.isprintable()) and not set("()/!") & set(secret)
        if not good or len(secret) > LONGEST_PASSWORD:
            raise FrameError(
                _("This cannot be a password of a plain-text meter."),
                remedy=_("Use at most {longest} printable characters, and none of ( ) / !.").format(
                    longest=LONGEST_PASSWORD
                ),
                code="iec-password",
            )
        super().__init__(secret)


def password_command(password: Password, kind: str = "P1") -> bytes:
    """The command that gives the password (P1: as it is; P2: the result of the maker's algorithm), 7 bits."""
    return command(kind, f"({password.reveal()})")


def refusal(lines: list[DataLine]) -> str | None:
    """What the meter's error message says, in words; None where the answer is no error message."""
    if len(lines) != 1 or len(lines[0]) != 1:
        return None
    entry = lines[0][0]
    if entry.address or len(entry.values) != 1:
        return None
    match = _REFUSAL.fullmatch(entry.values[0].text)
    if match is None or entry.values[0].unit:
        return None
    said = entry.values[0].text
    meaning = _meanings().get(int(match[1] or 0))
    return _("{code}, usually: {meaning}").format(code=said, meaning=meaning) if meaning else said


def _meanings() -> dict[int, str]:
    return {
        1: _("unknown command"),
        2: _("invalid command"),
        3: _("wrong format of the command"),
        4: _("read-only"),
        5: _("write-only"),
        6: _("no right to read or write this"),
        7: _("access denied"),
        8: _("it is not readable"),
    }
