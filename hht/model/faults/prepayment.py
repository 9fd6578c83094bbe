"""Faults of prepayment: what a top-up is refused for, and what keeps credit from the meter."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.faults.kind import FaultKind, Undo, at_device, flag, nothing
from hht.model.gas_meter import GasMeter
from hht.model.prepayment import Prepayment
from hht.model.prepayment.settings import PaymentMode
from hht.model.refusal import DeviceRefusal

if TYPE_CHECKING:
    from hht.model.premises import Premises

EPOCH_COUNTER = 1_795_000_000  # of a vendor who counts seconds
SMALL = 100_000  # £1, thousandths of a penny
_METERS = frozenset({DeviceKind.ESME, DeviceKind.GSME})


def _of(device: Device) -> Prepayment:
    if not isinstance(device, ElectricityMeter | GasMeter):
        raise TypeError(f"{device.name} takes no credit")
    return device.prepayment


def _prepaid(_premises: Premises, device: Device) -> bool:
    return isinstance(device, ElectricityMeter | GasMeter) and device.prepayment.mode is PaymentMode.PREPAYMENT


def _other_customer(_premises: Premises, device: Device) -> Undo:
    vend = _of(device).top_ups.vend
    own = device.identity.device_id
    vend.sell_for(f"{own[:-2]}{int(own[-2:], 16) ^ 0x55:02X}")
    return lambda: vend.sell_for(own)


def _sold_twice(_premises: Premises, device: Device) -> Undo:
    vend = _of(device).top_ups.vend
    vend.repeats = True

    def undo() -> None:
        vend.repeats = False

    return undo


def _ahead(_premises: Premises, device: Device) -> Undo:
    top_ups = _of(device).top_ups
    vend = top_ups.vend
    before, vend.counter = vend.counter, max(vend.counter, EPOCH_COUNTER)

    def undo() -> None:
        """Sold in order again, from the highest that the meter has taken."""
        vend.counter = max(before, top_ups.counters.highest)

    return undo


def _locked(_premises: Premises, device: Device) -> Undo:
    top_ups = _of(device).top_ups
    for _try in range(top_ups.rules.tries):
        with suppress(DeviceRefusal):
            top_ups.typed("1")
    return nothing


def _full(_premises: Premises, device: Device) -> Undo:
    prepayment = _of(device)
    prepayment.settle()
    before, highest = prepayment.settings.max_meter_balance, max(prepayment.accounts.balance, SMALL)
    prepayment.monitor.configure(replace(prepayment.settings, max_meter_balance=highest))

    def undo() -> None:
        if prepayment.settings.max_meter_balance == highest:  # else the supplier has set another
            prepayment.monitor.configure(replace(prepayment.settings, max_meter_balance=before))

    return undo


def _small_only(_premises: Premises, device: Device) -> Undo:
    prepayment = _of(device)
    before = prepayment.settings.max_credit
    prepayment.monitor.configure(replace(prepayment.settings, max_credit=SMALL))

    def undo() -> None:
        if prepayment.settings.max_credit == SMALL:
            prepayment.monitor.configure(replace(prepayment.settings, max_credit=before))

    return undo


def _credit_mode(_premises: Premises, device: Device) -> Undo:
    prepayment = _of(device)
    terms = prepayment.monitor.terms
    prepayment.set_mode(PaymentMode.CREDIT, terms, "by mistake")

    def undo() -> None:
        if prepayment.mode is PaymentMode.CREDIT:
            prepayment.set_mode(PaymentMode.PREPAYMENT, terms, "put right")

    return undo


def _of_tokens() -> tuple[FaultKind, ...]:
    return (
        FaultKind(
            "token-for-another-meter",
            _("Shop sells top-ups for another meter"),
            ("F-31",),
            _("A good-looking UTRN is refused as not authentic (0x8F63); sent, it is for another device (0x8F64)."),
            _("Compare the receipt's customer with the meter; have it sold anew for this one; do not type it again."),
            _METERS,
            at_device(Device, _other_customer, _prepaid),
            _("The log entries; the tokens that were sold stay useless here."),
        ),
        FaultKind(
            "token-sold-twice",
            _("Shop sells the same token again"),
            (),
            _("The next top-up is refused as used before (0x8F51), although it was bought today."),
            _("Have the supplier send the amount; report the vendor."),
            _METERS,
            at_device(Device, _sold_twice, _prepaid),
            _("The log entries."),
        ),
        FaultKind(
            "vendor-counts-from-epoch",
            _("Vendor's counter far ahead"),
            ("F-35",),
            _(
                "Typed, a genuine UTRN is refused as not authentic: its ten counter bits mean another number to the "
                "meter."
            ),
            _("Have it sent over WAN or HAN with its whole counter; after that typing works again."),
            _METERS,
            at_device(Device, _ahead, _prepaid),
            _("The log entries; the meter's window stays where the last accepted top-up put it."),
        ),
        FaultKind(
            "dead-key",
            _("A key of the keypad does nothing"),
            ("F-32",),
            _("A UTRN with a 5 in it is refused as incomplete, however carefully it is typed; one without is taken."),
            _("Type it at the prepayment interface, or have it sent; exchange the meter."),
            _METERS,
            flag("dead-key", _prepaid),
        ),
        FaultKind(
            "keypad-locked",
            _("Keypad locked after wrong codes"),
            ("F-34",),
            _("Typing is suspended (0x81C4): also a right UTRN is refused (0x81C5), for an hour."),
            _("Do not try again: wait, or have the top-up sent."),
            _METERS,
            at_device(Device, _locked, _prepaid),
            _("The lock-out lasts its time, whatever else is done."),
        ),
    )


def _of_accounts() -> tuple[FaultKind, ...]:
    return (
        FaultKind(
            "account-full",
            _("Balance at the highest that the meter keeps"),
            ("F-33",),
            _("Every top-up is refused: the balance would be above the maximum (0x8F47); the token stays good."),
            _("Use some credit first, or have the limit raised."),
            _METERS,
            at_device(Device, _full, _prepaid),
            _("The log entries."),
        ),
        FaultKind(
            "top-up-too-big",
            _("Limit of a single top-up set to £1"),
            ("F-33",),
            _("A top-up of £10 is refused: more than the meter takes at once (0x8F5B); one of £1 is taken."),
            _("Have the Maximum Credit Threshold corrected."),
            _METERS,
            at_device(Device, _small_only, _prepaid),
            _("The log entries."),
        ),
        FaultKind(
            "left-in-vend-mode",
            _("Keypad left in vend mode"),
            ("F-34",),
            _("Credit that the supplier sends does not arrive: the meter is busy; a typed top-up is taken."),
            _("Leave vend mode at the meter; then have the credit sent again."),
            _METERS,
            flag("vend-mode", _prepaid),
        ),
        FaultKind(
            "wrong-payment-mode",
            _("Prepayment meter set to Credit mode"),
            (),
            _("Top-ups are refused: the meter is in Credit mode; no balance is shown, and credit does not go down."),
            _("Have the supplier set Prepayment mode (ECS03)."),
            _METERS,
            at_device(Device, _credit_mode, _prepaid),
            _("What was used meanwhile stands in the Credit mode balance."),
        ),
    )


def kinds() -> tuple[FaultKind, ...]:
    """The faults of this module."""
    return (*_of_tokens(), *_of_accounts())
