"""Any COSEM object, attribute by attribute: typed where the class is known, raw where it is not, never dropped."""

from __future__ import annotations

import contextlib
import math
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hht.client import catalogue
from hht.client.interface_classes import AttributeSpec, enumeration, interface_class, object_name
from hht.client.list_texts import list_text
from hht.client.meter_objects import MeterObjects, ViewEntry
from hht.client.scales_beyond import BEYOND, Scale, column_scale, in_scale, scale_beyond
from hht.client.values import items_of, number_of, scaled, text_of
from hht.errors import HhtError
from hht.i18n import _, ngettext
from hht.link import LinkError
from hht.plain_text import plain_text
from hht.protocol.cosem.data import Data, DataType, decode, null
from hht.protocol.cosem.datetime import NEVER, NO_STATUS, NOW, ClockStatus, decode_datetime
from hht.protocol.cosem.errors import DataAccessError, SecurityError, UnprotectedRefusal
from hht.protocol.cosem.lengths import encode_length
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.row_completion import DELTAS, Completion, complete_rows
from hht.protocol.cosem.values import CompactArray

SHOWN_ITEMS: Final = 24  # elements of a list that are shown as text; the export has them all
_CLOCK: Final = f"{catalogue.CLASS_CLOCK}/"
_BUFFER: Final = (catalogue.CLASS_PROFILE, 2)  # half a megabyte perhaps: read as a profile, not in passing


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """One attribute as the meter stated it. `text` for people; `data` None where it was not read: `error` says why."""

    number: int
    name: str
    text: str
    data: Data | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class ObjectView:
    """An object of the association view and the attributes that were read."""

    entry: ViewEntry
    attributes: tuple[AttributeValue, ...]


def describe(entry: ViewEntry) -> str:
    """What the object is: the trade's name for it, else its class."""
    if not entry.is_object:
        return _("an odd entry: {odd}").format(odd=entry.odd)
    kind = interface_class(entry.class_id).name
    name = object_name(entry.class_id, entry.obis)
    what = f"{name} ({kind})" if name else kind
    return what if not entry.odd else _("{what}; odd entry: {odd}").format(what=what, odd=entry.odd)


def entry_name(entry: ViewEntry) -> str:
    """The OBIS code; of an entry that has none, its place in the list."""
    return str(entry.obis) if entry.is_object else _("entry {place}").format(place=entry.place)


async def read_object_view(meter: MeterObjects, entry: ViewEntry) -> ObjectView:
    """Every readable attribute, and before them an odd entry of the list as the meter stated it. A refusal by the meter
    is noted at its attribute; raises LinkError, SecurityError."""
    raw: list[AttributeValue] = []
    if entry.raw is not None:
        raw.append(AttributeValue(0, "object_list_element", f"{value_text(entry.raw)} ({entry.odd})", entry.raw))
    return ObjectView(entry, (*raw, *[value async for value in _attributes(meter, entry)]))


async def read_attribute(meter: MeterObjects, class_id: int, obis: Obis, number: int) -> AttributeValue:
    """One attribute; a scaled one with its unit, compact data by its template, where the meter tells them. Raises what
    the meter and the link raise."""
    spec = interface_class(class_id).attribute(number)
    data = await meter.get(class_id, obis, number)
    others: dict[int, Data] = {}
    kind, _equals, detail = spec.kind.partition("=")
    if kind in ("scaled", "compact"):
        try:
            others[int(detail)] = await meter.get(class_id, obis, int(detail))
        except DataAccessError:
            others.clear()
    elif kind == "watched":
        with contextlib.suppress(DataAccessError):
            others[int(detail)] = await meter.get(class_id, obis, int(detail))
    scale = await scale_beyond(meter, (spec,), others)
    return AttributeValue(number, spec.name, attribute_text(spec, data, others, scale), data)


@dataclass(frozen=True, slots=True)
class Buffer:
    """A profile as the meter states it: what each column holds, and the rows. `scales`: by column, the power of ten and
    the unit of its numbers; None where they have none, or the meter does not tell."""

    columns: tuple[str, ...]  # class/OBIS/attribute
    scales: tuple[Scale | None, ...]
    rows: tuple[tuple[Data, ...], ...]


async def read_buffer(meter: MeterObjects, obis: Obis) -> Buffer:
    """The whole buffer of any profile. Raises MeterError where a row has not as many values as there are columns."""
    captured = await meter.get(catalogue.CLASS_PROFILE, obis, 3)
    columns = _captured(captured)
    scales = tuple([await column_scale(meter, item) for item in captured.as_items()])
    buffer = await meter.get(catalogue.CLASS_PROFILE, obis, 2)
    rows = [items_of(row, len(columns), str(obis)) for row in buffer.as_items()]
    clock = next((index for index, name in enumerate(columns) if name.startswith(_CLOCK)), None)
    period_s = None
    if clock is not None and any(row[clock].value in (None, b"") for row in rows):
        period_s = number_of(await meter.get(catalogue.CLASS_PROFILE, obis, 4), _("capture period"), 0)
    return Buffer(columns, scales, complete_rows(rows, Completion(period_s, clock)))


async def _attributes(meter: MeterObjects, entry: ViewEntry) -> AsyncIterator[AttributeValue]:
    known = interface_class(entry.class_id)
    values: dict[int, Data] = {}
    refusals: dict[int, str] = {}
    asked = []
    for number in entry.readable:
        if (entry.class_id, number) == _BUFFER:
            refusals[number] = _("read it as a profile")
        elif known.attribute(number).kind == "secret":
            refusals[number] = _("a secret: not read")
        else:
            asked.append(number)
    async with meter.at_once((entry.class_id, entry.obis, number) for number in asked):
        for number in asked:
            try:
                values[number] = await meter.get(entry.class_id, entry.obis, number)
            except UnprotectedRefusal as error:
                refusals[number] = error.message  # says that it is not believed; what comes next has tags of its own
            except (LinkError, SecurityError):
                raise
            except HhtError as error:
                refusals[number] = error.message
    scale = await scale_beyond(meter, map(known.attribute, values), values)
    for number in entry.readable:
        spec = known.attribute(number)
        data = values.get(number)
        if data is None:
            yield AttributeValue(number, spec.name, "", None, refusals[number])
        else:
            yield AttributeValue(number, spec.name, attribute_text(spec, data, values, scale), data)


def attribute_text(spec: AttributeSpec, data: Data, others: Mapping[int, Data], scale: Scale | None = None) -> str:
    """An attribute's value in words; `scale` is that of the value which the object watches, or of its money. What does
    not have the shape that its class says is shown as it is, and what does not have a type that its class says is told
    to be of an unexpected one."""
    if not spec.types.admit(data):
        kind = data.tag.name.lower().replace("_", "-")
        return _("{value} (unexpected type: {type})").format(value=value_text(data), type=kind)
    try:
        if spec.kind.startswith(BEYOND):
            return in_scale(data, scale) or value_text(data)
        return _by_kind(spec.kind, data, others) or value_text(data)  # a list of nothing, an empty text
    except (HhtError, KeyError):
        return value_text(data)


def _by_kind(kind: str, data: Data, others: Mapping[int, Data]) -> str:
    kind, _equals, detail = kind.partition("=")
    match kind:
        case "obis":
            return str(Obis.from_bytes(data.as_bytes()))
        case "scaled":
            return _scaled_text(data, others.get(int(detail)))
        case "compact":
            return _compact_text(data, others[int(detail)])
        case "unit":
            scaler, unit = items_of(data, 2, kind)
            exponent = number_of(scaler, kind, -128, 127)
            return f"× 10^{exponent} {catalogue.unit_text(number_of(unit, kind))}".rstrip()
        case "time":
            return _time_text(data.as_bytes())
        case "s":
            return _("{number} s").format(number=number_of(data, kind))
        case "min":
            return _("{number} min").format(number=number_of(data, kind))
        case "text":
            return plain_text(text_of(data))
        case "octets":
            return data.as_bytes().hex(" ").upper()
        case "enum":
            code = number_of(data, kind)
            return f"{_(enumeration(detail)[code])} ({code})"
        case "count":
            count = len(data.as_items())
            return ngettext("a list of {count}", "a list of {count}", count).format(count=count)
        case "clock_status":
            return _status_text(number_of(data, kind, 0, 255))
        case "objects":
            return ", ".join(_captured(data))
        case _:
            return list_text(kind, data) or value_text(data)


def _scaled_text(data: Data, scaler_unit: Data | None) -> str:
    raw = data.value
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return value_text(data)
    try:
        scaler, unit = items_of(scaler_unit or null(), 2, "scaler_unit")
        exponent = number_of(scaler, "scaler_unit", -12, 12)
        value, symbol = scaled(raw, exponent, catalogue.unit_text(number_of(unit, "scaler_unit")))
    except HhtError:
        return _("{number} (scaler and unit unknown)").format(number=value_text(data))
    return f"{value} {symbol}".rstrip()


def _compact_text(buffer: Data, template: Data) -> str:
    """The values in the buffer of class 62: the contents of a compact-array, whose type its template is (Blue Book
    4.3.10); each begins with the template's id."""
    contents = buffer.as_bytes()
    octets = bytes((DataType.COMPACT_ARRAY,)) + template.as_bytes() + encode_length(len(contents)) + contents
    return value_text(decode(octets))


def _time_text(octets: bytes) -> str:
    if octets == NOW:
        return _("now")
    if octets == NEVER:
        return _("never")
    decoded = decode_datetime(octets)
    if decoded.time is None:
        return octets.hex(" ").upper()
    zone = decoded.time.strftime("%z")
    return f"{decoded.time:%Y-%m-%d %H:%M:%S} {'UTC' if zone == '+0000' else zone}"


def _status_text(octet: int) -> str:
    names = [str(flag.name).lower().replace("_", " ") for flag in ClockStatus if octet & flag and octet != NO_STATUS]
    return f"{', '.join(names) or _('nothing against it')} (0x{octet:02X})"


def _captured(data: Data) -> tuple[str, ...]:
    items = data.as_items() if data.tag is DataType.ARRAY else (data,)
    names = []
    for item in items:
        class_id, obis, attribute, *_index = (*item.as_items(), null(), null(), null())
        name = Obis.from_bytes(obis.as_bytes())
        names.append(f"{number_of(class_id, str(name))}/{name}/{number_of(attribute, str(name))}")
    return tuple(names)


def value_text(data: Data) -> str:
    """Any value as text: lists in brackets (their first elements), octets as text, a time, or in hex."""
    value = data.value
    if isinstance(value, CompactArray | tuple):
        items = data.as_items()
        inner = ", ".join(value_text(item) for item in items[:SHOWN_ITEMS])
        more = len(items) - SHOWN_ITEMS
        if more > 0:
            inner += ", " + ngettext("… {count} more", "… {count} more", more).format(count=more)
        return f"{{{inner}}}" if data.tag is DataType.STRUCTURE else f"[{inner}]"
    if isinstance(value, bytes):
        return octets_text(value)
    if isinstance(value, str) and data.tag is not DataType.BIT_STRING:
        return f"“{plain_text(value)}”"
    if data.tag in DELTAS and isinstance(value, int):
        return f"{value:+d}"  # to the row before
    return _("nothing") if value is None else str(data.plain())


def octets_text(octets: bytes) -> str:
    """Octets as a time, where they may be one, as text, or in hex."""
    if len(octets) == 12 and (time := _given_time(octets)):
        return time
    text = octets.decode("ascii", "replace")
    printable = text.isascii() and text.isprintable() and any(c.isalnum() for c in text)
    return f"“{text}”" if printable else octets.hex(" ").upper() or "“”"


def _given_time(octets: bytes) -> str:
    """The time that 12 octets may be; "" where they are none, or not a whole one."""
    try:
        if octets not in (NOW, NEVER) and decode_datetime(octets).time is None:
            return ""
        return _time_text(octets)
    except HhtError:
        return ""


def value_json(data: Data) -> dict[str, Any]:
    """A value with its type, for other programs: {"type", "value"} or {"type", "items"}; octets as hex."""
    return _json(data, {})


def _json(data: Data, seen: dict[tuple[DataType, object], dict[str, Any]]) -> dict[str, Any]:
    """`seen`: what was made of values without elements. Long lists hold few different ones."""
    if isinstance(data.value, CompactArray | tuple):
        kind = data.tag.name.lower().replace("_", "-")
        return {"type": kind, "items": [_json(item, seen) for item in data.as_items()]}
    if isinstance(data.value, float):
        return _scalar_json(data)  # minus zero equals zero, and is another one
    key = (data.tag, data.value)
    if key not in seen:
        seen[key] = _scalar_json(data)
    return seen[key]


def _scalar_json(data: Data) -> dict[str, Any]:
    kind = data.tag.name.lower().replace("_", "-")
    if isinstance(data.value, bytes):
        return {"type": kind, "value": data.value.hex()}
    if isinstance(data.value, float) and not math.isfinite(data.value):
        return {"type": kind, "value": str(data.value)}  # JSON has no number for it
    return {"type": kind, "value": data.plain()}


def entry_json(entry: ViewEntry) -> dict[str, Any]:
    """An object of the association view, not read: what it is, and which attributes may be read."""
    known = interface_class(entry.class_id)
    names = [{"attribute": number, "name": known.attribute(number).name} for number in entry.readable]
    return {**_head(entry), "attributes": names, "readable": list(entry.readable)}


def view_json(view: ObjectView) -> dict[str, Any]:
    """An object for an export: what it is, and each attribute with text and typed value, or why it was not read."""
    entry = view.entry
    attributes = []
    for attribute in view.attributes:
        shown: dict[str, Any] = {"attribute": attribute.number, "name": attribute.name}
        if attribute.data is None:
            shown["error"] = attribute.error
        else:
            shown |= {"text": attribute.text, "data": value_json(attribute.data)}
        attributes.append(shown)
    return {**_head(entry), "attributes": attributes}


def _head(entry: ViewEntry) -> dict[str, Any]:
    odd = {} if entry.raw is None else {"odd": entry.odd, "raw": value_json(entry.raw)}
    if not entry.is_object:
        return {"class_id": None, "class": "", "version": None, "obis": "", "name": entry_name(entry), **odd}
    return {
        "class_id": entry.class_id,
        "class": interface_class(entry.class_id).name,
        "version": entry.version,
        "obis": str(entry.obis),
        "name": object_name(entry.class_id, entry.obis),
        **odd,
    }
