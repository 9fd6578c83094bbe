"""A device says no. The reason is the device's; `hht.emulation` puts it into the protocol's own words."""

from __future__ import annotations

import enum

from hht.errors import HhtError


class Reason(enum.Enum):
    """Why a device refuses (the results in GBCS test data, factbook ch. 5, and the COSEM ones for them)."""

    ACCESS_DENIED = "access-denied"  # read-write-denied
    UNKNOWN_ITEM = "unknown-item"
    WRONG_TYPE = "wrong-type"
    OTHER = "other"  # other-reason: the value itself is not acceptable
    HARDWARE_FAULT = "hardware-fault"
    TEMPORARY_FAILURE = "temporary-failure"


class DeviceRefusal(HhtError):
    """The device understood and refused. `reason` tells the protocol's answer."""

    default_code = "device-refusal"

    def __init__(self, reason: Reason, message: str, *, remedy: str) -> None:
        super().__init__(message, remedy=remedy, reason=reason.value)
        self.reason = reason
