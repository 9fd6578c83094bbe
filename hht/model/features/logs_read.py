"""Reading and clearing a device's logs by command (ECS35, ECS15)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.model.alert_codes import AlertCode
from hht.model.alert_routes import LogName
from hht.model.commands import DONE, Command
from hht.model.logs import LogRecord
from hht.model.parties import Party

if TYPE_CHECKING:
    from hht.model.device import Device


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
class ClearEventLog(Command):
    """Clear the Event Log; the Security Log says so."""

    use_case: ClassVar[str] = "ECS15a"


@dataclass(frozen=True, slots=True)
class ClearAlcsEventLog(Command):
    """Clear the ALCS Event Log."""

    use_case: ClassVar[str] = "ECS15c"


_READS: dict[type[Command], LogName] = {
    ReadEventLog: LogName.EVENT,
    ReadSecurityLog: LogName.SECURITY,
    ReadPowerEventLog: LogName.POWER_EVENT,
    ReadAlcsEventLog: LogName.ALCS_EVENT,
}
_CLEARS: dict[type[Command], LogName] = {ClearEventLog: LogName.EVENT, ClearAlcsEventLog: LogName.ALCS_EVENT}


def offer_logs(device: Device) -> None:
    """Let parties read the logs that the device keeps, and clear those that may be cleared."""

    def read(command: Command, _sender: Party) -> tuple[LogRecord, ...]:
        return tuple(device.logs[_READS[type(command)]])

    def clear(command: Command, sender: Party) -> object:
        device.logs[_CLEARS[type(command)]].clear()
        device.alert(AlertCode.EVENT_LOG_CLEARED, str(sender)[:40])
        return DONE

    device.accept({command: read for command, log in _READS.items() if log in device.logs})
    device.accept({command: clear for command, log in _CLEARS.items() if log in device.logs})
