"""Auxiliary load control, and what the meter has to say to the people at home, as COSEM objects (factbook 2.4, 6.1).

Which kind of switch it is and where: an octet 1 (in the meter) or 2 (on the HAN), and seven of no meaning; the words of
its state are our own. The Customer Identification Number is never shown here: reading it back proves who is at home.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hht.emulation import calendar_values as calendars
from hht.emulation.object_parts import CosemObject, Read, constant, data_object, plain_object
from hht.emulation.value_codec import text
from hht.model.electricity_meter import ElectricityMeter, Item
from hht.model.electricity_meter.load_control import AuxiliarySwitch
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.data import Data

CLASS_SCHEDULE, CLASS_SPECIAL_DAYS, CLASS_DISCONNECT = 10, 11, 70
SWITCH_SCRIPTS: Final = "0-0:10.0.103.255"
_IN_METER, _ON_HAN = 1, 2
_CONTROL_MODE_REMOTE: Final = 4  # switched from afar, both ways
_OPEN, _CLOSED = 0, 1


def switch_objects(meter: ElectricityMeter) -> list[CosemObject]:
    """Of the switches that this meter has; nothing but the message where it has none."""
    objects = [data_object(Item.MESSAGE, "0-2:96.13.1.255", text)]
    numbers = sorted(meter.load_control.switches)
    for number in numbers:
        objects += _switch(number)
    if numbers:
        objects += _calendar()
    if meter.capabilities.boost_button:
        objects.append(data_object(Item.LOAD_CONTROL, "0-0:94.44.7.255", constant(cosem.boolean(True))))
        objects += [data_object(Item.LOAD_CONTROL, f"0-0:94.44.6.{number}", _boosts(number)) for number in numbers]
    return objects


def _switch(number: int) -> list[CosemObject]:
    item = Item.LOAD_CONTROL
    contact: dict[int, Read] = {
        2: _of(number, lambda switch: cosem.boolean(switch.closed)),
        3: _of(number, lambda switch: cosem.enumerated(_CLOSED if switch.closed else _OPEN)),
        4: constant(cosem.enumerated(_CONTROL_MODE_REMOTE)),
    }
    return [
        plain_object(item, CLASS_DISCONNECT, f"0-{number}:96.3.10.255", contact),
        data_object(item, f"0-0:94.44.0.{10 + number}", _of(number, lambda switch: cosem.visible(switch.plan.label))),
        data_object(item, f"0-0:94.44.0.{20 + number}", _of(number, _kind)),
        data_object(item, f"0-0:94.44.0.{30 + number}", _of(number, _state)),
    ]


def _of(number: int, read: Callable[[AuxiliarySwitch], Data]) -> Read:
    return lambda control: read(control.switches[number])


def _kind(switch: AuxiliarySwitch) -> Data:
    return cosem.octets(bytes((_ON_HAN if switch.plan.device else _IN_METER,)) + bytes(7))


def _state(switch: AuxiliarySwitch) -> Data:
    where = switch.plan.device or "meter"
    return cosem.utf8(f"{'closed' if switch.closed else 'open'} by {switch.why}; {where}, {switch.plan.rating_a} A")


def _boosts(number: int) -> Read:
    return _of(number, lambda switch: cosem.boolean(switch.plan.boost))


def _calendar() -> list[CosemObject]:
    """Class 10 for all of them: a script's selector is 256 times the switch's number, and 1 to close it."""

    def entries(control: Any) -> Data:
        each = [(switch.plan.calendar, _selector(number)) for number, switch in sorted(control.switches.items())]
        return calendars.schedule(each, SWITCH_SCRIPTS)

    def special(control: Any) -> Data:
        found = (switch.plan.calendar for switch in control.switches.values() if switch.plan.calendar is not None)
        return calendars.special_days(next((calendar for calendar in found if calendar.special), None))

    return [
        plain_object(Item.LOAD_CONTROL, CLASS_SCHEDULE, "0-0:12.0.2.255", {2: entries}),
        plain_object(Item.LOAD_CONTROL, CLASS_SPECIAL_DAYS, "0-0:11.0.3.255", {2: special}),
    ]


def _selector(number: int) -> Callable[[int], int]:
    return lambda value: number << 8 | value
