"""What says whose releases count, and what a release consists of: read before any signature is known to fit."""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import Final

from hht.releases.metadata import ReleaseRefused, canonical, key_id, read_root, read_targets, release_number, signers
from tests.fuzz.meaning import spoil_json
from tests.fuzz.mutation import Messages
from tests.fuzz.target import Target

_WORDS: Final = (b'"threshold"', b":1", b'"root"', b'"targets"', b"1e9", b"-0", b'"../"', b"\\u0000", b"{", b"}")


def root(messages: Messages) -> Hashable:
    """No root that is read lets one key count twice, or fewer than two sign."""
    found = read_root(b"".join(messages))
    assert all(key_id(public) == name for name, public in found.keys.items())
    assert all(2 <= role.threshold <= len(role.keys) for role in found.roles.values())
    assert found.body == canonical(json.loads(found.body))
    return len(found.keys), len(signers(found, found, "root"))


def release(messages: Messages) -> Hashable:
    """No release that is read names a file outside of its folder."""
    found = read_targets(b"".join(messages))
    assert all("/" not in one.name and not one.name.startswith(".") for one in found.artefacts)
    return min(len(found.artefacts), 9), len(release_number(found.release)), found.training


TARGETS: Final = [
    Target("release-root", root, "release-roots", (ReleaseRefused,), _WORDS, sample=150, meaning=spoil_json),
    Target("release-targets", release, "releases", (ReleaseRefused,), _WORDS, sample=150, meaning=spoil_json),
]
