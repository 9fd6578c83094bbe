"""The join matrix: which kinds of device are joined to one another, and by which commands (factbook 3.2).

``resources/catalogue/join_matrix.toml`` holds it. What it does not have is refused before anything leaves.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from hht.errors import HhtError
from hht.i18n import _
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.resources import resource_text


class MatrixError(HhtError):
    """The join matrix knows no such join."""

    default_code = "join-matrix"


@dataclass(frozen=True, slots=True)
class EndCommand:
    """What one end is told. `method`: method and role of a Join, as CS03 numbers them (None: an Unjoin);
    `certificate`: it brings the other's key agreement certificate."""

    code: int
    service: str
    method: int | None = None
    certificate: bool = False


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """One end that takes commands: the kind of device, and what joins and unjoins it there."""

    at: GbcsDeviceType
    join: EndCommand
    unjoin: EndCommand


@dataclass(frozen=True, slots=True)
class MatrixLink:
    """Two kinds that may be joined, and the ends that are told, in the order in which they are."""

    between: tuple[GbcsDeviceType, GbcsDeviceType]
    ends: tuple[LinkEnd, ...]


def kind_words(kind: GbcsDeviceType) -> str:
    """A kind of device as people know it."""
    if kind is GbcsDeviceType.TYPE_2:
        return _("display or consumer access device")
    return kind.name


def link_between(one: GbcsDeviceType, other: GbcsDeviceType) -> MatrixLink:
    """How two kinds are joined. Raises MatrixError where they are not."""
    for link in matrix():
        if set(link.between) == {one, other} and (one is not other):
            return link
    mine = {kind for link in matrix() if one in link.between for kind in link.between} - {one}
    known = ", ".join(sorted(map(kind_words, mine)))
    raise MatrixError(
        _("{one} and {other} are never joined to one another.").format(one=kind_words(one), other=kind_words(other)),
        remedy=_("Nothing was sent. Check the kinds of the two devices: {one} is joined to {known}.").format(
            one=kind_words(one), known=known
        )
        if known
        else _("Nothing was sent. A {one} is joined to no device at all.").format(one=kind_words(one)),
    )


@cache
def matrix() -> tuple[MatrixLink, ...]:
    """All of it."""
    rows: list[dict[str, Any]] = tomllib.loads(resource_text("catalogue", "join_matrix.toml"))["link"]
    return tuple(_link(row) for row in rows)


def _link(row: dict[str, Any]) -> MatrixLink:
    one, other = (GbcsDeviceType[name] for name in row["between"])
    return MatrixLink((one, other), tuple(_end(end) for end in row["end"]))


def _end(row: dict[str, Any]) -> LinkEnd:
    return LinkEnd(GbcsDeviceType[row["at"]], EndCommand(**row["join"]), EndCommand(**row["unjoin"]))
