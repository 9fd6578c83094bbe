"""Who answers for a hub's compliance with its specification (CHTS), and when: S1E-12.

At delivery the DCC does: the model is on the Central Products List on that day. At installation the supplier that fits
it does, within the Installation Validity Period of what was delivered: one that lay in the van too long is not fitted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.communications_hub.hub import CommunicationsHub
from hht.model.parties import DCC, Party
from hht.model.wan.product_lists import Generation, generation, product_of

if TYPE_CHECKING:
    from hht.model.wan.centre import Centre


@dataclass(frozen=True, slots=True)
class ComplianceCheck:
    """`responsible` answers for it on that day; `problem` is what is against it ("": nothing)."""

    responsible: str
    on: date
    problem: str


def at_delivery(centre: Centre, hub: CommunicationsHub, on: date) -> ComplianceCheck:
    """The DCC hands a hub over to a supplier. SMETS1 hubs are none of the DCC's (CHR-15): the supplier answers."""
    if generation(hub.identity) is Generation.SMETS1:
        return ComplianceCheck(centre.register.lead_supplier(), on, "")
    return ComplianceCheck(DCC.name, on, centre.lists.problem(product_of(hub.kind, hub.identity), on))


def at_installation(hub: CommunicationsHub, supplier: Party, on: date) -> ComplianceCheck:
    """A supplier's engineer is about to fit a hub."""
    period, delivered = hub.configuration.installable, hub.configuration.delivered
    problem = ""
    if delivered is not None and on < delivered:
        problem = _("it was delivered on {date} only").format(date=delivered.isoformat())
    elif period is not None and not period[0] <= on <= period[1]:
        problem = _("its Installation Validity Period is {first} to {last}").format(
            first=period[0].isoformat(), last=period[1].isoformat()
        )
    return ComplianceCheck(supplier.name, on, problem)
