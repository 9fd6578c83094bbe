"""What can go wrong between terminal, dongle, hub and device, each with its remedy."""

from __future__ import annotations

from typing import ClassVar

from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers import DeviceId
from hht.protocol.znp.status import status_name


class DongleError(HhtError):
    """The dongle does not answer, or does not do what it is asked."""

    default_code: ClassVar[str] = "dongle"


class HubError(HhtError):
    """The hub is not found, or does not let the terminal in."""

    default_code: ClassVar[str] = "hub"


class MessageError(HhtError):
    """A message did not go to its device, or no answer came. Details: `reference`."""

    default_code: ClassVar[str] = "message"


class OutcomeUnknown(MessageError):
    """Nobody knows whether the device has got it. Never send it again: `HanTunnel.settle` asks the hub."""

    default_code: ClassVar[str] = "message-outcome-unknown"


# --- the dongle


def dongle_silent(what: str) -> DongleError:
    """No answer to a request."""
    return DongleError(
        _("The dongle does not answer ({what}).").format(what=what),
        remedy=_("Unplug it and plug it in again. Check that it has ZNP firmware, and that no other program uses it."),
        code="dongle-silent",
    )


def dongle_no_znp(count: int) -> DongleError:
    """Something answers, and it is no dongle."""
    return DongleError(
        _("What answers there is no radio dongle with ZNP firmware: {count} bytes came that are none of its.").format(
            count=count
        ),
        remedy=_("Choose the dongle's port (hht ports lists them), or have ZNP firmware put onto it."),
        code="dongle-other",
    )


def dongle_refused(what: str, status: int) -> DongleError:
    """It answered with a status other than success."""
    return DongleError(
        _("The dongle refused ({what}): {status}.").format(what=what, status=status_name(status)),
        remedy=_("Unplug it, plug it in again, and try once more."),
        code="dongle-refused",
        status=status,
    )


def dongle_unable(what: str, why: str) -> DongleError:
    """Its firmware does not know the request."""
    return DongleError(
        _("The dongle's firmware does not know {what} ({why}).").format(what=what, why=why),
        remedy=_("Have its firmware updated, or use another dongle."),
        code="dongle-not-supported",
    )


def no_key_establishment() -> DongleError:
    """Its firmware was built without Smart Energy."""
    return DongleError(
        _("The dongle's firmware has no Smart Energy key establishment, so it cannot come onto a HAN."),
        remedy=_("Use a dongle whose firmware has it. This one still serves the survey: hht survey."),
        code="dongle-no-key-establishment",
    )


def dongle_restarted() -> DongleError:
    """It started anew in the middle of something."""
    return DongleError(
        _("The dongle has started anew in the middle of this."),
        remedy=_("Check its plug and the USB port's power, then begin again."),
        code="dongle-restarted",
    )


# --- the hub


def hub_not_found(gpf_id: DeviceId, seen: list[str]) -> HubError:
    """No network with that ID was heard."""
    others = _("Others were heard: {ids}.").format(ids=", ".join(seen)) if seen else _("No hub was heard at all.")
    return HubError(
        _("No network of the hub {gpf_id} is heard. {others}").format(gpf_id=gpf_id, others=others),
        remedy=_(
            "Scan the GPF ID printed on the hub, not its CHF ID. Check that it has power, and stand closer. A hub that "
            "replaced another keeps the old one's network: name that too (--network OLD-GPF-ID)."
        ),
        code="hub-not-found",
        seen=seen,
    )


def hub_not_listening(gpf_id: DeviceId) -> HubError:
    """It is heard and does not answer over inter-PAN."""
    return HubError(
        _("The hub {gpf_id} is heard, and does not answer a handheld terminal.").format(gpf_id=gpf_id),
        remedy=_(
            "Switch the hub off and on: it listens for 60 minutes from then. Stand close to it, and try again. If this "
            "is the old ID of a hub that was exchanged, give the new hub's (--hub NEW-GPF-ID --network OLD-GPF-ID)."
        ),
        code="hub-not-listening",
    )


def hub_busy() -> HubError:
    """It serves another terminal."""
    return HubError(
        _("The hub serves another handheld terminal."),
        remedy=_("Let that one leave first, or switch the hub off and on."),
        code="hub-busy",
    )


def hub_other_trust(reason: str) -> HubError:
    """Certificates do not fit."""
    return HubError(
        _("The hub and the dongle could not agree a key: {reason}.").format(reason=reason),
        remedy=_("Check that neither the hub nor the dongle has test certificates. If both are right, call the desk."),
        code="hub-key",
    )


def hub_log_full() -> HubError:
    """No room for the terminal."""
    return HubError(
        _("The hub's Device Log is full: there is no room for the terminal."),
        remedy=_("Have a device that is not used any more removed from it, then try again."),
        code="hub-log-full",
    )


def hub_unclear(why: str) -> HubError:
    """It answered something that makes no sense."""
    return HubError(
        _("The hub's answer to the terminal's introduction cannot be read: {why}").format(why=why),
        remedy=_("Try again. If it stays, this hub says it in another way: call the desk."),
        code="hub-answer",
    )


def join_refused(status: int) -> HubError:
    """It did not let the terminal join."""
    return HubError(
        _("The hub did not let the terminal join: {status}.").format(status=status_name(status)),
        remedy=_("Begin again within the hub's 60 minutes. Stand close to it."),
        code="join-refused",
        status=status,
    )


def join_key() -> HubError:
    """It joined, and keys did not agree."""
    return HubError(
        _("The terminal and the hub do not have the same key: its install code in the dongle is another one."),
        remedy=_("Unplug the dongle, plug it in again, and begin again. If it stays, use another dongle."),
        code="join-key",
    )


def han_lost() -> HubError:
    """It is off the HAN."""
    return HubError(
        _("The terminal is not on the HAN any more: the hub's hour is over, or the hub has no power."),
        remedy=_("Switch the hub off and on, and come onto its HAN again. What was not answered is still open."),
        code="han-lost",
    )


def not_joined() -> HubError:
    """Something needs the HAN."""
    return HubError(
        _("The terminal is not on a HAN."),
        remedy=_("Come onto the hub's HAN first."),
        code="han-not-joined",
    )
