"""Whether a field is written as its specification has it: the exact field, what was expected, what came (HAN-22).

What can be read in one way alone in spite of its form is tolerated, and said; anything else is refused. The rules: a
number in another width, and blanks around a text, are tolerated; another kind of type, a date-time or a name of another
length, and a text that is no such text are refused. Sources: Blue Book 4 (types), 4.1.6.1 (date-time, 12 octets);
`resources/catalogue/dictionary.toml` (texts).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from hht.client.interface_classes import AttributeSpec, interface_class, object_name
from hht.client.object_list import ViewEntry
from hht.client.object_reader import AttributeValue
from hht.i18n import _
from hht.protocol.cosem.data import Data, DataType
from hht.resources import resource_text

TIME_OCTETS: Final = 12
NAME_OCTETS: Final = 6
_NUMBERS: Final = frozenset(
    {
        DataType.INTEGER, DataType.LONG, DataType.DOUBLE_LONG, DataType.LONG64,
        DataType.UNSIGNED, DataType.LONG_UNSIGNED, DataType.DOUBLE_LONG_UNSIGNED, DataType.LONG64_UNSIGNED,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field that is written otherwise. `field`: class/OBIS/attribute and their names; `tolerated`: it can be read
    in one way alone, and is."""

    field: str
    name: str
    expected: str
    found: str
    tolerated: bool

    @property
    def words(self) -> str:
        """All of it in a sentence."""
        end = _("tolerated") if self.tolerated else _("refused")
        words = _("{field} ({name}): expected {expected}, found {found}; {end}")
        return words.format(field=self.field, name=self.name, expected=self.expected, found=self.found, end=end)


def field_problems(entry: ViewEntry, values: Iterable[AttributeValue]) -> Iterator[FieldProblem]:
    """What is written otherwise in the attributes of one object that were read."""
    kind = interface_class(entry.class_id)
    for value in values:
        if value.data is None or value.number == 0:
            continue
        spec = kind.attribute(value.number)
        field = f"{entry.class_id}/{entry.obis}/{value.number}"
        problem = _type(spec, value.data) or _length(entry, spec, value.data) or _text(field, value.data)
        if problem is not None:
            expected, found, tolerated = problem
            name = object_name(entry.class_id, entry.obis) or kind.name
            yield FieldProblem(field, f"{name}, {spec.name}", expected, found, tolerated)


_Problem = tuple[str, str, bool] | None


def _type(spec: AttributeSpec, data: Data) -> _Problem:
    """Another type than the class has. Another width of a number is a number still."""
    if spec.types.admit(data):
        return None
    tags = [shape.tag for shape in spec.types.shapes]
    number = data.tag in _NUMBERS and any(tag in _NUMBERS for tag in tags)
    return " | ".join(map(type_name, tags)), type_name(data.tag), number


def _length(entry: ViewEntry, spec: AttributeSpec, data: Data) -> _Problem:
    """Octets of a date-time and of a name."""
    if data.tag is not DataType.OCTET_STRING or not isinstance(data.value, bytes):
        return None
    count = len(data.value)
    words = _("octet-string of {count}")
    if spec.kind == "time" and count not in (0, TIME_OCTETS):
        return words.format(count=TIME_OCTETS), f"{words.format(count=count)}: {data.value.hex(' ')}", False
    if spec.kind == "obis" and spec.number == 1 and data.value != bytes(entry.obis):
        expected = f"{words.format(count=NAME_OCTETS)}: {bytes(entry.obis).hex(' ')}"
        return expected, f"{words.format(count=count)}: {data.value.hex(' ')}", False
    return None


def _text(field: str, data: Data) -> _Problem:
    """A text that has a form of its own."""
    rule = _fields().get(field)
    if rule is None or not isinstance(data.value, bytes | str):
        return None
    text = data.value.decode("latin-1") if isinstance(data.value, bytes) else data.value
    if re.fullmatch(rule["pattern"], text):
        return None
    return _(rule["text"]), repr(text), re.fullmatch(rule["pattern"], text.strip(" \0")) is not None


def type_name(tag: DataType) -> str:
    """A type as the Blue Book names it."""
    return tag.name.lower().replace("_", "-")


@cache
def _fields() -> dict[str, dict[str, str]]:
    fields: dict[str, dict[str, str]] = tomllib.loads(resource_text("catalogue", "dictionary.toml"))["field"]
    return fields
