"""Lists of structures in words, where their class says what they are: calendars, charges, references (Blue Book 4.5).

Each raises MeterError, or another HhtError, for what does not have that shape: it is then shown as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from hht.client.api import MeterError
from hht.client.values import items_of, number_of, text_of
from hht.i18n import _
from hht.plain_text import plain_text
from hht.protocol.cosem.data import Data, DataType
from hht.protocol.cosem.obis import Obis

_ANY: Final = 0xFF
_ANY_YEAR: Final = b"\xff\xff"


def list_text(kind: str, data: Data) -> str:
    """`data` in words; "" for another kind, and for an empty list."""
    make = _MAKERS.get(kind)
    return "" if make is None else make(data)


def reference(data: Data) -> str:
    """structure{class, logical name, attribute} as class/OBIS/attribute; of no object: "nothing"."""
    class_id, name, attribute = items_of(data, 3, "value definition")
    of = number_of(class_id, "class")
    if not of:
        return _("nothing")
    return f"{of}/{Obis.from_bytes(name.as_bytes())}/{number_of(attribute, 'attribute', -128, 255)}"


def _each(make: Callable[[Data], str], apart: str = "; ") -> Callable[[Data], str]:
    return lambda data: apart.join(make(item) for item in data.as_items())


def _name(data: Data) -> str:
    return str(Obis.from_bytes(data.as_bytes()))


def _season(data: Data) -> str:
    name, begins, week = items_of(data, 3, "season")
    return _("{name} from {date}: week {week}").format(
        name=_called(name), date=_date(begins.as_bytes()), week=_called(week)
    )


def _week(data: Data) -> str:
    name, *days = items_of(data, 8, "week")
    numbers = " ".join(str(number_of(day, "day")) for day in days)
    return _("{name}, Monday to Sunday: days {days}").format(name=_called(name), days=numbers)


def _day(data: Data) -> str:
    number, times = items_of(data, 2, "day")
    switched = []
    for entry in times.as_items():
        at, _script, selector = items_of(entry, 3, "switching time")
        switched.append(f"{_time(at.as_bytes())} → {number_of(selector, 'selector')}")
    return _("day {number}: {times}").format(
        number=number_of(number, "day"), times=", ".join(switched) or _("nothing is switched")
    )


def _special_day(data: Data) -> str:
    _index, moment, day = items_of(data, 3, "special day")
    return _("{date}: day {number}").format(date=_date(moment.as_bytes()), number=number_of(day, "day"))


def _schedule_entry(data: Data) -> str:
    index, enabled, _script, selector, at, _valid, weekdays, _special, begins, ends = items_of(data, 10, "entry")
    if weekdays.tag is not DataType.BIT_STRING or not isinstance(enabled.value, bool):
        raise _another_shape()
    names = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
    on = [name for name, bit in zip(names, str(weekdays.value), strict=False) if bit == "1"]
    text = f"{number_of(index, 'index')}: {_time(at.as_bytes())} {' '.join(on) if len(on) < len(names) else _('daily')}"
    span = [one.as_bytes() for one in (begins, ends)]
    if any(octet != _ANY for octet in b"".join(span)):
        text += " " + _("from {begins} to {ends}").format(begins=_date(span[0]), ends=_date(span[1]))
    text += " → " + str(number_of(selector, "selector"))
    return text if enabled.value else _("{entry} (off)").format(entry=text)


def _unit_charge(data: Data) -> str:
    scales, commodity, rows = items_of(data, 3, "charge")
    per, scale = (number_of(one, "scale", -12, 12) for one in items_of(scales, 2, "scales"))
    prices = []
    for row in rows.as_items():
        index, price = items_of(row, 2, "price")
        label = " ".join(str(octet) for octet in index.as_bytes())
        amount = str(Decimal(number_of(price, "price", -(1 << 31), 1 << 31)).scaleb(scale))
        prices.append(f"{label}: {amount}" if label else amount)
    of = reference(commodity)
    if of == _("nothing"):
        return ", ".join(prices)
    return _("{prices} for 10^{per} of {what}").format(prices=", ".join(prices), per=per, what=of)


def _account_mode(data: Data) -> str:
    mode, status = (number_of(one, "mode") for one in items_of(data, 2, "mode"))
    modes = {1: _("credit mode"), 2: _("prepayment mode")}
    states = {1: _("new, not active"), 2: _("active"), 3: _("closed")}
    if mode not in modes or status not in states:
        raise _another_shape()
    return f"{modes[mode]}, {states[status]} ({mode}, {status})"


def _called(data: Data) -> str:
    return plain_text(text_of(data))


def _time(octets: bytes) -> str:
    """Hour, minute, second, hundredths."""
    if len(octets) != 4 or octets[0] > 23 or octets[1] > 59:
        raise _another_shape()
    seconds = f":{octets[2]:02}" if octets[2] not in (0, _ANY) else ""
    return f"{octets[0]:02}:{octets[1]:02}{seconds}"


def _date(octets: bytes) -> str:
    """Year, month, day (and more, which is left out); a month or day that is not given stands as dashes."""
    if len(octets) < 4:
        raise _another_shape()
    month, day = ("--" if one == _ANY else f"{one:02}" for one in octets[2:4])
    if octets[:2] == _ANY_YEAR:
        return _("{month}-{day} each year").format(month=month, day=day)
    return f"{int.from_bytes(octets[:2], 'big'):04}-{month}-{day}"


def _another_shape() -> MeterError:
    return MeterError(_("The value has another shape than its class says."), remedy=_("Look at the octets."))


_MAKERS: Final[dict[str, Callable[[Data], str]]] = {
    "definition": reference,
    "names": _each(_name, ", "),
    "seasons": _each(_season),
    "weeks": _each(_week),
    "days": _each(_day),
    "special_days": _each(_special_day),
    "schedule": _each(_schedule_entry),
    "unit_charge": _unit_charge,
    "account_mode": _account_mode,
}
