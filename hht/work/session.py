"""The conversation with the meter during a visit: opened when needed, dropped when in doubt, always the same meter."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from hht.client.api import Meter
from hht.i18n import _
from hht.link_remedies import Trouble, remedy_for
from hht.work.devices import same_device, shown
from hht.work.step import WrongMeter

Connect = Callable[[], Awaitable[Meter]]
ConnectBeside = Callable[[str], Awaitable[Meter]]  # to the meter of that Device ID, with the probe on it now
IDLE_LIMIT_S = 60.0  # a meter hangs up after its inactivity time (120 s by default in HDLC): reconnect before that


class SessionKeeper:
    """Keeps at most one open session.

    `connect` returns a meter that is already open; where it raises, it leaves nothing open. After a reconnection the
    meter must say the device id that was identified before, or nothing is done with it. `link`: its name, for remedies.
    """

    def __init__(
        self,
        connect: Connect,
        on_event: Callable[[str], None],
        beside: ConnectBeside | None = None,
        *,
        link: str = "",
        idle_limit_s: float = IDLE_LIMIT_S,
    ) -> None:
        self._link = link
        self._connect = connect
        self._connect_beside = beside or (lambda _device_id: connect())
        self._on_event = on_event
        self._idle_limit_s = idle_limit_s
        self._meter: Meter | None = None
        self._used_at = 0.0
        self.expected_device_id = ""

    @property
    def open(self) -> bool:
        """Whether a session is open, as far as is known."""
        return self._meter is not None

    async def meter(self, *, fresh: bool = False) -> Meter:
        """The open meter. Raises LinkError, MeterError, a protocol's HhtError, or WrongMeter."""
        now = asyncio.get_running_loop().time()
        if self._meter is not None and (fresh or now - self._used_at > self._idle_limit_s):
            await self.drop()
        if self._meter is None:
            meter = await self._connect()
            try:
                await self._verify(meter)
            except BaseException:
                await meter.close()
                raise
            self._meter = meter
            self._on_event("connected")
        self.touch()
        return self._meter

    def warm(self) -> Meter | None:
        """The meter where a conversation is open and has not been silent for too long; never connects."""
        now = asyncio.get_running_loop().time()
        if self._meter is None or now - self._used_at > self._idle_limit_s:
            return None
        self.touch()
        return self._meter

    def touch(self) -> None:
        """The session was just used."""
        self._used_at = asyncio.get_running_loop().time()

    async def drop(self) -> None:
        """Close the session, whatever state it is in; harmless when there is none."""
        meter, self._meter = self._meter, None
        if meter is not None:
            await meter.close()

    @contextlib.asynccontextmanager
    async def beside(self, device_id: str) -> AsyncIterator[Meter]:
        """Another meter, by the same probe, as long as the block lasts; the conversation with the first is ended."""
        await self.drop()
        meter = await self._connect_beside(device_id)
        try:
            yield meter
        finally:
            await meter.close()

    async def _verify(self, meter: Meter) -> None:
        if not self.expected_device_id:
            return
        identity = await meter.identify()
        if not same_device(identity.device_id, self.expected_device_id):
            self._on_event("wrong-meter")
            raise WrongMeter(
                _("This is another meter: it says {found}, identified was {expected}.").format(
                    found=shown(identity.device_id), expected=self.expected_device_id
                ),
                remedy=remedy_for(Trouble.OTHER_METER, self._link),
            )
