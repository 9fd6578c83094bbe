"""Acts and roles: ``resources/catalogue/roles.toml``. Which acts there are is code, who may do them is data."""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from hht.resources import resource_text


class Act(enum.StrEnum):
    """What may be allowed or not."""

    LOOK = "look"
    JOBS = "jobs"
    READ_METER = "read-meter"
    VISIT = "visit"
    WRITE = "write"
    SUPPLY = "supply"
    DELIVER = "deliver"
    EQUIPMENT = "equipment"
    SEND = "send"
    VOUCH = "vouch"
    ERASE = "erase"
    EXPORT = "export"
    TRACE = "trace"
    REVEAL = "reveal"
    TRACE_BOUND = "trace-bound"
    KEYS = "keys"
    BRIDGE = "bridge"
    TRUST = "trust"
    SAFETY = "safety"
    PEOPLE = "people"
    AUDIT = "audit"
    KEY_SLOT = "key-slot"


SUPERVISOR: Final = "supervisor"
OWNER_ROLES: Final = (SUPERVISOR, "engineer")  # of whoever was alone with a store before there were several


@dataclass(frozen=True, slots=True)
class ActSpec:
    """An act. `words` completes “… may not”; `tables` it writes, `reads` it reads besides, of `deletes` it takes rows
    away; `settings` and `fields` (of the window's settings) it changes. `notes`: kinds of entries which the log of live
    work has of it; `kept`: where else who did it stands, "" nowhere."""

    act: Act
    words: str
    tables: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    deletes: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    notes: frozenset[str] = frozenset()
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """A role. `words`: what it is called; `about`: what for."""

    name: str
    words: str
    about: str
    may: frozenset[Act]


@dataclass(frozen=True, slots=True)
class Roles:
    """The whole catalogue. `every_…`: what needs no act, or is of all of them; `noted_…`: what nobody changes in live
    work without an entry of the log; `after_phrase`: what nobody does in a store that a key store has opened, before
    they gave the pass phrase."""

    acts: Mapping[Act, ActSpec]
    roles: Mapping[str, Role]
    every_table: frozenset[str]
    every_setting: frozenset[str]
    every_field: frozenset[str]
    every_note: frozenset[str]
    noted_tables: frozenset[str]
    noted_settings: frozenset[str]
    after_phrase: frozenset[Act]

    def may(self, roles: Iterable[str]) -> frozenset[Act]:
        """What these roles may do together; a role that the catalogue has no more may nothing."""
        return frozenset(act for name in roles if name in self.roles for act in self.roles[name].may)

    def with_act(self, act: Act) -> tuple[Role, ...]:
        """The roles that may."""
        return tuple(role for role in self.roles.values() if act in role.may)


@cache
def roles() -> Roles:
    """The catalogue's."""
    plain = tomllib.loads(resource_text("catalogue", "roles.toml"))
    acts = {Act(name): _act(Act(name), told) for name, told in plain["act"].items()}
    found = {name: _role(name, told) for name, told in plain["role"].items()}
    listed = ("every_table", "every_setting", "every_field", "every_note", "noted_tables", "noted_settings")
    after = frozenset(map(Act, plain["after_phrase"]))
    return Roles(acts, found, **{name: frozenset(plain[name]) for name in listed}, after_phrase=after)


def _role(name: str, told: Mapping[str, Any]) -> Role:
    return Role(name, told["text"], told["explanation"], frozenset(map(Act, told["may"])))


def _act(act: Act, told: Mapping[str, object]) -> ActSpec:
    def names(key: str) -> frozenset[str]:
        listed = told.get(key, ())
        return frozenset(listed if isinstance(listed, list) else ())

    keys = ("tables", "reads", "deletes", "settings", "fields", "notes")
    lists = {name: names(name) for name in keys}
    return ActSpec(act, str(told["text"]), kept=str(told.get("kept", "")), **lists)
