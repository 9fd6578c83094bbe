"""What a visit asks of the supplier's desk: the terminal asks, the supplier acts, and a device's own fact is a third.

`SupplierDesk` is the way to the desk as a step uses it; what was asked is kept by the desk's book, so a visit that is
taken up again finds it under the step's name and hears how it stands, and never asks twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Protocol

from hht.desk.course import AskReport, AskState
from hht.desk.kinds import AskKind, service_of
from hht.i18n import _
from hht.identifiers import DeviceId
from hht.protocol.duis.services import Kind, service
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from hht.resources import resource_text
from hht.work.bearer import OnNews
from hht.work.view import Fact, Tone

if TYPE_CHECKING:
    from hht.work.job import Job
    from hht.work.progress import VisitProgress

OnReport = Callable[[AskReport], None]
COMMISSIONED_ALERT = "8F69"  # a device's own alert: what the inventory says of the device is another matter


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing that the desk is asked for. `details` may be personal."""

    kind: AskKind
    device: DeviceId = field(repr=False)
    type: Type
    details: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def service(self) -> str:
        """The service request that the supplier sends."""
        other = self.details.get("other_type")
        return service_of(self.kind, self.type, Type(other) if other else None)


class SupplierDesk(Protocol):
    """The desk of the visit's job."""

    def kept(self, step: str) -> AskReport | None:
        """What was asked last in the step; None where nothing was."""
        ...

    def new(self, step: str, wanted: Wanted) -> AskReport:
        """Keep what is to be asked; nothing leaves. Raises HhtError where a value is wrong."""
        ...

    def again(self, reference: str) -> AskReport:
        """The same anew, where nothing can have been done."""
        ...

    async def follow(self, reference: str, on_report: OnReport, on_news: OnNews) -> AskReport:
        """Ask, or hear how it stands; `on_news` hears of the way there, where the terminal brings the command itself.
        Raises HhtError where desk or device cannot be reached."""
        ...

    def seen(self, reference: str, what: str, *, agrees: bool, by: str) -> AskReport:
        """The terminal itself read `what` off the device."""
        ...

    def settled(self, reference: str, what: str, *, done: bool) -> AskReport:
        """A read of the device showed `what`, after nobody knew what became of the command."""
        ...


@cache
def _roles() -> dict[str, list[str]]:
    rows = json.loads(resource_text("catalogue", "service_requests.json"))
    return {service: row["roles"] for service, row in rows.items()}


def senders(service: str) -> str:
    """Which users of the DCC may send a service request (factbook 4.3), in words; "" where no list says it."""
    words = {
        "IS": _("import supplier"),
        "GS": _("gas supplier"),
        "ES": _("export supplier"),
        "ED": _("electricity distributor"),
        "GT": _("gas transporter"),
        "RSA": _("supplier's agent"),
        "OU": _("other user"),
    }
    return ", ".join(words.get(role, role) for role in _roles().get(service, ()))


def _partner(wanted: Wanted) -> tuple[Fact, ...]:
    """The device that the command is about, where it is not the one that it goes to."""
    other = wanted.details.get("other", "")
    return (Fact(_("Concerns"), f"{wanted.details.get('other_type', '')} {other}".strip()),) if other else ()


def plan_facts(wanted: Wanted) -> tuple[Fact, ...]:
    """What will be asked: request, and of which device."""
    request = _("service request {service}").format(service=wanted.service) if wanted.service else _("the desk itself")
    return (
        Fact(_("Supplier's command"), f"{wanted.kind.words} ({request})"),
        *((Fact(_("Who may send it"), senders(wanted.service)),) if senders(wanted.service) else ()),
        *_criticality(wanted.service),
        Fact(_("Device"), f"{wanted.type} {wanted.device}"),
        *_partner(wanted),
        *(Fact(name.upper(), value) for name, value in wanted.details.items() if name in ("mpan", "mprn")),
    )


def _criticality(variant: str) -> tuple[Fact, ...]:
    """What becomes of the service request (DUIS): a command signed by its supplier, one that is not, or none."""
    found = service(variant)
    if found is None:
        return ()
    words = {
        Kind.CRITICAL: _("critical: the device takes it only with the supplier's own signature"),
        Kind.NON_CRITICAL: _("not critical"),
        Kind.NON_DEVICE: _("not critical: no device is sent a command"),
    }
    return (Fact(_("Criticality"), words[found.kind]),)


def course_facts(report: AskReport) -> tuple[Fact, ...]:
    """How an ask stands, lamp by lamp. An alert is a device's or the centre's word, never the inventory's."""
    words = {
        "asked": _("asked"),
        "sent": _("sent"),
        "acknowledged": _("acknowledged"),
        "result": _("result"),
        "seen": _("device fact seen"),
    }
    lit = ", ".join(words[name] for name, on in report.lamps if on)
    facts = [Fact(_("Course"), lit, Tone.GOOD if report.settled else Tone.PLAIN)]
    if report.code:
        facts.append(Fact(_("Answer"), report.code))
    if COMMISSIONED_ALERT in report.alert.upper():
        words_of_alert = _("{alert}: the device's own alert; the inventory's status is another matter")
        facts.append(Fact(_("Alert"), words_of_alert.format(alert=report.alert), Tone.PLAIN))
    elif report.alert:
        facts.append(Fact(_("Alert"), report.alert))
    if report.fact is not None:
        tone = Tone.GOOD if report.fact.agrees else Tone.BAD
        facts.append(Fact(_("Device fact seen"), report.fact.what, tone, from_device=True))
    elif report.read_back:
        tone = Tone.GOOD if report.state is AskState.DONE else Tone.WARN
        facts.append(Fact(_("The device, read afterwards"), report.read_back, tone, from_device=True))
    elif report.ask.kind is AskKind.PAIR_DEVICE and not report.state.final:
        words_of_number = _(
            "shown on the meter and on its display: the customer says it to the party that had it sent. "
            "It is not typed here, and this terminal never asks for one"
        )
        facts.append(Fact(_("Customer Identification Number"), words_of_number))
    elif report.state is AskState.DONE and report.ask.kind.changes:
        facts.append(Fact(_("Device fact seen"), _("not yet: the desk's word alone"), Tone.WARN))
    return tuple(facts)


def ended_in_vain(report: AskReport) -> bool:
    """The desk has said that it was not done, and that it cannot be done later; or it was a read that nothing is known
    of, which can be asked for as often as one likes."""
    unread = report.state is AskState.NO_RESPONSE and report.ask.kind.reads
    return unread or report.state in (AskState.REFUSED, AskState.FAILED, AskState.UNDELIVERED)


MakeWanted = Callable[["Job", "VisitProgress"], Wanted | tuple[Wanted, ...]]  # several: one for each device found
