"""A smaller business may leave the DCC, or come to it: what has to be fitted, who does it, and who pays.

At opt-in a visit installs a hub of the CSP's, at opt-out the registered supplier's equipment; the then registered
supplier, most likely the gaining one, bears the cost (CHR-07). No visit is needed where the hub is CHTS-compliant and
the DCC may adopt its WAN contract (CHR-08).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.communications_hub.hub import CommunicationsHub
from hht.model.own_equipment import Modem
from hht.model.wan.configuration import Regime
from hht.model.wan.coverage import Ownership
from hht.model.wan.hub_delivery import at_installation
from hht.model.wan.inventory import SmiStatus

if TYPE_CHECKING:
    from hht.model.wan.centre import Centre


@dataclass(frozen=True, slots=True)
class OptingWork:
    """What a change of regime needs. `visit`: somebody has to come; `fits`: whose hub or equipment; `removes`: names of
    devices that go; `payer`: who bears the cost; `why` in words."""

    to: Regime
    visit: bool
    fits: Ownership | None
    removes: tuple[str, ...]
    payer: str
    why: str


def opting_work(centre: Centre, to: Regime) -> OptingWork:
    """What it takes to bring the site to the DCC, or out of it."""
    payer = centre.register.lead_supplier()
    hub = bool(centre.modules)
    if to is Regime.MASS_ROLL_OUT:
        modems = tuple(device.name for device in centre.devices.values() if isinstance(device, Modem))
        if hub and centre.configuration.adoptable:
            return OptingWork(to, False, None, (), payer, _("the DCC adopts the hub's WAN contract"))
        return OptingWork(to, True, Ownership.CSP, modems, payer, _("a hub of the CSP's has to be installed"))
    why = _("the registered supplier installs equipment of its own")
    return OptingWork(to, True, Ownership.SUPPLIER, tuple(module.hub.name for module in centre.modules), payer, why)


def opt(centre: Centre, to: Regime) -> OptingWork:
    """The work is done: from now on the site is served as `to` says."""
    centre.site.catch_up()
    work = opting_work(centre, to)
    centre.register.regime = to
    for module in centre.modules:
        module.deactivate()
        module.activate(centre.name)
        if module.hub.powered and centre.status(module.hub) is SmiStatus.PENDING:
            _install(centre, module.hub)
    centre.site.tell(centre.name, f"the site is {to.value} now", work.why)
    return work


def _install(centre: Centre, hub: CommunicationsHub) -> None:
    """The hub that was fitted becomes one of the DCC's, unless the supplier may not fit it any more (S1E-12)."""
    supplier = centre.access.users[centre.register.lead_supplier()].party
    check = at_installation(hub, supplier, centre.register.today)
    if check.problem:
        centre.site.tell(centre.name, f"{hub.name} is not taken as installed by {supplier}", check.problem)
        return
    for device in (hub, hub.gpf):
        centre.inventory.install(device.identity.device_id, "fitted at opt-in")
