"""What a gas meter, or the proxy for it, is asked: MPRN, clock, supply, identity, conversion (use cases GCS…)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hht.emulation.gbcs.translation import (
    ENUM8,
    OCTET_STRING,
    UINT16,
    Asked,
    Attributes,
    Translation,
    answered,
    asn1_answer,
    asn1_of,
    at_once,
    attribute,
    components_of,
    default_response,
    default_responses,
    fields_in,
    fields_of,
    reading,
    silent,
    text_attribute,
    zcl_status,
)
from hht.i18n import _
from hht.model.commands import Command
from hht.model.communications_hub.gas_proxy import GasProxyFunction
from hht.model.device import Device
from hht.model.electricity_meter.items import SupplyState
from hht.model.features.clock_setting import ClockAnswer, SetGasClock
from hht.model.features.device_type import DeviceType, ReadGasMeterType
from hht.model.features.notices import SendGasCin, SendGasMessage
from hht.model.features.tenancy import ChangeGasTenancy
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.mprn import ReadMprn, SetMprn
from hht.model.gas_meter.valve import ArmValve, CloseValve, FlowTest, ReadValve, SetFlowTest
from hht.model.gas_meter.volume import Conversion, SetConversion
from hht.model.prepayment.commands import ActivateGasEmergencyCredit
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.site import to_ms
from hht.protocol.gbcs import der, zcl
from hht.protocol.gbcs.clocks import interval_of
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import Gbz, zigbee_time
from hht.protocol.gbcs.payload import Asn1

# Frame controls of responses, as the reference messages have them.
_TO_SERVER, _TO_CLIENT, _OF_CLUSTER_TO_CLIENT = 0x00, 0x08, 0x09
_BASIC, _METERING, _PRICE = 0x0000, 0x0702, 0x0700
_UNCHANGED, _OFF = 3, 0  # what becomes of the supply when somebody tampers, and when the battery is spent
_FLOW_TEST, _SUPPLY_ON_TAMPER = 0x0E, 0x0D
_FACTOR, _CALORIFIC_VALUE = 0x02, 0x03
_SUPPLY_STATUS: Final = {SupplyState.DISABLED: 0, SupplyState.ARMED: 1, SupplyState.ENABLED: 2}
_STATUS_RESPONSE: Final = 0x0C


def _mprn(asked: Asked) -> SetMprn:
    try:
        return SetMprn(fields_of(asked)["siteId"].decode("ascii"))
    except UnicodeDecodeError:
        raise MalformedPayload(_("An MPRN is a text of digits.")) from None


def _site_id(_asked: Asked, mprn: str) -> Attributes:
    return {(_METERING, 0x0307): text_attribute(mprn.encode(), OCTET_STRING)}


def _supply(asked: Asked) -> Command:
    """Change Supply: 0 closes the valve, 1 arms it."""
    proposed = fields_of(asked)["proposedSupplyStatus"]
    if proposed not in (0, 1):
        raise MalformedPayload(_("A gas supply is disabled or armed from afar, nothing else."))
    return ArmValve() if proposed else CloseValve()


def _supply_status(asked: Asked, _done: object) -> Gbz:
    state = SupplyState.ARMED if fields_of(asked)["proposedSupplyStatus"] else SupplyState.DISABLED
    layout = zcl.layout_of(0x0702, _OF_CLUSTER_TO_CLIENT, _STATUS_RESPONSE)
    assert layout is not None
    told = {"providerId": 0, "issuerEventId": fields_of(asked)["issuerEventId"], "implementationDateTime": 0}
    payload = zcl.write(layout, told | {"supplyStatus": _SUPPLY_STATUS[state]})
    return answered(asked, _OF_CLUSTER_TO_CLIENT, _STATUS_RESPONSE, payload)


def _set_clock(asked: Asked) -> SetGasClock:
    interval = interval_of(asn1_of(asked))
    return SetGasClock(to_ms(interval.start), interval.tolerance_s)


def _clock(asked: Asked, found: ClockAnswer) -> Asn1:
    told: dict[str, Any] = {"deviceTime": found.time, "deviceTimeStatus": int(found.status)}
    return asn1_answer(asked, der.SEQUENCE, told)


def _valve_state(asked: Asked, found: SupplyState) -> Attributes:
    """At the Gas Proxy Function all of it as the meter last told it."""
    return {
        (_METERING, 0x0205): attribute(UINT16, _battery_days(asked.device), 2),
        (_METERING, 0x0014): attribute(ENUM8, _SUPPLY_STATUS[found], 1),
    }


def _battery_days(device: Device) -> int:
    if isinstance(device, GasProxyFunction):
        mirror = device.mirror
        assert mirror is not None  # it has just told what the meter said
        return mirror.battery_days
    assert isinstance(device, GasMeter)
    return device.battery_days


def _identity(_asked: Asked, found: DeviceType) -> Attributes:
    """A spent battery moves no valve of the model."""
    return {
        (_BASIC, 0x0004): text_attribute(found.manufacturer.encode("ascii", "replace")),
        (_BASIC, 0x0005): text_attribute(found.model.encode("ascii", "replace")),
        (_METERING, 0x0607): attribute(ENUM8, _OFF if found.locks else _UNCHANGED, 1),
        (_METERING, 0x0608): attribute(ENUM8, _UNCHANGED, 1),
    }


def _by_command(asked: Asked, cluster: int) -> dict[int, dict[str, Any]]:
    """The fields of each of several commands of a cluster, by command."""
    return {one.command: fields_in(one) for one in components_of(asked) if one.cluster == cluster}


def _conversion(asked: Asked) -> SetConversion:
    """Both numbers come with how many of their digits stand behind the point."""
    said = _by_command(asked, _PRICE)
    if set(said) != {_FACTOR, _CALORIFIC_VALUE} or any(fields["startTime"] for fields in said.values()):
        raise MalformedPayload(_("Calorific value and conversion factor are set together, and at once."))
    factor, calorific = said[_FACTOR], said[_CALORIFIC_VALUE]
    return SetConversion(
        Conversion(
            scaled(calorific["calorificValue"], calorific["calorificValueTrailingDigit"], 1),
            scaled(factor["conversionFactor"], factor["conversionFactorTrailingDigit"], 5),
        )
    )


def scaled(number: int, trailing: int, digits: int) -> int:
    """A number with another number of digits behind its point. Raises MalformedPayload where some would be lost."""
    shift = digits - (trailing >> 4)
    times, over = 10 ** max(0, shift), 10 ** max(0, -shift)
    whole, rest = divmod(number * times, over)
    if rest:
        raise MalformedPayload(_("The number has more digits than the meter keeps."))
    return int(whole)


def _flow_test(asked: Asked) -> SetFlowTest:
    said = _by_command(asked, _METERING)
    if set(said) != {_FLOW_TEST, _SUPPLY_ON_TAMPER}:
        raise MalformedPayload(_("The flow test is set with what becomes of the supply."))
    test, supply = said[_FLOW_TEST], said[_SUPPLY_ON_TAMPER]
    if supply["supplyTamperState"] not in (_UNCHANGED, _OFF) or supply["supplyDepletionState"] != _UNCHANGED:
        raise DeviceRefusal(
            Reason.OTHER,
            _("The emulated meter locks its supply after a tamper or leaves it; a spent battery changes nothing."),
            remedy=_("Send one of these."),
        )
    rate_lh = test["uncontrolledFlowThreshold"] * test["multiplier"] * 1000 // max(1, test["divisor"])
    flow = FlowTest(rate_lh, test["stabilisationPeriod"], test["measurementPeriod"])
    return SetFlowTest(flow, locks=supply["supplyTamperState"] == _OFF)


def _ascii(found: bytes) -> str:
    try:
        return found.decode("ascii")
    except UnicodeDecodeError:
        raise MalformedPayload(_("A text of ASCII characters is expected.")) from None


def _tenancy(asked: Asked) -> ChangeGasTenancy:
    return ChangeGasTenancy(to_ms(zigbee_time(fields_of(asked)["implementationDateTime"])))


def defaults(
    command: Callable[[Asked], Command], frame_control: int, at_ms: Callable[[Asked], int | None] = at_once
) -> Translation:
    """A use case of commands that are answered by a Default Response each."""
    return Translation(
        command,
        lambda asked, _found: default_responses(asked, 0, frame_control),
        lambda asked, refusal: default_responses(asked, zcl_status(refusal), frame_control),
        at_ms,
    )


_VALVE: Final = Translation(
    _supply, _supply_status, lambda asked, refusal: default_response(asked, zcl_status(refusal), _TO_CLIENT)
)
TABLE: Final[dict[int, Translation]] = {
    0x0087: defaults(_mprn, _TO_SERVER),
    0x0089: reading(lambda _asked: ReadMprn(), _site_id),
    0x0081: _VALVE,
    0x0085: _VALVE,
    0x0082: reading(lambda _asked: ReadValve(), _valve_state),
    0x00FB: reading(lambda _asked: ReadGasMeterType(), _identity),
    0x007C: defaults(_conversion, _TO_SERVER),
    0x007D: defaults(_flow_test, _TO_CLIENT),
    0x00FC: defaults(_flow_test, _TO_CLIENT),
    0x0070: defaults(lambda _asked: ActivateGasEmergencyCredit(), _TO_CLIENT),
    0x0071: defaults(lambda asked: SendGasMessage(_ascii(fields_of(asked)["message"])), _TO_SERVER),
    0x0072: defaults(_tenancy, _TO_SERVER),
    0x0083: defaults(lambda asked: SendGasCin(_ascii(fields_of(asked)["customerIdNumber"])), _TO_SERVER),
    0x007F: Translation(_set_clock, _clock, silent),
}
