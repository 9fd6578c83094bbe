"""The customer's sheet: what was done at their premises, in large print, on one or two pages.

It is made of a bundle for readers of the level ``customer``, so nothing stands on it that such a bundle leaves out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from hht.desk.kinds import AskKind
from hht.evidence import LEVELS, check_bundle, key_print
from hht.i18n import _
from hht.report.bundle_lines import BundleError
from hht.report.notes_story import signature_pairs
from hht.report.pdf import draw_watermark, register_fonts
from hht.report.story import BOLD, INK, TEXT
from hht.report.strokes import drawn_strokes
from hht.report.words import item_words, outcome_words, result_words, safe, when
from hht.work.actions.following import BY_DESK
from hht.work.coded import Code, codes, known

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import Flowable, SimpleDocTemplate

MARGIN_MM: Final = 20
POINTS: Final = 18  # clear print begins at 12, large print at 16
_LEVEL: Final = LEVELS[2]
_CHANGED: Final = ("written", "written-earlier")
_TOP_UPS: Final = ("top-up", "gas-top-up")
_BILLED: Final = ("kWh", "m³")
Plain = Mapping[str, Any]


def customer_sheet(bundle: bytes) -> bytes:
    """The sheet as PDF; the same bundle always gives the same octets. Raises BundleError where it is not whole, or is
    for other readers."""
    return paper(bundle, _("Your meter: what was done"), lambda sheet, key, at: sheet.flowables(key, at))


def paper(bundle: bytes, title: str, make: Callable[[Sheet, str, str], list[Flowable]]) -> bytes:
    """A paper for the customer as PDF; `make` gives what stands on it, of the sheet, the key's fingerprint and when it
    was signed. Raises BundleError as `customer_sheet`."""
    verdict = check_bundle(bundle)
    if verdict.problem or verdict.level != _LEVEL:
        raise BundleError(
            _("No sheet is made of this bundle: {why}.").format(why=verdict.problem or _("it is for other readers")),
            remedy=_("Write the bundle again for the customer."),
            code="bundle-not-whole",
        )
    told = _told(bundle)
    buffer = BytesIO()
    sheet = Sheet(told, register_fonts())
    story = make(sheet, key_print(verdict.key), verdict.signed_at)
    page = _page(training=bool(told["visit"][0]["training"]))
    customer_paper(buffer, title).build(story, onFirstPage=page, onLaterPages=page)
    return buffer.getvalue()


def customer_paper(buffer: BytesIO, title: str) -> SimpleDocTemplate:
    """An empty paper for customers, to be built into `buffer`: A4, wide margins, the same octets each time."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    margin = MARGIN_MM * mm
    return SimpleDocTemplate(
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


def _told(bundle: bytes) -> dict[str, list[Plain]]:
    """What is not left out, by kind of item."""
    found: dict[str, list[Plain]] = {}
    for line in bundle.splitlines():
        item = json.loads(line)
        if "item" in item:
            shown = {name: one["value"] for name, one in item["fields"].items() if "value" in one}
            found.setdefault(item["kind"], []).append(shown)
    return found


class Sheet:
    """The sheet's content, top to bottom."""

    def __init__(self, told: Mapping[str, Sequence[Plain]], covered: frozenset[int]) -> None:
        from reportlab.lib.colors import HexColor
        from reportlab.lib.styles import ParagraphStyle

        self.told, self._covered = told, covered
        ink = HexColor(INK)
        self.body = ParagraphStyle(
            "body", fontName=TEXT, fontSize=POINTS, leading=25, textColor=ink, spaceAfter=6, splitLongWords=1
        )
        self.title = ParagraphStyle("title", parent=self.body, fontName=BOLD, fontSize=26, leading=34, spaceAfter=10)
        self.heading_style = ParagraphStyle("heading", parent=self.body, fontName=BOLD, fontSize=20, spaceBefore=12)

    def flowables(self, key: str, signed_at: str) -> list[Flowable]:
        """Everything in order."""
        visit = self.told["visit"][0]
        head = [
            visit["address"],
            _("Supplier: {supplier}").format(supplier=visit["supplier"]) if visit["supplier"] else "",
            _("Visit: {when}").format(when=when(visit["started_at"])) if visit["started_at"] else "",
            _("Job: {reference}").format(reference=visit["reference"]),
            _("The work: {outcome}").format(outcome=outcome_words(visit["outcome"])),
        ]
        lines = [self.line(_("Your meter: what was done"), self.title), *map(self.line, filter(None, head))]
        lines += self.part(_("Left off for your safety"), self._notices())
        lines += self.part(_("Found unsafe"), self._unsafe())
        lines += self.part(_("Why the work was not done"), self._endings())
        for heading, words in outcomes_told(self.told.get("step", ())):
            lines += self.part(heading, [words])
        lines += self.part(_("Meter readings"), self._readings())
        lines += self.part(_("Set in your meter"), self._writes())
        lines += self.part(_("Top-ups"), self._top_ups())
        lines += self.part(_("Done by your supplier meanwhile"), self._by_supplier())
        lines += self.part(_("Safety tests"), self._safety())
        lines += self._signatures()
        proof = _(
            "What was answered about anybody's health or needs does not stand on this sheet. A signed record of the "
            "visit is kept ({when}, key {key})."
        )
        return [*lines, *self.part(_("About this sheet"), [proof.format(when=when(signed_at), key=key)])]

    def line(self, text: object, style: Any = None) -> Flowable:
        """A paragraph."""
        from reportlab.platypus import Paragraph

        return Paragraph(safe(text, 500, self._covered), style or self.body)

    def part(self, heading: str, lines: Sequence[str]) -> list[Flowable]:
        """A heading with its lines, where there are any; the heading does not stand alone at the foot of a page."""
        from reportlab.platypus import KeepTogether

        if not lines:
            return []
        first, *rest = map(self.line, lines)
        return [KeepTogether([self.line(heading, self.heading_style), first]), *rest]

    def _notices(self) -> list[str]:
        """What each stop means for the customer, whom to ring, and the notice that was left; of one that waits for its
        notice too."""
        numbers: dict[tuple[str, str], str] = {}  # by step and stop: a step stops, then is left with its notice
        for one in self.told.get("notice", ()):
            if one.get("stop"):
                numbers[one["step"], one["stop"]] = one.get("number") or numbers.get((one["step"], one["stop"]), "")
        lines = []
        for (_step, stop), number in numbers.items():
            told = told_of(stop)
            lines.append(told.text)
            lines += [ring_words(code) for code in told.plain["ring"]]
            lines += [_("Notice number {number}.").format(number=number)] if number else []
        return lines

    def _unsafe(self) -> list[str]:
        words = _("Notice {number}, {category}: {found}")
        return [
            words.format(number=one["notice"], category=one["category_words"], found=one["found"])
            for one in self.told.get("unsafe", ())
        ]

    def _endings(self) -> list[str]:
        lines = []
        for one in self.told.get("ending", ()):
            lines.append(one["text"])
            if one["next_at"]:
                lines.append(_("Next appointment: {when}").format(when=when(one["next_at"])))
        return lines

    def _signatures(self) -> list[Flowable]:
        found: list[Flowable] = []
        for one in self.told.get("signature", ()):
            drawing = drawn_strokes(one)
            found += self.part(_("Signature"), [one["words"], signed_words(one)])
            found += [drawing] if drawing is not None else []
        return found

    def _readings(self) -> list[str]:
        """What was supplied and exported, before the work and after it, on a line each; what people are not billed by
        (reactive energy, voltages, counters) is in the report."""
        found: dict[str, list[str]] = {}
        for one in self.told.get("reading", ()):
            word = _("before {value}") if one["when"] == "before" else _("after {value}")
            for register in one.get("registers", ()):
                if register.get("unit") in _BILLED and ".8." in register.get("obis", ""):  # totals
                    name = _name_of(register)
                    value = f"{register.get('value', '')} {register['unit']}"
                    found.setdefault(name, []).append(word.format(value=value))
        return [f"{name}: {', '.join(values)}" for name, values in found.items()]

    def _writes(self) -> list[str]:
        return [
            f"{item_words(one['item'])}: {when(one['after'])}"
            for one in self.told.get("write", ())
            if one["result"] in _CHANGED
        ]

    def _top_ups(self) -> list[str]:
        """Which were accepted, and whether the meter's own record was seen to say so."""
        return [
            f"{item_words(one['item'])}: {result_words(one['result'])}"
            for one in self.told.get("write", ())
            if one["item"] in _TOP_UPS
        ]

    def _by_supplier(self) -> list[str]:
        """What the desk had done, by the titles of its steps; what it only looked up is left out."""
        looks = {kind.words for kind in AskKind if not kind.changes}
        titles = self._titles()
        steps = [one["step"] for one in self.told.get("write", ()) if one["result"] == BY_DESK]
        looked = {one["step"] for one in self.told.get("write", ()) if one["item"] in looks}
        named = dict.fromkeys(titles[step] for step in steps if step in titles and step not in looked)
        return ["; ".join(named) + "."] if named else []

    def _titles(self) -> dict[str, str]:
        return {one["id"]: one["title"] for one in self.told.get("step", ())}

    def _safety(self) -> list[str]:
        measured = [one for one in self.told.get("safety", ()) if one["limit"]]
        titles, words = self._titles(), _("{what}: {value} {unit}; allowed: {limit}")
        lines = []
        for one in measured:
            what = ": ".join(filter(None, (titles.get(one["step"], ""), one["prompt"])))
            lines.append(words.format(what=what, value=one["value"], unit=one["unit"], limit=one["limit"]))
        return lines


_NOT_NEEDED: Final = "skipped"


def outcomes_told(steps: Sequence[Plain]) -> Iterator[tuple[str, str]]:
    """What came of the visit in the customer's words (EDG-14): heading and text of each outcome that one of its steps
    was needed for. Nothing of a visit that ended before any of them was begun."""
    rows = codes("told_outcomes", "outcome").values()
    wanted = {step for row in rows for step in row.plain["steps"]}
    if not any(one.get("attempts") for one in steps if one["id"] in wanted):
        return
    states = {one["id"]: one["state"] for one in steps}
    for row in rows:
        found = [states[step] for step in row.plain["steps"] if states.get(step, _NOT_NEEDED) != _NOT_NEEDED]
        if found:
            yield row.title, row.text if set(found) == {"done"} else _(row.plain["looks"])


def _name_of(register: Plain) -> str:
    """A register in the customer's words, or as the trade calls it."""
    words = {"1-0:1.8.0": _("Electricity used"), "1-0:2.8.0": _("Electricity exported")}
    obis = str(register.get("obis", ""))
    return words.get(obis) or str(register.get("label") or obis)


def told_of(stop: str) -> Code:
    """What customers are told of a safety stop; of one that the catalogue does not know, that something is off."""
    rows = codes("told_to_customers", "stop")
    return rows.get(stop) or rows["other"]


def ring_words(code: str) -> str:
    """Whom to ring in an emergency, with the number and whether anybody has verified it."""
    row = known("desk_phones", "emergency", code)
    words = _("{who}: {number}") if row.plain.get("verified") else _("{who}: {number} (number not verified)")
    return words.format(who=row.text, number=row.plain["number"])


def signed_words(one: Plain) -> str:
    """Who signed, how and when."""
    return ", ".join(f"{value}" for _label, value in signature_pairs(one) if value and value != one["words"])


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
