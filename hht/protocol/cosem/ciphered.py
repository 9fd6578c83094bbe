"""Ciphered APDUs as they stand on the wire: service-specific (glo-, ded-) and general (Green Book 9.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hht.i18n import _
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.lengths import encode_length

# plain APDU tag -> global-key ciphered, dedicated-key ciphered
_PAIRS = {
    0x01: (0x21, 0x41), 0x08: (0x28, 0x48), 0x0E: (0x2E, 0x4E), 0xC0: (0xC8, 0xD0), 0xC1: (0xC9, 0xD1),
    0xC2: (0xCA, 0xD2), 0xC3: (0xCB, 0xD3), 0xC4: (0xCC, 0xD4), 0xC5: (0xCD, 0xD5), 0xC7: (0xCF, 0xD7),
}  # fmt: skip
GLOBAL_TAG = {plain: pair[0] for plain, pair in _PAIRS.items()}
DEDICATED_TAG = {plain: pair[1] for plain, pair in _PAIRS.items()}
PLAIN_TAG = {tag: plain for plain, pair in _PAIRS.items() for tag in pair}
GENERAL_GLOBAL, GENERAL_DEDICATED = 0xDB, 0xDC
AUTHENTICATED, ENCRYPTED, BROADCAST, COMPRESSED = 0x10, 0x20, 0x40, 0x80
TAG_LENGTH = 12
_HEAD = 5  # security control and invocation counter


@dataclass(frozen=True, slots=True)
class Ciphered:
    """`tag` is the wire's; `title` the sender's with general ciphering, None with service-specific.

    `control` is the security control octet, `body` the ciphertext (or plaintext where only authenticated) with the
    12-octet authentication tag, if any, at its end.
    """

    TAGS: ClassVar[frozenset[int]] = frozenset(PLAIN_TAG) | {GENERAL_GLOBAL, GENERAL_DEDICATED}
    tag: int
    control: int
    counter: int
    body: bytes
    title: bytes | None = None

    @property
    def suite(self) -> int:
        """Security suite number."""
        return self.control & 0x0F

    @property
    def authenticated(self) -> bool:
        """An authentication tag is there."""
        return bool(self.control & AUTHENTICATED)

    @property
    def encrypted(self) -> bool:
        """The contents are encrypted."""
        return bool(self.control & ENCRYPTED)

    @property
    def text(self) -> bytes:
        """The contents as they stand, without the authentication tag."""
        return self.body[:-TAG_LENGTH] if self.authenticated else self.body

    def encode(self) -> bytes:
        """The octets."""
        inner = bytes((self.control,)) + self.counter.to_bytes(4, "big") + self.body
        title = b"" if self.title is None else encode_length(len(self.title)) + self.title
        return bytes((self.tag,)) + title + encode_length(len(inner)) + inner


def ciphered_title(tag: int, cursor: Cursor) -> bytes | None:
    """After the tag: the sender's title with general ciphering, None with service-specific. Raises MalformedValue."""
    return cursor.counted() if tag in (GENERAL_GLOBAL, GENERAL_DEDICATED) else None


def parse_ciphered(tag: int, cursor: Cursor) -> Ciphered:
    """After the tag. Raises MalformedValue."""
    title = ciphered_title(tag, cursor)
    inner = Cursor(cursor.counted())
    control, counter = inner.octet(), inner.u32()
    if control & AUTHENTICATED and inner.left < TAG_LENGTH:
        raise inner.malformed(_("no room for its authentication tag"))
    return Ciphered(tag, control, counter, inner.rest(), title)


def overhead(size: int, *, title: bytes | None = None) -> int:
    """Octets that authenticated ciphering adds to an APDU that may be `size` octets long with them."""
    general = 0 if title is None else 1 + len(title)
    return 1 + general + len(encode_length(size)) + _HEAD + TAG_LENGTH
