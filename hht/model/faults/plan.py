"""Faults as a premises file, the command line and a link say them: ``[[fault]]``, ``faults = [...]``, NAME@DEVICE."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from hht.errors import HhtError
from hht.i18n import _
from hht.model.device import DeviceKind
from hht.model.faults.catalogue import fault_kinds
from hht.model.faults.kind import FaultKind
from hht.model.faults.register import FaultError, FaultRegister, check_amount, unknown_fault
from hht.model.plan_file import Moment, PremisesError, Section, parse_duration
from hht.model.site import Site

_WHOLE = re.compile(r"-?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """A fault that is to be. `begins` None: from the start of the history; `ends` None: never. A timedelta is counted
    from the present, where the history ends. `amount` None: the usual. `refuse` makes the error of the file that the
    fault stands in."""

    name: str
    device: str | None = None
    begins: Moment | None = None
    ends: Moment | None = None
    amount: int | None = None
    refuse: Callable[[str], HhtError] | None = field(default=None, repr=False, compare=False)

    def arrange(self, register: FaultRegister, site: Site) -> None:
        """Let it happen when it is to. Raises what `refuse` makes, or FaultError, where it cannot be here."""
        try:
            if self.begins is None and self.ends is None:
                register.on(self.name, self.device, self.amount)
            else:
                begins = site.agenda.now_ms if self.begins is None else site.moment_ms(self.begins)
                ends = None if self.ends is None else site.moment_ms(self.ends)
                register.schedule(self.name, self.device, begins, ends, self.amount)
        except FaultError as error:
            if self.refuse is None:
                raise
            raise self.refuse(_sentence(error)) from None


def read_device_faults(section: Section, kind: DeviceKind) -> tuple[FaultPlan, ...]:
    """``faults = [...]`` of a device's table, each ``NAME`` or ``NAME=AMOUNT``: there from the start of the history."""
    if not section.has("faults"):
        return ()
    kinds = {name: one for name, one in fault_kinds().items() if kind in one.devices}
    device = section.text("id", "")

    def refuse(problem: str) -> PremisesError:
        return section.error("faults", problem)

    plans: list[FaultPlan] = []
    for text in sorted(section.names("faults")):
        try:
            name, amount = _amount_in(text)
        except FaultError as error:
            raise refuse(_sentence(error)) from None
        if name not in kinds:
            known = _("“{value}” is none of: {choices}").format(value=name, choices=", ".join(kinds))
            raise refuse(known)
        _check_amount(kinds[name], amount, refuse)
        plans.append(FaultPlan(name, device, amount=amount, refuse=refuse))
    return tuple(plans)


def _check_amount(kind: FaultKind, amount: int | None, refuse: Callable[[str], PremisesError]) -> None:
    try:
        check_amount(kind, amount)
    except FaultError as error:
        raise refuse(_sentence(error)) from None


def _sentence(error: FaultError) -> str:
    return f"{error.message.rstrip('.')}. {error.remedy.rstrip('.')}"


def _amount_in(text: str) -> tuple[str, int | None]:
    """``NAME`` or ``NAME=AMOUNT``. Raises FaultError where the amount is no whole number."""
    name, sign, amount = text.partition("=")
    if not sign:
        return name, None
    if _WHOLE.fullmatch(amount) is None:
        raise FaultError(
            _("“{text}” says no amount of the fault.").format(text=text),
            remedy=_("Write a whole number, for example {example}.").format(example="weak-signal=40"),
            code="fault-amount",
        )
    return name, int(amount)


def read_fault(table: Section, devices: Mapping[str, str]) -> FaultPlan:
    """A ``[[fault]]`` of a file. `devices`: the kinds of the devices in it, by name ("": not known)."""
    kinds = fault_kinds()
    name = table.text("name")
    if name not in kinds:
        error = unknown_fault(name, kinds)
        raise table.error("name", _sentence(error))
    device = table.text("device", "") or None
    if device is not None and not kinds[name].devices:
        raise table.error("device", _("it is a fault of the premises as a whole, at no device"))
    if device is not None:
        _check_device(table, device, kinds[name].devices, devices)
    plan = FaultPlan(
        name,
        device,
        table.moment("begins"),
        table.moment("ends"),
        _whole(table) if table.has("amount") else None,
        lambda problem: table.error("name", problem),
    )
    _check_amount(kinds[name], plan.amount, lambda problem: table.error("amount", problem))
    table.done()
    return plan


def _whole(table: Section) -> int:
    return table.whole("amount", 0, low=-(1 << 40), high=1 << 40)


def _check_device(table: Section, device: str, kinds: frozenset[DeviceKind], devices: Mapping[str, str]) -> None:
    if device not in devices:
        raise table.error("device", _("there is no device “{id}” in this file").format(id=device))
    if devices[device] in tuple(DeviceKind) and devices[device] not in kinds:
        known = ", ".join(sorted(kinds))
        raise table.error("device", _("this fault is none of such a device; it can be at: {kinds}").format(kinds=known))


def parse_fault(text: str) -> FaultPlan:
    """``NAME``, ``NAME=AMOUNT``, either with ``@DEVICE``, all with ``,BEGINS`` or ``,BEGINS,ENDS`` (durations from now,
    like -P2D). Raises FaultError."""
    head, *moments = text.split(",")
    sized, _at, device = head.partition("@")
    name, amount = _amount_in(sized)
    kinds = fault_kinds()
    if name not in kinds:
        raise unknown_fault(name, kinds)
    check_amount(kinds[name], amount)
    times = [parse_duration(moment) for moment in moments]
    if None in times or len(times) > 2:
        raise FaultError(
            _("“{text}” says no time at which the fault begins.").format(text=text),
            remedy=_("Write for example {example}: two days before now.").format(example=f"{head},-P2D"),
            code="fault-time",
        )
    begins, ends = [*times, timedelta(0), None][:2] if not times else [*times, None][:2]
    return FaultPlan(name, device or None, begins, ends, amount)
