"""The report as PDF: A4, fonts embedded, made without Qt. The same evidence always gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from hht.report.files import write_whole
from hht.report.words import outcome_words, safe, state_word, visible
from hht.resources import resource_path

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import Flowable, Paragraph, Table

TEXT, BOLD, MONO = "B612", "B612-Bold", "B612Mono"
INK, FAINT, RULE, PANEL = "#14181d", "#4a5560", "#c3cbd3", "#eef2f6"
_FILES = {TEXT: "B612-Regular.ttf", BOLD: "B612-Bold.ttf", MONO: "B612Mono-Regular.ttf"}


def write_pdf(path: Path, evidence: dict[str, Any]) -> None:
    """The report of `evidence` as the file `path`. Raises ReportNotWritten."""
    write_whole(path, render_pdf(evidence))


def render_pdf(evidence: dict[str, Any]) -> bytes:
    """The report's bytes."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    _register_fonts()
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=16 * mm,
        bottomMargin=22 * mm,
        title=_("Visit report {reference}").format(reference=visible(evidence["job"]["reference"], 60)),
        author=f"hht {evidence['program']['version']}",
        invariant=1,
    )
    furniture = _furniture(evidence)
    document.build(_Story(evidence).flowables(), onFirstPage=furniture, onLaterPages=furniture)
    return buffer.getvalue()


def _register_fonts() -> None:
    from reportlab import rl_config
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name, file in _FILES.items():
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(resource_path("fonts", file))))
    rl_config.canvas_basefontname = TEXT  # else every page names Helvetica, which is not embedded


def _furniture(evidence: dict[str, Any]) -> Callable[[Canvas, Any], None]:
    """What stands on every page: hash, page number, and the watermark of training."""

    def draw(canvas: Canvas, document: Any) -> None:
        width, _height = document.pagesize
        canvas.saveState()
        if evidence["training"]:
            canvas.setFillColorRGB(0.85, 0.45, 0.0, alpha=0.13)
            canvas.setFont(BOLD, 96)
            canvas.translate(width / 2, document.pagesize[1] / 2)
            canvas.rotate(52)
            canvas.drawCentredString(0, -30, _("TRAINING"))
            canvas.rotate(-52)
            canvas.translate(-width / 2, -document.pagesize[1] / 2)
        canvas.setFont(TEXT, 7)
        canvas.setFillColor(FAINT)
        canvas.drawString(document.leftMargin, 34, _("SHA-256 of this visit's evidence file (report.json)"))
        canvas.setFont(MONO, 7)
        canvas.drawString(document.leftMargin, 25, evidence["sha256"])
        canvas.setFont(TEXT, 8)
        page = _("Page {number}").format(number=document.page)
        canvas.drawRightString(width - document.rightMargin, 25, page)
        canvas.restoreState()

    return draw


class _Story:
    """The report's content, top to bottom."""

    def __init__(self, evidence: dict[str, Any]) -> None:
        from reportlab.lib.colors import HexColor
        from reportlab.lib.styles import ParagraphStyle

        self.evidence = evidence
        ink, faint = HexColor(INK), HexColor(FAINT)
        self.body = ParagraphStyle("body", fontName=TEXT, fontSize=9, leading=12.5, textColor=ink, splitLongWords=1)
        self.small = ParagraphStyle("small", parent=self.body, fontSize=7.5, leading=10, textColor=faint)
        self.label = ParagraphStyle("label", parent=self.body, textColor=faint)
        self.strong = ParagraphStyle("strong", parent=self.body, fontName=BOLD)
        self.mono = ParagraphStyle("mono", parent=self.body, fontName=MONO, fontSize=8.5)
        self.time = ParagraphStyle("time", parent=self.mono, fontSize=7.5)
        self.title = ParagraphStyle("title", parent=self.body, fontName=BOLD, fontSize=20, leading=25, spaceAfter=6)
        self.heading = ParagraphStyle(
            "heading", parent=self.body, fontName=BOLD, fontSize=12, leading=16, spaceBefore=12, spaceAfter=4
        )
        self.strong_number = ParagraphStyle("strong-number", parent=self.strong, alignment=2)
        self.number = ParagraphStyle("number", parent=self.mono, alignment=2)

    def flowables(self) -> list[Flowable]:
        """Everything in order."""
        return [
            *self._head(),
            *self._meter(),
            *self._readings(),
            *self._writes(),
            *self._steps(),
            *self._proof(),
        ]

    def _p(self, text: object, style: Any = None, limit: int = 600) -> Paragraph:
        from reportlab.platypus import Paragraph

        return Paragraph(safe(text, limit), style or self.body)

    def _table(self, rows: list[list[Any]], widths: list[float], *, head: bool) -> Table:
        from reportlab.lib.colors import HexColor
        from reportlab.lib.units import mm
        from reportlab.platypus import Table, TableStyle

        style: list[Any] = [
            ("FONT", (0, 0), (-1, -1), TEXT, 9),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(RULE)),
            ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ]
        if head:
            style.append(("BACKGROUND", (0, 0), (-1, 0), HexColor(PANEL)))
        return Table(rows, [w * mm for w in widths], style=TableStyle(style), repeatRows=1 if head else 0)

    def _pairs(self, pairs: list[tuple[str, Any]]) -> Table:
        rows = [[self._p(label, self.label), self._p(value)] for label, value in pairs if value not in ("", None)]
        return self._table(rows or [[self._p("–"), self._p("")]], [48, 126], head=False)

    def _head(self) -> list[Flowable]:
        job, visit = self.evidence["job"], self.evidence["visit"]
        pairs = [
            (_("Outcome"), outcome_words(visit["outcome"])),
            (_("Address"), job["address"]),
            (_("Supplier"), job["supplier"]),
            (_("Visit began"), visit["started_at"]),
            (_("Visit ended"), visit["ended_at"]),
            (_("Reached through"), visit["link"]),
            (_("Interruptions"), visit["runs"] - 1 if visit["runs"] > 1 else ""),
            (_("Training"), _("This visit was made on training equipment.") if self.evidence["training"] else ""),
        ]
        if job["test_identifiers_allowed"]:
            pairs.append((_("Override"), _("Test identifiers with wrong check digits were accepted.")))
        title = _("Visit report {reference}").format(reference=job["reference"])
        return [self._p(title, self.title, 60), self._pairs(pairs)]

    def _meter(self) -> list[Flowable]:
        meter, expected = self.evidence["meter"], self.evidence["job"]["expected"]
        names = {
            "device_id": _("Device ID (the meter's own)"),
            "model": _("Model"),
            "manufacturer": _("Manufacturer"),
            "firmware": _("Firmware"),
            "variant": _("Variant"),
            "logical_name": _("Logical device name"),
            "local_access": _("Optical port"),
        }
        pairs = [(words, meter.get(key, "")) for key, words in names.items()]
        wanted = [(_("Device ID (the job's)"), expected["device_id"]), (_("MPAN (the job's)"), expected["mpan"])]
        return [self._p(_("Meter"), self.heading), self._pairs([*pairs, *wanted])]

    def _readings(self) -> list[Flowable]:
        before, after = (self.evidence["readings"][key] for key in ("before", "after"))
        later = {r["obis"]: r for r in after.get("registers", [])}
        rows = [
            [
                self._p(_("Register"), self.strong),
                self._p(_("Before"), self.strong_number),
                self._p(_("After"), self.strong_number),
                self._p(_("Unit"), self.strong),
            ]
        ]
        for reading in before.get("registers", []):
            held = later.pop(reading["obis"], {})
            rows.append(self._reading(reading, reading.get("value", ""), held.get("value", "")))
        rows += [self._reading(reading, "", reading.get("value", "")) for reading in later.values()]
        if len(rows) == 1:
            return [self._p(_("Readings"), self.heading), self._p(_("No readings were taken."))]
        times = _("Before: {before}. After: {after}. The meter's own time, UTC.").format(
            before=before.get("time", "–"), after=after.get("time", "–")
        )
        table = self._table(rows, [84, 38, 38, 14], head=True)
        return [self._p(_("Readings"), self.heading), table, self._p(times, self.small)]

    def _reading(self, reading: dict[str, Any], before: str, after: str) -> list[Paragraph]:
        name = f"{reading.get('label') or ''} ({reading['obis']})".strip()
        return [
            self._p(name),
            self._p(before, self.number),
            self._p(after, self.number),
            self._p(reading.get("unit", "")),
        ]

    def _writes(self) -> list[Flowable]:
        writes = self.evidence["writes"]
        if not writes:
            return [self._p(_("Changes"), self.heading), self._p(_("Nothing was written to the meter."))]
        titles = (_("Item"), _("Before"), _("After (read back)"), _("By authority of"))
        rows = [[self._p(t, self.strong) for t in titles]]
        for write in writes:
            cells = [self._p(write.get("item", ""))]
            cells += [self._p(write.get(key, ""), self.mono) for key in ("before", "after")]
            rows.append([*cells, self._p(write.get("authority", ""), self.small)])
        return [self._p(_("Changes"), self.heading), self._table(rows, [36, 46, 46, 46], head=True)]

    def _steps(self) -> list[Flowable]:
        titles = (_("Step"), _("State"), _("Began"), _("Ended"), _("What was seen"))
        rows: list[list[Any]] = [[self._p(t, self.strong) for t in titles]]
        for step in self.evidence["steps"]:
            times = [step["started_at"][11:19], step["finished_at"][11:19]]
            rows.append(
                [
                    self._p(step["title"]),
                    self._p(state_word(step["state"]), self.strong),
                    *(self._p(time, self.time) for time in times),
                    self._seen(step),
                ]
            )
        return [self._p(_("Steps"), self.heading), self._table(rows, [38, 27, 20, 20, 69], head=True)]

    def _seen(self, step: dict[str, Any]) -> list[Paragraph]:
        lines = [self._p(f"{fact['label']}: {fact['value']}", self.small, 300) for fact in step["facts"][:12]]
        if step["message"]:
            lines.append(self._p(f"{step['code']}: {step['message']}", self.small, 300))
        if step["note"]:
            lines.append(self._p(_("Note: {note}").format(note=step["note"]), self.small, 300))
        return lines or [self._p("–", self.small)]

    def _proof(self) -> list[Flowable]:
        trace = self.evidence["trace"]
        pairs = [
            (_("Program"), f"hht {self.evidence['program']['version']}, {self.evidence['schema']}"),
            (_("Walkthrough"), self.evidence["job"]["walkthrough"]),
            (_("Visit"), self.evidence["visit"]["visit_id"]),
            (_("Trace"), _("{count} events").format(count=trace["events"])),
            (_("SHA-256 of the trace"), trace["sha256"]),
            (_("Report written"), self.evidence["written_at"]),
        ]
        words = _(
            "Every byte to and from the meter was recorded. The hash above is that of the exported trace; the one at "
            "the foot of each page is that of report.json. Anyone can check both."
        )
        return [self._p(_("Proof"), self.heading), self._pairs(pairs), self._p(words, self.small)]
