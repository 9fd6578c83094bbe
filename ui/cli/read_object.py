"""`hht read LINK OBJECT`: any object, in the shape of what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.client.api import MeterError
from hht.clock import iso_z
from hht.i18n import _
from ui.cli.common import Output

if TYPE_CHECKING:
    from hht.client.api import ClockReading, RegisterReading
    from hht.client.meter_objects import ViewEntry
    from hht.client.meter_session import MeterSession
    from hht.client.object_reader import AttributeValue
    from hht.protocol.cosem.obis import Obis

CLOCK, REGISTERS, PROFILE = 8, (3, 4), 7


def show_clock(output: Output, reading: ClockReading) -> None:
    """One clock."""
    text = _("{time}  {status}  ({drift:+.0f} s against this computer)")
    if reading.is_vague:
        text = _("{time}  {status}  ({drift:+.0f} s against this computer, give or take {within:.0f} s)")
    output.emit(
        "clock",
        text.format(
            time=iso_z(reading.time), status=reading.status.words, drift=reading.drift_s, within=reading.within_s
        ),
        time=iso_z(reading.time),
        status=reading.status.value,
        drift_s=round(reading.drift_s, 1),
        within_s=round(reading.within_s, 1),
    )


def show_register(output: Output, register: RegisterReading) -> None:
    """One register."""
    value = None if register.value is None else str(register.value)
    shown = f"{value:>14} {register.unit:<5} {register.label}" if not register.odd else f"{register.text:>14}"
    output.emit(
        "register",
        f"{register.obis:<14} {shown}",
        obis=register.obis,
        value=value,
        unit=register.unit,
        label=register.label,
        **({"odd": register.odd} if register.odd else {}),
    )


def show_entry(output: Output, entry: ViewEntry) -> None:
    """One object of the association view, not read."""
    from hht.client.object_reader import entry_json

    output.emit("object", entry_line(entry), **entry_json(entry))


def entry_line(entry: ViewEntry) -> str:
    """Class, name and what it is, in a line."""
    from hht.client.object_reader import describe, entry_name

    number = entry.class_id if entry.is_object else "?"
    return f"{number:>5}  {entry_name(entry):<18} {describe(entry)}"


async def show_object(output: Output, meter: MeterSession, name: str) -> int:
    """``OBIS``, every object of that name, or ``class/OBIS/attribute``. The number of rows shown.

    Raises MeterError for a name that is none, and for an object that the meter does not show.
    """
    from hht.protocol.cosem.obis import Obis

    parts = name.split("/")
    if len(parts) == 3:
        class_id, attribute = _number(parts[0], 0xFFFF, name), _number(parts[2], 0x7F, name)
        obis = Obis.parse(parts[1])
        _show_attribute(output, class_id, obis, await meter.read_attribute(class_id, obis, attribute))
        return 0
    obis = Obis.parse(name)
    found = [entry for entry in await meter.association_view() if entry.is_object and entry.obis == obis]
    if not found:
        raise MeterError(
            _("The meter shows no object {name}.").format(name=name),
            remedy=_("List what it has: hht browse LINK."),
            code="object-undefined",
        )
    return sum([await _show_entry(output, meter, entry) for entry in found])


async def _show_entry(output: Output, meter: MeterSession, entry: ViewEntry) -> int:
    from hht.client import catalogue

    if entry.class_id == CLOCK and str(entry.obis) == catalogue.CLOCK:
        show_clock(output, await meter.read_clock())
    elif entry.class_id in REGISTERS and {2, 3} <= set(entry.readable):
        show_register(output, await meter.read_register(entry))
    elif entry.class_id == PROFILE and {2, 3} <= set(entry.readable):
        return await _show_buffer(output, meter, entry.obis)
    else:
        view = await meter.read_object_view(entry)
        for value in view.attributes:
            _show_attribute(output, entry.class_id, entry.obis, value)
    return 0


async def _show_buffer(output: Output, meter: MeterSession, obis: Obis) -> int:
    """Any profile: the time of a row from its clock column, the rest as values: as they are, and with their units."""
    from hht.client.object_reader import value_text
    from hht.client.scales_beyond import in_scale
    from hht.client.values import clock_status, time_of

    buffer = await meter.read_buffer(obis)
    for row in buffer.rows:
        time, status, values, shown = "", "", {}, {}
        for column, scale, cell in zip(buffer.columns, buffer.scales, row, strict=True):
            if column.startswith(f"{CLOCK}/") and column.endswith("/2") and not time:
                moment, octet = time_of(cell.value, str(obis))
                time, status = iso_z(moment), clock_status(octet).value
            else:
                number = cell.value
                plain = isinstance(number, int) and not isinstance(number, bool)
                values[column] = str(number) if plain else value_text(cell)
                shown[column] = in_scale(cell, scale) or values[column]
        text = "  ".join(f"{name}={value}" for name, value in shown.items())
        output.emit("row", f"{time}  {text}", time=time, status=status, values=values, shown=shown)
    return len(buffer.rows)


def _show_attribute(output: Output, class_id: int, obis: Obis, value: AttributeValue) -> None:
    from hht.client.object_reader import value_json

    fields = {"obis": str(obis), "class_id": class_id, "attribute": value.number, "name": value.name}
    if value.data is None:
        fields["error"] = value.error
    else:
        fields |= {"value": value.text, "data": value_json(value.data)}
    output.emit("object", f"{class_id}/{obis}/{value.number}  {value.name}: {value.text or value.error}", **fields)


def _number(text: str, most: int, name: str) -> int:
    """A class or an attribute as a person wrote it. Raises MeterError."""
    if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= most:
        return int(text)
    raise MeterError(
        _("“{text}” in “{name}” is no number from 0 to {most}.").format(text=text, name=name, most=most),
        remedy=_("Write class/OBIS/attribute, for example 3/1-0:1.8.0/2."),
        code="object-name",
    )
