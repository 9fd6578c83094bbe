"""Who lets go on what anomaly detection held: two officers of the user, each with a key of their own (T13, T14).

One person who signs something harmful, or one stolen key, releases nothing. What an officer agrees to is one request by
its number, target and contents; agreeing twice counts once. Marks stand for signatures, as in `sealing`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache

from hht.errors import HhtError
from hht.i18n import _
from hht.model.parties import Party
from hht.model.wan.requests import Outcome, Transaction
from hht.model.wan.sealing import canonical, mark
from hht.resources import resource_text


class ReleaseError(HhtError):
    """A held request is not released."""

    default_code = "quarantine-release"


@cache
def officers_needed() -> int:
    """How many must agree (``anomaly.toml``)."""
    return int(tomllib.loads(resource_text("catalogue", "anomaly.toml"))["release"]["officers"])


@dataclass(frozen=True, slots=True)
class Approval:
    """What an officer of `party` says of one held request."""

    party: str
    officer: str
    number: int
    mark: int


@dataclass(frozen=True, slots=True)
class Officer:
    """A person of a user who may agree. `seed`: their key, which nobody else has."""

    party: str
    name: str
    seed: int = field(repr=False)

    def approve(self, held: Transaction) -> Approval:
        """Agree to that one request."""
        return Approval(self.party, self.name, held.number, self.marked(held))

    def marked(self, held: Transaction) -> int:
        """This officer's mark under a request as it is."""
        return mark(self.seed, f"{held.target} {canonical(held.request.command)} {held.request.sender}", held.number)


class Quarantine:
    """Of one centre. `needed`: how many officers; fewer than two is an alternative, to see what two are worth."""

    def __init__(self, needed: int | None = None) -> None:
        self.needed = officers_needed() if needed is None else needed
        self._officers: dict[tuple[str, str], Officer] = {}
        self._agreed: dict[tuple[str, int], set[str]] = {}  # by target and number of the request

    def enrol(self, party: Party, name: str, seed: int) -> Officer:
        """Take up a person as an officer of a user. Raises ReleaseError where that person is one already: nobody is
        two, however the name is written."""
        place = party.name, _person(name)
        if not place[1] or place in self._officers:
            raise ReleaseError(
                _("“{name}” is no new officer of {party}.").format(name=name, party=party.name),
                remedy=_("Name another person: each has one key."),
                code="quarantine-officer",
            )
        self._officers[place] = Officer(party.name, name, seed)
        return self._officers[place]

    def agree(self, held: Transaction, approval: Approval) -> int:
        """Take an officer's word on a held request; how many more are needed.

        Raises ReleaseError: ``quarantine-not-held``, or ``quarantine-approval`` where it is of nobody who may, or for
        another request."""
        if held.outcome is not Outcome.QUARANTINED:
            raise ReleaseError(
                _("Request {number} is not held.").format(number=held.number),
                remedy=_("Nothing has to be released."),
                code="quarantine-not-held",
            )
        person = _person(approval.officer)
        officer = self._officers.get((held.request.sender.name, person))
        ours = officer is not None and approval.party == held.request.sender.name
        if not ours or officer is None or (approval.number, approval.mark) != (held.number, officer.marked(held)):
            raise ReleaseError(
                _("{officer} has not agreed to request {number}.").format(officer=approval.officer, number=held.number),
                remedy=_("Have two officers of the user look at this very request."),
                code="quarantine-approval",
            )
        agreed = self._agreed.setdefault((held.target, held.number), set())
        agreed.add(person)
        return max(0, self.needed - len(agreed))


def _person(name: str) -> str:
    return " ".join(name.split()).casefold()
