"""What a boundary can see of a message whose payload it cannot read: who sent it, what it asks, whether it may.

A hub, a broker or any box between them holds certificates and no device's private key: payloads may be ciphertext to
it. The grouping header is not: message code, originator and target stand there in the clear, and a critical command is
signed over header and payload as they are (gbcs.md 2.1), so that its signature holds without a word being opened. Of
other messages, and of counters, only the device itself can judge.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from hht.i18n import _
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.envelope import Cra, Envelope, id_text, parse
from hht.protocol.gbcs.errors import MalformedMessage
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Category, UseCase, use_case
from hht.protocol.gbcs.protection import Check, check_signature, is_lawful
from hht.protocol.gbcs.trust_anchors import TrustAnchors


class Stop(enum.IntEnum):
    """Why a boundary lets a message through no further."""

    UNREADABLE = 1
    UNKNOWN_CODE = 2
    NOT_SIGNED = 3
    UNKNOWN_ORIGINATOR = 4
    WRONG_ROLE = 5
    BAD_SIGNATURE = 6


@dataclass(frozen=True, slots=True)
class Stopped:
    """A message that goes no further, and why in words."""

    stop: Stop
    why: str


def reason_words(stop: Stop) -> str:
    """The reason alone, as it is told where nobody knows more of the message."""
    return {
        Stop.UNREADABLE: _("its header cannot be read"),
        Stop.UNKNOWN_CODE: _("its header names no command that there is"),
        Stop.NOT_SIGNED: _("it is a critical command that is not signed as it must be"),
        Stop.UNKNOWN_ORIGINATOR: _("it is a critical command of somebody whom the device does not know"),
        Stop.WRONG_ROLE: _("it is a critical command that its sender may not give"),
        Stop.BAD_SIGNATURE: _("it is a critical command, and its signature is not its sender's"),
    }[stop]


def look(octets: bytes, anchors: TrustAnchors, certificates: KeyRing) -> Stopped | None:
    """None: it may pass. `anchors`: whom its target trusts, in which role; `certificates`: public keys are enough."""
    try:
        message = parse(octets)
    except MalformedMessage as error:
        return Stopped(Stop.UNREADABLE, error.message)
    if message.cra != Cra.COMMAND:
        return None
    found = use_case(message.message_code)
    if found is None:
        return _stopped(Stop.UNKNOWN_CODE, f"{message.message_code:04X}")
    if found.category is not Category.CRITICAL:
        return None
    return _critical(message, found, anchors, certificates)


def _critical(message: Envelope, found: UseCase, anchors: TrustAnchors, certificates: KeyRing) -> Stopped | None:
    if not message.signature or not is_lawful(message):
        return _stopped(Stop.NOT_SIGNED, str(found))
    roles = anchors.roles(message.originator, KeyUsage.DIGITAL_SIGNATURE)
    if not roles:
        return _stopped(Stop.UNKNOWN_ORIGINATOR, str(found), id_text(message.originator))
    if not roles & found.roles:
        return _stopped(Stop.WRONG_ROLE, str(found), ", ".join(sorted(roles)))
    if check_signature(message, certificates) is not Check.VALID:
        return _stopped(Stop.BAD_SIGNATURE, str(found), id_text(message.originator))
    return None


def _stopped(stop: Stop, *about: str) -> Stopped:
    return Stopped(stop, f"{reason_words(stop)} ({'; '.join(about)})")
