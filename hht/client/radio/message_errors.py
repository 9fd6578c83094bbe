"""What can go wrong with a message to a device of the HAN, as sentences."""

from __future__ import annotations

from hht.client.radio.errors import MessageError, OutcomeUnknown
from hht.i18n import _
from hht.identifiers import DeviceId
from hht.protocol.frames import FrameError
from hht.protocol.gbcs.boundary import Stop, reason_words
from hht.protocol.zigbee.handheld import ENVELOPES, NOT_ON_HAN, STOPPED, TOO_LONG, UNKNOWN, Envelope


def not_delivered(device: DeviceId, found: Envelope) -> MessageError:
    """Why the hub brings no answer of `device`, as the kind of its envelope says."""
    words = {"device": device, "what": ENVELOPES.get(found.kind, f"0x{found.kind:02X}")}
    if found.kind == UNKNOWN:
        return MessageError(
            _("The hub knows nothing of this message for {device}.").format(**words),
            remedy=_(
                "Where the hub was not switched off since, it did not arrive, and may be sent. Else read from the "
                "device what it holds first."
            ),
            code="message-not-known",
            reference=found.reference,
        )
    if found.kind == TOO_LONG:
        return MessageError(
            _("{device} has answered, and the answer is longer than the tunnel takes.").format(**words),
            remedy=_("Do not send it again. Have the answer read another way: call the desk."),
            code="message-answer-too-long",
            reference=found.reference,
        )
    if found.kind == STOPPED:
        return _stopped(device, found)
    remedy = _(
        "Check that the device has power and is in reach of the hub. One that refuses a message does not answer: it "
        "tells why by an alert (hht han listen). Read what it holds before anything is sent again."
    )
    if found.kind == NOT_ON_HAN:
        remedy = _(
            "Where the hub's Device Log has it (hht han log), it is not back yet: a gas meter wakes every half-hour. "
            "If the hub has been on for 60 minutes, its hour is over: switch it off and on, and ask again. Where "
            "the log has it not, have it added and let it join."
        )
    return MessageError(
        _("The message for {device} was not delivered: {what}.").format(**words),
        remedy=remedy,
        code="message-not-on-han" if found.kind == NOT_ON_HAN else "message-undelivered",
        reference=found.reference,
    )


def _stopped(device: DeviceId, found: Envelope) -> MessageError:
    """The hub's boundary has looked at its header (`hht.protocol.gbcs.boundary`)."""
    known = found.body[0] if found.body else 0
    why = reason_words(Stop(known)) if known in tuple(Stop) else _("it does not say why")
    return MessageError(
        _("The hub does not let the message for {device} through: {why}.").format(device=device, why=why),
        remedy=_("Do not send it again: the device never had it. Have it prepared anew by whoever may send it."),
        code="message-stopped",
        reference=found.reference,
    )


def outcome_open(reference: int) -> OutcomeUnknown:
    """Nobody knows whether the device has got message `reference`."""
    return OutcomeUnknown(
        _("No answer has come to message {reference}: nobody knows whether the device has got it.").format(
            reference=reference
        ),
        remedy=_("Do not send it again. Ask the hub what became of it."),
        reference=reference,
    )


def not_taken(reference: int) -> MessageError:
    """The hub has closed the tunnel."""
    return MessageError(
        _("The hub has closed the tunnel, and did not take message {reference}.").format(reference=reference),
        remedy=_("Open the tunnel again, ask what became of the message, then go on."),
        code="tunnel-closed",
        reference=reference,
    )


def answer_unreadable(reference: int, error: FrameError) -> OutcomeUnknown:
    """What came for message `reference` cannot be read."""
    return OutcomeUnknown(
        _("What the hub says of message {reference} cannot be read: {why}").format(
            reference=reference, why=error.message
        ),
        remedy=_("Do not send it again. Ask the hub what became of it; if it stays, call the desk."),
        code="message-answer-unreadable",
        reference=reference,
    )


def other_device(reference: int, device: str) -> OutcomeUnknown:
    """The hub answers for another device."""
    return OutcomeUnknown(
        _("The hub gives the answer of another device, {device}, to message {reference}.").format(
            device=device, reference=reference
        ),
        remedy=_("Do not use this answer, and do not send the message again: call the desk."),
        code="message-other-device",
        reference=reference,
    )


def message_too_long(reference: int, length: int, longest: int) -> MessageError:
    """A message of `length` octets, and `longest` fit."""
    return MessageError(
        _("The message has {length} bytes, and {longest} go through the tunnel at once.").format(
            length=length, longest=longest
        ),
        remedy=_("Send it in blocks (General Block Transfer)."),
        code="message-too-long",
        reference=reference,
    )


def not_understood() -> MessageError:
    """The hub does not understand the cluster as the terminal speaks it."""
    return MessageError(
        _("The hub does not understand what the terminal says through the tunnel."),
        remedy=_("This hub does it in another way than the terminal: call the desk."),
        code="tunnel-not-understood",
    )


def tunnel_refused(why: str) -> MessageError:
    """The hub opens no tunnel."""
    return MessageError(
        _("The hub opens no tunnel: {why}.").format(why=why),
        remedy=_("Leave the HAN and come onto it again; if it stays, call the desk."),
        code="tunnel-refused",
    )
