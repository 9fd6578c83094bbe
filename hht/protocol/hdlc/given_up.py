"""Why a connection is given up, in words."""

from __future__ import annotations

from hht.i18n import _
from hht.protocol.hdlc.station import HdlcLinkError, NobodyAnswers


def no_progress() -> HdlcLinkError:
    """Answers without end that bring nothing."""
    return HdlcLinkError(
        _("The meter answers and answers, and gets no further."),
        remedy=_("Disconnect and connect again. If it persists, the meter is faulty."),
        code="hdlc-no-progress",
    )


def all_damaged(count: int) -> HdlcLinkError:
    """So many turns of which nothing could be used."""
    return HdlcLinkError(
        _("What the meter sends arrives damaged, {count} times in a row.").format(count=count),
        remedy=_("Mend the line between terminal and meter, and try again."),
        code="hdlc-damaged",
    )


def some_damaged(count: int, damaged: int) -> HdlcLinkError:
    """So many tries of which some brought damage, and the others nothing."""
    text = _("Of {count} tries {damaged} brought a damaged answer and {silent} none.")
    return HdlcLinkError(
        text.format(count=count, damaged=damaged, silent=count - damaged),
        remedy=_("Mend the line between terminal and meter, and try again."),
        code="hdlc-damaged",
    )


def no_answer(count: int, *, connecting: bool) -> HdlcLinkError:
    """So many tries without anything sound coming back."""
    remedy = _("Check the line between terminal and meter, then try again.")
    if connecting:
        message = _("Nothing answers: {count} tries to connect without a reply.")
        return NobodyAnswers(message.format(count=count), remedy=remedy)
    message = _("The meter has stopped answering: {count} tries without a reply.")
    return HdlcLinkError(message.format(count=count), remedy=remedy, code="hdlc-no-answer")
