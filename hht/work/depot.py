"""Before leaving the depot: for each job of the day and each device it needs, is one on the van that fits and may be
installed?"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from hht.i18n import _, ngettext
from hht.work.compatibility import Need, Verdict, need_of, verdict
from hht.work.devices import device_kind, same_device
from hht.work.reasons import Standing
from hht.work.van import VanDevice
from hht.work.view import Tone
from hht.work.walkthrough import load_walkthrough

if TYPE_CHECKING:
    from hht.work.job import Job, JobDevice
    from hht.work.products import ProductList


class Place(enum.StrEnum):
    """Where the device is that a job names."""

    ON_VAN = "on-van"
    TAKEN = "taken"  # a visit of this job took it out already
    ELSEWHERE = "elsewhere"  # a visit of another job took it out
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class DepotLine:
    """One device that a job needs. `others`: how many on the van would fit in its place, free and installable."""

    reference: str
    need: Need
    place: Place
    device: VanDevice | None = field(default=None, repr=False)
    verdict: Verdict | None = None
    others: int = 0

    @property
    def ready(self) -> bool:
        """Whether nothing keeps the job from being done with it."""
        here = self.place in (Place.ON_VAN, Place.TAKEN)
        return here and (self.verdict is None or self.verdict.standing is not Standing.MUST_NOT)

    @property
    def unsure(self) -> bool:
        """Whether it is here, and something speaks against it, or nobody knows whether it may be installed."""
        return self.ready and self.verdict is not None and self.verdict.standing is not Standing.MAY

    @property
    def tone(self) -> Tone:
        """How it is shown."""
        if not self.ready:
            return Tone.BAD
        return self.verdict.standing.tone if self.verdict is not None else Tone.GOOD

    @property
    def words(self) -> str:
        """How it stands, for people."""
        told = {
            Place.ON_VAN: "",
            Place.TAKEN: _("A visit of this job took it out already."),
            Place.ELSEWHERE: _("It was taken out for another job."),
            Place.MISSING: _("It is not on the van."),
        }[self.place]
        parts = [told, self.verdict.words if self.verdict is not None else "", "" if self.ready else self._instead()]
        return " ".join(part for part in parts if part)

    def _instead(self) -> str:
        if not self.others:
            return _("No other on the van fits: get one before you leave.")
        words = ngettext(
            "{count} other on the van fits: ask the desk to change the job.",
            "{count} others on the van fit: ask the desk to change the job.",
            self.others,
        )
        return words.format(count=self.others)


def depot_check(
    jobs: Iterable[Job], stock: Sequence[VanDevice], products: ProductList | None, today: date
) -> tuple[DepotLine, ...]:
    """A line for each device that these jobs bring along, in their order. Each is judged for the day of the job.

    Raises WalkthroughError for a job whose walkthrough this terminal does not have.
    """
    jobs = tuple(jobs)
    wanted = [(job, device) for job in jobs for device in brought_along(job)]
    claimed = {str(device.device_id) for _job, device in wanted}
    free = [one for one in stock if not one.taken_by and str(one.device_id) not in claimed]
    return tuple(_line(job, device, stock, free, products, today) for job, device in wanted)


def brought_along(job: Job) -> tuple[JobDevice, ...]:
    """The devices of a job that come off the van, as its walkthrough says."""
    types = load_walkthrough(job.walkthrough).from_van
    return tuple(device for device in job.devices if device.type in types)


def _line(
    job: Job,
    device: JobDevice,
    stock: Sequence[VanDevice],
    free: Sequence[VanDevice],
    products: ProductList | None,
    today: date,
) -> DepotLine:
    need = need_of(job, device)
    on = max(job.appointment_start.astimezone().date(), today) if job.appointment_start is not None else today

    def judged(one: VanDevice) -> Verdict:
        return verdict(one, need, products, on, today)

    ids = [str(one) for one in (device.device_id, getattr(device, "gpf_id", None)) if one is not None]
    found = next((one for one in stock if any(same_device(str(one.device_id), name) for name in ids)), None)
    others = sum(judged(one).standing is not Standing.MUST_NOT for one in free if one.type == need.type)
    if found is None:
        return DepotLine(job.reference, need, Place.MISSING, others=others)
    place = Place.ON_VAN if not found.taken_by else Place.TAKEN if found.taken_by == job.reference else Place.ELSEWHERE
    return DepotLine(job.reference, need, place, found, judged(found), others)


def line_title(line: DepotLine) -> str:
    """The device that is needed, for people."""
    return _("{kind} {device_id}").format(kind=device_kind(line.need.type), device_id=line.need.device_id)
