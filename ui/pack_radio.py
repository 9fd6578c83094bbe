"""The radio part of a delivery: onto the hub's HAN, a tunnel, the hub's time, and off it again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hht.client.radio.carrier import TunnelCarrier
from hht.client.radio.hub_time import read_hub_time
from hht.client.radio.joining import HanMember, JoinStep
from hht.client.radio.tunnel import HanTunnel
from hht.clock import utc_text
from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers import DeviceId, InstallCode
from hht.packs.locker import Facts
from hht.protocol.zigbee.time import HubTime
from ui.han_words import join_words
from ui.pack_facts import EntryFacts

if TYPE_CHECKING:
    from hht.client.radio.dongle import Dongle
    from hht.clock import Clock


CLOCK_DOUBT: Final = timedelta(minutes=5)  # by so much may the computer's clock differ from a reliable hub's


@dataclass(frozen=True, slots=True)
class HanWay:
    """How devices are reached: the dongle's link (URL), the hub's GPF ID, the terminal's own install code.
    `network`: the Extended PAN ID of the hub that this one has replaced, where it did."""

    link: str
    hub: DeviceId
    code: InstallCode = field(repr=False)
    network: DeviceId | None = None


@dataclass(frozen=True, slots=True)
class PackEvent:
    """What happens during a delivery. `kind`: "joining" (`step`), "sending", "voids" (said before `entry` leaves),
    "entry" (it has its outcome), "waiting" (for a device that sleeps), "settled", "open" (still unknown), "time" (the
    hub's), "note". `facts`: the entry then."""

    kind: str
    text: str
    entry: str = ""
    step: str = ""
    facts: EntryFacts | None = None


OnPack = Callable[[PackEvent], None]


class OnHan:
    """The terminal on a hub's HAN, with a way to its devices."""

    def __init__(
        self, member: HanMember, carrier: TunnelCarrier, clock: Clock, on_event: OnPack, facts: Callable[[], Facts]
    ) -> None:
        self.carrier = carrier
        self._facts = facts
        self._member = member
        self._clock = clock
        self._on_event = on_event
        self._hub: HubTime | None = None

    def moment(self) -> Facts:
        """What counts now, with the hub's time as it was read last."""
        facts = self._facts()
        if self._hub is None:
            return facts
        return replace(facts, hub_time_reliable=self._hub.reliable, hub_time=self._hub.time)

    async def read_time(self) -> None:
        """Ask the hub for its time, right before a clock is set by it. Raises HubError, DongleError, LinkError."""
        self._hub = await read_hub_time(self._member)
        self._on_event(PackEvent("time", _time_words(self._hub)))
        told = None if self._hub is None or not self._hub.reliable else self._hub.time
        if told is not None and abs(told - self._clock.now()) > CLOCK_DOUBT:
            said = _("This computer's clock says {time}: it differs. Expiry and records go by it; set it right.")
            self._on_event(PackEvent("note", said.format(time=utc_text(self._clock.now()))))


@asynccontextmanager
async def on_han(
    dongle: Dongle,
    way: HanWay,
    clock: Clock,
    on_event: OnPack,
    sleepers: Iterable[DeviceId],
    last: int,
    facts: Callable[[], Facts] | None = None,
) -> AsyncIterator[OnHan]:
    """Come on, and leave. `sleepers`, `last`: see `TunnelCarrier`; `facts`: by what time a pack goes, left out where
    none is delivered. Raises what reaching the hub raises."""
    async with on_hub(dongle, way, on_event) as member, HanTunnel(member) as tunnel:
        carrier = TunnelCarrier(tunnel, way.hub, sleepers, last=last)
        yield OnHan(member, carrier, clock, on_event, facts or (lambda: Facts(clock.now())))


@asynccontextmanager
async def on_hub(dongle: Dongle, way: HanWay, on_event: OnPack) -> AsyncIterator[HanMember]:
    """On the HAN; off it afterwards. That the hub may not have heard of the leaving is said, and harms nothing: it
    takes the terminal off its Device Log when its hour is over."""
    member = HanMember(dongle, way.code)

    def reached(step: JoinStep) -> None:
        on_event(PackEvent("joining", join_words(step), step=step.value))

    await member.join(way.hub, pan=way.network, on_step=reached)
    try:
        yield member
    finally:
        try:
            await member.leave()
        except HhtError as error:
            on_event(PackEvent("note", error.message))


def _time_words(hub: HubTime | None) -> str:
    if hub is None:
        return _("The hub does not say what time it is.")
    if hub.time is None:
        return _("The hub has not been told the time.")
    said = _("The hub's time is {time}, and reliable.") if hub.reliable else _("The hub's time is {time}, unreliable.")
    return said.format(time=utc_text(hub.time))
