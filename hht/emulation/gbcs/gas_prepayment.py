"""The prepayment configuration of a gas meter, set as one and told (GCS05, GCS21b), in thousandths of a penny.

What takes effect later says when in each of its commands, and the same everywhere. The calendar of periods in which the
supply stays on is published like a tariff's, with 1 and 0 in place of price tiers.
"""

from __future__ import annotations

from typing import Any, Final

from hht.emulation.gbcs.credit import prepayment_of
from hht.emulation.gbcs.gas_tariff_read import published
from hht.emulation.gbcs.gas_tariffs import CALENDAR, DAY_PROFILE, SPECIAL_DAYS, Said, calendar_told, commands_told, only
from hht.emulation.gbcs.translation import (
    CANCELLED,
    ENUM8,
    UINT16,
    Asked,
    Attributes,
    Translation,
    attribute,
    attributes_read,
    components_of,
    zcl_status,
)
from hht.i18n import _
from hht.model.features.calendar import Calendar
from hht.model.gas_meter import GasMeter
from hht.model.prepayment.commands import ReadGasPrepaymentConfiguration, UpdateGasPrepaymentConfiguration
from hht.model.prepayment.settings import PrepaymentSettings, RecoveryPeriod
from hht.model.refusal import DeviceRefusal
from hht.model.site import to_ms
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import NEVER, Component, Gbz, zigbee_time

_PREPAYMENT, _PRICE = 0x0705, 0x0700
_EMERGENCY, _WARNING, _LIMITS, _CAP = ((_PREPAYMENT, command) for command in (0x03, 0x09, 0x0B, 0x0C))
_CALENDAR_NEVER: Final = NEVER - 1  # the reference cancellation says so in its calendar, and NEVER elsewhere
_FRIENDLY_CREDIT: Final = 3  # the type of the calendar
_FROM_SERVER, _TO_SERVER = 0x08, 0x00
_INT32, _UINT32, _MAP8 = 0x2B, 0x23, 0x18
_FIVE_DIGITS: Final = 0x50
_FREQUENCIES: Final = {RecoveryPeriod.HOURLY: 0, RecoveryPeriod.DAILY: 1}


# --- set


def _calendar(said: Said) -> Calendar | None:
    """None: nothing is published, so that there are no such periods."""
    if CALENDAR not in said:
        return None
    kinds = [only(said, CALENDAR), *said.get(DAY_PROFILE, []), *said.get(SPECIAL_DAYS, [])]
    if {fields["calendarType"] for fields in kinds} != {_FRIENDLY_CREDIT}:
        raise MalformedPayload(_("The calendar is of another kind than the use case's."))
    return calendar_told(said) if said.get(DAY_PROFILE) else None


def _update(asked: Asked) -> UpdateGasPrepaymentConfiguration:
    said = commands_told(asked)
    emergency, limits = only(said, _EMERGENCY), only(said, _LIMITS)
    return UpdateGasPrepaymentConfiguration(
        PrepaymentSettings(
            emergency_credit_limit=emergency["emergencyCreditLimit"],
            emergency_credit_threshold=emergency["emergencyCreditThreshold"],
            low_credit_threshold=only(said, _WARNING)["lowCreditWarningLevel"],
            debt_recovery_rate_cap=only(said, _CAP)["overallDebtCap"],
            max_meter_balance=limits["maximumCreditLevel"],
            max_credit=limits["maximumCreditPerTopUp"],
            calendar=_calendar(said),
        )
    )


def _at_ms(asked: Asked) -> int | None:
    """Raises MalformedPayload where parts of it would take effect at other times than others."""
    said = commands_told(asked)
    times = {only(said, _EMERGENCY)["startTime"]}
    times |= {only(said, command)["implementationDateTime"] for command in (_LIMITS, _CAP)}
    calendars = {fields["startTime"] for command in (CALENDAR, SPECIAL_DAYS) for fields in said.get(command, [])}
    times |= {NEVER if seconds == _CALENDAR_NEVER else seconds for seconds in calendars}
    times |= {one.from_time or 0 for one in components_of(asked) if (one.cluster, one.command) == _WARNING}
    if len(times) != 1:
        raise MalformedPayload(_("The parts of the configuration take effect at different times."))
    (seconds,) = times
    if seconds == NEVER:
        return CANCELLED
    return to_ms(zigbee_time(seconds)) if seconds else None


def _answers(asked: Asked, status: int) -> Gbz:
    return Gbz(tuple(_answer(one, status) for one in components_of(asked)))


def _answer(one: Component, status: int) -> Component:
    """In the other direction than what it answers."""
    frame_control = _TO_SERVER if one.frame_control & zcl.FROM_SERVER else _FROM_SERVER
    return Component(one.cluster, frame_control, one.sequence, zcl.DEFAULT_RESPONSE, bytes((one.command, status)))


# --- told


def _attributes(asked: Asked, held: PrepaymentSettings) -> Attributes:
    numbers = {
        0x0010: held.emergency_credit_limit,
        0x0011: held.emergency_credit_threshold,
        0x0021: held.max_meter_balance,
        0x0022: held.max_credit,
        0x0031: held.low_credit_threshold,
    }
    found = {(_PREPAYMENT, name): attribute(_UINT32, number, 4) for name, number in numbers.items()}
    found[_PREPAYMENT, 0x0006] = attribute(_INT32, held.debt_recovery_rate_cap, 4)
    found[_PRICE, 0x0617] = attribute(_MAP8, _FIVE_DIGITS, 1)
    return found | (_of_meter(asked) if isinstance(asked.device, GasMeter) else {})


def _of_meter(asked: Asked) -> dict[tuple[int, int], bytes]:
    """What the proxy has no copy of: how debts are collected, and when the supply goes off."""
    prepayment = prepayment_of(asked.device)
    found = {
        0x0040: attribute(_INT32, prepayment.monitor.terms.disablement_threshold, 4),
        0x0239: attribute(UINT16, prepayment.accounts.per_payment, 2),
    }
    for debt, at in zip(prepayment.accounts.time_debts, (0x0210, 0x0220), strict=True):
        found[at + 6] = attribute(ENUM8, _FREQUENCIES[debt.period], 1)
        found[at + 7] = attribute(_UINT32, debt.rate, 4)
    return {(_PREPAYMENT, name): told for name, told in found.items()}


def _told(asked: Asked, held: PrepaymentSettings) -> Gbz:
    known, found = _attributes(asked, held), list[Component]()
    for one in components_of(asked):
        if one.frame_control & zcl.CLUSTER_COMMAND:
            found += published(one, held.calendar, _FRIENDLY_CREDIT)
        else:
            found.append(_read(one, attributes_read(one, known)))
    return Gbz(tuple(found))


def _read(one: Component, records: bytes) -> Component:
    return Component(one.cluster, _FROM_SERVER, one.sequence, zcl.READ_RESPONSE, records)


def _not_told(asked: Asked, refusal: DeviceRefusal) -> Gbz:
    status = zcl_status(refusal)
    return Gbz(
        tuple(
            _answer(one, status)
            if one.frame_control & zcl.CLUSTER_COMMAND
            else _read(one, attributes_read(one, {}, status))
            for one in components_of(asked)
        )
    )


def _done(asked: Asked, _found: Any) -> Gbz:
    return _answers(asked, 0)


TABLE: Final[dict[int, Translation]] = {
    0x006F: Translation(_update, _done, lambda asked, refusal: _answers(asked, zcl_status(refusal)), _at_ms),
    0x00B5: Translation(lambda _asked: ReadGasPrepaymentConfiguration(), _told, _not_told),
}
