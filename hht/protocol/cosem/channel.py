"""A ciphered association's envelope, the same for both ends: what leaves is sealed, what comes is opened or refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hht.i18n import _
from hht.protocol.cosem import ecc
from hht.protocol.cosem.arriving import Glimpse
from hht.protocol.cosem.ciphered import (
    AUTHENTICATED,
    DEDICATED_TAG,
    GENERAL_DEDICATED,
    GENERAL_GLOBAL,
    GLOBAL_TAG,
    PLAIN_TAG,
    TAG_LENGTH,
    Ciphered,
    ciphered_title,
    overhead,
    parse_ciphered,
)
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.envelopes import Envelope, Opened
from hht.protocol.cosem.errors import NotSupported, PlaintextRefused, SecurityError, WrongSystemTitle
from hht.protocol.cosem.fresh_keys import find_key, make_key
from hht.protocol.cosem.general import (
    GeneralCiphering,
    GeneralHeader,
    GeneralSigning,
    general_ciphering_head,
    parse_general_ciphering,
    parse_general_signing,
)
from hht.protocol.cosem.lengths import encode_length
from hht.protocol.cosem.security import (
    GcmKey,
    InvocationCounters,
    Protection,
    SecurityMaterial,
    check_control,
    open_sealed,
    seal,
)

_TRANSACTION_LENGTH = 8
_INITIATE = frozenset({0x01, 0x08})
# What has no envelope of its own and travels in a general one: notifications, access, exceptions
_GENERAL_ONLY = frozenset({0x0F, 0x10, 0xD8, 0xD9, 0xDA})
_MAY_BE_INSIDE = frozenset(GLOBAL_TAG) | _GENERAL_ONLY
_CONFIRM = 0x10  # DataNotificationConfirm goes between a request and its answer, and begins nothing
_MAX_LAYERS = 2  # a ciphering and a signature


def no_random_bytes(_count: int) -> bytes:
    """For an end that never makes a key of its own. Raises ValueError."""
    raise ValueError("this envelope needs random_bytes for its keys")


class Channel:
    """Seals and opens APDUs. What leaves has `protection`, the envelope and the signature that were chosen; what comes
    must have as much protection, and a signature where `signed`. `signs_only`: what comes after the opening is signed
    and not ciphered (Green Book 9.2.2, a security policy of "digitally signed" alone); `may_sign_only` is the meter's
    leave to be spoken to so, and it answers in kind. `eased`: even by who numbers no transactions, whose requests can
    then be repeated by anybody (training, where the keys are everybody's)."""

    def __init__(
        self,
        material: SecurityMaterial,
        own_title: bytes,
        peer_title: bytes,
        protection: Protection,
        *,
        random_bytes: Callable[[int], bytes] = no_random_bytes,
        answers_in_kind: bool = False,
    ) -> None:
        """`answers_in_kind`: the meter's end, which speaks as it was spoken to."""
        self.material = material
        self.own_title = own_title
        self.peer_title = peer_title
        self.protection = protection
        self.envelope = Envelope.GLOBAL
        self.opening = Envelope.GLOBAL
        self.signed = False
        self.signs_only = self.may_sign_only = self.eased = False
        self._dedicated: SecurityMaterial | None = None
        self._random_bytes = random_bytes
        self._answers_in_kind = answers_in_kind
        self._transaction = b""
        self._outside: bool | None = None  # where the other end put its signature, for an answer in kind

    def use_dedicated_key(self, key: bytes) -> None:
        """Take `key` beside the global one, with counters of its own. Raises ValueOutOfRange for its length."""
        self._dedicated = replace(self.material, ek=key, counters=InvocationCounters())

    # ------------------------------------------------------------------ leaving

    def seal(self, apdu: bytes) -> bytes:
        """`apdu` in its envelope; takes a counter. Raises ValueOutOfRange when the counters are used up."""
        if self.signs_only and apdu[0] not in _INITIATE:
            return self._only_sign(apdu)
        envelope = self.opening if apdu[0] in _INITIATE else self.envelope
        signed = self.signed and apdu[0] not in _INITIATE
        if (envelope.is_general_ciphering or signed) and apdu[0] != _CONFIRM:
            self._begin_transaction()
        if signed and not self._signs_outside(envelope):
            return self._cipher(self._sign(apdu), envelope)
        return self._sign(self._cipher(apdu, envelope)) if signed else self._cipher(apdu, envelope)

    def _only_sign(self, apdu: bytes) -> bytes:
        """`apdu` signed and in clear. The transaction of what the client sends is a counter of the key: so it is never
        used twice, and the meter can tell an old request. A confirmation has one of its own, and no answer."""
        if self._answers_in_kind:
            self._begin_transaction()
            return self._sign(apdu)
        awaited, self._transaction = self._transaction, self._number(self.material.counters.take())
        signed = self._sign(apdu)
        if apdu[0] == _CONFIRM:
            self._transaction = awaited
        return signed

    def _signs_outside(self, envelope: Envelope) -> bool:
        """A signature goes inside a general envelope, as in GBCS, and around one of a service, which holds nothing
        else; an answer has it where its request had."""
        return not envelope.is_general if self._outside is None else self._outside

    def _begin_transaction(self) -> None:
        """A number that rises with each request; an answer has that of its request."""
        if not (self._answers_in_kind and self._transaction):
            self._transaction = self._number(self.material.counters.next_to_send)

    @staticmethod
    def _number(counter: int) -> bytes:
        return counter.to_bytes(_TRANSACTION_LENGTH, "big")

    def _cipher(self, apdu: bytes, envelope: Envelope) -> bytes:
        if envelope.is_general_ciphering:
            return self._cipher_generally(apdu, envelope)
        material, tags, general = self.material, GLOBAL_TAG, GENERAL_GLOBAL
        if envelope.is_dedicated:
            assert self._dedicated is not None  # checked when the association was described
            material, tags, general = self._dedicated, DEDICATED_TAG, GENERAL_DEDICATED
        tag = general if envelope.is_general else tags.get(apdu[0], general)
        return seal(apdu, tag, material, self.own_title, self.protection)

    def _header(self) -> GeneralHeader:
        return GeneralHeader(self._transaction, self.own_title, self.peer_title)

    def _cipher_generally(self, apdu: bytes, envelope: Envelope) -> bytes:
        header, counter = self._header(), self.material.counters.take()
        key, info = make_key(envelope, self.material, header, self._random_bytes)
        control = int(self.protection) | self.material.suite
        gcm = GcmKey(key, self.material.ak, self.own_title, header.encode())
        return GeneralCiphering(header, info, control, counter, gcm.protect(apdu, control, counter)).encode()

    def _sign(self, apdu: bytes) -> bytes:
        key = self.material.ecc.signing_key
        assert key is not None  # checked when the association was described
        message = GeneralSigning(self._header(), apdu)
        return replace(message, signature=ecc.sign(key, message.signed)).encode()

    def overhead(self, size: int) -> int:
        """Octets of an envelope `size` octets long that are not the APDU."""
        title = self.own_title if self.envelope.is_general else None
        own = 0 if self.signs_only else overhead(size, title=title)
        suite, length = self.material.parameters, len(encode_length(size))
        header = 5 + _TRANSACTION_LENGTH + len(self.own_title) + len(self.peer_title)
        if self.envelope.is_general_ciphering and not self.signs_only:
            largest_key = 8 + max(suite.key_length + 8, 4 * suite.curve_octets)
            own = 1 + header + largest_key + length + 5 + TAG_LENGTH
        return own + (1 + header + length + 2 + suite.signature_length if self.signed else 0)

    def most_overhead(self) -> int:
        """Octets of the longest envelope of an APDU that may have no envelope of its own kind."""
        return self.overhead(0xFFFF) + 1 + len(self.own_title)

    # ------------------------------------------------------------------ coming

    def open(self, octets: bytes) -> tuple[bytes, Opened]:
        """The APDU inside, and what its envelope was. Raises SecurityError, NotSupported, MalformedValue."""
        found = Opened()
        apdu = octets
        for _layer in range(_MAX_LAYERS):
            inner = self._layer(apdu, found)
            if inner is None:
                break
            apdu = inner
        signed_only = found.envelope is None and found.signed and bool(apdu) and apdu[0] not in _INITIATE
        if signed_only and (self.signs_only or self.may_sign_only):
            self._check_transaction(found)
        elif found.envelope is None:
            raise PlaintextRefused(
                _("An unprotected message came inside a protected association; nothing of it was used.")
            )
        if self.signed and not self._answers_in_kind and not found.signed and apdu[:1] not in (b"\x01", b"\x08"):
            raise SecurityError(_("The message is not signed, as was agreed."), code="cosem-signature-missing")
        if not apdu or apdu[0] not in _MAY_BE_INSIDE:
            raise _lying_envelope()
        if self._answers_in_kind:
            self._follow(found, apdu)
        return apdu, found

    def _check_transaction(self, found: Opened) -> None:
        """A signature alone has no counter: the transaction of a request must rise instead. (That of an answer is its
        request's, as for every signature.)"""
        if self._answers_in_kind and found.header is not None:
            if self.eased and not found.header.transaction_id:
                return
            self.material.counters.begin_transaction(int.from_bytes(found.header.transaction_id, "big"))

    def _follow(self, found: Opened, apdu: bytes) -> None:
        self.signs_only = found.envelope is None
        if found.envelope is None:
            self.signed, self._outside = True, None
        elif apdu[0] in _INITIATE:
            self.opening = found.envelope
        else:
            self.envelope, self.signed = found.envelope, found.signed
            self._outside = found.signed_outside if found.signed else None
        self._transaction = found.header.transaction_id if found.header else b""

    def _layer(self, octets: bytes, found: Opened) -> bytes | None:
        """What is inside the outermost envelope of `octets`; None where it has none (any more)."""
        cursor = Cursor(octets)
        tag = octets[0] if octets else 0
        if tag == GeneralSigning.TAG and not found.signed:
            cursor.octet()
            return self._check_signature(parse_general_signing(cursor), cursor, found)
        if found.envelope is not None:
            return None
        if tag == GeneralCiphering.TAG:
            cursor.octet()
            return self._decipher_generally(parse_general_ciphering(cursor), cursor, found)
        if tag in Ciphered.TAGS:
            cursor.octet()
            return self._decipher(parse_ciphered(tag, cursor), cursor, found)
        return None

    def _decipher(self, message: Ciphered, cursor: Cursor, found: Opened) -> bytes:
        cursor.end()
        dedicated = _is_dedicated(message.tag)
        material = self._material_of(message.tag, message.title)
        apdu = open_sealed(message, material, self.peer_title, self.protection)
        if message.title is None and (not apdu or PLAIN_TAG[message.tag] != apdu[0]):
            raise _lying_envelope()  # relabelled on the way; the genuine one may still come
        material.counters.accept(message.counter, proved=bool(message.control & AUTHENTICATED))
        found.protection = Protection(message.control & Protection.AUTHENTICATED_ENCRYPTED)
        if message.title is None:
            found.envelope = Envelope.DEDICATED if dedicated else Envelope.GLOBAL
        else:
            found.envelope = Envelope.GENERAL_DEDICATED if dedicated else Envelope.GENERAL_GLOBAL
        return apdu

    def _material_of(self, tag: int, title: bytes | None) -> SecurityMaterial:
        """The keys of a message with the wire's `tag` and the sender's `title`."""
        material = self._dedicated if _is_dedicated(tag) else self.material
        if material is None:
            raise NotSupported(_("A message under a dedicated key came; none was agreed on in this association."))
        if title is not None and title != self.peer_title:
            raise wrong_title(self.peer_title, title)
        return material

    def glimpse(self, head: bytes) -> Glimpse:
        """How to look into a message that begins with `head` before its tag has come. Nothing seen so has proved
        itself. Raises Truncated (more of it is needed), SecurityError, NotSupported, MalformedValue."""
        cursor = Cursor(head)
        tag = cursor.octet()
        if tag == GeneralCiphering.TAG:
            header, info = general_ciphering_head(cursor)
            self._check_header(header)
            material, associated = self.material, header.encode()
            key = find_key(info, material, header)[0]
        elif tag in Ciphered.TAGS:
            material, associated = self._material_of(tag, ciphered_title(tag, cursor)), b""
            key = material.ek
        else:
            raise NotSupported(_("This message cannot be looked into before it has come."))
        length, start = cursor.length(), cursor.at
        control, counter = cursor.octet(), cursor.u32()
        check_control(control, material.suite, self.protection)
        material.counters.check(counter)
        end = start + length - (TAG_LENGTH if control & AUTHENTICATED else 0)
        gcm = GcmKey(key, self.material.ak, self.peer_title, associated)
        return Glimpse(cursor.at, max(end - cursor.at, 0), gcm.glimpse(control, counter))

    def _decipher_generally(self, message: GeneralCiphering, cursor: Cursor, found: Opened) -> bytes:
        cursor.end()
        self._check_header(message.header)
        check_control(message.control, self.material.suite, self.protection)
        counters = self.material.counters
        counters.check(message.counter)
        key, envelope = find_key(message.key_info, self.material, message.header)
        gcm = GcmKey(key, self.material.ak, self.peer_title, message.header.encode())
        apdu = gcm.unprotect(message.body, message.control, message.counter)
        counters.accept(message.counter, proved=bool(message.control & AUTHENTICATED))
        found.protection = Protection(message.control & Protection.AUTHENTICATED_ENCRYPTED)
        found.envelope, found.header = envelope, message.header
        return apdu

    def _check_signature(self, message: GeneralSigning, cursor: Cursor, found: Opened) -> bytes:
        cursor.end()
        self._check_header(message.header)
        key = self.material.ecc.peer_signing_key
        if key is None:
            raise SecurityError(
                _("A signed message came, and there is no certificate here to check it with."),
                remedy=_("Complete the keys of this meter, then connect again."),
                code="cosem-no-key",
            )
        if not ecc.is_signature(key, message.signature, message.signed):
            raise SecurityError(
                _("The message's signature does not fit: it was changed, or signed by somebody else."),
                code="cosem-signature",
            )
        found.signed, found.signed_outside, found.header = True, found.envelope is None, message.header
        return message.content

    def _check_header(self, header: GeneralHeader) -> None:
        if header.originator != self.peer_title:
            raise wrong_title(self.peer_title, header.originator)
        if header.recipient not in (b"", self.own_title):
            raise wrong_title(self.own_title, header.recipient)
        if not self._answers_in_kind and header.transaction_id != self._transaction:
            raise SecurityError(_("The answer belongs to another transaction."), code="cosem-transaction")


def _is_dedicated(tag: int) -> bool:
    return tag == GENERAL_DEDICATED or tag in DEDICATED_TAG.values()


def _lying_envelope() -> SecurityError:
    return SecurityError(_("A protected message holds another kind of message than it says."), code="cosem-envelope")


def wrong_title(expected: bytes, found: bytes) -> WrongSystemTitle:
    """The error for another system title than the expected one."""
    return WrongSystemTitle(
        _("The system title is {found}, not {expected}: another meter, or keys of another meter.").format(
            found=found.hex().upper(), expected=expected.hex().upper()
        ),
        remedy=_("Check that the meter on the wall is the one in the job, and that these are its keys."),
    )
