"""What COSEM's interface classes and GB's objects are called (`interface_classes.toml`, `gb_objects.json`).

Data, not law (Blue Book 4; factbook 6.1): a class that is not listed is shown with its numbers.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from hht.client.attribute_types import ANYTHING, ExpectedTypes, expected_types
from hht.i18n import _
from hht.protocol.cosem.gb_objects import in_words, object_names
from hht.protocol.cosem.obis import Obis
from hht.resources import resource_text


@dataclass(frozen=True, slots=True)
class AttributeSpec:
    """An attribute of a class. `kind` says how its value is shown; "" as it is. `types`: those that it may have."""

    number: int
    name: str
    kind: str = ""
    types: ExpectedTypes = ANYTHING


@dataclass(frozen=True, slots=True)
class InterfaceClass:
    """A class with its attributes and methods, numbered from 1."""

    class_id: int
    name: str
    attributes: tuple[AttributeSpec, ...]
    methods: tuple[str, ...]

    def attribute(self, number: int) -> AttributeSpec:
        """The attribute of that number; one that the class does not have by the book is "attribute N"."""
        if 1 <= number <= len(self.attributes):
            return self.attributes[number - 1]
        return AttributeSpec(number, _("attribute {number}").format(number=number))


def interface_class(class_id: int) -> InterfaceClass:
    """The class of that number; one that the catalogue does not have has no names."""
    known = _classes().get(class_id)
    return known or InterfaceClass(class_id, _("class {number}").format(number=class_id), (), ())


def object_name(class_id: int, obis: Obis) -> str:
    """What the trade calls the object, also where a meter shows it in another class; "" where nothing is known."""
    return in_words(english_name(class_id, obis))


def english_name(class_id: int, obis: Obis) -> str:
    """As `object_name`, whatever the language: specifications and other people's lists have it so."""
    return object_names().get(f"{class_id}/{obis}") or _names().get(str(obis), "")


def enumeration(name: str) -> Mapping[int, str]:
    """The words of an enumeration of the catalogue, in English."""
    return _enumerations()[name]


@cache
def _catalogue() -> Mapping[str, Mapping[str, Mapping[str, object]]]:
    return tomllib.loads(resource_text("catalogue", "interface_classes.toml"))


@cache
def _classes() -> dict[int, InterfaceClass]:
    classes = {}
    named = {name: str(text).replace("\n", "") for name, text in _catalogue()["type"].items()}
    for number, entry in _catalogue()["class"].items():
        attributes, types, methods = entry["attributes"], entry["types"], entry.get("methods", [])
        assert isinstance(attributes, list)
        assert isinstance(types, list)
        assert isinstance(methods, list)
        expected = [expected_types(text, named) for text in ("octet-string", *types)]
        words = [text.partition(" ") for text in attributes]
        specs = tuple(
            AttributeSpec(at, name, kind, may_have)
            for at, ((name, _blank, kind), may_have) in enumerate(zip(words, expected, strict=True), 1)
        )
        classes[int(number)] = InterfaceClass(int(number), str(entry["name"]), specs, tuple(methods))
    return classes


@cache
def _enumerations() -> dict[str, dict[int, str]]:
    return {
        name: {int(code): str(word) for code, word in words.items()} for name, words in _catalogue()["enum"].items()
    }


@cache
def _names() -> dict[str, str]:
    return {key.partition("/")[2]: name for key, name in object_names().items()}
