"""Photos without what a camera writes beside the picture: where it was taken, when, with what, and a small copy of it.

Only what is needed to draw the picture is kept (a list of what may stay, not of what has to go): JPEG segments (ITU-T
T.81, B.1.1.3) and PNG chunks (W3C PNG, 5 and 11). Nothing is compressed anew, so the picture is the camera's.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field
from typing import Final

from hht.errors import HhtError
from hht.i18n import _

MOST: Final = 24 * 1024 * 1024  # octets of one photo
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_CHUNKS: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"pHYs", b"IDAT", b"IEND"})
_SOI, _EOI, _SOS, _APP0, _APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xEE
_DRAWN: Final = frozenset({*range(0xC0, 0xD0), _SOS, *range(0xDB, 0xE0)} - {0xC8})  # frames, tables, scans, restarts
_ADOBE: Final = 12  # octets of Adobe's APP14: how the colours are coded
_JFIF: Final = 14  # octets of the JFIF APP0 up to its small copy of the picture, which goes


class PhotoError(HhtError):
    """No photo that can be kept: another format, damaged, or too large."""

    default_code = "photo"


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture. `format`: jpeg or png; `dropped`: octets beside the picture that were left out."""

    octets: bytes = field(repr=False)
    format: str
    dropped: int

    @property
    def sha256(self) -> str:
        """What binds it, in hex."""
        return hashlib.sha256(self.octets).hexdigest()


def bare_photo(octets: bytes) -> Photo:
    """The picture in a JPEG or PNG file, and nothing else that stands in it. Raises PhotoError ``photo-size``,
    ``photo-format``, ``photo-damaged``."""
    if len(octets) > MOST:
        raise _refused(
            "photo-size", _("it has {size} octets, and {most} are the most").format(size=len(octets), most=MOST)
        )
    if octets.startswith(_PNG):
        bare, format_ = _bare_png(octets), "png"
    elif octets.startswith(bytes((0xFF, _SOI, 0xFF))):
        bare, format_ = _bare_jpeg(octets), "jpeg"
    else:
        raise _refused("photo-format", _("it is neither JPEG nor PNG"))
    return Photo(bare, format_, len(octets) - len(bare))


def _bare_png(octets: bytes) -> bytes:
    out, at = bytearray(_PNG), len(_PNG)
    kinds: list[bytes] = []
    while not kinds or kinds[-1] != b"IEND":
        size, kind = int.from_bytes(octets[at : at + 4], "big"), octets[at + 4 : at + 8]
        chunk = octets[at : at + 12 + size]
        if len(chunk) != 12 + size or zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
            raise _damaged()
        if kind in _CHUNKS:
            out += chunk
        elif not kind[0] & 0x20:  # a chunk that nobody may leave out, and that is none of a photo's
            raise _refused("photo-format", _("it is a PNG of a kind that is not known here"))
        kinds.append(kind)
        at += len(chunk)
    if kinds[0] != b"IHDR" or b"IDAT" not in kinds:
        raise _damaged()
    return bytes(out)


def _bare_jpeg(octets: bytes) -> bytes:
    out, at, scans = bytearray(octets[:2]), 2, 0
    while True:
        while octets[at : at + 2] == b"\xff\xff":  # fill octets
            at += 1
        if len(octets) < at + 2 or octets[at] != 0xFF:
            raise _damaged()
        marker = octets[at + 1]
        if marker == _EOI:
            if not scans:
                raise _damaged()
            return bytes(out + b"\xff\xd9")  # what follows (more pictures, say) goes
        segment = _segment(octets, at)
        out += _kept_segment(marker, segment)
        at += len(segment)
        if marker == _SOS:
            end = _end_of_scan(octets, at)
            out += octets[at:end]
            at, scans = end, scans + 1


def _segment(octets: bytes, at: int) -> bytes:
    size = int.from_bytes(octets[at + 2 : at + 4], "big")
    segment = octets[at : at + 2 + size]
    if size < 2 or len(segment) != 2 + size:
        raise _damaged()
    return segment


def _kept_segment(marker: int, segment: bytes) -> bytes:
    """What stays of a segment: all that the picture needs, nothing of what tells about it."""
    body = segment[4:]
    if marker == _APP0 and body.startswith(b"JFIF\0") and len(body) >= _JFIF:
        return segment[:2] + (2 + _JFIF).to_bytes(2, "big") + body[: _JFIF - 2] + b"\0\0"
    if marker == _APP14 and body.startswith(b"Adobe") and len(body) >= _ADOBE:
        return segment[:2] + (2 + _ADOBE).to_bytes(2, "big") + body[:_ADOBE]
    return segment if marker in _DRAWN else b""


def _end_of_scan(octets: bytes, at: int) -> int:
    """Where the next marker stands that is neither a stuffed 0xFF nor a restart."""
    while (at := octets.find(b"\xff", at)) >= 0 and at + 1 < len(octets):
        follows = octets[at + 1]
        if follows == 0xFF:
            at += 1
        elif follows == 0 or 0xD0 <= follows <= 0xD7:
            at += 2
        else:
            return at
    raise _damaged()


def _damaged() -> PhotoError:
    return _refused("photo-damaged", _("it is damaged, or its end is missing"))


def _refused(code: str, why: str) -> PhotoError:
    return PhotoError(
        _("The photo is not kept: {why}.").format(why=why),
        remedy=_("Take it again, as JPEG or PNG, and choose that file."),
        code=code,
    )
