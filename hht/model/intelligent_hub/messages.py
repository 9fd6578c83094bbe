"""The only six messages between the hub and a basic gas meter (IH-09; document 001, appendix C, “Meter”).

A write, an opening and a closing are acknowledged with the meter's prepay status. Volumes are nanolitres, so that what
the hub calculates and what the meter compares are the same number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hht.model.electricity_meter.items import SupplyState
from hht.model.han.requests import Audience, HanRequest


@dataclass(frozen=True, slots=True)
class HubMessage(HanRequest):
    """One of the six. Nobody but the hub may send it."""

    audience: ClassVar[Audience] = Audience.SUPPLIERS_DEVICES


@dataclass(frozen=True, slots=True)
class ReadTotalVolume(HubMessage):
    """The total register: nanolitres."""


@dataclass(frozen=True, slots=True)
class ReadCutOffVolume(HubMessage):
    """The cut-off volume: nanolitres; None where there is no limit."""


@dataclass(frozen=True, slots=True)
class ReadPrepayStatus(HubMessage):
    """Volume, cut-off volume and valve state: a `PrepayStatus`."""


@dataclass(frozen=True, slots=True)
class WriteCutOff(HubMessage):
    """The cut-off volume (None: no limit) and the cut-off delay, half-hours left without communication. `change_over`:
    the optional further item of IH-13: the volume at which a block of the tariff ends, and the meter is to report."""

    volume_nl: int | None
    delay: int
    change_over_nl: int | None = None
    changes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class OpenGasValve(HubMessage):
    """Open the valve (on approval: it closes again if gas flows while it is tested)."""

    changes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class CloseGasValve(HubMessage):
    """Close the valve, and keep it so until it is told to open."""

    changes: ClassVar[bool] = True


MESSAGES: tuple[type[HubMessage], ...] = (
    ReadTotalVolume,
    ReadCutOffVolume,
    ReadPrepayStatus,
    WriteCutOff,
    OpenGasValve,
    CloseGasValve,
)


@dataclass(frozen=True, slots=True)
class PrepayStatus:
    """What the meter says of itself: volumes in nanolitres, and the state of its valve."""

    volume_nl: int
    cut_off_nl: int | None
    valve: SupplyState
