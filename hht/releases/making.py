"""What maintainers do: say who may sign (root), say what a release consists of (targets), add their signatures.

Each signs on a machine of their own that no network reaches; what travels between them is the file alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hht.clock import iso_z
from hht.i18n import _
from hht.releases.metadata import (
    LEAST_THRESHOLD,
    ROLES,
    SPEC,
    ReleaseRefused,
    canonical,
    key_id,
    key_object,
    read_root,
    read_targets,
)
from hht.releases.training import MAINTAINERS, public_of, training_maintainer

TRAINING_EXPIRES = datetime(2099, 1, 1, tzinfo=UTC)


def make_root(
    version: int,
    expires: datetime,
    maintainers: Sequence[str],
    *,
    threshold: int = LEAST_THRESHOLD,
    training: bool = False,
) -> bytes:
    """A root, not signed yet. `maintainers`: their public keys. ReleaseRefused for one that nobody would take."""
    keys = {key_id(public): key_object(public) for public in maintainers}
    role = {"keyids": sorted(keys), "threshold": threshold}
    more = {"consistent_snapshot": False, "keys": keys, "roles": dict.fromkeys(ROLES, role)}
    return _checked(_file("root", version, expires, more, {"training": training}))


def make_targets(
    version: int, expires: datetime, release: str, artefacts: Mapping[str, bytes | Path], *, training: bool = False
) -> bytes:
    """What a release consists of, not signed yet. Raises ReleaseRefused for names that no file may have, OSError."""
    listed = {name: _described(content) for name, content in artefacts.items()}
    return _checked(_file("targets", version, expires, {"targets": listed}, {"training": training, "release": release}))


def signed(octets: bytes, key: Ed25519PrivateKey) -> bytes:
    """The file with one more signature. Raises ReleaseRefused where that key signed it already, or it is no such
    file."""
    _checked(octets)
    plain = json.loads(octets)
    name = key_id(public_of(key))
    if any(one["keyid"] == name for one in plain["signatures"]):
        raise ReleaseRefused(
            _("This maintainer has signed it already."),
            remedy=_("Another maintainer has to sign it, with a key of their own."),
            code="release-signed-twice",
        )
    plain["signatures"].append({"keyid": name, "sig": key.sign(canonical(plain["signed"])).hex()})
    return _text(plain)


def training_root() -> bytes:
    """The root of training: three maintainers whose keys everybody has, two of whom must sign."""
    publics = [public_of(training_maintainer(number)) for number in (1, 2, 3)]
    made = make_root(1, TRAINING_EXPIRES, publics, training=True)
    for number in (1, 2):
        made = signed(made, training_maintainer(number))
    return made


def training_release(folder: Path, release: str, files: Iterable[Path], now: datetime, version: int = 1) -> None:
    """Write metadata for these files into `folder`, signed by two maintainers of training. Raises OSError."""
    made = make_targets(version, now + timedelta(days=30), release, {file.name: file for file in files}, training=True)
    for number in (1, MAINTAINERS - 2):
        made = signed(made, training_maintainer(number))
    (folder / "targets.json").write_bytes(made)


def _file(kind: str, version: int, expires: datetime, more: Mapping[str, Any], ours: Mapping[str, Any]) -> bytes:
    whole = expires.astimezone(UTC).replace(microsecond=0)
    common = {"_type": kind, "spec_version": SPEC, "version": version, "expires": iso_z(whole), "x-hht": dict(ours)}
    return _text({"signed": common | dict(more), "signatures": []})


def _checked(octets: bytes) -> bytes:
    kind = json.loads(octets)["signed"]["_type"]
    (read_root if kind == "root" else read_targets)(octets)
    return octets


def _text(plain: Mapping[str, Any]) -> bytes:
    return json.dumps(plain, sort_keys=True, indent=1).encode("ascii") + b"\n"


def _described(content: bytes | Path) -> dict[str, Any]:
    if isinstance(content, bytes):
        return {"length": len(content), "hashes": {"sha256": hashlib.sha256(content).hexdigest()}}
    with content.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"length": content.stat().st_size, "hashes": {"sha256": digest}}
