"""Profiles and layers of the HAN: versions are data (``resources/catalogue/han_layers.toml``), not code (IDT-15)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from hht.resources import resource_text


@dataclass(frozen=True, slots=True)
class Profile:
    """An application profile. `mature`: it was finished when the specifications were written."""

    name: str
    title: str
    version: str
    mature: bool

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A layer as the data has it: texts with fields in braces, over the air and over the wire."""

    osi: int
    name: str
    group: str
    radio: str
    wired: str


def profiles() -> dict[str, Profile]:
    """Every profile by its name."""
    return _data()[0]


def layer_rows() -> tuple[LayerRow, ...]:
    """The seven layers, the application's first."""
    return _data()[1]


def default_profile() -> str:
    """What a device speaks whose file names no profile: SEP 1 (HAN-03)."""
    return _data()[2]


@cache
def _data() -> tuple[dict[str, Profile], tuple[LayerRow, ...], str]:
    raw = tomllib.loads(resource_text("catalogue", "han_layers.toml"))
    found = {name: Profile(name, **row) for name, row in raw["profile"].items()}
    return found, tuple(LayerRow(**row) for row in raw["layer"]), raw["default"]["profile"]
