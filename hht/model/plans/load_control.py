"""Auxiliary load switches as a premises file says them: ``[[device.switch]]``, and HCALCS devices."""

from __future__ import annotations

from hht.i18n import _
from hht.model.electricity_meter.load_control import LONGEST_LABEL, SWITCHES, SwitchPlan
from hht.model.features.calendar import Calendar, DayProfile, Season
from hht.model.load_control_switch import SwitchConfiguration
from hht.model.plan_file import Section
from hht.model.plans.checks import device_name
from hht.model.plans.communications_hub import read_identity
from hht.model.plans.han import read_han


def read_switches(section: Section) -> tuple[SwitchPlan, ...]:
    """Every ``[[device.switch]]`` of a meter."""
    plans: list[SwitchPlan] = []
    for table in section.tables("switch"):
        plan = SwitchPlan(
            number=table.whole("number", len(plans) + 1, low=1, high=SWITCHES),
            label=table.text("label", "", check=_label),
            rating_a=table.whole("rating_a", 2, low=1, high=100),
            device=table.text("device", "", check=device_name),
            boost=table.yes_no("boost", False),
            calendar=_calendar(table),
        )
        if any(other.number == plan.number for other in plans):
            raise table.error("number", _("there are two switches {number}").format(number=plan.number))
        table.done()
        plans.append(plan)
    return tuple(plans)


def read_load_control_switch(section: Section) -> SwitchConfiguration:
    """The HCALCS in one ``[[device]]`` table; ``meter`` is the electricity meter (before it in the file)."""
    configuration = SwitchConfiguration(
        name=section.text("id", check=device_name),
        identity=read_identity(section),
        meter=section.text("meter", check=device_name),
        han=read_han(section),
    )
    section.done()
    return configuration


def _calendar(table: Section) -> Calendar | None:
    """``on = [["00:30", "07:30"]]``, UTC, each day; ``weekend_on`` for other times on Saturdays and Sundays."""
    workdays, weekends = table.spans("on"), table.spans("weekend_on")
    if not workdays and not weekends:
        return None
    days = {"workday": _day(workdays), "weekend": _day(weekends or workdays)}
    return Calendar(days, (Season((1, 1), (*(("workday",) * 5), "weekend", "weekend")),))


def _day(spans: tuple[tuple[int, int], ...]) -> DayProfile:
    entries: dict[int, int] = {}
    for start, end in spans:
        entries.setdefault(end, 0)
        entries[start] = 1
    return DayProfile(tuple(sorted(entries.items())))


def _label(value: str) -> str:
    good = len(value) <= LONGEST_LABEL and all(" " <= character <= "~" for character in value)
    return "" if good else _("write at most 22 printable ASCII characters")
