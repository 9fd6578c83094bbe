"""All that is wrong in a premises file at once, for whoever writes one: what is read stops at the first of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from hht.model.device import DeviceKind
from hht.model.faults.plan import read_device_faults
from hht.model.plan_file import PremisesError, Section, parse_toml
from hht.model.plans import READERS
from hht.model.plans.checks import title_line
from hht.model.plans.house import read_house, read_radio, read_spot
from hht.model.plans.wan import read_wan
from hht.model.premises import TABLES, parse_premises
from hht.model.radio.house import House

T = TypeVar("T")


def problems_in(text: str, *, file: str) -> tuple[PremisesError, ...]:
    """What is wrong in the text of a file, by line: one problem of each device and of each table of the premises; where
    there is none of these, what its parts say of one another. None where it is right."""
    found: list[PremisesError] = []
    table = _attempt(found, partial(parse_toml, text, file))
    if table is not None:
        top = Section(table, text=text, file=file)
        _attempt(found, partial(top.only, TABLES))
        _attempt(found, partial(top.text, "title", check=title_line))
        house = _attempt(found, partial(read_house, top))
        _attempt(found, partial(read_radio, top, house or House()))
        _attempt(found, partial(read_wan, top))
        for section in _attempt(found, top.devices) or ():
            _attempt(found, partial(_device, section, house))
    if not found:
        _attempt(found, partial(parse_premises, text, name="checked", file=file))
    return tuple(sorted(found, key=lambda error: int(str(error.details["line"]))))


def _attempt(found: list[PremisesError], act: Callable[[], T]) -> T | None:
    try:
        return act()
    except PremisesError as error:
        found.append(error)
        return None


def _device(section: Section, house: House | None) -> None:
    if house is not None:
        read_spot(section, house)
    else:
        section.optional("at")  # its rooms are not known
    kind = DeviceKind(section.choice("kind", tuple(READERS)))
    read_device_faults(section, kind)
    READERS[kind](section)
