"""Faults of SMETS1 sites: dormant, and what keeps them from being migrated (the DCC's exclusion classes)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.device import DeviceKind
from hht.model.faults.centre import centre_of
from hht.model.faults.kind import Effect, FaultKind, Undo, at_premises, over
from hht.model.faults.off_han import keep_off
from hht.model.gas_meter import GasMeter
from hht.model.wan.configuration import Enrolment, Exclusion

if TYPE_CHECKING:
    from hht.model.premises import Premises


def _first_generation(premises: Premises) -> bool:
    return premises.centre is not None and bool(premises.centre.register.combination())


def _excluded(exclusion: Exclusion, why: str, besides: Callable[[Premises], Undo] | None = None) -> Effect:
    def begin(premises: Premises) -> Undo:
        exclusions = centre_of(premises).register.exclusions
        exclusions[exclusion] = why
        other = besides(premises) if besides is not None else None

        def undo() -> None:
            exclusions.pop(exclusion, None)
            if other is not None:
                other()

        return undo

    return at_premises(begin, _first_generation)


def _gas_off(premises: Premises) -> Undo:
    """The hub cannot bring the gas meter along."""
    nodes = [meter.node for meter in premises.of(GasMeter) if meter.node is not None]
    return over(*(keep_off(node.network, [node]) for node in nodes if node.network is not None))


def _dormant(premises: Premises) -> Undo:
    register = centre_of(premises).register
    before, register.enrolment = register.enrolment, Enrolment.DORMANT

    def undo() -> None:
        if register.enrolment is Enrolment.DORMANT:
            register.enrolment = before

    return undo


def kinds() -> tuple[FaultKind, ...]:
    """The faults of this module."""
    whole: frozenset[DeviceKind] = frozenset()
    return (
        FaultKind(
            "smets1-dormant",
            _("SMETS1 site dormant since a change of supplier"),
            ("F-25", "F-26", "F-27", "F-28"),
            _(
                "Smart functions are gone: every request is denied, the site is dormant, not enrolled; the meters "
                "count on."
            ),
            _("Test from end to end and migrate where the combination is eligible; else replace by SMETS2."),
            whole,
            at_premises(_dormant, _first_generation),
        ),
        FaultKind(
            "smets1-keys-missing",
            _("Master keys of a SMETS1 site missing"),
            ("F-25",),
            _("Migration is refused: excluded, its master keys are missing."),
            _("No visit helps: replace by SMETS2."),
            whole,
            _excluded(Exclusion.MASTER_KEYS, _("its master keys are missing")),
        ),
        FaultKind(
            "smets1-no-wan",
            _("SMETS1 site without WAN at migration"),
            ("F-26",),
            _("Migration is refused: excluded, no WAN before or at migration."),
            _("Find WAN for the old hub first; else replace by SMETS2."),
            whole,
            _excluded(Exclusion.NO_WAN, _("no WAN before or at migration")),
        ),
        FaultKind(
            "smets1-five-attempts",
            _("Migration of a SMETS1 site failed five times"),
            ("F-27",),
            _("Migration is refused: excluded after five failed attempts."),
            _("Do not try a sixth time: firmware first, or replace by SMETS2."),
            whole,
            _excluded(Exclusion.ATTEMPTS, _("five attempts have failed")),
        ),
        FaultKind(
            "smets1-gt01",
            _("SMETS1 hub with HAN error GT01"),
            ("F-28",),
            _(
                "Migration is refused: HAN error GT01; the gas meter is off the HAN, electricity alone would come "
                "along."
            ),
            _("Join gas again at the old hub, or replace by SMETS2."),
            whole,
            _excluded(Exclusion.HAN_ERROR, _("HAN error GT01: only electricity would come along"), _gas_off),
        ),
    )
