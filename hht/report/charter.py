"""The privacy charter as a paper to leave behind: large print, nothing in it of any one visit."""

from __future__ import annotations

from io import BytesIO

from hht.i18n import _
from hht.report.pdf import register_fonts
from hht.report.sheet import Sheet, customer_paper
from hht.work.about import rows_of


def charter_pdf() -> bytes:
    """The charter as PDF, in the language in use; the same octets each time."""
    buffer, title = BytesIO(), _("Your data: our privacy charter")
    sheet = Sheet({}, register_fonts())
    story = [sheet.line(title, sheet.title)]
    for row in rows_of("charter"):
        story += sheet.part(row.title, [row.text])
    customer_paper(buffer, title).build(story)
    return buffer.getvalue()
