"""What the emulated access control broker makes of a service request: the GBCS command, by its target's type.

Requests for the hub, and joins at a device that knows no supplier, go out in the broker's own name, with the requester
in the supplementary fields (gbcs.md 2.1). Payloads as in gbcs.md 1.3 to 1.5.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from hht.desk.errors import DeskError
from hht.desk.kinds import end_of
from hht.emulation import hub_commands
from hht.emulation.gbcs.joins import type_of as type_in_joins
from hht.emulation.gbcs.translation import NEVER
from hht.emulation.hub_commands import Step, access, act, read, write
from hht.emulation.service_asked import NO_KEY, Asked, CopyOf, Made, TypeOf
from hht.emulation.service_gas import GAS
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.model.communications_hub.backup import LogBackup
from hht.protocol.cosem.datetime import NOW, encode_datetime
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import (
    array,
    bit_string,
    double_long,
    enumerated,
    integer,
    long_unsigned,
    octets,
    structure,
    visible,
)
from hht.protocol.duis.request import Request
from hht.protocol.duis.tree import Element, element
from hht.protocol.duis.values import moment
from hht.protocol.gbcs import der
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from hht.protocol.gbcs.device_types import to_device_log, to_gbcs
from hht.protocol.gbcs.envelope import Cra
from hht.protocol.gbcs.payload import asn1_payload, encode_payload


def made_of(
    request: Request, body: Element, type_of: TypeOf, now: datetime, counter: int, copy_of: CopyOf = lambda _hub: None
) -> Made:
    """The command that a request becomes, with the originator counter `counter`. `copy_of`: the centre's copy of the
    logs of a hub, by its CHF or GPF ID.

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
    return maker(Asked(body, target, type_of, copy_of, now, counter))


# --- COSEM


def _access(asked: Asked, *steps: Step) -> bytes:
    return encode_payload(access(asked.counter, steps))


_CLOCK: Final = (8, "0-0:1.0.0.255")
_NEXT_ACCOUNT: Final = (111, "0-1:19.0.0.255")
_THRESHOLD: Final = (9000, "0-0:94.44.128.22")
_PREPAID, _EMERGENCY, _TIME_DEBT, _ENERGY = (
    octets(bytes(Obis.parse(name))) for name in ("0-0:19.10.0", "0-0:19.10.1", "0-0:19.20.1", "0-0:19.20.0")
)


def _log_change(asked: Asked) -> Made:
    device = DeviceId.parse(asked.text("DeviceID"))
    if asked.text("RequestType") == "Remove":
        return Made(0x0002, _access(asked, *hub_commands.removed(device)), by_broker=True)
    code, kind = bytes.fromhex(asked.text("InstallCode")), to_device_log(asked.type_of(device))
    steps = hub_commands.listed(device, code, kind, int(asked.text("JoinTimePeriod")))
    return Made(0x0001, _access(asked, *steps), by_broker=True)


def _read_log(asked: Asked) -> Made:
    if asked.target is Type.CHF and asked.has("ReadSecurityDetails"):
        return Made(0x00FE, _access(asked, *hub_commands.logs_copied()), by_broker=True)
    if asked.target is Type.CHF:
        return Made(0x010F, _access(asked, *hub_commands.log_read()), by_broker=True)
    return Made(hub_commands.READ_PARTNERS, encode_payload(hub_commands.partners_read()), by_broker=True)


def _copy(asked: Asked, name: str) -> LogBackup:
    """The centre's copy of the logs of the older hub. Raises DeskError ``desk-no-copy``."""
    found = asked.copy_of(DeviceId.parse(asked.text(name)))
    if found is None:
        raise DeskError(
            _("The centre has no copy of the logs of {hub}.").format(hub=asked.text(name)),
            remedy=_("Check the old hub's ID; without a copy each device has to be let in again."),
            code="desk-no-copy",
        )
    return found


def _restored(asked: Asked) -> Made:
    copy = _copy(asked, "OldCHFID")
    rows = [(_eui(one.device_id), bytes.fromhex(one.key_hash) or NO_KEY) for one in copy.devices]
    return Made(0x0003, _access(asked, *hub_commands.restored(_eui(copy.pan_id), rows)), by_broker=True)


def _restored_partners(asked: Asked) -> Made:
    partners = [
        (_eui(device), int(number))
        for device, kind in _copy(asked, "OldGPFID").partners
        if (number := type_in_joins(kind)) is not None
    ]
    payload = encode_payload(hub_commands.partners_restored(partners))
    return Made(hub_commands.RESTORE_PARTNERS, payload, by_broker=True)


def _eui(device_id: str) -> bytes:
    return bytes.fromhex(device_id.replace("-", ""))


def _log_of(event: int, security: int, *, by_broker: bool = False) -> Callable[[Asked], Made]:
    """A log between two times: rows of its buffer, chosen by their time."""

    def make(asked: Asked) -> Made:
        since, until = asked.seconds("StartDateTime"), asked.seconds("EndDateTime")
        secure = asked.text("LogToRead") == "Security"
        payload = _access(asked, *hub_commands.log_rows(secure=secure, since=since, until=until))
        return Made(security if secure else event, payload, by_broker)

    return make


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
        write(*_CLOCK, 9, enumerated(5)),
        act(*_CLOCK, 5, preset),
        act(*_CLOCK, 4, integer(0)),
        read(*_CLOCK, 2),
        read(*_CLOCK, 4),
    )
    return Made(0x0062, _access(asked, *steps))


def _mpan(asked: Asked) -> Made:
    text = asked.text("ImportMPAN") + (asked.text("SecondaryImportMPAN") if asked.has("SecondaryImportMPAN") else "")
    return Made(0x004C, _access(asked, write(1, "0-0:94.44.34.11", 2, octets(text.encode("ascii")))))


def _read_mpans(asked: Asked) -> Made:
    return Made(0x004E, _access(asked, read(1, "0-0:94.44.34.11", 2), read(1, "1-0:0.0.2.255", 2)))


def _offset_limit(asked: Asked) -> Made:
    limit = long_unsigned(int(asked.text("RandomisedOffsetLimit")))
    return Made(0x004B, _access(asked, write(1, "0-0:94.44.0.1", 2, limit)))


def _labels(asked: Asked) -> Made:
    """ECS46a: a label for each switch that is named."""
    named = [part for part in asked.body.walk() if part.name == "ALCSHCALCSDescription"]
    steps = [
        write(1, f"0-0:94.44.0.{10 + int(part.attributes['index'])}", 2, visible(part.children[0].text))
        for part in sorted(named, key=lambda part: int(part.attributes["index"]))
    ]
    return Made(0x0053, _access(asked, *steps))


def _payment_mode(asked: Asked) -> Made:
    """ECS02, ECS03: the next account's mode, and which debts are collected from which credit, when; then at once."""
    if asked.has("Credit"):
        mode = write(*_NEXT_ACCOUNT, 2, structure(enumerated(1), enumerated(1)))
        steps = [mode, write(*_NEXT_ACCOUNT, 11, array(())), write(*_NEXT_ACCOUNT, 13, octets(NOW))]
        return Made(0x001A, _access(asked, *steps))
    when = bit_string("110" if asked.text("SuspendDebtDisabled") == "true" else "111")
    rows = [structure(_PREPAID, _ENERGY, bit_string("111")), structure(_PREPAID, _TIME_DEBT, when)]
    if asked.text("SuspendDebtEmergency") != "true":
        rows.append(structure(_EMERGENCY, _TIME_DEBT, when))
    steps = [
        write(*_NEXT_ACCOUNT, 2, structure(enumerated(2), enumerated(1))),
        write(*_THRESHOLD, 4, double_long(int(asked.text("DisablementThreshold")))),
        write(*_NEXT_ACCOUNT, 11, array(rows)),
        write(*_THRESHOLD, 6, octets(NOW)),
        write(*_NEXT_ACCOUNT, 13, octets(NOW)),
    ]
    return Made(0x001B, _access(asked, *steps))


def _switch(code: int, script: int) -> Callable[[Asked], Made]:
    return lambda asked: Made(code, _access(asked, act(9, "0-0:10.0.106.255", 1, long_unsigned(script))))


def _reading(code: int, class_id: int, obis: str, number: int) -> Callable[[Asked], Made]:
    return lambda asked: Made(code, _access(asked, read(class_id, obis, number)))


# --- ASN.1


def _activation(asked: Asked) -> Made:
    """CS06: run the image with this hash, at once."""
    told = {
        "manufacturerImageHash": bytes.fromhex(asked.text("FirmwareHash")),
        "originatorCounter": asked.counter,
    }
    return Made(0x0012, encode_payload(asn1_payload(0x0012, Cra.COMMAND, der.SEQUENCE, told)))


def _join(asked: Asked) -> Made:
    other = DeviceId.parse(asked.text("OtherDeviceID"))
    kind = asked.type_of(other)
    end = end_of(asked.target, kind).join
    assert end.method is not None  # an Unjoin has none
    told = hub_commands.joined(end.code, end.method, other, to_gbcs(kind), certificate=end.certificate)
    payload = encode_payload(told)
    return Made(end.code, payload, _unknown_party(asked))


def _unjoin(asked: Asked) -> Made:
    other = DeviceId.parse(asked.text("OtherDeviceID"))
    code = end_of(asked.target, asked.type_of(other)).unjoin.code
    return Made(code, encode_payload(hub_commands.unjoined(code, other)), _unknown_party(asked))


def _unknown_party(asked: Asked) -> bool:
    """Whether the device knows no supplier: a PPMID has none in its trust anchor cells."""
    return asked.target in (Type.PPMID, Type.CHF)


_MAKERS: Final[dict[tuple[str, Type | None], Callable[[Asked], Made]]] = {
    **{(variant, Type.GSME): maker for variant, maker in GAS.items()},
    ("8.11", Type.CHF): _log_change,
    ("8.9", None): _read_log,
    ("8.12.1", Type.CHF): _restored,
    ("8.12.2", Type.GPF): _restored_partners,
    ("6.13", Type.ESME): _log_of(0x0048, 0x0049),
    ("6.13", Type.CHF): _log_of(0x0093, 0x0094, by_broker=True),
    ("6.2.9", Type.ESME): _reading(0x00BE, 111, "0-0:19.0.0.255", 2),
    ("11.2", Type.GPF): GAS["11.2"],
    ("11.3", None): _activation,
    ("8.7.1", None): _join,
    ("8.7.2", None): _join,
    ("8.8.1", None): _unjoin,
    ("8.8.2", None): _unjoin,
    ("8.1.1", None): _clock,
    ("6.11", None): _clock,
    ("6.20.1", Type.ESME): _mpan,
    ("6.2.7", Type.ESME): _read_mpans,
    ("1.6", Type.ESME): _payment_mode,
    ("7.12", Type.ESME): _offset_limit,
    ("6.14.1", Type.ESME): _labels,
    ("7.1", Type.ESME): _switch(0x004F, 0x33),
    ("7.2", Type.ESME): _switch(0x0050, 0x34),
    ("7.3", Type.ESME): _switch(0x0051, 0x36),
    ("7.4", Type.ESME): _reading(0x0052, 70, "0-0:96.3.10.255", 3),
    ("4.18", Type.ESME): _reading(0x0069, 112, "0-0:19.10.0.255", 2),
    ("11.2", Type.ESME): _reading(0x0059, 1, "0-0:0.2.1.255", 2),
}
