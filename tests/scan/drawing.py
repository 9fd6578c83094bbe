"""Pictures of labels as a camera or a screenshot has them: codes on paper, turned, blurred, dim, by seed."""

from __future__ import annotations

import io
from typing import Any

import zxingcpp
from PIL import Image


def code(text: str | bytes, symbology: str = "QRCode", *, scale: int = 4, gs1: bool = False) -> Image.Image:
    """A code with its quiet zone, in shades of grey."""
    settings = {"options": "gs1"} if gs1 else {}
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat[symbology], **settings)
    drawn: Any = barcode.to_image(scale=scale)
    pixels = memoryview(drawn)
    high, wide = pixels.shape or (0, 0)
    return Image.frombytes("L", (wide, high), pixels.tobytes())


def paper(*parts: tuple[Image.Image, tuple[int, int]], size: tuple[int, int] = (800, 600)) -> Image.Image:
    """White paper with `parts` at their places."""
    sheet = Image.new("L", size, 255)
    for part, place in parts:
        sheet.paste(part, place)
    return sheet


def as_file(picture: Image.Image, kind: str = "PNG", **settings: Any) -> bytes:
    """The octets of it."""
    out = io.BytesIO()
    picture.save(out, kind, **settings)
    return out.getvalue()
