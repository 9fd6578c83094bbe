"""A premises and the devices in it, from a readable TOML file (``resources/premises/*.toml``, or any path)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hht.clock import Clock
from hht.i18n import _
from hht.model.clock import SimulatedClock
from hht.model.electricity_meter import (
    ElectricityMeter,
    LocalAccess,
    MeterConfiguration,
    OpticalHead,
    OpticalMode,
    ProfileForm,
    SupplyState,
    TimeStatus,
)
from hht.model.electricity_meter.clients import ClientSet, clients_of
from hht.model.electricity_meter.household import HouseholdShape
from hht.model.electricity_meter.identity import MeterIdentity
from hht.model.electricity_meter.randomised_offset import MAXIMUM_LIMIT_S
from hht.model.premises_file import PremisesError, Section, parse_toml
from hht.resources import resource_path

HISTORY_DAYS = 396  # 13 months
MAXIMUM_HISTORY_DAYS = 3660
KINDS = ("electricity-meter",)
COUNTERS = ("per-association", "strict")  # how invocation counters may begin
FAULTS = ("refuses-writes", "forgets-writes")


@dataclass(frozen=True, slots=True)
class PremisesPlan:
    """What a premises file says, checked; nothing lives yet."""

    name: str
    title: str
    description: str
    devices: tuple[MeterConfiguration, ...]


@dataclass(frozen=True, slots=True)
class Premises:
    """A premises that lives on `true_time`."""

    plan: PremisesPlan
    true_time: SimulatedClock
    devices: tuple[ElectricityMeter, ...]

    @property
    def name(self) -> str:
        """The name it was asked for by."""
        return self.plan.name

    def device(self, device_id: str | None = None) -> ElectricityMeter:
        """The device called `device_id` ("esme-1"), or the first; PremisesError when there is none such."""
        if device_id is None:
            return self.devices[0]
        for device in self.devices:
            if device.configuration.name == device_id:
                return device
        known = ", ".join(device.configuration.name for device in self.devices)
        raise PremisesError(
            _("The premises “{name}” has no device “{device}”.").format(name=self.name, device=device_id),
            remedy=_("Choose one of: {known}.").format(known=known),
            code="premises-device",
        )


def available_premises() -> list[str]:
    """Names of the premises that come with the program, sorted."""
    return sorted(path.stem for path in resource_path("premises").glob("*.toml"))


def read_premises(name_or_path: str) -> PremisesPlan:
    """The checked plan of a premises by name, or of a file by its path. Raises PremisesError."""
    path = resource_path("premises", f"{name_or_path}.toml")
    if re.fullmatch(r"[a-z0-9-]+", name_or_path) is None or not path.is_file():
        path = Path(name_or_path)
        if path.suffix != ".toml":
            raise _unknown(name_or_path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _unknown(name_or_path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise PremisesError(
            _("{file} cannot be read: {problem}").format(file=path, problem=error),
            remedy=_("Give the path of a readable text file."),
            file=str(path),
            field="",
            line=0,
        ) from None
    return parse_premises(text, name=path.stem, file=path.name)


def parse_premises(text: str, *, name: str, file: str) -> PremisesPlan:
    """The checked plan in a TOML text; PremisesError names the line, the device and the field that is wrong."""
    top = Section(parse_toml(text, file), text=text, file=file)
    title = top.text("title")
    description = top.text("description", "")
    sections = top.devices()
    top.done()
    devices: list[MeterConfiguration] = []
    for section in sections:
        device = _device(section)
        if any(device.name == other.name for other in devices):
            raise section.error("id", _("two devices are called “{id}”").format(id=device.name))
        devices.append(device)
    return PremisesPlan(name, title, description, tuple(devices))


def load_premises(
    name_or_path: str,
    *,
    clock: Clock,
    seed: int = 1,
    days: int = HISTORY_DAYS,
    start: datetime | None = None,
    speed: float = 1.0,
) -> Premises:
    """Bring a premises to life: `days` of history before `start` (default: the clock's own time), then on at `speed`.

    Raises PremisesError. The same file, seed, days and start give the same history, byte for byte.
    """
    if not 1 <= days <= MAXIMUM_HISTORY_DAYS:
        raise PremisesError(
            _("{days} days of history cannot be made.").format(days=days),
            remedy=_("Ask for 1 to {maximum} days; 396 are 13 months.").format(maximum=MAXIMUM_HISTORY_DAYS),
            code="premises-days",
        )
    plan = read_premises(name_or_path)
    true_time = SimulatedClock(clock, speed=speed, start=start)
    meters = tuple(ElectricityMeter(device, true_time, seed, history_days=days) for device in plan.devices)
    return Premises(plan, true_time, meters)


def _device(section: Section) -> MeterConfiguration:
    name = section.text("id", check=_device_name)
    section.choice("kind", KINDS)
    identity, access = _identity(section)
    clock, energy, house, optical = (section.section(name) for name in ("clock", "energy", "household", "optical"))
    configuration = MeterConfiguration(
        name=name,
        identity=identity,
        local_access=access,
        clock_adrift_s=clock.number("adrift_s", 0, low=-400_000_000, high=400_000_000),
        clock_gain_ppm=clock.number("gain_ppm", 0, low=-1000, high=1000),
        clock_status=TimeStatus[clock.choice("status", ("reliable", "invalid", "unreliable"), "reliable").upper()],
        import_reading_wh=energy.whole("import_wh", 0, low=0, high=3_000_000_000),
        export_reading_wh=energy.whole("export_wh", 0, low=0, high=3_000_000_000),
        import_mpan=section.text("import_mpan", "", check=_thirteen_digits),
        export_mpan=section.text("export_mpan", "", check=_thirteen_digits),
        offset_limit_s=section.whole("randomised_offset_limit_s", 0, low=0, high=MAXIMUM_LIMIT_S),
        supply=SupplyState(section.choice("supply", tuple(SupplyState), "enabled")),
        contact_name=section.text("contact_name", "", check=_short),
        contact_telephone=section.text("contact_telephone", "", check=_short),
        household=_household(house),
        faults=section.choices("faults", FAULTS),
        clients=clients_of(ClientSet(section.choice("clients", tuple(ClientSet), ClientSet.TRAINING))),
        strict_counters=section.choice("counters", COUNTERS, COUNTERS[0]) == COUNTERS[1],
        optical=OpticalHead(
            OpticalMode(optical.choice("mode", tuple(OpticalMode), OpticalMode.E)),
            optical.whole("reaction_ms", 200, low=20, high=1500),
            ProfileForm(optical.choice("profiles", tuple(ProfileForm), ProfileForm.PLAIN)),
            optical.yes_no("notifies", False),
        ),
    )
    for part in (clock, energy, house, optical, section):
        part.done()
    return configuration


def _identity(section: Section) -> tuple[MeterIdentity, LocalAccess]:
    """Who the meter is and what its port allows: a SMETS2 meter's never lets an installer write."""
    identity = MeterIdentity(
        device_id=section.text("device_id", check=_eui_64),
        maker=section.text("maker", check=_three_capitals),
        manufacturer=section.text("manufacturer", check=_short),
        model=section.text("model", check=_short),
        firmware=section.text("firmware", check=_eight_hex),
        variant=section.choice("variant", ("A",), "A"),
    )
    access = LocalAccess(section.choice("local_access", tuple(LocalAccess)))
    if access is LocalAccess.INSTALLER and "SMETS2" in f"{identity.model} {identity.manufacturer}".upper():
        raise section.error("local_access", _("a SMETS2 meter never lets an installer write at its optical port"))
    return identity, access


def _household(section: Section) -> HouseholdShape:
    usual = HouseholdShape()
    return HouseholdShape(
        annual_wh=section.whole("annual_wh", usual.annual_wh, low=0, high=200_000_000),
        base_load_w=section.whole("base_load_w", usual.base_load_w, low=0, high=20_000),
        solar_peak_w=section.whole("solar_peak_w", usual.solar_peak_w, low=0, high=100_000),
        away_weeks_percent=section.whole("away_weeks_percent", usual.away_weeks_percent, low=0, high=100),
    )


def _unknown(name: str) -> PremisesError:
    return PremisesError(
        _("There is no premises “{name}”.").format(name=name),
        remedy=_("Choose one of: {known}; or give the path of a .toml file.").format(
            known=", ".join(available_premises())
        ),
        code="premises-unknown",
    )


def _device_name(value: str) -> str:
    return "" if re.fullmatch(r"[a-z][a-z0-9-]{0,30}", value) else _("write it like esme-1")


def _eui_64(value: str) -> str:
    good = re.fullmatch(r"[0-9A-F]{2}(-[0-9A-F]{2}){7}", value) is not None
    usual = good and len(set(value.replace("-", ""))) > 1
    return "" if usual else _("write 16 hex digits in pairs, like 00-DB-12-34-56-78-90-A0")


def _three_capitals(value: str) -> str:
    return "" if re.fullmatch(r"[A-Z]{3}", value) else _("write the maker's three capital letters")


def _short(value: str) -> str:
    good = 1 <= len(value) <= 15 and all(" " <= character <= "~" for character in value)
    return "" if good else _("write 1 to 15 printable ASCII characters")


def _eight_hex(value: str) -> str:
    return "" if re.fullmatch(r"[0-9A-F]{8}", value) else _("write 8 hex digits, like 0002012F")


def _thirteen_digits(value: str) -> str:
    return "" if re.fullmatch(r"[0-9]{13}", value) else _("write the 13 digits of the MPAN core")
