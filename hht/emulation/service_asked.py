"""A service request as the emulated access control broker looks at it, and the command that it makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from hht.desk.errors import DeskError
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.model.communications_hub.backup import LogBackup
from hht.protocol.duis.tree import Element, element
from hht.protocol.duis.values import moment
from hht.protocol.gbcs.device_types import DuisDeviceType as Type

TypeOf = Callable[[DeviceId], Type]
CopyOf = Callable[[DeviceId], LogBackup | None]
NO_KEY: Final = bytes(16)  # in place of a key's hash, for a device that never joined
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)  # of GBCS and ZigBee


@dataclass(frozen=True, slots=True)
class Made:
    """A command's message code and payload; `by_broker`: it goes out in the broker's own name."""

    code: int
    payload: bytes
    by_broker: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the broker looks at it: the element of its service, what its target is, what others are, when."""

    body: Element
    target: Type
    type_of: TypeOf
    copy_of: CopyOf
    now: datetime
    counter: int

    def text(self, name: str) -> str:
        """The text of an element. Raises DeskError where it is missing."""
        found = next((part for part in self.body.walk() if part.name == name), None)
        if found is None:
            raise DeskError(
                _("The service request has no {name}.").format(name=name), remedy=_("Make the request anew.")
            )
        return found.text.strip()

    def seconds(self, name: str) -> int:
        """The time in an element, in seconds since 2000. Raises DeskError, ValueRefused."""
        return seconds_of(moment(element(name, self.text(name))))

    def has(self, name: str) -> bool:
        """Whether there is such an element."""
        return any(part.name == name for part in self.body.walk())


def seconds_of(time: datetime) -> int:
    """Seconds since 2000, as GBCS and ZigBee count them."""
    return int((time - _EPOCH).total_seconds())
