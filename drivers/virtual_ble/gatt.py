"""Words of GATT, as bleak and BlueZ write them."""

from __future__ import annotations

from bumble.core import UUID, AdvertisingData
from bumble.gatt import Characteristic

_LISTS = (
    AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
)
_PROPERTIES = {
    Characteristic.Properties.READ: "read",
    Characteristic.Properties.WRITE_WITHOUT_RESPONSE: "write-without-response",
    Characteristic.Properties.WRITE: "write",
    Characteristic.Properties.NOTIFY: "notify",
    Characteristic.Properties.INDICATE: "indicate",
}


def uuid_text(uuid: UUID) -> str:
    """36 characters, small letters."""
    digits = uuid.to_bytes(force_128=True)[::-1].hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def property_names(properties: int) -> list[str]:
    """What a characteristic can do."""
    return [name for flag, name in _PROPERTIES.items() if properties & flag]


def advertised_name(heard: AdvertisingData) -> str | None:
    """The name in an advertisement."""
    name = heard.get(AdvertisingData.COMPLETE_LOCAL_NAME) or heard.get(AdvertisingData.SHORTENED_LOCAL_NAME)
    return str(name) if name else None


def advertised_services(heard: AdvertisingData) -> list[str]:
    """The services in an advertisement."""
    found: list[str] = []
    for kind in _LISTS:
        uuids = heard.get(kind)
        found += [uuid_text(uuid) for uuid in uuids if isinstance(uuid, UUID)] if isinstance(uuids, list) else []
    return found
