"""A hub and the devices of its HAN, asked by radio through the hub: what several checks need is read once.

The hub's Device Log names no kinds: joins tell them (CS07), or a person does (`named`). A gas meter sleeps; it is asked
itself only where somebody waits for it (`patient`), else the Gas Proxy Function answers for it. What it is asked is
handed to the hub together: it wakes every half-hour, and once for each question would be hours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeVar

from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.packs.errors import PackError
from hht.protocol.gbcs.answers import AnswerRefused
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.protocol.gbcs.envelope import Envelope
from hht.protocol.zigbee.time import HubTime
from hht.work import hub_orders
from hht.work.conformance.rows import Said, absent, open_still
from hht.work.hub_facts import (
    DeviceLogEntry,
    HubFactsError,
    LogCopy,
    Partner,
    device_log,
    firmware,
    log_copy,
    mprn,
    partners,
    prepays,
    supply,
)
from hht.work.hub_hand import HubHand, HubWorkError
from hht.work.hub_orders import OrderError

_Found = TypeVar("_Found")
_UNASKED = (GbcsDeviceType.TYPE_2, GbcsDeviceType.GSME)  # the one takes no command, the other sleeps
GAS_READS: Final[Mapping[int, Callable[[Envelope], Any]]] = MappingProxyType(  # all that a gas meter is asked here
    {
        hub_orders.READ_VALVE: supply,
        hub_orders.READ_GAS_MODE: prepays,
        hub_orders.READ_GAS_FIRMWARE: firmware,
        hub_orders.READ_MPRN: mprn,
    }
)


@dataclass(frozen=True, slots=True)
class HubAt:
    """The hub that is looked at, where it was heard (`pan`: the Extended PAN ID of its network), and this terminal's
    own Device ID."""

    chf: DeviceId
    gpf: DeviceId
    pan: DeviceId
    terminal: DeviceId


class HubSubject:
    """See the module. `time` reads the hub's clock; `together`: whether several questions may be on their way at once
    (a desk that hands over each command has one at a time)."""

    def __init__(
        self,
        hand: HubHand,
        at: HubAt,
        time: Callable[[], Awaitable[HubTime | None]],
        named: Mapping[DeviceId, GbcsDeviceType] | None = None,
        *,
        patient: bool = False,
        together: bool = True,
    ) -> None:
        self.at = at
        self.patient = patient
        self._together = together
        self.silent: dict[DeviceId, str] = {}  # who was asked whom it knows and said nothing, and why
        self._hand, self._time, self._named = hand, time, dict(named or {})
        self._known: dict[str, Any] = {}
        self._gas: dict[int, Any] | None = None  # what the gas meter answered, or what was raised instead

    @property
    def sleeps(self) -> bool:
        """Whether a gas meter has still to be waited for."""
        return self.patient and (self._gas is None or set(self._gas) != set(GAS_READS))

    async def _once(self, name: str, read: Callable[[], Awaitable[_Found]]) -> _Found:
        if name not in self._known:
            self._known[name] = await read()
        found: _Found = self._known[name]
        return found

    async def ask(
        self, code: int, device: DeviceId, read: Callable[[Envelope], _Found], kind: GbcsDeviceType
    ) -> _Found:
        """What a device answers. Raises as `HubHand.ask`."""
        return await self._hand.ask(hub_orders.read(code, device, at=kind), read)

    async def log(self) -> tuple[DeviceLogEntry, ...]:
        """The hub's Device Log, without the terminal."""

        async def read() -> tuple[DeviceLogEntry, ...]:
            rows = await self.ask(hub_orders.READ_LOG, self.at.chf, device_log, GbcsDeviceType.CHF)
            return tuple(row for row in rows if row.device != self.at.terminal)

        return await self._once("log", read)

    async def copy(self) -> LogCopy:
        """The log as a copy of the network, with the historic one."""
        return await self._once(
            "copy", lambda: self.ask(hub_orders.READ_LOGS, self.at.chf, log_copy, GbcsDeviceType.CHF)
        )

    async def time(self) -> HubTime | None:
        """The hub's clock; None: it does not say."""
        return await self._once("time", self._time)

    async def joins(self) -> dict[DeviceId, tuple[Partner, ...]]:
        """Whom each device knows that could be asked, the Gas Proxy Function first; who said nothing is in `silent`."""
        return await self._once("joins", self._ask_around)

    async def _ask_around(self) -> dict[DeviceId, tuple[Partner, ...]]:
        found: dict[DeviceId, tuple[Partner, ...]] = {}
        known = dict(self._named) | {self.at.gpf: GbcsDeviceType.GPF}
        waiting = [self.at.gpf, *(row.device for row in await self.log() if row.joined)]
        while able := [one for one in waiting if known.get(one, GbcsDeviceType.TYPE_2) not in _UNASKED]:
            for device in able:
                waiting.remove(device)
                try:
                    found[device] = await self.ask(hub_orders.READ_PARTNERS, device, partners, known[device])
                except (HubWorkError, HubFactsError, AnswerRefused) as error:
                    self.silent[device] = error.message
                for partner in found.get(device, ()):
                    known.setdefault(partner.device, partner.kind)
        return found

    async def kinds(self) -> dict[DeviceId, GbcsDeviceType]:
        """What each device is, as far as others or a person told."""
        told = {one.device: one.kind for partners_of in (await self.joins()).values() for one in partners_of}
        return told | self._named

    async def those(self, kind: GbcsDeviceType) -> list[DeviceId]:
        """The devices of a kind, by their IDs."""
        return sorted((one for one, found in (await self.kinds()).items() if found is kind), key=str)

    async def unnamed(self) -> list[DeviceId]:
        """Devices that have joined and of which nobody told what they are."""
        kinds = await self.kinds()
        return [row.device for row in await self.log() if row.joined and row.device not in kinds]

    async def none_of(self, words: str) -> Said:
        """There is no such device here, in `words`; while it is not known what some are, that stays open."""
        untold = await self.untold()
        return open_still(untold) if untold else absent(words)

    async def untold(self) -> str:
        """Of which devices nobody told what they are, and what does; "": of none."""
        unnamed = ", ".join(map(str, await self.unnamed()))
        told = _("Nobody told what these are: {devices} (--device ID=KIND does).")
        return told.format(devices=unnamed) if unnamed else ""

    async def gas(self) -> tuple[DeviceId, GbcsDeviceType] | None:
        """Who answers for gas: the meter itself where somebody waits for it, else the proxy; None: there is no gas
        meter that is known."""
        meters = await self.those(GbcsDeviceType.GSME)
        if not meters:
            return None
        return (meters[0], GbcsDeviceType.GSME) if self.patient else (self.at.gpf, GbcsDeviceType.GPF)

    async def of_gas(self, code: int) -> Any:
        """What answers for gas says to one of `GAS_READS`; None: there is no gas meter. The meter itself is asked all
        of them the first time. Raises as `HubHand.ask`."""
        found = await self.gas()
        if found is None:
            return None
        if not self.patient:
            return await self.ask(code, found[0], GAS_READS[code], found[1])
        if self._gas is None:
            self._gas = await self._woken(found[0]) if self._together else {}
        if code not in self._gas:
            self._gas[code] = await self.ask(code, found[0], GAS_READS[code], found[1])
        if isinstance(told := self._gas[code], BaseException):
            raise told
        return told

    async def _woken(self, meter: DeviceId) -> dict[int, Any]:
        """What it answers at one wake. What a pack does not let go beside another is left to be asked by itself."""
        asks = (self.ask(code, meter, read, GbcsDeviceType.GSME) for code, read in GAS_READS.items())
        told = dict(zip(GAS_READS, await asyncio.gather(*asks, return_exceptions=True), strict=True))
        return {code: one for code, one in told.items() if not isinstance(one, PackError | OrderError)}
