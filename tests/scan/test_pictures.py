"""Codes are found in whatever a camera or a clipboard has; what cannot be looked at is refused in words."""

from __future__ import annotations

import subprocess
import sys
import zlib

import pytest
from PIL import Image

from hht.scan.pictures import MOST_PIXELS, MOST_PIXELS_JPEG, PictureError, codes_in
from tests.scan.drawing import as_file, code, paper

DEVICE_ID = "00DB1234567890A0"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
def test_a_code_is_read_with_its_octets_and_its_place(kind: str) -> None:
    drawn = code(DEVICE_ID, "DataMatrix", scale=6)
    (found,) = codes_in(as_file(paper((drawn, (200, 300))), kind))
    assert (found.symbology, found.text, found.octets, found.checked) == (
        "Data Matrix", DEVICE_ID, DEVICE_ID.encode(), True,
    )  # fmt: skip
    assert found.as_scanned == "]d1" + DEVICE_ID
    left, top, right, bottom = found.box
    assert 195 <= left <= 215
    assert 295 <= top <= 315
    assert abs(right - (200 + drawn.size[0])) < 15
    assert abs(bottom - (300 + drawn.size[1])) < 15


def test_all_codes_of_a_picture_come_from_the_top_left_on() -> None:
    one, other, third = code("first"), code("SECOND", "Code128"), code("third", "DataMatrix", scale=6)
    found = codes_in(as_file(paper((third, (500, 420)), (other, (20, 200)), (one, (30, 20)))))
    assert [(at.symbology, at.text) for at in found] == [
        ("QR Code", "first"), ("Code 128", "SECOND"), ("Data Matrix", "third"),
    ]  # fmt: skip


def test_the_same_code_twice_is_two_codes() -> None:
    drawn = code("twice")
    assert len(codes_in(as_file(paper((drawn, (20, 20)), (drawn, (400, 300)))))) == 2


def test_octets_that_are_no_text_come_as_they_are() -> None:
    (found,) = codes_in(as_file(code(bytes(range(128, 160)))))
    assert found.octets == bytes(range(128, 160))


def test_the_place_is_where_a_person_sees_it() -> None:
    """A camera writes the picture as it was held, and how that was."""
    upright = paper((code("held", scale=6), (600, 20)))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right by a quarter
    held = as_file(upright.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif)
    (found,) = codes_in(held)
    left, top, right, bottom = found.box
    assert left > 590
    assert top < 100
    assert 0 < right - left < 200
    assert 0 < bottom - top < 200


def test_a_large_photo_is_made_smaller_and_its_places_are_not() -> None:
    sheet = paper((code("far", scale=20), (3900, 2500)), size=(4800, 3200))
    (found,) = codes_in(as_file(sheet, "JPEG"))
    assert abs(found.box[0] - 3980) < 20
    assert abs(found.box[1] - 2580) < 20


def test_codes_without_a_check_of_their_own_say_so() -> None:
    (found,) = codes_in(as_file(code("A12345", "Code39")))
    assert not found.checked


def test_no_code_is_no_error() -> None:
    assert codes_in(as_file(paper())) == ()


def test_what_a_code_says_stands_in_no_repr() -> None:
    (found,) = codes_in(as_file(code("83FED3407A939723A5C639B26916D505C3B5")))
    assert "83FE" not in repr(found)


def png_header(width: int, height: int) -> bytes:
    """A whole PNG of so many pixels, each black: it is as small as it says nothing."""
    rows = zlib.compressobj(9)
    packed = b"".join(rows.compress(bytes(1 + width)) for _row in range(min(height, 8))) + rows.flush()
    chunks = [
        (b"IHDR", width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\0\0\0\0"),
        (b"IDAT", packed),
        (b"IEND", b""),
    ]
    whole = b"\x89PNG\r\n\x1a\n"
    for name, body in chunks:
        whole += len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
    return whole


def webp_header(width: int, height: int) -> bytes:
    bits = (width - 1) | (height - 1) << 14
    return b"RIFF\x20\0\0\0WEBPVP8L\x10\0\0\0\x2f" + bits.to_bytes(4, "little") + bytes(12)


def bmp_header(width: int, height: int) -> bytes:
    info = (40).to_bytes(4, "little") + width.to_bytes(4, "little") + height.to_bytes(4, "little") + b"\1\0\x18\0"
    return b"BM" + (54).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little") + info + bytes(24)


@pytest.mark.parametrize(
    "octets",
    [png_header(60_000, 60_000), webp_header(16_383, 16_383), bmp_header(40_000, 40_000), png_header(5000, 5000)],
    ids=["png", "webp", "bmp", "just above"],
)
def test_a_bomb_is_refused_before_it_goes_off(octets: bytes) -> None:
    with pytest.raises(PictureError) as refused:
        codes_in(octets)
    assert refused.value.code == "picture-pixels"
    assert "million" in refused.value.message


def test_the_limits_are_those_of_cameras() -> None:
    assert MOST_PIXELS >= 5600 * 4200
    assert MOST_PIXELS_JPEG >= 8192 * 6144


def test_too_many_octets_are_refused_unread() -> None:
    with pytest.raises(PictureError) as refused:
        codes_in(b"\x89PNG\r\n\x1a\n" + bytes(24 * 1024 * 1024))
    assert refused.value.code == "picture-size"


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"", "picture-format"),
        (b"GIF89a" + bytes(40), "picture-format"),
        (b"\x89PNG\r\n\x1a\n", "picture-damaged"),
        (b"\xff\xd8\xff", "picture-damaged"),
        (b"RIFF\0\0\0\0WEBP", "picture-damaged"),
        (b"BM", "picture-damaged"),
        (as_file(code("cut"))[:-30], "picture-damaged"),
        (as_file(code("cut"), "JPEG")[:-200], "picture-damaged"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(octets: bytes, said: str) -> None:
    with pytest.raises(PictureError) as refused:
        codes_in(octets)
    assert refused.value.code == said
    assert refused.value.remedy


def test_shades_colours_and_glass_are_all_read() -> None:
    """Sixteen bits a shade, a palette, transparent paper, printers' colours."""
    drawn = code("shade")
    deep = Image.new("I;16", drawn.size)
    deep.putdata([shade * 257 for shade in drawn.tobytes()])
    alpha = drawn.point(lambda shade: 255 - shade)
    glass = Image.merge("LA", (Image.new("L", drawn.size, 0), alpha))
    for octets in (
        as_file(deep),
        as_file(glass),
        as_file(drawn.convert("P")),
        as_file(drawn.convert("1")),
        as_file(drawn.convert("CMYK"), "JPEG"),
    ):
        assert [found.text for found in codes_in(octets)] == ["shade"]


def test_neither_library_is_imported_before_the_first_picture() -> None:
    looked = "import sys, hht.scan.pictures; print([m for m in ('PIL', 'zxingcpp') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("degrees", [23, -38])
def test_bars_held_aslant_are_found_where_they_are(degrees: int) -> None:
    """Bars are read along one direction: they are looked for in turned pictures, and told in the one that was given."""
    bars = code("1200023305967", "Code128", scale=3).crop((0, 0, 480, 70))
    sheet = paper((bars, (160, 250))).rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255)
    (found,) = codes_in(as_file(sheet))
    assert found.text == "1200023305967"
    middle = [sum(corner[axis] for corner in found.corners) / 4 for axis in (0, 1)]
    assert abs(middle[0] - 400) < 40
    assert abs(middle[1] - 300) < 40
