"""The emulated supplier's desk: what it hears of a terminal, and what it does at a premises (training alone; sans I/O).

Over the WAN it issues the service request of the right supplier at the premises' centre and follows the transaction;
without a WAN it hands the terminal a finished command of the broker's and takes the device's answer home. An ask is
known by its reference: heard again it is told how it stands, and nothing is done twice.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from hht.desk.asks import Ask
from hht.desk.errors import AskRefused, DeskError
from hht.desk.kinds import AskKind
from hht.desk.messages import (
    Acknowledged,
    AskReach,
    Hello,
    Message,
    Outcome,
    PutAsk,
    Reach,
    Refused,
    Result,
    ReturnAnswer,
    Returned,
    ReturnSilence,
    Sent,
    Taken,
    Way,
)
from hht.desk.parcels import Parcels, PutPart
from hht.desk.spoken import desk_reference, hear
from hht.emulation.broker import SUPPLIER, AccessControlBroker
from hht.emulation.desk_answers import WORDS, carried, whole
from hht.emulation.desk_first_generation import SiteQuestions
from hht.emulation.desk_pairing import RemotePairing
from hht.emulation.desk_questions import copy_of, inventory_row, log_copy, notified
from hht.emulation.desk_relay import Outgoing, Relay
from hht.emulation.desk_requests import command_of, device_of, role_of, type_of
from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.model.device import Device
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises
from hht.model.site import to_ms
from hht.model.wan import requests
from hht.model.wan.desk import Desk
from hht.model.wan.inventory import SmiStatus
from hht.model.wan.requests import Transaction
from hht.protocol.duis.bodies import HubInstalledWithoutWan, HubInstalledWithWan
from hht.protocol.duis.request import Request
from hht.protocol.duis.values import RequestId

Say = Callable[[Message], None]
NAME: Final = "training desk"
LOG_ALERT: Final = "N24"  # tells what became of a change of the hub's Device Log (factbook 4.5)
_OUTCOMES: Final = {
    requests.Outcome.DENIED: Outcome.REFUSED,
    requests.Outcome.STOPPED: Outcome.REFUSED,
    requests.Outcome.ANSWERED: Outcome.DONE,
    requests.Outcome.REFUSED: Outcome.FAILED,
    requests.Outcome.UNDELIVERED: Outcome.UNDELIVERED,
    requests.Outcome.NO_RESPONSE: Outcome.NO_RESPONSE,
}
_QUESTIONS: Final = {
    AskKind.CONFIRM_LOG_COPY: log_copy,
    AskKind.READ_INVENTORY: inventory_row,
    AskKind.PRE_NOTIFY: notified,
}


class Manner(enum.StrEnum):
    """How this desk behaves, to train with."""

    USUAL = "usual"
    REFUSES = "refuses"  # it says no to everything
    SILENT = "silent"  # it takes asks and says nothing


class DeskRole(enum.StrEnum):
    """Whose desk it is: the home's suppliers', or another user's of the DCC, who may send much less (factbook 4.3)."""

    SUPPLIERS = "suppliers"
    OTHER_USER = "other-user"


@dataclass(slots=True)
class _Held:
    """An ask that the desk has. `story`: all that it said of it, in order; `says`: who listens."""

    ask: Ask
    way: Way
    story: list[Message] = field(default_factory=list)
    says: list[Say] = field(default_factory=list)
    outgoing: Outgoing | None = None

    @property
    def ended(self) -> bool:
        return any(isinstance(message, Result | Refused) for message in self.story)

    def tell(self, message: Message) -> None:
        message = carried(message)
        self.story.append(message)
        for say in self.says:
            say(message)


class EmulatedDesk:
    """The desk of one premises; it lives as long as that does, whoever is connected."""

    def __init__(self, premises: Premises, manner: Manner = Manner.USUAL, role: DeskRole = DeskRole.SUPPLIERS) -> None:
        self.premises = premises
        self.manner = manner
        self.role = role
        self.name = NAME
        self.broker = AccessControlBroker(
            lambda device: type_of(device, premises), self._now, self._noticed, lambda hub: copy_of(premises, hub)
        )
        self._relay = Relay(premises, self.broker, self._now, self._next_counter)
        self._site = SiteQuestions(premises)
        self.parcels = Parcels()
        self._held: dict[str, _Held] = {}
        self._counter = 0
        self._serial = 0
        self._overtaken: set[str] = set()  # devices that this desk has sent commands of its own to

    # --- conversations ---------------------------------------------------------------------------------------------

    def hear(self, message: Message, say: Say) -> None:
        """A message of a terminal's; `say` answers, now or later, until `forget`."""
        self.premises.site.catch_up()
        match message:
            case Hello(_, training):
                say(Hello(NAME, True))
                if not training:
                    say(Refused("", "desk-training", _("This desk is for training."), _("Connect to the live desk.")))
            case AskReach(hub):
                say(self.reach(hub))
            case PutAsk(ask, way):
                self._put(ask, way, say)
            case PutPart():
                say(self.parcels.take(message))
            case ReturnAnswer() | ReturnSilence():
                self._returned(message, say)
            case _:
                say(Refused("", "desk-message", _("A terminal has nothing of the kind to say."), _("Connect again.")))

    def forget(self, say: Say) -> None:
        """A terminal is gone."""
        for held in self._held.values():
            held.says = [known for known in held.says if known is not say]

    def by_phone(self, readout: str) -> str:
        """What the desk says on the phone to a read-out: its reference.

        Raises SpokenRefused, AskRefused for what cannot be understood; what was asked is then not done.
        """
        ask = hear(readout)
        self._put(ask, Way.PHONE, lambda _message: None)
        self._serial += 1
        ended = next((one for one in self._held[ask.reference].story if isinstance(one, Result)), None)
        refused = any(isinstance(one, Refused) for one in self._held[ask.reference].story)
        outcome = Outcome.REFUSED if refused else ended.outcome if ended is not None else None
        return desk_reference(ask, self._serial, None if outcome is Outcome.NO_RESPONSE else outcome)

    def reach(self, hub: DeviceId) -> Reach:
        """Whether the WAN reaches the hub with that CHF or GPF ID now, or the hub of the device with that ID."""
        centre = self.premises.centre
        if centre is None:
            return Reach(hub, False, _("no centre serves this premises"))
        for module in centre.modules:
            own = module.hub.identity.device_id, module.hub.gpf.identity.device_id
            if str(hub) in (*own, *module.hub.network.members):
                return Reach(hub, module.listening, "" if module.listening else module.trouble.value)
        return Reach(hub, False, _("the centre knows no such hub here"))

    # --- asks ------------------------------------------------------------------------------------------------------

    def _put(self, ask: Ask, way: Way, say: Say) -> None:
        held = self._held.get(ask.reference)
        if held is None:
            held = self._held[ask.reference] = _Held(ask, way, says=[say])
            self._begin(held)
            return
        if held.ask.digest != ask.digest:
            said = _("another ask has this reference")
            say(Refused(ask.reference, "desk-reference-used", said, _("Ask anew, under a reference of its own.")))
            return
        if say not in held.says:
            held.says.append(say)
        for message in held.story:
            say(message)

    def _begin(self, held: _Held) -> None:
        held.tell(Taken(held.ask.reference))
        if self.manner is Manner.SILENT:
            return
        try:
            if self.manner is Manner.REFUSES:
                raise AskRefused(
                    _("The desk does not do that for this job."), remedy=_("Ring the desk."), code="desk-refuses"
                )
            if held.ask.kind in (*_QUESTIONS, *self._site.answers, AskKind.CONFIRM_PACK):
                self._answer(held)
            elif held.ask.kind is AskKind.PAIR_DEVICE:
                self._pair(held)
            elif not held.ask.kind.to_device:
                self._notify(held)
            elif held.way is Way.RELAY:
                self._hand_over(held)
            else:
                self._over_wan(held)
        except HhtError as error:
            held.tell(Refused(held.ask.reference, error.code, error.message[:WORDS], error.remedy[:WORDS]))

    def _over_wan(self, held: _Held) -> None:
        ask, centre = held.ask, self.premises.centre
        reference = ask.reference
        device = device_of(ask, self.premises)
        command = command_of(ask, self.premises)
        if centre is None:
            said = _("no centre serves this premises")
            held.tell(Result(reference, Outcome.UNDELIVERED, "", "", said, ""))
            return
        transaction = Desk(centre, self._sender(ask, device)).send(device.name, command)
        self._may_change(ask)
        held.tell(Sent(reference, ask.service, str(RequestId(SUPPLIER, ask.device, self._next_counter()))))
        transaction.then(lambda moved: self._moved(held, moved))
        if transaction.outcome is requests.Outcome.SENT:
            held.tell(Acknowledged(reference, requests.INTERIM_CODE))
        else:
            self._moved(held, transaction)

    def _pair(self, held: _Held) -> None:
        """Pair a device for a customer who rings (training's own: no service request is called so)."""
        ask = held.ask
        device = device_of(ask, self.premises)
        if self.premises.centre is None:
            raise AskRefused(_("no centre serves this premises"), remedy=_("Ring the desk."), code="desk-no-centre")

        def ended(outcome: Outcome, code: str, why: str, answer: str) -> None:
            held.tell(Result(ask.reference, outcome, code, "", why, answer))

        pairing = RemotePairing(self.premises, ask, self._sender(ask, device), ended)
        self._may_change(ask)
        held.tell(Sent(ask.reference, ask.service, str(RequestId(SUPPLIER, ask.device, self._next_counter()))))
        held.tell(Acknowledged(ask.reference, requests.INTERIM_CODE))
        pairing.begin()

    def _may_change(self, ask: Ask) -> None:
        """A command of this desk's own is on its way: a pack's may be behind it from now on."""
        if ask.kind.changes:
            self._overtaken.add(str(ask.device))

    def _sender(self, ask: Ask, device: Device) -> Party:
        """The user whose business it is. Raises AskRefused where the premises has none."""
        assert self.premises.centre is not None
        role = UserRole.OTHER_USER if self.role is DeskRole.OTHER_USER else role_of(ask)
        for user in self.premises.centre.access.users.values():
            if user.party.role is role and user.responsible(device.kind, device.name):
                return user.party
        raise AskRefused(
            _("Nobody of role {role} is registered for this device.").format(role=role.value),
            remedy=_("Ring the desk: which supplier's job is this?"),
            code="desk-no-supplier",
        )

    def _moved(self, held: _Held, transaction: Transaction) -> None:
        reference, outcome = held.ask.reference, _OUTCOMES.get(transaction.outcome)
        if held.ended:
            return
        if outcome is None:
            if transaction.outcome is requests.Outcome.QUARANTINED:
                held.tell(Acknowledged(reference, transaction.code))
            return
        if outcome is Outcome.DONE and not whole(transaction.answer):
            outcome = Outcome.FAILED
        told = json.dumps(transaction.report) if transaction.answer is not None else ""
        alert = LOG_ALERT if held.ask.service == "8.11" and transaction.answer is not None else ""
        held.tell(Result(reference, outcome, transaction.code, alert, transaction.why, told))

    def _notify(self, held: _Held) -> None:
        ask = held.ask
        if ask.kind is AskKind.DECOMMISSION:
            self._decommission(held)
            return
        answer = self._relay.notify(ask)
        held.tell(Sent(ask.reference, ask.service, str(answer.request)))
        held.tell(Result(ask.reference, Outcome.DONE, answer.code, "", "", ""))

    def _noticed(self, request: Request) -> None:
        """A hub status notice has come to the DCC: a hub that was new is installed."""
        self.premises.site.tell("desk", f"hub status notice {request.service}", str(request.name.counter))
        centre, body = self.premises.centre, request.body
        if centre is None or not isinstance(body, HubInstalledWithWan | HubInstalledWithoutWan):
            return
        hub = str(body.device)
        if hub in centre.inventory.assets and centre.inventory.asset(hub).status is SmiStatus.PENDING:
            reached = isinstance(body, HubInstalledWithWan)
            status = SmiStatus.COMMISSIONED if reached else SmiStatus.INSTALLED_NOT_COMMISSIONED
            centre.inventory.put(hub, status, f"told by {request.service}")

    def _decommission(self, held: _Held) -> None:
        ask, centre = held.ask, self.premises.centre
        device = device_of(ask, self.premises)
        if centre is None:
            raise DeskError(_("no centre serves this premises"), remedy=_("Ring the desk."), code="desk-no-centre")
        hub = next((module.hub for module in centre.modules if module.hub is device), None)
        sender = self._sender(ask, device)
        denial = centre.decommission(sender, device) if hub is None else centre.decommission_hub(sender, hub)
        held.tell(Sent(ask.reference, ask.service, str(RequestId(SUPPLIER, ask.device, self._next_counter()))))
        code, why = (denial[0].value, denial[1]) if denial is not None else ("I0", "")
        outcome = Outcome.DONE if denial is None else Outcome.REFUSED
        held.tell(Result(ask.reference, outcome, code, "", why, ""))

    # --- what the desk is asked itself -----------------------------------------------------------------------------

    def _answer(self, held: _Held) -> None:
        ask = held.ask
        if ask.kind is AskKind.CONFIRM_PACK:
            why, answer = self._pack_holds(ask)
        elif ask.kind in self._site.answers:
            why, answer = self._site.answers[ask.kind](ask)
        else:
            why, answer = _QUESTIONS[ask.kind](self.premises, ask)
        outcome = Outcome.REFUSED if why else Outcome.DONE
        held.tell(Result(ask.reference, outcome, "" if ask.service == "" or why else "I0", "", why, answer))

    def _pack_holds(self, ask: Ask) -> tuple[str, str]:
        """A pack holds unless this desk has sent the device commands of its own: the pack's counters are behind."""
        if str(ask.device) in self._overtaken:
            return _("other commands were sent to this device since: take a new pack"), ""
        return "", ""

    # --- without a WAN ---------------------------------------------------------------------------------------------

    def _hand_over(self, held: _Held) -> None:
        device_of(held.ask, self.premises)
        held.outgoing = self._relay.prepare(held.ask)
        self._may_change(held.ask)
        held.tell(Sent(held.ask.reference, held.ask.service, str(held.outgoing.request)))
        held.tell(held.outgoing.said)

    def _returned(self, message: ReturnAnswer | ReturnSilence, say: Say) -> None:
        held = self._held.get(message.reference)
        if held is None or held.outgoing is None or message.number != held.outgoing.said.number:
            said = _("no command was handed over for that")
            say(Refused("", "desk-return", said, _("Ask under the same reference how it stands.")))
            return
        if held.ended:
            say(Returned(message.reference, message.number))
            return
        if isinstance(message, ReturnSilence):
            held.tell(Returned(message.reference, message.number))
            outcome = Outcome.NO_RESPONSE if message.left else Outcome.UNDELIVERED
            held.tell(Result(message.reference, outcome, "", "", message.why, ""))
            return
        try:
            home = self._relay.came_home(held.outgoing, message.request)
        except DeskError as error:
            say(Refused("", error.code, error.message, error.remedy))
            return
        held.tell(Returned(message.reference, message.number))
        held.tell(Result(message.reference, home.outcome, "I0", "", home.why, home.answer))

    # --- small things ----------------------------------------------------------------------------------------------

    def _now(self) -> datetime:
        return self.premises.site.clock.now()

    def _next_counter(self) -> int:
        """The supplier's next originator counter: above all that a pack made at this time may hold."""
        self._counter = max(self._counter + 1, to_ms(self._now()))
        return self._counter
