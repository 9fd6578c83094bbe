"""What is scanned: the text of a label, a table of label formats, a picture with codes."""

from __future__ import annotations

import zlib
from collections.abc import Hashable
from random import Random
from typing import Final

from hht.scan.formats import FormatsError, parse_formats
from hht.scan.labels import read_label
from hht.scan.pictures import PictureError, codes_in
from hht.scan.values import Field, canonical
from tests.fuzz.meaning import spoil_toml
from tests.fuzz.mutation import Messages
from tests.fuzz.target import Target

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_LABEL_WORDS: Final = (
    b"]C1", b"]d2", b"]Q3", b"]E0", b"(240)", b"(21)", b"\x1d", b"$I:", b"Z:", b"CHF ID: ", b"GPF:", b"urn:dev:mac:",
    b"00DB1234567890A0", b"83FED3407A939723A5C639B26916D505C3B5", b"1200023305967", b"S/N", b"\n", b"; ", b"|",
)  # fmt: skip
_TABLE_WORDS: Final = (b"[[label]]", b"{device-id}", b"{other:34}", b'kind = "plain"', b"verified = true", b"values = ")
_PICTURE_WORDS: Final = (
    b"IHDR",
    b"IDAT",
    b"tRNS",
    b"acTL",
    b"VP8X",
    b"VP8L",
    b"ALPH",
    b"ANMF",
    b"\xff\xda",
    b"\xff\xc2",
)
_PIXELS: Final = 40_000


def label(messages: Messages) -> Hashable:
    """Every value is a piece of the text; what is good reads again and is the same; no secret in what is shown."""
    text = b"".join(messages).decode("utf-8", "surrogateescape")
    scan = read_label(text)
    assert scan.text == text
    told = repr(scan)
    for value in scan.values(*Field):
        assert value.typed in text, "what was not read stands there"
        told += value.shown
        if value.error is None and not value.secret:
            spelt = canonical(value.kind, value.typed)
            assert canonical(value.kind, spelt) == spelt
    for value in scan.values(Field.INSTALL_CODE, Field.UTRN):
        digits = value.typed.strip()
        alone = scan.labels[0].format.kind == "plain" and not value.error
        assert not alone or len(digits) < 12 or digits[:12] not in told
    return tuple(sorted((value.kind, value.error is None) for value in scan.values(*Field)))


def table(messages: Messages) -> Hashable:
    """A table that is taken reads its own samples, and reads labels without trouble."""
    found = parse_formats(b"".join(messages).decode("utf-8", "surrogateescape"), "fuzz.toml")
    for each in found:
        for sample in each.samples:
            assert read_label(sample.text, found).labels
    return tuple(each.kind for each in found)


def picture(messages: Messages) -> Hashable:
    """Each code has its place within reason, and something to say."""
    found = codes_in(b"".join(messages), most_pixels=_PIXELS)
    for code in found:
        assert code.octets
        left, top, right, bottom = code.box
        assert -_PIXELS < left <= right < 2 * _PIXELS
        assert -_PIXELS < top <= bottom < 2 * _PIXELS
        read_label(code.as_scanned, checked=code.checked)
    return tuple(code.symbology for code in found)


def repair_png(octets: bytes, random: Random) -> bytes:
    """The lengths and sums of a PNG's chunks are made right, most of them; its picture is packed anew."""
    if not octets.startswith(_PNG) or random.random() < 0.2:
        return octets
    out, at = _PNG, len(_PNG)
    while at + 12 <= len(octets):
        size = min(int.from_bytes(octets[at : at + 4], "big"), len(octets) - at - 12)
        name, body = octets[at + 4 : at + 8], octets[at + 8 : at + 8 + size]
        if name == b"IDAT" and random.random() < 0.2:
            body = zlib.compress(random.randbytes(random.randrange(4000)))
        out += len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
        at += 12 + size
    return out


TARGETS: Final = [
    Target("label", label, "labels", (), _LABEL_WORDS, sample=1000),
    Target("label-formats", table, "label-formats", (FormatsError,), _TABLE_WORDS, sample=200, meaning=spoil_toml),
    Target("picture", picture, "pictures", (PictureError,), _PICTURE_WORDS, repair_png, sample=200),
]
