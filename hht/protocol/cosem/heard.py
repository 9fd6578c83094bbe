"""What an APDU that came is, before anybody asks what it answers: in which envelope, unasked, or a refusal as such."""

from __future__ import annotations

from typing import Final

from hht.protocol.cosem.acse import Aare, Rlre
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.channel import Channel
from hht.protocol.cosem.initiate import ConfirmedServiceError, ExceptionResponse
from hht.protocol.cosem.notifications import DataNotification, DataNotificationConfirm, EventNotification
from hht.protocol.cosem.rejections import service_rejected, unprotected_refusal
from hht.protocol.cosem.results import NextRequest

UNASKED: Final = (bytes((DataNotification.TAG,)), bytes((EventNotification.TAG,)))
_REFUSALS: Final = (bytes((ExceptionResponse.TAG,)), bytes((ConfirmedServiceError.TAG,)))
# What may come without an envelope: the opening and the end have none, and a meter that cannot decipher (any more)
# can only say so in clear. Whoever stands between may say it too.
_MAY_BE_PLAIN: Final = (Aare.TAG, Rlre.TAG, ExceptionResponse.TAG, ConfirmedServiceError.TAG)


def opened(apdu: bytes, channel: Channel | None) -> tuple[bytes, bool]:
    """The APDU without its envelope, and whether it had one that vouches for it. Raises ProtocolError."""
    if channel is None or (apdu and apdu[0] in _MAY_BE_PLAIN):
        return apdu, False
    return channel.open(apdu)[0], True


def notified(plain: bytes, channel: Channel | None) -> NextRequest:
    """What came unasked; the confirmation, where one is wanted, is what to send."""
    message = parse_apdu(plain)
    assert isinstance(message, DataNotification | EventNotification)
    confirm = b""
    if isinstance(message, DataNotification) and message.confirmed:
        confirm = DataNotificationConfirm(message.long_invoke).encode()
        confirm = channel.seal(confirm) if channel else confirm
    return NextRequest(confirm, notification=message)


def raise_refusal(plain: bytes, *, believed: bool) -> None:
    """Raises, where `plain` refuses a request as such, ServiceRejected; UnprotectedRefusal unless it is `believed`,
    because a protected association stands and nothing vouches for it."""
    if plain[:1] not in _REFUSALS:
        return
    message = parse_apdu(plain)
    assert isinstance(message, ExceptionResponse | ConfirmedServiceError)
    raise service_rejected(message) if believed else unprotected_refusal(message)
