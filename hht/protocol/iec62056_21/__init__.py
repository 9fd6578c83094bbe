"""IEC 62056-21: the opening of an optical port at 300 baud, plain-text readout, programming mode, the switch to HDLC.

Both ends, sans I/O. Source: factbook chapter 7 and IEC 62056-21:2002.
"""

from __future__ import annotations

from hht.protocol.iec62056_21.characters import (
    BAUD_BY_CHAR,
    BAUD_BY_LETTER,
    MODE_D_BAUD,
    SIGN_ON_BAUD,
    ProtocolMode,
    even_parity,
    without_parity,
)
from hht.protocol.iec62056_21.server import EnterHdlc, EnterPlain, PlainTextServer, Send, SignOnServer, SwitchLine
from hht.protocol.iec62056_21.sign_on import (
    Identification,
    SignOnReader,
    acknowledge,
    parse_identification,
    request_message,
)

__all__ = [
    "BAUD_BY_CHAR",
    "BAUD_BY_LETTER",
    "MODE_D_BAUD",
    "SIGN_ON_BAUD",
    "EnterHdlc",
    "EnterPlain",
    "Identification",
    "PlainTextServer",
    "ProtocolMode",
    "Send",
    "SignOnReader",
    "SignOnServer",
    "SwitchLine",
    "acknowledge",
    "even_parity",
    "parse_identification",
    "request_message",
    "without_parity",
]
