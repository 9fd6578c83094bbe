"""Checks of what `hht set` is given, before anything is opened (factbook chapter 9)."""

from __future__ import annotations

from collections.abc import Callable

from hht.i18n import _
from ui.cli.common import UsageProblem

LIMIT_MAX_S = 1799  # factbook 2.4: 0..1799 s
TOLERANCE_MAX_S = 86_400
CONTACT_LIMITS = {"contact-name": 15, "contact-telephone": 18}  # factbook 9 (DUIS schema)


def check_value(item: str, text: str, *, allow_test: bool, training: bool, warn: Callable[[str], None]) -> str:
    """The value as it will be written. Raises HhtError that says what is wrong with it."""
    if allow_test and not training:
        raise UsageProblem(
            _("Test identifiers are for training only."),
            remedy=_("Add --training, or correct the identifier."),
            code="training-only",
        )
    if item == "mpan":
        from hht.identifiers import Mpan

        return Mpan.parse(text, allow_test=allow_test, log=warn).core
    if item == "randomised-offset-limit":
        return _limit(text)
    if item in CONTACT_LIMITS:
        return _contact(item, text)
    if item == "clock" and text != "now":
        raise UsageProblem(
            _("The clock can only be set to this computer's time."),
            remedy=_("Write: hht set LINK clock now"),
            code="clock-value",
        )
    return text


def check_tolerance(seconds: float) -> None:
    """Refuse a clock tolerance that is no number of seconds up to a day: reading back would let anything pass."""
    if not 0 <= seconds <= TOLERANCE_MAX_S:
        raise UsageProblem(
            _("{seconds} s is no tolerance for a clock.").format(seconds=seconds),
            remedy=_("Use 0 to {limit} seconds.").format(limit=TOLERANCE_MAX_S),
            code="clock-tolerance-range",
        )


def _limit(text: str) -> str:
    if not (text.isascii() and text.isdigit()):
        raise UsageProblem(
            _("“{text}” is not a whole number of seconds.").format(text=text),
            remedy=_("The randomised offset limit is 0 to {limit}.").format(limit=LIMIT_MAX_S),
            code="randomised-offset-limit-character",
        )
    digits = text.lstrip("0") or "0"
    if len(digits) > len(str(LIMIT_MAX_S)) or int(digits) > LIMIT_MAX_S:
        raise UsageProblem(
            _("{text} is above the limit of 1799 s (29 min 59 s).").format(text=text),
            remedy=_("Enter 0 to 1799; 0 switches randomisation off."),
            code="randomised-offset-limit-range",
        )
    return digits


def _contact(item: str, text: str) -> str:
    limit = CONTACT_LIMITS[item]
    wrong = next(
        (c for c in text if not " " <= c <= "~" or (item == "contact-telephone" and not (c.isdigit() or c == " "))),
        None,
    )
    if wrong is not None:
        raise UsageProblem(
            _("The character “{c}” is not allowed here.").format(
                c=wrong if wrong.isprintable() else f"U+{ord(wrong):04X}"
            ),
            remedy=_("Use printable ASCII; a telephone number holds digits and spaces only."),
            code="contact-character",
        )
    if not text.strip():
        raise UsageProblem(
            _("There is nothing but spaces to write."), remedy=_("Write a name or a number."), code="contact-length"
        )
    if len(text) > limit:
        raise UsageProblem(
            _("{count} characters; the limit is {limit}.").format(count=len(text), limit=limit),
            remedy=_("Shorten it."),
            code="contact-length",
        )
    return text
