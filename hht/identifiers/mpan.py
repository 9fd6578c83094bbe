"""MPAN: the electricity supply's number. 13-digit core, or 21 digits with the top line (factbook 1.1)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from hht.i18n import _
from hht.identifiers.errors import IdentifierError, LogOverride, describe, digits_only, require_form, wrong_length
from hht.resources import resource_text

_PRIMES = (3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43)  # 11 is skipped
# Begins as a full MPAN does, with letters where only a line loss factor class has them
_TOP_LINE_FIRST = re.compile(r"[0-9]{5}(?=[0-9]{0,2}[A-Za-z])[0-9A-Za-z]{3}[0-9]{6,}")


def mpan_check_digit(first_twelve: str) -> int:
    """The 13th digit that belongs to `first_twelve` digits: sum of prime-weighted digits mod 11 mod 10."""
    return sum(int(d) * p for d, p in zip(first_twelve, _PRIMES, strict=True)) % 11 % 10


@cache
def _distributors() -> dict[str, str]:
    loaded = tomllib.loads(resource_text("catalogue", "distributors.toml"))
    return {str(key): str(value) for key, value in loaded["distributor"].items()}


@dataclass(frozen=True, slots=True)
class Mpan:
    """A valid MPAN. Devices and the central system use the `core` only."""

    core: str
    profile_class: str = ""
    timeswitch_class: str = ""
    line_loss_factor_class: str = ""
    test_data: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        require_form(self.core, "[0-9]{13}", "mpan", "MPAN")
        top = "/".join((self.profile_class, self.timeswitch_class, self.line_loss_factor_class))
        require_form(top, "//|[0-9]{2}/[0-9]{3}/[0-9A-Z]{3}", "mpan", _("MPAN top line"))
        _check_core(self.core, self.test_data)

    @classmethod
    def parse(cls, text: str, *, allow_test: bool = False, log: LogOverride | None = None) -> Mpan:
        """Parse 13 or 21 characters; spaces are ignored. Raises IdentifierError.

        `allow_test` accepts a wrong check digit (public test data has some) and tells `log`; the value is then marked.
        """
        compact = "".join(text.split())
        if len(compact) != 21 and _TOP_LINE_FIRST.fullmatch(compact):
            raise _wrong_length(len(compact))
        places = [place for place, character in enumerate(text, start=1) if not character.isspace()]
        above = 8 if len(compact) == 21 else 0
        top = _check_top(compact[:above], places)
        core = digits_only(compact[above:], "mpan", "MPAN", places=places[above:])
        if len(core) != 13:
            raise _wrong_length(len(compact))
        expected = mpan_check_digit(core[:12])
        test_data = allow_test and expected != int(core[12])
        mpan = cls(core, top[:2], top[2:5], top[5:], test_data)
        if test_data and log:
            log(
                _("Test data: MPAN {core} accepted, its check digit should be {digit}.").format(
                    core=core, digit=expected
                )
            )
        return mpan

    @property
    def distributor(self) -> str:
        """The distributor's id, the first two digits of the core."""
        return self.core[:2]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is unusual about it, in words; never a reason to refuse."""
        if self.distributor in _distributors():
            return ()
        return (_("Distributor {id} is not in the list of known distributors.").format(id=self.distributor),)

    def __str__(self) -> str:
        return self.core


def _check_top(top: str, places: Sequence[int]) -> str:
    """The top line in upper case; "" when there is none."""
    digits_only(top[:5], "mpan", _("MPAN top line"), places=places)
    for place, character in zip(places[5:], top[5:], strict=False):
        if not (character.isascii() and character.isalnum()):
            raise IdentifierError(
                _("The line loss factor class is three letters or digits; character {position} is {what}.").format(
                    position=place, what=describe(character)
                ),
                remedy=_("Read the top line of the MPAN again."),
                code="mpan-character",
                position=place,
            )
    return top.upper()


def _wrong_length(count: int) -> IdentifierError:
    return wrong_length(
        "mpan", _("An MPAN has 13 digits (21 with its top line); you typed {count}.").format(count=count)
    )


def _check_core(core: str, test_data: bool) -> None:
    """Raises where the core names no distributor, or its check digit is wrong and it is no test data."""
    if int(core[:2]) < 10:
        raise IdentifierError(
            _("There is no distributor {id}.").format(id=core[:2]),
            remedy=_("An MPAN core begins with 10 to 99. Type it again from the job."),
            code="mpan-distributor",
        )
    expected = mpan_check_digit(core[:12])
    if expected != int(core[12]) and not test_data:
        raise IdentifierError(
            _("The check digit is {expected}, you typed {typed}.").format(expected=expected, typed=core[12]),
            remedy=_("A digit is mistyped. Read the MPAN again and type it anew."),
            code="mpan-check-digit",
            expected=str(expected),
        )
