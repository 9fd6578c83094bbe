"""What every device of a premises has: a name, an identity, logs, alerts, and commands that only some may send.

A device is made of features; a feature registers the commands that it carries out (`Device.accept`). Devices do not
know one another: they meet through the HAN and through what a premises connects.
"""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from hht.i18n import _
from hht.model.agenda import Appointment
from hht.model.alert_codes import AlertCode
from hht.model.alert_routes import LogName, Route, route
from hht.model.commands import DONE, Command
from hht.model.han.requests import HanRequest
from hht.model.logs import CircularLog
from hht.model.parties import Party, RemoteParty
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.site import Site, to_datetime
from hht.model.use_cases import use_case

if TYPE_CHECKING:
    from hht.model.han.node import HanNode

Handler = Callable[[Any, Party], object]
Answer = Callable[[Any, "Device"], object]


class DeviceKind(enum.StrEnum):
    """The devices of factbook 2.1. The value is what a premises file calls them."""

    ESME = "electricity-meter"
    GSME = "gas-meter"
    COMMUNICATIONS_HUB = "communications-hub"
    GPF = "gas-proxy-function"  # part of a hub, never a device of its own in a file
    HCALCS = "load-control-switch"
    PPMID = "prepayment-interface"
    IHD = "in-home-display"
    CAD = "consumer-access-device"
    BRIDGE = "consumer-bridge"
    REPEATER = "repeater"
    HHT = "handheld-terminal"  # comes and goes with its engineer, never in a file
    MODEM = "modem"  # a supplier's own equipment at a site outside the DCC: no hub
    OTHER = "other-device"


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """What a device was made as. `device_id` is an EUI-64 (``00-DB-12-34-56-78-90-A0``); `firmware` 8 hex digits;
    versions as the inventory writes them ("SMETS V5.0", "4.2"), "" where the device states none (factbook 1.6)."""

    device_id: str
    manufacturer: str
    model: str
    firmware: str
    smets_version: str = ""
    gbcs_version: str = ""
    hardware: str = ""

    @property
    def eui(self) -> bytes:
        """The Device ID as 8 octets."""
        return bytes.fromhex(self.device_id.replace("-", ""))


@dataclass(frozen=True, slots=True)
class Alert:
    """What a device sends unasked. `time_ms` is true time; what the device believed stands in its log. `payload`: what
    goes with it (a hub's Device Log)."""

    device: str
    device_id: str
    code: AlertCode
    time_ms: int
    information: str = ""
    payload: object = None


@dataclass(frozen=True, slots=True)
class Later:
    """What goes with the alert about something that was dated ahead: `about`, what the caller gave with it; `found`,
    what came of it (None: it was refused then)."""

    about: object
    found: object = None


class Device:
    """A device on a site. `uplink` takes its alerts where it has joined a HAN; without one they stay in the logs."""

    kind: DeviceKind = DeviceKind.OTHER
    logs_kept: ClassVar[tuple[LogName, ...]] = (LogName.EVENT, LogName.SECURITY)

    def __init__(self, site: Site, name: str, identity: DeviceIdentity) -> None:
        self.site = site
        self.name = name
        self.identity = identity
        self.seed = site.chance(name)
        self.logs = {log: CircularLog(log.value, clearable=log is not LogName.SECURITY) for log in self.logs_kept}
        self.faults: set[str] = set()
        self.fault_amounts: dict[str, int] = {}  # how much of those that have an amount
        self.node: HanNode | None = None  # its end of the HAN, where it has one
        self.uplink: Callable[[Alert], None] | None = None
        self._handlers: dict[type[Command], Handler] = {}
        self._answers: dict[type[HanRequest], Answer] = {}
        self.elsewhere: Callable[[Route, Alert], None] | None = None  # who shares alerts at home and sounds alarms
        self.forgets: list[Callable[[int], None]] = []  # hides from people at home what was before (true time, ms)
        self.routes: dict[AlertCode, Route] = {}  # of those that are not as usual
        self._allowed: dict[str, set[RemoteParty]] = {}
        self._dated: dict[str, list[Appointment]] = {}  # by use case: what is to be carried out later

    # --- logs and alerts -------------------------------------------------------------------------------------------

    @property
    def event_log(self) -> CircularLog:
        """The Event Log: what a supplier may clear."""
        return self.logs[LogName.EVENT]

    @property
    def security_log(self) -> CircularLog:
        """The Security Log: never cleared."""
        return self.logs[LogName.SECURITY]

    def time_believed(self) -> datetime:
        """What the device takes for the time; true time unless it has a clock of its own."""
        return to_datetime(self.site.now_ms)

    def alert(self, code: AlertCode, information: str = "", payload: object = None) -> None:
        """Something happened: write it into the log that is appointed, and send it where it is to be sent."""
        way = self.routes.get(code) or route(code)
        if way.logged:
            log = self.logs.get(way.log)
            (self.logs[LogName.EVENT] if log is None else log).add(self.time_believed(), code, information)
        for hear in self.site.alarms:
            hear(self.name, code, information)
        alert = Alert(self.name, self.identity.device_id, code, self.site.agenda.now_ms, information, payload)
        if way.wan and self.uplink is not None:
            self.uplink(alert)
        if self.elsewhere is not None and (way.han or way.alarm):
            self.elsewhere(way, alert)

    def people_changed(self) -> None:
        """New people live here, says a device that this one is joined to: what it shows of the earlier ones goes."""

    # --- what other devices ask ------------------------------------------------------------------------------------

    def serve(self, answers: dict[type[HanRequest], Answer]) -> None:
        """Answer these requests of other devices from now on: each answer takes the request and who asks."""
        self._answers.update(answers)

    def answer(self, request: HanRequest, asker: Device) -> object:
        """What this device says to `asker`. DeviceRefusal (unknown item) to a request that it does not know."""
        known = self._answers.get(type(request))
        if known is None:
            raise DeviceRefusal(
                Reason.UNKNOWN_ITEM,
                _("{device} does not know this request.").format(device=self.name),
                remedy=_("Ask a device that has this capability."),
            )
        return known(request, asker)

    # --- commands --------------------------------------------------------------------------------------------------

    def accept(self, handlers: dict[type[Command], Handler]) -> None:
        """Carry these commands out from now on: each handler takes the command and its sender, returns what is read
        (or `DONE`), and raises DeviceRefusal."""
        self._handlers.update(handlers)

    def execute(self, command: Command, sender: Party, *, at_ms: int | None = None, about: object = None) -> object:
        """Carry `command` out for `sender`: now, or (where its use case may be future-dated) at `at_ms`, true time;
        the alert that tells of it then has a `Later` with `about`.

        Returns what was read, or `DONE`. Raises DeviceRefusal where the sender lacks authority (after alert 0x8F30) or
        the device cannot; the state is then as it was.
        """
        self.site.catch_up()
        handler = self._handlers.get(type(command))
        if handler is None:
            raise DeviceRefusal(
                Reason.UNKNOWN_ITEM,
                _("{device} does not know {use_case}.").format(device=self.name, use_case=command.use_case),
                remedy=_("Send it to a device that has this capability."),
            )
        self.authorise(command.use_case, sender)
        if at_ms is not None and at_ms > self.site.now_ms:
            return self._later(command, sender, at_ms, handler, about)
        return handler(command, sender)

    def cancel(self, use_case_name: str, sender: Party) -> object:
        """Carry out nothing of this use case that was dated ahead and is still to come: `DONE`, where there was nothing
        too. Raises DeviceRefusal as `execute` where the sender lacks authority."""
        self.site.catch_up()
        self.authorise(use_case_name, sender)
        self.put_off(use_case_name, None, lambda: None)
        return DONE

    def authorise(self, use_case_name: str, sender: Party) -> None:
        """Raise DeviceRefusal, after alert 0x8F30, when `sender`'s role may not have this carried out (`UseCase`)."""
        rules = use_case(use_case_name)
        if rules.open_to(sender) or sender.remote in self._allowed.get(use_case_name, ()):
            return
        self.alert(AlertCode.SOURCE_LACKS_AUTHORITY, f"{rules.name} {sender.role.value}")
        roles = sorted(rules.users if sender.remote in rules.roles else rules.roles)
        raise DeviceRefusal(
            Reason.ACCESS_DENIED,
            _("{sender} may not have {use_case} carried out.").format(sender=sender, use_case=rules.name),
            remedy=_("Leave it to a party in one of the roles: {roles}.").format(roles=", ".join(roles)),
        )

    def allow(self, use_case_name: str, role: RemoteParty) -> None:
        """Let a role have a use case carried out that GBCS does not: for alternatives that documents discuss."""
        self._allowed.setdefault(use_case_name, set()).add(role)

    def put_off(self, use_case_name: str, at_ms: int | None, act: Callable[[], None]) -> None:
        """Do `act` at `at_ms`, true time (at once, where that is past); None: nothing of what was put off under this
        name. For what the model has no command for; who may, the caller has judged."""
        self.site.catch_up()
        if at_ms is None:
            for appointment in self._dated.pop(use_case_name, ()):
                appointment.cancel()
        elif at_ms <= self.site.now_ms:
            act()
        else:
            self._dated.setdefault(use_case_name, []).append(self.site.agenda.at(at_ms, act))

    def _later(self, command: Command, sender: Party, at_ms: int, handler: Handler, about: object) -> object:
        if not use_case(command.use_case).future_datable:
            raise DeviceRefusal(
                Reason.OTHER,
                _("{use_case} cannot be dated ahead.").format(use_case=command.use_case),
                remedy=_("Send it when it is to be carried out."),
            )

        def act() -> None:
            found: object = None
            code = AlertCode.FUTURE_DATED_COMMAND_NOT_ACTIONED
            with contextlib.suppress(DeviceRefusal):
                found = handler(command, sender)
                if not isinstance(found, enum.IntEnum) or found == 0:  # else a code that says why not
                    code = AlertCode.FUTURE_DATED_COMMAND_ACTIONED
            self.alert(code, command.use_case, Later(about, found))

        self.put_off(command.use_case, at_ms, act)
        return DONE
