"""Which log an alert enters, and whether it goes out to the WAN (factbook 2.10; GBCS's routing, in its usual setting).

An alert of the Security Log is mandated and cannot be configured (factbook 2.10); the others a supplier may silence.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from hht.model.alert_codes import AlertCode


class LogName(enum.StrEnum):
    """The logs of a device, 100 entries each (factbook 2.3)."""

    EVENT = "event"
    SECURITY = "security"
    POWER_EVENT = "power event"
    ALCS_EVENT = "auxiliary load control switch event"


@dataclass(frozen=True, slots=True)
class Route:
    """What becomes of an event: entered into `log` where it is `logged`, sent to its remote party (`wan`), shared with
    the devices at home (`han`), sounded at the meter (`alarm`)."""

    log: LogName
    wan: bool
    logged: bool = True
    han: bool = False
    alarm: bool = False

    @property
    def configurable(self) -> bool:
        """Whether a supplier may change it."""
        return self.log is not LogName.SECURITY


_SECURITY = frozenset(
    {
        AlertCode.COMMUNICATION_FROM_LOCAL_PORT,
        AlertCode.COMMUNICATIONS_HUB_DISCONNECTED,
        AlertCode.BATTERY_COVER_CLOSED,
        AlertCode.METER_COVER_CLOSED,
        AlertCode.TERMINAL_COVER_CLOSED,
        AlertCode.MAGNETIC_FIELD_REMOVED,
        AlertCode.TILT,
        AlertCode.TILT_ENDED,
        AlertCode.SUPPLY_LOCKED_AFTER_TAMPER,
        AlertCode.FIRMWARE_CHECK_FAILED_AT_POWER_ON,
        AlertCode.FIRMWARE_CHECK_FAILED,
        AlertCode.COMMAND_INTEGRITY_CHECK_FAILED,
        AlertCode.SOURCE_LACKS_AUTHORITY,
        AlertCode.TRUSTED_SOURCE_AUTHENTICATION_FAILED,
        AlertCode.UNAUTHORISED_COMMUNICATION,
        AlertCode.TAMPER_DETECTED,
        AlertCode.FIRMWARE_CHANGED,
        AlertCode.SIGNING_CERTIFICATE_NOT_REPLACED,
        AlertCode.SIGNING_CERTIFICATE_REPLACED,
        AlertCode.KEY_AGREEMENT_CERTIFICATE_NOT_REPLACED,
        AlertCode.KEY_AGREEMENT_CERTIFICATE_REPLACED,
        AlertCode.EVENT_LOG_CLEARED,
        AlertCode.AUTHENTICATION_FAILED,
        AlertCode.UNUSUAL_MALFORMED_COMMANDS,
        AlertCode.CREDENTIALS_UPDATED,
        AlertCode.FIRMWARE_VERIFIED,
        AlertCode.BATTERY_COVER_REMOVED,
        AlertCode.METER_COVER_REMOVED,
        AlertCode.MAGNETIC_FIELD,
        AlertCode.TERMINAL_COVER_REMOVED,
        AlertCode.SECOND_TERMINAL_COVER_REMOVED,
        AlertCode.OTHER_TAMPER,
        AlertCode.BATTERY_RESET,
    }
)
_OUTAGE = frozenset(
    {code for code in AlertCode if 0x8F35 <= code <= 0x8F3C or 0x8F57 <= code <= 0x8F5A}
)  # supply interrupted and restored
_AUXILIARY = frozenset({AlertCode.AUXILIARY_SWITCH_FAILED, AlertCode.AUXILIARY_SWITCH_CHANGED})
_SILENT = frozenset(  # kept in the log, sent to nobody
    {
        AlertCode.LOCAL_COMMAND_ACTIONED,
        AlertCode.LOCAL_COMMAND_NOT_ACTIONED,
        AlertCode.USER_INTERFACE_COMMAND_ACTIONED,
        AlertCode.USER_INTERFACE_COMMAND_NOT_ACTIONED,
        AlertCode.MESSAGE_ACKNOWLEDGED,
        AlertCode.AUXILIARY_SWITCH_CHANGED,
        AlertCode.FIRMWARE_VERIFIED,
    }
)


def route(code: AlertCode) -> Route:
    """The usual route of `code`: voltage and outage: Power Event Log; tamper and trust: Security Log."""
    return _ROUTES[code]


def _usual(code: AlertCode) -> Route:
    wan = code not in _SILENT
    if code in _SECURITY:
        return Route(LogName.SECURITY, wan)
    if code in _AUXILIARY:
        return Route(LogName.ALCS_EVENT, wan)
    if code in _OUTAGE or 0x8002 <= code <= 0x802F or 0x8085 <= code <= 0x809C:
        return Route(LogName.POWER_EVENT, wan)
    return Route(LogName.EVENT, wan)


_ROUTES = {code: _usual(code) for code in AlertCode}
