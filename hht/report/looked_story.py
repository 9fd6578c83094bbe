"""What was looked at, on paper: a survey's places and the network operator's view, with picture and figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from hht.report.words import when
from hht.work.network_told import KEPT
from hht.work.network_view import demand_words
from hht.work.survey_told import PlaceTold, place_words, survey_told

if TYPE_CHECKING:
    from reportlab.graphics.shapes import Drawing
    from reportlab.platypus import Flowable

    from hht.report.notes_story import Page, Pair

WIDE, HIGH = 480.0, 120.0  # points
LOWEST, HIGHEST = -30.0, 60.0  # dB
SURVEY = "survey-options"  # the step that has the places


def looked_flowables(page: Page, findings: Mapping[str, Mapping[str, Any]]) -> Iterator[Flowable]:
    """A section for a survey and one for each network view; nothing where there was none."""
    for found in findings.values():
        if isinstance(found.get("places"), list) and "recommended" in found:
            places = survey_told({"places": [{**one, "words": place_words(one["place"])} for one in found["places"]]})
            yield from page.headed(_("Places by radio"))
            yield _survey_drawing(places)
            yield page.pairs([(one.name, one.figures) for one in places])
        if isinstance(found.get(KEPT), Mapping):
            kept = found[KEPT]
            yield from page.headed(_("Maximum demand and voltage"))
            if kept["daily_highest_w"]:
                yield _bars(sorted(kept["daily_highest_w"].items()))
            yield page.pairs(network_pairs(kept))


def network_pairs(kept: Mapping[str, Any]) -> list[Pair]:
    """Registers beside what was recomputed, counters, and outages."""
    pairs: list[Pair] = []
    for one in kept["registers"]:
        said = [_("{watts:,} W").format(watts=one["watts"]), when(one["ended"]) if one["ended"] else "–"]
        if one["recomputed_w"] is not None:
            words = _("recomputed {watts:,} W, {difference:+,} W apart")
            said.append(words.format(watts=one["recomputed_w"], difference=one["difference_w"]))
        pairs.append((demand_words(one["name"]), said))
    for one in kept["phases"]:
        words = _("over {over}, under {under}").format(over=one["over"], under=one["under"])
        pairs.append((_("Voltage counters, phase {number}").format(number=one["phase"]), words))
    for one in kept["outages"]:
        said_of = " – ".join(when(one[end]) if one[end] else "?" for end in ("began", "ended"))
        pairs.append((_("Supply interrupted"), said_of))
    return pairs


def _survey_drawing(places: Sequence[PlaceTold]) -> Drawing:
    """Margins of both bands by place, over the least that is heard."""
    from reportlab.graphics.shapes import Drawing, Line, Rect, String
    from reportlab.lib.colors import HexColor

    drawing = Drawing(WIDE, HIGH + 20)
    wide = WIDE / max(1, len(places))

    def y(level: float) -> float:
        return 20 + (max(LOWEST, min(HIGHEST, level)) - LOWEST) / (HIGHEST - LOWEST) * HIGH

    for at, place in enumerate(places):
        for number, (band, fill) in enumerate((("2400", "#4a5560"), ("868", "#c3cbd3"))):
            top = y(place.margins.get(band, 0.0))
            low, high = min(top, y(0)), max(top, y(0))
            left = at * wide + wide * (0.2 + 0.3 * number)
            box = Rect(left, low, wide * 0.28, max(1.0, high - low))
            box.fillColor, box.strokeWidth = HexColor(fill), 0.5
            drawing.add(box)
        label = f"{place.name}: {place.measured}"[:34]
        drawing.add(String(at * wide + 4, 6, label, fontName="B612", fontSize=7.5))
    drawing.add(Line(0, y(0), WIDE, y(0), strokeWidth=1.2))
    words = _("dB over the least that is heard; dark: 2.4 GHz, pale: 868 MHz; predicted by training data")
    drawing.add(String(0, HIGH + 12, words, fontName="B612", fontSize=7.5))
    return drawing


def _bars(days: Sequence[tuple[str, int]]) -> Drawing:
    """Each day's highest half-hour."""
    from reportlab.graphics.shapes import Drawing, Rect, String
    from reportlab.lib.colors import HexColor

    drawing = Drawing(WIDE, HIGH + 20)
    wide, most = WIDE / len(days), max(1, *(watts for _day, watts in days))
    for at, (day, watts) in enumerate(days):
        box = Rect(at * wide + wide * 0.15, 20, wide * 0.7, watts / most * (HIGH - 20))
        box.fillColor, box.strokeWidth = HexColor("#4a5560"), 0.5
        drawing.add(box)
        if at % max(1, len(days) // 8) == 0:
            drawing.add(String(at * wide + 2, 6, day[5:], fontName="B612", fontSize=7.5))
    words = _("highest half-hour of each day, up to {watts:,} W").format(watts=most)
    drawing.add(String(0, HIGH + 12, words, fontName="B612", fontSize=7.5))
    return drawing
