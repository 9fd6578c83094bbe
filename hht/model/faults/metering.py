"""Faults of what an electricity meter counts: its registers, its transformers, and whose wires go through it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.alert_codes import AlertCode
from hht.model.consumer import Consumer
from hht.model.device import DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.measurement import Misreading
from hht.model.faults.kind import Amount, Effect, FaultKind, Undo, at_device, at_premises, nothing
from hht.model.seeded import subseed

if TYPE_CHECKING:
    from hht.model.premises import Premises

TOO_MUCH = 15  # per cent
TOO_LITTLE_MILLI = 333  # a transformer of 300/5 where the meter was set for 100/5
USED_ELSEWHERE_KWH = 1_306
NEIGHBOURS_MPAN = "1200023306419"
TURNED_ROUND = 1  # the second phase
_METERS = frozenset({DeviceKind.ESME})


def _misread(wrong: Misreading, alert: AlertCode | None = None) -> Effect:
    def begin(_premises: Premises, meter: ElectricityMeter) -> Undo:
        readings = meter.measurement.misreadings
        meter.measured.change(lambda: readings.append(wrong))
        if alert is not None:
            meter.alert(alert)
        return lambda: meter.measured.change(lambda: readings.remove(wrong))

    return at_device(ElectricityMeter, begin)


def _scaled(milli: int) -> Misreading:
    return lambda _channel, into, out: (into * milli // 1000, out * milli // 1000)


def _swapped(_channel: int, into: int, out: int) -> tuple[int, int]:
    return out, into


def _one_turned_round(channel: int, into: int, out: int) -> tuple[int, int]:
    return (out, into) if channel == TURNED_ROUND else (into, out)


def _first_phase_only(channel: int, into: int, out: int) -> tuple[int, int]:
    return (0, 0) if channel else (into, out)


def _single_phase(premises: Premises, meter: ElectricityMeter) -> Undo:
    before = meter.identity
    meter.identity = replace(before, variant="A")
    counts = _misread(_first_phase_only).begin(premises, meter)

    def undo() -> None:
        meter.identity = before
        counts()

    return undo


def _only(effect: Effect, fits: Callable[[ElectricityMeter], bool]) -> Effect:
    return Effect(lambda _premises, device: isinstance(device, ElectricityMeter) and fits(device), effect.begin)


def _polyphase(meter: ElectricityMeter) -> bool:
    return meter.capabilities.phases > 1


def _frozen(_premises: Premises, meter: ElectricityMeter) -> Undo:
    def hold(frozen: bool) -> None:
        meter.measured.change(lambda: setattr(meter.measurement, "frozen", frozen))

    hold(True)
    return lambda: hold(False)


def _register_at(import_wh: int) -> Callable[[Premises, ElectricityMeter], Undo]:
    def begin(_premises: Premises, meter: ElectricityMeter) -> Undo:
        meter.catch_up()
        meter.measurement.put_register(import_wh)
        return nothing

    return begin


def _used_elsewhere(kwh: int) -> Effect:
    def begin(_premises: Premises, meter: ElectricityMeter) -> Undo:
        meter.catch_up()
        meter.measurement.put_register(meter.measurement.import_wh + kwh * 1000)
        return nothing

    return at_device(ElectricityMeter, begin)


def _lies(by_per_cent: int) -> Effect:
    return _misread(_scaled(1000 + 10 * by_per_cent))


def _memory(_premises: Premises, meter: ElectricityMeter) -> Undo:
    meter.faults.add("memory-fault")
    meter.alert(AlertCode.FAULT_NON_VOLATILE_MEMORY)
    return lambda: meter.faults.discard("memory-fault")


def _phase_sequence(_premises: Premises, meter: ElectricityMeter) -> Undo:
    meter.alert(AlertCode.PHASE_SEQUENCE_WRONG)
    return nothing


# --- whose wires -----------------------------------------------------------------------------------------------------


def _of_people(premises: Premises) -> list[ElectricityMeter]:
    """The meters with somebody's home behind them, that could be mistaken for one another."""
    meters = [one for one in premises.of(ElectricityMeter) if not one.configuration.generation]
    return [one for one in meters if len(one.consumer.shares) == len(meters[0].consumer.shares)]


def _crossed(premises: Premises) -> Undo:
    first, second = _of_people(premises)[:2]

    def swap() -> None:
        ours, theirs = first.measured, second.measured
        first.measure(theirs)
        second.measure(ours)

    swap()
    return swap


def _neighbours(premises: Premises, meter: ElectricityMeter) -> Undo:
    """The tails of the flat next door go through this meter, and ours through theirs."""
    ours = meter.measured
    theirs = Consumer(
        premises.site,
        meter.configuration.household,
        subseed(meter.seed, "the flat next door"),
        shares=meter.consumer.shares,
    )
    ours.detach()
    meter.measure(theirs)

    def undo() -> None:
        theirs.detach()
        meter.measure(ours)

    return undo


def _wrong_mpan(_premises: Premises, meter: ElectricityMeter) -> Undo:
    before, meter.import_mpan = meter.import_mpan, NEIGHBOURS_MPAN

    def undo() -> None:
        if meter.import_mpan == NEIGHBOURS_MPAN:
            meter.import_mpan = before

    return undo


def _of_registers() -> tuple[FaultKind, ...]:
    left = _("What was counted wrong stays in registers and half-hours.")
    return (
        FaultKind(
            "register-at-zero",
            _("Register has jumped to 0"),
            ("F-18",),
            _(
                "The import register begins again at 0, while half-hours and bills from before are thousands of kWh "
                "higher."
            ),
            _("Stop; photograph; exchange the meter with opening and closing readings from the half-hours."),
            _METERS,
            at_device(ElectricityMeter, _register_at(0)),
            _("The register goes on from where it is."),
        ),
        FaultKind(
            "register-not-new",
            _("Register with a reading of another place on it"),
            ("F-18",),
            _("The register stands 1,306 kWh higher than the half-hours before account for."),
            _("Record the opening reading; tell the supplier before anything is billed."),
            _METERS,
            _used_elsewhere(USED_ELSEWHERE_KWH),
            _("The register goes on from where it is."),
            Amount("kWh", USED_ELSEWHERE_KWH, 1, 99_999, _used_elsewhere),
        ),
        FaultKind(
            "register-frozen",
            _("Register stands still"),
            (),
            _("Power now is shown, and the register does not move; half-hours show nothing used."),
            _("Prove it by a known load; exchange the meter."),
            _METERS,
            at_device(ElectricityMeter, _frozen),
            left,
        ),
        FaultKind(
            "lying-meter",
            _("Meter counts too much, or too little"),
            (),
            _("A load of 3 kW is shown, and counted, as 3.45 kW; everything else looks right."),
            _("Test it against a known load; have it exchanged and examined."),
            _METERS,
            _lies(TOO_MUCH),
            left,
            Amount("%", TOO_MUCH, -99, 400, _lies),
        ),
        FaultKind(
            "memory-fault",
            _("Memory of half-hours defect"),
            (),
            _("The meter logs 0x81AE, and from then on no half-hour is added; registers go on."),
            _("Read what is there; exchange the meter."),
            _METERS,
            at_device(ElectricityMeter, _memory),
            _("The gap, and the log entry."),
        ),
    )


def _of_wiring() -> tuple[FaultKind, ...]:
    left = _("What was counted wrong stays in registers and half-hours; so does the log entry.")
    return (
        FaultKind(
            "reversed-polarity",
            _("Line and load reversed"),
            (),
            _("What the home uses rises in the export register, import stands still; the meter logs 0x81B8."),
            _("Isolate at the cut-out; wire it the right way round; correct the bills."),
            _METERS,
            _misread(_swapped, AlertCode.POLARITY_REVERSED),
            left,
        ),
        FaultKind(
            "wrong-variant-fitted",
            _("Single-phase meter on three phases"),
            ("F-45",),
            _(
                "The meter says variant A where three phases come in: what hangs on the second and third is not "
                "counted."
            ),
            _("Stop; reschedule with a polyphase meter (cut-out photographed, so that the right one comes)."),
            _METERS,
            _only(at_device(ElectricityMeter, _single_phase), _polyphase),
            left,
        ),
        FaultKind(
            "ct-ratio-wrong",
            _("Current transformers of another ratio"),
            ("F-45",),
            _("A polyphase meter shows and counts a third of what flows on every phase."),
            _("Compare the ratio on the transformers with the meter's; set or exchange it."),
            _METERS,
            _only(_misread(_scaled(TOO_LITTLE_MILLI)), _polyphase),
            left,
        ),
        FaultKind(
            "ct-turned-round",
            _("One current transformer turned round"),
            (),
            _("The second phase is counted as export while the machines on it run; the meter logs 0x81BB."),
            _("Turn the transformer, or swap its two wires."),
            _METERS,
            _only(_misread(_one_turned_round, AlertCode.REVERSE_CURRENT), _polyphase),
            left,
        ),
        FaultKind(
            "phase-rotation",
            _("Phases in the wrong order"),
            (),
            _("A polyphase meter logs 0x81B7: motors turn the wrong way round."),
            _("Swap two of the tails."),
            _METERS,
            _only(at_device(ElectricityMeter, _phase_sequence), _polyphase),
            _("The log entry."),
        ),
        FaultKind(
            "crossed-meters",
            _("Two flats swapped"),
            ("F-19",),
            _(
                "A kettle in the first flat is counted by the second's meter, and switching one supply off darkens "
                "the other."
            ),
            _("Prove it by a load step; correct the MPANs or the tails; flag the neighbour."),
            frozenset(),
            at_premises(_crossed, lambda premises: len(_of_people(premises)) > 1),
            left,
        ),
        FaultKind(
            "neighbours-tails",
            _("Meter of the flat next door"),
            ("F-19",),
            _("A kettle at home does not show on the meter, which counts somebody else's use all the same."),
            _("Prove it by a load step; raise it with the network operator and the neighbour's supplier."),
            _METERS,
            at_device(ElectricityMeter, _neighbours),
            left,
        ),
        FaultKind(
            "wrong-mpan",
            _("Meter holds another home's MPAN"),
            ("F-20",),
            _("The import MPAN in the meter has good check digits, and is not that of the address and the job."),
            _("Compare meter, job and supply number label; write the right one."),
            _METERS,
            at_device(ElectricityMeter, _wrong_mpan),
        ),
    )


def kinds() -> tuple[FaultKind, ...]:
    """The faults of this module."""
    return (*_of_registers(), *_of_wiring())
