"""A survey and a network view in the report: their figures as words, and a picture that is drawn."""

from __future__ import annotations

from hht.report.looked_story import looked_flowables, network_pairs
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


def test_nothing_is_written_of_other_visits() -> None:
    paper = Paper()
    assert list(looked_flowables(paper, {"identify": {"model": "x"}, "scan": {"places": "two"}})) == []  # type: ignore[arg-type]
    assert paper.heads == []
