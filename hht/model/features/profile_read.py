"""Reading a meter's half-hourly import profile over the HAN (ECS22b, GCS17; service request 4.8.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hht.model.commands import Command
from hht.model.device import Device
from hht.model.electricity_meter.captured import CapturedColumns
from hht.model.features.checks import require_range
from hht.model.parties import Party

_LAST_S = 1 << 40


@dataclass(frozen=True, slots=True)
class ReadImportProfile(Command):
    """(Unix seconds by the meter's clock, register) of each captured half-hour from `since_s` to `until_s`."""

    since_s: int = 0
    until_s: int = _LAST_S
    use_case: ClassVar[str] = "ECS22b"


@dataclass(frozen=True, slots=True)
class ReadGasProfile(ReadImportProfile):
    """The same of a gas meter; the register is in litres."""

    use_case: ClassVar[str] = "GCS17"


def check_span(asked: ReadImportProfile) -> None:
    """DeviceRefusal unless the span is one."""
    require_range("since", asked.since_s, 0, _LAST_S, " s")
    require_range("until", asked.until_s, asked.since_s, _LAST_S, " s")


def offer_profile(device: Device, profile: CapturedColumns, command: type[ReadImportProfile]) -> None:
    """Let parties read the first figure of each row of the profile."""

    def read(asked: ReadImportProfile, _sender: Party) -> tuple[tuple[int, int], ...]:
        check_span(asked)
        return tuple((row[0], row[1]) for row in profile.rows_between(asked.since_s, asked.until_s))

    device.accept({command: read})
