"""The three enumerations of device types, kept as three types: each numbers or names devices in its own way.

    GBCS     in joins and device logs (ASN.1): 0 GSME, 1 ESME, 2 CHF, 3 GPF, 4 HCALCS, 5 PPMID, 6 Type 2
    CCS01    in the hub's Device Log (COSEM class 104): 0 ESME, 1 GSME, 13 HCALCS, 128 IHD, 130 CAD, 132 PPMID
    DUIS     in service requests, by name: ESME, GSME, GPF, CHF, HCALCS, PPMID, IHD, CAD

A handheld terminal has no number in any of them. Source: gbcs.md 1.5 and 3; factbook chapter 2.
"""

from __future__ import annotations

import enum

from hht.i18n import _
from hht.protocol.gbcs.errors import GbcsError


class GbcsDeviceType(enum.IntEnum):
    """As in joins (CS03), device logs (CS07) and the gas proxy's log (GCS59)."""

    GSME = 0
    ESME = 1
    CHF = 2
    GPF = 3
    HCALCS = 4
    PPMID = 5
    TYPE_2 = 6


class DeviceLogType(enum.IntEnum):
    """As in the hub's Device Log (CCS01 and what reads it)."""

    ESME = 0
    GSME = 1
    HCALCS = 13
    IHD = 128
    CAD = 130
    PPMID = 132


class DuisDeviceType(enum.StrEnum):
    """As in DUIS requests."""

    ESME = "ESME"
    GSME = "GSME"
    GPF = "GPF"
    CHF = "CHF"
    HCALCS = "HCALCS"
    PPMID = "PPMID"
    IHD = "IHD"
    CAD = "CAD"


_TYPE_2_NAMES = ("IHD", "CAD")


def to_gbcs(kind: DeviceLogType | DuisDeviceType) -> GbcsDeviceType:
    """The type in joins; displays and consumer access devices are Type 2 there."""
    return GbcsDeviceType.TYPE_2 if kind.name in _TYPE_2_NAMES else GbcsDeviceType[kind.name]


def to_device_log(kind: GbcsDeviceType | DuisDeviceType) -> DeviceLogType:
    """The type in the hub's Device Log. Raises GbcsError for what cannot stand there: a hub itself (CHF, GPF), and
    Type 2, which is one of two."""
    found = DeviceLogType.__members__.get(kind.name)
    if found is None:
        raise _no_such(kind.name, _("the hub's Device Log"))
    return found


def _no_such(name: str, where: str) -> GbcsError:
    return GbcsError(
        _("A device of type {type} has no type in {where}.").format(type=name.replace("_", " "), where=where),
        remedy=_("Look up on its label what the device is: a display and a consumer access device are both Type 2."),
        code="gbcs-device-type",
    )
