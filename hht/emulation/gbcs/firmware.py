"""Firmware: which version runs, and activating another (ECS52, GCS38, CS06, CS08)."""

from __future__ import annotations

from typing import Any, Final

from hht.emulation.gbcs.translation import (
    CANCELLED,
    OCTET_STRING,
    Asked,
    Attributes,
    Translation,
    asn1_answer,
    asn1_of,
    by_access,
    read_items,
    reading,
    silent,
    text_attribute,
)
from hht.model.commands import DONE
from hht.model.communications_hub import CommunicationsHub
from hht.model.electricity_meter import ElectricityMeter
from hht.model.features.firmware import (
    ActivateFirmware,
    ActivationResult,
    ReadFirmwareVersion,
    ReadGasFirmwareVersion,
)
from hht.model.gas_meter import GasMeter
from hht.model.refusal import DeviceRefusal
from hht.model.site import to_ms
from hht.protocol.cosem.access import AccessResponse
from hht.protocol.cosem.values import octets
from hht.protocol.gbcs import der
from hht.protocol.gbcs.payload import Asn1

_VERSION: Final = ("0-0:0.2.1.255", 2)
_CURRENT_METER_ID: Final = (0x0702, 0x0206)
_NEVER: Final = 9999  # the year in which a cancelled command would be carried out


def _version(asked: Asked, found: str) -> AccessResponse:
    return read_items(asked, {_VERSION: octets(bytes.fromhex(found))})


def _gas_version(_asked: Asked, found: str) -> Attributes:
    return {_CURRENT_METER_ID: text_attribute(bytes.fromhex(found), OCTET_STRING)}


def _own_version(asked: Asked, found: str) -> Asn1:
    return asn1_answer(asked, der.SEQUENCE, {"firmwareVersion": bytes.fromhex(found), "responseCode": 0})


def _no_version(asked: Asked, _refusal: DeviceRefusal) -> Asn1:
    return asn1_answer(asked, der.SEQUENCE, {"responseCode": 1})


def _activate(asked: Asked) -> ActivateFirmware:
    return ActivateFirmware(asn1_of(asked).value["manufacturerImageHash"].hex().upper())


def _activation_ms(asked: Asked) -> int | None:
    moment = asn1_of(asked).value.get("executionDateTime")
    if moment is not None and moment.year == _NEVER:
        return CANCELLED
    return None if moment is None else to_ms(moment)


def _activated(asked: Asked, found: Any) -> Asn1:
    """What came of it; of what is dated ahead or cancelled, that it was taken."""
    if found is DONE:
        return asn1_answer(asked, der.NULL, None)
    assert isinstance(found, ActivationResult)
    assert isinstance(asked.device, ElectricityMeter | GasMeter | CommunicationsHub)
    version = bytes.fromhex(asked.device.firmware.version)
    told = {"activateFirmwareResponseCode": int(found), "firmwareVersion": version}
    return asn1_answer(asked, der.SEQUENCE, told)


TABLE: Final[dict[int, Translation]] = {
    0x0059: by_access(lambda _asked: ReadFirmwareVersion(), _version),
    0x0084: reading(lambda _asked: ReadGasFirmwareVersion(), _gas_version),
    0x0129: Translation(lambda _asked: ReadFirmwareVersion(), _own_version, _no_version),
    0x0012: Translation(_activate, _activated, silent, _activation_ms),
}
