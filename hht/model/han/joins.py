"""Joining two devices that are on one HAN, so that they answer one another: CS03 and CS04, with GBCS's response codes.

Method A is commanded at both ends; B at one (a consumer's device takes no Join command); C needs the partner's key
agreement certificate. Source: factbook 3.2 (join matrix) and chapter 5 (codes).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar

from hht.model.alert_codes import AlertCode
from hht.model.commands import Command
from hht.model.device import Device, DeviceKind
from hht.model.han.node import CONSUMERS, HanNode, may_be_partners
from hht.model.parties import Party

TYPE_1_PARTNERS, TYPE_2_PARTNERS = 7, 4  # of an electricity meter (factbook 2.2)


class JoinMethod(enum.IntEnum):
    """As CS03 numbers them."""

    A_INITIATOR = 0
    A_RESPONDER = 1
    B = 2
    C = 3


class JoinResult(enum.IntEnum):
    """What a device answers to a Join."""

    SUCCESS = 0
    INVALID_MESSAGE_CODE = 1
    INVALID_METHOD_AND_ROLE = 2
    INCOMPATIBLE_WITH_EXISTING_ENTRY = 3
    DEVICE_LOG_FULL = 4
    WRITE_FAILURE = 5
    NO_RESOURCES = 6
    UNKNOWN_ISSUER = 7
    UNSUPPORTED_SUITE = 8
    BAD_MESSAGE = 9
    BAD_KEY_CONFIRM = 10
    MISSING_CERTIFICATE = 11
    NO_PARTNER_LINK_KEY = 12
    NO_CBKE_RESPONSE = 13


class UnjoinResult(enum.IntEnum):
    """What a device answers to an Unjoin."""

    SUCCESS = 0
    NOT_IN_DEVICE_LOG = 1
    OTHER = 2


@dataclass(frozen=True, slots=True)
class Join(Command):
    """Join this device to a partner. The classes below say which use case it is."""

    method: JoinMethod
    partner_id: str
    partner_kind: DeviceKind
    certificate: bool = False


@dataclass(frozen=True, slots=True)
class JoinMeter(Join):
    """Method A, at a meter (CS03A1, critical)."""

    use_case: ClassVar[str] = "CS03A1"


@dataclass(frozen=True, slots=True)
class JoinOther(Join):
    """Method A, at another device (CS03A2)."""

    use_case: ClassVar[str] = "CS03A2"


@dataclass(frozen=True, slots=True)
class JoinMethodB(Join):
    """Method B (CS03B, not critical)."""

    use_case: ClassVar[str] = "CS03B"


@dataclass(frozen=True, slots=True)
class JoinMethodC(Join):
    """Method C (CS03C)."""

    use_case: ClassVar[str] = "CS03C"


@dataclass(frozen=True, slots=True)
class Unjoin(Command):
    """Forget a partner joined by method A or C (CS04AC)."""

    partner_id: str
    use_case: ClassVar[str] = "CS04AC"


@dataclass(frozen=True, slots=True)
class UnjoinMethodB(Unjoin):
    """Forget a partner joined by method B (CS04B)."""

    use_case: ClassVar[str] = "CS04B"


@dataclass(frozen=True, slots=True)
class ReadJoinDetails(Command):
    """Whom the device is joined to: a tuple of (Device ID, kind), in the order in which they came (CS07)."""

    use_case: ClassVar[str] = "CS07"


_METHODS: dict[type[Join], tuple[JoinMethod, ...]] = {
    JoinMeter: (JoinMethod.A_INITIATOR,),
    JoinOther: (JoinMethod.A_RESPONDER,),
    JoinMethodB: (JoinMethod.B,),
    JoinMethodC: (JoinMethod.C,),
}


def offer_joins(device: Device, node: HanNode) -> None:
    """Let parties join the device to partners, and unjoin it."""

    def join(command: Join, _sender: Party) -> JoinResult:
        result = _join(device, node, command)
        good = result is JoinResult.SUCCESS
        device.alert(AlertCode.JOINING_SUCCEEDED if good else AlertCode.JOINING_FAILED, command.partner_id)
        if not good:
            device.site.tell(device.name, f"did not join {command.partner_id}", result.name.replace("_", " ").lower())
        return result

    def unjoin(command: Unjoin, _sender: Party) -> UnjoinResult:
        known = node.partners.pop(command.partner_id, None)
        good = known is not None
        device.alert(AlertCode.UNJOINING_SUCCEEDED if good else AlertCode.UNJOINING_FAILED, command.partner_id)
        return UnjoinResult.SUCCESS if good else UnjoinResult.NOT_IN_DEVICE_LOG

    device.accept({ReadJoinDetails: lambda _command, _sender: tuple(node.partners.items())})
    device.accept(dict.fromkeys(_METHODS, join) | {Unjoin: unjoin, UnjoinMethodB: unjoin})


def _join(device: Device, node: HanNode, command: Join) -> JoinResult:
    if command.method not in _METHODS[type(command)] or not may_be_partners(device.kind, command.partner_kind):
        return JoinResult.INVALID_METHOD_AND_ROLE
    known = node.partners.get(command.partner_id)
    if known is not None:
        return JoinResult.SUCCESS if known is command.partner_kind else JoinResult.INCOMPATIBLE_WITH_EXISTING_ENTRY
    if _full(device, node, command.partner_kind):
        return JoinResult.DEVICE_LOG_FULL
    if command.method is JoinMethod.C and not command.certificate:
        return JoinResult.MISSING_CERTIFICATE
    return _agree(node, command)


def _agree(node: HanNode, command: Join) -> JoinResult:
    """Agree on a key with the partner, which must be on the HAN and, but for B through the trust centre, hear."""
    network = node.network
    partner = network.members.get(command.partner_id) if network is not None and node.joined else None
    through_hub = command.method is JoinMethod.B
    silent = JoinResult.NO_PARTNER_LINK_KEY if through_hub else JoinResult.NO_CBKE_RESPONSE
    if network is None or partner is None or not partner.joined or partner.device.kind is not command.partner_kind:
        return silent
    inside = partner.device.kind is DeviceKind.GPF
    if not inside and not network.hears(partner.device.name):
        return silent
    if partner.trust != node.trust:
        return JoinResult.UNKNOWN_ISSUER
    node.partners[command.partner_id] = command.partner_kind
    if through_hub:  # only one end is commanded; the other learns of it from the trust centre
        partner.partners[node.device.identity.device_id] = node.device.kind
    return JoinResult.SUCCESS


def _full(device: Device, node: HanNode, kind: DeviceKind) -> bool:
    if device.kind is not DeviceKind.ESME:
        return False
    consumers = sum(known in CONSUMERS for known in node.partners.values())
    if kind in CONSUMERS:
        return consumers >= TYPE_2_PARTNERS
    return len(node.partners) - consumers >= TYPE_1_PARTNERS
