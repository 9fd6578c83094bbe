"""Comparing device ids, and showing what a device said without letting it draw on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers import DeviceId
from hht.plain_text import plain_text

if TYPE_CHECKING:
    from hht.work.job import JobDevice

_MAX_SHOWN = 60


def same_device(one: str, other: str) -> bool:
    """Whether two texts are the same EUI-64, however they are spelt; False where one of them is none."""
    try:
        return DeviceId.parse(one) == DeviceId.parse(other)
    except HhtError:
        return False


def device_kind(type_name: str) -> str:
    """A device's type, as a job file names it, in words."""
    return {"electricity-meter": _("electricity meter")}.get(type_name, type_name)


def device_words(device: JobDevice) -> str:
    """A device of a job, as it is named where nothing was done with it."""
    text = _("{kind} {device_id}, MPAN {mpan}")
    return text.format(kind=device_kind(device.type), device_id=device.device_id, mpan=device.mpan)


def shown(text: str) -> str:
    """A device's text as data: control and direction characters as escapes, and cut to a length that fits a line."""
    plain = plain_text(text)
    return plain if len(plain) <= _MAX_SHOWN else plain[:_MAX_SHOWN] + "…"
