"""What the emulated access control broker makes of a service request: the GBCS command, by its target's type.

Requests for the hub, and joins at a device that knows no supplier, go out in the broker's own name, with the requester
in the supplementary fields (gbcs.md 2.1). Payloads as in gbcs.md 1.3 to 1.5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from hht.desk.errors import DeskError
from hht.desk.kinds import end_of
from hht.emulation.gbcs.pki import device_certificate
from hht.emulation.gbcs.translation import NEVER
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.protocol.cosem.access import AccessAction, AccessGet, AccessItem, AccessRequest, AccessSet
from hht.protocol.cosem.datetime import NOW, encode_datetime
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import (
    NULL,
    Data,
    array,
    bit_string,
    boolean,
    double_long,
    enumerated,
    integer,
    long_unsigned,
    octets,
    structure,
)
from hht.protocol.duis.request import Request
from hht.protocol.duis.tree import Element, element
from hht.protocol.duis.values import moment
from hht.protocol.gbcs import der
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from hht.protocol.gbcs.device_types import to_device_log, to_gbcs
from hht.protocol.gbcs.envelope import Cra
from hht.protocol.gbcs.gbz import Component, Gbz
from hht.protocol.gbcs.payload import asn1_payload, encode_payload, long_invoke_id

TypeOf = Callable[[DeviceId], Type]
_ZIGBEE_EPOCH: Final = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_WRITE, _OWN = 0x00, 0x01  # frame control of a ZCL header: general, of the cluster


@dataclass(frozen=True, slots=True)
class Made:
    """A command's message code and payload; `by_broker`: it goes out in the broker's own name."""

    code: int
    payload: bytes
    by_broker: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the broker looks at it: the element of its service, what its target is, what others are, when."""

    body: Element
    target: Type
    type_of: TypeOf
    now: datetime
    counter: int

    def text(self, name: str) -> str:
        """The text of an element. Raises DeskError where it is missing."""
        found = next((part for part in self.body.walk() if part.name == name), None)
        if found is None:
            raise DeskError(
                _("The service request has no {name}.").format(name=name), remedy=_("Make the request anew.")
            )
        return found.text.strip()

    def has(self, name: str) -> bool:
        """Whether there is such an element."""
        return any(part.name == name for part in self.body.walk())


def made_of(request: Request, body: Element, type_of: TypeOf, now: datetime, counter: int) -> Made:
    """The command that a request becomes, with the originator counter `counter`.

    Raises DeskError ``desk-not-local`` where this broker has none for that service at such a device.
    """
    target = type_of(request.name.target)
    maker = _MAKERS.get((request.service, target)) or _MAKERS.get((request.service, None))
    if maker is None:
        raise DeskError(
            _("The emulated broker makes no command for local delivery of {service} at a {type}.").format(
                service=request.service, type=target
            ),
            remedy=_("Ask over the WAN, or take a pack along."),
            code="desk-not-local",
        )
    return maker(Asked(body, target, type_of, now, counter))


# --- COSEM


def _attribute(class_id: int, obis: str, number: int) -> CosemAttribute:
    return CosemAttribute(class_id, Obis.parse(obis), number)


def _access(asked: Asked, *steps: tuple[AccessItem, Data]) -> bytes:
    items, data = zip(*steps, strict=True)
    return encode_payload(AccessRequest(long_invoke_id(asked.counter), items, data))


def _get(class_id: int, obis: str, number: int) -> tuple[AccessItem, Data]:
    return AccessGet(_attribute(class_id, obis, number)), NULL


def _set(class_id: int, obis: str, number: int, data: Data) -> tuple[AccessItem, Data]:
    return AccessSet(_attribute(class_id, obis, number)), data


def _act(class_id: int, obis: str, number: int, data: Data) -> tuple[AccessItem, Data]:
    return AccessAction(CosemMethod(class_id, Obis.parse(obis), number)), data


_LOG: Final = (104, "0-0:30.3.0.255")
_CLOCK: Final = (8, "0-0:1.0.0.255")
_NEXT_ACCOUNT: Final = (111, "0-1:19.0.0.255")
_THRESHOLD: Final = (9000, "0-0:94.44.128.22")
_PREPAID, _EMERGENCY, _TIME_DEBT, _ENERGY = (
    octets(bytes(Obis.parse(name))) for name in ("0-0:19.10.0", "0-0:19.10.1", "0-0:19.20.1", "0-0:19.20.0")
)


def _log_change(asked: Asked) -> Made:
    device = DeviceId.parse(asked.text("DeviceID"))
    entry = octets(device.to_bytes())
    if asked.text("RequestType") == "Remove":
        return Made(0x0002, _access(asked, _act(*_LOG, 2, entry)), by_broker=True)
    code = bytes.fromhex(asked.text("InstallCode"))
    number = enumerated(int(to_device_log(asked.type_of(device))))
    steps = (
        _act(*_LOG, 1, structure(entry, enumerated(1), octets(code), number)),
        _set(*_LOG, 3, long_unsigned(int(asked.text("JoinTimePeriod")))),
        _set(*_LOG, 2, boolean(True)),
    )
    return Made(0x0001, _access(asked, *steps), by_broker=True)


def _read_log(asked: Asked) -> Made:
    if asked.target is Type.CHF:
        return Made(0x010F, _access(asked, _get(*_LOG, 4)), by_broker=True)
    return Made(0x0013, b"\x05\x00", by_broker=True)


def _interval(asked: Asked) -> tuple[datetime, datetime]:
    start = moment(element("CurrentDateTime", asked.text("CurrentDateTime"))).replace(microsecond=0)
    return start, start + timedelta(seconds=int(asked.text("TolerancePeriod")))


def _in_utc(time: datetime) -> bytes:
    """As the reference data has it: neither day of the week, deviation nor status are said."""
    said = encode_datetime(time)
    return said[:4] + b"\xff" + said[5:8] + b"\x00\x80\x00\xff"


def _clock(asked: Asked) -> Made:
    start, end = _interval(asked)
    if asked.target is Type.GSME:
        told = {"validityIntervalStart": start, "validityIntervalEnd": end}
        return Made(0x007F, encode_payload(asn1_payload(0x007F, Cra.COMMAND, der.SEQUENCE, told)))
    unset = octets(NEVER)
    preset = structure(unset, octets(_in_utc(start)), octets(_in_utc(end)))
    steps = (
        _set(*_CLOCK, 9, enumerated(5)),
        _act(*_CLOCK, 5, preset),
        _act(*_CLOCK, 4, integer(0)),
        _get(*_CLOCK, 2),
        _get(*_CLOCK, 4),
    )
    return Made(0x0062, _access(asked, *steps))


def _mpan(asked: Asked) -> Made:
    text = asked.text("ImportMPAN") + (asked.text("SecondaryImportMPAN") if asked.has("SecondaryImportMPAN") else "")
    return Made(0x004C, _access(asked, _set(1, "0-0:94.44.34.11", 2, octets(text.encode("ascii")))))


def _read_mpans(asked: Asked) -> Made:
    return Made(0x004E, _access(asked, _get(1, "0-0:94.44.34.11", 2), _get(1, "1-0:0.0.2.255", 2)))


def _offset_limit(asked: Asked) -> Made:
    limit = long_unsigned(int(asked.text("RandomisedOffsetLimit")))
    return Made(0x004B, _access(asked, _set(1, "0-0:94.44.0.1", 2, limit)))


def _payment_mode(asked: Asked) -> Made:
    """ECS02, ECS03: the next account's mode, and which debts are collected from which credit, when; then at once."""
    if asked.has("Credit"):
        steps = [_set(*_NEXT_ACCOUNT, 2, structure(enumerated(1), enumerated(1))), _set(*_NEXT_ACCOUNT, 11, array(()))]
        return Made(0x001A, _access(asked, *steps, _set(*_NEXT_ACCOUNT, 13, octets(NOW))))
    when = bit_string("110" if asked.text("SuspendDebtDisabled") == "true" else "111")
    rows = [structure(_PREPAID, _ENERGY, bit_string("111")), structure(_PREPAID, _TIME_DEBT, when)]
    if asked.text("SuspendDebtEmergency") != "true":
        rows.append(structure(_EMERGENCY, _TIME_DEBT, when))
    steps = [
        _set(*_NEXT_ACCOUNT, 2, structure(enumerated(2), enumerated(1))),
        _set(*_THRESHOLD, 4, double_long(int(asked.text("DisablementThreshold")))),
        _set(*_NEXT_ACCOUNT, 11, array(rows)),
        _set(*_THRESHOLD, 6, octets(NOW)),
        _set(*_NEXT_ACCOUNT, 13, octets(NOW)),
    ]
    return Made(0x001B, _access(asked, *steps))


def _switch(code: int, script: int) -> Callable[[Asked], Made]:
    return lambda asked: Made(code, _access(asked, _act(9, "0-0:10.0.106.255", 1, long_unsigned(script))))


def _reading(code: int, class_id: int, obis: str, number: int) -> Callable[[Asked], Made]:
    return lambda asked: Made(code, _access(asked, _get(class_id, obis, number)))


# --- ZigBee


def _zigbee(code: int, *components: Component) -> Made:
    return Made(code, Gbz(components).encode())


def _seconds(time: datetime) -> bytes:
    return int((time - _ZIGBEE_EPOCH).total_seconds()).to_bytes(4, "little")


def _event(asked: Asked) -> bytes:
    """The issuer event identifier that makes one publication newer than another."""
    return _seconds(asked.now)


def _mprn(asked: Asked) -> Made:
    mprn = asked.text("ImportMPRN").encode("ascii")
    payload = _event(asked) + bytes(8) + bytes((len(mprn),)) + mprn
    return _zigbee(0x0087, Component(0x0708, _OWN | 8, 0, 3, payload))


def _valve(code: int, state: int) -> Callable[[Asked], Made]:
    """Propose a supply state at once: 0 off, 1 off and armed."""
    return lambda asked: _zigbee(
        code, Component(0x0702, _OWN, 0, 0x0B, bytes(4) + _event(asked) + bytes(8) + bytes((state, 1)))
    )


def _attributes(code: int, cluster: int, *numbers: int) -> Callable[[Asked], Made]:
    payload = b"".join(number.to_bytes(2, "little") for number in numbers)
    return lambda _asked: _zigbee(code, Component(cluster, _WRITE, 0, 0, payload))


def _gas_mode(asked: Asked) -> Made:
    """GCS02, GCS03: Change Payment Mode, at once."""
    code, configuration, threshold = 0x006C, 0x0C94, -1  # -1: as it is
    if asked.has("Prepayment"):
        code, threshold = 0x006D, int(asked.text("DisablementThreshold"))
        configuration = 0x0097
        configuration |= 1 << 10 if asked.text("SuspendDebtDisabled") == "true" else 0
        configuration |= 0 if asked.text("SuspendDebtEmergency") == "true" else 1 << 11
    said = configuration.to_bytes(2, "little") + threshold.to_bytes(4, "little", signed=True)
    return _zigbee(code, Component(0x0705, _OWN, 0, 6, bytes(4) + _event(asked) + bytes(4) + said))


def _gas_conversion(asked: Asked) -> Made:
    """Two publications: the volume conversion factor, and the calorific value, each with its trailing digit."""
    event, at_once = _event(asked), bytes(4)
    factor = int(Decimal(asked.text("ConversionFactor")) * 100_000).to_bytes(4, "little")
    calorific = int(Decimal(asked.text("CalorificValue")) * 10).to_bytes(4, "little")
    return _zigbee(
        0x007C,
        Component(0x0700, _OWN | 8, 0, 2, event + at_once + factor + b"\x50"),
        Component(0x0700, _OWN | 8, 1, 3, event + at_once + calorific + b"\x01\x10"),
    )


def _gas_balance(_asked: Asked) -> Made:
    """The balance of credit mode, and that of prepayment mode."""
    credit = Component(0x0702, _WRITE, 0, 0, (0x0A00).to_bytes(2, "little"))
    return _zigbee(0x008D, credit, Component(0x0705, _WRITE, 1, 0, (0x0001).to_bytes(2, "little")))


# --- ASN.1


def _join(asked: Asked) -> Made:
    other = DeviceId.parse(asked.text("OtherDeviceID"))
    kind = asked.type_of(other)
    end = end_of(asked.target, kind).join
    told = {
        "joinMethodAndRole": end.method,
        "otherDeviceEntityIdentifier": other.to_bytes(),
        "otherDeviceType": int(to_gbcs(kind)),
    }
    if end.certificate:
        told["otherDeviceCertificate"] = device_certificate(other.to_bytes(), KeyUsage.KEY_AGREEMENT).der
    payload = encode_payload(asn1_payload(end.code, Cra.COMMAND, der.SEQUENCE, told))
    return Made(end.code, payload, _unknown_party(asked))


def _unjoin(asked: Asked) -> Made:
    other = DeviceId.parse(asked.text("OtherDeviceID"))
    code = end_of(asked.target, asked.type_of(other)).unjoin.code
    payload = encode_payload(asn1_payload(code, Cra.COMMAND, der.OCTET_STRING, other.to_bytes()))
    return Made(code, payload, _unknown_party(asked))


def _unknown_party(asked: Asked) -> bool:
    """Whether the device knows no supplier: a PPMID has none in its trust anchor cells."""
    return asked.target in (Type.PPMID, Type.CHF)


_MAKERS: Final[dict[tuple[str, Type | None], Callable[[Asked], Made]]] = {
    ("8.11", Type.CHF): _log_change,
    ("8.9", None): _read_log,
    ("8.7.1", None): _join,
    ("8.7.2", None): _join,
    ("8.8.1", None): _unjoin,
    ("8.8.2", None): _unjoin,
    ("8.1.1", None): _clock,
    ("6.11", None): _clock,
    ("6.20.1", Type.ESME): _mpan,
    ("6.20.1", Type.GSME): _mprn,
    ("6.2.7", Type.ESME): _read_mpans,
    ("6.2.7", Type.GSME): _attributes(0x0089, 0x0702, 0x0307),
    ("6.6", Type.GSME): _gas_conversion,
    ("1.6", Type.ESME): _payment_mode,
    ("1.6", Type.GSME): _gas_mode,
    ("7.12", Type.ESME): _offset_limit,
    ("7.1", Type.ESME): _switch(0x004F, 0x33),
    ("7.2", Type.ESME): _switch(0x0050, 0x34),
    ("7.3", Type.ESME): _switch(0x0051, 0x36),
    ("7.4", Type.ESME): _reading(0x0052, 70, "0-0:96.3.10.255", 3),
    ("7.2", Type.GSME): _valve(0x0081, 0),
    ("7.3", Type.GSME): _valve(0x0085, 1),
    ("7.4", Type.GSME): _attributes(0x0082, 0x0702, 0x0205, 0x0014),
    ("4.18", Type.ESME): _reading(0x0069, 112, "0-0:19.10.0.255", 2),
    ("4.18", Type.GSME): _gas_balance,
    ("11.2", Type.ESME): _reading(0x0059, 1, "0-0:0.2.1.255", 2),
    ("11.2", Type.GSME): _attributes(0x0084, 0x0702, 0x0206),
}
