"""What goes home over the line to the desk: files in parts, one at a time, each answered with how much is there.

A file is known by its SHA-256, so one that broke off goes on where it was, also on another line, and one that the desk
has already is not sent again. "Whole" is the desk's word that it has octets with that hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from hht.desk.errors import MessageRefused
from hht.desk.message import Message
from hht.i18n import _

PART: Final = 48 * 1024  # octets: a line with it, in base64, is well below the longest
MOST: Final = 64 * 1024 * 1024  # octets of a file: a photo has at most 24 MiB
MOST_TEXT: Final = 64 * 1024  # characters of a part


@dataclass(frozen=True, slots=True)
class PutPart(Message):
    """Terminal: of the file `name` with that hash (64 hex digits) and `size` octets, what stands from `place` on."""

    sha256: str
    name: str
    size: int
    place: int
    data: str = field(repr=False)
    SAY = "part"


@dataclass(frozen=True, slots=True)
class Stored(Message):
    """Desk: of the file with that hash it has the first `size` octets; `whole`: that is all, and the hash is right."""

    sha256: str
    size: int
    whole: bool
    SAY = "stored"


async def send_parcel(
    name: str, octets: bytes, say: Callable[[Message], Awaitable[None]], hear: Callable[[str], Awaitable[Stored]]
) -> None:
    """Send a file; the desk has it whole when this returns. `hear`: the desk's next answer about that hash.

    Raises what these two raise, and MessageRefused ``desk-parcel`` where the desk makes nothing of it.
    """
    sha256, place, stuck = hashlib.sha256(octets).hexdigest(), 0, 0
    while stuck < 2:
        part = base64.b64encode(octets[place : place + PART]).decode("ascii")
        await say(PutPart(sha256, name, len(octets), place, part))
        stored = await hear(sha256)
        if stored.whole:
            return
        stuck = 0 if place < stored.size < len(octets) else stuck + 1
        place = min(stored.size, len(octets))
    raise MessageRefused(
        _("The desk does not take {name}: it has {place} of {size} octets and no more.").format(
            name=name, place=place, size=len(octets)
        ),
        remedy=_("Send it again later, or export it into a folder."),
        code="desk-parcel",
    )


class Parcels:
    """The desk's end: what has come, by its hash."""

    def __init__(self) -> None:
        self.whole: dict[str, tuple[str, bytes]] = {}  # name and octets
        self._begun: dict[str, bytearray] = {}

    def take(self, part: PutPart) -> Stored:
        """A part; how much is there now. What does not fit what is there, or turns out to be another file, is
        forgotten."""
        if part.sha256 in self.whole:
            return Stored(part.sha256, len(self.whole[part.sha256][1]), True)
        held = self._begun.setdefault(part.sha256, bytearray())
        if part.place == len(held):
            held += _octets(part.data)
        if len(held) < part.size:
            return Stored(part.sha256, len(held), False)
        octets = bytes(self._begun.pop(part.sha256))
        if len(octets) != part.size or hashlib.sha256(octets).hexdigest() != part.sha256:
            return Stored(part.sha256, 0, False)
        self.whole[part.sha256] = part.name, octets
        return Stored(part.sha256, len(octets), True)


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
