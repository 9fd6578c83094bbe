"""What the terminal asks a supplier's desk to let be done at a hub, and whether a command does just that.

The terminal makes no commands: it says what is to be done (an order), and gets a finished command for it, from a pack
or from the desk. Before anything leaves, the command is held against the order: another device, another partner or
another window than was asked for is refused here (`require_fits`). What is secret in a command (an install code, hashes
of keys) is not known here and not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.protocol.cosem.access import AccessAction, AccessRequest, AccessSet
from hht.protocol.cosem.errors import CosemError
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.values import Data
from hht.protocol.frames import ProtocolError
from hht.protocol.gbcs.device_types import DeviceLogType, GbcsDeviceType
from hht.protocol.gbcs.envelope import Cra, Envelope, id_text
from hht.protocol.gbcs.messages import describe_code
from hht.protocol.gbcs.payload import Asn1, Payload, parse_payload
from hht.work.join_matrix import LinkEnd

READ_LOG, READ_LOGS, ADD, REMOVE, RESTORE, RESTORE_GPF = 0x010F, 0x00FE, 0x0001, 0x0002, 0x0003, 0x008C
READ_HUB_EVENTS, READ_PARTNERS, READ_SECURITY_LOG, READ_HUB_SECURITY = 0x0093, 0x0013, 0x0049, 0x0094
READ_MODE, READ_BALANCE, READ_SUPPLY, READ_GAS_MODE, READ_VALVE = 0x00BE, 0x0069, 0x0052, 0x00BF, 0x0082
READ_FIRMWARE, READ_GAS_FIRMWARE, READ_OWN_FIRMWARE, READ_MPRN = 0x0059, 0x0084, 0x0129, 0x0089
_INSTALL_CODE: Final = 1  # the kind of key that a device is listed with
_DEVICE_LOG: Final = (104, Obis.parse("0-0:30.3.0"))
SHORTEST_JOIN_S, LONGEST_JOIN_S = 1, 3600  # the DUIS schema's limits (factbook 3.2)
READS: Final[Mapping[int, str]] = MappingProxyType(  # the service request that each comes from
    {
        READ_LOG: "8.9",
        READ_LOGS: "8.9",
        READ_PARTNERS: "8.9",
        READ_HUB_EVENTS: "6.13",
        READ_SECURITY_LOG: "6.13",
        READ_HUB_SECURITY: "6.13",
        READ_MODE: "6.2.9",
        READ_GAS_MODE: "6.2.9",
        READ_BALANCE: "4.18",
        READ_SUPPLY: "7.4",
        READ_VALVE: "7.4",
        READ_FIRMWARE: "11.2",
        READ_GAS_FIRMWARE: "11.2",
        READ_OWN_FIRMWARE: "11.2",
        READ_MPRN: "6.2.7",
    }
)


class OrderError(HhtError):
    """A command is not what was asked for, or nobody has one."""

    default_code = "hub-order"


@dataclass(frozen=True, slots=True)
class HubOrder:
    """One thing asked for: a command of message code `code` to `target`, from the service request `service` ("8.11").

    `about`: the other device that it is about; `occasion` tells readings of the same apart; `details`: what else a desk
    has to know, in plain values and without secrets; `parts`: what each of its operations is, in words; `describes`:
    whether the payload of such a command does it.
    """

    code: int
    service: str
    target: DeviceId
    words: str = field(compare=False)
    about: DeviceId | None = None
    occasion: str = ""
    changes: bool = True
    details: Mapping[str, Any] = field(default_factory=dict, compare=False)
    parts: tuple[str, ...] = field(default=(), compare=False)
    describes: Callable[[Payload], bool] = field(default=lambda _payload: True, compare=False, repr=False)

    @property
    def name(self) -> str:
        """Stable, without secrets: what records call it."""
        about = f"/{self.about}" if self.about is not None else ""
        return f"{self.code:04X}@{self.target}{about}" + (f"#{self.occasion}" if self.occasion else "")

    def facts(self) -> dict[str, Any]:
        """What a desk has to know of it."""
        head = {"service": self.service, "target": str(self.target), "message_code": f"{self.code:04X}"}
        return head | ({} if self.about is None else {"other": str(self.about)}) | dict(self.details)


def read(code: int, target: DeviceId, occasion: str = "", at: GbcsDeviceType = GbcsDeviceType.CHF) -> HubOrder:
    """Read something of `target`, which is an `at`: the use case says all of it."""
    words = _("{use_case} at {device}").format(use_case=describe_code(code), device=target)
    return HubOrder(code, READS[code], target, words, occasion=occasion, changes=False, details={"at": at.name})


def add(hub: DeviceId, device: DeviceId, kind: DeviceLogType, join_s: int = LONGEST_JOIN_S) -> HubOrder:
    """CCS01: list `device` in the Device Log of `hub` (a CHF), and let devices join for `join_s` seconds. Raises
    OrderError ``hub-join-window``."""
    if not SHORTEST_JOIN_S <= join_s <= LONGEST_JOIN_S:
        raise OrderError(
            _("A hub lets devices join for 1 to 3600 seconds; {seconds} is none of that.").format(seconds=join_s),
            remedy=_("Say a number from 1 to 3600."),
            code="hub-join-window",
        )

    def describes(payload: Payload) -> bool:
        items = _asked(payload, 3)
        entry = items[AccessAction, 1].as_items(4)  # device, kind of key, key, kind of device
        told = entry[0].as_bytes(), entry[3].as_int(), items[AccessSet, 3].as_int(), items[AccessSet, 2].value
        return told == (device.to_bytes(), kind, join_s, True) and entry[1].as_int() == _INSTALL_CODE

    words = _("list {device} ({kind}) at the hub {hub}, joining for {seconds} s").format(
        device=device, kind=kind.name, hub=hub, seconds=join_s
    )
    details = {"request": "Add", "at": "CHF", "type": kind.name, "join_s": join_s}
    parts = _("list the device"), _("set the time for joining"), _("let devices join")
    return HubOrder(ADD, "8.11", hub, words, device, details=details, parts=parts, describes=describes)


def remove(hub: DeviceId, device: DeviceId) -> HubOrder:
    """CCS02: take `device` off the Device Log of `hub`."""

    def describes(payload: Payload) -> bool:
        return _asked(payload, 1)[AccessAction, 2].as_bytes() == device.to_bytes()

    words = _("take {device} off the Device Log of the hub {hub}").format(device=device, hub=hub)
    return HubOrder(REMOVE, "8.11", hub, words, device, details={"request": "Remove", "at": "CHF"}, describes=describes)


def join(target: DeviceId, end: LinkEnd, partner: DeviceId, kind: GbcsDeviceType) -> HubOrder:
    """CS03…: join `target` to `partner`, a `kind`, as the join matrix has it for this end."""
    told_to = end.join

    def describes(payload: Payload) -> bool:
        told = payload.value if isinstance(payload, Asn1) else {}
        return (
            told["joinMethodAndRole"] == told_to.method
            and told["otherDeviceEntityIdentifier"] == partner.to_bytes()
            and told["otherDeviceType"] == kind
            and ("otherDeviceCertificate" in told) is told_to.certificate
        )

    words = _("join {target} to {partner}").format(target=target, partner=partner)
    details: dict[str, Any] = {"method": told_to.method, "certificate": told_to.certificate}
    details |= {"at": end.at.name, "other_type": kind.name}
    return HubOrder(told_to.code, told_to.service, target, words, partner, details=details, describes=describes)


def unjoin(target: DeviceId, end: LinkEnd, partner: DeviceId, kind: GbcsDeviceType) -> HubOrder:
    """CS04…: have `target` forget `partner`, a `kind`."""

    def describes(payload: Payload) -> bool:
        return isinstance(payload, Asn1) and payload.value == partner.to_bytes()

    words = _("have {target} forget {partner}").format(target=target, partner=partner)
    details = {"at": end.at.name, "other_type": kind.name}
    told_to = end.unjoin
    return HubOrder(told_to.code, told_to.service, target, words, partner, details=details, describes=describes)


def restore_log(new: DeviceId, old: DeviceId, pan: DeviceId, devices: frozenset[DeviceId]) -> HubOrder:
    """CCS03: give a replacement hub (`new`, its CHF) the Device Log of `old`, whose network had `pan`. `devices` are
    those that the command has to bring: a copy that lacks one would lose it; it may bring more."""

    def describes(payload: Payload) -> bool:
        told, rows = _asked(payload, 1)[AccessAction, 5].as_items(2)
        listed = {row.as_items(2)[0].as_bytes() for row in rows.as_items()}
        return told.as_bytes() == pan.to_bytes() and {one.to_bytes() for one in devices} <= listed

    words = _("give the hub {hub} the Device Log of {old}").format(hub=new, old=old)
    return HubOrder(RESTORE, "8.12.1", new, words, old, details={"at": "CHF"}, describes=describes)


def restore_partners(new: DeviceId, old: DeviceId, partners: frozenset[DeviceId]) -> HubOrder:
    """GCS59: give the Gas Proxy Function `new` the partners of `old`, at least these."""

    def describes(payload: Payload) -> bool:
        told = payload.value if isinstance(payload, Asn1) else {}
        listed = {entry["deviceIdentifier"] for entry in told["deviceLogEntries"]}
        return {one.to_bytes() for one in partners} <= listed

    words = _("give the Gas Proxy Function {hub} the partners of {old}").format(hub=new, old=old)
    return HubOrder(RESTORE_GPF, "8.12.2", new, words, old, details={"at": "GPF"}, describes=describes)


def require_fits(order: HubOrder, command: Envelope) -> None:
    """Raises OrderError ``hub-order-other`` where `command` does not do what `order` asks: it must not leave."""
    if not fits(order, command):
        raise OrderError(
            _("The command that came for “{words}” does something else ({use_case}, to {target}).").format(
                words=order.words, use_case=describe_code(command.message_code), target=id_text(command.target)
            ),
            remedy=_("Nothing was sent. Tell the desk which command it was, and ask for the right one."),
            code="hub-order-other",
        )


def fits(order: HubOrder, command: Envelope) -> bool:
    """Whether a finished command does what is asked, as far as that can be seen here."""
    if (command.cra, command.message_code, command.target) != (Cra.COMMAND, order.code, order.target.to_bytes()):
        return False
    try:
        return order.describes(parse_payload(command))
    except (ProtocolError, CosemError, LookupError, TypeError):
        return False


def _asked(payload: Payload, count: int) -> dict[tuple[type, int], Data]:
    """The data of each item of a request to the hub's Device Log, by what is done to which attribute or method.

    Raises KeyError for another number of items, and where one is of another object: it does more than was asked."""
    if not isinstance(payload, AccessRequest) or len(payload.items) != count:
        raise KeyError
    found: dict[tuple[type, int], Data] = {}
    for item, data in zip(payload.items, payload.data, strict=True):
        named = item.method if isinstance(item, AccessAction) else item.attribute
        number = item.method.method if isinstance(item, AccessAction) else item.attribute.attribute
        if (named.class_id, named.obis) != _DEVICE_LOG or not isinstance(data, Data):
            raise KeyError
        found[type(item), number] = data
    return found
