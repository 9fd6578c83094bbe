"""Whether a response answers a certain command: the terminal's and the centre's end.

A response repeats the command's code and counter, with its parties the other way round; whatever differs is another
command's answer, or another device's. What the keys at hand cannot check stays unchecked, and is said.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from hht.i18n import _
from hht.protocol.gbcs.envelope import Cra, Envelope, id_text, parse
from hht.protocol.gbcs.errors import GbcsError, MalformedMessage
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.protection import Check, Verdict, check, is_lawful


class AnswerReason(enum.StrEnum):
    """Why something is no answer to a command."""

    MALFORMED = "malformed"
    NOT_A_RESPONSE = "not-a-response"
    OTHER_DEVICE = "other-device"
    OTHER_RECIPIENT = "other-recipient"
    OTHER_COMMAND = "other-command"
    WRONG_PROTECTION = "wrong-protection"
    BAD_MAC = "bad-mac"
    BAD_SIGNATURE = "bad-signature"


class AnswerRefused(GbcsError):
    """These octets do not answer the command; what became of it is as unknown as before."""

    default_code = "gbcs-answer"

    def __init__(self, reason: AnswerReason, words: str) -> None:
        super().__init__(
            words,
            remedy=_("What the command came to is not known: read it from the device, and do not send it again."),
            code=f"gbcs-answer-{reason.value}",
            reason=reason.value,
        )
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Answer:
    """A response to `command`. `verdict`: what became of its MAC and signature; never invalid."""

    message: Envelope
    command: Envelope
    verdict: Verdict


def read_answer(octets: bytes, command: Envelope, keys: KeyRing) -> Answer:
    """The answer to `command`. Raises AnswerRefused."""
    try:
        message = parse(octets)
    except MalformedMessage as error:
        raise AnswerRefused(AnswerReason.MALFORMED, error.message) from None
    wrong = _other_than(message, command) or _unprotected(message)
    if wrong is not None:
        raise AnswerRefused(*wrong)
    verdict = check(message, keys)
    if verdict.mac is Check.INVALID:
        raise AnswerRefused(AnswerReason.BAD_MAC, _("The MAC of the response does not fit."))
    if verdict.signature is Check.INVALID:
        raise AnswerRefused(AnswerReason.BAD_SIGNATURE, _("The signature of the response does not fit."))
    return Answer(message, command, verdict)


def _other_than(message: Envelope, command: Envelope) -> tuple[AnswerReason, str] | None:
    if message.cra != Cra.RESPONSE:
        return AnswerReason.NOT_A_RESPONSE, _("This is no response.")
    if message.originator != command.target:
        words = _("This response is {other}'s; the command was for {device}.")
        return AnswerReason.OTHER_DEVICE, words.format(
            other=id_text(message.originator), device=id_text(command.target)
        )
    asked, told = command.supplementary, message.supplementary
    if message.target != command.originator or (told.party, told.counter) != (asked.party, asked.counter):
        return AnswerReason.OTHER_RECIPIENT, _("This response is for somebody else than who sent the command.")
    if (message.message_code, message.counter) != (command.message_code, command.counter):
        words = _("This response answers the command {counter} of code {code:04X}.")
        return AnswerReason.OTHER_COMMAND, words.format(counter=message.counter, code=message.message_code)
    return None


def _unprotected(message: Envelope) -> tuple[AnswerReason, str] | None:
    if is_lawful(message):
        return None
    return AnswerReason.WRONG_PROTECTION, _("The response is not signed, or has no MAC, as it must be.")
