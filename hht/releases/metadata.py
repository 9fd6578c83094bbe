"""The two signed files, strictly read: who may sign (root), and what a release consists of (targets).

TUF 1.0.31, sections 4.2 to 4.5. What is signed is canonical JSON; only printable ASCII without quotes and backslashes
may stand in it, in which canonical JSON and sorted compact JSON are the same octets. No field may stand that is not
known here: no text of a server's is ever shown, and no address is in it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hht.errors import HhtError
from hht.i18n import _
from hht.work.positions import JsonSyntaxError, LocatedJson

SPEC: Final = "1.0.31"
MOST_OCTETS: Final = 256 * 1024
MOST_LENGTH: Final = 4 << 30
LEAST_THRESHOLD: Final = 2  # one maintainer alone releases nothing, whatever a root says
ROLES: Final = ("root", "snapshot", "targets", "timestamp")  # TUF's four; snapshot and timestamp are for repositories
_KEY: Final = re.compile(r"[0-9a-f]{64}")
_SIGNATURE: Final = re.compile(r"[0-9a-f]{128}")
_TIME: Final = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]{0,99}")
_RELEASE: Final = re.compile(r"(0|[1-9]\d{0,5})(\.(0|[1-9]\d{0,5})){1,3}")
_PLAIN: Final = re.compile(r"[ !#-\[\]-~]*")


class ReleaseRefused(HhtError):
    """A release, or who may sign one, is not accepted."""

    default_code = "release-format"


@dataclass(frozen=True, slots=True)
class Role:
    """Whose signatures count, and how many different ones are needed."""

    keys: frozenset[str]
    threshold: int


@dataclass(frozen=True, slots=True)
class Signed:
    """One file: the octets that are signed, and the signatures by key id."""

    body: bytes = field(repr=False)
    signatures: Mapping[str, str] = field(repr=False)
    version: int
    expires: datetime
    training: bool


@dataclass(frozen=True, slots=True)
class Root(Signed):
    """Who may sign. `keys`: public keys (hex) by key id; a key id is the hash of its key, so no key has two."""

    keys: Mapping[str, str] = field(repr=False)
    roles: Mapping[str, Role]


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file of a release."""

    name: str
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Targets(Signed):
    """What a release consists of. `release`: its number."""

    release: str
    artefacts: tuple[Artefact, ...]


def canonical(plain: object) -> bytes:
    """The octets of what is signed."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def key_id(public: str) -> str:
    """The name of a public key (64 hex digits)."""
    return hashlib.sha256(canonical(key_object(public))).hexdigest()


def key_object(public: str) -> dict[str, Any]:
    """A key as TUF writes it."""
    return {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": public}}


def fingerprint(root: Root) -> str:
    """What people compare of a root: 32 hex digits in groups of 4."""
    digits = hashlib.sha256(root.body).hexdigest()[:32]
    return " ".join(digits[at : at + 4] for at in range(0, 32, 4))


def release_number(text: str) -> tuple[int, ...]:
    """A release's number for comparing; trailing zeros say nothing. Raises ReleaseRefused."""
    if _RELEASE.fullmatch(text) is None:
        raise refused(_("“{text}” is no number of a release").format(text=text[:20]))
    parts = [int(part) for part in text.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def read_root(octets: bytes) -> Root:
    """The root in these octets; nothing of it is trusted yet. Raises ReleaseRefused ``release-format``."""
    signed, signatures = _opened(octets, "root", {"consistent_snapshot", "keys", "roles"})
    keys = {name: _public(name, key) for name, key in _object(signed["keys"]).items()}
    if signed["consistent_snapshot"] is not False or not keys:
        raise refused(_("it has no keys, or is of another kind"))
    roles = _object(signed["roles"])
    if tuple(sorted(roles)) != ROLES:
        raise refused(_("it names other roles than {roles}").format(roles=", ".join(ROLES)))
    return Root(*_common(signed, signatures), keys, {name: _role(one, keys) for name, one in roles.items()})


def read_targets(octets: bytes) -> Targets:
    """The release in these octets; nothing of it is trusted yet. Raises ReleaseRefused ``release-format``."""
    signed, signatures = _opened(octets, "targets", {"targets"})
    artefacts = tuple(_artefact(name, one) for name, one in sorted(_object(signed["targets"]).items()))
    release = _object(signed["x-hht"]).get("release")
    if not artefacts or not isinstance(release, str):
        raise refused(_("it names no file, or no release"))
    release_number(release)
    return Targets(*_common(signed, signatures), release, artefacts)


def signers(signed: Signed, root: Root, role: str) -> frozenset[str]:
    """The key ids of `role` whose signatures fit: each key once, however often it signed."""
    return frozenset(
        name
        for name, signature in signed.signatures.items()
        if name in root.roles[role].keys and _fits(root.keys[name], signature, signed.body)
    )


def require_signed(signed: Signed, root: Root, role: str) -> frozenset[str]:
    """The signers, if there are enough. Raises ReleaseRefused ``release-signatures``."""
    found, needed = signers(signed, root, role), max(LEAST_THRESHOLD, root.roles[role].threshold)
    if len(found) < needed:
        raise ReleaseRefused(
            _("{count} of {needed} maintainers have signed it: too few.").format(count=len(found), needed=needed),
            remedy=_("Use nothing of it. Get the release from where the last one came from, and tell its maintainers."),
            code="release-signatures",
        )
    return found


def refused(why: str) -> ReleaseRefused:
    """What is said of a file that is none."""
    return ReleaseRefused(
        _("This is no signed release: {why}.").format(why=why),
        remedy=_("Use nothing of it; get the release anew."),
    )


def _fits(public: str, signature: str, body: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), body)
    except (InvalidSignature, ValueError):
        return False
    return True


def _opened(octets: bytes, kind: str, more: set[str]) -> tuple[dict[str, Any], dict[str, str]]:
    if len(octets) > MOST_OCTETS:
        raise refused(_("it is longer than {most} octets").format(most=MOST_OCTETS))
    try:
        found = _object(LocatedJson(octets.decode("ascii")).root.value)
    except UnicodeDecodeError:
        raise refused(_("something in it is no ASCII text")) from None
    except JsonSyntaxError as error:
        raise refused(str(error.problem)) from None
    if found.keys() != {"signed", "signatures"}:
        raise refused(_("it has other fields than signed and signatures"))
    signed = _object(found["signed"])
    if signed.get("_type") != kind or signed.keys() != {"_type", "spec_version", "version", "expires", "x-hht"} | more:
        raise refused(_("it is no {kind} file, or has other fields").format(kind=kind))
    _require_plain(signed)
    return signed, _signatures(found["signatures"])


def _signatures(listed: object) -> dict[str, str]:
    if not isinstance(listed, list) or len(listed) > 50:
        raise refused(_("its signatures are no list"))
    found: dict[str, str] = {}
    for one in listed:
        plain = _object(one)
        name, signature = plain.get("keyid"), plain.get("sig")
        fits = plain.keys() == {"keyid", "sig"} and isinstance(name, str) and isinstance(signature, str)
        if not fits or _KEY.fullmatch(str(name)) is None or _SIGNATURE.fullmatch(str(signature)) is None:
            raise refused(_("a signature is none"))
        if name in found:
            raise refused(_("one key stands twice among its signatures"))
        found[str(name)] = str(signature)
    return found


def _require_plain(value: object) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _require_plain(name)
            _require_plain(inner)
    elif isinstance(value, list):
        for inner in value:
            _require_plain(inner)
    elif isinstance(value, float) or (isinstance(value, str) and _PLAIN.fullmatch(value) is None):
        raise refused(_("it has a text or number that does not belong there"))


def _common(signed: dict[str, Any], signatures: dict[str, str]) -> tuple[bytes, dict[str, str], int, datetime, bool]:
    ours = _object(signed["x-hht"])
    training = ours.get("training")
    if not isinstance(training, bool) or not ours.keys() <= {"training", "release"} or signed["spec_version"] != SPEC:
        raise refused(_("it is of another kind or version"))
    return canonical(signed), signatures, _version(signed["version"]), _time(signed["expires"]), training


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise refused(_("something in it is not what it should be"))
    return value


def _version(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value < 1 << 31:
        raise refused(_("its version is no number"))
    return value


def _time(value: object) -> datetime:
    try:
        if isinstance(value, str) and _TIME.fullmatch(value):
            return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        pass
    raise refused(_("its expiry is no time"))


def _public(name: str, key: object) -> str:
    public = _object(_object(key).get("keyval")).get("public")
    if not isinstance(public, str) or _KEY.fullmatch(public) is None or key != key_object(public):
        raise refused(_("a key in it is none"))
    if key_id(public) != name:
        raise refused(_("a key in it has another key's name"))
    return public


def _role(value: object, keys: Mapping[str, str]) -> Role:
    plain = _object(value)
    names, threshold = plain.get("keyids"), plain.get("threshold")
    if plain.keys() != {"keyids", "threshold"} or not isinstance(names, list):
        raise refused(_("a role in it is none"))
    if not all(isinstance(name, str) and name in keys for name in names):
        raise refused(_("a role in it names keys that are not there"))
    if len(set(names)) != len(names) or not isinstance(threshold, int) or isinstance(threshold, bool):
        raise refused(_("a role in it is none"))
    if not LEAST_THRESHOLD <= threshold <= len(names):
        raise refused(_("a role in it needs fewer than {n} keys, or more than it has").format(n=LEAST_THRESHOLD))
    return Role(frozenset(names), threshold)


def _artefact(name: str, value: object) -> Artefact:
    plain = _object(value)
    length, hashes = plain.get("length"), _object(plain.get("hashes"))
    sha256 = hashes.get("sha256")
    whole = plain.keys() == {"length", "hashes"} and hashes.keys() == {"sha256"} and isinstance(sha256, str)
    if not whole or _NAME.fullmatch(name) is None or _KEY.fullmatch(str(sha256)) is None:
        raise refused(_("a file in it has no name or no hash"))
    if not isinstance(length, int) or isinstance(length, bool) or not 0 <= length <= MOST_LENGTH:
        raise refused(_("a file in it has no length"))
    return Artefact(name, length, str(sha256))
