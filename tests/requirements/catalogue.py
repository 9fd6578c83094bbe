"""The catalogue of requirements, as it stands in ``resources/catalogue/requirements.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from hht.resources import resource_path, resource_text

PLACE = ("catalogue", "requirements.toml")
IMPORTANCES = ("core", "should", "stretch")


@dataclass(frozen=True)
class Requirement:
    """One row: a statement that a test can show. ``source`` is the document and the line of its text."""

    id: str
    importance: str
    device: tuple[str, ...]
    source: str
    statement: str


@cache
def catalogue() -> dict[str, Requirement]:
    """Every row by id, in the catalogue's order. Raises OSError, ValueError, KeyError or TypeError for broken data."""
    rows = tomllib.loads(resource_text(*PLACE))["requirement"]
    return {name: Requirement(id=name, **row | {"device": tuple(row["device"])}) for name, row in rows.items()}


@cache
def devices() -> dict[str, str]:
    """The catalogue's device keys, each with its meaning."""
    meanings: dict[str, str] = tomllib.loads(resource_text(*PLACE))["device"]
    return meanings


def where() -> str:
    """The catalogue's place, for messages."""
    return str(resource_path(*PLACE))
