"""What looks are made with: links, a person, and what the job says of the home."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from hht.identifiers import DeviceId

if TYPE_CHECKING:
    from hht.client.meter_session import MeterSession
    from hht.client.radio.dongle import Dongle
    from hht.client.radio.joining import HanMember
    from hht.clock import Clock
    from hht.desk.course import AskReport
    from hht.desk.kinds import AskKind
    from hht.desk.messages import Reach
    from hht.diagnosis.knowledge import Reading
    from hht.protocol.gbcs.device_types import DuisDeviceType

Found = dict[str, tuple[str, str]]  # reading -> (value, what was read, for people)


@dataclass(frozen=True, slots=True)
class Home:
    """What the job says: Device IDs by kind ("esme", "gsme", "chf", "gpf", "ihd", "cad"), the MPAN and MPRN of the
    address, how many phases come in (0: nobody said), whether it pays in advance. `whole`: every device of the home is
    named, so that what is not named is not there."""

    devices: Mapping[str, DeviceId] = field(repr=False)
    mpan: str = field(default="", repr=False)
    mprn: str = field(default="", repr=False)
    phases: int = 0
    prepays: bool = False
    whole: bool = False

    @property
    def features(self) -> frozenset[str]:
        """What it has, as looks and causes name it; "no-gas", "no-ihd", "no-cad": it is known to be without."""
        found = {{"gsme": "gas"}.get(kind, kind) for kind in self.devices}
        lacks = {f"no-{kind}" for kind in ("gas", "ihd", "cad") if self.whole and kind not in found}
        return frozenset(found | lacks | ({"prepayment"} if self.prepays else set()))


class Person(Protocol):
    """Who stands there."""

    async def tell(self, reading: Reading) -> str | None:
        """What the person sees: one of the reading's values; None where it cannot be said."""
        ...

    async def do(self, deed: str) -> bool:
        """Do something ("load-on", "load-off", "wake-gas"), or agree ("let-desk-act"); whether it was done."""
        ...


class AskDesk(Protocol):
    """Ask the desk over the WAN and follow it to its end. Raises HhtError where the desk is not reached."""

    async def __call__(
        self, kind: AskKind, device: DeviceId, type_: DuisDeviceType, details: Mapping[str, str]
    ) -> AskReport:
        """See the class."""
        ...


@dataclass(frozen=True, slots=True)
class Ways:
    """`meter`, `dongle`: make a session, not open; `reach`: whether the WAN reaches a hub, by the desk; `member`: this
    terminal on a dongle. None: there is no such way."""

    home: Home
    person: Person
    clock: Clock
    meter: Callable[[], MeterSession] | None = None
    ask: AskDesk | None = None
    reach: Callable[[DeviceId], Awaitable[Reach]] | None = None
    dongle: Callable[[], Dongle] | None = None
    member: Callable[[Dongle], HanMember] | None = None

    def has(self, means: str) -> bool:
        """Whether looks that need `means` can be made."""
        return {
            "probe": self.meter is not None,
            "desk": self.ask is not None,
            "han": self.dongle is not None,
            "eyes": True,
        }[means]


__all__ = ["AskDesk", "Found", "Home", "Person", "Ways"]
