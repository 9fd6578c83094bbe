"""Photos lose what a camera writes beside the picture, and nothing of the picture."""

from __future__ import annotations

import contextlib
import io
import random
import zlib

import pytest
from PIL import Image, PngImagePlugin

from hht.photos import PhotoError, bare_photo

GPS, MAKER = 0x8825, 0x010F


def picture() -> Image.Image:
    return Image.frombytes("RGB", (48, 32), random.Random(7).randbytes(48 * 32 * 3))


def jpeg(*, progressive: bool = False) -> bytes:
    exif = Image.Exif()
    exif[MAKER] = "PLANTED camera"
    exif.get_ifd(GPS).update({1: "N", 2: (51.0, 30.0, 12.0), 29: "PLANTED day"})
    out = io.BytesIO()
    planted = {"comment": b"PLANTED comment", "icc_profile": b"PLANTED profile", "xmp": b"PLANTED xmp", "exif": exif}
    picture().save(out, "JPEG", quality=90, progressive=progressive, restart_marker_blocks=1, **planted)
    return out.getvalue() + b"\xff\xd8PLANTED second picture\xff\xd9"


def png() -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "PLANTED comment")
    told.add_itxt("XML:com.adobe.xmp", "PLANTED xmp")
    exif = Image.Exif()
    exif[MAKER] = "PLANTED camera"
    out = io.BytesIO()
    picture().save(out, "PNG", pnginfo=told, exif=exif)
    return out.getvalue() + b"PLANTED behind the end"


@pytest.mark.parametrize(
    ("octets", "format_"),
    [(jpeg(), "jpeg"), (jpeg(progressive=True), "jpeg"), (png(), "png")],
    ids=["jpeg", "prog", "png"],
)
def test_what_was_planted_is_gone_and_the_picture_is_the_same(octets: bytes, format_: str) -> None:
    assert b"PLANTED" in octets
    photo = bare_photo(octets)
    assert photo.format == format_
    assert photo.dropped == len(octets) - len(photo.octets) > 0
    assert b"PLANTED" not in photo.octets
    bare = Image.open(io.BytesIO(photo.octets))
    assert not bare.getexif()
    assert not bare.getexif().get_ifd(GPS)
    assert bare.convert("RGB").tobytes() == Image.open(io.BytesIO(octets)).convert("RGB").tobytes()
    assert bare_photo(photo.octets).octets == photo.octets
    assert "sha256" not in repr(photo)


def test_the_small_copy_in_a_jfif_header_goes() -> None:
    whole = jpeg()
    size = int.from_bytes(whole[4:6], "big")
    small = b"JFIF\0" + whole[11:18] + b"\1\1RGB"
    planted = whole[:4] + (len(small) + 2).to_bytes(2, "big") + small + whole[4 + size :]
    assert bare_photo(planted).octets == bare_photo(whole).octets


@pytest.mark.parametrize("octets", [jpeg(), png()], ids=["jpeg", "png"])
def test_a_damaged_photo_is_refused_and_nothing_falls_over(octets: bytes) -> None:
    end = len(bare_photo(octets).octets)
    for cut in (3, 20, end // 2, end - 13):
        with pytest.raises(PhotoError) as refused:
            bare_photo(octets[:cut])
        assert refused.value.code in ("photo-damaged", "photo-format")
    chance = random.Random(3)
    for _round in range(200):
        broken = bytearray(octets)
        broken[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
        with contextlib.suppress(PhotoError):  # refused is as good; any other error is not
            assert b"PLANTED comment" not in bare_photo(bytes(broken)).octets


def test_other_formats_and_too_large_ones_are_refused() -> None:
    with pytest.raises(PhotoError, match="neither JPEG nor PNG"):
        bare_photo(b"GIF89a")
    with pytest.raises(PhotoError) as refused:
        bare_photo(b"\xff\xd8\xff" + bytes(24 * 1024 * 1024))
    assert refused.value.code == "photo-size"
    odd = b"ABCD"
    body = png()
    chunk = (0).to_bytes(4, "big") + odd + zlib.crc32(odd).to_bytes(4, "big")
    with pytest.raises(PhotoError, match="not known"):
        bare_photo(body[:33] + chunk + body[33:])
