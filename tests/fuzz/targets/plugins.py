"""Plug-ins of third parties as files: the archive, and what its manifest says."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from hht.plugins.archive import read_archive
from hht.plugins.errors import PlugInError
from hht.plugins.manifest import is_path, read_manifest
from tests.fuzz.mutation import Messages
from tests.fuzz.target import Target

_WORDS: Final = (
    b'"name"',
    b'"files": {',
    b"../",
    b'"1.0.0"',
    b"[]",
    b"1e999",
    b"true",
    b"\\ud800",
    b"PK\1\2",
    b"PK\3\4",
)


def archive(messages: Messages) -> Hashable:
    """What is taken has its manifest's files and no other."""
    found = read_archive(b"".join(messages))
    assert found.files.keys() == found.manifest.files.keys()
    return len(found.files)


def manifest(messages: Messages) -> Hashable:
    """What is taken is written the same again, names no way up, and can be shown."""
    found = read_manifest(b"".join(messages))
    assert read_manifest(found.write()) == found
    assert all(is_path(path) and ".." not in path for path in found.files)
    assert (found.name + found.version + found.title + found.maker + "".join(found.adds)).isprintable()
    return found.number


TARGETS: Final = [
    Target("plugin-archive", archive, "plugin-archives", (PlugInError,), _WORDS, sample=200, longest=1 << 20),
    Target("plugin-manifest", manifest, "plugin-manifests", (PlugInError,), _WORDS, sample=300, longest=1 << 20),
]
