"""A GBCS message taken apart into header, payload, signature and MAC; payloads are not looked into (gbcs.md 1).

MAC header       DD 00 00 00 00 00 00 | length | 11 00 00 00 00                      only with a MAC
grouping header  DF | 09 CRA counter | 08 originator | 08 target | date-time | other information | payload's length
payload
signature        40 r s, or 00; a pre-command may end before it
MAC              12 octets
"""

from __future__ import annotations

import enum
import struct
from typing import Final, NamedTuple

from hht.i18n import _
from hht.protocol.gbcs.errors import MalformedMessage, malformed

SIGNATURE_LENGTH: Final = 64
MAC_LENGTH: Final = 12
ID_LENGTH: Final = 8
CIPHERING: Final = bytes.fromhex("DD000000000000")  # general-ciphering with six empty fields
SECURITY_HEADER: Final = bytes.fromhex("1100000000")  # suite 1, authenticated, invocation counter 0
MAC_PREFIX: Final = bytes.fromhex("110000000000")  # what a MAC covers before the grouping header
MAX_MESSAGE: Final = 0xFFFF + 32  # what two octets of length can say, and the headers around it
_HEAD: Final = struct.Struct(">BBBQB8sB8sB")


class Cra(enum.IntEnum):
    """Command, response or alert: the first octet of the transaction identifier."""

    COMMAND = 1
    RESPONSE = 2
    ALERT = 3


class Supplementary(NamedTuple):
    """What other information says besides the message code: the party that the access control broker speaks for.

    `party` 8 octets or b"": absent. `certificate` (DER) is that party's for key agreement; in commands alone.
    """

    party: bytes = b""
    counter: int | None = None
    originator_counter: int | None = None
    certificate: bytes = b""

    @property
    def possible(self) -> bool:
        """Whether other information can hold these fields: each needs those before it, a certificate no third one."""
        numbers = [number for number in (self.counter, self.originator_counter) if number is not None]
        if len(self.party) not in (0, ID_LENGTH) or not all(0 <= number < 1 << 64 for number in numbers):
            return False
        if self.counter is None:
            return self.originator_counter is None and not self.certificate
        if self.certificate:
            fits = bool(self.party) and self.originator_counter is None
            return fits and len(self.certificate) > ID_LENGTH and _is_one_value(self.certificate)
        return bool(self.party)

    def encode(self) -> bytes:
        """The octets behind the message code."""
        octets = self.party
        for number in (self.counter, self.originator_counter):
            octets += b"" if number is None else number.to_bytes(8, "big")
        return octets + self.certificate


class Envelope(NamedTuple):
    """One message. `raw` is all of it, `start` where its grouping header begins (0 without a MAC header).

    `signature`: r || s; b"": the message says that there is none; None: it ends before it (a pre-command). `mac`: 12
    octets, b"": none. `originator` and `target` are the business originator and target, 8 octets each.
    """

    raw: bytes
    start: int
    cra: int
    counter: int
    originator: bytes
    target: bytes
    date_time: bytes
    other: bytes
    message_code: int
    payload_start: int
    payload_end: int
    signature: bytes | None
    mac: bytes

    @property
    def kind(self) -> Cra:
        """Command, response or alert."""
        return Cra(self.cra)

    @property
    def payload(self) -> bytes:
        """What the message carries."""
        return self.raw[self.payload_start : self.payload_end]

    @property
    def mac_header(self) -> bytes:
        """The octets before the grouping header."""
        return self.raw[: self.start]

    @property
    def grouping_header(self) -> bytes:
        """From DF to the payload's length."""
        return self.raw[self.start : self.payload_start]

    @property
    def signed(self) -> bytes:
        """What the signature covers: grouping header and payload without the first octet."""
        return self.raw[self.start + 1 : self.payload_end]

    @property
    def authenticated(self) -> bytes:
        """What the MAC covers: six octets, then all from DF to the MAC."""
        return MAC_PREFIX + self.raw[self.start : -MAC_LENGTH]

    @property
    def supplementary(self) -> Supplementary:
        """The fields of other information behind the message code."""
        return _supplementary(self.other)

    @property
    def precommand(self) -> bool:
        """A command that nobody has signed and nobody has put a MAC on yet."""
        return self.cra == Cra.COMMAND and not self.signature and not self.mac


def parse(octets: bytes) -> Envelope:
    """`octets` as one message: nothing missing, nothing left over, every length as short as it can be.

    Raises MalformedMessage.
    """
    octets = bytes(octets)
    start, end = 0, len(octets)
    if end > MAX_MESSAGE:
        raise malformed(_("it is longer than a message can be"), MAX_MESSAGE)
    if octets[:1] == b"\xdd":
        start, end = _mac_header(octets)
    try:
        df, nine, cra, counter, eight, originator, eight_too, target, time_length = _HEAD.unpack_from(octets, start)
    except struct.error:
        raise malformed(_("it ends within its header"), end) from None
    if df != 0xDF or nine != 9 or eight != 8 or eight_too != 8 or not 1 <= cra <= 3 or time_length not in (0, 12):
        raise _wrong_head(octets, start)
    at = start + _HEAD.size
    date_time = octets[at : at + time_length]
    length, at = _length(octets, at + time_length, end)
    other = octets[at : at + length]
    if length not in (2, 18):
        _check_other(other, cra, at)
    length, payload_start = _length(octets, at + length, end)
    at = payload_start + length
    signature = _signature(octets, at, end, cra if start == 0 else 0)
    return Envelope(
        octets,
        start,
        cra,
        counter,
        originator,
        target,
        date_time,
        other,
        other[0] << 8 | other[1],
        payload_start,
        at,
        signature,
        octets[end:],
    )


def _mac_header(octets: bytes) -> tuple[int, int]:
    """Where the grouping header begins, and where the MAC does."""
    if octets[:7] != CIPHERING:
        raise malformed(_("its general-ciphering has fields that GBCS leaves empty"), 1)
    length, at = _length(octets, 7, len(octets))
    if at + length != len(octets):
        raise malformed(_("its length is another than it says"), 7)
    start, end = at + len(SECURITY_HEADER), len(octets) - MAC_LENGTH
    if octets[at:start] != SECURITY_HEADER:
        raise malformed(_("another security header than 11 00000000"), at)
    return start, end


def _length(octets: bytes, at: int, end: int) -> tuple[int, int]:
    """A length in its shortest form, of octets that are there before `end`; and the offset after it."""
    first = octets[at] if at < end else 0xFF
    if first < 0x80:
        length, after, least = first, at + 1, 0
    elif first == 0x81 and at + 1 < end:
        length, after, least = octets[at + 1], at + 2, 0x80
    elif first == 0x82 and at + 2 < end:
        length, after, least = octets[at + 1] << 8 | octets[at + 2], at + 3, 0x100
    else:
        raise malformed(_("a length that cannot be"), at)
    if length < least:
        raise malformed(_("a length that is not in its shortest form"), at)
    if after + length > end:
        raise malformed(_("a length that is more than what follows"), at)
    return length, after


def _signature(octets: bytes, at: int, end: int, cra: int) -> bytes | None:
    """What stands between payload and MAC; `cra` 0: behind a MAC header, where it is never left out."""
    size = end - at
    if size == 1 and octets[at] == 0:
        return b""
    if size == 1 + SIGNATURE_LENGTH and octets[at] == SIGNATURE_LENGTH:
        return octets[at + 1 : end]
    if size == 0 and cra == Cra.COMMAND:
        return None
    raise malformed(_("neither a signature of 64 octets nor none"), at)


def _check_other(other: bytes, cra: int, at: int) -> None:
    """Raises MalformedMessage for other information of no known form."""
    if len(other) in (10, 26):
        return
    certificate = other[18:]
    if cra == Cra.COMMAND and len(other) > 26 and _is_one_value(certificate):
        return
    raise malformed(_("other information of no known form"), at)


def _is_one_value(octets: bytes) -> bool:
    """Whether these are just one SEQUENCE of DER, as a certificate is."""
    if octets[:1] != b"\x30":
        return False
    try:
        length, after = _length(octets, 1, len(octets))
    except MalformedMessage:
        return False
    return after + length == len(octets)


def _supplementary(other: bytes) -> Supplementary:
    size = len(other)
    return Supplementary(
        other[2:10],
        int.from_bytes(other[10:18], "big") if size >= 18 else None,
        int.from_bytes(other[18:26], "big") if size == 26 else None,
        other[18:] if size > 26 else b"",
    )


def _wrong_head(octets: bytes, start: int) -> MalformedMessage:
    fields = {
        _("no grouping header (DF)"): (0, (0xDF,)),
        _("a transaction identifier of another length than 9"): (1, (9,)),
        _("neither command, response nor alert"): (2, (1, 2, 3)),
        _("an originator of another length than 8"): (11, (8,)),
        _("a target of another length than 8"): (20, (8,)),
        _("a date-time of another length than 12"): (29, (0, 12)),
    }
    what, place = next((what, place) for what, (place, right) in fields.items() if octets[start + place] not in right)
    return malformed(what, start + place)


def id_text(octets: bytes) -> str:
    """An entity identifier as people write it: 00-DB-12-34-56-78-90-A0."""
    return octets.hex("-").upper()
