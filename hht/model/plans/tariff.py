"""A tariff as a premises file says it: ``[device.tariff]``."""

from __future__ import annotations

from hht.i18n import _
from hht.model.features.billing import LAST_DAY, BillingCalendar
from hht.model.features.calendar import Calendar, DayProfile, Season
from hht.model.features.tariff_check import (
    ELECTRICITY,
    SECOND_ELEMENT,
    TOU_REGISTERS,
    TariffRoom,
    check_prices,
    check_standing_charge,
    check_thresholds,
)
from hht.model.features.tariff_plan import TariffPlan, TariffTimes
from hht.model.plan_file import Section
from hht.model.refusal import DeviceRefusal


def read_tariff(section: Section, usual: TariffPlan, room: TariffRoom = ELECTRICITY) -> TariffPlan:
    """``name``, ``standing_charge_p`` per day, ``prices_p`` per kWh (a list by register, or a list of lists by register
    and block), ``thresholds_kwh``, ``offset``, ``switches = [["00:30", 2], ["07:30", 1]]`` (UTC), ``weekend_switches``.
    """
    prices = section.prices("prices_p", usual.prices)
    plan = TariffPlan(
        name=section.text("name", usual.name),
        calendar=_calendar(section, len(prices)),
        prices=prices,
        standing_charge=section.pence("standing_charge_p", usual.standing_charge),
        thresholds_wh=tuple(1000 * kwh for kwh in section.wholes_or_none("thresholds_kwh", low=1, high=1_000_000)),
        offset=section.yes_no("offset", usual.offset),
        times=TariffTimes(section.choice("times", tuple(TariffTimes), usual.times)),
    )
    if room is SECOND_ELEMENT and plan.times is TariffTimes.LOCAL_BY_SUPPLIER:
        raise section.error("times", _("a supplier keeps the first element's tariff only"))
    section.done()
    for field, check in (
        ("standing_charge_p", check_standing_charge),
        ("thresholds_kwh", check_thresholds),
        ("prices_p", check_prices),
    ):
        try:
            check(plan, room)
        except DeviceRefusal as refusal:
            raise section.error(field, refusal.message) from None
    return plan


def read_secondary_tariff(device: Section, *, twin: bool) -> TariffPlan | None:
    """``[device.secondary_tariff]`` of a twin-element meter: as `read_tariff`, without blocks and standing charge."""
    section = device.optional("secondary_tariff")
    if section is None:
        return None
    if not twin:
        raise device.error("secondary_tariff", _("only a twin-element meter (variant B) has a second tariff"))
    return read_tariff(section, TariffPlan("standard, second element", standing_charge=0), SECOND_ELEMENT)


def read_billing(section: Section) -> BillingCalendar:
    """``[device.billing]``: ``day`` of the month, 1 to 28, and ``time``, UTC."""
    time_s = section.time("time", "00:00")
    calendar = BillingCalendar(section.whole("day", 1, low=1, high=LAST_DAY), time_s)
    section.done()
    return calendar


def _calendar(section: Section, registers: int) -> Calendar | None:
    workdays = _switchings(section, "switches", registers)
    weekends = _switchings(section, "weekend_switches", registers)
    if not workdays and not weekends:
        return None
    if len({time for time, _register in workdays}) != len(workdays) or len({time for time, _r in weekends}) != len(
        weekends
    ):
        raise section.error("switches", _("two registers begin at the same time"))
    days = {"workday": DayProfile(workdays), "weekend": DayProfile(weekends or workdays)}
    return Calendar(days, (Season((1, 1), (*(("workday",) * 5), "weekend", "weekend")),))


def _switchings(section: Section, name: str, registers: int) -> tuple[tuple[int, int], ...]:
    """(seconds from midnight, register), each register being one of as many as there are prices."""
    found = section.switchings(name, low=1, high=TOU_REGISTERS)
    highest = max((register for _time, register in found), default=1)
    if highest > registers:
        text = _("register {number} has no price: prices_p has {count}")
        raise section.error(name, text.format(number=highest, count=registers))
    return found
