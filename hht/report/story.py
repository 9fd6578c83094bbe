"""What stands in the report, top to bottom, as reportlab's building blocks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from hht.report.looked_story import looked_flowables
from hht.report.notes_story import note_flowables
from hht.report.verdict_story import verdict_flowables
from hht.report.words import (
    device_words,
    ended_words,
    engineer_words,
    fact_words,
    item_words,
    left_by_a_person,
    left_words,
    link_words,
    note_words,
    outcome_warning,
    outcome_words,
    reason_words,
    result_words,
    safe,
    state_word,
    when,
)
from hht.work.about import responsible_lines
from hht.work.actions.following import BY_DESK
from hht.work.actions.identify import access_words

if TYPE_CHECKING:
    from reportlab.platypus import Flowable, Paragraph, Table

TEXT, BOLD, MONO = "B612", "B612-Bold", "B612Mono"
INK, FAINT, RULE, PANEL = "#14181d", "#4a5560", "#c3cbd3", "#eef2f6"
_HASH = re.compile(r"[0-9a-f]{64}")
MAX_FACTS = 12  # of one step; all of them are in the JSON file


class Story:
    """The report's content, top to bottom."""

    def __init__(self, evidence: dict[str, Any], covered: frozenset[int], *, split_rows: bool) -> None:
        from reportlab.lib.colors import HexColor
        from reportlab.lib.styles import ParagraphStyle

        self.evidence = evidence
        self._titles = {step["id"]: step["title"] for step in evidence["steps"]}
        self.covered = covered  # code points that the fonts can draw
        self.split_rows = split_rows  # a row may go on over the page
        ink, faint = HexColor(INK), HexColor(FAINT)
        self.body = ParagraphStyle("body", fontName=TEXT, fontSize=9, leading=12.5, textColor=ink, splitLongWords=1)
        self.small = ParagraphStyle("small", parent=self.body, fontSize=7.5, leading=10, textColor=faint)
        self.below = ParagraphStyle(
            "below", parent=self.small, spaceBefore=4, leftIndent=-2, allowWidows=0, allowOrphans=0
        )
        self.plain = ParagraphStyle("plain", parent=self.body, leftIndent=-2)
        self.label = ParagraphStyle("label", parent=self.body, textColor=faint)
        self.strong = ParagraphStyle("strong", parent=self.body, fontName=BOLD)
        self.alarm = ParagraphStyle("alarm", parent=self.strong, spaceBefore=6, leftIndent=-2)
        self.warning = ParagraphStyle("warning", parent=self.strong, spaceAfter=6, leftIndent=-2)
        self.mono = ParagraphStyle("mono", parent=self.body, fontName=MONO, fontSize=8.5)
        self.time = ParagraphStyle("time", parent=self.mono, fontSize=7.5)
        self.number_left = ParagraphStyle("number-left", parent=self.mono, fontSize=7.5)
        self.title = ParagraphStyle(
            "title", parent=self.body, fontName=BOLD, fontSize=20, leading=25, spaceAfter=6, leftIndent=-2
        )
        self.heading = ParagraphStyle(
            "heading",
            parent=self.body,
            fontName=BOLD,
            fontSize=12,
            leading=16,
            spaceBefore=12,
            spaceAfter=4,
            leftIndent=-2,
        )
        self.strong_number = ParagraphStyle("strong-number", parent=self.strong, alignment=2)
        self.number = ParagraphStyle("number", parent=self.mono, alignment=2)

    def flowables(self) -> list[Flowable]:
        """Everything in order."""
        return [
            *self._head(),
            *note_flowables(self, self.evidence.get("notes", {})),
            *verdict_flowables(self, self.evidence.get("findings", {})),
            *looked_flowables(self, self.evidence.get("findings", {})),
            *self._meter(),
            *self._readings(),
            *self._writes(),
            *self._steps(),
            *self._proof(),
            *self._responsible(),
        ]

    def _p(self, text: object, style: Any = None, limit: int = 600) -> Paragraph:
        from reportlab.platypus import Paragraph

        return Paragraph(safe(text, limit, self.covered), style or self.body)

    def headed(self, text: str) -> list[Flowable]:
        """A heading that does not stand alone at the foot of a page."""
        from reportlab.lib.units import mm
        from reportlab.platypus import CondPageBreak

        return [CondPageBreak(36 * mm), self._p(text, self.heading)]

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
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
        ]
        if head:
            style.append(("BACKGROUND", (0, 0), (-1, 0), HexColor(PANEL)))
        return Table(
            rows,
            [w * mm for w in widths],
            style=TableStyle(style),
            repeatRows=1 if head else 0,
            splitInRow=int(self.split_rows),
        )

    def pairs(self, pairs: list[tuple[str, Any]]) -> Table:
        """Labels with their values; what has none is left out."""
        rows: list[list[Any]] = [
            [self._p(label, self.label), [self._value(one) for one in (value if isinstance(value, list) else [value])]]
            for label, value in pairs
            if value not in ("", None, [])
        ]
        return self._table(rows or [[self._p("–"), self._p("")]], [48, 126], head=False)

    def _value(self, value: object) -> Paragraph:
        return self._p(value, self.time if _HASH.fullmatch(str(value)) else self.body)

    def _head(self) -> list[Flowable]:
        job, visit = self.evidence["job"], self.evidence["visit"]
        pairs: list[tuple[str, Any]] = [
            (_("Outcome"), outcome_words(visit["outcome"])),
            (_("Address"), job["address"]),
            (_("Supplier"), job["supplier"]),
            (_("Job"), job.get("origin", {}).get("words", "")),
            (_("Not done"), [device_words(device) for device in job["untouched"]]),
            (_("The visit ended early"), ended_words(self.evidence)),
            (_("Left out"), [left_words(step) for step in self.evidence["steps"] if left_by_a_person(step)]),
            (_("Engineer"), engineer_words(visit["engineers"])),
            (_("Visit of this job"), visit["number"]),
            (_("Visit began"), when(visit["started_at"])),
            (_("Visit ended"), when(visit["ended_at"])),
            (_("Reached through"), link_words(visit["links"])),
            (_("Interruptions"), visit["runs"] - 1 if visit["runs"] > 1 else ""),
            (_("Training"), _("This visit was made on training equipment.") if self.evidence["training"] else ""),
        ]
        if visit.get("home_anew"):
            pairs.append((_("Training home"), _("It began anew amid the visit: what was done there before was gone.")))
        if job["test_identifiers_allowed"]:
            pairs.append((_("Override"), _("Test identifiers with wrong check digits were allowed.")))
        title = _("Visit report {reference}").format(reference=job["reference"])
        warning = outcome_warning(visit["outcome"])
        warnings = [self._p(warning, self.warning)] if warning else []
        return [self._p(title, self.title, 60), *warnings, self.pairs(pairs)]

    def _meter(self) -> list[Flowable]:
        meter, expected = self.evidence["meter"], self.evidence["job"]["expected"]
        names = {
            "device_id": _("Device ID (the meter's own)"),
            "model": _("Model"),
            "manufacturer": _("Manufacturer"),
            "firmware": _("Firmware"),
            "variant": _("Variant"),
            "logical_name": _("Logical device name"),
        }
        pairs = [(words, meter.get(key, "")) for key, words in names.items()]
        pairs.append((_("Optical port"), access_words(str(meter.get("local_access", "")))))
        mpan = expected["mpan"]
        if expected.get("mpan_is_test_data"):
            mpan = _("{mpan} (test data: its check digit is wrong)").format(mpan=mpan)
        wanted = [(_("Device ID (the job's)"), expected["device_id"]), (_("MPAN (the job's)"), mpan)]
        return [*self.headed(_("Meter")), self.pairs([*pairs, *wanted])]

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
            return [*self.headed(_("Readings")), self._p(_("No readings were taken."), self.plain)]
        times = _("Read before: {before}. Read after: {after}. By this terminal's clock.").format(
            before=when(before.get("time", "")) or "–", after=when(after.get("time", "")) or "–"
        )
        table = self._table(rows, [84, 38, 38, 14], head=True)
        return [*self.headed(_("Readings")), table, self._p(times, self.below)]

    def _reading(self, reading: dict[str, Any], before: str, after: str) -> list[Paragraph]:
        name = f"{reading.get('label') or ''} ({reading['obis']})".strip()
        return [
            self._p(name),
            self._p(before, self.number),
            self._p(after, self.number),
            self._p(reading.get("unit", "")),
        ]

    def _writes(self) -> list[Flowable]:
        writes, unsettled = self.evidence["writes"], self.evidence["unsettled"]
        story: list[Flowable] = [*self.headed(_("Writes"))]
        if writes:
            titles = (_("Item"), _("Before"), _("After (read back)"), _("Result, by authority of"))
            rows: list[list[Any]] = [[self._p(t, self.strong) for t in titles]]
            rows += [self._write(write) for write in writes]
            story.append(self._table(rows, [34, 43, 43, 54], head=True))
        for items in unsettled.values():
            text = _("⚠ Not known whether it was written: {items}.").format(items=", ".join(map(item_words, items)))
            story.append(self._p(text, self.alarm))
        if not writes and not unsettled:
            story.append(self._p(_("Nothing was written to the meter."), self.plain))
        return story

    def _write(self, write: dict[str, Any]) -> list[Any]:
        """What the desk did was read back by nobody here: the device that it was for stands beneath what was asked."""
        result = self._p(result_words(write.get("result", "")), self.body, 120)
        after, desk = write.get("after", ""), write.get("result") == BY_DESK
        below = [self._titles.get(write.get("step", ""), ""), after if desk else ""]
        return [
            [self._p(item_words(write.get("item", ""))), *(self._p(line, self.small) for line in below if line)],
            self._p(when(write.get("before", "")) or "–", self.number_left),
            self._p("–" if desk else when(after) or "–", self.number_left),
            [result, self._p(write.get("authority", ""), self.small)],
        ]

    def _steps(self) -> list[Flowable]:
        titles = (_("Step"), _("State"), _("Began"), _("Ended"), _("What was seen"))
        rows: list[list[Any]] = [[self._p(t, self.strong) for t in titles]]
        for step in self.evidence["steps"]:
            rows.append(
                [
                    self._p(step["title"], limit=120),
                    [self._p(state_word(step["state"]), self.strong), *self._attempts(step)],
                    *(self._p(self._hour(step[key]), self.time) for key in ("started_at", "finished_at")),
                    self._seen(step),
                ]
            )
        table = self._table(rows, [34, 27, 22, 22, 69], head=True)
        words = _("Times are UTC, on the day the visit began where no other day is given.")
        return [*self.headed(_("Steps")), table, self._p(words, self.below)]

    def _hour(self, moment: str) -> str:
        """Only the time of day, where that is enough."""
        full = when(moment, utc=False)
        same_day = moment[:10] == self.evidence["visit"]["started_at"][:10]
        return full[11:] if same_day and full != moment else full

    def _attempts(self, step: dict[str, Any]) -> list[Paragraph]:
        if step["attempts"] < 2:
            return []
        return [self._p(_("{count} attempts").format(count=step["attempts"]), self.small)]

    def _seen(self, step: dict[str, Any]) -> list[Paragraph]:
        facts = step["facts"]
        lines = [fact_words(fact) for fact in facts[:MAX_FACTS]]
        if len(facts) > MAX_FACTS:
            lines.append(_("{count} more in the JSON file").format(count=len(facts) - MAX_FACTS))
        if step["state"] == "left":
            lines.append(reason_words(step))
        elif step["message"] or step["code"]:
            lines.append(": ".join(filter(None, (step["code"], step["message"]))))
        if step["note"]:
            lines.append(note_words(step))
        return [self._p(line, self.small, 300) for line in lines or ["–"]]

    def _proof(self) -> list[Flowable]:
        trace = self.evidence["trace"]
        pairs = [
            (_("Program"), f"hht {self.evidence['program']['version']}, {self.evidence['schema']}"),
            (_("Walkthrough"), self._walkthrough()),
            (_("Visit"), self.evidence["visit"]["visit_id"]),
            (_("Trace"), self._events_of_trace()),
            (_("SHA-256 of the trace"), trace["sha256"]),
            (_("Report written"), when(self.evidence["written_at"])),
        ]
        words = _(
            "Every byte to and from the meter was recorded. The hash above is that of the trace exported as it was (in "
            "live work with --reveal); the one at the foot of each page belongs to the JSON file of this report "
            "(python -m hht.evidence verify FILE). They show whether either was altered since, not who wrote it: "
            "nothing here is signed."
        )
        from reportlab.platypus import KeepTogether

        heading = self._p(_("Proof"), self.heading)
        return [KeepTogether([heading, self.pairs(pairs), self._p(words, self.below)])]

    def _responsible(self) -> list[Flowable]:
        """Who answers for it that terminal and device understand each other (HHT-14)."""
        words = _("Who answers for interoperability: {lines}")
        return [self._p(words.format(lines=" – ".join(responsible_lines())), self.below, 2000)]

    def _events_of_trace(self) -> str:
        """How many, and what of them nobody sees who is not told the secrets."""
        trace = self.evidence["trace"]
        words = _("{count} events").format(count=trace["events"])
        if trace.get("masked_events"):
            text = _("in {count} of them passwords, keys or tokens, masked in every export without --reveal")
            words += "; " + text.format(count=trace["masked_events"])
        return words

    def _walkthrough(self) -> str:
        job = self.evidence["job"]
        return _("{name}, version {version}").format(name=job["walkthrough"], version=job["walkthrough_version"])
