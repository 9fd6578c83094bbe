"""What a plug-in may use of this program: all of it stands in this module, and it needs nothing but Python.

A plug-in's ``plugin.py`` has a function ``register(to: Registry)``. What it registers is a kind of device: how the
terminal talks with it (a `Reader`), and an `Emulator` of it, which answers the same bytes. Neither has a link, a clock
or a thread of its own: a reader says what is to be sent and when an answer is whole, an emulator what it answers. The
terminal moves the bytes, over a probe, TCP or within the process, traces them, keeps the time and knows when to stop.

`VERSION` changes when something here changes that a plug-in could notice; a plug-in for another one is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol, TypeVar

VERSION: Final = 1
T = TypeVar("T")


class Trouble(Exception):
    """What the device said makes no sense, or it refuses. `words`: a sentence for the engineer; `remedy`: what next."""

    def __init__(self, words: str, remedy: str = "Try again; if it stays so, ask the maker of the device.") -> None:
        super().__init__(words)
        self.words = words
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Exchange:
    """Octets to send, and how to know that the answer is whole.

    `is_whole` is asked with everything that came since, each time more has come. No answer within `within_s` seconds
    (0.1 to 60) ends the conversation with a time-out, more than `most` octets (1 to 65536) with an error.
    """

    send: bytes
    is_whole: Callable[[bytes], bool]
    within_s: float = 3.0
    most: int = 4096


Talk = Generator[Exchange, bytes, T]
"""A conversation that ends in a T: ``answer = yield Exchange(...)``, as often as needed, then ``return value``."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the device says it is. `number`: its own, as its label shows it."""

    number: str
    maker: str
    model: str
    firmware: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """One quantity as the device states it. `name`: its own for it; `unit`: as the device states it; "" where it has
    none. `cumulative`: it never goes back."""

    name: str
    value: Decimal
    unit: str
    label: str = ""
    cumulative: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the device's log. `time`: aware, UTC; `code`: the device's own."""

    time: datetime
    code: str
    meaning: str = ""


class Reader(Protocol):
    """The terminal's end of the device's language. A new one for each conversation. Each method is a generator; it
    raises Trouble where an answer makes no sense, and never guesses: a changed bit is an error, not another value."""

    def identify(self) -> Talk[Identity]:
        """Who is there."""
        ...

    def clock(self) -> Talk[datetime | None]:
        """The device's time: aware, UTC; None, without asking it, where it has none."""
        ...

    def registers(self) -> Talk[Sequence[Register]]:
        """What it measures now."""
        ...

    def events(self) -> Talk[Sequence[Event]]:
        """Its log, oldest first; nothing, without asking it, where it keeps none."""
        ...


class Emulator(Protocol):
    """The device's end: octets in, octets out. One stands for one device, whoever connects."""

    def receive(self, octets: bytes) -> bytes:
        """What it answers to these octets, which come in any pieces; nothing while a request is not whole."""
        ...

    def pause(self) -> None:
        """The line has been silent so long, or somebody else connects: a request that has begun is given up."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an emulated device stands in. `now`: its time, UTC; `seed`: two of one seed behave alike,
    two of different seeds are two devices, each with a number of its own."""

    now: Callable[[], datetime]
    seed: int


@dataclass(frozen=True, slots=True)
class DeviceKind:
    """A kind of device. `name`: lower-case letters, digits and hyphens, beginning with the plug-in's own name; the link
    ``emulated:NAME`` reaches its emulator, ``?kind=NAME`` a real one. `baud`: speed of a serial line to it (8N1)."""

    name: str
    title: str
    reader: Callable[[], Reader]
    emulator: Callable[[Surroundings], Emulator]
    baud: int = 9600


class Registry(Protocol):
    """What is given to ``register``."""

    def device(self, kind: DeviceKind) -> None:
        """This kind of device exists from now on. Its name stands in the manifest (``device:NAME``)."""
        ...

    def text(self, path: str) -> str:
        """A text file of the plug-in itself, such as ``tables/codes.toml``."""
        ...
