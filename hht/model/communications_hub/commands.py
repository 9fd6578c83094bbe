"""What the Access Control Broker asks of a Communications Hub Function (factbook 2.11, chapter 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hht.identifiers import InstallCode
from hht.model.commands import Command
from hht.model.device import DeviceKind


@dataclass(frozen=True, slots=True)
class AddToDeviceLog(Command):
    """Whitelist a device and let it join for `join_s` seconds, 1 to 3600 (CCS01)."""

    device_id: str
    kind: DeviceKind
    install_code: InstallCode
    join_s: int = 3600
    handheld: bool = False
    use_case: ClassVar[str] = "CCS01"


@dataclass(frozen=True, slots=True)
class AddResult:
    """The three operations of CCS01, each done or not: a partial failure is shown as one."""

    registered: bool
    timeout_set: bool
    joining_enabled: bool


@dataclass(frozen=True, slots=True)
class RemoveFromDeviceLog(Command):
    """Take a device off the whitelist (CCS02)."""

    device_id: str
    use_case: ClassVar[str] = "CCS02"


@dataclass(frozen=True, slots=True)
class ReadDeviceLog(Command):
    """The Device Log with link statistics (CCS06): a tuple of `LogRow`."""

    use_case: ClassVar[str] = "CCS06"


@dataclass(frozen=True, slots=True)
class ReadDeviceLogs(Command):
    """The Device Log and the Historic Device Log (CCS07): a `DeviceLogs`."""

    use_case: ClassVar[str] = "CCS07"


@dataclass(frozen=True, slots=True)
class LogRow:
    """One device as the Device Log tells of it; dBm and LQI as (minimum, average, maximum)."""

    device_id: str
    kind: DeviceKind
    joined: bool
    rssi_dbm: tuple[int, int, int]
    lqi: tuple[int, int, int]
    last_ms: int
    heard: int
    failed: int


@dataclass(frozen=True, slots=True)
class DeviceLogs:
    """`listed`: as CCS06 has them; `historic`: Device IDs that were listed once, the oldest first."""

    listed: tuple[LogRow, ...]
    historic: tuple[str, ...]
