"""What a probe sees, in words: on the chip, beside the picture, on the command line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from hht.client.probe_sense import Sight
from hht.i18n import _
from hht.link_remedies import Way, way_of

# Codes of errors that say what the probe saw, and what that was.
BY_CODE: Final = {
    "sign-on-silent": Sight.SILENT,
    "sign-on-echo": Sight.ECHO,
    "sign-on-light": Sight.LIGHT,
    "sign-on-weak": Sight.WEAK,
    "sign-on-speed": Sight.SPEED,
    "sign-on-garbled": Sight.GARBLED,
    "link-lost": Sight.GONE,
    "link-absent": Sight.GONE,
}


@dataclass(frozen=True, slots=True)
class SightWords:
    """`word` for the chip; `told` is what is seen, `todo` what to do about it ("" for nothing); `picture` describes the
    drawing to who does not see it."""

    word: str
    told: str
    todo: str = ""
    picture: str = ""


def sight_words(sight: Sight, link: str = "") -> SightWords:
    """The words for what is seen; `link` (its URL or name) is the way on which it is seen."""
    words = {**_resting(), **_on_the_meter(), **_off_the_meter()}[sight]
    if sight is Sight.SILENT and link and way_of(link) is Way.BRIDGE:
        bridge = _("Check too that the bridge is charged and near.")
        return replace(words, todo=f"{words.todo} {bridge}")
    return words


def _resting() -> dict[Sight, SightWords]:
    seated = _("A probe on the meter's optical port.")
    return {
        Sight.CLOSED: SightWords(_("No link"), _("No link is open."), picture=seated),
        Sight.OPENING: SightWords(_("Opening"), _("The port is being opened."), picture=seated),
        Sight.QUIET: SightWords(_("Quiet"), _("Nobody speaks just now."), picture=seated),
        Sight.ASKING: SightWords(_("Asking"), _("The meter has been asked."), picture=seated),
        Sight.TALKING: SightWords(
            _("Talking"), _("The meter talks."), picture=_("A probe on the meter's optical port, and a tick.")
        ),
        Sight.GONE: SightWords(
            _("Link lost"),
            _("The adapter is unplugged."),
            _("Plug it in again: it is watched for, at any socket."),
            _("A plug beside its socket, and an arrow towards it."),
        ),
    }


def _off_the_meter() -> dict[Sight, SightWords]:
    return {
        Sight.SILENT: SightWords(
            _("Silent"),
            _("Nothing comes back."),
            _("Seat the probe on the optical port, cable down. If it sits well, wake the meter: press its button."),
            _("A probe before the meter's optical port, and an arrow towards it; the meter's display is empty."),
        ),
        Sight.ECHO: SightWords(
            _("Echo only"),
            _("The probe hears only itself."),
            _("It is off the port or turned: put it on until the magnet holds, cable down."),
            _("A probe away from the meter; its light comes back to it; an arrow towards the port."),
        ),
        Sight.LIFTED: SightWords(
            _("Probe off"),
            _("The meter was heard, and is no longer."),
            _("The probe has come off: put it back on the optical port."),
            _("A probe that falls off the meter, and an arrow back to the port."),
        ),
        Sight.LIGHT: SightWords(
            _("Light"),
            _("Light or noise, and no meter's answer."),
            _("Turn the torch away, shade the probe with your hand, and seat it flat."),
            _("The sun shines between probe and meter; a shade over them."),
        ),
    }


def _on_the_meter() -> dict[Sight, SightWords]:
    return {
        Sight.WEAK: SightWords(
            _("Weak"),
            _("The meter is heard, with wrong bits."),
            _("Turn the probe a little until it sits flat; wipe the window of the port."),
            _("A probe that sits askew on the port, and an arrow that turns it."),
        ),
        Sight.SPEED: SightWords(
            _("Other speed"),
            _("What comes is sent at another speed."),
            _("The meter may be in another conversation: wait two minutes. If it stays, choose a slower speed."),
            _("A probe on the meter; two waves of different speed between them."),
        ),
        Sight.GARBLED: SightWords(
            _("Garbled"),
            _("What comes makes no sense."),
            _("Turn the probe until it sits flat, and shade it from strong light."),
            _("A probe on the meter, and a jagged line between them."),
        ),
    }
