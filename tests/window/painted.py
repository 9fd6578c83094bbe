"""What is really painted: the colours of a picture, and how far they stand out from one another."""

from __future__ import annotations

from collections import Counter
from functools import cache

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from ui.window.tokens import contrast


class Painted:
    """The colours of a picture. A screen has a million points: they are counted as the numbers they are in memory."""

    def __init__(self, image: QImage) -> None:
        self._ratio = image.devicePixelRatio()
        self._image = image.convertToFormat(QImage.Format.Format_RGB32)  # 0xffRRGGBB each
        self._words = memoryview(self._image.constBits()).cast("I")
        self._across, self._high = self._image.bytesPerLine() // 4, self._image.height()

    def colours(self, box: QRect, every: int = 2) -> Counter[str]:
        """The colours in `box` (logical pixels), #rrggbb, and how often each is met, looked at every few pixels."""
        columns = [round(x * self._ratio) for x in range(max(0, box.left()), box.right(), every)]
        columns = [x for x in columns if x < self._image.width()]
        rows = [round(y * self._ratio) for y in range(max(0, box.top()), box.bottom(), every)]
        met: Counter[int] = Counter()
        for row in (y * self._across for y in rows if columns and y < self._high):
            line = self._words[row + columns[0] : row + columns[-1] + 1].tolist()
            met.update([line[x - columns[0]] for x in columns])
        return Counter({f"#{number & 0xFFFFFF:06x}": times for number, times in met.items()})


@cache
def stands_out(one: str, other: str) -> float:
    """The contrast of two colours (WCAG 2.1)."""
    return contrast(one, other)
