"""Anomaly detection: how many requests of a kind, and what values, are no longer usual (factbook 4.4; S1E-14, S1E-15).

A volume threshold counts SMETS1 and SMETS2+ requests of one service together, over the last 24 hours. For SMETS1 only
critical requests are looked at. A value out of bounds quarantines a SMETS2+ request; a SMETS1 request just stops.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass

from hht.model.agenda import DAY_MS
from hht.model.commands import Command
from hht.model.wan.product_lists import Generation


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


@dataclass(slots=True)
class AnomalyDetection:
    """One user's thresholds. `volumes`: service request to how many in 24 hours; `values`: service request to field of
    the command to the highest value that is usual (money: thousandths of a penny)."""

    volumes: dict[str, int] = field(default_factory=dict)
    values: dict[str, dict[str, int]] = field(default_factory=dict)
    _sent: dict[str, deque[int]] = field(default_factory=dict)

    def judge(self, service: str, command: Command, made: Generation, now_ms: int, *, critical: bool) -> Verdict:
        """Count the request and say what becomes of it."""
        first = made is Generation.SMETS1
        if first and not critical:
            return Verdict.PASS
        for name, highest in self.values.get(service, {}).items():
            if any(value > highest for value in numbers(command, name)):
                return Verdict.STOP if first else Verdict.QUARANTINE
        sent = self._sent.setdefault(service, deque())
        while sent and sent[0] <= now_ms - DAY_MS:
            sent.popleft()
        sent.append(now_ms)
        threshold = self.volumes.get(service)
        return Verdict.QUARANTINE if threshold is not None and len(sent) > threshold else Verdict.PASS
