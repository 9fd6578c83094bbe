"""The codes in a picture: a photo of a label, a pasted screenshot, a job as QR code (style of scanning: ux).

Read are symbologies that find their own misreadings (error correction or a mandatory check character: ISO/IEC 18004,
16022, 24778, 15438, 15417, 15420, 24724) and two that do not (`FoundCode.checked`; ISO/IEC 16388 and 16390), which
old meters have: what uses those wants a check digit in the text itself.

Pillow and zxing-cpp are imported when the first picture comes. Both let go of the interpreter while they work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from math import cos, radians, sin, sqrt
from typing import TYPE_CHECKING, Final

from hht.errors import HhtError
from hht.i18n import _
from hht.photos import MOST

if TYPE_CHECKING:
    import zxingcpp
    from PIL import Image

MOST_PIXELS: Final = 24_000_000  # of a picture that is decoded as it is
MOST_PIXELS_JPEG: Final = 64_000_000  # its decoder makes it smaller while it decodes
_LOOKED_AT: Final = 8_000_000  # pixels: larger pictures are made smaller first
_FILTERED: Final = 3_000_000  # pixels: and no more are sharpened and turned
_MOST_CODES: Final = 64
_SYMBOLOGIES: Final = {
    "QRCode": "QR Code",
    "MicroQRCode": "Micro QR Code",
    "RMQRCode": "rMQR Code",
    "DataMatrix": "Data Matrix",
    "Aztec": "Aztec Code",
    "PDF417": "PDF417",
    "Code128": "Code 128",
    "Code93": "Code 93",
    "EAN13": "EAN-13",
    "DataBarExp": "GS1 DataBar Expanded",
    "Code39": "Code 39",
    "ITF": "Interleaved 2 of 5",
}
_LINEAR: Final = ("Code128", "Code93", "EAN13", "Code39", "ITF")
_UNCHECKED: Final = ("Code39", "ITF")

Corners = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]


class PictureError(HhtError):
    """No picture that can be looked at: another format, damaged, or too large."""

    default_code = "picture"


@dataclass(frozen=True, slots=True)
class FoundCode:
    """One code. `text` and `octets` may be a secret (an install code), and stand in no `repr`.

    `text` is what the code says, without brackets (GS1 elements are parted by the control GS); `identifier` the
    symbology identifier of ISO/IEC 15424, as a scanner sends it before the text; `corners` begin at the code's own top
    left and go around it, in pixels of the picture as a person sees it (EXIF orientation heeded).
    """

    symbology: str
    identifier: str
    text: str = field(repr=False)
    octets: bytes = field(repr=False)
    corners: Corners
    checked: bool = True

    @property
    def as_scanned(self) -> str:
        """What a scanner that names its symbologies would have sent."""
        return self.identifier + self.text

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of it, in pixels."""
        xs, ys = [x for x, _y in self.corners], [y for _x, y in self.corners]
        return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True, slots=True)
class _View:
    """A picture made of another one: so much larger, and turned counterclockwise (degrees) from one of `size`."""

    picture: Image.Image
    scale: float = 1.0
    turned: float = 0.0
    size: tuple[int, int] = (0, 0)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of it is in the other one."""
        if self.turned:
            angle = radians(self.turned)
            right, down = x - self.picture.size[0] / 2, y - self.picture.size[1] / 2
            x = self.size[0] / 2 + right * cos(angle) - down * sin(angle)
            y = self.size[1] / 2 + right * sin(angle) + down * cos(angle)
        return x / self.scale, y / self.scale


def codes_in(octets: bytes, *, most_pixels: int | None = None) -> tuple[FoundCode, ...]:
    """The codes in a PNG, JPEG, WebP or BMP file, from the top left on; none is no error.

    Takes seconds for a large photo that shows none, and gives way to other threads. Raises PictureError
    ``picture-size`` (octets), ``picture-pixels`` (more than `most_pixels`, by default MOST_PIXELS, of a JPEG
    MOST_PIXELS_JPEG; before they are decoded), ``picture-format``, ``picture-damaged``, and nothing else.
    """
    if len(octets) > MOST:
        raise _refused(
            "picture-size", _("it has {size} octets, and {most} are the most").format(size=len(octets), most=MOST)
        )
    try:
        upright, scale = _looked_at(octets, most_pixels)
        found: dict[tuple[str, bytes], list[FoundCode]] = {}
        for view in _views(upright):
            _gather(found, view, scale)
            if found:
                break
    except PictureError:
        raise
    except Exception as error:  # decoders of others, fed with what anybody may have made
        raise _refused("picture-damaged", _("it is damaged or incomplete")) from error
    codes = [code for alike in found.values() for code in alike]
    return tuple(sorted(codes, key=lambda code: (code.box[1], code.box[0]))[:_MOST_CODES])


def cut_outs(octets: bytes, codes: Sequence[FoundCode], most: int = 220) -> tuple[bytes, ...]:
    """The piece of the picture around each of its `codes`, as PNG files of at most `most` pixels either way, for a
    person to tell them apart. Raises PictureError."""
    try:
        upright, scale = _looked_at(octets, None)
        return tuple(_cut_out(upright, scale, code.box, most) for code in codes)
    except PictureError:
        raise
    except Exception as error:
        raise _refused("picture-damaged", _("it is damaged or incomplete")) from error


def _cut_out(upright: Image.Image, scale: float, box: tuple[int, int, int, int], most: int) -> bytes:
    left, top, right, bottom = (side / scale for side in box)
    around = max(right - left, bottom - top) * 0.15 + 4
    width, height = upright.size
    piece = upright.crop(
        (
            round(min(max(0, left - around), width - 1)),
            round(min(max(0, top - around), height - 1)),
            round(min(width, max(1, right + around))),
            round(min(height, max(1, bottom + around))),
        )
    )
    piece.thumbnail((most, most))
    out = BytesIO()
    piece.save(out, "PNG")
    return out.getvalue()


def _looked_at(octets: bytes, most_pixels: int | None) -> tuple[Image.Image, float]:
    """The picture in shades of grey, upright, not larger than needed; how many of its pixels one of these stands for.

    Raises PictureError; what Pillow raises at a damaged one.
    """
    from PIL import Image, ImageOps

    picture = _opened(octets, most_pixels)
    width = picture.size[0]
    too_many = sqrt(picture.size[0] * picture.size[1] / _LOOKED_AT)
    if too_many > 1:
        size = (int(picture.size[0] / too_many), int(picture.size[1] / too_many))
        picture.draft("L", size)  # only a JPEG's decoder can; the scale is 1, 2, 4 or 8, never below `size`
        grey = _grey(picture).resize(size, Image.Resampling.BOX)
    else:
        grey = _grey(picture)
    scale = width / grey.size[0]
    turned = ImageOps.exif_transpose(_with_exif(grey, picture))
    return turned, scale


def _with_exif(grey: Image.Image, picture: Image.Image) -> Image.Image:
    """`grey` with what the file says about how it was held."""
    orientation = picture.getexif().get(_ORIENTATION)
    grey.info.clear()
    if isinstance(orientation, int):
        grey.getexif()[_ORIENTATION] = orientation
    return grey


_ORIENTATION: Final = 0x0112  # EXIF tag


def _opened(octets: bytes, most_pixels: int | None) -> Image.Image:
    """The picture, not decoded yet. By its own class: Pillow's ``open`` would try every format that it knows."""
    from PIL import BmpImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

    most = most_pixels or MOST_PIXELS
    file = BytesIO(octets)
    picture: Image.Image
    if octets.startswith(b"\x89PNG\r\n\x1a\n"):
        picture = PngImagePlugin.PngImageFile(file)
    elif octets.startswith(b"\xff\xd8\xff"):
        picture, most = JpegImagePlugin.JpegImageFile(file), most_pixels or MOST_PIXELS_JPEG
    elif octets[:4] == b"RIFF" and octets[8:12] == b"WEBP":
        _hold_against(_webp_size(octets), most)  # its decoder takes memory for all of it when it opens it
        picture = WebPImagePlugin.WebPImageFile(file)
    elif octets.startswith(b"BM"):
        picture = BmpImagePlugin.BmpImageFile(file)
    else:
        raise _refused("picture-format", _("it is neither PNG, JPEG, WebP nor BMP"))
    _hold_against(picture.size, most)
    return picture


def _webp_size(octets: bytes) -> tuple[int, int]:
    """Width and height of a WebP file by its first chunk (RFC 9649, sections 2.5 to 2.7); what it lacks counts as 0."""
    kind, head = octets[12:16], octets[20:30].ljust(10, b"\0")
    if kind == b"VP8X":
        return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF


def _hold_against(size: tuple[int, int], most: int) -> None:
    if size[0] * size[1] > most:
        raise _refused(
            "picture-pixels",
            _("it is {width} x {height} pixels, and {most} million are the most").format(
                width=size[0], height=size[1], most=f"{most / 1e6:g}"
            ),
        )


def _grey(picture: Image.Image) -> Image.Image:
    """In 256 shades; what is transparent is white, as paper is."""
    from PIL import Image

    if picture.has_transparency_data:
        over = picture.convert("RGBA")
        paper = Image.new("RGBA", over.size, "white")
        paper.alpha_composite(over)
        return paper.convert("L")
    return picture.convert("L")


def _views(upright: Image.Image) -> Iterator[_View]:
    """The picture as it is, and then as one looks at it who found nothing: without grain, sharpened against blur and
    glare, and turned, for bars are found along their own direction only. Measured with tests/scan/field.py."""
    from PIL import Image, ImageFilter, ImageOps

    yield _View(upright)
    scale = min(1.0, sqrt(_FILTERED / (upright.size[0] * upright.size[1])))
    smaller = upright
    if scale < 1:
        size = (int(upright.size[0] * scale), int(upright.size[1] * scale))
        smaller = upright.resize(size, Image.Resampling.BOX)
    smooth = ImageOps.autocontrast(smaller.filter(ImageFilter.MedianFilter(3)), cutoff=1)
    yield _View(smooth, scale)
    soft = ImageOps.autocontrast(smaller.filter(ImageFilter.GaussianBlur(1)), cutoff=1)
    yield _View(soft.filter(ImageFilter.UnsharpMask(6, 600, 0)), scale)
    crisp = ImageOps.autocontrast(smaller, cutoff=1).filter(ImageFilter.UnsharpMask(3, 300, 0))
    yield _View(crisp.filter(ImageFilter.UnsharpMask(4, 500, 0)), scale)
    for degrees in (20, -20, 40, -40):
        turned = smooth.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=128)
        yield _View(turned, scale, degrees, smooth.size)


def _gather(found: dict[tuple[str, bytes], list[FoundCode]], view: _View, scale: float) -> None:
    """Add the codes of `view` that are not known yet. The same text at another place is another code."""
    import zxingcpp

    names = _LINEAR if view.turned else _SYMBOLOGIES
    formats = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat[name] for name in names])
    for barcode in zxingcpp.read_barcodes(view.picture, formats=formats, text_mode=zxingcpp.TextMode.Plain):
        if not barcode.valid or not barcode.bytes:
            continue
        code = _found_code(barcode, view, scale)
        alike = found.setdefault((code.symbology, code.octets), [])
        if not any(_overlap(code.box, other.box) for other in alike):
            alike.append(code)


def _found_code(barcode: zxingcpp.Barcode, view: _View, scale: float) -> FoundCode:
    place, name = barcode.position, barcode.symbology.name
    around = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    places = (view.place(point.x, point.y) for point in around)
    a, b, c, d = ((round(x * scale), round(y * scale)) for x, y in places)
    return FoundCode(
        _SYMBOLOGIES.get(barcode.format.name, _SYMBOLOGIES.get(name, str(barcode.format))),
        barcode.symbology_identifier,
        barcode.text,
        bytes(barcode.bytes),
        (a, b, c, d),
        name not in _UNCHECKED,
    )


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _refused(code: str, why: str) -> PictureError:
    return PictureError(
        _("This picture cannot be looked at: {why}.").format(why=why),
        remedy=_("Take it again as a plain JPEG or PNG photo, close to the label and with all of it in the picture."),
        code=code,
    )
