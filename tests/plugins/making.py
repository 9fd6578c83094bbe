"""Makers, archives and folders of plug-ins for the tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hht.plugins import api
from hht.plugins.archive import MANIFEST, SIGNATURE, write_archive
from hht.plugins.building import build
from hht.plugins.keys import public_pem
from hht.plugins.manifest import Manifest
from tests.conftest import ROOT

SAMPLE = ROOT / "resources" / "samples" / "plugin-kestrel"
DEVICE = "kestrel-hm1"


def maker(number: int = 1) -> Ed25519PrivateKey:
    """A maker's key."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def pem(key: Ed25519PrivateKey) -> bytes:
    """Its public half."""
    return public_pem(key.public_key().public_bytes_raw())


@cache
def sample() -> bytes:
    """The sample plug-in, signed by the first maker."""
    return build(SAMPLE, maker())


def sample_files() -> dict[str, bytes]:
    """What goes into it."""
    names = (
        path.relative_to(SAMPLE).as_posix() for path in sorted(SAMPLE.rglob("*.*")) if "__pycache__" not in str(path)
    )
    return {name: (SAMPLE / name).read_bytes() for name in names if name != "plugin.toml"}


def archive_of(
    files: Mapping[str, bytes | str],
    key: Ed25519PrivateKey | None = None,
    *,
    name: str = "kestrel",
    version: str = "1.0.0",
    training: bool = True,
    number: int = api.VERSION,
    adds: tuple[str, ...] = (f"device:{DEVICE}",),
) -> bytes:
    """An archive of `files`, as a maker would sign it."""
    octets = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    manifest = Manifest(name, version, number, "A title", "A maker", training, adds, {})
    return write_archive(manifest, octets, key or maker())


def rezipped(octets: bytes, **changes: bytes | None) -> list[tuple[zipfile.ZipInfo, bytes]]:
    """The entries of an archive, with those that `changes` names by the stem of their file replaced, or left out."""
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        found = [(info, archive.read(info)) for info in archive.infolist()]
    kept = []
    for info, content in found:
        stem = info.filename.partition(".")[0]
        new = changes.get(stem, content)
        if new is not None:
            kept.append((info, new))
    return kept


def zipped(entries: list[tuple[zipfile.ZipInfo, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of them; the last entry is packed by `method`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for info, content in entries:
            attributes = info.external_attr
            archive.writestr(info, content, method if info is entries[-1][0] else zipfile.ZIP_STORED)
            info.external_attr = attributes  # it makes some up where there are none
    return file.getvalue()


def entry(name: str, *, attributes: int = 0) -> zipfile.ZipInfo:
    """An entry as our own writer would name it."""
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 0, attributes
    return info


__all__ = [
    "DEVICE", "MANIFEST", "SAMPLE", "SIGNATURE", "archive_of", "entry", "maker", "pem", "rezipped", "sample",
    "sample_files", "zipped",
]  # fmt: skip
