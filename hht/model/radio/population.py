"""A street of homes to try the radio in: kinds of property in the proportions of a housing survey, drawn by chance.

The consultation's trial had 120 properties in proportions of the English Housing Survey; the shares and shapes below
are labelled training data, to be replaced by whoever has better. The share of high-rise flats, which no band of the HAN
serves well, is calibrated: 5 of 120, so that more than 95 in 100 homes are served at 868 MHz, as in that trial. A home
counts as served when electricity meter and gas meter, and electricity meter and display, hear one another (HAN-11,
HAN-12).
"""

from __future__ import annotations

from dataclasses import dataclass

from hht.model.radio.bands import Material
from hht.model.radio.house import House, Room, Spot
from hht.model.radio.medium import RadioMedium
from hht.model.seeded import mix, subseed

METER, GAS, DISPLAY = "esme-1", "gsme-1", "ihd-1"
TRIAL = 120
HEARD = 500  # thousandths of frames: from here on a link stands


@dataclass(frozen=True, slots=True)
class Kind:
    """`share`: thousandths of homes. `width`, `depth`: millimetres of a floor; `floors`; how thick it is built."""

    name: str
    share: int
    width: int
    depth: int
    floors: int
    inner: Material
    shell: Material
    ceilings: Material
    meters_apart: int  # thousandths whose meters are on different sides, or the electricity meter in a far cupboard


KINDS = (
    Kind("detached", 175, 10_000, 9_000, 2, Material.BRICK, Material.BRICK, Material.WOOD, 550),
    Kind("semi-detached", 255, 7_500, 8_500, 2, Material.BRICK, Material.BRICK, Material.WOOD, 400),
    Kind("terrace", 280, 5_000, 9_500, 2, Material.BRICK, Material.BRICK, Material.WOOD, 450),
    Kind("bungalow", 90, 11_000, 9_000, 1, Material.PLASTERBOARD, Material.BRICK, Material.WOOD, 450),
    Kind("low-rise flat", 160, 8_000, 7_500, 1, Material.BRICK, Material.BRICK, Material.CONCRETE, 500),
    Kind("high-rise flat", 40, 8_000, 7_500, 1, Material.CONCRETE, Material.CONCRETE, Material.CONCRETE, 900),
)


@dataclass(frozen=True, slots=True)
class Home:
    """One home of a population."""

    kind: Kind
    house: House
    seed: int

    def medium(self, *bands: str) -> RadioMedium:
        """Its radio, where every device has these bands."""
        return RadioMedium(self.house, self.seed, bands=dict.fromkeys((METER, GAS, DISPLAY), frozenset(bands)))

    def served(self, *bands: str) -> bool:
        """Whether gas meter and display are heard with these bands."""
        medium = self.medium(*bands)
        return all(medium.direct(METER, other, 0).success >= HEARD for other in (GAS, DISPLAY))


def population(count: int = TRIAL, seed: int = 1) -> list[Home]:
    """So many homes, in the shares of `KINDS` as nearly as whole homes allow."""
    homes: list[Home] = []
    given = 0
    for kind in KINDS:
        given += kind.share
        while len(homes) < count * given // 1000:
            homes.append(_home(kind, subseed(seed, f"home {len(homes)}")))
    while len(homes) < count:
        homes.append(_home(KINDS[2], subseed(seed, f"home {len(homes)}")))
    return homes


def _home(kind: Kind, seed: int) -> Home:
    bits = mix(seed, 1)
    width = kind.width * (850 + bits % 301) // 1000
    depth = kind.depth * (850 + (bits >> 10) % 301) // 1000
    half_width, half_depth = width // 2, depth // 2
    rooms = tuple(
        Room(f"{floor}-{column}{row}", column * half_width, row * half_depth, half_width, half_depth, floor, kind.inner)
        for floor in range(kind.floors)
        for column in (0, 1)
        for row in (0, 1)
    )
    apart = (bits >> 20) % 1000 < kind.meters_apart
    meter = Spot(500, 400, 0, _box(bits >> 30))
    if kind.name == "high-rise flat":  # the meters are in a riser, floors away
        gas = Spot(width + 6000, depth, -1 - (bits >> 34) % 3, Material.METAL)
    elif apart:
        gas = Spot(width + 300, depth - 500 - (bits >> 34) % 1000, 0, _box(bits >> 44))
    else:
        gas = Spot(1500 + (bits >> 34) % 1500, 400, 0, _box(bits >> 44))
    floor = (bits >> 50) % kind.floors
    display = Spot(half_width + (bits >> 52) % half_width, half_depth + (bits >> 40) % half_depth, floor)
    return Home(kind, House(rooms, kind.shell, kind.ceilings, {METER: meter, GAS: gas, DISPLAY: display}), seed)


def _box(bits: int) -> Material | None:
    """Many meters are in a cupboard, some in a box of metal or behind foil."""
    draw = bits % 100
    return Material.METAL if draw < 6 else Material.FOIL if draw < 14 else Material.WOOD if draw < 60 else None
