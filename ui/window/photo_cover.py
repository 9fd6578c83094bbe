"""Covering what a photo must not show: pixels are replaced before the picture is kept, so nothing brings them back.

A place is covered flat, or blurred: a blur proper can be undone by calculation, so this one leaves a few squares of
mean colour (`MOST_SQUARES` to a side, none smaller than `LEAST_SQUARE`) and nothing of what was between them. Places
are fractions of the picture as it is looked at (upright), 0 to 1 from its upper left. What is covered or stood askew is
coded anew; every other picture stays the camera's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageIOHandler, QImageReader, QImageWriter, QPainter

from hht.i18n import _
from hht.photos import MOST, PhotoError

COLOUR: Final = "#30363c"
_QUALITY: Final = 92
_MOST_PIXELS: Final = 60_000_000  # a larger one is no photo, but made to fill a computer's memory
_LEAST: Final = 0.02  # of the picture's side: no cover is smaller
MOST_SQUARES: Final = 4  # to a side of a blurred place: 16 colours are no face
LEAST_SQUARE: Final = 1 / 24  # of the picture's longer side: several characters of a label are one colour


@dataclass(frozen=True, slots=True)
class Cover:
    """A rectangle, by fractions of the picture."""

    left: float
    top: float
    wide: float
    high: float
    blurred: bool = False

    @classmethod
    def between(cls, x: float, y: float, to_x: float, to_y: float) -> Cover:
        """The one that these two corners span, inside of the picture."""
        xs, ys = (sorted(min(1.0, max(0.0, one)) for one in pair) for pair in ((x, to_x), (y, to_y)))
        return cls(xs[0], ys[0], max(_LEAST, xs[1] - xs[0]), max(_LEAST, ys[1] - ys[0])).inside()

    def inside(self) -> Cover:
        """The same, moved and cut so that it lies inside of the picture."""
        wide, high = min(1.0, max(_LEAST, self.wide)), min(1.0, max(_LEAST, self.high))
        left, top = min(max(0.0, self.left), 1 - wide), min(max(0.0, self.top), 1 - high)
        return replace(self, left=left, top=top, wide=wide, high=high)

    def moved(self, right: float, down: float) -> Cover:
        """Moved by so much of the picture's sides."""
        return replace(self, left=self.left + right, top=self.top + down).inside()

    def grown(self, wide: float, high: float) -> Cover:
        """Larger by so much of the picture's sides."""
        return replace(self, wide=self.wide + wide, high=self.high + high).inside()

    def pixels(self, size: QSize) -> QRect:
        """The pixels of a picture of that size, rounded outwards."""
        left, top = int(self.left * size.width()), int(self.top * size.height())
        right = -int(-(self.left + self.wide) * size.width() // 1)
        bottom = -int(-(self.top + self.high) * size.height() // 1)
        return QRect(left, top, min(size.width(), right) - left, min(size.height(), bottom) - top)


def preview(octets: bytes, room: QSize) -> QImage:
    """The picture upright, no larger than `room`. Raises PhotoError."""
    reader, _buffer = _reader(octets)
    size, turned = reader.size(), _turned(reader)
    if size.isValid():
        upright = size.transposed() if turned else size
        fitting = upright.scaled(room, Qt.AspectRatioMode.KeepAspectRatio).boundedTo(upright)
        reader.setScaledSize(fitting.transposed() if turned else fitting)
    return _read(reader)


def kept_octets(octets: bytes, covers: Sequence[Cover]) -> bytes:
    """The file to be kept: the same where nothing is covered and the picture stands upright; else coded anew, without
    what was covered. Raises PhotoError."""
    reader, _buffer = _reader(octets)
    askew = reader.transformation() != QImageIOHandler.Transformation.TransformationNone
    if not covers and not askew:
        return octets
    lossy = bytes(reader.format().data()) == b"jpeg"
    image = _read(reader).convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(image)
    for cover in covers:
        if not cover.blurred:
            painter.fillRect(cover.pixels(image.size()), QColor(COLOUR))
    painter.end()
    for cover in covers:  # after the flat ones: what they took away is in no mean colour
        if cover.blurred:
            _blur(image, cover)
    return encoded(image, "JPEG" if lossy else "PNG")


def squares(image: QImage, cover: Cover) -> QImage:
    """What is left of a blurred place: a pixel for each square, the mean of what was there."""
    where = cover.pixels(image.size())
    least = max(1.0, max(image.width(), image.height()) * LEAST_SQUARE)
    columns, rows = (max(1, min(MOST_SQUARES, int(side / least))) for side in (where.width(), where.height()))
    ignore, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    return image.copy(where).scaled(columns, rows, ignore, smooth)


def _blur(image: QImage, cover: Cover) -> None:
    few = squares(image, cover)
    painter = QPainter(image)
    painter.drawImage(cover.pixels(image.size()), few)  # without smoothing: squares
    painter.end()


def encoded(image: QImage, kind: str = "PNG") -> bytes:
    """A picture as a file. Raises PhotoError where it cannot be."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(kind.encode()))
    writer.setQuality(_QUALITY if kind == "JPEG" else -1)
    if not writer.write(image):
        raise _unreadable()
    return bytes(data.data())


def _reader(octets: bytes) -> tuple[QImageReader, QBuffer]:
    if len(octets) > MOST:
        raise _unreadable()
    buffer = QBuffer()
    buffer.setData(QByteArray(octets))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if bytes(reader.format().data()) not in (b"jpeg", b"png") or size.width() * size.height() > _MOST_PIXELS:
        raise _unreadable()
    return reader, buffer


def _turned(reader: QImageReader) -> bool:
    return bool(reader.transformation() & QImageIOHandler.Transformation.TransformationRotate90)


def _read(reader: QImageReader) -> QImage:
    image = reader.read()
    if image.isNull():
        raise _unreadable()
    return image


def _unreadable() -> PhotoError:
    return PhotoError(
        _("This is no picture that can be kept: JPEG or PNG, whole, and not too large."),
        remedy=_("Take it again, or choose another file."),
        code="photo-format",
    )
