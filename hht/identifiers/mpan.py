"""MPAN: the electricity supply's number. 13-digit core, or 21 digits with the top line (factbook 1.1)."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from hht.i18n import _
from hht.identifiers.errors import IdentifierError, LogOverride, describe, digits_only, wrong_length
from hht.resources import resource_text

_PRIMES = (3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43)  # 11 is skipped


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

    @classmethod
    def parse(cls, text: str, *, allow_test: bool = False, log: LogOverride | None = None) -> Mpan:
        """Parse 13 or 21 characters; spaces are ignored. Raises IdentifierError.

        `allow_test` accepts a wrong check digit (public test data has some) and tells `log`; the value is then marked.
        """
        places = [place for place, character in enumerate(text, start=1) if not character.isspace()]
        compact = "".join(text.split())
        above = 8 if len(compact) == 21 else 0
        top = _check_top(compact[:above], places)
        core = digits_only(compact[above:], "mpan", "MPAN", places=places[above:])
        if len(core) != 13:
            raise wrong_length(
                "mpan",
                _("An MPAN has 13 digits (21 with its top line); you typed {count}.").format(count=len(compact)),
            )
        test_data = _check_core(core, allow_test, log)
        return cls(core, top[:2], top[2:5], top[5:], test_data)

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


def _check_core(core: str, allow_test: bool, log: LogOverride | None) -> bool:
    """Whether the core is test data with a wrong check digit; raises where it is wrong and that is not allowed."""
    if int(core[:2]) < 10:
        raise IdentifierError(
            _("There is no distributor {id}.").format(id=core[:2]),
            remedy=_("An MPAN core begins with 10 to 99. Type it again from the job."),
            code="mpan-distributor",
        )
    expected = mpan_check_digit(core[:12])
    if expected == int(core[12]):
        return False
    if allow_test:
        if log:
            log(
                _("Test data: MPAN {core} accepted, its check digit should be {digit}.").format(
                    core=core, digit=expected
                )
            )
        return True
    raise IdentifierError(
        _("The check digit is {expected}, you typed {typed}.").format(expected=expected, typed=core[12]),
        remedy=_("A digit is mistyped. Read the MPAN again and type it anew."),
        code="mpan-check-digit",
        expected=str(expected),
    )
