"""Payment modes, balances and top-ups of both fuels (ECS02, ECS03, ECS09, ECS26j, ECS82, GCS02, GCS03, GCS21j, CS01).

Whether debts wait is said in two ways. An electricity meter is given a table of which charges each credit may be used
for, with bits of when: a time-based debt that waits while the supply is disabled lacks the last bit, and one that waits
in emergency credit does not stand in the rows of that. A gas meter is given two bits of one number.
"""

from __future__ import annotations

from typing import Any, Final

from hht.emulation.gbcs.translation import (
    CANCELLED,
    MAP16,
    Asked,
    Attributes,
    Translation,
    a_number,
    activation_ms,
    answered,
    attribute,
    by_access,
    default_response,
    entries_of,
    fields_of,
    read_items,
    reading,
    some_octets,
    value,
    written,
    zcl_status,
)
from hht.i18n import _
from hht.identifiers.errors import IdentifierError
from hht.identifiers.utrn import Utrn
from hht.model.device import Device
from hht.model.electricity_meter import ElectricityMeter
from hht.model.gas_meter import GasMeter
from hht.model.prepayment import commands as c
from hht.model.prepayment.accounts import Distribution
from hht.model.prepayment.prepayment import Prepayment
from hht.model.prepayment.settings import ModeTerms, PaymentMode
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.site import to_ms
from hht.protocol.cosem.access import AccessResponse
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import double_long, enumerated, structure
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import NEVER, Gbz, zigbee_time

_ACCOUNT, _NEXT_ACCOUNT = "0-0:19.0.0.255", "0-1:19.0.0.255"
_MODE, _CHARGES, _ACTIVATION = 2, 11, 13  # attributes of an account
_THRESHOLD, _THRESHOLD_VALUE = "0-0:94.44.128.22", 4
_METER_BALANCE: Final = "0-0:19.10.0.255"
_PREPAID, _EMERGENCY = bytes(Obis.parse("0-0:19.10.0")), bytes(Obis.parse("0-0:19.10.1"))
_TIME_DEBT: Final = bytes(Obis.parse("0-0:19.20.1"))
_MODES: Final = {PaymentMode.CREDIT: 1, PaymentMode.PREPAYMENT: 2}
_ACTIVE_ACCOUNT: Final = 2

_PREPAYMENT: Final = 0x0705
_CONFIGURATION: Final = (_PREPAYMENT, 0x0000)
_IS_PREPAYMENT, _WAITS_DISABLED, _COLLECTED_IN_EMERGENCY = 1 << 1, 1 << 10, 1 << 11
_CREDIT_MODE, _PREPAYMENT_MODE = 0x0C94, 0x0097
_UNCHANGED: Final = -1  # of the cut-off value
_TO_CLIENT, _FROM_CLUSTER, _FROM_CLUSTER_SILENT = 0x08, 0x09, 0x19  # frame controls of the reference messages
_MODE_ANSWER, _TOP_UP_ANSWER = 0x02, 0x03
_TOP_UP_INVALID, _TOP_UP_ERROR = 0x01, 0x03


def prepayment_of(device: Device) -> Prepayment:
    """The prepayment side of a meter."""
    assert isinstance(device, ElectricityMeter | GasMeter)
    return device.prepayment


# --- electricity


def _activation(asked: Asked) -> int | None:
    return activation_ms(written(asked, _NEXT_ACCOUNT, _ACTIVATION))


def _mode_asked(asked: Asked, mode: PaymentMode) -> None:
    number, _status = entries_of(written(asked, _NEXT_ACCOUNT, _MODE), 2)
    if number != _MODES[mode]:
        raise MalformedPayload(_("This use case sets another Payment Mode."))


def _credit(asked: Asked) -> c.SetCreditMode:
    _mode_asked(asked, PaymentMode.CREDIT)
    return c.SetCreditMode()


def _prepayment(asked: Asked) -> c.SetPrepaymentMode:
    _mode_asked(asked, PaymentMode.PREPAYMENT)
    rows = {}
    for row in entries_of(written(asked, _NEXT_ACCOUNT, _CHARGES), 0):
        credit, charge, when = entries_of(row, 3)
        rows[some_octets(credit, 6), some_octets(charge, 6)] = when
    when = rows.get((_PREPAID, _TIME_DEBT))
    if not isinstance(when, str) or not when:
        raise MalformedPayload(_("The command does not say when time-based debts are collected."))
    threshold = a_number(written(asked, _THRESHOLD, _THRESHOLD_VALUE))
    return c.SetPrepaymentMode(ModeTerms(when[-1] == "0", (_EMERGENCY, _TIME_DEBT) not in rows, threshold))


def _mode(asked: Asked, found: c.PaymentModeRead) -> AccessResponse:
    state = structure(enumerated(_MODES[found.mode]), enumerated(_ACTIVE_ACCOUNT))
    return read_items(asked, {(_ACCOUNT, _MODE): state})


def _balance(asked: Asked, found: int) -> AccessResponse:
    return read_items(asked, {(_METER_BALANCE, 2): double_long(found)})


def _utrn(octets: bytes) -> Utrn:
    try:
        return Utrn(octets.decode("ascii"))
    except (IdentifierError, UnicodeDecodeError) as error:
        raise DeviceRefusal(
            Reason.OTHER, _("The command carries no UTRN."), remedy=_("Let the supplier make another.")
        ) from error


def _counter(asked: Asked) -> int:
    """What a token's counter is compared with: the upper half of the originator counter (factbook 1.5)."""
    return asked.message.counter >> 32


def _top_up(asked: Asked) -> c.ApplyTopUp:
    utrn = _utrn(some_octets(value(asked, 0)))
    return c.ApplyTopUp(utrn, _counter(asked), asked.device.identity.device_id)


# --- gas


def _gas_activation(asked: Asked) -> int | None:
    seconds = fields_of(asked)["implementationDateTime"]
    if seconds == NEVER:
        return CANCELLED
    return to_ms(zigbee_time(seconds)) if seconds else None


def _gas_credit(asked: Asked) -> c.SetGasCreditMode:
    if fields_of(asked)["proposedPaymentControlConfiguration"] & _IS_PREPAYMENT:
        raise MalformedPayload(_("This use case sets another Payment Mode."))
    return c.SetGasCreditMode()


def _gas_prepayment(asked: Asked) -> c.SetGasPrepaymentMode:
    fields = fields_of(asked)
    said, threshold = fields["proposedPaymentControlConfiguration"], fields["cutOffValue"]
    if not said & _IS_PREPAYMENT:
        raise MalformedPayload(_("This use case sets another Payment Mode."))
    if threshold == _UNCHANGED:
        threshold = prepayment_of(asked.device).monitor.terms.disablement_threshold
    return c.SetGasPrepaymentMode(
        ModeTerms(bool(said & _WAITS_DISABLED), not said & _COLLECTED_IN_EMERGENCY, threshold)
    )


def _gas_mode_set(asked: Asked, _done: object) -> Gbz:
    """What the meter goes by in Prepayment mode; its calendars have no identifiers here."""
    settings = prepayment_of(asked.device).settings
    told = {
        "friendlyCredit": int(settings.calendar is not None),
        "friendlyCreditCalendarId": 0,
        "emergencyCreditLimit": settings.emergency_credit_limit,
        "emergencyCreditThreshold": settings.emergency_credit_threshold,
    }
    return _from_cluster(asked, _FROM_CLUSTER_SILENT, _MODE_ANSWER, told)


def _gas_mode(_asked: Asked, found: c.PaymentModeRead) -> Attributes:
    number, terms = _CREDIT_MODE, found.terms
    if found.mode is PaymentMode.PREPAYMENT:
        number = _PREPAYMENT_MODE
        number |= _WAITS_DISABLED * terms.suspend_debt_disabled
        number |= _COLLECTED_IN_EMERGENCY * (not terms.suspend_debt_emergency)
    return {_CONFIGURATION: attribute(MAP16, number, 2)}


def _gas_top_up(asked: Asked) -> c.ApplyGasTopUp:
    utrn = _utrn(fields_of(asked)["topUpCode"])
    return c.ApplyGasTopUp(utrn, _counter(asked), asked.device.identity.device_id)


def _gas_topped_up(asked: Asked, found: Distribution) -> Gbz:
    left = prepayment_of(asked.device).registers.meter_balance
    told = {"resultType": 0, "topUpValue": found.total, "sourceOfTopUp": 0, "creditRemaining": left}
    return _from_cluster(asked, _FROM_CLUSTER, _TOP_UP_ANSWER, told)


def _gas_not_topped_up(asked: Asked, refusal: DeviceRefusal) -> Gbz:
    result = _TOP_UP_INVALID if refusal.reason is Reason.OTHER else _TOP_UP_ERROR
    left = prepayment_of(asked.device).registers.meter_balance
    told = {"resultType": result, "topUpValue": 0, "sourceOfTopUp": 0, "creditRemaining": left}
    return _from_cluster(asked, _FROM_CLUSTER, _TOP_UP_ANSWER, told)


def _from_cluster(asked: Asked, frame_control: int, command: int, told: dict[str, Any]) -> Gbz:
    layout = zcl.layout_of(_PREPAYMENT, frame_control, command)
    assert layout is not None
    return answered(asked, frame_control, command, zcl.write(layout, told))


def _gas_refused(asked: Asked, refusal: DeviceRefusal) -> Gbz:
    return default_response(asked, zcl_status(refusal), _TO_CLIENT)


TABLE: Final[dict[int, Translation]] = {
    0x001A: by_access(_credit, at_ms=_activation),
    0x001B: by_access(_prepayment, at_ms=_activation),
    0x0020: by_access(lambda _asked: c.ActivateEmergencyCredit()),
    0x00BE: by_access(lambda _asked: c.ReadPaymentMode(), _mode),
    0x0069: by_access(lambda _asked: c.ReadMeterBalance(), _balance),
    0x0007: by_access(_top_up),
    0x006C: Translation(_gas_credit, _gas_mode_set, _gas_refused, _gas_activation),
    0x006D: Translation(_gas_prepayment, _gas_mode_set, _gas_refused, _gas_activation),
    0x00BF: reading(lambda _asked: c.ReadGasPaymentMode(), _gas_mode),
    0x0097: Translation(_gas_top_up, _gas_topped_up, _gas_not_topped_up),
}
