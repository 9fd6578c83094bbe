"""Scalers and units that stand in another object: of the value that a monitor watches, and of money.

The thresholds of classes 21 and 71 are counted as the register they watch (Blue Book 4.5.6, 4.5.9); amounts of classes
111 to 113 in the currency of the account (attribute 15 of class 111).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from hht.client import catalogue
from hht.client.interface_classes import AttributeSpec, interface_class
from hht.client.meter_objects import MeterObjects
from hht.client.values import items_of, number_of, scaled, text_of
from hht.errors import HhtError
from hht.link import LinkError
from hht.protocol.cosem.data import Data, DataType
from hht.protocol.cosem.errors import SecurityError
from hht.protocol.cosem.obis import Obis

Scale = tuple[int, str]  # power of ten, unit
WATCHED, MONEY = "watched", "money"
BEYOND: Final = (WATCHED, MONEY)  # kinds of attributes ("watched=N": attribute N says what is watched)


async def scale_beyond(meter: MeterObjects, specs: Iterable[AttributeSpec], values: Mapping[int, Data]) -> Scale | None:
    """The scale of an object's attributes of these kinds, `values` being those that were read; None where it has none
    of them, or the meter does not tell. Raises LinkError, SecurityError."""
    kinds = {kind for spec in specs for kind in [spec.kind] if kind.startswith(BEYOND)}
    try:
        for kind in kinds:
            if kind == MONEY:
                return await meter.currency()
            definition = values.get(int(kind.partition("=")[2]))
            if definition is not None:
                return await _watched(meter, definition)
    except (LinkError, SecurityError):
        raise
    except HhtError:
        pass
    return None


async def column_scale(meter: MeterObjects, captured: Data) -> Scale | None:
    """The scale of a profile's column (a capture object); None where its numbers have none, or the meter does not tell.
    Raises LinkError, SecurityError."""
    try:
        class_id, name, attribute, _index = items_of(captured, 4, "column")
        of, number = number_of(class_id, "class"), number_of(attribute, "attribute", -128, 127)
        if number in catalogue.SCALED_ATTRIBUTES.get(of, ()):
            return await meter.scale(Obis.from_bytes(name.as_bytes()), of)
        return await meter.currency() if interface_class(of).attribute(number).kind == MONEY else None
    except (LinkError, SecurityError):
        raise
    except HhtError:
        return None


async def _watched(meter: MeterObjects, definition: Data) -> Scale | None:
    class_id, name, attribute = items_of(definition, 3, "value definition")
    of, number = number_of(class_id, "class"), number_of(attribute, "attribute", -128, 255)
    if of == catalogue.CLASS_CREDIT:
        return await meter.currency()
    if number not in catalogue.SCALED_ATTRIBUTES.get(of, ()):
        return None
    return await meter.scale(Obis.from_bytes(name.as_bytes()), of)


def in_scale(data: Data, scale: Scale | None) -> str:
    """A number, or a list of numbers, with its unit; "" where it is none, or the scale is not known."""
    if scale is None:
        return ""
    if data.tag in (DataType.ARRAY, DataType.STRUCTURE):
        texts = [in_scale(item, scale) for item in data.as_items()]
        return f"[{', '.join(texts)}]" if all(texts) else ""
    raw = data.value
    if isinstance(raw, bool) or not isinstance(raw, int):
        return ""
    value, unit = scaled(raw, *scale)
    return f"{value} {unit}".rstrip()


def currency_of(data: Data) -> Scale:
    """structure{name, scale, unit} of an account. Raises MeterError for what is none."""
    name, exponent, _unit = items_of(data, 3, "currency")
    return number_of(exponent, "currency", -12, 12), text_of(name)
