"""A job: one visit to one premises, as the desk sends it. Values that cannot hold a bad identifier.

`parse_job` reads and checks a job file (JSON, schema in ``resources/schemas/job.schema.json``) and reports everything
that is wrong at once, by line and field. See `hht.work.job_check` for the rules.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hht.i18n import _
from hht.identifiers import DeviceId, Mpan
from hht.identifiers.mprn import Mprn
from hht.work.file_check import FileProblems
from hht.work.job_site import JobSite, SiteClass, site_of
from hht.work.units import DEFAULT_CLOCK_TOLERANCE_S


class JobError(FileProblems):
    """The job file cannot be used. `problems` lists everything that is wrong, in the order of the file."""

    default_code = "job-file"

    def what_to_do(self) -> str:
        """The remedy."""
        return _("Correct these lines, or ask the desk to send the job again. Nothing was imported.")


METER = "electricity-meter"
CAD = "consumer-access-device"


@dataclass(frozen=True, slots=True)
class JobDevice:
    """A device to be worked on. Identifiers are kept out of `repr`: logs must not hold them."""

    type: str  # as the schema names it: "electricity-meter", "gas-meter", "communications-hub", ...
    device_id: DeviceId = field(repr=False)


@dataclass(frozen=True, slots=True)
class JobMeter(JobDevice):
    """An electricity meter."""

    mpan: Mpan = field(repr=False)
    randomised_offset_limit_s: int = 0  # 0..1799 (factbook 2.4)
    clock_tolerance_s: int = DEFAULT_CLOCK_TOLERANCE_S
    variant: str = "single"  # single, twin (two elements), polyphase
    secondary_mpan: Mpan | None = field(default=None, repr=False)  # of the second element


@dataclass(frozen=True, slots=True)
class JobOther(JobDevice):
    """A device that is no electricity meter of the supplier's. What its type does not have is None."""

    mprn: Mprn | None = field(default=None, repr=False)  # of a gas meter
    gpf_id: DeviceId | None = field(default=None, repr=False)  # of a hub: its gas proxy function
    export_mpan: Mpan | None = field(default=None, repr=False)  # of a microgeneration meter


NUMBERS = ("device_id", "gpf_id", "mpan", "secondary_mpan", "export_mpan", "mprn")  # of a job's devices


@dataclass(frozen=True, slots=True)
class JobNumber:
    """A number by which a device, or its supply, is known."""

    name: str  # one of NUMBERS
    device: JobDevice
    value: DeviceId | Mpan | Mprn = field(repr=False)


@dataclass(frozen=True, slots=True)
class OldMeter:
    """A meter that is to come off the wall."""

    fuel: str  # "electricity" or "gas"
    serial: str = field(repr=False)
    digits: int = 0  # of its register, before the point; 0 where the job does not say
    device_id: DeviceId | None = field(default=None, repr=False)  # of a smart meter that comes off a hub's HAN
    reading: str = field(default="", repr=False)  # the last that its supplier knows; "" where the job does not say


@dataclass(frozen=True, slots=True)
class OldHub:
    """The communications hub that is exchanged for the job's: its two Device IDs."""

    chf: DeviceId = field(repr=False)
    gpf: DeviceId = field(repr=False)


@dataclass(frozen=True, slots=True)
class JobSwitch:
    """An auxiliary switch as the supplier has planned it. `on` and `weekend`: when its calendar closes it, UTC, such as
    ``00:30-07:30,13:00-16:00``; "" where it has none (`weekend`: as on weekdays). `old_circuit`: what the radio
    teleswitch switched that now hangs on it, at `old_times`; "" where nothing is replaced."""

    number: int
    label: str
    on: str = ""
    weekend: str = ""
    boost: bool = False
    old_circuit: str = ""
    old_times: str = ""


@dataclass(frozen=True, slots=True)
class JobFirmware:
    """What is to run on the device of a type: the version (8 hex digits), and the SHA-256 of its image, by which the
    supplier's command names it (64 hex digits)."""

    type: str
    version: str
    image_hash: str


@dataclass(frozen=True, slots=True)
class TrainingKit:
    """What is at hand at the emulated home of a training job, where nobody says otherwise."""

    desk: str = ""  # the link of the emulated desk; "" for none
    dongle: str = ""  # "as-it-is", or "fresh": at a hub that has just been switched on; "" for none
    pack: tuple[str, ...] = ()  # what the training desk has put into the job's pack, as `hht pack build --with` says it
    product_list: bool = False  # the fictional list is kept, signed by the training desk


@dataclass(frozen=True, slots=True)
class Job:
    """One visit to one premises. Personal values are kept out of `repr`."""

    reference: str
    walkthrough: str
    training: bool
    devices: tuple[JobDevice, ...]
    address_lines: tuple[str, ...] = field(repr=False)
    postcode: str = field(repr=False)
    notes: str = field(default="", repr=False)
    customer_name: str = field(default="", repr=False)
    customer_phone: str = field(default="", repr=False)
    supplier: str = ""
    link: str = ""
    allow_test_identifiers: bool = False
    appointment_start: datetime | None = None
    appointment_end: datetime | None = None
    old_meters: tuple[OldMeter, ...] = ()
    payment_mode: str = "credit"  # or "prepayment"
    domestic: bool = True
    tariff: str = "STANDARD"  # as the supplier's desk names it
    calorific_value: str = ""  # MJ/m3, decimal; "" where the desk sees to it
    conversion_factor: str = "1.02264"
    without_wan: str = "pack"  # how commands come there without a WAN; "relay": one by one, as the desk hands them over
    competences: tuple[str, ...] = ()  # what the work needs: "electricity", "gas"
    vulnerability: tuple[str, ...] = field(default=(), repr=False)  # codes alone, for nobody but the engineer
    region: str = ""  # of the WAN: "north", "central", "south"; "" where the desk does not say it
    building: str = ""  # as the schema names it
    rehearsal: bool = False  # of another job: nothing of it is evidence
    switches: tuple[JobSwitch, ...] = ()
    old_hub: OldHub | None = None
    site: str = "usual"  # or "new-build" (no supplier yet), "emergency" (commissioned later)
    transformers: str = ""  # ratio of the current transformers before the meter, such as "200/5"; "" where it has none
    follows: str = ""  # the reference of an earlier job of which something was left to be commissioned
    firmware: tuple[JobFirmware, ...] = ()
    party: str = "supplier"  # who orders the work: or "network-operator", "hub-provider"
    about: JobSite = field(default_factory=JobSite)  # by which rules the work stands
    kit: TrainingKit = TrainingKit()

    @property
    def address(self) -> str:
        """The address on one line, postcode last."""
        return ", ".join((*self.address_lines, self.postcode))

    @property
    def meter(self) -> JobMeter:
        """The electricity meter (a checked job has one)."""
        return next(device for device in self.devices if isinstance(device, JobMeter))

    def numbers(self) -> Iterator[JobNumber]:
        """Every number of every device: whoever searches for, recognises or erases what a job names goes by this."""
        for device in self.devices:
            for name in NUMBERS:
                value = getattr(device, name, None)
                if value is not None:
                    yield JobNumber(name, device, value)

    def device(self, type_name: str) -> JobDevice | None:
        """The first device of that type; None where the job has none."""
        return next((device for device in self.devices if device.type == type_name), None)

    def old_device(self, fuel: str) -> DeviceId | None:
        """The Device ID of the smart meter of that fuel which comes off the HAN; None where none does."""
        return next((old.device_id for old in self.old_meters if old.fuel == fuel and old.device_id), None)

    def untouched(self, works_on: Container[str]) -> tuple[JobDevice, ...]:
        """The devices that no step of a walkthrough for these types works on: others, and a second one of a type. A
        type with ``*`` behind it stands for every device of it."""
        firsts = [self.device(device.type) for device in self.devices]
        pairs = zip(self.devices, firsts, strict=True)
        return tuple(
            device
            for device, first in pairs
            if f"{device.type}*" not in works_on and (device.type not in works_on or device is not first)
        )


def parse_job(text: str | bytes, source: str) -> Job:
    """The job in `text`; `source` is the file's name for error messages. Raises JobError with every problem."""
    from hht.work.job_check import check_job

    return job_from_plain(check_job(text, source))


def job_from_stored(text: str) -> Job:
    """A job that was checked when it was imported and sealed since."""
    return job_from_plain(json.loads(text))


def job_from_plain(plain: dict[str, Any]) -> Job:
    """The job of a checked JSON object."""
    customer, premises, appointment = (plain.get(key, {}) for key in ("customer", "premises", "appointment"))
    allow_test = bool(plain.get("allow_test_identifiers", False))
    return Job(
        reference=plain["reference"],
        walkthrough=plain["walkthrough"],
        training=plain["training"],
        devices=tuple(_device(device, allow_test) for device in plain["devices"]),
        address_lines=tuple(premises["address"]),
        postcode=normal_postcode(premises["postcode"]),
        notes=premises.get("notes", ""),
        customer_name=customer.get("name", ""),
        customer_phone=customer.get("phone", ""),
        supplier=plain.get("supplier", ""),
        link=plain.get("link", ""),
        allow_test_identifiers=allow_test,
        appointment_start=_time(appointment.get("start")),
        appointment_end=_time(appointment.get("end")),
        old_meters=tuple(
            OldMeter(
                old["fuel"],
                old["serial"],
                int(old.get("digits", 0)),
                DeviceId.parse(old["device_id"]) if "device_id" in old else None,
                old.get("reading", ""),
            )
            for old in plain.get("old_meters", ())
        ),
        payment_mode=plain.get("payment_mode", "credit"),
        domestic=_domestic(plain),
        tariff=plain.get("tariff", "STANDARD"),
        calorific_value=plain.get("calorific_value", ""),
        conversion_factor=plain.get("conversion_factor", "1.02264"),
        without_wan=plain.get("without_wan", "pack"),
        competences=tuple(plain.get("competences", ())),
        vulnerability=tuple(plain.get("vulnerability", ())),
        region=premises.get("region", ""),
        building=premises.get("building", ""),
        rehearsal=bool(plain.get("rehearsal", False)),
        switches=tuple(_switch(one) for one in plain.get("switches", ())),
        old_hub=_old_hub(plain.get("old_hub")),
        site=plain.get("site", "usual"),
        transformers=plain.get("transformers", ""),
        follows=plain.get("follows", ""),
        firmware=tuple(
            JobFirmware(one["type"], one["version"].upper(), one["hash"].upper()) for one in plain.get("firmware", ())
        ),
        party=plain.get("party", "supplier"),
        about=site_of(plain),
        kit=_kit(plain.get("training_kit", {})),
    )


def _kit(plain: dict[str, Any]) -> TrainingKit:
    return TrainingKit(
        plain.get("desk", ""),
        plain.get("dongle", ""),
        tuple(plain.get("pack", ())),
        bool(plain.get("product_list", False)),
    )


def _domestic(plain: dict[str, Any]) -> bool:
    """As the job says; where it does not, as the class of its premises says."""
    return bool(plain.get("domestic", plain["premises"].get("class", SiteClass.DOMESTIC) == SiteClass.DOMESTIC))


def _device(plain: dict[str, Any], allow_test: bool) -> JobDevice:
    device_id = DeviceId.parse(plain["device_id"])
    if plain["type"] != METER:
        return _other(plain, device_id, allow_test)
    second = plain.get("secondary_mpan")
    return JobMeter(
        type=plain["type"],
        device_id=device_id,
        mpan=Mpan.parse(plain["mpan"], allow_test=allow_test),
        randomised_offset_limit_s=int(plain["randomised_offset_limit_s"]),
        clock_tolerance_s=int(plain.get("clock_tolerance_s", DEFAULT_CLOCK_TOLERANCE_S)),
        variant=plain.get("variant", "single"),
        secondary_mpan=Mpan.parse(second, allow_test=allow_test) if second else None,
    )


def _old_hub(plain: dict[str, Any] | None) -> OldHub | None:
    if plain is None:
        return None
    return OldHub(DeviceId.parse(plain["device_id"]), DeviceId.parse(plain["gpf_id"]))


def _switch(plain: dict[str, Any]) -> JobSwitch:
    texts = {name: plain.get(name, "") for name in ("on", "weekend", "old_circuit", "old_times")}
    return JobSwitch(int(plain["number"]), plain["label"], boost=bool(plain.get("boost", False)), **texts)


def _other(plain: dict[str, Any], device_id: DeviceId, allow_test: bool) -> JobOther:
    mprn, gpf_id, export = (plain.get(name) for name in ("mprn", "gpf_id", "export_mpan"))
    return JobOther(
        plain["type"],
        device_id,
        Mprn.parse(mprn, allow_test=allow_test) if mprn else None,
        DeviceId.parse(gpf_id) if gpf_id else None,
        Mpan.parse(export, allow_test=allow_test) if export else None,
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def normal_postcode(text: str) -> str:
    """Capitals and one space before the last three characters."""
    letters = "".join(text.split()).upper()
    return f"{letters[:-3]} {letters[-3:]}"
