"""The customer's sheet: what was done at their premises, in large print, on one or two pages.

It is made of a bundle for readers of the level ``customer``, so nothing stands on it that such a bundle leaves out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from hht.evidence import LEVELS, check_bundle, key_print
from hht.i18n import _
from hht.report.bundle_lines import BundleError
from hht.report.pdf import draw_watermark, register_fonts
from hht.report.story import BOLD, INK, TEXT
from hht.report.words import item_words, outcome_words, safe, when

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import Flowable

POINTS: Final = 18  # clear print begins at 12, large print at 16
_LEVEL: Final = LEVELS[2]
_CHANGED: Final = ("written", "written-earlier", "by-the-desk")
Plain = Mapping[str, Any]


def customer_sheet(bundle: bytes) -> bytes:
    """The sheet as PDF; the same bundle always gives the same octets. Raises BundleError where it is not whole, or is
    for other readers."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    verdict = check_bundle(bundle)
    if verdict.problem or verdict.level != _LEVEL:
        raise BundleError(
            _("No sheet is made of this bundle: {why}.").format(why=verdict.problem or _("it is for other readers")),
            remedy=_("Write the bundle again for the customer."),
            code="bundle-not-whole",
        )
    told = _told(bundle)
    buffer = BytesIO()
    margin = 20 * mm
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=margin,
        rightMargin=margin,
        topMargin=margin,
        bottomMargin=margin,
        title=_("Your meter: what was done"),
        author="hht",
        lang="en-GB",
        invariant=1,
    )
    story = _Sheet(told, register_fonts()).flowables(key_print(verdict.key), verdict.signed_at)
    page = _page(training=bool(told["visit"][0]["training"]))
    document.build(story, onFirstPage=page, onLaterPages=page)
    return buffer.getvalue()


def _told(bundle: bytes) -> dict[str, list[Plain]]:
    """What is not left out, by kind of item."""
    found: dict[str, list[Plain]] = {}
    for line in bundle.splitlines():
        item = json.loads(line)
        if "item" in item:
            shown = {name: one["value"] for name, one in item["fields"].items() if "value" in one}
            found.setdefault(item["kind"], []).append(shown)
    return found


class _Sheet:
    """The sheet's content, top to bottom."""

    def __init__(self, told: Mapping[str, Sequence[Plain]], covered: frozenset[int]) -> None:
        from reportlab.lib.colors import HexColor
        from reportlab.lib.styles import ParagraphStyle

        self._told, self._covered = told, covered
        ink = HexColor(INK)
        self._body = ParagraphStyle(
            "body", fontName=TEXT, fontSize=POINTS, leading=25, textColor=ink, spaceAfter=6, splitLongWords=1
        )
        self._title = ParagraphStyle("title", parent=self._body, fontName=BOLD, fontSize=26, leading=34, spaceAfter=10)
        self._heading = ParagraphStyle("heading", parent=self._body, fontName=BOLD, fontSize=20, spaceBefore=12)

    def flowables(self, key: str, signed_at: str) -> list[Flowable]:
        """Everything in order."""
        visit = self._told["visit"][0]
        head = [
            visit["address"],
            _("Supplier: {supplier}").format(supplier=visit["supplier"]) if visit["supplier"] else "",
            _("Visit: {when}").format(when=when(visit["started_at"])) if visit["started_at"] else "",
            _("Job: {reference}").format(reference=visit["reference"]),
            outcome_words(visit["outcome"]),
        ]
        lines = [self._line(_("Your meter: what was done"), self._title), *map(self._line, filter(None, head))]
        lines += self._part(_("Left off for your safety"), self._notices())
        lines += self._part(_("Meter readings"), self._readings())
        lines += self._part(_("Set in your meter"), self._writes())
        lines += self._part(_("Safety tests"), self._safety())
        proof = _(
            "What was answered about anybody's health or needs does not stand on this sheet. A signed record of the "
            "visit is kept ({when}, key {key})."
        )
        return [*lines, *self._part(_("About this sheet"), [proof.format(when=when(signed_at), key=key)])]

    def _line(self, text: object, style: Any = None) -> Flowable:
        from reportlab.platypus import Paragraph

        return Paragraph(safe(text, 300, self._covered), style or self._body)

    def _part(self, heading: str, lines: Sequence[str]) -> list[Flowable]:
        """A heading with its lines, where there are any; the heading does not stand alone at the foot of a page."""
        from reportlab.platypus import KeepTogether

        if not lines:
            return []
        first, *rest = map(self._line, lines)
        return [KeepTogether([self._line(heading, self._heading), first]), *rest]

    def _notices(self) -> list[str]:
        found = [one["number"] for one in self._told.get("notice", ()) if one.get("number")]
        return [_("Notice number {number}. Do not switch it on yourself.").format(number=number) for number in found]

    def _readings(self) -> list[str]:
        before, after = _("before"), _("after")
        lines = []
        for one in self._told.get("reading", ()):
            word = before if one["when"] == "before" else after
            for register in one.get("registers", ()):
                name = register.get("label") or register.get("obis", "")
                value = f"{register.get('value', '')} {register.get('unit', '')}".strip()
                lines.append(f"{name}, {word}: {value}")
        return lines

    def _writes(self) -> list[str]:
        return [
            f"{item_words(one['item'])}: {when(one['after'])}"
            for one in self._told.get("write", ())
            if one["result"] in _CHANGED
        ]

    def _safety(self) -> list[str]:
        measured = [one for one in self._told.get("safety", ()) if one["limit"]]
        return [f"{one['prompt']}: {one['value']} {one['unit']} ({one['limit']})" for one in measured]


def _page(*, training: bool) -> Callable[[Canvas, Any], None]:
    """The page number, as large as the rest, and the watermark of training."""

    def draw(canvas: Canvas, document: Any) -> None:
        width, height = document.pagesize
        canvas.saveState()
        if training:
            draw_watermark(canvas, width, height)
        canvas.setFillColor(INK)
        canvas.setFont(TEXT, POINTS)
        canvas.drawRightString(width - document.rightMargin, 28, _("Page {number}").format(number=document.page))
        canvas.restoreState()

    return draw
