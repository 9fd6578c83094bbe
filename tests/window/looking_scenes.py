"""Visits that look: a survey's places, and the network operator's view, with their pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from hht.client.api import LogEntry
from hht.client.network_data import DemandRegister, NetworkData, PhaseVoltage, Threshold, Window
from hht.work.network_told import network_facts
from hht.work.network_view import Half, halves_of
from hht.work.survey_told import DRAWN
from hht.work.view import Fact, StepState, Tone
from tests.window.flow_scenes import view_at
from tests.window.load_scenes import with_facts
from tests.work.flow_model import GAS, HUB, job

if TYPE_CHECKING:
    from tests.window.scenes import Stage

SURVEY = job("survey-before-fitting", HUB, GAS)
NETWORK = job("network-view", party="network-operator")
BEGAN = datetime(2026, 2, 25, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
DAYS = 5
PLACES = (
    ("electricity", "electricity meter", 84.6, 102.6, 255, "fit"),
    ("gas", "gas meter", -17.4, 26.4, 51, "fit-with"),
    ("display", "display", 44.9, 66.2, 203, "fit"),
    ("interface", "PPMID", 12.5, 40.0, None, "unfit"),
)


def survey_facts() -> tuple[Fact, ...]:
    """A stone cottage."""
    rows = [
        {
            "place": place,
            "words": words,
            "margins_db": {"2400": high, "868": low},
            "heard": None if lqi is None else {"lqi": lqi, "heard": 2, "looks": 2},
            "fit": fit,
        }
        for place, words, high, low, lqi, fit in PLACES
    ]
    return (
        Fact("Places", ", ".join(words for _place, words, *_rest in PLACES), drawn={"kind": DRAWN, "places": rows}),
        Fact("a hub with 2.4 GHz alone", "doubtful; nothing extra", Tone.WARN),
        Fact("a dual-band hub: 2.4 GHz and 868 MHz", "reached; £2.50 extra (2012)", Tone.GOOD),
        Fact("a repeater half-way", "reached; £10.00 extra (2012)", Tone.GOOD),
        Fact("Recommended", "a dual-band hub: 2.4 GHz and 868 MHz", Tone.GOOD),
    )


def network_data(phases: int = 1) -> tuple[NetworkData, list[Half]]:
    """Five days, with a voltage that was too high for some hours, and an outage."""
    ends = [BEGAN + HALF_HOUR * at for at in range(1, 48 * DAYS + 1)]
    watts = [300 + (at * 37) % 900 + (3800 if at == 131 else 0) for at in range(len(ends))]
    volts = [Decimal(238 + (at * 13) % 9 + (28 if 60 <= at < 76 else 0)) for at in range(len(ends))]
    volts[200] = volts[201] = Decimal(0)
    highest = max(range(len(ends)), key=lambda at: watts[at])
    averages = tuple(zip(ends, volts, strict=True))
    data = NetworkData(
        (
            DemandRegister("import", watts[highest], ends[highest], None),
            DemandRegister("import-in-window", 1000, ends[40], BEGAN),
            DemandRegister("export", 0, None, None),
        ),
        Window(16 * 3600, 20 * 3600),
        (
            Threshold("extreme-over", Decimal(287), 30),
            Threshold("average-over", Decimal(264), None),
            Threshold("swell", Decimal(253), 30),
            Threshold("sag", Decimal(216), 30),
            Threshold("average-under", Decimal(200), None),
            Threshold("extreme-under", Decimal(180), 30),
        ),
        1800,
        tuple(PhaseVoltage(number, 1, 0, averages) for number in range(1, phases + 1)),
        (
            LogEntry(ends[60], 0x8024, "power", "Voltage swell"),
            LogEntry(ends[200], 0x8F57, "power", "Supply interrupted"),
            LogEntry(ends[202], 0x8F36, "power", "Supply restored"),
        ),
    )
    return data, [(end, Decimal(one) / 2000) for end, one in zip(ends, watts, strict=True)]


def _survey(stage: Stage) -> None:
    view = replace(view_at("survey-done", "survey-done/as-before", of=SURVEY), current="survey-options")
    stage.show_visit(with_facts(view, "survey-options", survey_facts(), StepState.DONE))


def network_sample() -> tuple[Fact, ...]:
    """The view of `network_data`."""
    data, halves = network_data()
    daily: dict[str, int] = {}
    for end, energy in halves:
        day = (end - HALF_HOUR).date().isoformat()
        daily[day] = max(daily.get(day, 0), round(energy * 2000))
    return network_facts(data, halves_of(data, halves, [], BEGAN), daily, BEGAN)


def _network(stage: Stage) -> None:
    view = replace(view_at("network-changes", "network-changes/wanted", of=NETWORK), current="network-data")
    stage.show_visit(with_facts(view, "network-data", network_sample(), StepState.DONE))


LOOKING_SCENES: dict[str, Callable[[Stage], None]] = {"survey-options": _survey, "network-data": _network}
