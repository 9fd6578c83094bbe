"""What an emulated supplier puts into the pack of a job: for each of its devices, in an order that can be kept.

A read that proves a write stands right behind it, so that nothing is lost where it settles what nobody knows. What is
for a gas meter stands together: it sleeps, and wakes once for all of it. Clocks stand last: they may have to wait for a
reliable hub, and nothing waits behind them.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hht.desk.asks import Ask, make_reference
from hht.desk.kinds import AskKind
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.identifiers.install_code import InstallCode
from hht.packs.errors import PackError
from hht.packs.pack import OnFailure
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from hht.protocol.gbcs.device_types import to_gbcs
from hht.work.job import JobMeter, JobOther
from hht.work.join_matrix import MatrixError, link_between

if TYPE_CHECKING:
    from hht.work.job import Job

_TYPES: Final = {
    "electricity-meter": Type.ESME,
    "gas-meter": Type.GSME,
    "communications-hub": Type.CHF,
    "in-home-display": Type.IHD,
    "prepayment-interface": Type.PPMID,
    "load-control-switch": Type.HCALCS,
    "consumer-access-device": Type.CAD,
}
_CONVERSION: Final = {"calorific_value": "39.2", "conversion_factor": "1.02264"}  # of the emulated gas supplier
_CLOCK_S: Final = "86400"  # as long as a validity interval may be (factbook chapter 9): a pack is carried about
_METERS: Final = (Type.ESME, Type.GSME)


class PackPart(enum.StrEnum):
    """What can stand in a pack."""

    WHITELIST = "whitelist"  # the hub lets each device in (CCS01)
    JOINS = "joins"  # devices are joined to one another (CS03)
    IDENTITY = "identity"  # MPAN, MPRN, each read back; Randomised Offset Limit
    MODE = "mode"  # the Payment Mode of the job
    LABELS = "labels"  # of the auxiliary switches that the job names
    CONVERSION = "conversion"  # calorific value and conversion factor
    SUPPLY = "supply"  # the state of the supply is read
    ARM = "arm"  # the supply is armed
    ENABLE = "enable"  # the supply is enabled
    DISABLE = "disable"  # the supply is disabled: two persons of the desk sign such a pack
    FIRMWARE = "firmware"  # images that the job names are activated, and the version is read
    LOG = "log"  # the hub's Device Log is read
    CLOCK = "clock"  # clocks are set by the hub's (ECS70, GCS28)


USUAL: Final = (PackPart.IDENTITY, PackPart.CONVERSION, PackPart.LOG)


@dataclass(frozen=True, slots=True)
class Step:
    """One command. `needs`: names of steps before it."""

    name: str
    ask: Ask = field(repr=False)
    needs: tuple[str, ...] = ()
    on_failure: OnFailure = OnFailure.STOP
    note: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A device of the visit."""

    device: DeviceId
    type: Type


def places(job: Job) -> tuple[Place, ...]:
    """The devices of a job as DUIS knows them; a hub is two. A generation meter is none of the supplier's."""
    found = []
    for one in job.devices:
        kind = _TYPES.get(one.type)
        if kind is not None:
            found.append(Place(one.device_id, kind))
        if isinstance(one, JobOther) and one.gpf_id is not None:
            found.append(Place(one.gpf_id, Type.GPF))
    return tuple(found)


def _turn(step: Step) -> int:
    """The gas meter's come together behind the others', clocks last."""
    clock, gas = step.ask.kind is AskKind.COMMISSION, step.ask.type is Type.GSME
    return (2 if gas else 3) if clock else int(gas)


class PackOrder:
    """The steps of a job. `codes`: install codes by device, for those that the hub is to let in."""

    def __init__(self, job: Job, codes: Mapping[DeviceId, InstallCode]) -> None:
        self._job = job
        self._codes = codes
        self._places = places(job)
        self._names: set[str] = set()

    def steps(self, parts: tuple[PackPart, ...]) -> tuple[Step, ...]:
        """The steps of these parts, in the order of `PackPart`. Raises PackError ``pack-nothing-to-do`` where there are
        none, ``pack-no-install-code``, AskRefused."""
        makers: dict[PackPart, Callable[[], Iterator[Step]]] = {
            PackPart.WHITELIST: self._whitelist,
            PackPart.JOINS: self._joins,
            PackPart.IDENTITY: self._identity,
            PackPart.MODE: lambda: self._each(
                AskKind.SET_PAYMENT_MODE, "set-mode", *_METERS, mode=self._job.payment_mode
            ),
            PackPart.LABELS: self._labels,
            PackPart.CONVERSION: self._conversion,
            PackPart.SUPPLY: lambda: self._each(AskKind.READ_SUPPLY, "read-supply", *_METERS),
            PackPart.ARM: lambda: self._each(AskKind.ARM_SUPPLY, "arm-supply", *_METERS),
            PackPart.ENABLE: lambda: self._each(AskKind.ENABLE_SUPPLY, "enable-supply", Type.ESME),
            PackPart.DISABLE: lambda: self._each(AskKind.DISABLE_SUPPLY, "disable-supply", *_METERS),
            PackPart.FIRMWARE: self._firmware,
            PackPart.LOG: lambda: self._each(AskKind.READ_DEVICE_LOG, "read-log", Type.CHF),
            PackPart.CLOCK: lambda: self._each(AskKind.COMMISSION, "set-clock", *_METERS, tolerance_s=_CLOCK_S),
        }
        found = tuple(sorted((step for part in PackPart if part in parts for step in makers[part]()), key=_turn))
        if not found:
            raise PackError(
                _("Job {job} has no device for which there would be a command.").format(job=self._job.reference),
                remedy=_("Choose other parts, or have the devices put into the job."),
                code="pack-nothing-to-do",
            )
        return found

    # --- the parts

    def _of(self, *types: Type) -> Iterator[Place]:
        return (place for place in self._places if place.type in types)

    def _each(self, kind: AskKind, name: str, *types: Type, **details: str) -> Iterator[Step]:
        """One for each device of these types; whatever becomes of it, the rest goes on."""
        for place in self._of(*types):
            yield self._step(f"{name}-{place.type.lower()}", kind, place, details, on_failure=OnFailure.CONTINUE)

    def _whitelist(self) -> Iterator[Step]:
        for hub in self._of(Type.CHF):
            for place in self._of(*set(Type) - {Type.CHF, Type.GPF}):
                code = self._codes.get(place.device)
                if code is None:
                    raise PackError(
                        _("The desk has no install code of {device}.").format(device=place.device),
                        remedy=_("Give it, or the premises that the device stands in."),
                        code="pack-no-install-code",
                    )
                told = {"other": str(place.device), "other_type": str(place.type), "install_code": code.reveal()}
                yield self._step(
                    f"whitelist-{place.type.lower()}", AskKind.WHITELIST, hub, told, on_failure=OnFailure.CONTINUE
                )

    def _joins(self) -> Iterator[Step]:
        """Both ends of every pair that the join matrix has; not where the hub was to let one in and did not."""
        let_in = {f"whitelist-{place.type.lower()}" for place in self._places} & self._names
        for number, one in enumerate(self._places):
            for other in self._places[number + 1 :]:
                try:
                    ends = link_between(to_gbcs(one.type), to_gbcs(other.type)).ends
                except MatrixError:
                    continue
                needs = tuple(sorted(let_in & {f"whitelist-{place.type.lower()}" for place in (one, other)}))
                for end in ends:
                    at, far = (one, other) if to_gbcs(one.type) is end.at else (other, one)
                    told = {"other": str(far.device), "other_type": str(far.type)}
                    name = f"join-{at.type.lower()}-{far.type.lower()}"
                    yield self._step(name, AskKind.JOIN, at, told, needs, OnFailure.CONTINUE)

    def _identity(self) -> Iterator[Step]:
        for one in self._job.devices:
            if isinstance(one, JobMeter):
                meter = Place(one.device_id, Type.ESME)
                yield from self._written("mpan", meter, AskKind.SET_MPAN, {"mpan": one.mpan.core})
                seconds = {"seconds": str(one.randomised_offset_limit_s)}
                yield self._step("set-limit", AskKind.SET_OFFSET_LIMIT, meter, seconds)
            elif isinstance(one, JobOther) and one.mprn is not None:
                gas = Place(one.device_id, Type.GSME)
                yield from self._written("mprn", gas, AskKind.SET_MPRN, {"mprn": one.mprn.value})

    def _written(self, name: str, place: Place, kind: AskKind, details: Mapping[str, str]) -> Iterator[Step]:
        """A value, and the read that proves it. Other devices do not wait for this one; nor does the rest for a gas
        meter, which is to wake once for all of it: a read does no harm whatever became of the write."""
        sleeps = place.type is Type.GSME
        on_failure = OnFailure.CONTINUE if sleeps else OnFailure.STOP_DEVICE
        yield self._step(f"set-{name}", kind, place, details, on_failure=on_failure)
        needs = () if sleeps else (f"set-{name}",)
        yield self._step(f"read-{name}", AskKind.READ_MPXN, place, {}, needs, OnFailure.CONTINUE)

    def _firmware(self) -> Iterator[Step]:
        """What the job says is to run; a read that proves it stands right behind."""
        for one in self._job.firmware:
            for place in self._of(_TYPES[one.type]):
                name = place.type.lower()
                told = {"image_hash": one.image_hash}
                yield self._step(
                    f"activate-{name}", AskKind.ACTIVATE_FIRMWARE, place, told, on_failure=OnFailure.CONTINUE
                )
                yield self._step(f"read-firmware-{name}", AskKind.READ_FIRMWARE, place, {}, (), OnFailure.CONTINUE)

    def _labels(self) -> Iterator[Step]:
        told = {f"label_{switch.number}": switch.label for switch in self._job.switches}
        if told:
            yield from self._each(AskKind.LABEL_SWITCHES, "set-labels", Type.ESME, **told)

    def _conversion(self) -> Iterator[Step]:
        for place in self._of(Type.GSME):
            yield self._step(
                "set-conversion", AskKind.SET_CALORIFIC_VALUE, place, _CONVERSION, on_failure=OnFailure.CONTINUE
            )

    def _step(
        self,
        name: str,
        kind: AskKind,
        place: Place,
        details: Mapping[str, str],
        needs: tuple[str, ...] = (),
        on_failure: OnFailure = OnFailure.STOP,
    ) -> Step:
        number = 2
        own = name
        while own in self._names:  # a second device of the kind
            own, number = f"{name}-{number}", number + 1
        self._names.add(own)
        drawn = hashlib.sha256(f"{self._job.reference} {own}".encode()).digest()
        ask = Ask(make_reference(drawn), self._job.reference, kind, place.device, place.type, dict(details))
        return Step(own, ask, needs, on_failure)
