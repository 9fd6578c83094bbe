"""A finished command that the desk handed over is brought to its device, and the device's answer made ready to go home.

The intent is on disk before the command leaves; a command leaves once, whatever becomes of it. The answer goes home
octet for octet, in an 8.13 ReturnLocalCommandResponse that the desk signs and sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hht.desk.asks import Ask
from hht.desk.course import Carried, CommandState, Course
from hht.desk.errors import DeskError, MessageRefused
from hht.desk.messages import Message, ReturnAnswer, ReturnSilence, base64_text
from hht.desk.records import RecordKind, Records
from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.packs.second_proof import command_affects_supply
from hht.packs.supply_limits import SupplyGate, supply_limits, takes_away
from hht.packs.way import Brought, CommandCarrier, Found, Ticket
from hht.protocol.duis.bodies import ReturnLocalCommandResponse
from hht.protocol.duis.pairing import belongs
from hht.protocol.duis.request import Request
from hht.protocol.duis.response import LocalCommand, read_response
from hht.protocol.duis.services import CommandVariant
from hht.protocol.duis.tree import element
from hht.protocol.duis.values import RequestId, request_id
from hht.protocol.gbcs.answers import AnswerRefused, read_answer
from hht.protocol.gbcs.envelope import Cra, Envelope, parse
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.protection import is_lawful
from hht.work.supply_acts import supply_acts

COMMAND_OPEN: Final = "desk-command-open"


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that may be delivered: what is to be sent, and the service request that it came of."""

    message: Envelope
    request: RequestId

    @property
    def device(self) -> DeviceId:
        """Whom it is for."""
        return DeviceId(self.message.target.hex().upper())


def finished(carried: Carried, course: Course) -> Finished:
    """What stands in a command that came, held against the ask.

    Raises HhtError where it is none, or one for another device: nothing of it leaves the terminal.
    """
    response = read_response(carried.response.encode())
    if not isinstance(response.content, LocalCommand) or response.request is None:
        raise _wrong(_("the desk's answer holds no command for local delivery"))
    message = parse(response.content.octets)
    device = DeviceId(message.target.hex().upper())
    if device not in (course.ask.device, course.ask.other):
        raise _wrong(_("its command is for {device}, which the ask does not name").format(device=device))
    if message.kind is not Cra.COMMAND or message.precommand or not is_lawful(message):
        raise _wrong(_("it is not signed or has no MAC as a finished command: no device takes it"))
    if not belongs(message, response.request):
        raise _wrong(_("it does not belong to the request that is named for it"))
    request_id(element("return_as", carried.return_as))
    return Finished(message, response.request)


async def bring(
    records: Records, number: int, carrier: CommandCarrier | None, keys: KeyRing, gate: SupplyGate | None = None
) -> bool:
    """Bring command `number` to its device, once; what came of it is on disk when this returns. Where no answer came,
    the way is asked before the desk is told of silence: that ends the ask. False: somebody else brings it. What takes a
    supply away leaves by the `gate` alone, where it was asked for.

    Raises StoreError, DeskError ``desk-command-open`` where the way does not know either, and what it raises where it
    is lost: the command may have arrived, and `settle` tells later.
    """
    course = Course(records.all())
    carried = _command(course, number)
    try:
        if carrier is None:
            raise _wrong(_("the terminal has no way to the device now"))
        command = finished(carried, course)
        _require_asked(command.message, course.ask, gate)
        ticket = await carrier.ticket(command.device)
    except HhtError as error:
        return _noted(records, number, RecordKind.SILENCE, {"left": False, "why": error.message})
    with records.alone():
        if not _noted(records, number, RecordKind.INTENT, {"way": ticket.way, "reference": ticket.reference}):
            return False
        if gate is not None:
            gate.leaves(command.message, course.ask.job)
    found = await carrier.carry(command.device, command.message.raw, ticket)
    if found.brought is Brought.OPEN:  # its answer may have been lost between hub and terminal alone
        known = await carrier.outcome(command.device, ticket)
        if known.brought is Brought.OPEN:
            raise _open(known)
        found = known if known.brought in (Brought.ANSWERED, Brought.NOT_BROUGHT) else found
    _keep(records, command, number, found, keys)
    return True


def _require_asked(message: Envelope, ask: Ask, gate: SupplyGate | None) -> None:
    """Raises HhtError where a command would take a supply away that nobody asked to, or once too often, or affects it
    in any way though another thing was asked for."""
    if takes_away(message) and (gate is None or ask.kind not in supply_limits().asks):
        said = _("it takes the supply away, and what was asked for is: {what}")
        raise _wrong(said.format(what=ask.kind.words))
    if command_affects_supply(message) and ask.kind not in supply_acts().asks:
        said = _("it affects the supply, and what was asked for is: {what}")
        raise _wrong(said.format(what=ask.kind.words))
    if gate is not None:
        gate.require(message, ask.job)


def _noted(records: Records, number: int, kind: RecordKind, told: dict[str, object]) -> bool:
    """Note that of a command that nobody else has taken up meanwhile; whether it was so."""
    with records.alone():
        free = _command(Course(records.all()), number).state is CommandState.HERE
        if free:
            records.append(kind, {"number": number, **told})
    return free


async def settle(records: Records, number: int, carrier: CommandCarrier, keys: KeyRing) -> None:
    """Ask the way what became of a command that left before; nothing is sent to the device.

    Raises DeskError ``desk-command-open`` where it has not answered yet, and what the way raises where it is lost.
    """
    course = Course(records.all())
    carried = _command(course, number)
    command = finished(carried, course)
    found = await carrier.outcome(command.device, Ticket(carried.ticket[0], carried.ticket[1]))
    if found.brought is Brought.OPEN:
        raise _open(found)
    _keep(records, command, number, found, keys)


def _open(found: Found) -> DeskError:
    return DeskError(
        _("The device has not answered yet: {why}").format(why=found.why or _("nothing is known of it")),
        remedy=_("Wait until it wakes, and ask under the same reference again; the command is not sent twice."),
        code=COMMAND_OPEN,
    )


def _command(course: Course, number: int) -> Carried:
    return next(one for one in course.report().commands if one.number == number)


def _keep(records: Records, command: Finished, number: int, found: Found, keys: KeyRing) -> None:
    left, why = found.brought is not Brought.NOT_BROUGHT, found.why or _("no answer came")
    if found.brought is Brought.ANSWERED:
        try:
            vouched = read_answer(found.octets, command.message, keys).verdict.vouched
        except AnswerRefused as error:
            why = error.message
        else:
            told = {"number": number, "response": base64_text(found.octets), "vouched": vouched}
            records.append(RecordKind.ANSWER, told)
            return
    records.append(RecordKind.SILENCE, {"number": number, "left": left, "why": why})


def return_of(carried: Carried, course: Course) -> Message:
    """What goes home of a command that is ANSWERED or SILENT: the answer as 8.13, or that there is none."""
    reference = course.ask.reference
    if not carried.answer:
        return ReturnSilence(reference, carried.number, carried.left, carried.why)
    name = request_id(element("return_as", carried.return_as))
    body = ReturnLocalCommandResponse(finished(carried, course).request, carried.answer)
    document = Request(name, CommandVariant.NON_DEVICE, "8.13", body).to_xml()
    return ReturnAnswer(reference, carried.number, document.decode())


def _wrong(why: str) -> MessageRefused:
    return MessageRefused(
        _("The command is not delivered: {why}.").format(why=why),
        remedy=_("Tell the desk; it has to prepare it anew."),
        code="desk-command",
    )
