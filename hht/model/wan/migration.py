"""How a SMETS1 site comes into the centre: a supplier's active one by its authorisation, a dormant one by a test.

A SMETS1 meter is dormant when its supplier has changed and the new one cannot work the old one's system. Either way the
combination of hub and meters must be on the eligible list (S1E-01, S1E-27, S1E-43).
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from hht.model.communications_hub.restrictions import restrictions
from hht.model.electricity_meter.supply import ReadSupplyState
from hht.model.parties import Party, UserRole
from hht.model.wan.configuration import Enrolment
from hht.model.wan.product_lists import CombinationStatus, Generation, generation
from hht.model.wan.requests import Outcome, ServiceRequest, Transaction

if TYPE_CHECKING:
    from hht.model.wan.centre import Centre


class MigrationState(enum.StrEnum):
    """Where the site stands."""

    ACTIVE = "active with its supplier's own system"
    DORMANT = "dormant since a change of supplier"
    AUTHORISED = "authorised by its supplier"
    TESTED = "tested end to end"
    MIGRATED = "migrated"


_FROM = {Enrolment.ACTIVE: MigrationState.ACTIVE, Enrolment.DORMANT: MigrationState.DORMANT}


class MigrationError(HhtError):
    """The step is not due, or something is against it."""

    default_code = "migration"


class Migration:
    """One SMETS1 site's way. `device`: the meter that the end-to-end test asks."""

    def __init__(self, centre: Centre, device: str) -> None:
        self.centre = centre
        self.device = device
        self._step: MigrationState | None = None
        self.tested: Transaction | None = None

    @property
    def state(self) -> MigrationState:
        """Where it stands: as far as these steps have come, or as the site is without them."""
        return self._step or _FROM.get(self.centre.register.enrolment, MigrationState.MIGRATED)

    @property
    def why_dormant(self) -> str:
        """What to tell somebody who finds smart functions gone; "" where they are not."""
        if self.state is not MigrationState.DORMANT:
            return ""
        status = self.centre.lists.status(self.centre.register.combination())
        why = _("SMETS1, and the supplier has changed: the new one cannot work the old one's system ({status}).")
        return why.format(status=status.value)

    def authorise(self, party: Party) -> None:
        """The supplier agrees that its active devices are migrated. MigrationError from anybody else."""
        supplier = self.centre.register.lead_supplier()
        if party.name != supplier or party.role not in (UserRole.IMPORT_SUPPLIER, UserRole.GAS_SUPPLIER):
            raise self._no(_("only {supplier} authorises it").format(supplier=supplier))
        if self.state is not MigrationState.ACTIVE:
            raise self._no(_("it is {state}").format(state=self.state.value))
        self._to(MigrationState.AUTHORISED)

    def test(self) -> Transaction:
        """Ask the dormant meter, from end to end; it is TESTED when it has answered. MigrationError when not due."""
        if self.state is not MigrationState.DORMANT:
            raise self._no(_("it is {state}").format(state=self.state.value))
        self._listed()
        self.tested = self.centre.request(ServiceRequest(self.centre.own_party, self.device, ReadSupplyState()))
        self.tested.then(self._came)
        return self.tested

    def migrate(self) -> None:
        """Enrol the site: its devices are Commissioned through migration. MigrationError when something is missing."""
        self._listed()
        if self.state is MigrationState.ACTIVE:
            raise self._no(_("its supplier has not authorised it"))
        if self.state is MigrationState.DORMANT:
            raise self._no(_("it was not tested end to end"))
        restricted = [
            problem
            for module in self.centre.modules
            if generation(module.hub.identity) is Generation.SMETS1
            for problem in restrictions(module.hub, tuple(self.centre.devices.values()))
        ]
        if restricted:
            raise self._no(_("the hub restricts what the site has to do: {why}").format(why="; ".join(restricted)))
        if self.state is not MigrationState.MIGRATED:
            self.centre.register.enrol("through migration")
            self._to(MigrationState.MIGRATED)

    def _came(self, transaction: Transaction) -> None:
        if transaction.outcome is Outcome.ANSWERED and self.state is MigrationState.DORMANT:
            self._to(MigrationState.TESTED)

    def _listed(self) -> None:
        lists, whole = self.centre.lists, self.centre.register.combination()
        status = lists.status(whole)
        if status is not CombinationStatus.ELIGIBLE:
            raise self._no(_("its combination is not eligible ({status})").format(status=status.value))
        for exclusion, reason in self.centre.register.exclusions.items():
            raise self._no(_("it is excluded ({exclusion}): {why}").format(exclusion=exclusion.value, why=reason))

    def _to(self, state: MigrationState) -> None:
        self._step = state
        self.centre.site.tell("dcc", f"SMETS1 site: {state.value}")

    @staticmethod
    def _no(why: str) -> MigrationError:
        return MigrationError(
            _("The site cannot be migrated so: {why}.").format(why=why),
            remedy=_("Do the steps in their order: listed, authorised or tested, migrated."),
        )
