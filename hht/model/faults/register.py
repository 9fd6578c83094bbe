"""The faults of one premises: which can be switched on here, which are on, and which will be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from hht.model.faults.kind import FaultKind, Undo

if TYPE_CHECKING:
    from hht.model.agenda import Appointment
    from hht.model.device import Device
    from hht.model.premises import Premises


class FaultError(HhtError):
    """There is no such fault, or not here, or not so much. Codes: ``fault-unknown``, ``fault-device``, ``fault-time``,
    ``fault-amount``."""

    default_code = "fault-unknown"


@dataclass(frozen=True, slots=True)
class _Active:
    kind: FaultKind
    device: str | None
    since_ms: int
    undo: Undo
    amount: int | None


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """A fault that is to begin, or has begun by a plan that ends it. Times are true, in ms; `begins_ms` None: it has;
    `ends_ms` None: never. `number`: by which the plan is given up. `amount` None: the usual, or it has none."""

    number: int
    kind: FaultKind
    device: str | None
    begins_ms: int | None
    ends_ms: int | None
    amount: int | None = None


class FaultRegister:
    """The faults of one premises. It costs nothing until somebody asks. Every `on` and `off` is told in the chronicle,
    by name (so that it is the same in every language); switching on what is on, or off what is off, changes nothing."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self._on: dict[tuple[str, str | None], _Active] = {}
        self._kinds: dict[str, FaultKind] = {}
        self._plans = 0  # how many there have been: each has its number
        self._begun: dict[tuple[str, str | None], set[int]] = {}  # the plans that keep a fault on now
        self._planned: dict[int, tuple[PlannedFault, tuple[Appointment, ...]]] = {}  # by number, until they end

    def offered(self) -> tuple[tuple[FaultKind, tuple[str, ...]], ...]:
        """What can be switched on here, each with the names of the devices that it can be at; () for the premises as a
        whole."""
        found: list[tuple[FaultKind, tuple[str, ...]]] = []
        for kind in self._known().values():
            if not kind.devices:
                if self._whole(kind):
                    found.append((kind, ()))
                continue
            names = self._places(kind)
            if names:
                found.append((kind, names))
        return tuple(found)

    def on(self, name: str, device: str | None = None, amount: int | None = None) -> None:
        """Let the fault happen now. `device` may be left out where it can be at one device only. `amount`: how much of
        it, where that can be chosen (None: the usual, or as much as there is); one that is on changes to another.
        Raises FaultError."""
        self._premises.site.catch_up()
        kind, target = self._checked(name, device)
        check_amount(kind, amount)
        where = None if target is None else target.name
        before, now_ms = self._on.get((name, where)), self._premises.site.agenda.now_ms
        if before is not None and amount in (None, before.amount, *self._usual(before)):
            return
        much = "" if amount is None or kind.amount is None else f"{amount} {kind.amount.unit}"
        self._premises.site.tell(where or "", f"fault {name} {'begins' if before is None else 'changes'}", much)
        if before is not None:
            before.undo()
        undo = kind.effect_of(amount).begin(self._premises, target)
        since_ms = now_ms if before is None else before.since_ms
        self._on[name, where] = _Active(kind, where, since_ms, undo, amount)

    @staticmethod
    def _usual(active: _Active) -> tuple[int, ...]:
        """The amount that is meant where none is said."""
        return (active.kind.amount.usual,) if active.amount is None and active.kind.amount is not None else ()

    def amount(self, name: str, device: str | None) -> int | None:
        """How much there is of a fault that is on; None where it has no amount, or is off."""
        active = self._on.get((name, device))
        if active is None or active.kind.amount is None:
            return None
        return active.kind.amount.usual if active.amount is None else active.amount

    def off(self, name: str, device: str | None = None) -> None:
        """End the fault; what the real thing would leave behind stays. Raises FaultError for one that cannot be."""
        self._premises.site.catch_up()
        _kind, target = self._checked(name, device, on_only=True)
        where = None if target is None else target.name
        for number in self._begun.pop((name, where), ()):
            for appointment in self._planned.pop(number, (None, ()))[1]:
                appointment.cancel()
        active = self._on.pop((name, where), None)
        if active is not None:
            active.undo()
            self._premises.site.tell(where or "", f"fault {name} ends")

    def active(self) -> tuple[tuple[FaultKind, str | None, int], ...]:
        """What is on: kind, device (None: the premises as a whole), since when (true time, ms); oldest first."""
        self._premises.site.catch_up()
        return tuple((one.kind, one.device, one.since_ms) for one in self._on.values())

    def planned(self) -> tuple[PlannedFault, ...]:
        """What will begin or end by itself, in the order in which it was planned."""
        self._premises.site.catch_up()
        return tuple(plan for plan, _appointments in self._planned.values())

    def give_up(self, number: int) -> None:
        """What a plan would still do does not happen: what has begun stays until somebody ends it. Nothing happens
        where there is no such plan."""
        plan, appointments = self._planned.pop(number, (None, ()))
        for appointment in appointments:
            appointment.cancel()
        if plan is not None:
            self._begun.get((plan.kind.name, plan.device), set()).discard(number)
            self._premises.site.tell(plan.device or "", f"the plan of fault {plan.kind.name} is given up")

    def schedule(
        self, name: str, device: str | None, begins_ms: int, ends_ms: int | None = None, amount: int | None = None
    ) -> None:
        """Let the fault begin, and end, at these moments of true time (one that has passed: as soon as possible).
        Planned more than once at one place, it lasts until the last of the plans that have begun ends; a person who
        ends it ends them all. Raises FaultError."""
        kind, target = self._checked(name, device)
        check_amount(kind, amount)
        if ends_ms is not None and ends_ms <= begins_ms:
            raise FaultError(
                _("The fault “{name}” ends before it begins.").format(name=name),
                remedy=_("Let it end later, or leave the end out."),
                code="fault-time",
            )
        where = None if target is None else target.name
        agenda = self._premises.site.agenda
        self._plans += 1
        number = self._plans
        appointments = [agenda.at(begins_ms, lambda: self._try(name, where, number, amount))]
        if ends_ms is not None:
            appointments.append(agenda.at(ends_ms, lambda: self._end(name, where, number)))
        self._planned[number] = PlannedFault(number, kind, where, begins_ms, ends_ms, amount), tuple(appointments)

    def _end(self, name: str, device: str | None, number: int) -> None:
        self._planned.pop(number, None)
        begun = self._begun.get((name, device), set())
        if number not in begun:
            return  # it could not begin, or a person has ended it
        begun.remove(number)
        if begun:
            self._premises.site.tell(device or "", f"fault {name} goes on", "another plan of it has not ended")
        else:
            self.off(name, device)

    def _try(self, name: str, device: str | None, number: int, amount: int | None) -> None:
        """What was planned may have become impossible meanwhile: then the chronicle says why."""
        plan, appointments = self._planned.pop(number)
        if plan.ends_ms is not None:
            self._planned[number] = replace(plan, begins_ms=None), appointments
        try:
            self.on(name, device, amount)
        except FaultError as error:
            self._premises.site.tell(device or "", f"fault {name} does not begin", error.code)
        else:
            self._begun.setdefault((name, device), set()).add(number)

    # --- names -----------------------------------------------------------------------------------------------------

    def _known(self) -> dict[str, FaultKind]:
        if not self._kinds:
            from hht.model.faults.catalogue import fault_kinds

            self._kinds = fault_kinds()
        return self._kinds

    def _whole(self, kind: FaultKind) -> bool:
        return (kind.name, None) in self._on or kind.effect.fits(self._premises, None)

    def _places(self, kind: FaultKind) -> tuple[str, ...]:
        """Where it can be, and where it is (though it may be that it could not begin there now)."""
        return tuple(
            one.name
            for one in self._premises.devices
            if (kind.name, one.name) in self._on or (one.kind in kind.devices and kind.effect.fits(self._premises, one))
        )

    def _checked(self, name: str, device: str | None, *, on_only: bool = False) -> tuple[FaultKind, Device | None]:
        kind = self._known().get(name)
        if kind is None:
            raise unknown_fault(name, self._known())
        if not kind.devices:
            if device is None and self._whole(kind):
                return kind, None
            raise self._not_here(kind, device, ())
        places = tuple(where for known, where in self._on if known == name and where is not None) if on_only else ()
        places = places or self._places(kind)
        if device is None and len(places) == 1:
            return kind, self._premises.find(places[0])
        if device is None or device not in places:
            raise self._not_here(kind, device, places)
        return kind, self._premises.find(device)

    def _not_here(self, kind: FaultKind, device: str | None, places: tuple[str, ...]) -> FaultError:
        if places:
            remedy = _("Say at which device: {places}.").format(places=", ".join(places))
        elif not kind.devices and device is not None:
            remedy = _("Name no device: it is a fault of the premises as a whole.")
        else:
            remedy = _("Nothing here has what this fault needs; choose another, or another premises.")
        if device is None:
            text = _("The fault “{fault}” cannot be switched on here so.").format(fault=kind.name)
        else:
            text = _("The fault “{fault}” cannot be at “{device}”.").format(fault=kind.name, device=device)
        return FaultError(text, remedy=remedy, code="fault-device")


def check_amount(kind: FaultKind, amount: int | None) -> None:
    """Raise FaultError unless there can be so much of the fault (None: the usual)."""
    if amount is None or (kind.amount is not None and kind.amount.allows(amount)):
        return
    if kind.amount is None:
        raise FaultError(
            _("The fault “{fault}” has no amount.").format(fault=kind.name),
            remedy=_("Leave it out."),
            code="fault-amount",
        )
    raise FaultError(
        _("There cannot be {amount} {unit} of the fault “{fault}”.").format(
            amount=amount, unit=kind.amount.unit, fault=kind.name
        ),
        remedy=_("Say {low} to {high} {unit}; {usual} are usual.").format(
            low=kind.amount.low, high=kind.amount.high, unit=kind.amount.unit, usual=kind.amount.usual
        ),
        code="fault-amount",
    )


def unknown_fault(name: str, known: dict[str, FaultKind]) -> FaultError:
    """There is no fault of that name; those that come nearest are named."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=3, cutoff=0.5)
    remedy = (
        _("Did you mean: {near}? All of them: hht premises --faults.").format(near=", ".join(near))
        if near
        else _("List them: hht premises --faults.")
    )
    return FaultError(_("There is no fault “{name}”.").format(name=name), remedy=remedy, code="fault-unknown")
