"""What a device sends unasked: its alerts as GBCS messages, each to whom it is for.

A code of which GBCS says more than when it was goes as the message that does; everything else goes as a generic alert,
critical (0x1000, signed) or not (0x1001, with a MAC). Which codes are critical is read off their numbers: those from
8F00 on, as in all reference alerts. All of a device's alerts count by one counter of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hht.emulation.gbcs.translation import Asked, asn1_of, components_of
from hht.model.alert_codes import AlertCode
from hht.model.alert_routes import LogName, route
from hht.model.communications_hub.backup import LogBackup
from hht.model.device import Alert, Device, DeviceKind, Later
from hht.model.electricity_meter.outages import Outage
from hht.model.features.firmware import ActivationResult, FirmwareImage
from hht.model.site import to_datetime
from hht.protocol.cosem.access import AccessRequest, AccessSet
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.values import Data, array, octets, structure
from hht.protocol.gbcs import der, zcl
from hht.protocol.gbcs.alerts import cosem_alert, gbz_alert, instruction_octets
from hht.protocol.gbcs.envelope import Cra
from hht.protocol.gbcs.errors import GbcsError
from hht.protocol.gbcs.gbz import Component, FutureDated, Gbz
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import Asn1, Payload, asn1_payload
from hht.protocol.gbcs.receiver import DeviceEnd

CRITICAL, NON_CRITICAL = 0x1000, 0x1001
# Every message code that an alert may leave by.
SENT: Final = frozenset(
    (0x0018, 0x0067, 0x00B2, 0x00CA, 0x00CB, 0x00CC, 0x00CD, 0x00CE, 0x0110, 0x0115, 0x0124, CRITICAL, NON_CRITICAL)
)
_CRITICAL_FROM: Final = 0x8F00
_SPEAKS_ZIGBEE: Final = (DeviceKind.GSME, DeviceKind.GPF)
_OF_BROKER: Final = (DeviceKind.COMMUNICATIONS_HUB,)
_ABOUT_A_DEVICE: Final = {AlertCode.SUB_GHZ_DUTY_CYCLE_LIMITED: 0x0110, AlertCode.SUB_GHZ_NO_CAPACITY: 0x0115}
_ACTIVATIONS: Final = ((9000, 6), (113, 7), (20, 10))  # class and attribute of what says when something takes effect
_TIMES: Final = ("startTime", "implementationDateTime")  # of a ZigBee command
_NO_KEY: Final = bytes(16)


@dataclass(frozen=True, slots=True)
class AlertBody:
    """An alert that is made already: message code, payload, and for whom (8 octets)."""

    code: int
    payload: Payload
    to: bytes


@dataclass(frozen=True, slots=True)
class _Moment:
    """What every alert of one happening needs: the device, its end, what happened, and when by its own clock."""

    device: Device
    end: DeviceEnd
    alert: Alert
    time: datetime


Made = tuple[int, Callable[[int], Payload], Role | bytes]  # message code, payload by counter, and for whom


class Outgoing:
    """Makes the messages of each alert, in order. `lost` is told what could not be sent, and why."""

    def __init__(self, lost: Callable[[Device, str], None]) -> None:
        self._lost = lost

    def messages(self, device: Device, end: DeviceEnd, alert: Alert) -> list[bytes]:
        """The octets of each message that tells of `alert`; several for several instructions of one command."""
        moment = _Moment(device, end, alert, device.time_believed().replace(microsecond=0))
        told = []
        for code, payload, to in _made(moment):
            try:
                counter = end.next_alert()
                told.append(end.alert(code, payload(counter), to, counter))
            except GbcsError as error:
                self._lost(device, f"alert {alert.code:04X}: {error.message}")
        return told


def _made(moment: _Moment) -> Iterator[Made]:
    known = _special(moment)
    found = list(known) if known is not None else []
    yield from found or [_generic(moment)]


def _special(moment: _Moment) -> Iterator[Made] | None:
    """What GBCS has a message of its own for; None: nothing."""
    said, code = moment.alert.payload, moment.alert.code
    if isinstance(said, AlertBody):
        return iter([(said.code, lambda _counter: said.payload, said.to)])
    if isinstance(said, Later):
        return _later(moment, said)
    if isinstance(said, LogBackup) and code is AlertCode.CHF_DEVICE_LOG_CHANGED:
        return iter([_cosem(moment, 0x0018, Role.ACCESS_CONTROL_BROKER, backed_up(said))])
    if isinstance(said, Outage):
        times = (octets(encode_datetime(to_datetime(ms))) for ms in (said.began_ms, said.ended_ms))
        return iter([_cosem(moment, 0x0067, Role.NETWORK_OPERATOR, *times)])
    if isinstance(said, FirmwareImage) and moment.device.kind is DeviceKind.ESME:
        return iter([_cosem(moment, 0x00CE, Role.SUPPLIER, octets(bytes.fromhex(said.sha256)))])
    if code is AlertCode.GPF_DEVICE_LOG_CHANGED:
        return iter([_partners(moment)])
    if code in _ABOUT_A_DEVICE and len(_identifier(moment.alert.information)) == 8:
        broker, whose = Role.ACCESS_CONTROL_BROKER, octets(_identifier(moment.alert.information))
        return iter([_cosem(moment, _ABOUT_A_DEVICE[AlertCode(code)], broker, whose)])
    return None


def _generic(moment: _Moment) -> Made:
    code = CRITICAL if moment.alert.code >= _CRITICAL_FROM else NON_CRITICAL
    if moment.device.kind in _SPEAKS_ZIGBEE:
        return code, lambda _counter: gbz_alert(moment.alert.code, moment.time), _concerned(moment)
    return _cosem(moment, code, _concerned(moment))


def _concerned(moment: _Moment) -> Role:
    """Power events are the network operator's, a hub's are the broker's, all else is the supplier's."""
    if moment.device.kind in _OF_BROKER:
        return Role.ACCESS_CONTROL_BROKER
    power = route(moment.alert.code).log is LogName.POWER_EVENT and moment.device.kind is DeviceKind.ESME
    return Role.NETWORK_OPERATOR if power else Role.SUPPLIER


def _cosem(moment: _Moment, code: int, to: Role | bytes, *details: Data) -> Made:
    return code, lambda counter: cosem_alert(counter, moment.alert.code, moment.time, *details), to


def _partners(moment: _Moment) -> Made:
    """GCS62: whom the Gas Proxy Function is joined to, as a copy for the centre."""
    from hht.emulation.gbcs.joins import partner_entries

    told = {
        "alertCode": int(moment.alert.code),
        "backupDateTime": moment.time,
        "deviceLogEntries": partner_entries(moment.device),
    }
    payload = asn1_payload(0x00B2, Cra.ALERT, der.SEQUENCE, told)
    return 0x00B2, lambda _counter: payload, Role.ACCESS_CONTROL_BROKER


def backed_up(backup: LogBackup, devices: Any = None) -> Data:
    """structure{when, whose network, array of {device, hash of its key}}. `devices`: others than are listed."""
    rows = [
        structure(
            octets(_identifier(one.device_id)),
            octets(bytes.fromhex(one.key_hash) if one.key_hash else _NO_KEY),
        )
        for one in (backup.devices if devices is None else devices)
    ]
    time = octets(encode_datetime(to_datetime(backup.taken_ms)))
    return structure(time, octets(_identifier(backup.pan_id)), array(rows))


def _identifier(device_id: str) -> bytes:
    try:
        return bytes.fromhex(device_id.replace("-", ""))
    except ValueError:
        return b""


# --- what was dated ahead


def _later(moment: _Moment, said: Later) -> Iterator[Made] | None:
    """An alert for each instruction of the command, to its originator. None: it came by no message."""
    asked = said.about
    if not isinstance(asked, Asked):
        return None
    to = asked.message.originator
    if isinstance(asked.payload, AccessRequest | Gbz):
        return _of_attributes(moment, asked, to)
    return iter([_activation(moment, asked_counter=_activation_counter(asked), said=said, to=to)])


def instructions(asked: Asked) -> list[CosemAttribute | Component]:
    """The parts of a command that say when something takes effect: each has its own alert then."""
    if isinstance(asked.payload, AccessRequest):
        return [item.attribute for item in asked.payload.items if isinstance(item, AccessSet) and _activates(item)]
    return [one for one in components_of(asked) if _dated(one)]


def _of_attributes(moment: _Moment, asked: Asked, to: bytes) -> Iterator[Made]:
    code, counter = asked.message.message_code, asked.message.counter
    for one in instructions(asked):
        if isinstance(one, CosemAttribute):
            yield _cosem(moment, 0x00CC, to, instruction_octets(code, counter, one))
        else:
            about = FutureDated(code, counter, one.cluster, one.frame_control, one.command)
            yield 0x00CD, _always(gbz_alert(moment.alert.code, moment.time, about)), to


def _always(payload: Payload) -> Callable[[int], Payload]:
    return lambda _counter: payload


def _activates(item: AccessSet) -> bool:
    return (item.attribute.class_id, item.attribute.attribute) in _ACTIVATIONS


def _dated(component: Component) -> bool:
    """Whether a ZigBee command says when it takes effect."""
    if component.from_time is not None:
        return True
    layout = zcl.layout_of(component.cluster, component.frame_control, component.command)
    return layout is not None and any(member.name in _TIMES for member in layout.fields)


def _activation_counter(asked: Asked) -> int:
    return int(asn1_of(asked).value["originatorCounter"])


def _activation(moment: _Moment, *, asked_counter: int, said: Later, to: bytes) -> Made:
    result = said.found if isinstance(said.found, ActivationResult) else ActivationResult.ACTIVATION_FAILED
    firmware: Any = getattr(moment.device, "firmware", None)
    told = {
        "alertCode": int(moment.alert.code),
        "executionDateTime": moment.time,
        "originatorCounter": asked_counter,
        "executionOutcome": {
            "activateFirmwareResponseCode": int(result),
            "firmwareVersion": bytes.fromhex(firmware.version),
        },
    }
    payload: Asn1 = asn1_payload(0x00CA, Cra.ALERT, der.SEQUENCE, told)
    return 0x00CA, lambda _counter: payload, to
