"""Why a device refuses a command, and the alert that it raises then.

That there is an alert for each is GBCS's; which code goes with which reason is read off their names (factbook 5.2 and
8), except for the counter: "out-of-order or unexpected" is the nearest that there is.
"""

from __future__ import annotations

import enum
from typing import Final

from hht.i18n import _
from hht.protocol.gbcs.envelope import Envelope
from hht.protocol.gbcs.errors import GbcsError


class Reason(enum.StrEnum):
    """Each is a different thing to do about it."""

    MALFORMED = "malformed"
    NOT_A_COMMAND = "not-a-command"
    WRONG_RECIPIENT = "wrong-recipient"
    UNKNOWN_MESSAGE_CODE = "unknown-message-code"
    NOT_FOR_THIS_DEVICE = "not-for-this-device"
    WRONG_PROTECTION = "wrong-protection"
    UNKNOWN_ORIGINATOR = "unknown-originator"
    BAD_MAC = "bad-mac"
    BAD_SIGNATURE = "bad-signature"
    WRONG_ROLE = "wrong-role"
    STALE_COUNTER = "stale-counter"
    REPLAYED = "replayed"
    BAD_PAYLOAD = "bad-payload"


_CONTENT, _AUTHORITY, _AUTHENTICATION = 0x8F1E, 0x8F30, 0x8F3D
_ACCESS, _OTHER_AUTHENTICATION, _OUT_OF_ORDER = 0x8F3E, 0x8F53, 0x8F60
ALERT_CODES: Final = {
    Reason.MALFORMED: _CONTENT,
    Reason.NOT_A_COMMAND: _CONTENT,
    Reason.UNKNOWN_MESSAGE_CODE: _CONTENT,
    Reason.WRONG_PROTECTION: _CONTENT,
    Reason.BAD_PAYLOAD: _CONTENT,
    Reason.WRONG_RECIPIENT: _ACCESS,
    Reason.NOT_FOR_THIS_DEVICE: _AUTHORITY,
    Reason.WRONG_ROLE: _AUTHORITY,
    Reason.UNKNOWN_ORIGINATOR: _OTHER_AUTHENTICATION,
    Reason.BAD_MAC: _AUTHENTICATION,
    Reason.BAD_SIGNATURE: _AUTHENTICATION,
    Reason.STALE_COUNTER: _OUT_OF_ORDER,
    Reason.REPLAYED: _OUT_OF_ORDER,
}


class CommandRefused(GbcsError):
    """A device refuses a command; nothing of it was done. `alert_code`: what it raises; `message`: the command, where
    it could be taken apart."""

    default_code = "gbcs-refused"

    def __init__(self, reason: Reason, words: str, *, command: Envelope | None = None) -> None:
        super().__init__(words, remedy=_remedy(reason), code=f"gbcs-{reason.value}", reason=reason.value)
        self.reason = reason
        self.alert_code = ALERT_CODES[reason]
        self.command = command


def _remedy(reason: Reason) -> str:
    if reason is Reason.REPLAYED:
        return _("Do not send it again: the device has had it. Read what it was to change.")
    if reason is Reason.STALE_COUNTER:
        return _("It is void, for a later one was accepted: ask the desk for a new command.")
    if reason in (Reason.WRONG_RECIPIENT, Reason.NOT_FOR_THIS_DEVICE):
        return _("Deliver it to the device that it names.")
    if reason in (Reason.WRONG_ROLE, Reason.UNKNOWN_ORIGINATOR):
        return _("This device belongs to somebody else: ask the desk who its supplier is.")
    return _("Do not send it again: fetch the command anew.")
