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


def bare(text: str) -> str:
    """Letters and digits alone, in capitals: for comparing, never for showing or keeping."""
    return "".join(character for character in text.upper() if character.isalnum())


def same_serial(one: str, other: str) -> bool:
    """Whether two serial numbers are the same, however they are spaced."""
    return bare(one) == bare(other)


def device_kind(type_name: str) -> str:
    """A device's type, as a job file names it, in words."""
    words = {
        "electricity-meter": _("electricity meter"),
        "generation-meter": _("microgeneration meter"),
        "gas-meter": _("gas meter"),
        "communications-hub": _("communications hub"),
        "in-home-display": _("in-home display"),
        "prepayment-interface": _("prepayment interface (PPMID)"),
        "load-control-switch": _("load control switch"),
        "consumer-access-device": _("consumer access device"),
    }
    return words.get(type_name, type_name)


def device_words(device: JobDevice) -> str:
    """A device of a job, as it is named where nothing was done with it."""
    return words_of(device.type, str(device.device_id), str(getattr(device, "mpan", "")))


def words_of(type_name: str, device_id: str, mpan: str) -> str:
    """A device in words; `mpan` is empty where it has none."""
    if not mpan:
        return _("{kind} {device_id}").format(kind=device_kind(type_name), device_id=device_id)
    text = _("{kind} {device_id}, MPAN {mpan}")
    return text.format(kind=device_kind(type_name), device_id=device_id, mpan=mpan)


def shown(text: str) -> str:
    """A device's text as data: control and direction characters as escapes, and cut to a length that fits a line."""
    plain = plain_text(text)
    return plain if len(plain) <= _MAX_SHOWN else plain[:_MAX_SHOWN] + "…"
