"""How an HDLC connection ends before its time, in words."""

from __future__ import annotations

from hht.i18n import _
from hht.protocol.hdlc import Control, Disconnected, HdlcLinkError


class FramesDamaged(HdlcLinkError):
    """Long frames do not arrive: from here on the meter is asked for short ones. `renew` makes the connection anew."""

    default_code = "hdlc-damaged"


def ended_by_meter(event: Disconnected) -> HdlcLinkError:
    """What DM, RD or FRMR mean."""
    remedy = _("Connect again; the terminal reads before it repeats anything.")
    if event.by is Control.FRMR:
        message = _("The meter rejected what it was sent, and the connection with it (HDLC FRMR: {reason}).")
        return HdlcLinkError(message.format(reason=event.reason), remedy=remedy, code="hdlc-rejected")
    how = _("it asked to be disconnected") if event.by is Control.DISC else _("it knows of no connection")
    message = _("The meter ended the connection in the middle of the conversation: {how} (HDLC {frame}).")
    frame = "RD" if event.by is Control.DISC else "DM"
    return HdlcLinkError(message.format(how=how, frame=frame), remedy=remedy, code="hdlc-disconnected")
