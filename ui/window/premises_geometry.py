"""Where things are drawn on the plan of a premises: millimetres to pixels, and tiles that do not lie on one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hht.model.training.house_plan import HousePlan

AROUND_MM = 700  # of the outdoors that is shown round the house
CAPTION = 24  # pixels above each floor for its name, where there are several
GAP = 6  # between tiles
STEP = 10  # of the search for a free place


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    def cuts(self, other: Box, gap: float = 0) -> bool:
        """Whether the two lie on one another, or nearer than `gap`."""
        return (
            self.x < other.x + other.width + gap
            and other.x < self.x + self.width + gap
            and self.y < other.y + other.height + gap
            and other.y < self.y + self.height + gap
        )


@dataclass(frozen=True, slots=True)
class FloorDrawn:
    """A floor: its number, the area that it has, and its rooms as (name, box)."""

    floor: int
    area: Box
    rooms: tuple[tuple[str, Box], ...]


@dataclass(frozen=True, slots=True)
class PlanDrawn:
    """Everything: floors, the place of each device (a point), and its tile."""

    floors: tuple[FloorDrawn, ...]
    points: dict[str, tuple[float, float]]
    tiles: dict[str, Box]


def draw(plan: HousePlan, wide: float, high: float, tile: tuple[float, float]) -> PlanDrawn:
    """The plan on `wide` x `high` pixels, with tiles of that size. Floors stand side by side or one above the other,
    whichever makes them bigger; the lowest is leftmost, or undermost."""
    left, top, right, bottom = _extent(plan)
    count = len(plan.floors)
    caption = CAPTION if count > 1 else 0

    def scale(columns: int, rows: int) -> float:
        return min(wide / columns / (right - left), (high / rows - caption) / (bottom - top))

    beside = scale(count, 1) > scale(1, count)
    columns, rows = (count, 1) if beside else (1, count)
    factor = max(0.001, scale(columns, rows))
    area_wide, area_high = wide / columns, high / rows
    floors: list[FloorDrawn] = []
    points: dict[str, tuple[float, float]] = {}
    tiles: dict[str, Box] = {}
    for place, floor in enumerate(plan.floors):
        column, row = (place, 0) if beside else (0, count - 1 - place)
        area = Box(column * area_wide, row * area_high, area_wide, area_high)
        x0 = area.x + (area_wide - (right - left) * factor) / 2 - left * factor
        y0 = area.y + caption + (area_high - caption - (bottom - top) * factor) / 2 - top * factor
        rooms = tuple(
            (room.name, Box(x0 + room.x * factor, y0 + room.y * factor, room.width * factor, room.depth * factor))
            for room in plan.rooms
            if room.floor == floor
        )
        floors.append(FloorDrawn(floor, area, rooms))
        inner = Box(area.x, area.y + caption, area.width, area.height - caption)
        here = [one for one in plan.places if one.floor == floor]
        wanted = [(one.device, (x0 + one.x * factor, y0 + one.y * factor)) for one in here]
        points |= dict(wanted)
        tiles |= _spread(wanted, inner, tile)
    return PlanDrawn(tuple(floors), points, tiles)


def free_spot(room: Box, text: tuple[float, float], tiles: Sequence[Box]) -> Box | None:
    """Where a room's name can be read: in a corner that no tile covers; None where there is none."""
    left, right = room.x + 6, room.x + room.width - text[0] - 6
    top, bottom = room.y + 3, room.y + room.height - text[1] - 3
    for x, y in ((left, top), (left, bottom), (right, top), (right, bottom), (left, (top + bottom) / 2)):
        spot = Box(x, y, *text)
        if not any(spot.cuts(tile, 2) for tile in tiles):
            return spot
    return None


def _extent(plan: HousePlan) -> tuple[float, float, float, float]:
    xs = [x for room in plan.rooms for x in (room.x, room.x + room.width)] + [place.x for place in plan.places]
    ys = [y for room in plan.rooms for y in (room.y, room.y + room.depth)] + [place.y for place in plan.places]
    if not xs or not ys:
        return 0, 0, 10_000, 10_000
    return min(xs) - AROUND_MM, min(ys) - AROUND_MM, max(xs) + AROUND_MM, max(ys) + AROUND_MM


def _spread(wanted: Sequence[tuple[str, tuple[float, float]]], area: Box, tile: tuple[float, float]) -> dict[str, Box]:
    """Each tile as near to its point as it can be without lying on another one; where that leaves one without room,
    in columns; where there is no room at all, on it."""
    taken: dict[str, Box] = {}
    for name, (x, y) in wanted:
        first: Box | None = None
        for dx, dy in _rings(int(max(area.width, area.height) // STEP) + 1):
            box = _inside(Box(x - tile[0] / 2 + dx, y - tile[1] / 2 + dy, *tile), area)
            first = first or box
            if not any(box.cuts(other, GAP) for other in taken.values()):
                taken[name] = box
                break
        else:
            assert first is not None
            taken[name] = first
            stacked = _stacked(wanted, area, tile)
            if stacked:
                return stacked
    return taken


def _stacked(wanted: Sequence[tuple[str, tuple[float, float]]], area: Box, tile: tuple[float, float]) -> dict[str, Box]:
    """The tiles in columns from top to bottom, in the order in which they stand in the house; {} without room."""
    rows = int((area.height + GAP) // (tile[1] + GAP))
    columns = -(-len(wanted) // max(1, rows))
    if not rows or columns * (tile[0] + GAP) > area.width + GAP:
        return {}
    placed: dict[str, Box] = {}
    by_side = sorted(wanted, key=lambda one: one[1])
    each = -(-len(wanted) // columns)
    for column in range(columns):
        here = sorted(by_side[column * each : (column + 1) * each], key=lambda one: one[1][1])
        for row, (name, (x, _y)) in enumerate(here):
            left, right = (area.x + area.width / columns * place for place in (column, column + 1))
            across = max(left, min(x - tile[0] / 2, right - tile[0]))
            placed[name] = Box(across, area.y + row * area.height / each, *tile)
    return placed


def _inside(box: Box, area: Box) -> Box:
    x = max(area.x, min(box.x, area.x + area.width - box.width))
    y = max(area.y, min(box.y, area.y + area.height - box.height))
    return Box(x, y, box.width, box.height)


def _rings(most: int) -> Iterator[tuple[int, int]]:
    """Ways out from the middle, the nearest first, in an order that is always the same."""
    yield 0, 0
    for ring in range(1, most):
        edge = [(step, side) for step in range(-ring, ring + 1) for side in (-ring, ring)]
        around = {*edge, *((side, step) for step, side in edge)}
        for dx, dy in sorted(around, key=lambda way: (way[0] ** 2 + way[1] ** 2, way)):
            yield dx * STEP, dy * STEP
