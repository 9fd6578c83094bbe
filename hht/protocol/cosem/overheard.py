"""A conversation overheard by a holder of its keys: what stands inside of protected messages (Green Book 9.2.7, 9.5).

For traces, not for talking: counters are not judged and nothing is accepted. What the tag does not vouch for is not
shown. A message under a key that was made for it and that only one end can derive stays closed.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field

from hht.errors import HhtError
from hht.i18n import _
from hht.protocol.cosem.acse import Aare, Aarq
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.ciphered import DEDICATED_TAG, GENERAL_DEDICATED, PLAIN_TAG, TAG_LENGTH, Ciphered
from hht.protocol.cosem.errors import SecurityError
from hht.protocol.cosem.fresh_keys import find_key
from hht.protocol.cosem.general import GeneralCiphering, GeneralSigning
from hht.protocol.cosem.general_block import GeneralBlock
from hht.protocol.cosem.initiate import InitiateRequest
from hht.protocol.cosem.security import TITLE_LENGTH, GcmKey, SecurityMaterial

MOST_BLOCKS = 1 << 22  # octets of general blocks that are put together
_DEDICATED = frozenset(DEDICATED_TAG.values()) | {GENERAL_DEDICATED}


class Verdict(enum.StrEnum):
    """What a message's authentication tag says under the keys at hand."""

    VERIFIED = "verified"
    NO_TAG = "no-tag"  # it has none: nothing vouches for what was deciphered
    WRONG = "wrong"  # other keys, or it was changed
    NO_KEY = "no-key"


@dataclass(frozen=True, slots=True)
class Opened:
    """A protected message. `sealed` are its contents on the wire without the tag, `apdu` what they say (b"" where they
    could not be opened); octet for octet the same length."""

    sealed: bytes
    apdu: bytes = field(repr=False)
    verdict: Verdict


class Deciphering:
    """Opens the protected messages of conversations, one after the other. Never raises, whatever is heard."""

    def __init__(self, keys: Iterable[SecurityMaterial] = ()) -> None:
        """`keys`: those of every meter and client that may be heard; the tag tells which fit."""
        self._keys = tuple(keys)
        self._titles = {True: b"", False: b""}  # of the client, of the server
        self._dedicated = b""
        self._blocks = {True: b"", False: b""}

    def hear(self, apdu: bytes, *, sent: bool) -> tuple[bytes, list[Opened]]:
        """An APDU that the client `sent`, or that came: the message in clear (b"" where it stays closed), and what had
        to be opened for it."""
        try:
            message = parse_apdu(apdu)
        except HhtError:
            return b"", []
        if isinstance(message, Aarq | Aare):
            return apdu, self._associating(message, sent=sent)
        if isinstance(message, GeneralBlock):
            return self._block(message, sent=sent)
        if isinstance(message, GeneralSigning):
            return self.hear(message.content, sent=sent)
        if not isinstance(message, Ciphered | GeneralCiphering):
            return apdu, []
        opened = self._open(message, sent=sent)
        inner, deeper = self.hear(opened.apdu, sent=sent) if opened.apdu else (b"", [])
        return inner, [opened, *deeper]

    def _associating(self, message: Aarq | Aare, *, sent: bool) -> list[Opened]:
        title = message.client_title if isinstance(message, Aarq) else message.server_title
        self._titles[isinstance(message, Aarq)] = title or b""
        if isinstance(message, Aarq):
            self._dedicated, self._blocks = b"", {True: b"", False: b""}
        plain, opened = self.hear(message.user_information, sent=sent)
        proposal = parse_apdu(plain) if plain[:1] == bytes((InitiateRequest.TAG,)) else None
        if isinstance(proposal, InitiateRequest):
            self._dedicated = proposal.dedicated_key or b""
        return opened

    def _block(self, block: GeneralBlock, *, sent: bool) -> tuple[bytes, list[Opened]]:
        """A piece: the last one tells the whole. One that was lost and comes again makes the whole unreadable."""
        before = b"" if block.number == 1 else self._blocks[sent]
        joined = (before + block.raw)[:MOST_BLOCKS]
        self._blocks[sent] = b"" if block.last else joined
        if not block.last or not joined or joined[0] == GeneralBlock.TAG:
            return b"", []
        return self.hear(joined, sent=sent)

    def _open(self, message: Ciphered | GeneralCiphering, *, sent: bool) -> Opened:
        tagged = bool(message.control & 0x10)
        sealed = message.body[:-TAG_LENGTH] if tagged else message.body
        verdict = Verdict.NO_KEY
        for material in self._keys:
            if material.suite != message.control & 0x0F or not material.has_keys:
                continue
            try:
                key = self._key(message, material, sent=sent)
            except HhtError:
                continue  # made for this message, and not for us
            try:
                apdu = key.unprotect(message.body, message.control, message.counter)
            except SecurityError:
                verdict = Verdict.WRONG
                continue
            if not _makes_sense(message, apdu):
                verdict = Verdict.WRONG
                continue
            self._keys = (material, *(other for other in self._keys if other is not material))  # first next time
            return Opened(sealed, apdu, Verdict.VERIFIED if tagged else Verdict.NO_TAG)
        return Opened(sealed, b"", verdict)

    def _key(self, message: Ciphered | GeneralCiphering, material: SecurityMaterial, *, sent: bool) -> GcmKey:
        """What the message is protected with. Raises HhtError where these keys do not lead to it."""
        if isinstance(message, GeneralCiphering):
            key = find_key(message.key_info, material, message.header)[0]
            if len(message.header.originator) != TITLE_LENGTH:
                raise SecurityError(_("The sender's system title has not 8 octets."))
            return GcmKey(key, material.ak, message.header.originator, message.header.encode())
        title = self._titles[sent] if message.title is None else message.title
        key = self._dedicated if message.tag in _DEDICATED else material.ek
        if len(title) != TITLE_LENGTH or len(key) != material.parameters.key_length:
            raise SecurityError(_("The conversation's beginning, which says under what, was not heard."))
        return GcmKey(key, material.ak, title)


def _makes_sense(message: Ciphered | GeneralCiphering, apdu: bytes) -> bool:
    """Where no tag vouches for it: whether what was deciphered is the kind of message that its envelope says."""
    if isinstance(message, Ciphered) and message.title is None:
        return apdu[:1] == bytes((PLAIN_TAG[message.tag],))
    try:
        parse_apdu(apdu)
    except HhtError:
        return False
    return True
