"""A party's desk for a consumer who calls: proof that the caller is at home, remote pairing, a reminder of the passkey.

The 2012 consultation's option 2 (CAD-06) with its two sub-options: only the consumer's supplier has devices paired, or
any party does (CAD-12, CAD-13). Who is no supplier proves the caller by a Customer Identification Number: it is sent to
the meter, shown on its display and the IHD's, and repeated (CAD-10). A device's maker lodges its credentials with a
party, which has them sent to the hub (CAD-11); nobody needs to reach the hub (CAD-16).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.identifiers import InstallCode, Secret
from hht.model.agenda import HOUR_MS
from hht.model.communications_hub.backup import LogBackup
from hht.model.communications_hub.commands import AddToDeviceLog
from hht.model.communications_hub.hub import CommunicationsHub
from hht.model.device import DeviceKind
from hht.model.features.notices import SendCin
from hht.model.features.tenancy import ChangeTenancy
from hht.model.han.joins import JoinMethod, JoinMethodB
from hht.model.parties import Party
from hht.model.seeded import mix
from hht.model.wan.access import SUPPLIERS
from hht.model.wan.desk import DeskError
from hht.model.wan.requests import Outcome, ServiceRequest, Transaction

if TYPE_CHECKING:
    from hht.model.wan.centre import Centre

TRIES, VALID_MS, JOIN_S = 3, HOUR_MS, 3600  # our own numbers


class PairingBy(enum.StrEnum):
    """Who may have a consumer's device paired: sub-options 2a and 2b."""

    SUPPLIER = "the consumer's supplier"
    ANY = "any party"


@dataclass(frozen=True, slots=True)
class Lodged:
    """What a maker has lodged of one device."""

    device_id: str
    kind: DeviceKind
    install_code: InstallCode


@dataclass(slots=True)
class Proof:
    """One caller's. `cin` is never shown here; `known`: a supplier's own customer, by its account."""

    sent_ms: int
    cin: Secret | None = field(default=None, repr=False)
    tries: int = 0
    known: bool = False


class ConsumerDesk:
    """One party's desk at a centre, for one home."""

    def __init__(self, centre: Centre, party: Party, *, by: PairingBy = PairingBy.ANY) -> None:
        self.centre = centre
        self.party = party
        self.by = by
        self.lodged: dict[str, Lodged] = {}
        self.pairings: dict[str, list[Transaction]] = {}  # by Device ID, in their order
        self._proof: Proof | None = None
        self._calls = 0
        self._waiting: dict[str, tuple[str, ...]] = {}
        centre.hub_logs.watchers.append(self._changed)

    # --- who calls -------------------------------------------------------------------------------------------------

    @property
    def proven(self) -> bool:
        """Whether the caller is known to be at home, since less than an hour."""
        proof = self._proof
        return proof is not None and proof.known and self.centre.site.now_ms < proof.sent_ms + VALID_MS

    def ask(self, meter: str) -> Transaction:
        """Have a new number shown at the meter of that name, and wait for the caller to repeat it."""
        now_ms = self.centre.site.now_ms
        self._calls += 1
        seed = self.centre.site.chance(f"CIN of {self.party.name}")
        cin = f"{mix(seed, now_ms + self._calls) % 10_000:04}"
        self._proof = Proof(now_ms, Secret(cin))
        return self.centre.request(ServiceRequest(self.party, meter, SendCin(cin)))

    def repeat(self, told: str) -> bool:
        """The caller says what the display shows; whether that is right. After three wrong ones a new number is due."""
        proof = self._proof
        if proof is None or proof.cin is None or self.centre.site.now_ms >= proof.sent_ms + VALID_MS:
            return False
        proof.tries += 1
        proof.known = proof.tries <= TRIES and told == proof.cin.reveal()
        if proof.known or proof.tries >= TRIES:
            proof.cin = None
        return proof.known

    def recognise(self) -> None:
        """A supplier knows its customer by the account. DeskError for anybody who is no supplier."""
        if self.party.role not in SUPPLIERS:
            raise self._no(_("only a supplier knows the customer by the account"), _("Have a number shown, and ask."))
        self._proof = Proof(self.centre.site.now_ms, known=True)

    # --- what is done for the caller -------------------------------------------------------------------------------

    def lodge(self, device_id: str, kind: DeviceKind, install_code: InstallCode) -> None:
        """A maker lodges a device's credentials."""
        self.lodged[device_id] = Lodged(device_id, kind, install_code)

    def pair(self, device_id: str, meters: tuple[str, ...]) -> Transaction:
        """Have the hub list the device; when it has joined, the meters (and a hub's gas proxy) of these names are
        joined to it. DeskError where the caller is not proven, the party may not, or nothing was lodged."""
        if self.by is PairingBy.SUPPLIER and self.party.role not in SUPPLIERS:
            raise self._no(_("only the consumer's supplier may"), _("Send the caller to the supplier."))
        self._require_proof()
        known = self.lodged.get(device_id)
        if known is None:
            raise self._no(_("its maker has lodged nothing"), _("Ask the maker to lodge its credentials."))
        self._waiting[device_id] = meters
        add = AddToDeviceLog(device_id, known.kind, known.install_code, JOIN_S)
        sent = self.centre.request(ServiceRequest(self.party, self._hub().name, add))
        self.pairings[device_id] = [sent]
        return sent

    def passkey(self) -> Secret:
        """A reminder of the hub's passkey, as the DCC has it (CAD-08). DeskError where the caller is not proven."""
        self._require_proof()
        return Secret(self._hub().pairing.passkey)

    def _changed(self, backup: LogBackup) -> None:
        """The hub's book is another: a device that was awaited has joined."""
        for device in backup.devices:
            if device.key_hash and device.device_id in self._waiting:
                join = JoinMethodB(JoinMethod.B, device.device_id, device.kind)
                for meter in self._waiting.pop(device.device_id):
                    sent = self.centre.request(ServiceRequest(self.party, meter, join))
                    self.pairings[device.device_id].append(sent)

    def _hub(self) -> CommunicationsHub:
        return self.centre.modules[0].hub

    def _require_proof(self) -> None:
        if not self.proven:
            raise self._no(_("the caller is not proven"), _("Have a number shown at the meter, and ask for it."))

    @staticmethod
    def _no(why: str, remedy: str) -> DeskError:
        return DeskError(_("This is not done for the caller: {why}.").format(why=why), remedy=remedy)


@dataclass(frozen=True, slots=True)
class PasskeyLetter:
    """The consumer was given the hub's passkey (CAD-26): when, and why."""

    time_ms: int
    chf_id: str
    why: str


def letters(centre: Centre) -> tuple[PasskeyLetter, ...]:
    """Every time the people of this home were given a passkey: with the hub, and when somebody moved in."""
    found = []
    moves = {
        one.request.command.since_ms
        for one in centre.transactions.values()
        if isinstance(one.request.command, ChangeTenancy) and one.outcome is Outcome.ANSWERED
    }
    for module in centre.modules:
        hub = module.hub
        installed = next(
            (time_ms for time_ms, status, _why in centre.inventory.asset(hub.identity.device_id).history), 0
        )
        found.append(PasskeyLetter(installed, hub.identity.device_id, "installed"))
        found += [PasskeyLetter(time_ms, hub.identity.device_id, "moved in") for time_ms in sorted(moves)]
    return tuple(sorted(found, key=lambda one: one.time_ms))
