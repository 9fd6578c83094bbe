"""Whether a release may be used: by who signs, by what was seen before, by its expiry, by every octet of its files.

What this terminal remembers (the newest root, the newest release seen, the latest time) only goes forward: an older
release (rollback), one that is held back (freeze: it expires), the same version with other contents, and a mixture of
two are refused, each by name (the attacks of TUF 1.0, section 1.5).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import BinaryIO, Final

from hht.clock import utc_text
from hht.i18n import _
from hht.releases.metadata import (
    Artefact,
    ReleaseRefused,
    Root,
    Targets,
    read_root,
    read_targets,
    release_number,
    require_signed,
)
from hht.releases.training import is_of_training

BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
_PART: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Remembered:
    """What only goes forward. `root`: the newest root that was trusted (b"": none yet); `version`, `digest`: of the
    newest release that was seen (0, "": none); `seen`: the latest time at which one passed or had expired."""

    root: bytes = field(default=b"", repr=False)
    version: int = 0
    digest: str = ""
    release: str = ""
    seen: datetime = BEGINNING


@dataclass(frozen=True, slots=True)
class Checked:
    """A release that may be used. `signed_by`: key ids; `remembered`: what to keep from now on."""

    targets: Targets
    signed_by: tuple[str, ...]
    remembered: Remembered


def memory_name(training: bool) -> str:
    """The file, in the terminal's folder, of what is remembered."""
    return "training-releases.json" if training else "releases.json"


def first_root(octets: bytes, *, training: bool, now: datetime) -> Root:
    """A root to begin with. Raises ReleaseRefused: signed by too few of its own, expired, of the other kind."""
    root = read_root(octets)
    _require_kind(root, training)
    require_signed(root, root, "root")
    _require_current(root.expires, now, BEGINNING, training)
    return root


def next_root(trusted: Root, octets: bytes, *, training: bool) -> Root:
    """The root that comes after a trusted one: as many of the old as the old one asks for have signed it, and as many
    of the new as it asks for itself. Raises ReleaseRefused."""
    root = read_root(octets)
    _require_kind(root, training)
    if root.version != trusted.version + 1:
        raise ReleaseRefused(
            _("Root {version} does not follow on root {trusted}.").format(
                version=root.version, trusted=trusted.version
            ),
            remedy=_("Each root in between has to be in the folder: N.root.json."),
            code="release-root-chain",
        )
    require_signed(root, trusted, "root")
    require_signed(root, root, "root")
    return root


def check_release(
    targets: bytes, roots: Sequence[bytes], remembered: Remembered, *, training: bool, now: datetime, running: str
) -> Checked:
    """Whether the release in `targets` may be used by a terminal that remembers that, and runs the release `running`.

    `roots`: those that follow on the remembered one, in their order. Raises ReleaseRefused: ``release-no-root``,
    ``release-root-chain``, ``release-signatures``, ``release-training``, ``release-expired``, ``release-rolled-back``,
    ``release-altered``, ``release-format``.
    """
    if not remembered.root:
        raise ReleaseRefused(
            _("This terminal does not know yet whose releases it may take."),
            remedy=_("Get root.json and its fingerprint by two ways, then: hht update trust FILE --fingerprint HEX."),
            code="release-no-root",
        )
    moment = max(now, remembered.seen)  # a clock that was set back makes nothing valid again
    root, newest = read_root(remembered.root), remembered.root
    keys_before = root.roles["targets"].keys
    for octets in roots:
        root, newest = next_root(root, octets, training=training), octets
    _require_kind(root, training)
    _require_current(root.expires, now, remembered.seen, training)
    found = read_targets(targets)
    _require_kind(found, training)
    signed_by = require_signed(found, root, "targets")
    _require_current(found.expires, now, remembered.seen, training)
    before = remembered
    if root.roles["targets"].keys != keys_before:  # other signers count anew: a stolen key may have counted far ahead
        before = replace(remembered, version=0, digest="")
    _require_not_older(found, before, running)
    digest = hashlib.sha256(found.body).hexdigest()
    kept = Remembered(newest, found.version, digest, found.release, moment)
    return Checked(found, tuple(sorted(signed_by)), kept)


def _require_not_older(found: Targets, remembered: Remembered, running: str) -> None:
    if found.version < remembered.version:
        said = _("This is edition {version} of the releases; edition {newest} has been seen here.")
        raise _rolled_back(said.format(version=found.version, newest=remembered.version))
    if found.version == remembered.version and hashlib.sha256(found.body).hexdigest() != remembered.digest:
        raise ReleaseRefused(
            _("Edition {version} of the releases was seen here with other contents.").format(version=found.version),
            remedy=_("Use nothing of it, and tell the maintainers: two editions have one number."),
            code="release-altered",
        )
    newest = max((one for one in (running, remembered.release) if one), key=release_number)
    if release_number(found.release) < release_number(newest):
        said = _("Release {release} is older than {newest}.")
        raise _rolled_back(said.format(release=found.release, newest=newest))


def check_artefact(wanted: Artefact, file: BinaryIO) -> None:
    """Read a file to its end, and no further than it should be long. Raises ReleaseRefused ``release-artefact``."""
    hashed, left = hashlib.sha256(), wanted.length
    while part := file.read(min(_PART, left + 1)):
        left -= len(part)  # -1 where it goes on: then nothing more is asked for
        hashed.update(part)
    if left or hashed.hexdigest() != wanted.sha256:
        raise ReleaseRefused(
            _("{name} is not the file that the maintainers signed.").format(name=wanted.name),
            remedy=_("Delete it, and get it anew; install nothing of this folder."),
            code="release-artefact",
        )


def _rolled_back(said: str) -> ReleaseRefused:
    remedy = _("Nothing is to be done: what is here is newer. Somebody may be offering an old release on purpose.")
    return ReleaseRefused(said, remedy=remedy, code="release-rolled-back")


def _require_current(expires: datetime, now: datetime, seen: datetime, training: bool) -> None:
    if max(now, seen) < expires:
        return
    said = _("What says whose releases count, and which is the newest, expired at {time:%Y-%m-%d %H:%M} UTC.")
    said = said.format(time=expires)
    remedy = _("Get the newest: somebody may be holding newer releases back. Is this computer's clock right?")
    if now < expires:
        noted = _("This terminal has noted {time}, later than this computer's clock.")
        said = f"{said} {noted.format(time=utc_text(seen))}"
        remedy = _(
            "Set this computer's clock right. If it was ahead once, delete this terminal's file {file}, then: "
            "hht update trust FILE --fingerprint HEX."
        ).format(file=memory_name(training))
    raise ReleaseRefused(said, remedy=remedy, code="release-expired")


def _require_kind(signed: Root | Targets, training: bool) -> None:
    everybodys = isinstance(signed, Root) and any(map(is_of_training, signed.keys.values()))
    if signed.training is training and (training or not everybodys):
        return
    said = _("This is no release to train with.") if training else _("This is to train with: anybody signs it.")
    remedy = _("Training and live work never mix: use the other one.")
    raise ReleaseRefused(said, remedy=remedy, code="release-training")
