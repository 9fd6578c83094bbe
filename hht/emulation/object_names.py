"""Which COSEM object and attribute stands for which data item of the meter (factbook 6.1, and generic COSEM's names).

Two conventions are ours: ``0-0:96.128.0.255`` (manufacturer-specific range, Data, visible-string) says what the optical
port lets a client do, "none", "read" or "installer", so that a terminal knows before it tries (absence means "read");
and log entries are structure{date-time octet-string(12), long-unsigned alert code, octet-string other information}.
"""

from __future__ import annotations

from hht.model.electricity_meter import Action, Item

CLASS_DATA, CLASS_REGISTER, CLASS_PROFILE, CLASS_CLOCK, CLASS_IMAGE_TRANSFER, CLASS_DISCONNECT = 1, 3, 7, 8, 18, 70

# item -> (class, OBIS, attribute). Where an object has two names, the first is the one that events quote.
OBJECTS: dict[Item, tuple[int, str, int]] = {
    Item.LOGICAL_DEVICE_NAME: (CLASS_DATA, "0-0:42.0.0.255", 2),
    Item.DEVICE_ID: (CLASS_DATA, "0-0:96.1.1.255", 2),
    Item.VARIANT: (CLASS_DATA, "0-0:96.1.2.255", 2),
    Item.MODEL: (CLASS_DATA, "0-0:96.1.4.255", 2),
    Item.MANUFACTURER: (CLASS_DATA, "0-0:96.1.6.255", 2),
    Item.FIRMWARE_VERSION: (CLASS_DATA, "0-0:0.2.1.255", 2),
    Item.LOCAL_ACCESS: (CLASS_DATA, "0-0:96.128.0.255", 2),
    Item.CLOCK: (CLASS_CLOCK, "0-0:1.0.0.255", 2),
    Item.CLOCK_STATUS: (CLASS_CLOCK, "0-0:1.0.0.255", 4),
    Item.ACTIVE_IMPORT: (CLASS_REGISTER, "1-0:1.8.0.255", 2),
    Item.ACTIVE_EXPORT: (CLASS_REGISTER, "1-0:2.8.0.255", 2),
    Item.ACTIVE_POWER_IMPORT: (CLASS_REGISTER, "1-0:1.7.0.255", 2),
    Item.VOLTAGE: (CLASS_REGISTER, "1-0:32.7.0.255", 2),
    Item.IMPORT_MPAN: (CLASS_DATA, "0-0:94.44.34.11", 2),
    Item.EXPORT_MPAN: (CLASS_DATA, "1-0:0.0.2.255", 2),
    Item.RANDOMISED_OFFSET: (CLASS_DATA, "0-0:94.44.0.0", 2),
    Item.RANDOMISED_OFFSET_LIMIT: (CLASS_DATA, "0-0:94.44.0.1", 2),
    Item.RANDOMISED_OFFSET_NUMBER: (CLASS_DATA, "0-0:94.44.0.2", 2),
    Item.IMAGE_TRANSFER: (CLASS_IMAGE_TRANSFER, "0-0:44.0.0.255", 6),
    Item.SUPPLY_STATE: (CLASS_DISCONNECT, "0-0:96.3.10.255", 3),
    Item.CONTACT_TELEPHONE: (CLASS_DATA, "0-0:96.13.0.255", 2),
    Item.CONTACT_NAME: (CLASS_DATA, "0-0:96.13.1.255", 2),
    Item.PROFILE: (CLASS_PROFILE, "0-0:99.1.0.255", 2),
    Item.EVENT_LOG: (CLASS_PROFILE, "0-0:99.98.0.255", 2),
    Item.SECURITY_LOG: (CLASS_PROFILE, "0-0:99.98.1.255", 2),
}
GENERIC_PROFILE = "1-0:99.1.0.255"  # the same profile under generic COSEM's name
EVENT_CODE = "0-0:96.11.0.255"  # columns of the logs
OTHER_INFORMATION = "0-0:96.11.1.255"

METHODS: dict[tuple[Item, Action], int] = {
    (Item.CLOCK, Action.ADJUST_TO_PRESET_TIME): 4,
    (Item.CLOCK, Action.PRESET_TIME): 5,
    (Item.CLOCK, Action.SHIFT_TIME): 6,
    (Item.IMAGE_TRANSFER, Action.INITIATE_IMAGE): 1,
    (Item.IMAGE_TRANSFER, Action.TAKE_BLOCK): 2,
    (Item.IMAGE_TRANSFER, Action.VERIFY_IMAGE): 3,
    (Item.IMAGE_TRANSFER, Action.ACTIVATE_IMAGE): 4,
    (Item.SUPPLY_STATE, Action.DISCONNECT): 1,
    (Item.SUPPLY_STATE, Action.RECONNECT): 2,
    (Item.PROFILE, Action.CLEAR): 1,
    (Item.EVENT_LOG, Action.CLEAR): 1,
    (Item.SECURITY_LOG, Action.CLEAR): 1,
}


def short(obis: str) -> str:
    """An OBIS as the command line writes it: the .255 of a current value is left out."""
    return obis.removesuffix(".255")
