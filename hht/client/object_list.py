"""The association's list of objects, entry by entry (Blue Book 4.4.4, object_list_element).

Meters have odd entries in it. One that cannot be understood is kept as it was stated, with what is odd about it, and
takes nothing from the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hht.client.interface_classes import interface_class
from hht.client.values import number_of
from hht.errors import HhtError
from hht.i18n import _
from hht.protocol.cosem.data import Data, DataType
from hht.protocol.cosem.obis import Obis

_READABLE: Final = (1, 3, 4, 6)  # access modes that let this client read
_NOWHERE: Final = Obis(0, 0, 0, 0, 0, 0)
_NAME_OCTETS: Final = 6
_LISTS: Final = (DataType.ARRAY, DataType.STRUCTURE, DataType.COMPACT_ARRAY)


@dataclass(frozen=True, slots=True)
class ViewEntry:
    """One object of the association view. `readable`: its attributes that this client may read.

    `odd` says what is odd about the entry ("" nothing), `raw` is then all of it as the meter stated it. Where its
    access rights are odd, `readable` are the attributes that its class has. Where not even class and name can be told
    it is no object that could be asked for: `is_object` is False, and `class_id` and `obis` mean nothing.
    """

    class_id: int
    version: int
    obis: Obis
    readable: tuple[int, ...]
    odd: str = ""
    raw: Data | None = None
    is_object: bool = True
    place: int = 0  # in the list, of one that is no object: they have no other name


def view_entry(element: Data, place: int = 0) -> ViewEntry:
    """One element of the list, the `place`-th (from 1), as far as it can be understood."""
    items = element.as_items() if element.tag in _LISTS else ()
    odd = [] if len(items) == 4 else [_("elements: {count} instead of 4").format(count=len(items))]
    class_id, version, name = _class_of(items, odd), _version_of(items, odd), _name_of(items, odd)
    if class_id is None or name is None:
        return ViewEntry(0, 0, _NOWHERE, (), "; ".join(odd), element, is_object=False, place=place)
    readable = _readable(items[3], odd) if len(items) > 3 else None
    if readable is None:
        readable = tuple(spec.number for spec in interface_class(class_id).attributes) or (1,)
    return ViewEntry(class_id, version, name, readable, "; ".join(odd), element if odd else None)


def _number(items: tuple[Data, ...], at: int, most: int, least: int = 0) -> int | None:
    try:
        return number_of(items[at], "", least, most) if len(items) > at else None
    except HhtError:
        return None


def _class_of(items: tuple[Data, ...], odd: list[str]) -> int | None:
    class_id = _number(items, 0, 0xFFFF)
    if class_id is None and items:
        odd.append(_("its class is no number from 0 to 65535"))
    return class_id


def _version_of(items: tuple[Data, ...], odd: list[str]) -> int:
    version = _number(items, 1, 0xFF)
    if version is None and len(items) > 1:
        odd.append(_("its version is no number from 0 to 255"))
    return version or 0


def _name_of(items: tuple[Data, ...], odd: list[str]) -> Obis | None:
    if len(items) < 3:
        return None
    name = items[2].value
    if isinstance(name, bytes) and len(name) == _NAME_OCTETS:
        return Obis.from_bytes(name)
    if isinstance(name, bytes):
        odd.append(_("its logical name has {count} octets instead of 6").format(count=len(name)))
    else:
        odd.append(_("its logical name is no octet-string"))
    return None


def _readable(rights: Data, odd: list[str]) -> tuple[int, ...] | None:
    """The attributes that may be read; None where the meter does not tell in any way that can be understood."""
    parts = rights.as_items() if rights.tag in _LISTS else ()
    if not parts or parts[0].tag not in _LISTS:
        odd.append(_("its access rights are not stated"))
        return None
    readable, damaged = [], 0
    for access in parts[0].as_items():
        fields = access.as_items() if access.tag in _LISTS else ()
        number, mode = _number(fields, 0, 0x7F, -0x80), _number(fields, 1, 0xFF)
        if number is None or mode is None:
            damaged += 1
        elif mode in _READABLE:
            readable.append(number)
    if damaged:
        odd.append(_("{count} of its access rights cannot be understood").format(count=damaged))
    return tuple(readable)
