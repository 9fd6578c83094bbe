"""What to do about trouble on the way to a meter: another thing for a probe, a network, an emulated meter, a recording.

Protocols know no links, so their own remedies name none; whoever has the link (client, visit) asks here.
"""

from __future__ import annotations

import enum
import re
from typing import Protocol, runtime_checkable

from hht.i18n import _

_FAULTY = re.compile(r"[?&]fault=")


class Way(enum.Enum):
    """How a link reaches its meter."""

    OPTICAL = "optical"
    BRIDGE = "ble"
    NETWORK = "tcp"
    EMULATED = "emulated"
    RECORDED = "recorded"


class Trouble(enum.Enum):
    """What goes wrong on the way."""

    NOBODY = enum.auto()  # nothing answers the attempt to connect
    SILENT = enum.auto()  # the meter has stopped answering
    DAMAGED = enum.auto()  # what arrives is damaged
    NOISE = enum.auto()  # much arrives, and no answer in it
    NOT_WRAPPED = enum.auto()  # what arrives is in no wrapper
    SIGN_ON_SILENT = enum.auto()
    SIGN_ON_ECHO = enum.auto()
    SIGN_ON_GARBLED = enum.auto()
    SIGN_ON_LIGHT = enum.auto()  # what comes was sent by nobody
    SIGN_ON_WEAK = enum.auto()  # an answer with wrong bits
    SIGN_ON_SPEED = enum.auto()  # somebody speaks at another speed
    SIGN_ON_BUSY = enum.auto()  # the meter is in another conversation
    NO_DATA = enum.auto()  # the meter has signed on and says nothing more
    NO_TELEGRAM = enum.auto()  # a meter of mode D does not speak
    SLOW = enum.auto()  # a step has taken too long
    OTHER_METER = enum.auto()  # the meter is not the one that was spoken to before
    WRONG_METER = enum.auto()  # nor the job's


_GARBLED = (Trouble.SIGN_ON_GARBLED, Trouble.SIGN_ON_LIGHT, Trouble.SIGN_ON_WEAK, Trouble.SIGN_ON_SPEED)


@runtime_checkable
class Named(Protocol):
    """A link, as far as this matters."""

    @property
    def name(self) -> str:
        """Its URL."""
        ...


@runtime_checkable
class Guided(Protocol):
    """A link that knows better than by its name what there is to do about it: whether something is wrong with an
    emulated meter now."""

    @property
    def way(self) -> Way:
        """As which of them it is to be seen."""
        ...


def way_to(link: str | Named) -> Way:
    """The way of a link, or of the one with that name."""
    if isinstance(link, str):
        return way_of(link)
    return link.way if isinstance(link, Guided) else way_of(link.name)


def way_of(link: str) -> Way:
    """The way of a link by its name (its URL); what names no other kind is a port with a probe. An emulated meter with
    something wrong (``?fault=``) is there to train with: what to do about it is what one does with a probe."""
    scheme, _colon, rest = link.partition(":")
    if scheme == Way.EMULATED.value and _FAULTY.search(rest):
        return Way.OPTICAL
    return next((way for way in Way if way.value == scheme), Way.OPTICAL)


def remedy_for(trouble: Trouble, link: str | Named) -> str:
    """What to do next, for that link, or the one with that name or URL."""
    words = {
        Way.OPTICAL: _optical,
        Way.BRIDGE: _bridge,
        Way.NETWORK: _network,
        Way.EMULATED: _emulated,
        Way.RECORDED: _recorded,
    }[way_to(link)]()
    return words.get(trouble) or _("Try again.")


def _optical() -> dict[Trouble, str]:
    flat = _("Turn the probe until it sits flat, shade it from strong light, and try again.")
    seat = _("Check that the probe sits on the optical port, then try again.")
    return {
        Trouble.NOBODY: seat,
        Trouble.SILENT: seat,
        Trouble.DAMAGED: flat,
        Trouble.NOISE: _("Check what is connected there, and the link's opening and speed, then try again."),
        Trouble.NOT_WRAPPED: _("Check what is connected there: over a probe nothing is wrapped."),
        Trouble.SIGN_ON_SILENT: _(
            "Seat the probe on the optical port, cable down, and try again. Some meters wake at a button press; "
            "one that only talks by itself is heard with ?mode=d, one that answers to its address alone with ?address=."
        ),
        Trouble.SIGN_ON_ECHO: _("The probe is not on the meter: seat it on the optical port and try again."),
        Trouble.SIGN_ON_GARBLED: f"{flat} {_if_it_talks()}",
        Trouble.SIGN_ON_LIGHT: _(
            "Shade the probe with your hand, turn the torch away, seat it flat on the optical port, and try again."
        ),
        Trouble.SIGN_ON_WEAK: _(
            "Turn the probe a little until it sits flat, wipe the window of the optical port, and try again."
        ),
        Trouble.SIGN_ON_SPEED: "{wait} {talks}".format(
            wait=_(
                "Wait two minutes, for the meter may be in another conversation, and try again; if it stays, try a "
                "slower speed (?baud=2400)."
            ),
            talks=_if_it_talks(),
        ),
        Trouble.SIGN_ON_BUSY: _(
            "Take the probe off for two minutes: the meter then hangs up by itself. Then seat it and try again."
        ),
        Trouble.NO_DATA: _(
            "Seat the probe again and try once more; if it stays, try a slower speed (?baud=2400) or another mode."
        ),
        Trouble.NO_TELEGRAM: _(
            "Press the meter's button, or let it see light, and try again; check that it is of mode D."
        ),
        Trouble.SLOW: _("Check that the probe sits well on the optical port, then try again."),
        Trouble.OTHER_METER: _("Put the probe back on the meter of this job, then try again. Nothing was written."),
        Trouble.WRONG_METER: _(
            "Put the probe on the meter of this job. If there is none, choose Can't do this and call the desk."
        ),
    }


def _bridge() -> dict[Trouble, str]:
    """A probe behind a bridge: what is done about a probe, and the bridge may be what is silent or loses bytes."""
    probe = _optical()
    bridge = _("Check too that the bridge is charged and near: what is lost on its way is silence here.")
    heard = (Trouble.NOBODY, Trouble.SILENT, Trouble.DAMAGED, Trouble.SIGN_ON_SILENT, Trouble.NO_DATA, Trouble.SLOW)
    return {**probe, **{trouble: f"{probe[trouble]} {bridge}" for trouble in heard}}


def _network() -> dict[Trouble, str]:
    framing = _("Check that a meter is there, and that it speaks as the link says: ?framing=hdlc, wrapper or iec.")
    gateway = _("Check the gateway there and its line to the meter (speed, data bits), then try again.")
    return {
        Trouble.NOBODY: framing,
        Trouble.SILENT: _("Check the network, and that the other end still reaches the meter, then try again."),
        Trouble.DAMAGED: gateway,
        Trouble.NOISE: framing,
        Trouble.NOT_WRAPPED: _("Check the link's framing option: hdlc, wrapper or iec."),
        Trouble.SIGN_ON_SILENT: f"{framing} {_if_it_talks()}",
        Trouble.SIGN_ON_ECHO: _(
            "The other end sends back what it gets: check the gateway there, and what is behind it."
        ),
        **dict.fromkeys(_GARBLED, f"{gateway} {_if_it_talks()}"),
        Trouble.SIGN_ON_BUSY: _(
            "Check that nobody else uses the gateway. After two minutes of silence the meter hangs up: then try again."
        ),
        Trouble.NO_DATA: _("Check the gateway there, then try again; if it stays, try another mode."),
        Trouble.NO_TELEGRAM: _(
            "Check that the meter is of mode D, and that the gateway passes on what it says unasked."
        ),
        Trouble.SLOW: _("Check the network and the other end, then try again."),
        **_another_link(),
    }


def _emulated() -> dict[Trouble, str]:
    again = _("Try again; if it stays, choose another premises (hht premises lists them).")
    asked = _("Check the client, the server's address and how the link is opened (?opening=, ?mode=), then try again.")
    return {
        Trouble.NOBODY: asked,
        Trouble.SILENT: again,
        Trouble.DAMAGED: again,
        Trouble.NOISE: asked,
        Trouble.SIGN_ON_SILENT: f"{asked} {_if_it_talks()}",
        Trouble.SIGN_ON_ECHO: again,
        **dict.fromkeys(_GARBLED, f"{asked} {_if_it_talks()}"),
        Trouble.SIGN_ON_BUSY: _("Wait two minutes: the meter then hangs up by itself. Then try again."),
        Trouble.NO_DATA: asked,
        Trouble.NO_TELEGRAM: _("This one is not of mode D: leave out ?mode=d, or add ?offers=d."),
        **_another_link(),
    }


def _recorded() -> dict[Trouble, str]:
    settings = _("Replay it as it was recorded: with the same opening, client, addresses and security.")
    other = _("It was recorded like this: choose another recording.")
    return {
        **dict.fromkeys(Trouble, settings),
        Trouble.DAMAGED: other,
        Trouble.NOISE: other,
        Trouble.SIGN_ON_ECHO: other,
        **dict.fromkeys(_GARBLED, other),
        Trouble.OTHER_METER: other,
        Trouble.WRONG_METER: other,
    }


def _another_link() -> dict[Trouble, str]:
    return {
        Trouble.OTHER_METER: _("Choose the link of this job's meter again, then try again. Nothing was written."),
        Trouble.WRONG_METER: _(
            "Choose the link of this job's meter. If there is none, choose Can't do this and call the desk."
        ),
    }


def _if_it_talks() -> str:
    return _("If the meter only talks by itself, add ?mode=d.")
