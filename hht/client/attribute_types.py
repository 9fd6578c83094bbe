"""Which data types an attribute may have (Blue Book 4), written as text in the catalogue of classes.

`TYPE | TYPE`; a TYPE is a name of Blue Book 4.1.5 in small letters with hyphens, `any`, `array`, `array(TYPE)`,
`structure`, `structure(TYPE, ...)`, or a name from the catalogue's own table of types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hht.protocol.cosem.data import Data, DataType

_TAGS: Final = {tag.name.lower().replace("_", "-"): tag for tag in DataType}
_LISTS: Final = (DataType.ARRAY, DataType.STRUCTURE)


@dataclass(frozen=True, slots=True)
class TypeShape:
    """One type: of an array `items` has the type of every element, of a structure that of each; None: whatever."""

    tag: DataType
    items: tuple[ExpectedTypes, ...] | None = None

    def admits(self, data: Data) -> bool:
        """Whether `data` is of this type. A compact-array is an array, in fewer octets."""
        tag = DataType.ARRAY if data.tag is DataType.COMPACT_ARRAY else data.tag
        if tag is not self.tag:
            return False
        if self.items is None:
            return True
        values = data.as_items()
        if tag is DataType.ARRAY:
            return all(self.items[0].admit(value) for value in values)
        return len(values) == len(self.items) and all(map(ExpectedTypes.admit, self.items, values))


@dataclass(frozen=True, slots=True)
class ExpectedTypes:
    """The types that a value may have; none are named where it may have any."""

    shapes: tuple[TypeShape, ...] = ()

    def admit(self, data: Data) -> bool:
        """Whether `data` has one of these types. Null-data is no value and cannot be misread: it always may be."""
        return not self.shapes or data.tag is DataType.NULL or any(shape.admits(data) for shape in self.shapes)


ANYTHING: Final = ExpectedTypes()


def expected_types(text: str, named: Mapping[str, str]) -> ExpectedTypes:
    """The types that `text` names; `named` has the catalogue's own. Raises ValueError."""
    reader = _Reader(text, named)
    types = reader.alternatives()
    if reader.rest:
        raise ValueError(f"not understood in {text!r}: {reader.rest!r}")
    return types


class _Reader:
    """Reads a text of types from its beginning."""

    def __init__(self, text: str, named: Mapping[str, str]) -> None:
        self.rest = text.replace(" ", "")
        self._named = named

    def alternatives(self) -> ExpectedTypes:
        shapes = self._shapes()
        anything = not shapes
        while self._take("|"):
            more = self._shapes()
            anything = anything or not more
            shapes += more
        return ANYTHING if anything else ExpectedTypes(shapes)

    def _shapes(self) -> tuple[TypeShape, ...]:
        end = next((at for at, letter in enumerate(self.rest) if letter in "|(,)"), len(self.rest))
        name, self.rest = self.rest[:end], self.rest[end:]
        if name == "any":
            return ()
        if name in self._named:
            return expected_types(self._named[name], self._named).shapes
        if name not in _TAGS:
            raise ValueError(f"no such type: {name!r}")
        tag = _TAGS[name]
        return (TypeShape(tag, self._items() if tag in _LISTS and self._take("(") else None),)

    def _items(self) -> tuple[ExpectedTypes, ...]:
        items = [self.alternatives()]
        while self._take(","):
            items.append(self.alternatives())
        if not self._take(")"):
            raise ValueError(f"a bracket is not closed before {self.rest!r}")
        return tuple(items)

    def _take(self, sign: str) -> bool:
        found = self.rest.startswith(sign)
        self.rest = self.rest[len(sign) :] if found else self.rest
        return found
