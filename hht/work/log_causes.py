"""Log entries put together by what caused them, over all logs and devices of a premises, less what is routine (IDT-03).

The rules are data (``resources/catalogue/log_causes.toml``): codes of one cause that follow each other within its time.
No entry is lost: one that no rule knows is a happening of its own, and what is left out as routine is counted.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from hht.client.api import LogEntry
from hht.i18n import _
from hht.resources import resource_text


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry and whose log it is from ("" the meter at hand)."""

    device: str
    entry: LogEntry


@dataclass(frozen=True, slots=True)
class Happening:
    """Entries of one cause, the earliest first. `cause`: its name in the catalogue, or the code of an entry that no
    rule knows; `routine`: nothing to look at by itself."""

    cause: str
    title: str
    routine: bool
    entries: tuple[Logged, ...]

    @property
    def first(self) -> datetime:
        """When it began."""
        return self.entries[0].entry.time

    @property
    def last(self) -> datetime:
        """Its latest entry."""
        return self.entries[-1].entry.time

    @property
    def devices(self) -> tuple[str, ...]:
        """Whose logs tell of it."""
        return tuple(dict.fromkeys(one.device for one in self.entries))

    @property
    def codes(self) -> tuple[str, ...]:
        """Its codes, each once with how often where that is more than once."""
        counted: dict[str, int] = {}
        for one in self.entries:
            code = f"{one.entry.code:04X}"
            counted[code] = counted.get(code, 0) + 1
        return tuple(code if count == 1 else f"{code} × {count}" for code, count in counted.items())


@dataclass(frozen=True, slots=True)
class _Rule:
    title: str
    within: timedelta
    routine: bool


def happenings(logged: Iterable[Logged]) -> list[Happening]:
    """What happened, the newest first; every entry stands in exactly one."""
    by_code, rules = _rules()
    open_: dict[str, list[Logged]] = {}
    closed: list[tuple[str, list[Logged]]] = []
    for one in sorted(logged, key=lambda one: one.entry.time):
        code = f"{one.entry.code:04X}"
        cause = by_code.get(code, code)
        within = rules[cause].within if cause in rules else timedelta(0)
        group = open_.get(cause)
        if group is not None and one.entry.time - group[-1].entry.time <= within:
            group.append(one)
        else:
            open_[cause] = [one]
            closed.append((cause, open_[cause]))
    found = [_happening(cause, entries) for cause, entries in closed]
    return sorted(found, key=lambda one: one.last, reverse=True)


def causes() -> dict[str, str]:
    """Every cause's name with its title in the language in use."""
    return {name: _(rule.title) for name, rule in _rules()[1].items()}


def worth_a_look(found: Sequence[Happening], cause: str = "", *, routine: bool = False) -> list[Happening]:
    """Those of one `cause` ("" any); what is routine only where it is asked for."""
    return [one for one in found if cause in ("", one.cause) and (routine or cause or not one.routine)]


def _happening(cause: str, entries: list[Logged]) -> Happening:
    rule = _rules()[1].get(cause)
    title = _(rule.title) if rule is not None else entries[0].entry.meaning
    return Happening(cause, title, rule is not None and rule.routine, tuple(entries))


@cache
def _rules() -> tuple[dict[str, str], dict[str, _Rule]]:
    """Cause by code, rule by cause."""
    table = tomllib.loads(resource_text("catalogue", "log_causes.toml"))["cause"]
    by_code = {code: name for name, one in table.items() for code in one["codes"]}
    rules = {
        name: _Rule(one["title"], timedelta(seconds=one["within_s"]), one["routine"]) for name, one in table.items()
    }
    return by_code, rules
