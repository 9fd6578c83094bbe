"""What becomes of each event: entered into its log, sent to its party, shared with devices at home, sounded.

GBCS lets a supplier and (for voltage and supply) the network operator set these by a mask and actions, each for the
events that are theirs; events of the Security Log are mandated and cannot be configured (factbook 2.10, SR 6.22).

The masks themselves (0-30:97.98.11 to .18 and 0-33:97.98.11 to .18) are not shown at the optical port: which of their
bits stands for which event is in none of our sources.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from hht.i18n import _
from hht.model.alert_codes import AlertCode
from hht.model.alert_routes import LogName, Route, route
from hht.model.commands import DONE, Command
from hht.model.features.checks import require
from hht.model.han.requests import Audience, HanRequest
from hht.model.parties import Party
from hht.model.refusal import Reason

if TYPE_CHECKING:
    from hht.model.device import Alert, Device

SHARED_KEPT = 10  # our own number
Does = Literal["wan", "han", "alarm", "logged"]


@dataclass(frozen=True, slots=True)
class SetBehaviour(Command):
    """From now on so for the events `on`, and not so for those `off`; what neither names stays as it is. The subclass
    says what: sent to the supplier (ECS25a)."""

    on: frozenset[AlertCode] = frozenset()
    off: frozenset[AlertCode] = frozenset()
    use_case: ClassVar[str] = "ECS25a"
    does: ClassVar[Does] = "wan"
    network: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class SetWanAlerts(SetBehaviour):
    """Sent to the supplier, or not (ECS25a)."""


@dataclass(frozen=True, slots=True)
class SetHanSharing(SetBehaviour):
    """Shared with the devices at home, or not (ECS25a1)."""

    use_case: ClassVar[str] = "ECS25a1"
    does: ClassVar[Does] = "han"


@dataclass(frozen=True, slots=True)
class SetAudibleAlarms(SetBehaviour):
    """Sounded at the meter, or not (ECS25a2)."""

    use_case: ClassVar[str] = "ECS25a2"
    does: ClassVar[Does] = "alarm"


@dataclass(frozen=True, slots=True)
class SetLogging(SetBehaviour):
    """Entered into its log, or not (ECS25a3)."""

    use_case: ClassVar[str] = "ECS25a3"
    does: ClassVar[Does] = "logged"


@dataclass(frozen=True, slots=True)
class SetNetworkAlerts(SetBehaviour):
    """Sent to the network operator, or not (ECS25b)."""

    use_case: ClassVar[str] = "ECS25b"
    network: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class SetNetworkLogging(SetBehaviour):
    """The network operator's events entered into the Power Event Log, or not (ECS25b3)."""

    use_case: ClassVar[str] = "ECS25b3"
    does: ClassVar[Does] = "logged"
    network: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class SetGasBehaviour(Command):
    """Of each of these events at a gas meter: exactly so (GCS20)."""

    events: frozenset[AlertCode]
    wan: bool
    han: bool = False
    alarm: bool = False
    logged: bool = True
    use_case: ClassVar[str] = "GCS20"


@dataclass(frozen=True, slots=True)
class SetGasBehaviours(Command):
    """Several of them: all, or none where one cannot be (GCS20)."""

    settings: tuple[SetGasBehaviour, ...]
    use_case: ClassVar[str] = "GCS20"


@dataclass(frozen=True, slots=True)
class ReadBehaviours(Command):
    """How the supplier's events are set (ECS25r1): a `Behaviours`."""

    use_case: ClassVar[str] = "ECS25r1"
    network: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class ReadNetworkBehaviours(ReadBehaviours):
    """How the network operator's are (ECS25r2)."""

    use_case: ClassVar[str] = "ECS25r2"
    network: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class ReadGasBehaviours(ReadBehaviours):
    """How a gas meter's are (GCS20r)."""

    use_case: ClassVar[str] = "GCS20r"


@dataclass(frozen=True, slots=True)
class ReadSharedEvents(HanRequest):
    """The last events that the meter shares at home: a tuple of `Alert`, oldest first."""

    audience: ClassVar[Audience] = Audience.DISPLAYS


@dataclass(frozen=True, slots=True)
class Behaviours:
    """The events for which each is on."""

    wan: frozenset[AlertCode]
    han: frozenset[AlertCode]
    alarm: frozenset[AlertCode]
    logged: frozenset[AlertCode]


class AlertBehaviour:
    """The settings of one meter. `shared`: what it has told the devices at home of late."""

    def __init__(self, device: Device, *, gas: bool = False) -> None:
        self._device = device
        self._gas = gas
        self.shared: deque[Alert] = deque(maxlen=SHARED_KEPT)
        device.elsewhere = self._take
        device.forgets.append(self._forget)
        device.serve({ReadSharedEvents: lambda _request, _asker: tuple(self.shared)})
        if gas:
            device.accept(
                {
                    SetGasBehaviour: self._set_gas,
                    SetGasBehaviours: self._set_each,
                    ReadGasBehaviours: self._read,
                }
            )
            return
        kinds = (SetWanAlerts, SetHanSharing, SetAudibleAlarms, SetLogging, SetNetworkAlerts, SetNetworkLogging)
        device.accept(dict.fromkeys(kinds, self._set))
        device.accept({ReadBehaviours: self._read, ReadNetworkBehaviours: self._read})

    def route(self, code: AlertCode) -> Route:
        """What becomes of `code` now."""
        return self._device.routes.get(code) or route(code)

    def _forget(self, since_ms: int) -> None:
        """New people since then: what was shared with the earlier ones is not theirs."""
        mine = [alert for alert in self.shared if alert.time_ms > since_ms]
        self.shared.clear()
        self.shared.extend(mine)

    def _take(self, way: Route, alert: Alert) -> None:
        if way.han:
            self.shared.append(alert)
        if way.alarm:
            self._device.site.tell(self._device.name, "its alarm sounds", f"alert {alert.code:04X}")

    def _set(self, command: SetBehaviour, _sender: Party) -> object:
        require(
            not command.on & command.off,
            _("An event cannot be both on and off."),
            _("Name each event once."),
        )
        self._check(command.on | command.off, network=command.network)
        for codes, value in ((command.on, True), (command.off, False)):
            for code in codes:
                self._device.routes[code] = _with(self.route(code), command.does, value)
        return DONE

    def _set_each(self, command: SetGasBehaviours, sender: Party) -> object:
        self._check(frozenset().union(*(one.events for one in command.settings)), network=False)
        for one in command.settings:
            self._set_gas(one, sender)
        return DONE

    def _set_gas(self, command: SetGasBehaviour, _sender: Party) -> object:
        self._check(command.events, network=False)
        for code in command.events:
            log = self.route(code).log
            self._device.routes[code] = Route(log, command.wan, command.logged, command.han, command.alarm)
        return DONE

    def _check(self, codes: frozenset[AlertCode], *, network: bool) -> None:
        for code in sorted(codes):
            require(
                route(code).configurable,
                _("Alert {code:04X} is mandated: it cannot be configured.").format(code=code),
                _("Choose an alert that does not enter the Security Log."),
                reason=Reason.ACCESS_DENIED,
            )
            require(
                self._is_networks(code) == network,
                _("Alert {code:04X} is another party's to configure.").format(code=code),
                _("Voltage and supply events are the network operator's, the others the supplier's."),
                reason=Reason.ACCESS_DENIED,
            )

    def _is_networks(self, code: AlertCode) -> bool:
        return not self._gas and route(code).log is LogName.POWER_EVENT

    def _read(self, command: ReadBehaviours, _sender: Party) -> Behaviours:
        theirs = [
            (code, self.route(code))
            for code in AlertCode
            if route(code).configurable and self._is_networks(code) == command.network
        ]
        wan, han, alarm, logged = (
            frozenset(code for code, way in theirs if getattr(way, name)) for name in ("wan", "han", "alarm", "logged")
        )
        return Behaviours(wan, han, alarm, logged)


def _with(way: Route, does: Does, value: bool) -> Route:
    if does == "wan":
        return replace(way, wan=value)
    if does == "han":
        return replace(way, han=value)
    return replace(way, alarm=value) if does == "alarm" else replace(way, logged=value)
