"""What the steps of coming onto a hub's HAN are called, for window and command line."""

from __future__ import annotations

from hht.client.radio.joining import JoinStep
from hht.i18n import _


def join_words(step: JoinStep) -> str:
    """A step in words."""
    return {
        JoinStep.LOOKING: _("Looking for the hub"),
        JoinStep.AGREEING: _("Agreeing a key with the hub (up to a minute)"),
        JoinStep.INTRODUCING: _("Telling the hub who the terminal is"),
        JoinStep.JOINING: _("Joining the HAN"),
        JoinStep.JOINED: _("On the HAN"),
    }[step]
