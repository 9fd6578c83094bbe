"""General-ciphering and general-signing as they stand on the wire (Green Book 9.5); GBCS messages are both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from hht.i18n import _
from hht.protocol.cosem.ciphered import AUTHENTICATED, TAG_LENGTH
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.lengths import encode_length

ONE_PASS, STATIC = 1, 2  # key-parameters: C(1e, 1s), C(0e, 2s)
UNICAST, BROADCAST = 0, 1
MASTER_KEY = 0


@dataclass(frozen=True, slots=True)
class GeneralHeader:
    """Who speaks to whom in which transaction; each field may be empty. Titles are 8 octets where they are there."""

    transaction_id: bytes = b""
    originator: bytes = b""
    recipient: bytes = b""
    date_time: bytes = b""
    other_information: bytes = b""

    def encode(self) -> bytes:
        """The octets, each field with its length: as they are sent, and as tag and signature cover them."""
        fields = (self.transaction_id, self.originator, self.recipient, self.date_time, self.other_information)
        return b"".join(encode_length(len(value)) + value for value in fields)


@dataclass(frozen=True, slots=True)
class IdentifiedKey:
    """A key that both ends hold: 0 the global unicast key, 1 the global broadcast key."""

    key_id: int = UNICAST

    def encode(self) -> bytes:
        """The octets."""
        return bytes((0, self.key_id))


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A fresh key, wrapped (RFC 3394) with the key that `kek_id` names (0: master key)."""

    wrapped: bytes
    kek_id: int = MASTER_KEY

    def encode(self) -> bytes:
        """The octets."""
        return bytes((1, self.kek_id)) + encode_length(len(self.wrapped)) + self.wrapped


@dataclass(frozen=True, slots=True)
class AgreedKey:
    """A key that both ends derive. `parameters` names the scheme, `data` is what it needs besides the static keys."""

    parameters: bytes
    data: bytes = b""

    def encode(self) -> bytes:
        """The octets."""
        fields = (self.parameters, self.data)
        return b"\x02" + b"".join(encode_length(len(value)) + value for value in fields)


KeyInfo: TypeAlias = IdentifiedKey | WrappedKey | AgreedKey


@dataclass(frozen=True, slots=True)
class GeneralCiphering:
    """`body` is the ciphertext (or plaintext) with its 12-octet tag, if any, at the end. `key_info` None: as agreed."""

    TAG: ClassVar[int] = 0xDD
    header: GeneralHeader
    key_info: KeyInfo | None
    control: int
    counter: int
    body: bytes

    def encode(self) -> bytes:
        """The octets."""
        key = b"\x00" if self.key_info is None else b"\x01" + self.key_info.encode()
        inner = bytes((self.control,)) + self.counter.to_bytes(4, "big") + self.body
        return bytes((self.TAG,)) + self.header.encode() + key + encode_length(len(inner)) + inner


@dataclass(frozen=True, slots=True)
class GeneralSigning:
    """`content` is another APDU, `signature` r || s."""

    TAG: ClassVar[int] = 0xDF
    header: GeneralHeader
    content: bytes
    signature: bytes = b""

    @property
    def signed(self) -> bytes:
        """What the signature covers: everything between the tag and the signature's length."""
        return self.header.encode() + encode_length(len(self.content)) + self.content

    def encode(self) -> bytes:
        """The octets."""
        return bytes((self.TAG,)) + self.signed + encode_length(len(self.signature)) + self.signature


def _header(cursor: Cursor) -> GeneralHeader:
    return GeneralHeader(cursor.counted(), cursor.counted(), cursor.counted(), cursor.counted(), cursor.counted())


def _key_info(cursor: Cursor) -> KeyInfo | None:
    present = cursor.octet()
    if present == 0:
        return None
    kind = cursor.octet()
    if present != 1 or kind > 2:
        raise cursor.malformed(_("key information of no known kind"))
    if kind == 0:
        return IdentifiedKey(cursor.octet())
    if kind == 1:
        kek = cursor.octet()
        return WrappedKey(cursor.counted(), kek)
    return AgreedKey(cursor.counted(), cursor.counted())


def general_ciphering_head(cursor: Cursor) -> tuple[GeneralHeader, KeyInfo | None]:
    """After the tag: who speaks, and under which key. Raises MalformedValue."""
    return _header(cursor), _key_info(cursor)


def parse_general_ciphering(cursor: Cursor) -> GeneralCiphering:
    """After the tag. Raises MalformedValue."""
    header, key = general_ciphering_head(cursor)
    inner = Cursor(cursor.counted())
    control, counter = inner.octet(), inner.u32()
    if control & AUTHENTICATED and inner.left < TAG_LENGTH:
        raise inner.malformed(_("no room for its authentication tag"))
    return GeneralCiphering(header, key, control, counter, inner.rest())


def parse_general_signing(cursor: Cursor) -> GeneralSigning:
    """After the tag. Raises MalformedValue."""
    return GeneralSigning(_header(cursor), cursor.counted(), cursor.counted())
