"""Faults as a premises file, the command line and a link say them: ``[[fault]]``, ``faults = [...]``, NAME@DEVICE."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from hht.errors import HhtError
from hht.i18n import _
from hht.model.device import DeviceKind
from hht.model.faults.catalogue import fault_kinds
from hht.model.faults.register import FaultError, FaultRegister, unknown_fault
from hht.model.plan_file import Moment, PremisesError, Section, parse_duration
from hht.model.site import Site


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """A fault that is to be. `begins` None: from the start of the history; `ends` None: never. A timedelta is counted
    from the present, where the history ends. `refuse` makes the error of the file that the fault stands in."""

    name: str
    device: str | None = None
    begins: Moment | None = None
    ends: Moment | None = None
    refuse: Callable[[str], HhtError] | None = field(default=None, repr=False, compare=False)

    def arrange(self, register: FaultRegister, site: Site) -> None:
        """Let it happen when it is to. Raises what `refuse` makes, or FaultError, where it cannot be here."""
        try:
            if self.begins is None and self.ends is None:
                register.on(self.name, self.device)
            else:
                begins = site.agenda.now_ms if self.begins is None else site.moment_ms(self.begins)
                ends = None if self.ends is None else site.moment_ms(self.ends)
                register.schedule(self.name, self.device, begins, ends)
        except FaultError as error:
            if self.refuse is None:
                raise
            raise self.refuse(f"{error.message.rstrip('.')}. {error.remedy.rstrip('.')}") from None


def read_device_faults(section: Section, kind: DeviceKind) -> tuple[FaultPlan, ...]:
    """``faults = [...]`` of a device's table: there from the start of the history."""
    if not section.has("faults"):
        return ()
    allowed = tuple(name for name, one in fault_kinds().items() if kind in one.devices)
    device = section.text("id", "")

    def refuse(problem: str) -> PremisesError:
        return section.error("faults", problem)

    return tuple(FaultPlan(name, device, refuse=refuse) for name in sorted(section.choices("faults", allowed)))


def read_fault(table: Section, devices: Mapping[str, str]) -> FaultPlan:
    """A ``[[fault]]`` of a file. `devices`: the kinds of the devices in it, by name ("": not known)."""
    kinds = fault_kinds()
    name = table.text("name")
    if name not in kinds:
        error = unknown_fault(name, kinds)
        raise table.error("name", f"{error.message.rstrip('.')}. {error.remedy.rstrip('.')}")
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
        lambda problem: table.error("name", problem),
    )
    table.done()
    return plan


def _check_device(table: Section, device: str, kinds: frozenset[DeviceKind], devices: Mapping[str, str]) -> None:
    if device not in devices:
        raise table.error("device", _("there is no device “{id}” in this file").format(id=device))
    if devices[device] in tuple(DeviceKind) and devices[device] not in kinds:
        known = ", ".join(sorted(kinds))
        raise table.error("device", _("this fault is none of such a device; it can be at: {kinds}").format(kinds=known))


def parse_fault(text: str) -> FaultPlan:
    """``NAME``, ``NAME@DEVICE``, either with ``,BEGINS`` (a duration from now, like -P2D). Raises FaultError."""
    head, comma, moment = text.partition(",")
    name, _at, device = head.partition("@")
    kinds = fault_kinds()
    if name not in kinds:
        raise unknown_fault(name, kinds)
    begins = parse_duration(moment) if comma else timedelta(0)
    if begins is None:
        raise FaultError(
            _("“{text}” says no time at which the fault begins.").format(text=text),
            remedy=_("Write for example {example}: two days before now.").format(example=f"{head},-P2D"),
            code="fault-time",
        )
    return FaultPlan(name, device or None, begins)
