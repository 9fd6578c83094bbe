"""The emulated desk's way without a WAN: a finished command of the broker's for the terminal to bring to the device."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hht.desk.asks import Ask
from hht.desk.errors import AskRefused, DeskError, MessageRefused
from hht.desk.messages import Outcome, RelayCommand
from hht.emulation.broker import BROKER, SUPPLIER, AccessControlBroker, signed_by, signed_pre_command
from hht.emulation.desk_requests import command_of
from hht.emulation.gbcs.pki import keys_for
from hht.emulation.service_bodies import local_body, notice_body
from hht.errors import HhtError
from hht.i18n import _
from hht.model.communications_hub.commands import AddToDeviceLog
from hht.model.premises import Premises
from hht.protocol.duis.bodies import ReturnLocalCommandResponse, SignedPreCommand
from hht.protocol.duis.request import Request, read_request
from hht.protocol.duis.response import LocalCommand, PreCommand, Response, read_response
from hht.protocol.duis.services import CommandVariant, Kind, service
from hht.protocol.duis.values import RequestId
from hht.protocol.gbcs.answers import read_answer
from hht.protocol.gbcs.envelope import Envelope, parse
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.results import operations


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A command that went to the terminal: the message that took it there, it itself, the request it came of."""

    said: RelayCommand
    command: Envelope
    request: RequestId


@dataclass(frozen=True, slots=True)
class CameHome:
    """What the device's own answer says."""

    outcome: Outcome
    why: str
    answer: str


class Relay:
    """Makes commands through `broker`, and reads what comes home. `counter`: the supplier's next one."""

    def __init__(
        self,
        premises: Premises,
        broker: AccessControlBroker,
        now: Callable[[], datetime],
        counter: Callable[[], int],
    ) -> None:
        self._premises = premises
        self._broker = broker
        self._now = now
        self._counter = counter

    def prepare(self, ask: Ask) -> Outgoing:
        """The command for an ask. Raises DeskError where there is none to be had without the WAN."""
        name = RequestId(SUPPLIER, ask.device, self._counter())
        document, command = finished_command(self._broker, ask, name, self._now(), self._install_code(ask))
        home = RequestId(SUPPLIER, BROKER, self._counter())
        said = RelayCommand(ask.reference, 1, ask.device, document.decode(), str(home))
        return Outgoing(said, parse(command), name)

    def _install_code(self, ask: Ask) -> str:
        if ask.service != "8.11" or "other_type" not in ask.details:
            return ""
        command = command_of(ask, self._premises)
        assert isinstance(command, AddToDeviceLog)
        return command.install_code.reveal()

    def notify(self, ask: Ask) -> Response:
        """Send a hub status notice (8.14); the DCC's answer. Raises DeskError, DuisError."""
        body = notice_body(ask)
        if body is None:
            raise DeskError(_("This is no notice."), remedy=_("Ask the desk for something that it can do."))
        name = RequestId(SUPPLIER, BROKER, self._counter())
        return read_response(_asked(self._broker, Request(name, CommandVariant.NON_DEVICE, ask.service, body)))

    def came_home(self, outgoing: Outgoing, document: str) -> CameHome:
        """Sign and send the 8.13 that the terminal brought, and read what the device said.

        Raises MessageRefused where it is none, or of another request; nothing of it has gone to the DCC then.
        """
        try:
            request = read_request(document.encode())
            body = request.body
            if not isinstance(body, ReturnLocalCommandResponse) or str(request.name) != outgoing.said.return_as:
                raise _not_that(_("it is not the 8.13 that was asked for"))
            if body.original_request != outgoing.request:
                raise _not_that(_("it answers another request"))
            answer = read_answer(body.response, outgoing.command, keys_for(outgoing.said.device))
            read_response(_asked(self._broker, request))
            found = operations(answer.message)
        except MessageRefused:
            raise
        except HhtError as error:
            raise _not_that(error.message) from None
        done = {operation.done for operation in found}
        words = "; ".join(f"{operation.what}: {operation.words}" for operation in found)
        told = [{"what": one.what, "done": one.done, "words": one.words} for one in found]
        outcome = Outcome.FAILED if False in done else Outcome.DONE
        return CameHome(outcome, words if outcome is Outcome.FAILED else "", json.dumps({"operations": told}))


def finished_command(
    broker: AccessControlBroker, ask: Ask, name: RequestId, now: datetime, install_code: str = ""
) -> tuple[bytes, bytes]:
    """The broker's signed answer that holds the command for an ask, and the command's octets. `name`: of the request;
    `install_code`: of the device to be let in, 32 hex digits. Raises DeskError where there is none to be had."""
    found = service(ask.service)
    body = local_body(ask, now, install_code)
    if body is None or found is None:
        raise AskRefused(
            _("The desk cannot hand over “{what}” as a command: it is made at the centre alone.").format(
                what=ask.kind.words
            ),
            remedy=_("Choose Can't do this, and leave it to the supplier: it goes over the WAN once there is one."),
            code="desk-not-local",
        )
    if found.kind is Kind.CRITICAL:
        transformed = _asked(broker, Request(name, CommandVariant.TRANSFORM, ask.service, body))
        pre_command = read_response(transformed).content
        assert isinstance(pre_command, PreCommand)
        signed = SignedPreCommand(None, signed_pre_command(pre_command))
        document = _asked(broker, Request(name, CommandVariant.SIGNED_LOCAL, ask.service, signed))
    else:
        document = _asked(broker, Request(name, CommandVariant.LOCAL, ask.service, body))
    content = read_response(document).content
    assert isinstance(content, LocalCommand)
    return document, content.octets


def _asked(broker: AccessControlBroker, request: Request) -> bytes:
    return broker.take(signed_by(Role.SUPPLIER, request.to_xml()))


def _not_that(why: str) -> MessageRefused:
    return MessageRefused(
        _("The answer that came home is not taken: {why}.").format(why=why),
        remedy=_("Bring back what the device answered, octet for octet."),
        code="desk-return",
    )
