"""A premises as its file says it: the checked plan, and how it is read, stopping at the first error or at none.

For a life the first error ends it (`parse_premises`); whoever writes a file is told all at once (`problems_in`): one of
each table and of each device, then what these say of one another. What another error may have caused is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from hht.i18n import _
from hht.model.device import DeviceKind
from hht.model.electricity_meter import MeterConfiguration
from hht.model.faults.plan import FaultPlan, read_device_faults, read_fault
from hht.model.plan_file import PremisesError, Section, parse_toml
from hht.model.plans import READERS, DevicePlan
from hht.model.plans.basic_gas_meter import check_gas
from hht.model.plans.centre import read_centre, read_party
from hht.model.plans.checks import title_line
from hht.model.plans.house import RadioPlan, read_house, read_radio, read_spot
from hht.model.plans.references import References
from hht.model.plans.story import StoryReader
from hht.model.plans.wan import read_wan
from hht.model.radio.house import House, Spot
from hht.model.wan import WanConfiguration
from hht.model.wan.access import User
from hht.model.wan.configuration import USUAL_USERS, CentreConfiguration
from hht.model.wan.story import Episode

TABLES = frozenset(  # what stands at the top of a file
    {"title", "description", "mains", "house", "radio", "wan", "centre", "party", "story", "device", "fault"}
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PremisesPlan:
    """What a premises file says, checked; nothing lives yet."""

    name: str
    title: str
    description: str
    devices: tuple[DevicePlan, ...]
    phases: int = 1  # of the street's supply at the cut-out
    outages: float = 1  # how often the street's supply fails by itself: 0 never, 1 as usual
    house: House = field(default_factory=House)
    radio: RadioPlan = field(default_factory=RadioPlan)
    wan: WanConfiguration | None = None  # None: the hub's alerts stay in its outbox
    centre: CentreConfiguration | None = None  # None: nobody stands at the other end
    faults: tuple[FaultPlan, ...] = ()
    story: tuple[Episode, ...] = ()  # what happens at the other end by itself
    detector: bool = False  # of lost neutrals, at the substation

    @property
    def title_words(self) -> str:
        """What it is called, in the language in use."""
        return _(self.title)

    @property
    def description_words(self) -> str:
        """What is special there, in the language in use."""
        return _(self.description)

    @property
    def electricity_meters(self) -> tuple[MeterConfiguration, ...]:
        """Those of the devices that are electricity meters."""
        return tuple(device for device in self.devices if isinstance(device, MeterConfiguration))


def parse_premises(text: str, *, name: str, file: str) -> PremisesPlan:
    """The checked plan in a TOML text; PremisesError names the line, the device and the field that is wrong."""
    return _Reading(text, file, None).plan(name)


def problems_in(text: str, *, file: str) -> tuple[PremisesError, ...]:
    """All that is wrong in the text of a file, by line; none where it is right."""
    found: list[PremisesError] = []
    try:
        _Reading(text, file, found).plan("checked")
    except PremisesError as error:  # no TOML, or nothing that could be read on
        found.append(error)
    return tuple(sorted(found, key=lambda error: int(str(error.details["line"]))))


class _Reading:
    """One file being read. `found` takes what is wrong, so that the reading goes on; None: it stops there."""

    def __init__(self, text: str, file: str, found: list[PremisesError] | None) -> None:
        self._top = Section(parse_toml(text, file), text=text, file=file)
        self._found = found
        self._faults: list[FaultPlan] = []
        self._parties: set[str] = set()  # what those of the file are called, of such too as are wrong

    def plan(self, name: str) -> PremisesPlan:
        """All of it. PremisesError where there is nothing to go on with, or nobody to tell."""
        top = self._top
        named = self._try(self._named, False)
        title = self._try(partial(top.text, "title", check=title_line), "")
        description = self._try(partial(top.text, "description", ""), "")
        sections: list[Section] = self._try(top.devices, list[Section]())
        phases, outages, detector = self._try(self._street, (3, 1.0, False))
        house = self._try(partial(read_house, top), None)
        radio = self._try(partial(read_radio, top, house or House()), RadioPlan())
        wan = self._try(partial(read_wan, top), None)
        devices = self._devices(sections, house)
        if named and sections and len(devices) == len(sections):
            self._of_one_another(sections, devices, phases)
        centre = self._centre(sections)
        if sections:
            self._faults += self._planned_faults(sections)
        story = self._story(sections, devices)
        if centre is not None and wan is None:
            wan = WanConfiguration()
        return PremisesPlan(
            name,
            title,
            description,
            tuple(devices),
            phases,
            outages,
            house or House(),
            radio,
            wan,
            centre,
            tuple(self._faults),
            story,
            detector,
        )

    def _try(self, act: Callable[[], T], otherwise: T) -> T:
        if self._found is None:
            return act()
        try:
            return act()
        except PremisesError as error:
            self._found.append(error)
            return otherwise

    def _tables(self, name: str) -> list[Section]:
        return self._try(partial(self._top.tables, name), list[Section]())

    # --- its parts -------------------------------------------------------------------------------------------------

    def _named(self) -> bool:
        """A name that is mistyped explains what else seems wrong."""
        self._top.only(TABLES)
        return True

    def _street(self) -> tuple[int, float, bool]:
        street = self._top.section("mains")
        phases, outages = street.whole("phases", 1, low=1, high=3), street.number("outages", 1, low=0, high=100)
        detector = street.yes_no("detector", False)
        street.done()
        return phases, outages, detector

    def _devices(self, sections: Sequence[Section], house: House | None) -> list[DevicePlan]:
        """Those that are right; the house learns where they are."""
        devices: list[DevicePlan] = []
        for section in sections:
            read = self._try(partial(self._device, section, house), None)
            if read is None:
                continue
            device, spot = read
            devices.append(device)
            if spot is not None and house is not None:
                house.spots[device.name] = spot
        return devices

    def _device(self, section: Section, house: House | None) -> tuple[DevicePlan, Spot | None] | None:
        spot = read_spot(section, house) if house is not None else None
        section.has("at")  # where its rooms are not known
        kind = DeviceKind(section.choice("kind", tuple(READERS)))
        faults = read_device_faults(section, kind)
        device = READERS[kind](section)
        self._faults += faults
        return device, spot

    def _of_one_another(self, sections: Sequence[Section], devices: Sequence[DevicePlan], phases: int) -> None:
        """What is wrong between devices that are each right."""
        references = References(devices, centre=self._somebody)
        for section, device in zip(sections, devices, strict=True):
            self._try(partial(references.check, section, device), None)
            if isinstance(device, MeterConfiguration) and device.capabilities.phases > phases:
                error = section.error("variant", _("a polyphase meter needs [mains] phases = 3"))
                self._try(partial(_fail, error), None)
        self._try(partial(check_gas, sections, devices), None)

    # --- the other end of the WAN, and what goes wrong -------------------------------------------------------------

    @property
    def _somebody(self) -> bool:
        """Whether the file says that somebody stands at the other end."""
        return self._top.has("centre") or self._top.has("party")

    def _centre(self, sections: Sequence[Section]) -> CentreConfiguration | None:
        if not self._somebody:
            return None
        names = tuple(_said(section, "id") for section in sections)
        users: list[tuple[User, str]] = []
        tables = self._tables("party")
        for table in tables:
            user = self._try(partial(read_party, table, names, users), None)
            if user is not None:
                users.append(user)
        self._parties = {_said(table, "name") for table in tables} or {user.party.name for user in USUAL_USERS}
        return self._try(partial(read_centre, self._top, names, users, self._parties), None)

    def _planned_faults(self, sections: Sequence[Section]) -> list[FaultPlan]:
        kinds = {_said(section, "id"): _said(section, "kind") for section in sections}
        read = [self._try(partial(read_fault, table, kinds), None) for table in self._tables("fault")]
        return [plan for plan in read if plan is not None]

    def _story(self, sections: Sequence[Section], devices: Sequence[DevicePlan]) -> tuple[Episode, ...]:
        reader = StoryReader(
            self._parties,
            {_said(section, "id") for section in sections},
            centre=self._somebody,
            first=None if len(devices) < len(sections) else devices,
        )
        read = [self._try(partial(reader.read, table), None) for table in self._tables("story")]
        return tuple(episode for episode in read if episode is not None)


def _said(section: Section, name: str) -> str:
    """What a table says there, right or not; "" where it is no text."""
    try:
        return section.text(name, "")
    except PremisesError:
        return ""


def _fail(error: PremisesError) -> None:
    raise error
