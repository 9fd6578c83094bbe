"""Planted secrets looked for in octets, however they may stand there: as text of one octet or two a character, in
hexadecimals, in base64, with something between the digits, and in whatever is compressed or encoded."""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pypdf

DEEPEST: Final = 4
LARGEST: Final = 64 << 20  # octets out of one compressed stream
_BETWEEN: Final = b" \t\r\n-:._\0"  # what stands between digits, and the other half of UTF-16
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX: Final = re.compile(rb"(?:[0-9A-Fa-f]{2}){12,}")
_ASCII85: Final = re.compile(rb"(?:stream\r?\n|<~)([!-uz\s]{20,}?)~>")


def _forms(secret: bytes) -> set[bytes]:
    """How `secret` may stand in octets, in lower case; without what may stand between."""
    plain = secret.translate(None, _BETWEEN).lower()
    forms = {plain, secret.hex().encode(), plain.hex().encode()}
    try:
        text = secret.decode()
    except UnicodeDecodeError:
        return forms
    return forms | {json.dumps(text)[1:-1].lower().encode(), *(text.lower().encode(f"utf-16-{end}e") for end in "lb")}


def _inside(octets: bytes) -> Iterator[bytes]:
    """What is packed in `octets`."""
    if octets.startswith(b"%PDF"):
        yield " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(octets)).pages).encode()
    if zipfile.is_zipfile(io.BytesIO(octets)):
        with zipfile.ZipFile(io.BytesIO(octets)) as packed:
            for name in packed.namelist():
                yield name.encode() + b"\n" + packed.read(name)
    for start in re.finditer(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08", octets):
        unpacker = zlib.decompressobj(47)  # zlib or gzip
        try:
            yield unpacker.decompress(octets[start.start() :], LARGEST)
        except zlib.error:
            continue
    for found in _BASE64.finditer(octets):
        for skipped in range(4):  # where a quartet begins, nobody says
            text = found.group().rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")[skipped:]
            yield base64.b64decode(text[: len(text) // 4 * 4])
            yield base64.b64decode(text + b"=" * (-len(text) % 4)) if len(text) % 4 != 1 else b""
    for found in _HEX.finditer(octets):
        yield binascii.unhexlify(found.group())
    for found in _ASCII85.finditer(octets):
        try:
            yield base64.a85decode(found.group(1).strip())
        except ValueError:
            continue


def found_in(octets: bytes, secrets: Mapping[str, bytes], depth: int = 0) -> set[str]:
    """The names of the `secrets` that stand in `octets` in one of the ways above."""
    lower = octets.lower()
    squeezed = octets.translate(None, _BETWEEN).lower()
    seen = {
        name
        for name, secret in secrets.items()
        if any(form in squeezed or form in lower for form in _forms(secret)) or secret in octets
    }
    if depth < DEEPEST:
        for inner in _inside(octets):
            if len(inner) >= 4:
                seen |= found_in(inner, {n: s for n, s in secrets.items() if n not in seen}, depth + 1)
    return seen


def found_under(folder: Path, secrets: Mapping[str, bytes]) -> dict[str, set[str]]:
    """Which of the `secrets` stand in a file under `folder`, or in its name: {path below it: names}."""
    hits: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        seen = found_in(name.encode(), secrets)
        if path.is_file():
            seen |= found_in(path.read_bytes(), secrets)
        if seen:
            hits[name] = seen
    return hits
