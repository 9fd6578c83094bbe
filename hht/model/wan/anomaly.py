"""Anomaly detection: how many requests of a kind, and what values, are no longer usual (factbook 4.4; S1E-14, S1E-15).

A volume threshold counts SMETS1 and SMETS2+ requests together: of one service over the last 24 hours, or of services
that come to the same (whatever takes a supply away) over a window of its own. For SMETS1 only critical requests are
looked at. A value out of bounds quarantines a SMETS2+ request; a SMETS1 request just stops. How many are usual is data
(``resources/catalogue/anomaly.toml``, none verified).
"""

from __future__ import annotations

import enum
import tomllib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache

from hht.model.agenda import DAY_MS, SECOND_MS
from hht.model.commands import Command
from hht.model.wan.product_lists import Generation
from hht.resources import resource_text


class Verdict(enum.StrEnum):
    """What becomes of a request."""

    PASS = "pass"
    QUARANTINE = "quarantine"
    STOP = "stop"


def numbers(value: object, name: str) -> Iterator[int]:
    """Every whole number that stands under fields called `name`, at any depth of a command."""
    if is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            inner = getattr(value, part.name)
            yield from _whole(inner) if part.name == name else numbers(inner, name)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from numbers(inner, name)


def _whole(value: object) -> Iterator[int]:
    if isinstance(value, int) and not isinstance(value, bool):
        yield value
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _whole(inner)


@dataclass(frozen=True, slots=True)
class Window:
    """Of these services together (codes of service requests), so many are usual within `within_ms`."""

    name: str
    services: frozenset[str]
    most: int
    within_ms: int


@dataclass(frozen=True, slots=True)
class _Usual:
    name: str
    services: frozenset[str]
    per_thousand: float
    at_least: int
    within_s: int


@cache
def _usual() -> tuple[_Usual, ...]:
    rows = tomllib.loads(resource_text("catalogue", "anomaly.toml"))["window"]
    return tuple(
        _Usual(row["name"], frozenset(row["services"]), row["per_thousand"], row["at_least"], row["within_s"])
        for row in rows
    )


def usual_windows(meters: int) -> tuple[Window, ...]:
    """The catalogue's windows for a user with so many meters."""
    return tuple(
        Window(
            one.name, one.services, max(one.at_least, int(meters * one.per_thousand / 1000)), one.within_s * SECOND_MS
        )
        for one in _usual()
    )


@dataclass(slots=True)
class AnomalyDetection:
    """One user's thresholds. `volumes`: service request to how many in 24 hours; `values`: service request to field of
    the command to the highest value that is usual (money: thousandths of a penny); `windows` beside them. `together`
    False: an alternative that was not taken, in which each generation has counters of its own."""

    volumes: dict[str, int] = field(default_factory=dict)
    values: dict[str, dict[str, int]] = field(default_factory=dict)
    windows: tuple[Window, ...] = ()
    together: bool = True
    _sent: dict[str, deque[int]] = field(default_factory=dict)

    def judge(self, service: str, command: Command, made: Generation, now_ms: int, *, critical: bool) -> Verdict:
        """Count the request and say what becomes of it."""
        first = made is Generation.SMETS1
        if first and not critical:
            return Verdict.PASS
        for name, highest in self.values.get(service, {}).items():
            if any(value > highest for value in numbers(command, name)):
                return Verdict.STOP if first else Verdict.QUARANTINE
        apart = "" if self.together else f" {made}"
        usual = self._counted(service + apart, now_ms, DAY_MS, self.volumes.get(service))
        for window in self.windows:  # each counts, whatever the others say
            if service in window.services:
                usual &= self._counted(
                    f"{window.name}/{window.within_ms}{apart}", now_ms, window.within_ms, window.most
                )
        return Verdict.PASS if usual else Verdict.QUARANTINE

    def _counted(self, counter: str, now_ms: int, within_ms: int, most: int | None) -> bool:
        """Count one more on `counter`; whether that is still usual."""
        sent = self._sent.setdefault(counter, deque())
        while sent and sent[0] <= now_ms - within_ms:
            sent.popleft()
        sent.append(now_ms)
        return most is None or len(sent) <= most
