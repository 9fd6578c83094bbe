"""What was looked at, on paper: a survey's places and the network operator's view, with picture and figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from hht.report.words import when
from hht.work.network_told import KEPT
from hht.work.network_view import demand_words, threshold_words
from hht.work.survey_told import PlaceTold, place_words, survey_told

if TYPE_CHECKING:
    from reportlab.graphics.shapes import Drawing
    from reportlab.platypus import Flowable

    from hht.report.notes_story import Page, Pair

WIDE, HIGH = 480.0, 120.0  # points
LOWEST, HIGHEST = -30.0, 60.0  # dB
LEFT = 26.0  # points, for the volts of thresholds
MARGIN_V = 4.0  # above and below what is shown
PHASES: tuple[list[int] | None, ...] = (None, [4, 2], [1, 2])  # of up to three phases: whole, dashed, dotted
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
            if (voltage := kept.get("voltage", {})).get("from"):
                yield voltage_drawing(voltage)
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


def voltage_drawing(voltage: Mapping[str, Any]) -> Drawing:
    """The averages of each phase over days (UTC), broken where there was no supply, between dashed thresholds."""
    from reportlab.graphics.shapes import Drawing, Line, PolyLine, String
    from reportlab.lib.colors import HexColor

    drawing = Drawing(WIDE, HIGH + 20)
    phases = [[(float(at), float(volts)) for at, volts in phase] for phase in voltage["phases"]]
    limits = [(str(name), float(volts)) for name, volts in voltage["limits"]]
    live = [volts for phase in phases for _at, volts in phase if volts]
    shown = [*live, *(volts for _name, volts in limits)] or [0.0]
    low, high = min(shown) - MARGIN_V, max(shown) + MARGIN_V
    last = max((at for phase in phases for at, _volts in phase), default=0.0)

    def place(at: float, volts: float) -> tuple[float, float]:
        return LEFT + at / max(1.0, last) * (WIDE - LEFT), 20 + (volts - low) / (high - low) * (HIGH - 20)

    for number, (name, volts) in enumerate(sorted(limits, key=lambda one: one[1])):
        y = place(0, volts)[1]
        drawing.add(Line(LEFT, y, WIDE, y, strokeWidth=0.5, strokeDashArray=(3, 2)))
        drawing.add(String(0, y - 2.5, f"{volts:g}", fontName="B612", fontSize=7.5))
        label = String(
            WIDE - 2 if number % 2 else LEFT + 2, y + 2, threshold_words(name), fontName="B612", fontSize=7.5
        )
        label.textAnchor = "end" if number % 2 else "start"  # those that lie close stand at both ends
        drawing.add(label)
    for number, phase in enumerate(phases):
        for run in _runs(phase):
            points = [value for at, volts in run for value in place(at, volts)]
            line = PolyLine(points, strokeWidth=1.2, strokeColor=HexColor("#4a5560"))
            if (dashes := PHASES[number % len(PHASES)]) is not None:
                line.strokeDashArray = dashes
            drawing.add(line)
    began = datetime.fromisoformat(str(voltage["from"])).astimezone(UTC)
    day = began.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    step = timedelta(days=max(1, round(last / (8 * 24 * 60))))
    while (at := (day - began).total_seconds() / 60) <= last:
        x = place(at, low)[0]
        drawing.add(Line(x, 14, x, 20, strokeWidth=0.5))
        drawing.add(String(x + 2, 6, f"{day:%m-%d}", fontName="B612", fontSize=7.5))
        day += step
    words = _("V, average of each period (UTC); {low} to {high} V")
    said = words.format(low=min(live, default=0), high=max(live, default=0))
    drawing.add(String(0, HIGH + 12, said, fontName="B612", fontSize=7.5))
    return drawing


def _runs(phase: Sequence[tuple[float, float]]) -> Iterator[list[tuple[float, float]]]:
    """The stretches with supply; one average alone as a short line."""
    run: list[tuple[float, float]] = []
    for at, volts in [*phase, (0.0, 0.0)]:
        if volts:
            run.append((at, volts))
            continue
        if run:
            yield run if len(run) > 1 else [run[0], (run[0][0] + 1, run[0][1])]
        run = []
