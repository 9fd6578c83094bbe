"""What an emulated desk makes of what a device answered: what fits the line, and whether all of it was done."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from hht.desk.errors import MessageRefused
from hht.desk.messages import Message, Result, encode
from hht.i18n import _
from hht.model.communications_hub.commands import AddResult
from hht.model.features.firmware import ActivationResult
from hht.model.han.joins import JoinResult, UnjoinResult

WORDS: Final = 1000  # of a sentence, at most


def carried(message: Message) -> Message:
    """The message as the line carries it: what a device answered may be longer, and is then left out and said so."""
    try:
        encode(message)
    except MessageRefused:
        if not isinstance(message, Result):
            raise
        said = _("the answer has {count} characters, more than this line carries").format(count=len(message.answer))
        return replace(message, answer="", why=f"{message.why[:WORDS]}; {said}" if message.why else said)
    return message


def whole(answer: object) -> bool:
    """Whether all of it was done: one command can fail in part, and a join says so by a code."""
    if isinstance(answer, AddResult):
        return answer.registered and answer.timeout_set and answer.joining_enabled
    return not isinstance(answer, JoinResult | UnjoinResult | ActivationResult) or int(answer) == 0
