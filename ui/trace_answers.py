"""Secrets in what a meter says: values of secret attributes that were asked for, and UTRNs wherever they stand."""

from __future__ import annotations

import re
from typing import Final

from hht.protocol.cosem import get
from hht.protocol.cosem.secret_answers import SecretAnswers
from hht.protocol.cosem.secret_members import names_a_secret
from hht.protocol.dissect import dissect, guess
from hht.protocol.hdlc.frame import FLAG, Frame
from hht.protocol.hdlc.reader import FrameReader
from hht.protocol.hdlc.station import LLC_RESPONSE
from hht.protocol.iec62056_21.characters import without_parity
from hht.protocol.iec62056_21.data_sets import resolve
from hht.protocol.overhearing import Overhearing
from hht.protocol.tokens import LENGTH, begun_token, tokens
from hht.protocol.wrapper import HEADER, VERSION
from ui.trace_echo import Range
from ui.trace_segments import Segments, shifted

_COMMAND: Final = re.compile(rb"\x01[A-Z][0-9](?:\x02([^(\x03\x04]*))?")
_SECRET_ADDRESS: Final = re.compile(rb"19\.40\.0|(?:96|C)\.13\.1")  # cheap: what is one, the dissector says
_VALUES: Final = re.compile(rb"(?:\(|\A)([^()\r\n\x01-\x06]*)")
_SELF_TOLD: Final = ("znp", "zcl", "gbcs")  # messages that say themselves what may be a key or a token
_BLOCK: Final = 9  # where the length of a piece stands in a get-response-with-datablock
_LAST: Final = 3


class ReceivedSecrets:
    """Of one conversation: APDUs of the client in clear are told to `asked`, those of the meter are looked through."""

    def __init__(self) -> None:
        self._answers = SecretAnswers()
        self._tail = b""  # the latest octets of a value that comes in blocks

    @property
    def expected(self) -> bool:
        """Whether a secret was asked for."""
        return self._answers.expected

    def asked(self, apdu: bytes) -> None:
        """The client said `apdu`, in clear."""
        self._answers.asked(apdu)

    def ranges(self, apdu: bytes, whole: bool = True) -> list[Range]:
        """Where secrets stand in `apdu`, of which no more has come unless it is `whole`."""
        found = self._answers.ranges(apdu) + list(tokens(apdu))
        more = not whole
        if apdu[:2] == bytes((get.RESPONSE, get.GetResponseWithDatablock.KIND)) and len(apdu) > _BLOCK:
            at = _BLOCK + 1 + (apdu[_BLOCK] & 0x7F if apdu[_BLOCK] & 0x80 else 0)
            piece = apdu[at:]
            joined, back = self._tail + piece, at - len(self._tail)
            more = more or not apdu[_LAST]
            over = [*tokens(joined), *_begun(joined, more)]
            found += [(max(at, start), end) for start, end in shifted(over, back) if end > at]
            if whole:
                self._tail = joined[1 - LENGTH :] if more else b""
        return [*found, *_begun(apdu, more)]


def _begun(text: bytes, more: bool) -> list[Range]:
    """Digits at the end of `text` that may go on as a UTRN where `more` comes."""
    at = begun_token(text) if more else None
    return [] if at is None else [(at, len(text))]


class Answers:
    """Where secrets stand in what is heard over one link."""

    def __init__(self) -> None:
        self._client = Overhearing()
        self._secrets = ReceivedSecrets()
        self._segments = Segments(LLC_RESPONSE, self._secrets.ranges)
        self._plain_text = False  # the command before this asks a plain-text meter for a secret

    def asked(self, data: bytes) -> None:
        """The terminal sent `data`."""
        for message in self._client.hear(data, sent=True):
            self._secrets.asked(message.plain)

    def commanded(self, text: bytes) -> None:
        """The terminal sent a command of IEC 62056-21, which is whole; 7 bits a character."""
        found = _COMMAND.match(text)
        if found is not None:
            self._plain_text = names_a_secret(resolve((found[1] or b"").decode("ascii", "replace")))

    def secrets_in(self, message: bytes) -> list[Range]:
        """Where secrets stand in one message as it came: whole, or what is left of it."""
        if message[:1] == bytes((FLAG,)):
            return self._in_frame(message)
        if message[:2] == VERSION and len(message) >= HEADER:
            whole = len(message) == HEADER + int.from_bytes(message[6:HEADER], "big")
            return shifted(self._secrets.ranges(message[HEADER:], whole), HEADER)
        if (protocol := guess(message)) in _SELF_TOLD:
            return [(node.start, node.end) for node in dissect(message, protocol).secrets()]
        return self._in_text(message)

    def _in_frame(self, message: bytes) -> list[Range]:
        frames = FrameReader().feed(message)
        if len(frames) == 1 and isinstance(frames[0], Frame):
            opening = len(message) - len(message.lstrip(bytes((FLAG,)))) - 1
            return shifted(self._segments.secrets_in(message[opening:], whole=True), opening)
        # damaged: whatever it holds, it may be what was asked for
        return [(1, len(message))] if self._secrets.expected else list(tokens(message))

    def _in_text(self, message: bytes) -> list[Range]:
        text = without_parity(message)
        if self._plain_text:
            return [match.span(1) for match in _VALUES.finditer(text) if match[1]]
        found = list(tokens(text))
        if _SECRET_ADDRESS.search(text):
            found += [(node.start, node.end) for node in dissect(message, "iec").secrets()]
        if self._secrets.expected and not found:
            return [(0, len(message))]  # the beginning or the end of a damaged frame
        return found
