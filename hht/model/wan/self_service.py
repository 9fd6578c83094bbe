"""Diagnostics of a hub as the centre's self-service interface shows them, and incidents about it (S1E-22, S1E-23)."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from hht.i18n import _
from hht.model.communications_hub.hub import CommunicationsHub
from hht.model.parties import Party
from hht.model.wan.centre import Centre
from hht.model.wan.coverage import HubDuty
from hht.model.wan.inventory import InventoryError
from hht.model.wan.module import module_status
from hht.model.wan.product_lists import Generation, generation


class Handler(enum.StrEnum):
    """Who works on an incident."""

    LEAD_SUPPLIER = "lead supplier"
    S1SP = "S1SP"  # the SMETS1 service provider, for supporting information
    CSP = "csp"
    SUPPLIER = "supplier"


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """`taken_ms`: true time at which the hub was last heard; `fresh`: that is now; `parts`: as `module_status` has it;
    `listed` and `joined`: devices in its log; `failed`: how many frames failed on the HAN."""

    taken_ms: int
    fresh: bool
    parts: dict[str, str]
    signal_dbm: int
    listed: int
    joined: int
    failed: int


@dataclass(slots=True)
class Incident:
    """`assigned`: the name of whom works on it."""

    number: int
    raised_by: Party
    hub: str
    about: str
    handler: Handler
    assigned: str


class SelfService:
    """The interface of one centre. What it showed of a hub last it shows again while the hub is out of reach."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.incidents: list[Incident] = []
        self._last: dict[str, Diagnostics] = {}

    def diagnostics(self, hub: CommunicationsHub) -> Diagnostics:
        """Of a hub: fresh where it is in reach, else the last that were taken. InventoryError where there are none."""
        module = self.centre.module_of(hub)
        if module is not None and module.passing:
            entries = hub.device_log.entries.values()
            self._last[hub.name] = Diagnostics(
                self.centre.site.now_ms,
                True,
                module_status(module),
                module.signal_dbm,
                len(entries),
                sum(entry.joined for entry in entries),
                sum(entry.statistics.failed for entry in entries),
            )
            return self._last[hub.name]
        if hub.name not in self._last:
            raise InventoryError(
                _("Nothing has been heard of {hub}.").format(hub=hub.name),
                remedy=_("Raise an incident, or read it at the premises."),
            )
        last = self._last[hub.name]
        return Diagnostics(last.taken_ms, False, last.parts, last.signal_dbm, last.listed, last.joined, last.failed)

    def raise_incident(self, party: Party, hub: CommunicationsHub, about: str) -> Incident:
        """A party suspects a hub. A SMETS1 hub's incident goes to the Lead Supplier, any other's to its owner."""
        module = self.centre.module_of(hub)
        if generation(hub.identity) is Generation.SMETS1:
            handler, assigned = Handler.LEAD_SUPPLIER, self.centre.register.lead_supplier()
        else:
            handler = Handler.SUPPLIER
            if module is not None:
                handler = Handler(module.configuration.duties[HubDuty.FAULT_RETURN].value)
            assigned = handler.value if handler is Handler.CSP else self.centre.register.lead_supplier()
        incident = Incident(len(self.incidents) + 1, party, hub.name, about, handler, assigned)
        self.incidents.append(incident)
        return incident

    def not_enough(self, incident: Incident) -> None:
        """The diagnostics do not explain it: a SMETS1 hub's incident goes on to the S1SP for supporting information."""
        if incident.handler is Handler.LEAD_SUPPLIER:
            incident.handler, incident.assigned = Handler.S1SP, Handler.S1SP.value
