"""A job drawn as QR codes: PNG files, one for each part, or one PDF page for all."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from ui.whole_file import whole_binary_file

if TYPE_CHECKING:
    from PIL import Image

_MODULE = 5  # pixels of a dark square


def draw_code(text: str) -> Image.Image:
    """A QR code with its quiet zone, error correction M (a seventh of it may be lost), in shades of grey."""
    import zxingcpp
    from PIL import Image

    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn: Any = barcode.to_image(scale=_MODULE)  # a buffer, which its type does not say
    pixels = memoryview(drawn)
    high, wide = pixels.shape or (0, 0)
    return Image.frombytes("L", (wide, high), pixels.tobytes())


def draw_job(parts: tuple[str, ...], reference: str, path: Path) -> tuple[Path, ...]:
    """Write the codes: all on one PDF where `path` ends so, else a PNG for each, numbered where there are several. What
    was written. Raises FileNotWritten; no file is overwritten in part."""
    pictures = [draw_code(part) for part in parts]
    if path.suffix.lower() == ".pdf":
        return (_pdf(pictures, reference, path),)
    places = [
        path if len(parts) == 1 else path.with_stem(f"{path.stem}-{number}") for number in range(1, len(parts) + 1)
    ]
    for picture, place in zip(pictures, places, strict=True):
        with whole_binary_file(place) as out:
            picture.save(out, "PNG")
    return tuple(places)


def _pdf(pictures: list[Image.Image], reference: str, path: Path) -> Path:
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    drawn = io.BytesIO()
    canvas = Canvas(drawn, pagesize=A4, invariant=1)
    high = A4[1]
    side, edge = 250, 40
    for number, picture in enumerate(pictures):
        column, line = number % 2, number // 2 % 2
        if number and number % 4 == 0:
            canvas.showPage()
        x, y = edge + column * (side + 15), high - edge - (line + 1) * (side + 40)
        canvas.drawImage(ImageReader(picture), x, y, side, side)
        words = _("{reference}, code {number} of {count}")
        canvas.drawString(
            x + 10, y + side + 6, words.format(reference=reference, number=number + 1, count=len(pictures))
        )
    canvas.save()
    with whole_binary_file(path) as out:
        out.write(drawn.getvalue())
    return path
