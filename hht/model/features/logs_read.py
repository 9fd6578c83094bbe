"""Reading and clearing a device's logs by command: at an electricity meter (ECS35, ECS15), at a communications hub
(ECS35c, ECS35d), at devices that speak ZigBee (CS10, CS11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hht.model.alert_codes import AlertCode
from hht.model.alert_routes import LogName
from hht.model.commands import DONE, Command
from hht.model.device import Device, DeviceKind
from hht.model.logs import LogRecord
from hht.model.parties import Party


@dataclass(frozen=True, slots=True)
class ReadEventLog(Command):
    """The Event Log: a tuple of LogRecord, oldest first."""

    use_case: ClassVar[str] = "ECS35a"


@dataclass(frozen=True, slots=True)
class ReadSecurityLog(Command):
    """The Security Log."""

    use_case: ClassVar[str] = "ECS35b"


@dataclass(frozen=True, slots=True)
class ReadPowerEventLog(Command):
    """The Power Event Log."""

    use_case: ClassVar[str] = "ECS35e"


@dataclass(frozen=True, slots=True)
class ReadAlcsEventLog(Command):
    """The Auxiliary Load Control Switch Event Log."""

    use_case: ClassVar[str] = "ECS35g"


@dataclass(frozen=True, slots=True)
class ReadHubEventLog(ReadEventLog):
    """The Event Log of a communications hub (ECS35c)."""

    use_case: ClassVar[str] = "ECS35c"


@dataclass(frozen=True, slots=True)
class ReadHubSecurityLog(ReadSecurityLog):
    """Its Security Log (ECS35d)."""

    use_case: ClassVar[str] = "ECS35d"


@dataclass(frozen=True, slots=True)
class ReadZigbeeEventLog(ReadEventLog):
    """The Event Log of a device that speaks ZigBee (CS10a)."""

    use_case: ClassVar[str] = "CS10a"


@dataclass(frozen=True, slots=True)
class ReadZigbeeSecurityLog(ReadSecurityLog):
    """Its Security Log (CS10b)."""

    use_case: ClassVar[str] = "CS10b"


@dataclass(frozen=True, slots=True)
class ClearEventLog(Command):
    """Clear the Event Log; the Security Log says so."""

    use_case: ClassVar[str] = "ECS15a"


@dataclass(frozen=True, slots=True)
class ClearZigbeeEventLog(ClearEventLog):
    """The same at a device that speaks ZigBee (CS11)."""

    use_case: ClassVar[str] = "CS11"


@dataclass(frozen=True, slots=True)
class ClearAlcsEventLog(Command):
    """Clear the ALCS Event Log."""

    use_case: ClassVar[str] = "ECS15c"


_READS: dict[type[Command], LogName] = {
    ReadEventLog: LogName.EVENT,
    ReadSecurityLog: LogName.SECURITY,
    ReadPowerEventLog: LogName.POWER_EVENT,
    ReadAlcsEventLog: LogName.ALCS_EVENT,
    ReadHubEventLog: LogName.EVENT,
    ReadHubSecurityLog: LogName.SECURITY,
    ReadZigbeeEventLog: LogName.EVENT,
    ReadZigbeeSecurityLog: LogName.SECURITY,
}
_CLEARS: dict[type[Command], LogName] = {
    ClearEventLog: LogName.EVENT,
    ClearZigbeeEventLog: LogName.EVENT,
    ClearAlcsEventLog: LogName.ALCS_EVENT,
}
_METER: tuple[type[Command], ...] = (
    ReadEventLog,
    ReadSecurityLog,
    ReadPowerEventLog,
    ReadAlcsEventLog,
    ClearEventLog,
    ClearAlcsEventLog,
)
_HUB: tuple[type[Command], ...] = (ReadHubEventLog, ReadHubSecurityLog)
_ZIGBEE: tuple[type[Command], ...] = (ReadZigbeeEventLog, ReadZigbeeSecurityLog, ClearZigbeeEventLog)


def offer_logs(device: Device) -> None:
    """Let parties read the logs that the device keeps, and clear those that may be cleared, by its kind's use cases."""
    known = {DeviceKind.ESME: _METER, DeviceKind.COMMUNICATIONS_HUB: _HUB}.get(device.kind, _ZIGBEE)

    def read(command: Command, _sender: Party) -> tuple[LogRecord, ...]:
        return tuple(device.logs[_READS[type(command)]])

    def clear(command: Command, sender: Party) -> object:
        device.logs[_CLEARS[type(command)]].clear()
        device.alert(AlertCode.EVENT_LOG_CLEARED, str(sender)[:40])
        return DONE

    device.accept({command: read for command in known if _READS.get(command) in device.logs})
    device.accept({command: clear for command in known if _CLEARS.get(command) in device.logs})
