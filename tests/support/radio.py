"""A terminal, an emulated dongle at a living premises, in virtual time, and a wire between that can be meddled with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from drivers.in_process import InProcessLink
from drivers.serving import Connection, Send
from hht.client.radio.dongle import Dongle
from hht.client.radio.host import RadioTiming
from hht.client.radio.joining import HanMember
from hht.clock import ManualClock
from hht.emulation.radio.dongle_port import DonglePort, dongle_of
from hht.emulation.radio.hub_end import ReadMessage
from hht.identifiers import DeviceId, InstallCode
from hht.link import TraceSink
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import Device
from hht.model.premises import Premises, bring_to_life, read_premises
from tests.support.virtual_time import in_virtual_time

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CODE = InstallCode("83FED3407A939723A5C639B269161802")
OTHER_CODE = InstallCode("00112233445566778899AABBCCDDEEFF")
ESME = DeviceId("00DB1234567895A0")
GSME = DeviceId("00DB1234567890A1")
TIMING = RadioTiming(key_s=40, join_s=40)


class LoopClock:
    """The running loop's time, from START on."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return self._loop.time() - self._began


@dataclass
class Wire:
    """Between dongle and terminal. `up` and `down` may change, drop or add to what goes each way."""

    port: DonglePort
    up: Callable[[bytes], bytes] = field(default=lambda octets: octets)  # to the terminal
    down: Callable[[bytes], bytes] = field(default=lambda octets: octets)
    heard: list[bytes] = field(default_factory=list)
    said: list[bytes] = field(default_factory=list)

    def attach(self, send: Send) -> Connection:
        def say(octets: bytes) -> None:
            self.heard.append(octets)
            changed = self.up(octets)
            if changed:
                send(changed)

        return _Meddled(self, self.port.attach(say))


class _Meddled:
    def __init__(self, wire: Wire, inner: Connection) -> None:
        self._wire, self._inner = wire, inner

    def receive(self, data: bytes) -> None:
        self._wire.said.append(data)
        changed = self._wire.down(data)
        if changed:
            self._inner.receive(changed)

    def line_speed(self, baud: int) -> None:
        self._inner.line_speed(baud)

    def closed(self) -> None:
        self._inner.closed()


@dataclass
class Bench:
    """What a test has at hand."""

    premises: Premises
    port: DonglePort
    wire: Wire
    dongle: Dongle
    links: list[InProcessLink]

    @property
    def hub(self) -> CommunicationsHub:
        return self.premises.of(CommunicationsHub)[0]

    @property
    def gpf_id(self) -> DeviceId:
        return DeviceId.parse(self.hub.gpf.identity.device_id)

    def member(self, code: InstallCode = CODE) -> HanMember:
        return HanMember(self.dongle, code)

    @property
    def listed(self) -> bool:
        """Whether the terminal stands in the hub's Device Log."""
        return self.port.terminal.identity.device_id in self.hub.device_log


Story = Callable[[Bench], Coroutine[Any, Any, None]]


def play(story: Story, **settings: Any) -> None:
    """Run `story` at a bench, in virtual time."""

    async def whole() -> None:
        async with bench(**settings) as made:
            await asyncio.wait_for(story(made), 7200)

    in_virtual_time(whole())


async def joined(made: Bench) -> HanMember:
    """A terminal on the HAN."""
    await made.dongle.open()
    member = made.member()
    await member.join(made.gpf_id)
    return member


def is_frame(octets: bytes, *headers: tuple[int, int]) -> bool:
    """Whether it is a frame of one of these commands."""
    return octets[:1] == b"\xfe" and (octets[2], octets[3]) in headers


def echo(_device: Device, octets: bytes) -> bytes:
    """A device that says back what it hears."""
    return b"heard " + octets


@asynccontextmanager
async def bench(
    name: str = "dual-fuel",
    *,
    fresh: bool = True,
    firmware: str = "3.30",
    read: ReadMessage = echo,
    timing: RadioTiming = TIMING,
    sink: TraceSink | None = None,
) -> AsyncIterator[Bench]:
    """A dongle at a premises with a day of history, and the terminal's end of it, not open. In virtual time, so the
    loop must be one of `tests.support.virtual_time`."""
    clock = LoopClock()
    premises = bring_to_life(read_premises(name), clock=clock, days=1)
    port = dongle_of(premises, firmware=firmware, fresh=fresh, read=read)
    wire = Wire(port)
    links: list[InProcessLink] = []

    def dial() -> InProcessLink:
        link = InProcessLink(wire, clock=ManualClock(START), sink=sink, name="dongle:test", line_control=False)
        links.append(link)
        return link

    dongle = Dongle(dial, timing=timing)
    try:
        yield Bench(premises, port, wire, dongle, links)
    finally:
        await dongle.close()
        await port.close()
