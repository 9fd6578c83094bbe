"""A small `Meter` for tests of the engine: every operation can be disturbed, every write is counted.

Only for what needs fine control (deadlines, kills, lost links at a chosen operation); everything else is tested
against the emulated meter over its bytes.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hht.client.api import (
    NOBODY,
    ClockReading,
    ClockStatus,
    Identity,
    Listeners,
    LocalAccess,
    LogEntry,
    MeterRefused,
    OnIntent,
    RandomisedOffset,
    ReadBackMismatch,
    RegisterReading,
    SessionCounters,
    SupplyState,
    WriteResult,
)
from hht.client.load_control import AuxiliarySwitch, LoadControl
from hht.client.network_data import DemandRegister, NetworkData, Window
from hht.client.prepayment import EmergencyState, Money, PrepaymentState, TopUpLogged
from hht.clock import Clock
from hht.readings import ProfileRow

if TYPE_CHECKING:
    from hht.client.meter_objects import ViewEntry
    from hht.client.object_reader import ObjectView

DEVICE_ID = "00-DB-12-34-56-78-90-A0"


class SmallMeter:
    """What a meter on the wall holds (in `file`, if given, so that it outlives a killed process) and how it behaves.

    `disturb(name)` is called before each operation ("identify", "read-clock", ..., "write-mpan", "wrote-mpan"): it may
    raise, or end the process. `slow` names operations that never end.
    """

    def __init__(self, clock: Clock, file: Path | None = None) -> None:
        self._clock = clock
        self._file = file
        self.state: dict[str, Any] = {"mpan": "", "limit": 0, "drift": -37.0, "writes": {}}
        if file is not None and file.exists():
            self.state = json.loads(file.read_text())
        self.device_id = DEVICE_ID
        self.runs = "TRAINER-1E", "0002012F"  # model, firmware
        self.access = LocalAccess.INSTALLER
        self.supply = SupplyState.ENABLED
        self.prepayment = PrepaymentState(True, EmergencyState.NONE)
        self.balance = -130_000
        self.top_ups: tuple[TopUpLogged, ...] | None = None  # it shows no log of them
        self.voltage = Decimal("233.1")
        self.energy = [Decimal("8214.306"), Decimal("402.117")]
        self.refuses: set[str] = set()
        self.slow: set[str] = set()
        self.forgets = False
        self.held: dict[int, int] = {}  # auxiliary switch -> how often it is still read closed
        self.is_open = False
        self.operations: list[str] = []
        self.disturb: Callable[[str], None] = lambda _name: None

    @property
    def writes(self) -> dict[str, int]:
        """How often each item was written."""
        writes: dict[str, int] = self.state["writes"]
        return writes

    @property
    def counters(self) -> SessionCounters:
        return SessionCounters(100, 200, 3)

    async def _operation(self, name: str) -> None:
        if not self.is_open:
            raise AssertionError(f"{name} on a closed session")
        self.operations.append(name)
        self.disturb(name)
        if name in self.slow:
            await asyncio.sleep(3600)
        if name in self.refuses:
            raise MeterRefused(f"refused: {name}", remedy="ask the desk")
        await asyncio.sleep(0)

    async def open(self) -> None:
        self.operations.append("open")
        self.disturb("open")
        self.is_open = True

    async def close(self) -> None:
        self.is_open = False

    async def identify(self) -> Identity:
        await self._operation("identify")
        model, runs = self.runs
        return Identity(self.device_id, model, "HHT Training", runs, "A", "HHT1234567890A0", self.access)

    async def read_device_id(self) -> str:
        await self._operation("read-device-id")
        return self.device_id

    async def association_view(self) -> list[ViewEntry]:
        await self._operation("association-view")
        return []

    async def read_object_view(self, entry: ViewEntry) -> ObjectView:
        raise MeterRefused(f"no such object: {entry}", remedy="ask for one that it shows")

    async def read_clock(self) -> ClockReading:
        await self._operation("read-clock")
        now = self._clock.now()
        return ClockReading(now + timedelta(seconds=self.state["drift"]), ClockStatus.RELIABLE, now)

    async def set_clock(self, *, tolerance_s: float, before_write: OnIntent | None = None) -> WriteResult:
        before = await self.read_clock()
        if abs(before.drift_s) <= tolerance_s:
            return WriteResult("clock", str(before.time), str(before.time), False, "")
        await self._write("clock", "drift", 0.0, before_write)
        return WriteResult("clock", str(before.time), str((await self.read_clock()).time), True, "")

    async def read_import_mpan(self) -> str:
        await self._operation("read-mpan")
        return str(self.state["mpan"])

    async def set_import_mpan(self, mpan: str, *, before_write: OnIntent | None = None) -> WriteResult:
        before = await self.read_import_mpan()
        if before != mpan:
            await self._write("mpan", "mpan", mpan, before_write)
        return self._result("import-mpan", before, mpan, await self.read_import_mpan())

    async def read_contact(self, item: str) -> str:
        await self._operation(f"read-{item}")
        return str(self.state.get(item, ""))

    async def read_randomised_offset(self) -> RandomisedOffset:
        await self._operation("read-limit")
        limit_s = int(self.state["limit"])
        return RandomisedOffset(limit_s, Decimal("0.25"), limit_s // 4)

    async def set_randomised_offset_limit(self, limit_s: int, *, before_write: OnIntent | None = None) -> WriteResult:
        before = (await self.read_randomised_offset()).limit_s
        if before != limit_s:
            await self._write("limit", "limit", limit_s, before_write)
        after = (await self.read_randomised_offset()).limit_s
        return self._result("randomised-offset-limit", str(before), str(limit_s), str(after))

    def _result(self, item: str, before: str, wanted: str, after: str) -> WriteResult:
        if after != wanted:
            raise ReadBackMismatch(f"{item} holds {after}", remedy="try again")
        return WriteResult(item, before, after, before != wanted, "")

    async def _write(self, name: str, key: str, value: Any, before_write: OnIntent | None) -> None:
        if before_write is not None:
            before_write()
        await self._operation(f"write-{name}")
        self.writes[name] = self.writes.get(name, 0) + 1
        if not self.forgets:
            self.state[key] = value
        if self._file is not None:
            scratch = self._file.with_suffix(".new")
            scratch.write_text(json.dumps(self.state))
            os.replace(scratch, self._file)
        await self._operation(f"wrote-{name}")

    async def read_registers(self) -> list[RegisterReading]:
        await self._operation("read-registers")
        return [
            RegisterReading("1-0:1.8.0", self.energy[0], "kWh", "Active import"),
            RegisterReading("1-0:2.8.0", self.energy[1], "kWh", "Active export"),
            RegisterReading("1-0:32.7.0", self.voltage, "V", "Voltage"),
        ]

    async def read_load_control(self) -> LoadControl:
        """Five switches; one that is held is closed when it is read next, and then open again."""
        await self._operation("read-switches")
        switches = tuple(
            AuxiliarySwitch(number, "", False, self.held.get(number, 0) > 0, "", True) for number in range(1, 6)
        )
        self.held = {number: left - 1 for number, left in self.held.items() if left > 1}
        return LoadControl(switches, (), (), None)

    async def read_prepayment_state(self) -> PrepaymentState:
        await self._operation("read-prepayment")
        return self.prepayment

    async def read_top_ups(self) -> tuple[TopUpLogged, ...] | None:
        await self._operation("read-top-ups")
        return self.top_ups

    async def read_money(self) -> Money:
        await self._operation("read-money")
        return Money(self.balance, 0, 58_200, (0, 0, 4_000_000))

    async def read_supply_state(self) -> SupplyState:
        await self._operation("read-supply")
        return self.supply

    async def stream_profile(
        self, start: datetime | None = None, end: datetime | None = None, listeners: Listeners = NOBODY
    ) -> int:
        return 0

    async def read_network_data(self, since: datetime | None = None) -> NetworkData:
        await self._operation("read-network-data")
        register = DemandRegister("import", 0, None, None)
        return NetworkData((register,), Window(16 * 3600, 20 * 3600), (), 1800, (), ())

    async def read_exports(self, since: datetime | None = None) -> list[ProfileRow]:
        return []

    async def read_log(self, log: str) -> list[LogEntry]:
        return []
