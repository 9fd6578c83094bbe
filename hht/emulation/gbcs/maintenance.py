"""Balances, counters, logs and small settings of the emulated meters: use cases that the model has a command for.

Money counts in thousandths of a penny, 10^-5 pounds, at both fuels; a gas meter's credit adjustment says by its type
whose balance it is and whether it is reset.
"""

from __future__ import annotations

from typing import Any, Final

from hht.emulation.gbcs.electricity import billing_calendar
from hht.emulation.gbcs.gas import defaults
from hht.emulation.gbcs.translation import (
    FROM_SERVER,
    Asked,
    Attributes,
    Translation,
    a_number,
    activation_ms,
    answered,
    attribute,
    by_access,
    entries_of,
    fields_of,
    name_of,
    reading,
    request_of,
    some_octets,
    value,
    written,
)
from hht.emulation.measuring_objects import DEMANDS
from hht.i18n import _
from hht.model.electricity_meter.load_control import SWITCHES, SetBoost
from hht.model.electricity_meter.load_limit import LoadLimitSettings, ResetLoadLimitCounter, SetLoadLimit
from hht.model.electricity_meter.maximum_demand import DemandWindow, ResetMaximumDemand, SetDemandWindow
from hht.model.electricity_meter.readings import SetPowerThresholds
from hht.model.electricity_meter.voltage import ResetVoltageCounters
from hht.model.features.logs_read import ClearAlcsEventLog, ClearZigbeeEventLog
from hht.model.features.notices import WriteGasContactDetails
from hht.model.features.tariff import ResetBlockCounters
from hht.model.features.tenancy import DisableGasPrivacyPin
from hht.model.gas_meter.network_log import StartNetworkLog
from hht.model.gas_meter.registers import ReadGasMeterBalance
from hht.model.prepayment import commands as c
from hht.model.refusal import DeviceRefusal
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import Gbz

_TO_SERVER, _TO_CLIENT, _CLUSTER_TO_CLIENT = 0x00, 0x08, 0x09
_INT32, _UINT32 = 0x2B, 0x23
_PREPAYMENT_ADD, _PREPAYMENT_RESET, _CREDIT_RESET, _CREDIT_ADD = range(4)  # types of a credit adjustment
_METERING, _PREPAYMENT = 0x0702, 0x0705
_EVENT_LOG: Final = 0x03
_CLEARED: Final = 0x02
_STARTED, _NOT_STARTED = 0x0D, 0xFFFF
_SAMPLING: Final = 1  # the number of the one log that a meter keeps
_MINUTE_S: Final = 60
_REGISTERS: Final = {obis: which for which, obis in DEMANDS.items()}
_DISABLES, _PERIOD, _POWER, _RESTORATION = "0-0:94.44.0.3", *(f"0-0:94.44.128.{n}" for n in (6, 7, 8))
_NEXT_VALUE, _ACTIVATION = 4, 6  # attributes of a value that is set for later
_BOOST: Final = {f"0-0:94.44.6.{number}": number for number in range(1, SWITCHES + 1)}


def _thresholds(asked: Asked) -> SetPowerThresholds:
    medium, high = entries_of(value(asked, 0), 2)
    return SetPowerThresholds(a_number(medium), a_number(high))


def _window(asked: Asked) -> SetDemandWindow:
    """Two entries of a schedule: when it begins (the first script) and when it ends."""
    times: dict[int, int] = {}
    for row in entries_of(value(asked, 0), 0):
        _index, _enabled, _script, selector, time, *_rest = entries_of(row, 10)
        hour, minute, second, _hundredths = some_octets(time, 4)
        times[a_number(selector)] = (hour * _MINUTE_S + minute) * _MINUTE_S + second
    if set(times) != {1, 2}:
        raise MalformedPayload(_("The period has one beginning and one end."))
    return SetDemandWindow(DemandWindow(times[1], times[2]))


def _reset_demand(asked: Asked) -> ResetMaximumDemand:
    which = _REGISTERS.get(name_of(request_of(asked).items[0])[0]) if request_of(asked).items else None
    if which is None or len(request_of(asked).items) != 1:
        raise MalformedPayload(_("One register of the maximum demand is reset at a time."))
    return ResetMaximumDemand(which)


def _boost(asked: Asked) -> SetBoost:
    numbers = set()
    for at, item in enumerate(request_of(asked).items):
        number, on = _BOOST.get(name_of(item)[0].removesuffix(".255")), value(asked, at)
        if number is None or not isinstance(on, bool):
            raise MalformedPayload(_("Which switches the boost button closes is true or false for each."))
        if on:
            numbers.add(number)
    return SetBoost(frozenset(numbers))


def _load_limit(asked: Asked) -> SetLoadLimit:
    disables = written(asked, _DISABLES, _NEXT_VALUE)
    if not isinstance(disables, bool):
        raise MalformedPayload(_("Whether the load limit switches the supply off is true or false."))
    power, period, restoration = (
        a_number(written(asked, name, _NEXT_VALUE)) for name in (_POWER, _PERIOD, _RESTORATION)
    )
    return SetLoadLimit(LoadLimitSettings(power, period, restoration, disables))


def _load_limit_at_ms(asked: Asked) -> int | None:
    """Raises MalformedPayload where parts of it would take effect at other times than others."""
    times = {activation_ms(written(asked, name, _ACTIVATION)) for name in (_DISABLES, _POWER, _PERIOD, _RESTORATION)}
    if len(times) != 1:
        raise MalformedPayload(_("The parts of the configuration take effect at different times."))
    return times.pop()


# --- gas


def _adjustment(asked: Asked) -> c.AdjustBalance | c.ResetBalance:
    said = fields_of(asked)
    kind, amount = said["creditAdjustmentType"], said["creditAdjustmentValue"]
    if said["startTime"]:
        raise MalformedPayload(_("A balance is adjusted at once."))
    wanted = _ADJUSTMENTS[asked.message.message_code]
    if kind != wanted or (kind in (_PREPAYMENT_RESET, _CREDIT_RESET) and amount):
        raise MalformedPayload(_("The adjustment is another than the use case's."))
    if kind == _PREPAYMENT_RESET:
        return c.ResetGasBalance()
    if kind == _CREDIT_RESET:
        return c.ResetGasCreditBalance()
    return c.AdjustGasBalance(amount) if kind == _PREPAYMENT_ADD else c.AdjustGasCreditBalance(amount)


_ADJUSTMENTS: Final = {
    0x0086: _PREPAYMENT_ADD,
    0x00B4: _PREPAYMENT_RESET,
    0x00C0: _CREDIT_ADD,
    0x00C2: _CREDIT_RESET,
}


def _contact(asked: Asked) -> WriteGasContactDetails:
    said = fields_of(asked)
    name, telephone = said["proposedProviderName"], said["proposedProviderContactDetails"]
    try:
        return WriteGasContactDetails(name.decode("ascii"), telephone.decode("ascii"))
    except UnicodeDecodeError:
        raise MalformedPayload(_("A text of ASCII characters is expected.")) from None


def _balance(_asked: Asked, thousandths: int) -> Attributes:
    """In the register of the mode in force; a meter counts what is owed in Credit mode."""
    held = max(-(1 << 31), min(thousandths, (1 << 31) - 1))
    owed = max(0, min(-thousandths, (1 << 32) - 1))
    return {(_METERING, 0x0A00): attribute(_UINT32, owed, 4), (_PREPAYMENT, 0x0001): attribute(_INT32, held, 4)}


def _clear(asked: Asked) -> ClearZigbeeEventLog:
    if fields_of(asked)["logId"] & 0x0F != _EVENT_LOG:
        raise MalformedPayload(_("Of a gas meter's logs, the Event Log alone can be cleared."))
    return ClearZigbeeEventLog()


def _cleared(asked: Asked, _done: object) -> Gbz:
    return answered(asked, _CLUSTER_TO_CLIENT, _CLEARED, bytes((1 << _EVENT_LOG,)))


def _not_cleared(asked: Asked, _refusal: DeviceRefusal) -> Gbz:
    return answered(asked, _CLUSTER_TO_CLIENT, _CLEARED, b"\x00")


def _started(number: int) -> Any:
    return lambda asked, _found: answered(asked, _CLUSTER_TO_CLIENT, _STARTED, number.to_bytes(2, "little"))


TABLE: Final[dict[int, Translation]] = {
    0x001C: by_access(lambda asked: c.AdjustBalance(a_number(value(asked, 0)))),
    0x00B3: by_access(lambda _asked: c.ResetBalance()),
    0x001D: by_access(lambda _asked: ResetBlockCounters()),
    0x00C1: by_access(lambda _asked: ClearAlcsEventLog()),
    0x0043: by_access(_load_limit, at_ms=_load_limit_at_ms),
    0x0044: by_access(lambda _asked: ResetLoadLimitCounter()),
    0x00D3: by_access(lambda _asked: ResetVoltageCounters()),
    0x0046: by_access(billing_calendar),
    0x0047: by_access(_thresholds),
    0x004A: by_access(_window),
    0x005A: by_access(_reset_demand),
    0x005F: by_access(_boost),
    **{code: defaults(_adjustment, _TO_CLIENT) for code in _ADJUSTMENTS},
    0x0088: defaults(_contact, _TO_SERVER),
    0x0073: defaults(lambda _asked: DisableGasPrivacyPin(), _TO_SERVER),
    0x008D: reading(lambda _asked: ReadGasMeterBalance(), _balance, FROM_SERVER),
    0x012A: reading(lambda _asked: ReadGasMeterBalance(), _balance, FROM_SERVER),
    0x0015: Translation(_clear, _cleared, _not_cleared),
    0x0080: Translation(lambda _asked: StartNetworkLog(), _started(_SAMPLING), _started(_NOT_STARTED)),
}
