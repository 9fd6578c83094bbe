"""The WAN at a premises, as its file says it: ``[wan]``."""

from __future__ import annotations

from hht.i18n import _
from hht.model.plan_file import Section
from hht.model.wan.coverage import HubDuty, HubVariant, Ownership, Region, Service
from hht.model.wan.module import WanConfiguration


def _assigned(section: Section) -> tuple[tuple[HubDuty, Ownership], ...]:
    """``csp_duties`` and ``supplier_duties``: who has them, whoever owns the hub."""
    both = {owner: section.choices(f"{owner.value}_duties", tuple(HubDuty)) for owner in Ownership}
    if both[Ownership.CSP] & both[Ownership.SUPPLIER]:
        raise section.error("supplier_duties", _("a duty is both the provider's and the supplier's"))
    return tuple((HubDuty(duty), owner) for owner in Ownership for duty in sorted(both[owner]))


def read_wan(top: Section) -> WanConfiguration | None:
    """What stands there; None where the file says nothing of it (alerts then stay in the hub's outbox)."""
    section = top.optional("wan")
    if section is None:
        return None
    usual = WanConfiguration()
    region = Region(section.choice("region", tuple(Region), usual.region))
    fitting = HubVariant.LONG_RANGE_RADIO if region is Region.NORTH else usual.variant
    configuration = WanConfiguration(
        region=region,
        service=Service(section.choice("service", tuple(Service), usual.service)),
        variant=HubVariant(section.choice("variant", tuple(HubVariant), fitting)),
        signal_dbm=section.whole("signal_dbm", usual.signal_dbm, low=-140, high=-20),
        search_s=section.whole("search_s", usual.search_s, low=1, high=86_400),
        latency_ms=section.whole("latency_ms", usual.latency_ms, low=1, high=600_000),
        ownership=Ownership(section.choice("ownership", tuple(Ownership), usual.ownership)),
        assigned=_assigned(section),
    )
    section.done()
    return configuration
