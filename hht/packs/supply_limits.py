"""What takes a supply away, and how much of it this terminal brings, whoever signed it (T13, T14).

A desk whose key was stolen, or where one person signs something harmful, can have this terminal do no more than the
catalogue says: so many a site and so many altogether within 24 hours, to devices of the terminal's own jobs alone,
signed by two. Nothing is ever sent to all devices at once: a command has one Device ID, and no group has one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Final, Protocol

from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.packs.errors import PackError
from hht.packs.pack import Entry, Pack
from hht.protocol.gbcs.envelope import Envelope
from hht.protocol.gbcs.messages import use_case
from hht.resources import resource_text
from hht.work.supply_acts import supply_acts

WITHIN: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SupplyLimits:
    """``resources/catalogue/supply_limits.toml``."""

    asks: frozenset[str]
    per_site_a_day: int
    per_terminal_a_day: int
    signatures: int


@cache
def supply_limits() -> SupplyLimits:
    """The catalogue's."""
    plain = tomllib.loads(resource_text("catalogue", "supply_limits.toml"))
    numbers = (int(plain[name]) for name in ("per_site_a_day", "per_terminal_a_day", "signatures"))
    return SupplyLimits(frozenset(plain["asks"]), *numbers)


def takes_away(message: Envelope) -> bool:
    """Whether a supply is off, or may go off, once a device has carried the command out; for want of credit apart."""
    found = use_case(message.message_code)
    return found is not None and found.name in supply_acts().away


def require_lawful(pack: Pack, signed_by: int, devices: frozenset[DeviceId] | None) -> None:
    """Raises PackError where a pack would take supplies away that it may not. `signed_by`: how many trusted desks, each
    with a key of its own; `devices`: those of its job, None where this terminal has no such job."""
    entries = [entry for entry in pack.entries if takes_away(entry.message)]
    if not entries:
        return
    _require_ours(entries, pack.job, devices)
    limits = supply_limits()
    if len(entries) > limits.per_site_a_day:
        said = _("This pack takes supplies away {count} times; a site has {most} such commands within 24 hours.")
        raise _refused(said.format(count=len(entries), most=limits.per_site_a_day), "pack-supply-many")
    if signed_by < limits.signatures:
        said = _("This pack takes a supply away, and {count} desk has signed it: {most} must, each with its own key.")
        raise _refused(said.format(count=signed_by, most=limits.signatures), "pack-one-signature")


def _require_ours(entries: Sequence[Entry], job: str, devices: frozenset[DeviceId] | None) -> None:
    if devices is None:
        raise PackError(
            _("This pack takes a supply away, and job {job} is not on this terminal.").format(job=job),
            remedy=_("Take the job in first: the devices must be its own."),
            code="pack-supply-no-job",
        )
    for entry in entries:
        if entry.device not in devices:
            said = _("{name} takes the supply of {device} away, which is no device of job {job}.")
            raise _refused(said.format(name=entry.name, device=entry.device, job=job), "pack-supply-other-device")


@dataclass(frozen=True, slots=True)
class TakenAway:
    """One command that left for a device (`site`, `device`: as the ledger writes them)."""

    at: datetime
    site: str
    device: str


class Ledger(Protocol):
    """Where it stands what left, on disk."""

    def past(self) -> Iterable[TakenAway]:
        """Everything that left."""
        ...

    def written(self, job: str, device: DeviceId) -> tuple[str, str]:
        """A job and a device as they are written there."""
        ...

    def note(self, job: str, device: DeviceId, what: str) -> None:
        """One more leaves now: on disk when this returns."""
        ...


@dataclass(frozen=True, slots=True)
class SupplyGate:
    """What every command passes before it leaves. `devices_of`: those of a job; None: the terminal has no such job."""

    ledger: Ledger = field(repr=False)
    now: Callable[[], datetime]
    devices_of: Callable[[str], frozenset[DeviceId] | None]

    def require(self, message: Envelope, job: str) -> None:
        """Raises PackError ``pack-supply-site``, ``pack-supply-terminal`` where it would be one too many within 24
        hours, ``pack-supply-other-device``, ``pack-supply-no-job`` where it is none of the terminal's work."""
        if not takes_away(message):
            return
        device = DeviceId(message.target.hex().upper())
        ours, name = self.devices_of(job), str(use_case(message.message_code))
        _require_ours([Entry(name, "", message)], job, ours)
        limits, since = supply_limits(), self.now() - WITHIN
        lately = [one for one in self.ledger.past() if one.at > since]  # also what a clock set back puts ahead of now
        site, target = self.ledger.written(job, device)
        if sum(site == one.site or target == one.device for one in lately) >= limits.per_site_a_day:
            said = _("{most} commands that take a supply away went to this site within 24 hours: no more is brought.")
            raise _refused(said.format(most=limits.per_site_a_day), "pack-supply-site")
        if len(lately) >= limits.per_terminal_a_day:
            said = _("{most} commands that take a supply away left this terminal within 24 hours: no more is brought.")
            raise _refused(said.format(most=limits.per_terminal_a_day), "pack-supply-terminal")

    def leaves(self, message: Envelope, job: str) -> None:
        """`require`, and count it. Raises StoreError."""
        if takes_away(message):
            self.require(message, job)
            self.ledger.note(job, DeviceId(message.target.hex().upper()), str(use_case(message.message_code)))


def _refused(said: str, code: str) -> PackError:
    return PackError(
        said, remedy=_("Bring nothing of it. Ring the desk by a number that you know, and ask."), code=code
    )
