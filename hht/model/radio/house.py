"""A house as radio sees it: rooms on floors, walls between them, and where the devices are."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isqrt

from hht.model.radio.bands import Material

STOREY_MM = 2_600


@dataclass(frozen=True, slots=True)
class Room:
    """A rectangle on a floor, in millimetres; `walls` are of this material."""

    name: str
    x: int
    y: int
    width: int
    depth: int
    floor: int = 0
    walls: Material = Material.PLASTERBOARD

    def holds(self, x: int, y: int) -> bool:
        """Whether the point lies in it."""
        return self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.depth

    @property
    def middle(self) -> tuple[int, int]:
        """Its middle."""
        return self.x + self.width // 2, self.y + self.depth // 2


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a device is: millimetres, and the floor. `box`: it stands in a box or cupboard of this material."""

    x: int
    y: int
    floor: int = 0
    box: Material | None = None


@dataclass(frozen=True, slots=True)
class House:
    """`shell` is the outer wall, `ceilings` what lies between floors; `spots` by the names of devices."""

    rooms: tuple[Room, ...] = ()
    shell: Material = Material.BRICK
    ceilings: Material = Material.WOOD
    spots: dict[str, Spot] = field(default_factory=dict)

    def room_of(self, spot: Spot) -> Room | None:
        """The room that a spot lies in; None outdoors."""
        for room in self.rooms:
            if room.floor == spot.floor and room.holds(spot.x, spot.y):
                return room
        return None

    def distance_mm(self, one: Spot, other: Spot) -> int:
        """Straight line, at least 300 mm."""
        height = (one.floor - other.floor) * STOREY_MM
        return max(300, isqrt((one.x - other.x) ** 2 + (one.y - other.y) ** 2 + height**2))

    def between(self, one: Spot, other: Spot) -> list[Material]:
        """What a straight line from one spot to the other crosses: walls of rooms, ceilings, shell, boxes."""
        crossed = [self.ceilings] * abs(one.floor - other.floor)
        crossed += [spot.box for spot in (one, other) if spot.box is not None]
        ends = self.room_of(one), self.room_of(other)
        crossed += [self.shell] * (
            (ends[0] is None) != (ends[1] is None) or (ends[0] is None and self._inside(one, other))
        )
        for room in self.rooms:
            if room.floor in (one.floor, other.floor):
                crossed += [room.walls] * _edges(room, one, other, room in ends)
        return crossed

    def _inside(self, one: Spot, other: Spot) -> int:
        """Two spots outdoors: two outer walls where the line goes through the house."""
        through = any(_edges(room, one, other, False) for room in self.rooms if room.floor == one.floor)
        return 2 * int(through)


def _edges(room: Room, one: Spot, other: Spot, is_end: bool) -> int:
    """How many walls of a room the line crosses, half of each counted to the neighbour: 1 through it or out of it."""
    inside = [room.holds(spot.x, spot.y) and room.floor == spot.floor for spot in (one, other)]
    if all(inside):
        return 0
    if any(inside):
        return 1 if is_end and inside[0] else 0  # the wall out of the first end's room
    if not _cuts(room, one, other):
        return 0
    return 1


def _cuts(room: Room, one: Spot, other: Spot) -> bool:
    """Whether the line from one spot to the other goes through the rectangle (Liang and Barsky, in whole numbers)."""
    low, high, scale = 0, 1 << 20, 1 << 20
    dx, dy = other.x - one.x, other.y - one.y
    for step, gap in (
        (-dx, one.x - room.x),
        (dx, room.x + room.width - one.x),
        (-dy, one.y - room.y),
        (dy, room.y + room.depth - one.y),
    ):
        if step == 0:
            if gap < 0:
                return False
            continue
        ratio = gap * scale // step
        if step < 0:
            low = max(low, ratio)
        else:
            high = min(high, ratio)
    return low < high
