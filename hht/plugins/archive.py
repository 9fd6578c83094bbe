"""A plug-in as one file (``.hhtplugin``): a zip of just one form, so that no octet of it can be another unnoticed.

Manifest, signature, then the files in order; nothing compressed, no dates, no attributes, no comment, nothing before or
behind. What was read is written anew and must be the same octets: two readers can never see two things in it. It is
never unpacked onto a disk. Limits hold before anything is read.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hht.i18n import _
from hht.plugins.errors import PlugInError
from hht.plugins.keys import key_name, sign, signer
from hht.plugins.manifest import MOST_FILES, Manifest, checked, is_path, read_manifest

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SUFFIX: Final = ".hhtplugin"
MANIFEST, SIGNATURE = "manifest.json", "signature"
MOST_OCTETS: Final = 2 << 20  # of the archive
MOST_OF_A_FILE: Final = 512 << 10
MOST_OF_MANIFEST: Final = 64 << 10
# What zipfile raises on what is no zip, or a broken one:
_BROKEN: Final = (
    zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError, OverflowError, struct.error, OSError,
    zlib.error, IndexError, KeyError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Archive:
    """A plug-in whose hashes and signature are right. `maker_key`: who signed it (32 octets), trusted or not; `digest`:
    SHA-256 of the whole file in hex."""

    manifest: Manifest
    files: Mapping[str, bytes] = field(repr=False)
    maker_key: bytes = field(repr=False)
    digest: str

    @property
    def key(self) -> str:
        """What its maker's key is known by."""
        return key_name(self.maker_key)


def write_archive(manifest: Manifest, files: Mapping[str, bytes], key: Ed25519PrivateKey) -> bytes:
    """The file of a plug-in, signed. `manifest.files` is made here. Raises PlugInError."""
    hashes = {path: hashlib.sha256(octets).hexdigest() for path, octets in files.items()}
    plain = {name: getattr(manifest, name) for name in Manifest.__slots__ if name != "files"}
    whole = checked(Manifest(**plain, files=hashes)).write()
    octets = _form(whole, sign(whole, key), files)
    read_archive(octets)  # what nobody would take is not made
    return octets


def read_archive(octets: bytes) -> Archive:
    """The plug-in in `octets`, every hash and the signature checked. Whether its maker is trusted is not asked here.

    Raises PlugInError: ``plugin-size``, ``plugin-archive``, ``plugin-entry``, ``plugin-manifest``,
    ``plugin-signature``, ``plugin-hash``.
    """
    if len(octets) > MOST_OCTETS:
        raise _too_large()
    entries = _entries(octets)
    if MANIFEST not in entries or SIGNATURE not in entries:
        raise PlugInError(
            _("This plug-in is not signed, or has no manifest."),
            remedy=_("Ask its maker for the file that hht plugin build made."),
            code="plugin-signature",
        )
    whole, signature = entries.pop(MANIFEST), entries.pop(SIGNATURE)
    maker_key = signer(whole, signature)
    if maker_key is None:
        raise PlugInError(
            _("The signature of this plug-in is wrong: it was changed after it was signed."),
            remedy=_("Do not use it. Get it anew from its maker."),
            code="plugin-signature",
        )
    manifest = read_manifest(whole)
    _compare(manifest, entries)
    if _form(whole, signature, entries) != octets:
        raise _broken(_("it has not the one form that a plug-in has"))
    return Archive(manifest, entries, maker_key, hashlib.sha256(octets).hexdigest())


def _compare(manifest: Manifest, files: Mapping[str, bytes]) -> None:
    """Hold what is in the archive against its manifest. Raises PlugInError ``plugin-hash``."""
    odd = sorted(manifest.files.keys() ^ files.keys())
    odd += [path for path, octets in files.items() if hashlib.sha256(octets).hexdigest() != manifest.files.get(path)]
    if odd:
        raise PlugInError(
            _("“{path}” in the plug-in is not what its maker signed.").format(path=odd[0]),
            remedy=_("Do not use it. Get it anew from its maker."),
            code="plugin-hash",
        )


def _entries(octets: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            infos = archive.infolist()
            _check_entries(infos, len(octets))
            return {info.filename: archive.read(info) for info in infos}
    except PlugInError:
        raise
    except _BROKEN:
        raise _broken(_("it is no archive, or a part of it is missing")) from None


def _check_entries(infos: Sequence[zipfile.ZipInfo], octets: int) -> None:
    """Refuse by the directory alone, before anything is read. Raises PlugInError."""
    if len(infos) > MOST_FILES + 2 or sum(info.file_size for info in infos) > octets:
        raise _too_large()
    seen: set[str] = set()
    for info in infos:
        name = info.filename
        if name not in (MANIFEST, SIGNATURE) and not is_path(name):
            raise _wrong_entry(name, _("no file of a plug-in may be called so"))
        if name in seen:
            raise _wrong_entry(name, _("it is there twice"))
        seen.add(name)
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits or info.file_size != info.compress_size:
            raise _wrong_entry(name, _("it is compressed or encrypted"))
        if info.external_attr or info.is_dir():
            raise _wrong_entry(name, _("it is a link, a folder, or has attributes"))
        if info.file_size > (MOST_OF_MANIFEST if name == MANIFEST else MOST_OF_A_FILE):
            raise _too_large()


def _form(manifest: bytes, signature: bytes, files: Mapping[str, bytes]) -> bytes:
    """The one form: local headers with their octets, the directory, its end."""
    local, directory = bytearray(), bytearray()
    entries = [(MANIFEST, manifest), (SIGNATURE, signature), *sorted(files.items())]
    for name, octets in entries:
        written = name.encode("ascii")
        # version needed, flags, stored, time 0, 1 January 1980, CRC, sizes, lengths of name and extra field
        facts = struct.pack(
            "<HHHHHIIIHH", 20, 0, 0, 0, 33, zlib.crc32(octets), len(octets), len(octets), len(written), 0
        )
        directory += b"PK\1\2" + struct.pack("<H", 20) + facts + struct.pack("<HHHII", 0, 0, 0, 0, len(local)) + written
        local += b"PK\3\4" + facts + written + octets
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory), len(local), 0)
    return bytes(local + directory + b"PK\5\6" + end)


def _too_large() -> PlugInError:
    return PlugInError(
        _("This plug-in is larger than any may be: {octets} octets and {files} files at most.").format(
            octets=MOST_OCTETS, files=MOST_FILES
        ),
        remedy=_("Do not use it. A plug-in is source text and small tables."),
        code="plugin-size",
    )


def _broken(why: str) -> PlugInError:
    return PlugInError(
        _("This file is no plug-in: {why}.").format(why=why),
        remedy=_("Get it anew from its maker; plug-ins are made by hht plugin build."),
        code="plugin-archive",
    )


def _wrong_entry(name: str, why: str) -> PlugInError:
    return PlugInError(
        _("This plug-in is refused for “{name}” in it: {why}.").format(name=name[:60], why=why),
        remedy=_("Do not use it. Plug-ins that hht plugin build made have no such thing."),
        code="plugin-entry",
    )
