"""The privacy charter as a paper to leave behind: large print, nothing in it of any one visit."""

from __future__ import annotations

from io import BytesIO
from typing import Final

from hht.i18n import _
from hht.report.pdf import register_fonts
from hht.report.sheet import Sheet
from hht.work.about import rows_of

MARGIN_MM: Final = 20


def charter_pdf() -> bytes:
    """The charter as PDF, in the language in use; the same octets each time."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    buffer, margin = BytesIO(), MARGIN_MM * mm
    title = _("Your data: our privacy charter")
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=margin,
        rightMargin=margin,
        topMargin=margin,
        bottomMargin=margin,
        title=title,
        author="hht",
        lang="en-GB",
        invariant=1,
    )
    sheet = Sheet({}, register_fonts())
    story = [sheet.line(title, sheet.title)]
    for row in rows_of("charter"):
        story += sheet.part(row.title, [row.text])
    document.build(story)
    return buffer.getvalue()
