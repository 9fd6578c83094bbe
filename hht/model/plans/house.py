"""The house and its radio as a premises file says them: ``[house]``, ``[[room]]``, ``[device.at]``, ``[radio]``."""

from __future__ import annotations

from dataclasses import dataclass

from hht.i18n import _
from hht.model.plan_file import Section
from hht.model.radio.bands import BANDS, HAN_OPTIONS, Material
from hht.model.radio.house import House, Room, Spot
from hht.model.radio.interference import Source, band_of, microwave_oven, wi_fi

_MATERIALS = tuple(Material)


def read_house(top: Section) -> House:
    """``[house]`` (shell, ceilings) with its ``[[house.room]]`` tables; an empty one where it is left out."""
    section = top.section("house")
    rooms = tuple(_room(table) for table in section.tables("room"))
    house = House(
        rooms,
        Material(section.choice("shell", _MATERIALS, Material.BRICK)),
        Material(section.choice("ceilings", _MATERIALS, Material.WOOD)),
    )
    section.done()
    return house


def read_spot(section: Section, house: House) -> Spot | None:
    """``[device.at]``: ``room`` (its middle) or ``x``, ``y`` in metres and ``floor``; ``box`` of a material."""
    table = section.optional("at")
    if table is None:
        return None
    box = table.choice("box", ("none", *_MATERIALS), "none")
    material = None if box == "none" else Material(box)
    name = table.text("room", "")
    if name:
        room = next((room for room in house.rooms if room.name == name), None)
        if room is None:
            raise table.error("room", _("the house has no room “{name}”").format(name=name))
        spot = Spot(*room.middle, room.floor, material)
    else:
        x, y = (round(table.number(axis, 0, low=-100, high=100) * 1000) for axis in ("x", "y"))
        spot = Spot(x, y, table.whole("floor", 0, low=-5, high=60), material)
    table.done()
    return spot


@dataclass(frozen=True, slots=True)
class RadioPlan:
    """`perfect`: a bench where everybody hears everybody. `bands` of devices that name none. `interference` by band, in
    thousandths; `sources` of interference on single channels. `cable`: the hub is on the wired HAN."""

    perfect: bool = True
    bands: frozenset[str] = frozenset({"2400"})
    interference: tuple[tuple[str, int], ...] = ()
    cable: bool = False
    sources: tuple[Source, ...] = ()
    retries: bool = True  # what is lost is sent again, up to three times
    routing: bool = True  # messages go over repeaters


def read_radio(top: Section, house: House) -> RadioPlan:
    """``[radio]``: ``perfect`` (a bench: everybody hears everybody; usual where there is no ``[house]``), ``option``
    (the consultation's 1, 2 or 3: bands of devices that name none), ``interference`` by band in thousandths, ``cable``
    (the hub is on the wired HAN), ``[[radio.source]]``."""
    section = top.section("radio")
    option = section.whole("option", 1, low=1, high=3)
    busy = section.section("interference")
    interference = {band: busy.whole(band, 0, low=0, high=1000) for band in BANDS}
    busy.done()
    plan = RadioPlan(
        section.yes_no("perfect", not top.has("house")),
        frozenset(HAN_OPTIONS[option]),
        tuple((band, share) for band, share in interference.items() if share),
        section.yes_no("cable", False),
        tuple(_source(table, house) for table in section.tables("source")),
        section.yes_no("retries", True),
        section.yes_no("routing", True),
    )
    if plan.perfect and plan.sources:
        raise section.error("perfect", _("a bench hears no sources: write perfect = false"))
    section.done()
    return plan


def _source(table: Section, house: House) -> Source:
    """``kind`` (``wi-fi`` with ``channel``, ``microwave-oven``, ``other`` with ``mhz = [low, high]``), ``name``,
    ``at``, ``duty`` (thousandths while it is on), ``on`` (spans of the UTC day), ``share`` (thousandths of them)."""
    kind = table.choice("kind", ("wi-fi", "microwave-oven", "other"))
    usual = microwave_oven() if kind == "microwave-oven" else wi_fi(table.whole("channel", 6, low=1, high=13))
    low, high = usual.low_khz, usual.high_khz
    if kind == "other":
        low, high = (round(1000 * mhz) for mhz in table.numbers("mhz", 2, low=100, high=3000))
        if low >= high or band_of(low, high) is None:
            raise table.error("mhz", _("it must be [low, high] in MHz, and reach into one of the HAN's bands"))
    source = Source(
        table.text("name", usual.name if kind != "other" else f"{low // 1000} MHz"),
        low,
        high,
        round(10 * table.number("power_dbm", usual.power / 10, low=-30, high=36)),
        table.whole("duty", usual.duty, low=0, high=1000),
        table.spans("on") or usual.spans,
        table.whole("share", usual.share, low=0, high=1000),
        read_spot(table, house),
    )
    table.done()
    return source


def _room(table: Section) -> Room:
    x, y, width, depth = (round(metres * 1000) for metres in table.numbers("at", 4, low=-100, high=100))
    room = Room(
        table.text("name"),
        x,
        y,
        width,
        depth,
        table.whole("floor", 0, low=-5, high=60),
        Material(table.choice("walls", _MATERIALS, Material.PLASTERBOARD)),
    )
    if width <= 0 or depth <= 0:
        raise table.error("at", _("a room is wider and deeper than nothing: [x, y, width, depth] in metres"))
    table.done()
    return room
