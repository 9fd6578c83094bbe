"""What the past and the accounts of people hold, sealed for whoever asks: profiles, daily consumption, prepayment
(ECS19, ECS21b, ECS22b, ECS66; GCS14, GCS16b, GCS17, GCS18, GCS61).

Electricity: a data protection object is told which buffer it is about and from when to when; what is sealed is a
structure of one compact array, times in seconds since 2000. Gas: samples from a time on, one after the other; days of
prepayment one by one, each by its place among those asked for.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from hht.emulation.gbcs.translation import (
    UINT16,
    Asked,
    Attributes,
    Translation,
    a_moment,
    attribute,
    attributes_read,
    by_access,
    component_of,
    components_of,
    entries_of,
    fields_in,
    fields_of,
    told,
    written,
    zcl_status,
)
from hht.i18n import _
from hht.model.commands import Command
from hht.model.features.profile_read import ReadGasProfile, ReadImportProfile
from hht.model.features.stores import ReadDailyConsumption, ReadGasDailyConsumption
from hht.model.gas_meter.network_log import STEP_MS, ReadNetworkLog
from hht.model.prepayment.commands import (
    ReadGasPrepaymentDaily,
    ReadGasPrepaymentRegisters,
    ReadPrepaymentDaily,
    ReadPrepaymentRegisters,
)
from hht.model.prepayment.records import DailyRow, Registers
from hht.model.refusal import DeviceRefusal
from hht.protocol.cosem.access import AccessResponse
from hht.protocol.cosem.axdr import encode
from hht.protocol.cosem.values import (
    CompactArray,
    Data,
    DataType,
    TypeDescription,
    double_long,
    double_long_unsigned,
    structure,
)
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import EPOCH, Component, Gbz

_READ: Final = 1  # the method get_protected_attributes
_BALANCES, _PROFILE, _DAILY_USE, _DAILY_MONEY = (f"0-0:43.2.{number}.255" for number in (1, 7, 4, 6))
_BY_DATES: Final = 1
_EPOCH_S: Final = int(EPOCH.timestamp())
_HALF_HOUR_S: Final = 1800
_MOST_UNSIGNED: Final = (1 << 32) - 1
_PREPAYMENT, _PRICE = 0x0705, 0x0700
_INT32, _UINT32, _MAP8 = 0x2B, 0x23, 0x18
_STERLING, _FIVE_DIGITS = 826, 0x50
_PLAIN, _SAMPLES, _SAMPLED = 0x08, 0x19, 0x07
_SNAPSHOT, _SNAPSHOT_ASKED, _NOT_FOUND = 0x01, 0x07, 0x8B
_LONGEST_SAMPLE: Final = (1 << 24) - 1
_UNSAID: Final = 0xFFFF  # an interval longer than two octets can say
Row = tuple[int, tuple[int, ...]]  # Unix seconds, and the numbers behind the time


# --- electricity


def _span(asked: Asked, name: str) -> tuple[int, int]:
    """From when to when, Unix seconds. Raises MalformedPayload."""
    objects, _protection = entries_of(written(asked, name, _READ), 2)
    (listed,) = entries_of(objects, 1)
    _class, _name, _attribute, _index, restriction = entries_of(listed, 5)
    kind, dates = entries_of(restriction, 2)
    if kind != _BY_DATES:
        raise MalformedPayload(_("A log is read by a range of times."))
    since, until = (int(a_moment(one).timestamp()) for one in entries_of(dates, 2))
    return since, until


def _sealed(asked: Asked, values: Data) -> AccessResponse:
    return told(asked, [asked.end.sealed_value(asked.command, encode(structure(values)))])


def _table(rows: Iterable[Row], columns: int, cell: Callable[[int], Data]) -> Data:
    kind = cell(0).tag
    shape = TypeDescription(
        DataType.STRUCTURE,
        (TypeDescription(DataType.DOUBLE_LONG_UNSIGNED), *[TypeDescription(kind)] * columns),
    )
    entries = tuple(
        structure(double_long_unsigned(max(0, time_s - _EPOCH_S)), *map(cell, numbers)) for time_s, numbers in rows
    )
    return Data(DataType.COMPACT_ARRAY, CompactArray(shape, entries))


def _unsigned(number: int) -> Data:
    return double_long_unsigned(max(0, min(number, _MOST_UNSIGNED)))


def _signed(thousandths: int) -> int:
    return max(-(1 << 31), min(thousandths, (1 << 31) - 1))


def _money(thousandths: int) -> Data:
    return double_long(_signed(thousandths))


def _within(rows: Iterable[Row], span: tuple[int, int]) -> list[Row]:
    return [row for row in rows if span[0] <= row[0] <= span[1]]


def _daily_money(held: Registers) -> tuple[int, ...]:
    """As the Prepayment Daily Read Log has them: the debts before their sum."""
    return held.emergency_credit, held.meter_balance, held.payment_debt, *held.time_debts, held.accumulated_debt


def _balances(asked: Asked, held: Registers) -> AccessResponse:
    amounts = held.meter_balance, held.emergency_credit, held.accumulated_debt, *held.time_debts, held.payment_debt
    return _sealed(asked, structure(*map(_money, amounts)))


def _ask_balances(asked: Asked) -> Command:
    written(asked, _BALANCES, _READ)  # it asks by the object that seals
    return ReadPrepaymentRegisters()


def _profile(asked: Asked) -> Command:
    since, until = _span(asked, _PROFILE)
    return ReadImportProfile(max(0, since - _HALF_HOUR_S), max(since, until, 0))


def _half_hours(asked: Asked, found: Sequence[tuple[int, int]]) -> AccessResponse:
    """The energy of each half-hour: what the register has risen since the one before."""
    rows = [(time_s, (wh - before,)) for (_earlier, before), (time_s, wh) in itertools.pairwise(found)]
    return _sealed(asked, _table(_within(rows, _span(asked, _PROFILE)), 1, _unsigned))


def _by_span(name: str, command: Command) -> Callable[[Asked], Command]:
    def ask(asked: Asked) -> Command:
        _span(asked, name)  # what cannot be answered is not asked
        return command

    return ask


def _days(asked: Asked, found: Sequence[tuple[int, int]]) -> AccessResponse:
    rows = [(began, (wh,)) for began, wh in found]
    return _sealed(asked, _table(_within(rows, _span(asked, _DAILY_USE)), 1, _unsigned))


def _money_days(asked: Asked, found: Sequence[DailyRow]) -> AccessResponse:
    rows = [(row.time_s, _daily_money(row.registers)) for row in found]
    return _sealed(asked, _table(_within(rows, _span(asked, _DAILY_MONEY)), 6, _money))


# --- gas


def _gas_profile(asked: Asked) -> Command:
    said = fields_of(asked)
    since = said["earliestSampleTime"] + _EPOCH_S
    return ReadGasProfile(since - _HALF_HOUR_S, since + said["numberOfSamples"] * _HALF_HOUR_S)


def _gas_half_hours(asked: Asked, found: Sequence[tuple[int, int]]) -> Gbz:
    """Litres of each half-hour."""
    rows = [(time_s, litres - before) for (_earlier, before), (time_s, litres) in itertools.pairwise(found)]
    return _samples(asked, rows, _HALF_HOUR_S)


def _gas_days(asked: Asked, found: Sequence[tuple[int, int]]) -> Gbz:
    """Wh of each day."""
    since = fields_of(asked)["earliestSampleTime"] + _EPOCH_S
    return _samples(asked, [row for row in found if row[0] >= since], _UNSAID)


def _flow(asked: Asked, found: Sequence[tuple[int, int]]) -> Gbz:
    """Litres of each six minutes."""
    since = fields_of(asked)["earliestSampleTime"] + _EPOCH_S
    return _samples(asked, [row for row in found if row[0] >= since], STEP_MS // 1000)


def _samples(asked: Asked, rows: Sequence[tuple[int, int]], interval: int) -> Gbz:
    said, one = fields_of(asked), component_of(asked)
    rows = rows[: said["numberOfSamples"]]
    if not rows:
        return _default(asked, _NOT_FOUND)
    layout = zcl.layout_of(one.cluster, _SAMPLES, _SAMPLED)
    assert layout is not None
    fields = {
        "sampleId": said["sampleId"],
        "sampleStartTime": max(0, rows[0][0] - _EPOCH_S),
        "sampleType": said["sampleType"],
        "sampleRequestInterval": interval,
        "numberOfSamples": len(rows),
        "sample": [max(0, min(number, _LONGEST_SAMPLE)) for _time, number in rows],
    }
    sealed = asked.end.seal(asked.command, zcl.write(layout, fields))
    return Gbz((Component(one.cluster, _SAMPLES, one.sequence, _SAMPLED, sealed, sealed=True),))


def _default(asked: Asked, status: int) -> Gbz:
    return Gbz((_status(component_of(asked), status),))


def _status(one: Component, status: int) -> Component:
    return Component(one.cluster, _PLAIN, one.sequence, zcl.DEFAULT_RESPONSE, bytes((one.command, status)))


def _no_samples(asked: Asked, refusal: DeviceRefusal) -> Gbz:
    return _default(asked, zcl_status(refusal))


def _ask_snapshots(asked: Asked) -> Command:
    for one in components_of(asked):
        if (one.cluster, one.command) != (_PREPAYMENT, _SNAPSHOT_ASKED):
            raise MalformedPayload(_("This use case asks for snapshots."))
        fields_in(one)  # what cannot be answered is not asked
    return ReadGasPrepaymentDaily()


def _snapshots(asked: Asked, found: Sequence[DailyRow]) -> Gbz:
    return Gbz(tuple(_snapshot(asked, at, one, found) for at, one in enumerate(components_of(asked))))


def _snapshot(asked: Asked, at: int, one: Component, found: Sequence[DailyRow]) -> Component:
    """The day that stands at the offset asked for, of those between the two times; oldest first."""
    said = fields_in(one)
    since, until = (said[name] + _EPOCH_S for name in ("earliestStartTime", "latestEndTime"))
    days, place = [row for row in found if since <= row.time_s <= until], said["snapshotOffset"]
    if place >= len(days):
        return _status(one, _NOT_FOUND)
    layout = zcl.layout_of(one.cluster, _SAMPLES, _SNAPSHOT)
    assert layout is not None
    held = days[place].registers
    first, second = held.time_debts
    fields = {
        "snapshotId": place,
        "snapshotTime": max(0, days[place].time_s - _EPOCH_S),
        "totalSnapshotsFound": len(days),
        "commandIndex": 0,
        "totalNumberOfCommands": 1,
        "snapshotCause": said["snapshotCause"],
        "snapshotPayloadType": 0,
        "accumulatedDebt": _signed(held.accumulated_debt),
        "timeDebt1": max(0, first),
        "timeDebt2": max(0, second),
        "paymentDebt": max(0, held.payment_debt),
        "emergencyCreditBalance": _signed(held.emergency_credit),
        "meterBalance": _signed(held.meter_balance),
    }
    sealed = asked.end.seal(asked.command, zcl.write(layout, fields))
    return Component(one.cluster, _SAMPLES, one.sequence, _SNAPSHOT, sealed, sealed=True, frame_counter=at)


def _no_snapshots(asked: Asked, refusal: DeviceRefusal) -> Gbz:
    return Gbz(tuple(_status(one, zcl_status(refusal)) for one in components_of(asked)))


def _gas_money(held: Registers) -> Attributes:
    first, second = held.time_debts
    signed = {0x0005: held.accumulated_debt, 0x0002: held.emergency_credit, 0x0001: held.meter_balance}
    debts = {0x0231: held.payment_debt, 0x0211: first, 0x0221: second}
    found = {(_PREPAYMENT, name): attribute(_INT32, _signed(number), 4) for name, number in signed.items()}
    found |= {(_PREPAYMENT, name): attribute(_UINT32, max(0, number), 4) for name, number in debts.items()}
    return found | {
        (_PRICE, 0x0617): attribute(_MAP8, _FIVE_DIGITS, 1),
        (_PRICE, 0x0616): attribute(UINT16, _STERLING, 2),
    }


def _registers(asked: Asked, known: Attributes, status: int | None = None) -> Gbz:
    """What says how money counts stands in the clear, money does not."""
    found = []
    for one in components_of(asked):
        records = attributes_read(one, known) if status is None else attributes_read(one, {}, status)
        hidden = one.cluster == _PREPAYMENT and status is None
        payload = asked.end.seal(asked.command, records) if hidden else records
        found.append(Component(one.cluster, _PLAIN, one.sequence, zcl.READ_RESPONSE, payload, sealed=hidden))
    return Gbz(tuple(found))


TABLE: Final[dict[int, Translation]] = {
    0x002D: by_access(_ask_balances, _balances),
    0x0037: by_access(_profile, _half_hours),
    0x0060: by_access(_by_span(_DAILY_USE, ReadDailyConsumption()), _days),
    0x0034: by_access(_by_span(_DAILY_MONEY, ReadPrepaymentDaily()), _money_days),
    0x0078: Translation(_gas_profile, _gas_half_hours, _no_samples),
    0x0079: Translation(lambda _asked: ReadNetworkLog(), _flow, _no_samples),
    0x0096: Translation(_ask_snapshots, _snapshots, _no_snapshots),
    0x00A0: Translation(lambda _asked: ReadGasDailyConsumption(), _gas_days, _no_samples),
    0x0075: Translation(
        lambda _asked: ReadGasPrepaymentRegisters(),
        lambda asked, held: _registers(asked, _gas_money(held)),
        lambda asked, refusal: _registers(asked, {}, zcl_status(refusal)),
    ),
}
