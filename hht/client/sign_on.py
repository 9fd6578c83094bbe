"""The terminal's side of an IEC 62056-21 sign-on over a link: 300 baud, identification, mode E, new speed.

The codec is `hht.protocol.iec62056_21`; here are the waiting times and the line settings (factbook ch. 7).
"""

from __future__ import annotations

from typing import Final

from hht.client.api import MeterError
from hht.client.deadlines import Timing, Wait
from hht.i18n import _
from hht.link import SIGN_ON_LINE, Line, Link, LinkError, LinkTimeout
from hht.protocol.iec62056_21 import Identification, SignOnReader, acknowledge, request_message

LONGEST_IDENTIFICATION: Final = 64  # characters: the standard's 21 and the noise before them
SPARE_BYTES: Final = 4096  # what may come before the terminal stops looking for an identification in it


class SignOnFailed(LinkError):
    """No usable identification came: the code says what the probe heard instead."""

    default_code = "sign-on-failed"


async def sign_on(link: Link, timing: Timing, *, address: str = "") -> Identification:
    """Wake the meter at 300 baud and switch it to HDLC (mode E); leaves the link at the agreed speed, 8N1.

    Raises SignOnFailed (silent, echo only, garbled), MeterError where the meter offers no mode E, or LinkError.
    """
    identification = None
    for attempt in range(timing.sign_on_tries):
        last = attempt + 1 == timing.sign_on_tries
        identification = await _identify(link, timing, address, last=last)
        if identification is not None:
            break
    assert identification is not None  # the last attempt raises instead
    if not identification.mode_e:
        raise MeterError(
            _("The meter {who} answers, but not in mode E: it cannot be spoken to in HDLC here.").format(
                who=identification.ident
            ),
            remedy=_("Check the meter's model. This terminal commissions meters that offer IEC 62056-21 mode E."),
            code="no-mode-e",
        )
    await _switch(link, timing, identification)
    return identification


async def _identify(link: Link, timing: Timing, address: str, *, last: bool) -> Identification | None:
    await link.set_line(SIGN_ON_LINE)
    link.discard_input()
    request = request_message(address)
    reader = SignOnReader(request)
    echo_before = link.echo_bytes
    await link.write(request)
    wait_s = len(request) * SIGN_ON_LINE.char_time_s + timing.reaction_s + timing.slack_s
    longest_s = LONGEST_IDENTIFICATION * SIGN_ON_LINE.char_time_s
    wait = Wait(link, wait_s, wait_s + longest_s, SPARE_BYTES)
    while True:
        try:
            data = await wait.read()
        except LinkTimeout:
            if not last:
                return None
            heard = "echo" if reader.heard == "silent" and link.echo_bytes > echo_before else reader.heard
            raise _no_identification(heard, link) from None
        identification = reader.feed(data)
        if identification is not None:
            return identification
        wait.silence_s = timing.gap_s + timing.slack_s


def _no_identification(heard: str, link: Link) -> SignOnFailed:
    sentences = {
        "silent": (
            _("The meter on {link} does not answer the sign-on."),
            _("Seat the probe on the optical port, arrow up, and try again. Some meters wake at a button press."),
        ),
        "echo": (
            _("The probe on {link} hears only itself."),
            _("The probe is not on the meter: seat it on the optical port and try again."),
        ),
        "garbled": (
            _("What comes from {link} is garbled."),
            _("Turn the probe until it sits flat, shade it from strong light, and try again."),
        ),
    }
    message, remedy = sentences[heard]
    return SignOnFailed(message.format(link=link.name), remedy=remedy, code=f"sign-on-{heard}")


async def _switch(link: Link, timing: Timing, identification: Identification) -> None:
    """Acknowledge mode E and follow the meter to its speed; the confirmation may be missing."""
    answer = acknowledge(identification.baud_char)
    await link.write(answer)
    await link.set_line(Line(identification.baud, 8, "N", 1))
    wait_s = len(answer) * SIGN_ON_LINE.char_time_s + timing.confirmation_s
    received = b""
    try:
        while len(received) < len(answer):
            received += await link.read(wait_s)
    except LinkTimeout:
        return
