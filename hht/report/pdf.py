"""The report as PDF: A4, fonts embedded, made without Qt. The same evidence always gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from hht.report.story import BOLD, FAINT, MONO, TEXT, Story
from hht.report.words import visible
from hht.resources import resource_path

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

_FILES = {TEXT: "B612-Regular.ttf", BOLD: "B612-Bold.ttf", MONO: "B612Mono-Regular.ttf"}


def render_pdf(evidence: dict[str, Any]) -> bytes:
    """The report's bytes. Rows stay whole, unless one (a talkative device's) is longer than a page."""
    from reportlab.platypus.doctemplate import LayoutError

    try:
        return _numbered(evidence, split_rows=False)
    except LayoutError:
        return _numbered(evidence, split_rows=True)


def _numbered(evidence: dict[str, Any], *, split_rows: bool) -> bytes:
    """Laid out twice: "page 1 of 3" shows when a page is missing."""
    _unnumbered, pages = _build(evidence, total=0, split_rows=split_rows)
    content, _same = _build(evidence, total=pages, split_rows=split_rows)
    return content


def _build(evidence: dict[str, Any], *, total: int, split_rows: bool) -> tuple[bytes, int]:
    """The PDF and how many pages it has."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=15 * mm,
        bottomMargin=18 * mm,
        title=_("Visit report {reference}").format(reference=visible(evidence["job"]["reference"], 60)),
        author=f"hht {evidence['program']['version']}",
        lang="en-GB",
        invariant=1,
    )
    furniture = _furniture(evidence, total)
    story = Story(evidence, register_fonts(), split_rows=split_rows)
    document.build(story.flowables(), onFirstPage=furniture, onLaterPages=furniture)
    return buffer.getvalue(), int(document.page)


@cache
def register_fonts() -> frozenset[int]:
    """Make the fonts known, once; the code points that every one of them can draw."""
    from reportlab import rl_config
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    fonts = [TTFont(name, str(resource_path("fonts", file))) for name, file in _FILES.items()]
    for font in fonts:
        pdfmetrics.registerFont(font)
    rl_config.canvas_basefontname = TEXT  # else every page names Helvetica, which is not embedded
    return frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts))


def _furniture(evidence: dict[str, Any], total: int) -> Callable[[Canvas, Any], None]:
    """What stands on every page: hash, page number, and the watermark of training."""

    def draw(canvas: Canvas, document: Any) -> None:
        width, height = document.pagesize
        canvas.saveState()
        if evidence["training"]:
            draw_watermark(canvas, width, height)
        canvas.setFont(TEXT, 7)
        canvas.setFillColor(FAINT)
        canvas.drawString(document.leftMargin, 34, _("SHA-256 of this visit's evidence (the JSON file of this report)"))
        canvas.setFont(MONO, 7)
        canvas.drawString(document.leftMargin, 25, evidence["sha256"])
        canvas.setFont(TEXT, 8)
        page = _("Page {number} of {total}").format(number=document.page, total=total)
        canvas.drawRightString(width - document.rightMargin, 25, page)
        canvas.restoreState()

    return draw


def draw_watermark(canvas: Canvas, width: float, height: float) -> None:
    """The watermark of training, across a page of that size (points)."""
    canvas.saveState()
    canvas.setFillColorRGB(0.85, 0.45, 0.0, alpha=0.13)
    canvas.setFont(BOLD, 96)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(52)
    canvas.drawCentredString(0, -30, _("TRAINING"))
    canvas.restoreState()
