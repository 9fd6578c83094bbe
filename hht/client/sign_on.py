"""The terminal's side of an IEC 62056-21 sign-on over a link: 300 baud, identification, mode E, new speed.

The codec is `hht.protocol.iec62056_21`; here are the waiting times and the line settings (factbook ch. 7).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from hht.client.api import MeterError
from hht.client.busy_line import Rescue
from hht.client.deadlines import Timing, Wait
from hht.client.probe_sense import Evidence, Sight, after_echo, judge, wrong_parity
from hht.client.remarks import OnRemark, Remark, unheard
from hht.client.speeds import (
    AnswersPlainText,
    Confirmation,
    SpeedFailed,
    follow,
    judge_confirmation,
    slower_than,
    speed_words,
)
from hht.i18n import _
from hht.link import SIGN_ON_LINE, Capability, Line, Link, LinkError, LinkTimeout, LinkUnavailable
from hht.link_remedies import Trouble, Way, remedy_for, way_to
from hht.protocol.iec62056_21 import (
    BAUD_BY_CHAR,
    MODE_D_BAUD,
    SIGN_ON_BAUD,
    Identification,
    ProtocolMode,
    SignOnReader,
    acknowledge,
    even_parity,
    request_message,
    without_parity,
)

LONGEST_IDENTIFICATION: Final = 64  # characters: the standard's 21 and the noise before them
FASTEST: Final = max(BAUD_BY_CHAR.values())
WAKE_S, WAKE_PAUSE_S = 2.2, 1.6  # 2.1 to 2.3 s of zeros, 1.5 to 1.7 s of silence
LONGEST_TELEGRAM: Final = 64 * 1024  # bytes that are heard before a mode D telegram must have come
_EMPTY_LINE: Final = b"\r\n"
SLOW_REACTION_S: Final = 0.2  # the usual; a meter of 20 ms leaves no time to spare
ADAPTER_LAG_S: Final = 0.04
TALK: Final = 4  # characters in a row; fewer may come of an adapter that is switched on
MORE_IF_WEAK: Final = 2  # tries more, where the meter is heard with wrong bits
GARBLED: Final = frozenset(("garbled", "light", "weak", "speed"))
SPARE_BYTES: Final = 4096  # what may come before the terminal stops looking for an identification in it


class SignOnFailed(LinkError):
    """No usable identification came: the code says what the probe heard instead."""

    default_code = "sign-on-failed"


@dataclass(frozen=True, slots=True)
class SignedOn:
    """A meter that has said who it is. `rest`: what it went on with at once (modes A, B and D), 7 bits. `unasked`: it
    talks by itself (mode D), whatever its baud rate character stands for elsewhere. `parity_errors`: how many the link
    had counted before. `late_s`: so long after the question it began to answer; 0: within the time that it has."""

    identification: Identification
    rest: bytes = b""
    unasked: bool = False
    parity_errors: int = 0
    late_s: float = 0.0

    @property
    def mode(self) -> ProtocolMode:
        """The protocol mode, as far as the meter has shown it."""
        return ProtocolMode.D if self.unasked else self.identification.mode


@dataclass(frozen=True, slots=True)
class Opening:
    """How to sign on: the meter's `address` where several share a line ("" asks whoever is there), the `fastest` speed
    in baud that probe and meter may agree on, and whether to `wake` a battery-powered meter first."""

    address: str = ""
    fastest: int = FASTEST
    wake: bool = False

    def speed(self, identification: Identification) -> tuple[str, int]:
        """The baud rate character to acknowledge with, and its speed: the meter's own, or a slower one."""
        offered = [(baud, character) for character, baud in BAUD_BY_CHAR.items() if baud <= identification.baud]
        baud, character = max((pair for pair in offered if pair[0] <= self.fastest), default=(SIGN_ON_BAUD, "0"))
        return character, baud


async def sign_on(
    link: Link, timing: Timing, opening: Opening | None = None, rescue: Rescue | None = None
) -> Identification:
    """Wake the meter at 300 baud and switch it to HDLC (mode E); leaves the link at the agreed speed, 8N1.

    Raises as `meet` and `enter_hdlc`.
    """
    on_remark = rescue.remark if rescue is not None else unheard
    signed_on = await meet(link, timing, opening, rescue)
    timing = time_for(signed_on, timing, on_remark)
    await enter_hdlc(link, timing, signed_on.identification, opening, on_remark)
    return signed_on.identification


async def meet(link: Link, timing: Timing, opening: Opening | None = None, rescue: Rescue | None = None) -> SignedOn:
    """Wake the meter at 300 baud; it waits for the choice of mode E then.

    Raises SignOnFailed (silent, echo only, garbled, busy), MeterError where the meter offers no mode E, or LinkError.
    """
    opening = opening or Opening()
    signed_on = await identify(link, timing, opening, rescue)
    if signed_on.mode is not ProtocolMode.E:
        signed_on = await _doubted(link, timing, opening, signed_on)
    if signed_on.mode is not ProtocolMode.E:
        raise no_mode_e(signed_on)
    return signed_on


def time_for(signed_on: SignedOn, timing: Timing, on_remark: OnRemark = unheard) -> Timing:
    """The waiting times for the conversation that follows: longer ones where the meter was late."""
    if not signed_on.late_s or signed_on.unasked:  # what talks by itself answers nobody
        return timing
    text = _("The meter answers after {seconds:.1f} s, later than it may: it is given more time.")
    on_remark(Remark("answers-late", text.format(seconds=signed_on.late_s)))
    return timing.patient(signed_on.late_s)


async def _doubted(link: Link, timing: Timing, opening: Opening, first: SignedOn) -> SignedOn:
    """What the meter says when it is asked again: nothing but parity guards an identification, and one that lost a
    character reads as that of another mode. `first` stands where nothing better comes. Raises LinkLost."""
    if first.unasked:
        return first
    await _hear_to_the_end(link, timing)
    again = await _identify(link, timing, opening.address)
    return again if isinstance(again, SignedOn) else first


async def _hear_to_the_end(link: Link, timing: Timing) -> None:
    """A meter that is not acknowledged goes on by itself (modes A and B), or waits in vain."""
    wait = Wait(link, timing.gap_s, timing.telegram_s, LONGEST_TELEGRAM)
    with contextlib.suppress(LinkTimeout):
        while True:
            await wait.read()


async def identify(
    link: Link, timing: Timing, opening: Opening | None = None, rescue: Rescue | None = None
) -> SignedOn:
    """Ask the meter at 300 baud who it is; the link stays there, and the meter is ready to listen. `rescue` gets one
    back that is still in another conversation. What is garbled may be a meter of mode D: then it is listened to at 2400
    baud. Raises SignOnFailed or LinkError."""
    opening = opening or Opening()
    if opening.wake:
        await _wake(link)
    heard, is_regained = "silent", False
    for attempt in range(timing.sign_on_tries + MORE_IF_WEAK):
        if attempt >= timing.sign_on_tries and heard != "weak":
            break
        if attempt and heard == "silent" and Capability.LINE in link.capabilities and not opening.wake:
            await _wake(link)  # it may be one that sleeps
        is_last = attempt + 1 == timing.sign_on_tries and heard not in GARBLED
        late = ("echo",) * (not attempt) + (
            "silent",
        ) * is_last  # what follows an echo would run into the next question
        found = await _identify(link, timing, opening.address, late)
        if rescue is not None and not is_regained and not isinstance(found, SignedOn) and found != "weak":
            is_regained = True  # once; what sounded like a weak answer before may have been the end of another's
            found = await _regained(link, timing, opening, rescue, heard if heard in GARBLED else found)
        if isinstance(found, SignedOn):
            return found
        heard = found if found in GARBLED or heard not in GARBLED else heard
    signed_on = None
    if heard in GARBLED:
        with contextlib.suppress(LinkUnavailable):  # an adapter that cannot do that speed
            signed_on = await listen(link, timing.listen_s, 2 * timing.listen_s)
    if signed_on is None:
        raise _no_identification("busy" if rescue is not None and rescue.holds_on else heard, link)
    return signed_on


async def _regained(link: Link, timing: Timing, opening: Opening, rescue: Rescue, heard: str) -> SignedOn | str:
    """The identification of a meter that was in another conversation; else what was heard."""
    if not await rescue.regain(busy=heard in GARBLED) and not rescue.holds_on:
        return heard
    found = await _identify(link, timing, opening.address)
    if rescue.holds_on and not isinstance(found, SignedOn):
        await rescue.wait_out()
        found = await _identify(link, timing, opening.address)
    return found if isinstance(found, SignedOn) else heard


async def listen(link: Link, silence_s: float, limit_s: float) -> SignedOn | None:
    """Wait for what a meter of mode D says by itself, at 2400 baud. None: `silence_s` seconds without a byte, or
    nothing but noise for `limit_s`. Raises LinkLost; LinkUnavailable where the adapter cannot do that speed."""
    await link.set_line(Line(MODE_D_BAUD, 7, "E", 1))
    reader, parity_errors = SignOnReader(), link.parity_errors
    wait = Wait(link, silence_s, limit_s, LONGEST_TELEGRAM)
    while True:
        try:
            data = await wait.read()
        except LinkTimeout:
            return None
        if (identification := reader.feed(data)) is not None:
            return SignedOn(identification, reader.rest, True, parity_errors)


async def leave_time(link: Link, identification: Identification, sent: int) -> None:
    """Before a change of speed: time for an adapter that is slow with the `sent` characters, where the meter leaves it.
    The link itself waits only for as long as its own clock says."""
    if identification.reaction_s >= SLOW_REACTION_S and Capability.INSTANT not in link.capabilities:
        await asyncio.sleep(sent * link.line.char_time_s + ADAPTER_LAG_S)


async def turn_round(link: Link, identification: Identification) -> None:
    """Wait as long as the meter needs, after its last character, to listen again (its shortest reaction time)."""
    if Capability.INSTANT not in link.capabilities:
        await asyncio.sleep(identification.reaction_s)


def no_mode_e(signed_on: SignedOn) -> MeterError:
    """The meter can be read as plain text, and no more."""
    identification = signed_on.identification
    return MeterError(
        _("The meter {who} offers mode {mode}, not mode E: it can be read in plain text, but not commissioned.").format(
            who=f"{identification.manufacturer} {identification.ident}".rstrip(), mode=signed_on.mode.value
        ),
        remedy=_("Read it with “hht read”. This terminal commissions meters that offer IEC 62056-21 mode E."),
        code="no-mode-e",
    )


async def _wake(link: Link) -> None:
    """Zeros for 2.2 s, then a pause of 1.6 s: how a battery-powered meter is woken (IEC 62056-21, annex B)."""
    if Capability.INSTANT in link.capabilities:
        return  # nobody sleeps at the end of no wire
    await link.set_line(SIGN_ON_LINE)
    zeros = bytes(round(WAKE_S / SIGN_ON_LINE.char_time_s))
    await link.write(zeros)
    await asyncio.sleep(len(zeros) * SIGN_ON_LINE.char_time_s + WAKE_PAUSE_S)
    link.discard_input()  # their echo


async def _identify(link: Link, timing: Timing, address: str, late: Collection[str] = ()) -> SignedOn | str:
    """Ask once. What was heard instead of an identification: "silent", "echo" or one of `GARBLED`. `late`: where one of
    these has been heard, it is waited for longer than a meter has."""
    await link.set_line(SIGN_ON_LINE)
    unasked = len(link.discard_input())
    if unasked >= TALK and Capability.LINE in link.capabilities:
        # Somebody speaks while the line is set up (a character at 300 baud is over thirty at 9600): whoever spoke into
        # it would not be heard.
        return "garbled"
    request = request_message(address)
    reader = SignOnReader(request)
    echo_before, parity_errors = link.echo_bytes, link.parity_errors
    await link.write(request)
    wait_s = len(request) * SIGN_ON_LINE.char_time_s + timing.reaction_s + timing.slack_s
    longest_s = LONGEST_IDENTIFICATION * SIGN_ON_LINE.char_time_s
    wait = Wait(link, wait_s, wait_s + longest_s, SPARE_BYTES)
    loop, reacted_s = asyncio.get_running_loop(), 0.0
    asked_s = loop.time() + len(request) * SIGN_ON_LINE.char_time_s
    while True:
        try:
            data = await wait.read()
        except LinkTimeout:
            if reader.heard == "garbled":
                return _what_garbles(link, request, unasked)
            found = "echo" if reader.heard == "silent" and link.echo_bytes > echo_before else reader.heard
            if found not in late:
                return found
            late, wait.silence_s = (), timing.latest_s - timing.reaction_s
            wait.renew()
            continue
        reacted_s = reacted_s or loop.time() - asked_s
        identification = reader.feed(data)
        if identification is not None and not _is_sound(link):
            await _hear_to_the_end(link, timing)
            return "weak"
        if identification is not None:
            rest = await _what_follows(link, identification, reader.rest)
            late_s = reacted_s if reacted_s > timing.reaction_s + timing.slack_s else 0.0
            return SignedOn(identification, rest, rest.startswith(_EMPTY_LINE), parity_errors, late_s)
        wait.silence_s = timing.gap_s + timing.slack_s


def _is_sound(link: Link) -> bool:
    """Whether the identification that has come has no wrong parity bit in it: nothing else guards it."""
    raw = link.heard_since_write
    text = without_parity(raw)
    end = text.rfind(b"\n") + 1
    return wrong_parity(raw[max(0, text.rfind(b"/", 0, end)) : end]) == 0


async def _what_follows(link: Link, identification: Identification, rest: bytes) -> bytes:
    """Listen while a meter that waits for its acknowledgement is not yet ready to hear it: an empty line after the
    identification is how a meter of mode D goes on (IEC 62056-21, 6.4.4)."""
    waits = identification.mode in (ProtocolMode.C, ProtocolMode.E) and Capability.INSTANT not in link.capabilities
    while waits and _EMPTY_LINE.startswith(rest[: len(_EMPTY_LINE)]) and len(rest) < len(_EMPTY_LINE):
        try:
            rest += without_parity(await link.read(identification.reaction_s))
        except LinkTimeout:
            break
    return rest


def _no_identification(heard: str, link: Link) -> SignOnFailed:
    """`heard`: "silent" | "echo" | "busy" | one of `GARBLED`."""
    message, trouble = {
        "silent": (_("The meter on {link} does not answer the sign-on."), Trouble.SIGN_ON_SILENT),
        "echo": (_("The probe on {link} hears only itself."), Trouble.SIGN_ON_ECHO),
        "garbled": (_("What comes from {link} is garbled."), Trouble.SIGN_ON_GARBLED),
        "light": (_("What comes from {link} is light or noise, and no meter's answer."), Trouble.SIGN_ON_LIGHT),
        "weak": (_("The meter on {link} is heard, but with wrong bits."), Trouble.SIGN_ON_WEAK),
        "speed": (_("What comes from {link} is sent at another speed."), Trouble.SIGN_ON_SPEED),
        "busy": (_("The meter on {link} is in another conversation and does not let go of it."), Trouble.SIGN_ON_BUSY),
    }[heard]
    if heard == "echo" and way_to(link) is not Way.OPTICAL:
        message = _("What is sent to {link} comes back, and nothing else comes.")
    if heard == "garbled" and link.parity_errors:
        message = _("What comes from {link} is garbled: {count} characters had a wrong parity bit.")
    return SignOnFailed(
        message.format(link=link.title, count=link.parity_errors),
        remedy=remedy_for(trouble, link),
        code=f"sign-on-{heard}",
    )


def _what_garbles(link: Link, request: bytes, unasked: int) -> str:
    """What the characters after `request` speak for, where a line is set from here; one of `GARBLED`."""
    if Capability.LINE not in link.capabilities:
        return Sight.GARBLED.value
    echoed, raw = after_echo(even_parity(request), link.heard_since_write)
    sight = judge(Evidence(raw, echoed, unasked, SIGN_ON_LINE))
    return sight.value if sight.value in GARBLED else Sight.GARBLED.value


async def enter_hdlc(
    link: Link,
    timing: Timing,
    identification: Identification,
    opening: Opening | None = None,
    on_remark: OnRemark = unheard,
) -> bool:
    """Acknowledge mode E and follow the meter to its speed; the confirmation may be missing. Whether it is known that
    the meter has followed. It listens already (`identify` has waited); one that is heard at 300 baud is followed there.
    Raises SpeedFailed where the new speed gives garbage or the adapter refuses it, AnswersPlainText where a readout
    comes."""
    character, baud = (opening or Opening()).speed(identification)
    answer = acknowledge(character)
    await link.write(answer)
    await leave_time(link, identification, len(answer))
    await follow(link, Line(baud, 8, "N", 1))
    wait_s = len(answer) * SIGN_ON_LINE.char_time_s + timing.confirmation_s
    received = b""
    try:
        while len(received) < len(answer) and not without_parity(received).endswith(_EMPTY_LINE):
            received += await link.read(wait_s)
    except LinkTimeout:
        pass
    if not received or Capability.INSTANT in link.capabilities:
        return Capability.INSTANT in link.capabilities
    found = judge_confirmation(answer, link.heard_since_write, baud)
    if found is Confirmation.PLAIN:
        raise AnswersPlainText(
            _("The meter {ident} was asked for HDLC and reads itself out in plain text.").format(
                ident=identification.ident
            ),
            remedy=_("Read it in plain text: add ?mode=c to the link."),
        )
    if found is Confirmation.LATE:
        words = _("The beginning of the meter's confirmation at {baud} baud was lost; going on.")
        on_remark(Remark("confirmation-cut", words.format(baud=baud)))
    elif found is Confirmation.SLOW:
        on_remark(Remark("speed-lowered", speed_words(baud, SIGN_ON_BAUD)))
        await _heard_out(link, timing)
        await link.set_line(Line(SIGN_ON_BAUD, 8, "N", 1))
    elif found is Confirmation.GARBLED and (then := slower_than(baud)) is not None:
        raise SpeedFailed(
            _("What the meter says at {baud} baud is garbled.").format(baud=baud),
            remedy=remedy_for(Trouble.NO_DATA, link),
            baud=then,
            told=speed_words(baud, then),
        )
    return found is not Confirmation.MISSING


async def _heard_out(link: Link, timing: Timing) -> None:
    """Wait until a confirmation at 300 baud is over."""
    wait = Wait(link, timing.octet_s, timing.reaction_s, SPARE_BYTES)
    with contextlib.suppress(LinkTimeout):
        while True:
            await wait.read()
