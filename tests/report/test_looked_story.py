"""A survey and a network view in the report: their figures as words, and a picture that is drawn."""

from __future__ import annotations

from hht.report.looked_story import looked_flowables, network_pairs, voltage_drawing
from hht.work.network_told import kept_network
from hht.work.network_view import halves_of
from tests.window.looking_scenes import BEGAN, PLACES, network_data, survey_facts


class Paper:
    """A page that keeps what it is given."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.rows: list[tuple[str, object]] = []

    def headed(self, text: str) -> list[object]:
        self.heads.append(text)
        return []

    def pairs(self, pairs: list[tuple[str, object]]) -> object:
        self.rows += pairs
        return None


def test_each_place_stands_there_with_both_bands_and_what_was_measured() -> None:
    drawn = survey_facts()[0].drawn
    assert drawn is not None
    paper = Paper()
    made = list(looked_flowables(paper, {"survey-options": {"places": drawn["places"], "recommended": "dual-band"}}))  # type: ignore[arg-type]
    assert len(paper.rows) == len(PLACES)
    assert dict(paper.rows)["gas meter"] == "fit with more equipment, 2.4 GHz -17.4 dB, 868 MHz +26.4 dB, LQI 51"
    assert any(type(one).__name__ == "Drawing" for one in made)


def test_registers_stand_beside_what_was_recomputed() -> None:
    data, halves = network_data()
    kept = kept_network(data, halves_of(data, halves, [], BEGAN), {"2026-02-27": 4447}, BEGAN)
    rows = dict(network_pairs(kept))
    assert "recomputed 4,447 W, +0 W apart" in rows["Maximum demand, import"]
    assert rows["Voltage counters, phase 1"] == "over 1, under 0"
    assert "Supply interrupted" in rows
    paper = Paper()
    made = list(looked_flowables(paper, {"network-data": {"network": kept}, "other": {}}))  # type: ignore[arg-type]
    assert paper.heads == ["Maximum demand and voltage"]
    assert any(type(one).__name__ == "Drawing" for one in made)


def test_the_voltage_is_drawn_over_its_days_between_its_thresholds() -> None:
    """As the window draws it; where there was no supply the line is broken."""
    from reportlab.graphics.shapes import Line, PolyLine, String

    volts = [240.0] * 20 + [0.0] * 4 + [251.5] + [0.0] * 3 + [238.5] * 80
    phases = [[[30 * at, one] for at, one in enumerate(volts)]] * 2
    limits = [["average-over", 253.0], ["average-under", 216.2]]
    drawing = voltage_drawing({"from": "2026-02-27T18:00:00Z", "phases": phases, "limits": limits})
    lines = [one for one in drawing.contents if isinstance(one, PolyLine)]
    assert [len(one.points) // 2 for one in lines] == [20, 2, 80] * 2
    first, peak, last = lines[:3]
    assert first.points[1] < peak.points[1], "what is higher stands higher"
    assert first.points[-2] < peak.points[0] < last.points[0]
    assert [lines[number].strokeDashArray is None for number in (0, 3)] == [True, False], "phases are told apart"
    dashed = [one.y1 for one in drawing.contents if isinstance(one, Line) and one.strokeDashArray]
    assert len(dashed) == 2
    assert min(dashed) < min(lines[2].points[1::2]) <= peak.points[1] < max(dashed)
    words = [one.text for one in drawing.contents if isinstance(one, String)]
    assert {"253", "216.2", "02-28", "03-01"} <= set(words)
    assert "V, average of each period (UTC); 238.5 to 251.5 V" in words


def test_a_network_view_has_both_pictures_on_paper() -> None:
    data, halves = network_data()
    kept = kept_network(data, halves_of(data, halves, [], BEGAN), {"2026-02-27": 4447}, BEGAN)
    made = [type(one).__name__ for one in looked_flowables(Paper(), {"network-data": {"network": kept}})]  # type: ignore[arg-type]
    assert made.count("Drawing") == 2
    older = {
        name: value for name, value in kept.items() if name != "voltage"
    }  # as visits have it that were made before
    made = [type(one).__name__ for one in looked_flowables(Paper(), {"network-data": {"network": older}})]  # type: ignore[arg-type]
    assert made.count("Drawing") == 1


def test_nothing_is_written_of_other_visits() -> None:
    paper = Paper()
    assert list(looked_flowables(paper, {"identify": {"model": "x"}, "scan": {"places": "two"}})) == []  # type: ignore[arg-type]
    assert paper.heads == []
