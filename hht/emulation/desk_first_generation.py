"""What the emulated desk tells of a SMETS1 site: how it stands with the DCC, its hub's diagnostics, and incidents.

The desk looks into the centre's books and its self-service interface; no service request goes to a device
(S1E-05, S1E-22, S1E-23).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from hht.clock import iso_z
from hht.desk.asks import Ask
from hht.desk.kinds import AskKind
from hht.errors import HhtError
from hht.i18n import _
from hht.model.communications_hub import CommunicationsHub
from hht.model.communications_hub.restrictions import restrictions
from hht.model.device import DeviceKind
from hht.model.premises import Premises
from hht.model.site import to_datetime
from hht.model.wan.centre import Centre
from hht.model.wan.migration import MigrationState
from hht.model.wan.product_lists import Generation, generation
from hht.model.wan.self_service import SelfService

_METERS: Final = (DeviceKind.ESME, DeviceKind.GSME)
_STEPS: Final = {
    MigrationState.ACTIVE: "active",
    MigrationState.DORMANT: "dormant",
    MigrationState.AUTHORISED: "authorised",
    MigrationState.TESTED: "tested",
    MigrationState.MIGRATED: "enrolled",
}


class SiteQuestions:
    """The desk's books of one premises. Each answer: why there is none, or it (JSON)."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self._self_service: SelfService | None = None
        self.answers: dict[AskKind, Callable[[Ask], tuple[str, str]]] = {
            AskKind.READ_ENROLMENT: self._enrolment,
            AskKind.READ_DIAGNOSTICS: self._diagnostics,
            AskKind.RAISE_INCIDENT: self._incident,
        }

    def _found(self, ask: Ask) -> tuple[Centre, CommunicationsHub] | None:
        centre = self._premises.centre
        hub = next(
            (one for one in self._premises.of(CommunicationsHub) if one.identity.device_id == str(ask.device)), None
        )
        return (centre, hub) if centre is not None and hub is not None else None

    def _service(self, centre: Centre) -> SelfService:
        if self._self_service is None:
            self._self_service = SelfService(centre)
        return self._self_service

    def _enrolment(self, ask: Ask) -> tuple[str, str]:
        found = self._found(ask)
        if found is None:
            return _("the centre knows no such hub here"), ""
        centre, hub = found
        register = centre.register
        if generation(hub.identity) is not Generation.SMETS1:
            return "", json.dumps({"generation": Generation.SMETS2.value, "lead": "", "state": "", "devices": []})
        story = self._premises.story
        state = _STEPS[story.migration.state] if story is not None else register.enrolment.value
        told = {
            "generation": Generation.SMETS1.value,
            "state": "enrolled" if register.enrolled else state,
            "combination": register.lists.status(register.combination()).value,
            "lead": register.lead_supplier(),
            "dormant": sorted(set(register.dormant.values())),
            "exclusions": {kind.value: why for kind, why in register.exclusions.items()},
            "restricts": list(restrictions(hub, self._premises.devices)),
            "grace_days": centre.inventory.grace_days,
            "devices": [self._device(centre, name) for name in self._names(hub)],
        }
        return "", json.dumps(told)

    def _names(self, hub: CommunicationsHub) -> list[str]:
        meters = [one.name for one in self._premises.devices if one.kind in _METERS]
        return [hub.name, *meters]

    @staticmethod
    def _device(centre: Centre, name: str) -> dict[str, str]:
        device = centre.devices[name]
        asset = centre.inventory.assets.get(device.identity.device_id)
        kinds = {DeviceKind.ESME: "electricity-meter", DeviceKind.GSME: "gas-meter"}
        return {
            "type": kinds.get(device.kind, "communications-hub"),
            "device_id": device.identity.device_id,
            "manufacturer": device.identity.manufacturer,
            "model": device.identity.model,
            "firmware": device.identity.firmware,
            "status": asset.status.value if asset is not None else "",
        }

    def _diagnostics(self, ask: Ask) -> tuple[str, str]:
        found = self._found(ask)
        if found is None:
            return _("the centre knows no such hub here"), ""
        centre, hub = found
        if generation(hub.identity) is Generation.SMETS1 and not centre.register.enrolled:
            return _("the self-service interface has nothing of a site that is not enrolled"), ""
        try:
            seen = self._service(centre).diagnostics(hub)
        except HhtError as error:
            return f"{error.message} {error.remedy}", ""
        told = {
            "taken": iso_z(to_datetime(seen.taken_ms)),
            "fresh": seen.fresh,
            "parts": seen.parts,
            "signal_dbm": seen.signal_dbm,
            "listed": seen.listed,
            "joined": seen.joined,
            "failed": seen.failed,
        }
        return "", json.dumps(told)

    def _incident(self, ask: Ask) -> tuple[str, str]:
        found = self._found(ask)
        if found is None:
            return _("the centre knows no such hub here"), ""
        centre, hub = found
        user = centre.access.users.get(ask.details["party"])
        if user is None:
            return _("“{party}” is no party of this site").format(party=ask.details["party"]), ""
        service = self._service(centre)
        incident = service.raise_incident(user.party, hub, ask.details["about"])
        if ask.details["explained"] == "no":
            service.not_enough(incident)
        told = {"number": incident.number, "handler": incident.handler.value, "assigned": incident.assigned}
        return "", json.dumps(told)
