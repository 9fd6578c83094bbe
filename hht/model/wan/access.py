"""Who may ask the centre for what: roles by service request, certification, sanctions (factbook 4.3; DCC-03, SEC-01,
SEC-04). What a device itself thinks of a sender is `hht.model.use_cases`."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass, field
from functools import cache

from hht.i18n import _
from hht.model.commands import Command
from hht.model.device import DeviceKind
from hht.model.parties import Party, UserRole
from hht.model.use_cases import use_case, use_cases
from hht.resources import resource_text


class Certification(enum.StrEnum):
    """What a user is certified for: critical requests (remote disconnection) need the higher tier (SEC-01)."""

    STANDARD = "standard"
    CRITICAL = "critical"


class Denial(enum.StrEnum):
    """Why the centre does not take a request."""

    UNKNOWN_USER = "unknown-user"
    NOT_SERVED = "not-served"
    SUSPENDED_USER = "suspended-user"
    SUSPENDED_DEVICE = "suspended-device"
    ROLE = "role"
    NOT_RESPONSIBLE = "not-responsible"
    TIER = "certification-tier"
    UNKNOWN_DEVICE = "unknown-device"
    STATUS = "device-status"
    UNSEALED = "not-sealed"
    NOT_LISTED = "not-listed"
    NOT_ELIGIBLE = "combination-not-eligible"
    NOT_ENROLLED = "not-enrolled"
    NOT_LEAD = "not-lead-supplier"
    DORMANT = "dormant"
    NOT_REGISTERED = "generation-not-registered"
    OTHER_PARTY = "held-by-other-party"
    QUARANTINE = "quarantined"
    STOPPED = "anomalous-value"


@dataclass(frozen=True, slots=True)
class Service:
    """One service request of the DCC."""

    code: str
    name: str
    critical: bool
    roles: frozenset[UserRole]


@cache
def services() -> dict[str, Service]:
    """The service requests that devices are reached by, and others of field work, by code
    (``resources/catalogue/service_requests.json``).
    """
    rows = json.loads(resource_text("catalogue", "service_requests.json"))
    return {
        code: Service(code, row["name"], row["critical"], frozenset(UserRole(role) for role in row["roles"]))
        for code, row in rows.items()
    }


def service_of(command: Command) -> Service | None:
    """The service request that a command is sent by; None where the list holds none."""
    for code in use_case(command.use_case).service_requests:
        for known, service in services().items():
            if known == code or known.startswith(f"{code}."):
                return service
    return None


RESPONSIBLE: dict[UserRole, frozenset[DeviceKind] | None] = {  # None: any device
    UserRole.IMPORT_SUPPLIER: frozenset(DeviceKind) - {DeviceKind.GSME, DeviceKind.GPF},
    UserRole.EXPORT_SUPPLIER: frozenset({DeviceKind.ESME}),
    UserRole.GAS_SUPPLIER: frozenset(DeviceKind) - {DeviceKind.ESME, DeviceKind.HCALCS},
    UserRole.ELECTRICITY_DISTRIBUTOR: frozenset({DeviceKind.ESME}),
    UserRole.GAS_TRANSPORTER: frozenset({DeviceKind.GSME, DeviceKind.GPF}),
    UserRole.REGISTERED_SUPPLIER_AGENT: None,
    UserRole.OTHER_USER: None,
    UserRole.DCC: None,
    UserRole.HEAD_END: None,
}
SUPPLIERS = frozenset({UserRole.IMPORT_SUPPLIER, UserRole.GAS_SUPPLIER, UserRole.EXPORT_SUPPLIER})


_NAMES = {
    DeviceKind.ESME: "ESME",
    DeviceKind.GSME: "GSME",
    DeviceKind.COMMUNICATIONS_HUB: "CHF",
    DeviceKind.GPF: "GPF",
    DeviceKind.HCALCS: "HCALCS",
    DeviceKind.PPMID: "PPMID",
}


def serves(code: str, kind: DeviceKind) -> bool:
    """Whether a service request is for devices of that kind, by the use cases that carry it out."""
    carried = (
        one for one in use_cases() if any(sr == code or code.startswith(f"{sr}.") for sr in one.service_requests)
    )
    return any(_NAMES.get(kind) in one.devices for one in carried)


@dataclass(frozen=True, slots=True)
class User:
    """A party as the centre knows it. `devices`: names of those it is responsible for (empty: all of its kind)."""

    party: Party
    certification: Certification = Certification.CRITICAL
    devices: frozenset[str] = frozenset()

    def responsible(self, kind: DeviceKind, name: str) -> bool:
        """Whether a device is this party's business."""
        kinds = RESPONSIBLE[self.party.role]
        return (kinds is None or kind in kinds) and (not self.devices or name in self.devices)


@dataclass(frozen=True, slots=True)
class Sanction:
    """Services are withdrawn from a user, or limited: for some service requests, or some devices (names), only."""

    user: str
    by: str
    why: str
    services: frozenset[str] = frozenset()  # empty: all
    devices: frozenset[str] = frozenset()

    def covers(self, user: str, service: str, device: str) -> bool:
        """Whether it keeps `user` from that service for that device."""
        return (
            user == self.user
            and (not self.services or service in self.services)
            and (not self.devices or device in self.devices)
        )


@dataclass(slots=True)
class AccessControl:
    """The centre's rules. `besides`: roles that an alternative of the documents lets send a service request too."""

    users: dict[str, User] = field(default_factory=dict)
    sanctions: list[Sanction] = field(default_factory=list)
    besides: dict[str, frozenset[UserRole]] = field(default_factory=dict)

    def sanction_on(self, user: str, service: str, device: str) -> Sanction | None:
        """What keeps `user` from that service for that device."""
        return next((sanction for sanction in self.sanctions if sanction.covers(user, service, device)), None)

    def check(self, sender: Party, command: Command, kind: DeviceKind, device: str) -> tuple[Denial, str] | None:
        """Why `sender` may not have `command` carried out on the device; None where it may."""
        service = service_of(command)
        code = service.code if service is not None else command.use_case
        critical = service.critical if service is not None else use_case(command.use_case).critical
        return self._judged(sender, code, self._role(sender, command, service), critical, kind, device)

    def policy(self, sender: Party, code: str, kind: DeviceKind, device: str) -> tuple[Denial, str] | None:
        """As `check`, for the service request of that code whatever it carries: what everybody can be told beforehand
        (SEC-20). Raises KeyError for a code that the list does not hold."""
        service = services()[code]
        role = sender.role in service.roles | self.besides.get(code, frozenset())
        return self._judged(sender, code, role, service.critical, kind, device)

    def _judged(
        self, sender: Party, code: str, role: bool, critical: bool, kind: DeviceKind, device: str
    ) -> tuple[Denial, str] | None:
        """The rules in their order: the first that is against it."""
        user = self.users.get(sender.name)
        if user is None or user.party != sender:
            return Denial.UNKNOWN_USER, _("{sender} is no user here").format(sender=sender)
        sanction = self.sanction_on(sender.name, code, device)
        if sanction is not None:
            return Denial.SUSPENDED_USER, _("suspended by {by}: {why}").format(by=sanction.by, why=sanction.why)
        if not role:
            return Denial.ROLE, _("{role} may not send {service}").format(role=sender.role.value, service=code)
        if not user.responsible(kind, device):
            return Denial.NOT_RESPONSIBLE, _("{device} is not {sender}'s").format(device=device, sender=sender.name)
        if critical and user.certification is not Certification.CRITICAL:
            return Denial.TIER, _("{sender} is not certified for critical requests").format(sender=sender.name)
        return None

    def _role(self, sender: Party, command: Command, service: Service | None) -> bool:
        if service is None:  # the list holds a selection: for the rest the device's own table counts
            return sender.remote in use_case(command.use_case).roles
        return sender.role in service.roles | self.besides.get(service.code, frozenset())
