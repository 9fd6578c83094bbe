"""The data items of an electricity meter, by their trade names, and the actions on them.

This is the model's whole vocabulary towards `hht.emulation`; an item's object and attribute in a protocol stand there.
"""

from __future__ import annotations

import enum


class Item(enum.StrEnum):
    """What can be read from, and in some cases written to, the meter. Values are plain Python values (see `read`)."""

    LOGICAL_DEVICE_NAME = "logical-device-name"  # str, 16 characters
    DEVICE_ID = "device-id"  # str, EUI-64 as 00-DB-...
    MODEL = "model"  # str
    MANUFACTURER = "manufacturer"  # str
    VARIANT = "variant"  # str, one letter
    FIRMWARE_VERSION = "firmware-version"  # str, 8 hex digits
    LOCAL_ACCESS = "local-access"  # str: none, read, installer
    CLOCK = "clock"  # datetime, UTC
    CLOCK_STATUS = "clock-status"  # TimeStatus
    ACTIVE_IMPORT = "active-import"  # int, Wh
    ACTIVE_EXPORT = "active-export"  # int, Wh
    ACTIVE_POWER_IMPORT = "active-power-import"  # int, W
    VOLTAGE = "voltage"  # int, tenths of a volt
    IMPORT_MPAN = "import-mpan"  # str, "" until set
    EXPORT_MPAN = "export-mpan"  # str, "" until set
    RANDOMISED_OFFSET = "randomised-offset"  # int, s
    RANDOMISED_OFFSET_LIMIT = "randomised-offset-limit"  # int, s
    RANDOMISED_OFFSET_NUMBER = "randomised-offset-number"  # int, ten-thousandths
    SUPPLY_STATE = "supply-state"  # SupplyState
    CONTACT_NAME = "contact-name"  # str
    CONTACT_TELEPHONE = "contact-telephone"  # str
    PROFILE = "half-hourly-profile"  # LoadProfile
    EVENT_LOG = "event-log"  # CircularLog
    SECURITY_LOG = "security-log"  # CircularLog
    POWER_EVENT_LOG = "power-event-log"  # CircularLog
    ALCS_EVENT_LOG = "alcs-event-log"  # CircularLog
    # What a feature of the meter holds, read as the feature itself
    MEASUREMENT = "measurement"  # Measurement: reactive energy, elements and phases
    VOLTAGES = "voltages"  # tuple of int, tenths of a volt, one for each phase
    TRANSFORMERS = "transformers"  # TransformerReadings of a meter behind current transformers; else None
    VOLTAGE_SUPERVISION = "voltage-supervision"  # Voltage: thresholds, counters, averages
    MAXIMUM_DEMAND = "maximum-demand"  # MaximumDemand
    LOAD_LIMIT = "load-limit"  # LoadLimit
    SHORT_PROFILE = "short-profile"  # ShortProfile
    TARIFF = "tariff"  # Tariff of the meter, or of its first element
    SECOND_TARIFF = "second-tariff"  # Tariff of the second element; None where there is none
    COST = "cost"  # Tariff, for what has been spent
    BILLING = "billing"  # BillingLog
    DAILY_STORES = "daily-stores"  # DailyStores
    PREPAYMENT = "prepayment"  # Prepayment
    LOAD_CONTROL = "load-control"  # LoadControl
    MESSAGE = "message"  # str, "" where there is none
    SUPPLY_TAMPER_STATE = "supply-tamper-state"  # bool: a tamper locks the supply
    IMAGE_TRANSFER = "image-transfer"  # ImagePort


class Action(enum.StrEnum):
    """What can be done to an item beyond writing it."""

    PRESET_TIME = "preset-time"  # CLOCK; argument PresetTime
    ADJUST_TO_PRESET_TIME = "adjust-to-preset-time"  # CLOCK; no argument
    SHIFT_TIME = "shift-time"  # CLOCK; argument int, s
    CLEAR = "clear"  # EVENT_LOG, SECURITY_LOG, PROFILE; no argument
    INITIATE_IMAGE = "initiate"  # IMAGE_TRANSFER; argument (bytes identifier, int octets)
    TAKE_BLOCK = "take-block"  # IMAGE_TRANSFER; argument (int number, bytes block)
    VERIFY_IMAGE = "verify"  # IMAGE_TRANSFER; no argument that matters
    ACTIVATE_IMAGE = "activate"  # IMAGE_TRANSFER; likewise
    DISCONNECT = "disconnect"  # SUPPLY_STATE
    RECONNECT = "reconnect"  # SUPPLY_STATE


class SupplyState(enum.StrEnum):
    """State of the load switch (factbook 2.6)."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    ARMED = "armed"


class LocalAccess(enum.StrEnum):
    """What a meter's optical port allows. `INSTALLER` is for training and SMETS1-class meters only: on SMETS2 a change
    is the supplier's and comes as a signed command (factbook ch. 0, 1 and 3)."""

    NONE = "none"
    READ = "read"
    INSTALLER = "installer"


WRITABLE = frozenset(
    {Item.CLOCK, Item.IMPORT_MPAN, Item.RANDOMISED_OFFSET_LIMIT, Item.CONTACT_NAME, Item.CONTACT_TELEPHONE}
)
