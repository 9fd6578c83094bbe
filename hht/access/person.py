"""A person at a terminal, whether they may, and the refusal that says who may."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hht.access.roles import OWNER_ROLES, Act, roles
from hht.errors import HhtError
from hht.i18n import _

MAX_LENGTH: Final = 80  # characters of a name or an identifier
LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
OWNER_LOGIN: Final = "owner"  # of whoever was alone with a store before there were several


class PersonError(HhtError):
    """There is no such person, or there cannot be."""

    default_code = "person"


class EngineerError(HhtError):
    """A name or an identifier that cannot stand in a report."""

    default_code = "engineer"


class AccessRefused(HhtError):
    """Whoever is logged in may not do that. Nothing was done."""

    default_code = "not-permitted"


@dataclass(frozen=True, slots=True)
class Person:
    """Who works at the terminal. `login`: what they choose themselves by, in the clear; `name` and `identifier` (that
    the employer knows them by) are sealed, and not in `repr`; both empty where nobody said."""

    login: str
    name: str = field(default="", repr=False)
    identifier: str = field(default="", repr=False)
    roles: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Who did it, as logs and journals say; "" where nobody said."""
        return " ".join(part for part in (self.name, self.identifier) if part)

    @property
    def acts(self) -> frozenset[Act]:
        """All that they may do."""
        return roles().may(self.roles)

    def as_plain(self) -> dict[str, Any]:
        """As JSON."""
        told = {"login": self.login, "name": self.name, "identifier": self.identifier}
        return told | {"roles": list(self.roles)}


def person_of(plain: Mapping[str, Any]) -> Person:
    """From JSON."""
    return Person(plain["login"], plain["name"], plain["identifier"], tuple(plain["roles"]))


def owner() -> Person:
    """Whoever has a store to themselves: supervisor and engineer."""
    return Person(OWNER_LOGIN, roles=OWNER_ROLES)


def training_person() -> Person:
    """The one person of training, who has every role: nothing there needs to be kept from anybody."""
    return Person("training", roles=tuple(roles().roles))


def tidy_name(text: str) -> str:
    """A name or an identifier, white space tidied. Raises EngineerError for what is too long or cannot be shown."""
    tidy = " ".join(text.split())
    if len(tidy) > MAX_LENGTH:
        raise EngineerError(
            _("The engineer's name or identifier is longer than {most} characters.").format(most=MAX_LENGTH),
            remedy=_("Shorten it."),
        )
    if not tidy.isprintable():
        raise EngineerError(
            _("The engineer's name or identifier has a character that cannot be shown."),
            remedy=_("Type it anew, by hand."),
        )
    return tidy


def require_login(text: str) -> str:
    """Raises PersonError for what no login can be."""
    if LOGIN.fullmatch(text) is None:
        raise PersonError(
            _("“{text}” is no log-in name.").format(text=text[:40]),
            remedy=_("Use 1 to 32 small letters, digits, dots and hyphens. It stands in the clear, so choose no name."),
            code="person-login",
        )
    return text


def require_roles(names: Iterable[str]) -> tuple[str, ...]:
    """The roles, each once, in the catalogue's order. Raises PersonError where one is none, or there is none."""
    asked, known = set(names), roles().roles
    if not asked or asked - set(known):
        raise PersonError(
            _("“{names}” is no role here.").format(names=", ".join(sorted(asked - set(known)))),
            remedy=_("Choose of these: {roles}.").format(roles=", ".join(known)),
            code="person-role",
        )
    return tuple(name for name in known if name in asked)


def role_words(names: Iterable[str]) -> str:
    """Roles as people read them."""
    return ", ".join(_(roles().roles[name].words) if name in roles().roles else name for name in names)


def refusal(person: Person, act: Act, others: Iterable[Person] = ()) -> AccessRefused:
    """That `person` may not do `act`, and who may: by role, and of `others` (the terminal's people) by log-in."""
    spec = roles().acts[act]
    able = role_words(role.name for role in roles().with_act(act))
    here = ", ".join(sorted(one.login for one in others if act in one.acts)) or _("nobody")
    return AccessRefused(
        _("{login} ({roles}) may not {act}.").format(
            login=person.login, roles=role_words(person.roles) or _("no role"), act=_(spec.words)
        ),
        remedy=_("Who may: {able}. At this terminal: {here}. Nothing was done.").format(able=able, here=here),
        act=act.value,
        login=person.login,
    )


def fields_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> frozenset[Act]:
    """The acts that it takes to change the window's settings so."""
    changed = {name for name in after if before.get(name) != after[name]} - roles().every_field
    return frozenset(
        next((spec.act for spec in roles().acts.values() if name in spec.fields), Act.SAFETY) for name in changed
    )
