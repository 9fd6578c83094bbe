"""The data dictionary: each item of a device in logical form (name, unit, screen) and physical one (class, name,
attributes with their types, methods), mandatory or optional, and with its source (IDT-12, HAN-06, HAN-07).

Made of the catalogues that the terminal itself reads by: what stands here is what the screens show.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from hht.client.field_format import type_name
from hht.client.interface_classes import interface_class
from hht.i18n import _, per_language
from hht.protocol.cosem.gb_objects import in_words, object_names
from hht.resources import resource_text

DEVICES: Final = ("ESME", "GSME")
_TRAINING: Final = "training"  # objects of ours, in no specification
_SUBGHZ: Final = "SubGHz"  # the hub's


@dataclass(frozen=True, slots=True)
class Item:
    """One item. `key`: "class/OBIS", or "cluster/attribute" of ZigBee; `attributes`: (number, name, types); `need`:
    "mandatory" or "optional" for SMETS; `base`: the same by the underlying standard alone ("" where it names no
    objects); `screen`: the part of the terminal that shows it."""

    device: str
    key: str
    name: str
    unit: str
    kind: str
    attributes: tuple[tuple[int, str, str], ...]
    methods: tuple[str, ...]
    need: str
    base: str
    screen: str
    source: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Items that a device claims or shows, against the dictionary: mandatory ones that are `missing`, and `extra` ones
    that it does not know."""

    missing: tuple[Item, ...]
    extra: tuple[str, ...]


def dictionary(device: str) -> tuple[Item, ...]:
    """Every item of "ESME" or "GSME", by key. Raises KeyError for another."""
    return {"ESME": _electricity, "GSME": _gas}[device]()


def compared(device: str, keys: Iterable[str]) -> Compared:
    """What of the dictionary is missing among `keys`, and what among them it does not know."""
    known, found = dictionary(device), set(keys)
    missing = tuple(one for one in known if one.need == "mandatory" and one.key not in found)
    return Compared(missing, tuple(sorted(found - {one.key for one in known})))


def need_of(key: str) -> str:
    """Whether an electricity meter has to hold that object ("class/OBIS"): "mandatory", "optional", or "": it is no
    item of the dictionary."""
    return _needs().get(key, "")


@cache
def _needs() -> dict[str, str]:
    return {one.key: one.need for one in dictionary("ESME")}


def need_words(need: str) -> str:
    """For people."""
    return _("mandatory") if need == "mandatory" else _("optional")


@per_language
def _electricity() -> tuple[Item, ...]:
    file = _file()
    screens = {key: screen for screen, keys in file["esme"]["mandatory"].items() for key in keys}
    found = []
    for key, name in object_names().items():
        if _TRAINING in name or _SUBGHZ in name:
            continue
        kind = interface_class(int(key.partition("/")[0]))
        attributes = tuple(
            (one.number, one.name, " | ".join(type_name(shape.tag) for shape in one.types.shapes) or _("any"))
            for one in kind.attributes
        )
        need = "mandatory" if key in screens else "optional"
        unit = file["unit"].get(key) or (_("by its scaler and unit") if kind.class_id in (3, 4, 5) else "")
        found.append(
            Item("ESME", key, in_words(name), unit, kind.name, attributes, kind.methods, need, "",
                 screens.get(key, "objects"), file["source"]["esme"])
        )  # fmt: skip
    return tuple(sorted(found, key=lambda one: one.key))


@per_language
def _gas() -> tuple[Item, ...]:
    file = _file()
    layouts = tomllib.loads(resource_text("catalogue", "zcl_layouts.toml"))
    base = set(file["zigbee"]["mandatory"])
    found = []
    for cluster, attributes in layouts["attributes"].items():
        title = layouts["clusters"][cluster]
        for number, name in attributes.items():
            key = f"{cluster}/{number}"
            stated = "mandatory" if key in base else "optional"
            numbered = ((int(number, 16), name, _("as ZigBee states it with each value")),)
            found.append(
                Item("GSME", key, name, "", title, numbered, (), "mandatory", stated, "devices", file["source"]["gsme"])
            )
    return tuple(found)


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(resource_text("catalogue", "dictionary.toml"))
