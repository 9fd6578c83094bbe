"""A tariff as a premises file says it: ``[device.tariff]``."""

from __future__ import annotations

from hht.i18n import _
from hht.model.features.billing import LAST_DAY, BillingCalendar
from hht.model.features.calendar import Calendar, DayProfile, Season
from hht.model.features.tariff import TariffPlan, TariffTimes
from hht.model.features.tariff_check import TOU_REGISTERS, check_plan
from hht.model.plan_file import Section
from hht.model.refusal import DeviceRefusal


def read_tariff(section: Section, usual: TariffPlan, *, secondary: bool = False) -> TariffPlan:
    """``name``, ``standing_charge_p`` per day, ``prices_p`` per kWh (a list by register, or a list of lists by register
    and block), ``thresholds_kwh``, ``offset``, ``switches = [["00:30", 2], ["07:30", 1]]`` (UTC), ``weekend_switches``.
    """
    plan = TariffPlan(
        name=section.text("name", usual.name),
        calendar=_calendar(section),
        prices=section.prices("prices_p", usual.prices),
        standing_charge=section.pence("standing_charge_p", usual.standing_charge),
        thresholds_wh=tuple(1000 * kwh for kwh in section.wholes_or_none("thresholds_kwh", low=1, high=1_000_000)),
        offset=section.yes_no("offset", usual.offset),
        times=TariffTimes(section.choice("times", tuple(TariffTimes), usual.times)),
    )
    if secondary and plan.times is TariffTimes.LOCAL_BY_SUPPLIER:
        raise section.error("times", _("a supplier keeps the first element's tariff only"))
    section.done()
    try:
        check_plan(plan, secondary=secondary)
    except DeviceRefusal as refusal:
        raise section.error("prices_p", refusal.message) from None
    return plan


def read_secondary_tariff(device: Section, *, twin: bool) -> TariffPlan | None:
    """``[device.secondary_tariff]`` of a twin-element meter: as `read_tariff`, without blocks and standing charge."""
    section = device.optional("secondary_tariff")
    if section is None:
        return None
    if not twin:
        raise device.error("secondary_tariff", _("only a twin-element meter (variant B) has a second tariff"))
    return read_tariff(section, TariffPlan("standard, second element", standing_charge=0), secondary=True)


def read_billing(section: Section) -> BillingCalendar:
    """``[device.billing]``: ``day`` of the month, 1 to 28, and ``time``, UTC."""
    time_s = section.time("time", "00:00")
    calendar = BillingCalendar(section.whole("day", 1, low=1, high=LAST_DAY), time_s)
    section.done()
    return calendar


def _calendar(section: Section) -> Calendar | None:
    workdays = section.switchings("switches", low=1, high=TOU_REGISTERS)
    weekends = section.switchings("weekend_switches", low=1, high=TOU_REGISTERS)
    if not workdays and not weekends:
        return None
    if len({time for time, _register in workdays}) != len(workdays) or len({time for time, _r in weekends}) != len(
        weekends
    ):
        raise section.error("switches", _("two registers begin at the same time"))
    days = {"workday": DayProfile(workdays), "weekend": DayProfile(weekends or workdays)}
    return Calendar(days, (Season((1, 1), (*(("workday",) * 5), "weekend", "weekend")),))
