"""Faults of the supply itself: the street's, and the connections between it and the meter."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.agenda import MINUTE_MS, SECOND_MS
from hht.model.device import DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.faults.kind import Amount, Effect, FaultKind, Undo, at_device, at_premises
from hht.model.mains import Mains

if TYPE_CHECKING:
    from hht.model.premises import Premises

HIGH_V, LOW_V = 20, 40
NEUTRAL_LOST_DV = (350, -600, 150)  # how the phases drift apart with uneven load
LOOSE_EVERY_MS, LOOSE_FOR_MS = 20 * MINUTE_MS, 8 * SECOND_MS
CHATTER_EVERY_MS, CHATTER_FOR_MS = 5 * MINUTE_MS, 2 * SECOND_MS


def _cut(phase: int | None) -> Callable[[Premises], Undo]:
    def begin(premises: Premises) -> Undo:
        mains = premises.mains
        who = f"fault {phase}"
        mains.switch(False, phase=phase, why="a fault in the street", who=who)
        return lambda: mains.switch(True, phase=phase, why="the network operator restored it", who=who)

    return begin


def _isolated(premises: Premises) -> Undo:
    mains = premises.mains
    mains.switch(False, why="the network operator has isolated the feeder", who="feeder")
    return lambda: mains.switch(True, why="the network operator has switched the feeder on", who="feeder")


def _shifted(shifts_dv: Callable[[Mains], tuple[int, ...]]) -> Effect:
    def begin(premises: Premises) -> Undo:
        mains = premises.mains
        shifts = shifts_dv(mains)

        def shift(sign: int) -> None:
            for phase, by_dv in enumerate(shifts):
                mains.shift_voltage(mains.offset_dv[phase] + sign * by_dv, phase=phase)

        shift(1)
        return lambda: shift(-1)

    return at_premises(begin, _metered)


def _metered(premises: Premises) -> bool:
    return bool(premises.of(ElectricityMeter))


def _three_phases(premises: Premises) -> bool:
    return premises.mains.phases == 3


def _high(by_v: int) -> Effect:
    return _shifted(lambda mains: (by_v * 10,) * mains.phases)


def _low(by_v: int) -> Effect:
    return _shifted(lambda mains: (-by_v * 10,) * mains.phases)


def _neutral_lost() -> Effect:
    effect = _shifted(lambda _mains: NEUTRAL_LOST_DV)
    return Effect(lambda premises, device: device is None and _three_phases(premises), effect.begin)


def _now_and_then(premises: Premises, every_ms: int, for_ms: int, act: Callable[[bool], None]) -> Undo:
    """`act(False)` now and then, `act(True)` a moment later; undone, it is True for good."""
    agenda = premises.site.agenda

    def go() -> None:
        act(False)
        agenda.after(for_ms, lambda: act(True))

    beat = agenda.every(every_ms, go)

    def undo() -> None:
        beat.cancel()
        act(True)

    return undo


def _loose(premises: Premises) -> Undo:
    mains = premises.mains
    return _now_and_then(
        premises,
        LOOSE_EVERY_MS,
        LOOSE_FOR_MS,
        lambda live: mains.switch(live, why="a loose connection at the cut-out", who="cut-out"),
    )


def _chatter(premises: Premises, meter: ElectricityMeter) -> Undo:
    return _now_and_then(premises, CHATTER_EVERY_MS, CHATTER_FOR_MS, meter.load_switch.bounce)


def kinds() -> tuple[FaultKind, ...]:
    """The faults of this module."""
    whole: frozenset[DeviceKind] = frozenset()
    logged = _("The log entries.")
    return (
        FaultKind(
            "power-cut",
            _("No supply from the street"),
            (),
            _("Displays and LEDs are dark; after three minutes the hub's last word is an outage alert (0x8F57)."),
            _("Ring 105; nothing can be done at the meter."),
            whole,
            at_premises(_cut(None)),
            logged,
        ),
        FaultKind(
            "phase-lost",
            _("One phase of three lost"),
            (),
            _("What hangs on the second phase is off, and its registers stand; the meter logs 0x8F59."),
            _("Check the cut-out fuse; else it is the network operator's."),
            whole,
            at_premises(_cut(1), _three_phases),
            logged,
        ),
        FaultKind(
            "feeder-isolated",
            _("Network operator has isolated the feeder"),
            (),
            _("No supply here nor anywhere along the street; no meter was commanded, and none says it is disabled."),
            _("Ask the network operator: it isolates a feeder where it may not disable one meter."),
            whole,
            at_premises(_isolated),
            logged,
        ),
        FaultKind(
            "neutral-lost",
            _("Neutral lost"),
            (),
            _(
                "Phase voltages drift apart, some far above 253 V and some far below 216 V: alerts of swell and sag "
                "at once."
            ),
            _("Get everybody to switch off; isolate; ring 105 at once."),
            whole,
            _neutral_lost(),
            logged,
        ),
        FaultKind(
            "voltage-high",
            _("Voltage too high"),
            (),
            _("The meter reads some 265 V; after 30 s it logs a voltage swell."),
            _("Measure it; report it to the network operator."),
            whole,
            _high(HIGH_V),
            logged,
            Amount("V", HIGH_V, 1, 100, _high),
        ),
        FaultKind(
            "voltage-low",
            _("Voltage too low"),
            (),
            _("The meter reads some 205 V; after 30 s it logs a voltage sag."),
            _("Measure it with and without load; report it to the network operator."),
            whole,
            _low(LOW_V),
            logged,
            Amount("V", LOW_V, 1, 200, _low),
        ),
        FaultKind(
            "loose-connection",
            _("Loose connection before the meter"),
            ("F-46",),
            _("Lights go out for seconds, several times an hour; the meter logs one short interruption after another."),
            _("Isolate; have cut-out and tails tightened. It is a fire risk."),
            whole,
            at_premises(_loose),
            logged,
        ),
        FaultKind(
            "relay-chatter",
            _("Load switch chatters"),
            (),
            _(
                "The supply is enabled, and every few minutes it drops out for two seconds; nothing is logged at "
                "the mains."
            ),
            _("Exchange the meter."),
            frozenset({DeviceKind.ESME}),
            at_device(ElectricityMeter, _chatter),
        ),
    )
