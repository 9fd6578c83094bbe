"""What a gas meter is asked: MPRN, clock, supply (GBCS use cases GCS…)."""

from __future__ import annotations

from typing import Any, Final

from hht.emulation.gbcs.translation import (
    Asked,
    Translation,
    answered,
    asn1_answer,
    asn1_of,
    default_response,
    fields_of,
    silent,
    zcl_status,
)
from hht.i18n import _
from hht.model.commands import Command
from hht.model.electricity_meter.items import SupplyState
from hht.model.features.clock_setting import ClockAnswer, SetGasClock
from hht.model.gas_meter.mprn import ReadMprn, SetMprn
from hht.model.gas_meter.valve import ArmValve, CloseValve
from hht.model.refusal import DeviceRefusal
from hht.model.site import to_ms
from hht.protocol.gbcs import der, zcl
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import Gbz
from hht.protocol.gbcs.payload import Asn1

# Frame controls of responses, as the reference messages have them.
_TO_SERVER, _TO_CLIENT, _OF_CLUSTER_TO_CLIENT = 0x00, 0x08, 0x09
_SITE_ID: Final = bytes.fromhex("0703")  # attribute 0307, little-endian
_OCTET_STRING: Final = 0x41
_SUPPLY_STATUS: Final = {SupplyState.DISABLED: 0, SupplyState.ARMED: 1, SupplyState.ENABLED: 2}
_STATUS_RESPONSE: Final = 0x0C


def _mprn(asked: Asked) -> SetMprn:
    try:
        return SetMprn(fields_of(asked)["siteId"].decode("ascii"))
    except UnicodeDecodeError:
        raise MalformedPayload(_("An MPRN is a text of digits.")) from None


def _site_id(asked: Asked, mprn: str) -> Gbz:
    text = mprn.encode()
    payload = _SITE_ID + bytes((0, _OCTET_STRING, len(text))) + text
    return answered(asked, _TO_CLIENT, zcl.READ_RESPONSE, payload)


def _unread(asked: Asked, refusal: DeviceRefusal) -> Gbz:
    return answered(asked, _TO_CLIENT, zcl.READ_RESPONSE, _SITE_ID + bytes((zcl_status(refusal),)))


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
    interval = asn1_of(asked).value
    start, end = interval["validityIntervalStart"], interval["validityIntervalEnd"]
    return SetGasClock(to_ms(start), int((end - start).total_seconds()))


def _clock(asked: Asked, found: ClockAnswer) -> Asn1:
    told: dict[str, Any] = {"deviceTime": found.time, "deviceTimeStatus": int(found.status)}
    return asn1_answer(asked, der.SEQUENCE, told)


_VALVE: Final = Translation(
    _supply, _supply_status, lambda asked, refusal: default_response(asked, zcl_status(refusal), _TO_CLIENT)
)
TABLE: Final[dict[int, Translation]] = {
    0x0087: Translation(
        _mprn,
        lambda asked, _found: default_response(asked, 0, _TO_SERVER),
        lambda asked, refusal: default_response(asked, zcl_status(refusal), _TO_SERVER),
    ),
    0x0089: Translation(lambda _asked: ReadMprn(), _site_id, _unread),
    0x0081: _VALVE,
    0x0085: _VALVE,
    0x007F: Translation(_set_clock, _clock, silent),
}
