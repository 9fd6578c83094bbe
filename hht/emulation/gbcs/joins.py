"""Joining and unjoining devices, and reading whom they are joined to (CS03, CS04, CS07): the same for every device."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from hht.emulation.gbcs.translation import Asked, Translation, asn1_answer, asn1_of
from hht.i18n import _
from hht.model.device import Device, DeviceKind
from hht.model.han.joins import (
    Join,
    JoinMeter,
    JoinMethod,
    JoinMethodB,
    JoinMethodC,
    JoinOther,
    JoinResult,
    ReadJoinDetails,
    Unjoin,
    UnjoinMethodB,
    UnjoinResult,
)
from hht.model.han.node import CONSUMERS
from hht.model.refusal import DeviceRefusal
from hht.protocol.gbcs import der
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.payload import Asn1

KINDS: Final = {
    GbcsDeviceType.GSME: DeviceKind.GSME,
    GbcsDeviceType.ESME: DeviceKind.ESME,
    GbcsDeviceType.CHF: DeviceKind.COMMUNICATIONS_HUB,
    GbcsDeviceType.GPF: DeviceKind.GPF,
    GbcsDeviceType.HCALCS: DeviceKind.HCALCS,
    GbcsDeviceType.PPMID: DeviceKind.PPMID,
    GbcsDeviceType.TYPE_2: DeviceKind.IHD,
}
JOINS: Final[dict[int, type[Join]]] = {
    0x000D: JoinMeter,
    0x00AB: JoinOther,
    0x000E: JoinMethodB,
    0x00AF: JoinMethodC,
}
UNJOINS: Final[dict[int, type[Unjoin]]] = {0x000F: Unjoin, 0x0010: UnjoinMethodB}


def _join(asked: Asked) -> Join:
    told = asn1_of(asked).value
    try:
        method, kind = JoinMethod(told["joinMethodAndRole"]), KINDS[GbcsDeviceType(told["otherDeviceType"])]
    except ValueError:
        raise MalformedPayload(_("There is no such way of joining, or no such device.")) from None
    partner = told["otherDeviceEntityIdentifier"].hex("-").upper()
    return JOINS[asked.message.message_code](method, partner, kind, "otherDeviceCertificate" in told)


def _unjoin(asked: Asked) -> Unjoin:
    return UNJOINS[asked.message.message_code](bytes(asn1_of(asked).value).hex("-").upper())


def _code(asked: Asked, found: JoinResult | UnjoinResult) -> Asn1:
    return asn1_answer(asked, der.INTEGER, int(found))


def _refused(failure: JoinResult | UnjoinResult) -> Translation:
    command = _unjoin if isinstance(failure, UnjoinResult) else _join

    def say(asked: Asked, _refusal: DeviceRefusal) -> Asn1:
        return _code(asked, failure)

    return Translation(command, _code, say)


def type_of(kind: DeviceKind) -> GbcsDeviceType | None:
    """How joins call a device of that kind; None: they know none such."""
    if kind in CONSUMERS:
        return GbcsDeviceType.TYPE_2
    return next((number for number, known in KINDS.items() if known is kind), None)


def entries_of_log(found: Iterable[tuple[str, DeviceKind]]) -> list[dict[str, Any]]:
    """Partners as ASN.1 has them; those of kinds that joins do not know are left out."""
    return [
        {"deviceIdentifier": bytes.fromhex(partner.replace("-", "")), "deviceType": int(number)}
        for partner, kind in found
        if (number := type_of(kind)) is not None
    ]


def partner_entries(device: Device) -> list[dict[str, Any]]:
    """Whom a device is joined to."""
    return entries_of_log(device.node.partners.items() if device.node is not None else ())


def _partners(asked: Asked, found: tuple[tuple[str, DeviceKind], ...]) -> Asn1:
    told = {"readDeviceLogResponseCode": 0, "deviceLogEntries": entries_of_log(found)}
    return asn1_answer(asked, der.SEQUENCE, told)


def _unread(asked: Asked, _refusal: DeviceRefusal) -> Asn1:
    return asn1_answer(asked, der.SEQUENCE, {"readDeviceLogResponseCode": 1})


TABLE: Final[dict[int, Translation]] = {
    **{code: _refused(JoinResult.WRITE_FAILURE) for code in JOINS},
    **{code: _refused(UnjoinResult.OTHER) for code in UNJOINS},
    0x0013: Translation(lambda _asked: ReadJoinDetails(), _partners, _unread),
}
