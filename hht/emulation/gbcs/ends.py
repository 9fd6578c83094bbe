"""The GBCS ends of a premises' devices: what the hub hands to a device, and what the device answers.

Every device trusts the organisations of the training cast (`pki`). A command that a device refuses is answered as its
use case says it, or, where it was never believed (wrong MAC, replay, no authority), by an alert and by nothing else.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from weakref import WeakKeyDictionary

from hht.emulation.gbcs import (
    behaviours,
    controllers,
    credit,
    debts,
    electricity,
    firmware,
    gas,
    gas_prepayment,
    gas_tariff_read,
    gas_tariffs,
    hub,
    joins,
    logs,
    maintenance,
    own_keys,
    registers,
    sealed_reads,
    sub_ghz,
    switches,
    tariffs,
)
from hht.emulation.gbcs.credentials import WHOM_IT_TRUSTS
from hht.emulation.gbcs.object_reads import OBJECT_READS, read_objects
from hht.emulation.gbcs.outgoing import Outgoing
from hht.emulation.gbcs.pki import ORGANISATIONS, USAGES, organisation_certificate, root_certificate
from hht.emulation.gbcs.replacement import MODES, replaced
from hht.emulation.gbcs.translation import CANCELLED, Asked, Translation, refused, sender_of, unsupported
from hht.i18n import _
from hht.model.alert_codes import AlertCode
from hht.model.commands import Command
from hht.model.communications_hub import CommunicationsHub
from hht.model.communications_hub.gas_reads import Mirrored
from hht.model.device import Alert, Device, DeviceKind
from hht.model.han.joins import Join
from hht.model.han.node import CONSUMERS
from hht.model.premises import Premises
from hht.model.refusal import DeviceRefusal, Reason
from hht.protocol.cosem.access import AccessRequest
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.gbcs.boundary import look
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.errors import GbcsError
from hht.protocol.gbcs.gbz import Gbz
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import Payload
from hht.protocol.gbcs.receiver import DeviceEnd, VerifiedCommand
from hht.protocol.gbcs.refusals import CommandRefused
from hht.protocol.gbcs.training_trust import training_key
from hht.protocol.gbcs.trust_anchors import TrustAnchors

_ELECTRICITY, _GAS = (electricity, controllers, switches, tariffs), (gas, gas_tariffs, gas_tariff_read, gas_prepayment)
_TABLES: Final = (
    *_ELECTRICITY,
    *_GAS,
    behaviours,
    maintenance,
    sealed_reads,
    credit,
    debts,
    firmware,
    hub,
    joins,
    logs,
    registers,
    sub_ghz,
)
TABLE: Final[dict[int, Translation]] = {code: row for part in _TABLES for code, row in part.TABLE.items()}
# What no command of the model is for: the device's keys, whom it trusts, and reading objects as they stand.
OWN: Final[dict[int, Callable[[Asked], Payload]]] = {
    **WHOM_IT_TRUSTS,
    0x000A: own_keys.requested,
    0x000B: own_keys.taken,
    0x000C: own_keys.shown,
    **dict.fromkeys(MODES, replaced),
    **dict.fromkeys(OBJECT_READS, read_objects),
}
_NAMES: Final = {
    DeviceKind.ESME: "ESME",
    DeviceKind.GSME: "GSME",
    DeviceKind.COMMUNICATIONS_HUB: "CHF",
    DeviceKind.GPF: "GPF",
    DeviceKind.HCALCS: "HCALCS",
    DeviceKind.PPMID: "PPMID",
}


@dataclass(frozen=True, slots=True)
class AnsweredCommand:
    """A command that `device` answered. `why`: why it did not carry it out; "": it did, wholly or each operation with
    its own result, or put it down for later. Never what the command holds: there may be a secret in it."""

    device: Device
    command: VerifiedCommand
    why: str = ""


class GbcsEnds:
    """The ends of all devices of a premises, made when first spoken to. Its `read` is what a hub calls; `listen` hears
    what the devices say unasked, `observe` what they are told. One for a premises: counters rise in one series
    (`ends_of`)."""

    def __init__(self) -> None:
        self._outgoing = Outgoing(lambda device, why: device.site.tell(device.name, "could not send an alert", why))
        self._ends: dict[str, DeviceEnd] = {}
        self._memories: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        self._ears: defaultdict[CommunicationsHub, list[Callable[[Device, bytes], None]]] = defaultdict(list)
        self._hooks: dict[CommunicationsHub, Callable[[Alert], None]] = {}
        self._observers: list[Callable[[AnsweredCommand], None]] = []

    def end_of(self, device: Device) -> DeviceEnd:
        """A device's end. Raises DeviceRefusal for a device that has none (a display, a repeater)."""
        found = self._ends.get(device.identity.device_id)
        if found is None:
            found = self._ends[device.identity.device_id] = _end(device)
        return found

    def read(self, device: Device, octets: bytes) -> bytes:
        """What `device` answers to a message. Raises DeviceRefusal where it answers nothing."""
        end = self.end_of(device)
        try:
            command = end.receive(octets)
        except CommandRefused as refusal:
            _alert(device, refusal)
            raise DeviceRefusal(Reason.ACCESS_DENIED, refusal.message, remedy=refusal.remedy) from None
        asked = Asked(command, device, end, self._memories[device.name])
        time = encode_datetime(device.time_believed())
        told, why = _carried_out(asked)
        try:
            answer = end.respond(command, told, time=time)
        except GbcsError as error:  # more than a message can hold
            too_much = DeviceRefusal(
                Reason.OTHER, error.message, remedy=_("Ask for a shorter time, or for less at once.")
            )
            if not isinstance(command.payload, AccessRequest):
                raise too_much from None
            answer, why = end.respond(command, refused(asked, too_much), time=time), too_much.message
        for observe in tuple(self._observers):
            observe(AnsweredCommand(device, command, why))
        return answer

    def observe(self, observer: Callable[[AnsweredCommand], None]) -> Callable[[], None]:
        """Call `observer` with each command that a device answers, before the answer leaves; what is returned ends
        it."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    def boundary(self, hub: CommunicationsHub, device_id: str, octets: bytes) -> int:
        """Why the interface of a hub of modules stops a message for one of its devices (a `Stop`; 0: it does not). It
        holds certificates alone, and reads no payload."""
        member = hub.network.members.get(device_id)
        device = hub if device_id == hub.identity.device_id else member.device if member is not None else None
        filters = hub.modules is not None and hub.modules.plan.filters
        if not filters or device is None or device.kind not in _NAMES:
            return 0
        anchors, certificates = self.end_of(device).anchors, KeyRing()
        for cell, certificate in anchors:
            certificates.add_certificate(certificate, cell.key_usage)
        stopped = look(octets, anchors, certificates)
        if stopped is None:
            return 0
        hub.site.tell(hub.name, f"stopped a message for {device.name}", stopped.why)
        return stopped.stop

    def listen(
        self, premises: Premises, hear: Callable[[Device, bytes], None], *, at: CommunicationsHub | None = None
    ) -> Callable[[], None]:
        """Hand `hear` each alert that a hub of `premises` (the hub `at`; every one) has from a device or raises itself,
        as a GBCS message; the function that is returned ends it. Devices that speak no GBCS are not heard."""

        hubs = premises.of(CommunicationsHub) if at is None else (at,)
        for one in hubs:
            if not self._ears[one]:
                one.listeners.append(self._sending(premises, one))
            self._ears[one].append(hear)

        def stop() -> None:
            for one in hubs:
                with contextlib.suppress(ValueError):
                    self._ears[one].remove(hear)
                    if not self._ears[one]:
                        one.listeners[:] = [ear for ear in one.listeners if ear is not self._hooks[one]]
                        del self._ears[one], self._hooks[one]

        return stop

    def _sending(self, premises: Premises, hub: CommunicationsHub) -> Callable[[Alert], None]:
        """Makes the messages of each alert once, and hands them to everybody who listens at `hub`."""

        def heard(alert: Alert) -> None:
            device = next((one for one in premises.devices if one.name == alert.device), None)
            if device is None or device.kind not in _NAMES:
                return
            for octets in self._outgoing.messages(device, self.end_of(device), alert):
                for hear in tuple(self._ears[hub]):
                    hear(device, octets)

        self._hooks[hub] = heard
        return heard


_ENDS: Final[WeakKeyDictionary[Premises, GbcsEnds]] = WeakKeyDictionary()


def ends_of(premises: Premises) -> GbcsEnds:
    """The ends of that premises, the same for everybody who speaks to its devices."""
    return _ENDS.setdefault(premises, GbcsEnds())


def _end(device: Device) -> DeviceEnd:
    name = _NAMES.get(device.kind)
    if name is None:
        raise DeviceRefusal(
            Reason.UNKNOWN_ITEM,
            _("{device} takes no GBCS messages.").format(device=device.name),
            remedy=_("Send it to a meter, a hub, a PPMID or a load control switch."),
        )
    anchors = TrustAnchors.of_device(name)
    anchors.put_all(organisation_certificate(role, usage) for role in ORGANISATIONS for usage in USAGES)
    anchors.put_all((root_certificate(), organisation_certificate(Role.SUPPLIER, KeyUsage.PREPAYMENT)))
    entity = device.identity.eui
    signing, agreement = (training_key(entity, usage) for usage in USAGES)
    return DeviceEnd(entity, name, signing, agreement, anchors)


def _carried_out(asked: Asked) -> tuple[Payload | bytes, str]:
    """The payload of the response, and why the command was not carried out ("": it was). Raises DeviceRefusal for a
    payload that is none, and as `_not_had`."""
    code = asked.message.message_code
    translation, own = TABLE.get(code), OWN.get(code)
    if own is not None:
        try:
            return own(asked), ""
        except GbcsError as error:
            raise DeviceRefusal(Reason.WRONG_TYPE, error.message, remedy=error.remedy) from None
    if translation is None:
        return _not_had(asked)
    try:
        try:
            return _answer(asked, translation), ""
        except DeviceRefusal as refusal:
            return translation.refusal(asked, refusal), refusal.message
    except GbcsError as error:
        raise DeviceRefusal(Reason.WRONG_TYPE, error.message, remedy=error.remedy) from None


def _not_had(asked: Asked) -> tuple[Payload, str]:
    """As a device answers that has not what is asked for. Raises DeviceRefusal where ASN.1 has no such answer."""
    device, name = asked.device, asked.command.use_case.name
    device.site.tell(device.name, "has not what a command asks for", name)
    refusal = DeviceRefusal(
        Reason.UNKNOWN_ITEM,
        _("The emulated {device} does not carry out {use_case}.").format(device=device.name, use_case=name),
        remedy=_("Use another premises, or a real device."),
    )
    if isinstance(asked.payload, AccessRequest):
        return refused(asked, refusal), refusal.message
    if isinstance(asked.payload, Gbz):
        return unsupported(asked), refusal.message
    raise refusal


def _answer(asked: Asked, translation: Translation) -> Payload | bytes:
    """Of what was carried out, put down for later, or cancelled. Raises DeviceRefusal, GbcsError."""
    device = asked.device
    sender, at_ms = sender_of(asked), translation.at_ms(asked)
    if at_ms == CANCELLED:
        return translation.answer(asked, device.cancel(asked.command.use_case.name, sender))
    command = _of_this_home(device, translation.command(asked))
    found = device.execute(command, sender, at_ms=at_ms, about=asked)
    return translation.answer(asked, found.answer if isinstance(found, Mirrored) else found)


def _of_this_home(device: Device, command: Command) -> Command:
    """Joins call displays and consumer access devices by one number: which of them it is, the HAN knows."""
    if not isinstance(command, Join) or command.partner_kind not in CONSUMERS:
        return command
    network = device.node.network if device.node is not None else None
    member = network.members.get(command.partner_id) if network is not None else None
    kind = member.device.kind if member is not None else command.partner_kind
    return replace(command, partner_kind=kind) if kind in CONSUMERS else command


def _alert(device: Device, refusal: CommandRefused) -> None:
    """What the device tells of a command that it did not believe, where the model knows the code."""
    try:
        code = AlertCode(refusal.alert_code)
    except ValueError:
        device.site.tell(device.name, "refused a message", refusal.reason.value)
        return
    device.alert(code, refusal.reason.value)
