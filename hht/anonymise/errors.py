"""What cannot be anonymised stays where it is."""

from __future__ import annotations

from hht.errors import HhtError
from hht.i18n import _


class FixtureRefused(HhtError):
    """No fixture is made of this trace."""

    default_code = "fixture"


def without_keys() -> FixtureRefused:
    """Something stays closed."""
    return FixtureRefused(
        _("What is ciphered in this trace cannot be read, so nobody knows what would remain of it."),
        remedy=_("Name the meter's keys: --keys F (a file, or a name in the vault)."),
        code="fixture-keys",
    )


def not_done(what: str) -> FixtureRefused:
    """Something that the anonymiser does not take apart."""
    return FixtureRefused(
        _("This trace holds something of which no fixture is made: {what}.").format(what=what),
        remedy=_("Record the same against an emulated meter: hht read emulated:single-element --training"),
        code="fixture-not-supported",
    )
