"""MPRN: the gas supply's number, 6 to 10 digits, the last two of them check digits (factbook 1.2)."""

from __future__ import annotations

from dataclasses import dataclass, field

from hht.i18n import _
from hht.identifiers.errors import IdentifierError, LogOverride, digits_only, require_form, wrong_length


def mprn_check_digits(base: str) -> str:
    """The two digits that belong to `base`: sum of digit times (length - position) mod 11, written 00 to 10."""
    return f"{sum(int(d) * (len(base) - i) for i, d in enumerate(base)) % 11:02d}"


@dataclass(frozen=True, slots=True)
class Mprn:
    """A valid MPRN. Leading zeros are real: it is a text."""

    value: str
    test_data: bool = field(default=False, compare=False)
    confirmed_short: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        require_form(self.value, "[0-9]{6,10}", "mprn", "MPRN")
        if not self.value.strip("0"):
            raise IdentifierError(
                _("An MPRN of only zeros names no supply."),
                remedy=_("Read the MPRN from the label or the job."),
                code="mprn-void",
            )
        expected = mprn_check_digits(self.value[:-2])
        excused = self.test_data or (self.confirmed_short and len(self.value) < 10)
        if expected != self.value[-2:] and not excused:
            raise _wrong_check(self.value, expected)

    @classmethod
    def parse(
        cls, text: str, *, allow_test: bool = False, confirm_short: bool = False, log: LogOverride | None = None
    ) -> Mprn:
        """Parse 6 to 10 digits; spaces are ignored. Raises IdentifierError.

        Some short old numbers are said not to keep the rule: below 10 digits the code is ``mprn-confirm`` and
        `confirm_short` (a person has compared it with the label) accepts it. `allow_test` is for training data.
        """
        value = digits_only(text, "mprn", "MPRN")
        if not 6 <= len(value) <= 10:
            raise wrong_length("mprn", _("An MPRN has 6 to 10 digits; you typed {count}.").format(count=len(value)))
        expected = mprn_check_digits(value[:-2])
        fits = expected == value[-2:]
        confirmed_short = confirm_short and not fits and len(value) < 10
        test_data = allow_test and not fits and not confirmed_short
        mprn = cls(value, test_data, confirmed_short)
        if test_data and log:
            log(
                _("Test data: MPRN {value} accepted, its check digits should be {digits}.").format(
                    value=value, digits=expected
                )
            )
        return mprn

    def __str__(self) -> str:
        return self.value


def _wrong_check(value: str, expected: str) -> IdentifierError:
    message = _("The check digits should be {expected}, you typed {typed}.").format(expected=expected, typed=value[-2:])
    if len(value) < 10:
        return IdentifierError(
            message,
            remedy=_(
                "Read the MPRN again. If the label says just this, confirm it: some short old numbers keep no rule."
            ),
            code="mprn-confirm",
            expected=expected,
        )
    return IdentifierError(
        message,
        remedy=_("A digit is mistyped. Read the MPRN again and type it anew."),
        code="mprn-check-digit",
        expected=expected,
    )
