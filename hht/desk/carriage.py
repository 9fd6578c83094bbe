"""A finished command that the desk handed over is brought to its device, and the device's answer made ready to go home.

The intent is on disk before the command leaves; a command leaves once, whatever becomes of it. The answer goes home
octet for octet, in an 8.13 ReturnLocalCommandResponse that the desk signs and sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hht.desk.course import Carried, CommandState, Course
from hht.desk.errors import MessageRefused
from hht.desk.messages import Message, ReturnAnswer, ReturnSilence, base64_text
from hht.desk.records import RecordKind, Records
from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
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


class Carrier(Protocol):
    """A way to devices, such as a tunnel through the hub (`hht.packs.delivery.CommandCarrier` is the same)."""

    async def carry(self, device: DeviceId, command: bytes) -> bytes | None:
        """Bring `device` a GBCS command as it is; its response, None where none came in its time. Raises HhtError."""
        ...


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that may be delivered: what is to be sent, and the service request that it came of."""

    message: Envelope
    request: RequestId


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


async def bring(records: Records, number: int, carrier: Carrier | None, keys: KeyRing) -> None:
    """Bring command `number` to its device; ANSWER or SILENCE is on disk when this returns. Raises StoreError."""
    course = Course(records.all())
    carried = next(one for one in course.report().commands if one.number == number)
    try:
        if carrier is None:
            raise _wrong(_("the terminal has no way to the device now"))
        command = finished(carried, course)
    except HhtError as error:
        _silent(records, number, left=False, why=error.message)
        return
    records.append(RecordKind.INTENT, {"number": number})
    try:
        octets = await carrier.carry(DeviceId(command.message.target.hex().upper()), command.message.raw)
        if octets is None:
            _silent(records, number, left=True, why=_("no answer came"))
            return
        vouched = read_answer(octets, command.message, keys).verdict.vouched
    except AnswerRefused as error:
        _silent(records, number, left=True, why=error.message)
        return
    except HhtError as error:
        _silent(records, number, left=True, why=error.message)
        return
    records.append(RecordKind.ANSWER, {"number": number, "response": base64_text(octets), "vouched": vouched})


def _silent(records: Records, number: int, *, left: bool, why: str) -> None:
    records.append(RecordKind.SILENCE, {"number": number, "left": left, "why": why})


def return_of(carried: Carried, course: Course) -> Message:
    """What goes home of a command: the answer as 8.13, or that there is none.

    A command that left before the terminal died is told as silence: nobody knows whether the device had it.
    """
    reference = course.ask.reference
    if carried.state is CommandState.UNKNOWN:
        why = _("the terminal ended while it waited for the answer")
        return ReturnSilence(reference, carried.number, True, why)
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
