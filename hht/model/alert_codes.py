"""The alert codes that the modelled devices write into their logs (GBCS code tables, factbook 5.2).

Meanings for people stand in ``resources/catalogue/alerts.json`` (`hht.alerts`).
"""

from __future__ import annotations

import enum


class AlertCode(enum.IntEnum):
    """Codes as GBCS numbers them."""

    CLOCK_ADJUSTED = 0x8145
    CLOCK_NOT_ADJUSTED_OUTSIDE_TOLERANCE = 0x81C6
    COMMUNICATION_FROM_LOCAL_PORT = 0x81A5
    LOCAL_COMMAND_ACTIONED = 0x8154
    LOCAL_COMMAND_NOT_ACTIONED = 0x8155
    SOURCE_LACKS_AUTHORITY = 0x8F30
    SUPPLY_OUTAGE_RESTORED = 0x8F35
    SUPPLY_OUTAGE_RESTORED_LONG = 0x8F36
    UNAUTHORISED_COMMUNICATION = 0x8F3E
    EVENT_LOG_CLEARED = 0x8F52
    AUTHENTICATION_FAILED = 0x8F53
    SUPPLY_INTERRUPTED = 0x8F57
    FIRMWARE_VERIFIED = 0x8F72
    TERMINAL_COVER_REMOVED = 0x8F76
    TERMINAL_COVER_CLOSED = 0x81C1
