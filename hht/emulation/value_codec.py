"""Values of the meter's data items as COSEM data, and back. What is of the wrong type goes back as the `Data` itself:
the model's gate then refuses it, after it has decided whether the client may write at all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from hht.emulation.image_objects import from_block, from_initiate
from hht.i18n import _
from hht.model.electricity_meter import Action, Item, PresetTime, SupplyState, TimeStatus
from hht.model.refusal import DeviceRefusal, Reason
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.data import Data, DataType
from hht.protocol.cosem.datetime import decode_datetime, encode_datetime
from hht.protocol.frames import ProtocolError

CONTROL_STATES = {SupplyState.DISABLED: 0, SupplyState.ENABLED: 1, SupplyState.ARMED: 2}


def text(value: object) -> Data:
    """Text as GB's objects hold it: an octet-string of ASCII."""
    return cosem.octets(str(value).encode("ascii", "replace"))


def visible(value: object) -> Data:
    """visible-string."""
    return cosem.visible(str(value))


def hex_octets(value: object) -> Data:
    """A Device ID or firmware version as its octets."""
    return cosem.octets(bytes.fromhex(str(value).replace("-", "")))


def energy(value: object) -> Data:
    """A register: double-long-unsigned, wrapping at 2^32 as a real one does."""
    return cosem.double_long_unsigned(_number(value) % (1 << 32))


def long_unsigned(value: object) -> Data:
    """long-unsigned."""
    return cosem.long_unsigned(_number(value))


def time_status(value: object) -> Data:
    """Device Time Status; its numbers 1 and 2 are COSEM's clock status bits "invalid" and "doubtful"."""
    return cosem.unsigned(_number(value))


def clock_octets(time: datetime, status: TimeStatus) -> Data:
    """The meter's time with its status, deviation 0: UTC."""
    return cosem.octets(encode_datetime(time, status=int(status)))


def control_state(value: object) -> Data:
    """Disconnect control's state: 0 disconnected, 1 connected, 2 ready for reconnection (armed)."""
    assert isinstance(value, SupplyState)
    return cosem.enumerated(CONTROL_STATES[value])


ENCODERS: dict[Item, Callable[[object], Data]] = {
    Item.LOGICAL_DEVICE_NAME: text,
    Item.DEVICE_ID: hex_octets,
    Item.MODEL: text,
    Item.MANUFACTURER: text,
    Item.VARIANT: text,
    Item.FIRMWARE_VERSION: hex_octets,
    Item.LOCAL_ACCESS: visible,
    Item.CLOCK_STATUS: time_status,
    Item.ACTIVE_IMPORT: energy,
    Item.ACTIVE_EXPORT: energy,
    Item.ACTIVE_POWER_IMPORT: energy,
    Item.VOLTAGE: long_unsigned,
    Item.IMPORT_MPAN: text,
    Item.EXPORT_MPAN: text,
    Item.RANDOMISED_OFFSET: long_unsigned,
    Item.RANDOMISED_OFFSET_LIMIT: long_unsigned,
    Item.RANDOMISED_OFFSET_NUMBER: long_unsigned,
    Item.SUPPLY_STATE: control_state,
    Item.CONTACT_NAME: text,
    Item.CONTACT_TELEPHONE: text,
}


def from_text(data: Data) -> object:
    """Text written as an octet-string; octets that are no ASCII stay visible as such, for the meter to refuse."""
    return data.as_bytes().decode("latin-1") if data.tag is DataType.OCTET_STRING else data


def from_long_unsigned(data: Data) -> object:
    """A number written as long-unsigned."""
    return data.as_int() if data.tag is DataType.LONG_UNSIGNED else data


def from_time(data: Data) -> object:
    """A time written as 12 octets; DeviceRefusal (other reason) when it is not fully given or no clock shows it."""
    if data.tag not in (DataType.OCTET_STRING, DataType.DATE_TIME) or len(data.as_bytes()) != 12:
        return data
    try:
        time = decode_datetime(data.as_bytes()).time
    except ProtocolError:
        time = None
    if time is None:
        raise DeviceRefusal(
            Reason.OTHER,
            _("The meter does not accept a time that is not fully given."),
            remedy=_("Send year to second, in UTC."),
        )
    return time.astimezone(UTC)


DECODERS: dict[Item, Callable[[Data], object]] = {
    Item.CLOCK: from_time,
    Item.IMPORT_MPAN: from_text,
    Item.RANDOMISED_OFFSET_LIMIT: from_long_unsigned,
    Item.CONTACT_NAME: from_text,
    Item.CONTACT_TELEPHONE: from_text,
}


def from_preset(data: Data | None) -> object:
    """The argument of preset_adjusting_time: structure{preset, interval start, interval end}."""
    if data is None or data.tag is not DataType.STRUCTURE or len(data.as_items()) != 3:
        return data
    preset, start, end = (from_time(item) for item in data.as_items())
    if isinstance(preset, datetime) and isinstance(start, datetime) and isinstance(end, datetime):
        return PresetTime(preset, start, end)
    return data


def from_long(data: Data | None) -> object:
    """A number written as long (shift_time)."""
    return data.as_int() if data is not None and data.tag is DataType.LONG else data


ARGUMENTS: dict[Action, Callable[[Data | None], object]] = {
    Action.PRESET_TIME: from_preset,
    Action.SHIFT_TIME: from_long,
    Action.INITIATE_IMAGE: from_initiate,
    Action.TAKE_BLOCK: from_block,
}


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value
