"""The network view as people read it, as it stands in the record, and as pictures are drawn of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from hht.client.network_data import NetworkData, Window
from hht.clock import iso_z, utc_text
from hht.i18n import _
from hht.work.network_view import (
    HALF_HOUR,
    LONG_S,
    Agreement,
    Compared,
    Outage,
    changes,
    demand_words,
    outages,
    phase_story,
    threshold_words,
    voltage_alerts,
)
from hht.work.supplier import senders
from hht.work.units import minutes_seconds
from hht.work.view import Fact, Tone

KEPT: Final = "network"
VOLTAGE, DEMAND = "voltage-days", "demand-days"  # the kinds of the facts that have pictures (`Fact.drawn`)
MOST_OUTAGES: Final = 6  # shown; all are kept


def network_facts(
    data: NetworkData, registers: Sequence[Compared], daily: Mapping[str, int], since: datetime
) -> tuple[Fact, ...]:
    """All of it, registers first: the first has the picture of the days, the first phase that of the voltage."""
    facts = [_window_fact(data.window)] if data.window is not None else []
    for place, one in enumerate(registers):
        drawn = demand_picture(registers, daily) if place == 0 else None
        facts.append(Fact(demand_words(one.register.name), _register(one), _tone(one), True, drawn=drawn))
    facts += _voltage_facts(data)
    facts += [_outage_fact(one) for one in outages(data.events)[-MOST_OUTAGES:]] if data.events else []
    if not data.events:
        facts.append(Fact(_("Power events"), _("none in the meter's log"), from_device=True))
    words = _("from {time}; of the half-hours each day's highest is kept, and no other")
    return (*facts, Fact(_("Half-hours read"), words.format(time=utc_text(since))))


def _window_fact(window: Window) -> Fact:
    words = _("{start} to {end} UTC, each day").format(start=_of_day(window.start_s), end=_of_day(window.end_s))
    return Fact(_("Demand window"), words, from_device=True)


def _of_day(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def _register(one: Compared) -> str:
    """What the register says, and what the half-hours say of it."""
    register = one.register
    if register.ended is None and not register.watts:
        said = _("nothing yet")
    else:
        said = _("{watts:,} W, in the half-hour to {ended}").format(
            watts=register.watts, ended=utc_text(register.ended) if register.ended is not None else "–"
        )
    reset = _("never reset") if register.reset is None else _("reset {time}").format(time=utc_text(register.reset))
    return f"{said}; {reset}. {agreement_words(one)}"


def agreement_words(one: Compared) -> str:
    """How a register stands to the half-hours."""
    match one.agreement:
        case Agreement.SAME:
            return _("The half-hours say the same.")
        case Agreement.EMPTY:
            return _("There is no half-hour to hold it against yet.")
        case Agreement.NOT_KNOWN if one.watts is None or one.ended is None:
            return _("No half-hour was read that it could be held against.")
        case Agreement.NOT_KNOWN:
            words = _("Its half-hour lies before what was read; of those read the highest is {watts:,} W, {ended}.")
        case _:
            words = _("The half-hours say {watts:,} W, in that to {ended}: {difference:+,} W apart.")
    assert one.ended is not None
    return words.format(watts=one.watts, ended=utc_text(one.ended), difference=one.difference_w)


def _tone(one: Compared) -> Tone:
    return {Agreement.SAME: Tone.GOOD, Agreement.DIFFERENT: Tone.WARN}.get(one.agreement, Tone.PLAIN)


def _voltage_facts(data: NetworkData) -> list[Fact]:
    alerts = voltage_alerts(data.events)
    facts = []
    for one in data.thresholds:
        words = _("{volts} V for {seconds} s") if one.seconds is not None else _("{volts} V, average of {minutes} min")
        said = words.format(volts=one.volts, seconds=one.seconds, minutes=data.period_s // 60)
        count = alerts.get(one.name, 0)
        said += "; " + (_("{count} in the log").format(count=count) if count else _("none in the log"))
        label = threshold_words(one.name)
        facts.append(Fact(label[0].upper() + label[1:], said, Tone.WARN if count else Tone.PLAIN, True))
    for phase in data.phases:
        drawn = voltage_picture(data) if phase is data.phases[0] else None
        story = phase_story(phase, data.thresholds)
        label = _("Average voltage") if len(data.phases) == 1 else _("Phase {number}").format(number=phase.number)
        said = _("counters: {over} over, {under} under; in what was read: {seen_over} over, {seen_under} under").format(
            over=phase.over, under=phase.under, seen_over=story.over, seen_under=story.under
        )
        if story.lowest is not None and story.highest is not None:
            lowest, highest = story.lowest[1], story.highest[1]
            said += "; " + _("{lowest} to {highest} V").format(lowest=lowest, highest=highest)
        tone = Tone.WARN if phase.over or phase.under else Tone.GOOD
        facts.append(Fact(label, said, tone, True, drawn=drawn))
    return facts


def _outage_fact(one: Outage) -> Fact:
    what = _("Supply interrupted") if not one.phase else _("Phase {number} interrupted").format(number=one.phase)
    ends = [utc_text(time) if time is not None else "–" for time in (one.began, one.ended)]
    words = _("{began} to {ended}").format(began=ends[0], ended=ends[1])
    if one.seconds is not None:
        words += ", " + _("{clock} (mm:ss)").format(clock=minutes_seconds(one.seconds))
        words += ": " + (
            _("an outage") if one.seconds >= LONG_S else _("momentary, under 3 minutes: no alert goes out")
        )
    elif one.ended is None:
        words += ": " + _("no return is in the log")
    else:
        words += ": " + _("its beginning is not in the log any more")
    return Fact(what, words, Tone.WARN if one.long or one.ended is None else Tone.PLAIN, True)


def changes_facts() -> tuple[Fact, ...]:
    """What can be set or reset, and by whom alone."""
    words = _("the network operator's alone: service request {service}, sent by {who}")
    return tuple(Fact(one.text, words.format(service=one.service, who=senders(one.service))) for one in changes())


def demand_picture(registers: Sequence[Compared], daily: Mapping[str, int]) -> dict[str, Any]:
    """The highest half-hour of each day, W, and each register with the day of its half-hour."""
    marks = [
        [one.register.name, one.register.watts, (one.register.ended - HALF_HOUR).date().isoformat()]
        for one in registers
        if one.register.ended is not None and one.register.name != "export"
    ]
    return {"kind": DEMAND, "days": [[day, watts] for day, watts in sorted(daily.items())], "marks": marks}


def voltage_picture(data: NetworkData) -> dict[str, Any]:
    """The averages of each phase (minutes from the first, volts), and the thresholds."""
    first = min((phase.averages[0][0] for phase in data.phases if phase.averages), default=None)
    phases = [
        [[round((time - first).total_seconds() / 60), float(volts)] for time, volts in phase.averages]
        for phase in data.phases
        if first is not None
    ]
    limits = [[one.name, float(one.volts)] for one in data.thresholds]
    return {"kind": VOLTAGE, "from": iso_z(first) if first is not None else "", "phases": phases, "limits": limits}


def kept_network(
    data: NetworkData, registers: Sequence[Compared], daily: Mapping[str, int], since: datetime
) -> dict[str, Any]:
    """What stands in the record (JSON): no half-hour but each day's highest."""
    return {
        "since": iso_z(since),
        "registers": [
            {
                "name": one.register.name,
                "watts": one.register.watts,
                "ended": iso_z(one.register.ended) if one.register.ended is not None else "",
                "reset": iso_z(one.register.reset) if one.register.reset is not None else "",
                "recomputed_w": one.watts,
                "recomputed_ended": iso_z(one.ended) if one.ended is not None else "",
                "difference_w": one.difference_w,
                "agreement": one.agreement.value,
            }
            for one in registers
        ],
        "window_s": [data.window.start_s, data.window.end_s] if data.window is not None else [],
        "thresholds": [{"name": one.name, "volts": str(one.volts), "seconds": one.seconds} for one in data.thresholds],
        "average_period_s": data.period_s,
        "phases": [
            {"phase": one.number, "over": one.over, "under": one.under, "averages": len(one.averages)}
            for one in data.phases
        ],
        "voltage": {name: value for name, value in voltage_picture(data).items() if name != "kind"},
        "alerts": voltage_alerts(data.events),
        "outages": [
            {
                "phase": one.phase,
                "began": iso_z(one.began) if one.began is not None else "",
                "ended": iso_z(one.ended) if one.ended is not None else "",
                "seconds": one.seconds,
                "long": one.long,
            }
            for one in (outages(data.events) if data.events else ())
        ],
        "daily_highest_w": dict(sorted(daily.items())),
    }
