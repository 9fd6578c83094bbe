"""The envelope that says who made a pack: DSSE (Dead Simple Signing Envelope), ECDSA P-256 with SHA-256, r || s.

What is signed is the payload's octets with their type before them, so nothing has to be written in one certain way for
a signature to fit. A desk is known by the name of its key: the first eight octets of the SHA-256 of the key's point.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hht.i18n import _
from hht.packs.errors import EnvelopeError
from hht.protocol.gbcs.crypto import PrivateKey, PublicKey, is_signature, sign
from hht.work.positions import JsonSyntaxError, LocatedJson

PAYLOAD_TYPE: Final = "application/vnd.hht.pack+json"
MAX_OCTETS: Final = 8 * 1024 * 1024
_MOST_SIGNATURES: Final = 8


@dataclass(frozen=True, slots=True)
class DeskKey:
    """A desk that is trusted, in training or in live work, never in both. `name`: what people call it; `suppliers`: for
    whom it may sign jobs (None: for anybody)."""

    name: str
    key: PublicKey = field(repr=False, compare=False)
    training: bool
    suppliers: tuple[str, ...] | None = ()

    @property
    def key_name(self) -> str:
        """The name of its key."""
        return key_name(self.key)


@dataclass(frozen=True, slots=True)
class Opened:
    """A payload and the desk that signed it, the first of `signers`: all that are trusted and whose signatures fit."""

    payload: bytes = field(repr=False)
    desk: DeskKey
    signers: tuple[DeskKey, ...] = ()


def key_name(key: PublicKey) -> str:
    """How a key is called in envelopes: 16 hex digits."""
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return hashlib.sha256(point).hexdigest()[:16]


def _covered(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def close(payload: bytes, key: PrivateKey, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """An envelope around `payload`, signed with a desk's key."""
    signature = {"keyid": key_name(key.public_key()), "sig": _text(sign(key, _covered(payload_type, payload)))}
    envelope = {"payloadType": payload_type, "payload": _text(payload), "signatures": [signature]}
    return json.dumps(envelope, indent=1).encode() + b"\n"


def countersign(octets: bytes, key: PrivateKey, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """The envelope with one more signature, of another person at the desk. Raises EnvelopeError for what is none, or
    signed with that key already."""
    payload, signatures = _parts(octets, payload_type)
    name = key_name(key.public_key())
    if name in (signer for signer, _signature_ in signatures):
        raise _no_envelope(_("it is signed with that key already"))
    (added,) = json.loads(close(payload, key, payload_type))["signatures"]
    envelope = json.loads(octets)
    return json.dumps(envelope | {"signatures": [*envelope["signatures"], added]}, indent=1).encode() + b"\n"


def open_unverified(octets: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """The payload of an envelope, whoever made it: to be looked at, never to be used. Raises EnvelopeError."""
    return _parts(octets, payload_type)[0]


def open_envelope(octets: bytes, desks: Iterable[DeskKey], payload_type: str = PAYLOAD_TYPE) -> Opened:
    """The payload, if it is of that type and one of `desks` signed it.

    Raises EnvelopeError: ``pack-envelope`` for a file that is none, ``pack-desk-unknown`` where no trusted desk is
    named, ``pack-signature`` where a signature does not fit.
    """
    payload, signatures = _parts(octets, payload_type)
    known = {desk.key_name: desk for desk in desks}
    named = [(known[name], signature) for name, signature in signatures if name in known]
    if not named:
        names = ", ".join(name for name, _signature in signatures)
        raise EnvelopeError(
            _("No desk that is trusted here has signed this pack; it names {names}.").format(names=names or "-"),
            remedy=_("Ask the desk that sent it for the name of its key, and have that key given to this terminal."),
            code="pack-desk-unknown",
        )
    covered = _covered(payload_type, payload)
    fitting = [desk for desk, signature in named if is_signature(desk.key, signature, covered)]
    if fitting:
        signers = {desk.key_name: desk for desk in fitting}  # a key that signed twice is one signer
        return Opened(payload, fitting[0], tuple(signers.values()))
    said = _("The signature of {desk} does not fit: the pack was changed after it was signed.")
    raise EnvelopeError(
        said.format(desk=named[0][0].name),
        remedy=_("Do not use it. Ask the desk to send it again, and tell them that this copy was changed."),
        code="pack-signature",
    )


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _parts(octets: bytes, payload_type: str = PAYLOAD_TYPE) -> tuple[bytes, list[tuple[str, bytes]]]:
    if len(octets) > MAX_OCTETS:
        raise _no_envelope(_("it has {count} octets").format(count=len(octets)))
    try:
        found = LocatedJson(octets.decode("utf-8")).root.value
    except UnicodeDecodeError:
        raise _no_envelope(_("it is not UTF-8 text")) from None
    except JsonSyntaxError as error:
        raise _no_envelope(str(error.problem)) from None
    if not isinstance(found, dict) or found.keys() != {"payloadType", "payload", "signatures"}:
        raise _no_envelope(_("it has other fields than payloadType, payload and signatures"))
    if found["payloadType"] != payload_type:
        raise _no_envelope(_("it holds something else ({what})").format(what=str(found["payloadType"])[:60]))
    signatures = found["signatures"]
    if not isinstance(signatures, list) or not 0 < len(signatures) <= _MOST_SIGNATURES:
        raise _no_envelope(_("it has no signature, or too many"))
    return _octets(found["payload"]), [_signature(one) for one in signatures]


def _signature(one: object) -> tuple[str, bytes]:
    if not isinstance(one, dict) or one.keys() != {"keyid", "sig"} or not isinstance(one["keyid"], str):
        raise _no_envelope(_("a signature has other fields than keyid and sig"))
    return one["keyid"][:40], _octets(one["sig"])


def _octets(text: object) -> bytes:
    try:
        octets = base64.b64decode(text if isinstance(text, str) else "!", validate=True)
    except (binascii.Error, ValueError):
        raise _no_envelope(_("something in it is no base64")) from None
    if _text(octets) != text:  # its last character has bits that stand for nothing: they were flipped on the way
        raise _no_envelope(_("something in it is no base64"))
    return octets


def _no_envelope(why: str) -> EnvelopeError:
    return EnvelopeError(
        _("This file is no command pack: {why}.").format(why=why),
        remedy=_("Choose the file that the desk sent for this job; if it is the one, ask for it again."),
    )
