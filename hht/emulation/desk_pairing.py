"""A consumer's device paired from afar, as the 2012 consultation's option 2 had it (CAD-06): training alone.

A party that is no supplier proves that the caller is at home: it has a Customer Identification Number shown at the
meter (9.1), and waits for the caller to repeat it on the phone (CAD-10). No terminal has a part in that. Then the hub
lists the device (8.11), and when it has joined, the meters are joined to it (8.7.2). Each hop is told.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from hht.desk.asks import Ask
from hht.desk.errors import AskRefused
from hht.desk.messages import Outcome
from hht.i18n import _
from hht.model.communications_hub import CommunicationsHub
from hht.model.communications_hub.backup import LogBackup
from hht.model.device import DeviceKind
from hht.model.parties import Party
from hht.model.premises import Premises
from hht.model.wan import requests
from hht.model.wan.access import SUPPLIERS, service_of
from hht.model.wan.consumer_desk import TRIES, ConsumerDesk
from hht.model.wan.requests import Transaction

Ended = Callable[[Outcome, str, str, str], None]  # outcome, code, why, answer (JSON: every hop)
_OPEN = (requests.Outcome.SENT, requests.Outcome.QUARANTINED)


class RemotePairing:
    """One pairing at the centre of a premises, for `party`; `ended` hears what came of it, once."""

    def __init__(self, premises: Premises, ask: Ask, party: Party, ended: Ended) -> None:
        """Raises AskRefused where the premises has no centre, no such device, or its maker has lodged no code."""
        assert premises.centre is not None
        self._centre, self._ended = premises.centre, ended
        self._device_id = ask.details["other"]
        device = next((one for one in premises.devices if one.identity.device_id == self._device_id), None)
        code = device.node.install_code if device is not None and device.node is not None else None
        if device is None or device.kind is not DeviceKind.CAD or code is None:
            raise AskRefused(
                _("No maker has lodged the credentials of {device}.").format(device=self._device_id),
                remedy=_("Scan its label again; ask the maker to lodge them."),
                code="desk-no-install-code",
            )
        hub = next(one for one in premises.of(CommunicationsHub) if one.identity.device_id == str(ask.device))
        fuels = {one.kind for one in premises.devices}
        self._esme = next(one.name for one in premises.devices if one.kind is DeviceKind.ESME)
        user = premises.centre.access.users[party.name]
        kinds = {self._esme: DeviceKind.ESME} | ({hub.gpf.name: DeviceKind.GPF} if DeviceKind.GSME in fuels else {})
        self._meters = tuple(name for name, kind in kinds.items() if user.responsible(kind, name))
        self._desk = ConsumerDesk(premises.centre, party)
        self._desk.lodge(self._device_id, device.kind, code)
        self._hops: list[Transaction] = []
        self._wrong = 0
        premises.centre.hub_logs.watchers.append(self._log_changed)

    def begin(self) -> None:
        """Prove the caller: a supplier knows its customer by the account, another user has a number shown."""
        if self._desk.party.role in SUPPLIERS:
            self._desk.recognise()
            self._pair()
            return
        self._follow(self._desk.ask(self._esme))
        self._centre.calls.append(self._heard)

    def _heard(self, told: str) -> bool:
        """The caller says the number; whether it is right. After three wrong ones the party gives up."""
        right = self._desk.repeat(told)
        self._wrong += not right
        if right or self._wrong >= TRIES:
            self._centre.calls.remove(self._heard)
        if right:
            self._pair()
        elif self._wrong >= TRIES:
            self._end(Outcome.FAILED, _("the caller did not repeat the number that the meter shows"))
        return right

    def _pair(self) -> None:
        self._follow(self._desk.pair(self._device_id, self._meters))

    def _log_changed(self, _backup: LogBackup) -> None:
        """The hub's book is another: joins may have gone out meanwhile."""
        for transaction in self._desk.pairings.get(self._device_id, ()):
            if not any(known is transaction for known in self._hops):
                self._follow(transaction)

    def _follow(self, transaction: Transaction) -> None:
        self._hops.append(transaction)
        transaction.then(lambda _moved: self._moved())
        self._moved()

    def _moved(self) -> None:
        joins = len(self._desk.pairings.get(self._device_id, ())) - 1
        vain = [hop for hop in self._hops if hop.outcome not in (*_OPEN, requests.Outcome.ANSWERED)]
        if vain:
            self._end(Outcome.FAILED, vain[0].why or vain[0].outcome.value)
        elif joins == len(self._meters) and not any(hop.outcome in _OPEN for hop in self._hops):
            self._end(Outcome.DONE, "")

    def _end(self, outcome: Outcome, why: str) -> None:
        hops = []
        for hop in self._hops:
            service = service_of(hop.request.command)
            code = service.code if service is not None else hop.request.command.use_case
            hops.append({"service": code, "device": hop.request.device, "outcome": hop.outcome.value})
        ended, self._ended = self._ended, lambda *_told: None
        ended(outcome, "I0" if outcome is Outcome.DONE else "", why, json.dumps(hops))
