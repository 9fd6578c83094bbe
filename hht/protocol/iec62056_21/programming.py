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

# 1: ASCII, 2: formatted (optional), 3 and 4: the same in partial blocks; 5 and 6 are for national use, and many meters
# take OBIS codes there (R6 in blocks). What is left is reserved: nobody but its maker knows what such a command does.
READS: Final = ("R1", "R2", "R3", "R4", "R5", "R6")
WRITES: Final = ("W1", "W2", "W3", "W4", "W5")
EXECUTE: Final = "E2"
IN_BLOCKS: Final = ("R3", "R4", "R6", "W3", "W4")
PASSWORD: Final = "P1"
BREAK: Final = "B0"
BREAKS: Final = (BREAK, "B1")  # B1: where a battery-powered meter was woken the fast way
_REFUSAL: Final = re.compile(r"ER(?:ROR)?[ .]?([0-9]{0,4})")
LONGEST_PASSWORD: Final = 32
BLOCK: Final = (
    128  # characters of a partial block that is sent: the standard leaves it open, old meters have little room
)


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


def password_command(password: Password, kind: str = PASSWORD) -> bytes:
    """The command that gives the password as it is (P1), 7 bits. Raises FrameError (code iec-p2) for P2: that carries
    what the maker's algorithm makes of the meter's operand, and the standard leaves the algorithm to the maker."""
    if kind == "P2":
        raise FrameError(
            _("P2 wants what the maker's own algorithm makes of the meter's question; no standard says which it is."),
            remedy=_("Use the meter's plain password (P1), or the maker's program."),
            code="iec-p2",
        )
    if kind != PASSWORD:
        raise no_command(kind, (PASSWORD,))
    return command(kind, f"({password.reveal()})")


def no_command(name: str, known: tuple[str, ...]) -> FrameError:
    """The error for a command that the standard reserves, or that is none."""
    return FrameError(
        _("“{name}” is no command that IEC 62056-21 specifies here.").format(name=name[:8]),
        remedy=_("Use one of: {names}.").format(names=", ".join(known)),
        code="iec-command",
    )


def partial_blocks(name: str, text: str, size: int = BLOCK) -> list[bytes]:
    """A command on the wire, 7 bits: one message, or several of at most `size` characters of `text` where it is one for
    partial blocks; all but the last end with EOT. Raises FrameError for what is no command, or cannot be carried."""
    if name not in IN_BLOCKS:
        return [command(name, text)]
    pieces = [text[at : at + size] for at in range(0, max(1, len(text)), size)]
    return [command(name, piece, more=at + 1 < len(pieces)) for at, piece in enumerate(pieces)]


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
