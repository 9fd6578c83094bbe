"""What goes over the WAN between the centre and a hub, and how the hub's WAN module checks it.

No wire format: a message is the model's own object; a frame adds what the module checks (who it is from, that nobody
changed it, that it was not there before). The end-to-end protection of a command is another thing (`sealing`).
"""

from __future__ import annotations

from dataclasses import dataclass

from hht.model.commands import Command
from hht.model.communications_hub.delivery import DeliveryState
from hht.model.device import Alert
from hht.model.parties import Party
from hht.model.wan.sealing import Seal, canonical, mark


@dataclass(frozen=True, slots=True)
class Downlink:
    """A command for a device of the premises. `number` is the centre's own, and comes back with the answer."""

    number: int
    device_id: str
    command: Command
    sender: Party
    seal: Seal | None = None


@dataclass(frozen=True, slots=True)
class Uplink:
    """What became of a `Downlink`."""

    number: int
    state: DeliveryState
    answer: object = None
    problem: str = ""


Message = Downlink | Uplink | Alert


@dataclass(frozen=True, slots=True)
class Frame:
    """A message with its number on this link and its tag."""

    number: int
    message: object
    tag: int


class LinkKey:
    """What the centre and one hub's WAN module share. It is never shown."""

    __slots__ = ("_seed",)

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def tag(self, number: int, message: object) -> int:
        """The tag of a message: another for another number, key or content."""
        return mark(self._seed, canonical(message), number)

    def frame(self, number: int, message: object) -> Frame:
        """The message ready to go."""
        return Frame(number, message, self.tag(number, message))


def octets(message: object) -> int:
    """Roughly how long a message is: enough to say in how many frames a technology carries it."""
    return len(canonical(message).encode())
