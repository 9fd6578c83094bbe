"""Makes GBCS messages: the header, then whatever protects it. `protect` does what gbcs.md 2.1 says of each message.

A critical command is made in steps by several parties: the access control broker makes the pre-command, its originator
signs it, the broker adds the MAC. `contents`, `signed`, `unsigned` and `with_mac` are those steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hht.i18n import _
from hht.protocol.cosem.lengths import encode_length
from hht.protocol.gbcs import crypto
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.envelope import (
    CIPHERING,
    MAC_LENGTH,
    MAC_PREFIX,
    SECURITY_HEADER,
    SIGNATURE_LENGTH,
    Cra,
    Envelope,
    Supplementary,
    parse,
)
from hht.protocol.gbcs.errors import GbcsError
from hht.protocol.gbcs.keys import KeyRing, missing
from hht.protocol.gbcs.messages import use_case
from hht.protocol.gbcs.protection import lawful, mac_parties

NO_SIGNATURE: Final = b"\x00"
NO_SUPPLEMENT: Final = Supplementary()
_MOST: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class Header:
    """What a grouping header says. `originator` and `target`: 8 octets; `date_time`: 12 octets (COSEM), or none.

    `counter`: the originator counter, 0 to 2^64 - 1. A response repeats the command's, and its `supplementary` fields
    without a certificate.
    """

    cra: Cra
    counter: int
    originator: bytes
    target: bytes
    message_code: int
    date_time: bytes = b""
    supplementary: Supplementary = NO_SUPPLEMENT

    def encode(self, payload_length: int) -> bytes:
        """From DF to the payload's length. Raises GbcsError where a field cannot hold its value."""
        sizes = len(self.originator), len(self.target), len(self.date_time)
        fits = 0 <= self.counter < 1 << 64 and sizes in ((8, 8, 0), (8, 8, 12)) and payload_length <= _MOST
        if not fits or not self.supplementary.possible:
            raise GbcsError(
                _("A message cannot be made of this: a counter, an identifier, a time or a payload does not fit."),
                remedy=_("Check the counters (64 bits), the identifiers (8 octets) and the length of the payload."),
                code="gbcs-field",
            )
        other = self.message_code.to_bytes(2, "big") + self.supplementary.encode()
        return b"".join(
            (
                b"\xdf\x09" + bytes((self.cra,)) + self.counter.to_bytes(8, "big"),
                b"\x08" + self.originator + b"\x08" + self.target,
                bytes((len(self.date_time),)) + self.date_time,
                encode_length(len(other)) + other,
                encode_length(payload_length),
            )
        )


def response_header(command: Envelope, date_time: bytes = b"") -> Header:
    """The header that answers `command`: the same code and counter, the parties swapped, no certificate.

    Where the command brought a certificate, GBCS leaves its counter's place to the caller's originator counter; see
    `Supplementary`.
    """
    asked = command.supplementary
    return Header(
        Cra.RESPONSE,
        command.counter,
        command.target,
        command.originator,
        command.message_code,
        date_time,
        Supplementary(asked.party, asked.counter, asked.originator_counter),
    )


def contents(header: Header, payload: bytes) -> bytes:
    """Grouping header and payload: a pre-command as it is written where its signature field is left out."""
    return header.encode(len(payload)) + payload


def unsigned(made: bytes) -> bytes:
    """`contents` that say they have no signature."""
    return made + NO_SIGNATURE


def signed(made: bytes, key: crypto.PrivateKey) -> bytes:
    """`contents` with their originator's signature."""
    return made + bytes((SIGNATURE_LENGTH,)) + crypto.sign(key, made[1:])


def with_mac(made: bytes, z: bytes) -> bytes:
    """A message with its signature field, and a MAC under what its two parties share."""
    message = parse(made)
    key = crypto.derive_key(z, message.originator, made[2:11], message.target)
    length = encode_length(len(SECURITY_HEADER) + len(made) + MAC_LENGTH)
    tag = crypto.mac(key, message.originator, MAC_PREFIX + made)
    return CIPHERING + length + SECURITY_HEADER + made + tag


def protect(header: Header, payload: bytes, keys: KeyRing, *, sign: bool | None = None) -> bytes:
    """The finished message, signed and with a MAC as its kind demands; raises KeyMissing where a key is not held.

    `sign` chooses where GBCS leaves a choice (credentials' details); None: the first of what is lawful.
    """
    return finish(contents(header, payload), keys, sign=sign)


def finish(made: bytes, keys: KeyRing, *, sign: bool | None = None) -> bytes:
    """A pre-command, with or without its empty signature, or any `contents`, made into the finished message.

    Raises MalformedMessage, KeyMissing, GbcsError for a message code that no message can have.
    """
    message = parse(made) if made[2:3] == b"\x01" else parse(made + NO_SIGNATURE)
    made = message.raw[: message.payload_end]
    found = use_case(message.message_code)
    ways = lawful(found, message.cra) if found is not None else ()
    if sign is not None:
        ways = tuple(way for way in ways if way.signed is sign)
    if not ways:
        raise GbcsError(
            _("There is no GBCS message of code {code:04X} that is protected like this.").format(
                code=message.message_code
            ),
            remedy=_("Check the message code, and who is to send it."),
            code="gbcs-message-code",
        )
    return _finished(made, message, keys, signing=ways[0].signed, macing=ways[0].mac)


def _finished(made: bytes, message: Envelope, keys: KeyRing, *, signing: bool, macing: bool) -> bytes:
    whole = signed(made, keys.private(message.originator, KeyUsage.DIGITAL_SIGNATURE)) if signing else unsigned(made)
    if not macing:
        return whole
    one, other = mac_parties(message, keys.acb)
    z = keys.secret(one, other)
    if z is None:
        raise missing(one or message.target)
    return with_mac(whole, z)
