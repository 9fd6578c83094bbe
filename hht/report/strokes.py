"""A signature on paper: its strokes, drawn as they were made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hht.work.signing import HIGH, WIDE

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

_POINTS = 200.0  # across the page


def strokes_of(signature: Mapping[str, Any]) -> Iterator[list[tuple[int, int]]]:
    """The strokes that a bundle or a report tells, point by point. What is none is left out."""
    for flat in signature.get("strokes", ()):
        if isinstance(flat, list) and len(flat) >= 2 and all(type(value) is int for value in flat):
            yield [*zip(flat[::2], flat[1::2], strict=False)]


def drawn_strokes(signature: Mapping[str, Any]) -> Flowable | None:
    """The signature as a drawing, small enough to stand beside a line; None where nothing was drawn."""
    from reportlab.graphics.shapes import Drawing, Line, PolyLine
    from reportlab.lib.colors import HexColor

    strokes = [*strokes_of(signature)]
    if not strokes:
        return None
    scale = _POINTS / WIDE
    drawing = Drawing(_POINTS, HIGH * scale)
    drawing.add(
        Line(0, HIGH * scale * 0.2, _POINTS, HIGH * scale * 0.2, strokeColor=HexColor("#9aa4ae"), strokeWidth=0.4)
    )
    for stroke in strokes:
        flat = [value for x, y in stroke for value in (x * scale, (HIGH - y) * scale)]
        flat = flat if len(stroke) > 1 else [*flat, flat[0] + 0.6, flat[1]]
        drawing.add(PolyLine(flat, strokeColor=HexColor("#14181d"), strokeWidth=1.1, strokeLineJoin=1, strokeLineCap=1))
    return drawing
