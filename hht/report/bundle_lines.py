"""The lines of a bundle (`hht.evidence` says what they are): written and signed, and again with less in them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hht.clock import iso_z
from hht.errors import HhtError
from hht.evidence import BUNDLE, LEVELS, check_bundle, commitment, item_hash, line_of, signed_octets
from hht.i18n import _
from hht.report.levels import may_see

SEED_OCTETS = 32
_SALT_DIGITS = 32


class BundleError(HhtError):
    """A bundle that is not as it was signed, or a level that there is not."""

    default_code = "bundle"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a bundle tells; values are what JSON knows, and may be personal."""

    kind: str
    fields: Mapping[str, Any] = field(repr=False)


class EvidenceKey:
    """The terminal's key: it signs, and it makes the salts. Two keys, of one seed that nobody else has."""

    def __init__(self, seed: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if len(seed) != SEED_OCTETS:
            raise ValueError("a seed has 32 octets")
        self._private = Ed25519PrivateKey.from_private_bytes(_derived(seed, b"hht-bundle-sign-1"))
        self._salts = _derived(seed, b"hht-bundle-salt-1")

    def __repr__(self) -> str:
        return f"EvidenceKey({self.public[:8]}…)"

    @property
    def public(self) -> str:
        """The public key, 64 hex digits."""
        return self._private.public_key().public_bytes_raw().hex()

    def sign(self, content: bytes) -> str:
        """The signature, in hex; the same content always has the same."""
        return self._private.sign(content).hex()

    def salt(self, *place: Any) -> str:
        """A salt that nobody foretells, the same for the same place and value."""
        return hmac.digest(self._salts, line_of(list(place)), "sha256").hex()[:_SALT_DIGITS]


def _derived(seed: bytes, use: bytes) -> bytes:
    return hmac.digest(seed, use, "sha256")


def write_bundle(visit: str, items: Sequence[Item], photos: Sequence[bytes], key: EvidenceKey, at: datetime) -> bytes:
    """The whole bundle of the visit with the id `visit`; `photos`: octets of those that `items` bind and that go into
    the same file. The same visit at the same time gives the same octets."""
    lines = [line_of({"format": BUNDLE, "visit": visit})]
    head = hashlib.sha256(lines[0]).hexdigest()
    for number, item in enumerate(items, 1):
        salted = {n: {"salt": key.salt(visit, number, n, value), "value": value} for n, value in item.fields.items()}
        head = item_hash(head, number, item.kind, _commitments(salted))
        lines.append(line_of({"item": number, "kind": item.kind, "fields": salted, "hash": head}))
    moment = iso_z(at)
    seal = {"count": len(items), "head": head, "at": moment, "key": key.public}
    lines.append(line_of({"seal": {**seal, "signature": key.sign(signed_octets(head, len(items), moment))}}))
    return _ended([*lines, *_photo_lines(photos)], LEVELS[0], len(photos))


def redacted(bundle: bytes, level: str) -> bytes:
    """The bundle for readers of `level`: what they may not see is left out, and its commitment stands there; hashes
    and signature stay as they are. Raises BundleError where it is not whole, or leaves something out already."""
    _require_whole(bundle, level)
    lines, photos = [], 0
    for line in bundle.splitlines()[:-1]:
        value = json.loads(line)
        if "item" in value:
            value["fields"] = {
                name: one if may_see(level, value["kind"], name) else {"withheld": _commitments({name: one})[name]}
                for name, one in value["fields"].items()
            }
        elif "photo" in value:
            if not may_see(level, "photo", "sha256"):
                continue
            photos += 1
        lines.append(line_of(value))
    return _ended(lines, level, photos)


def without_photos(bundle: bytes) -> bytes:
    """The same bundle without the octets of photos, which are still bound to it. Raises BundleError."""
    verdict = check_bundle(bundle)
    if verdict.problem:
        raise _not_whole(verdict.problem)
    lines = [line for line in bundle.splitlines()[:-1] if not line.startswith(b'{"data":')]
    return _ended(lines, verdict.level, 0)


def _require_whole(bundle: bytes, level: str) -> None:
    if level not in LEVELS:
        raise BundleError(
            _("There is no level “{level}”.").format(level=level),
            remedy=_("Levels are: {levels}.").format(levels=", ".join(LEVELS)),
            code="bundle-level",
        )
    verdict = check_bundle(bundle)
    if verdict.problem or verdict.level != LEVELS[0]:
        raise _not_whole(verdict.problem or _("something is left out of it already"))


def _not_whole(why: str) -> BundleError:
    return BundleError(
        _("The bundle is not used: {why}.").format(why=why),
        remedy=_("Have the terminal write it again: hht visit report JOB --out DIR."),
        code="bundle-not-whole",
    )


def _commitments(fields: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {name: commitment(name, one["salt"], one["value"]) for name, one in fields.items()}


def _photo_lines(photos: Sequence[bytes]) -> Iterator[bytes]:
    for photo in photos:
        named = hashlib.sha256(photo).hexdigest()
        yield line_of({"photo": named, "data": base64.b64encode(photo).decode("ascii")})


def _ended(lines: Sequence[bytes], level: str, photos: int) -> bytes:
    before = b"\n".join(lines) + b"\n"
    end = {"level": level, "photos": photos, "sha256": hashlib.sha256(before).hexdigest()}
    return before + line_of({"end": end}) + b"\n"
