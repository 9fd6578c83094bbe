"""What was observed on a fault visit: a reading, when, and where in which trace it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hht.clock import iso_z

SYMPTOM: Final = "symptom"  # the look of what was said when the visit was ordered


@dataclass(frozen=True, slots=True)
class Frames:
    """A stretch of a link's trace: its events from number `first` to `last`, counted from 1; `since` and `until`: when
    both were (None where a record stands for a trace)."""

    link: str
    first: int
    last: int
    since: datetime | None = None
    until: datetime | None = None

    def plain(self) -> dict[str, Any]:
        """For JSON. Times have all their digits: a screen finds the frames by them."""
        place = {"link": self.link, "first": self.first, "last": self.last}
        if self.since is None or self.until is None:
            return place
        return place | {"since": self.since.isoformat(), "until": self.until.isoformat()}


@dataclass(frozen=True, slots=True)
class Observation:
    """One reading: `value` is one of the values that the knowledge gives it; `shown` is what was read, for people.
    `frames` is empty where a person looked (`by_person`)."""

    look: str
    reading: str
    value: str
    at: datetime
    shown: str = ""
    frames: tuple[Frames, ...] = ()

    @property
    def by_person(self) -> bool:
        """Whether nobody but a person has seen it."""
        return not self.frames

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "look": self.look,
            "reading": self.reading,
            "value": self.value,
            "at": iso_z(self.at),
            "shown": self.shown,
            "frames": [one.plain() for one in self.frames],
            "by_person": self.by_person,
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything so far, the oldest first. Of a reading that was made twice the latest counts."""

    symptoms: tuple[str, ...] = ()
    observations: tuple[Observation, ...] = ()
    looked: tuple[str, ...] = ()  # looks that were made, whatever they found

    def __iter__(self) -> Iterator[Observation]:
        return iter({one.reading: one for one in self.observations}.values())

    def of(self, reading: str) -> Observation | None:
        """The latest observation of a reading."""
        return next((one for one in reversed(self.observations) if one.reading == reading), None)

    def after(self, look: str, found: tuple[Observation, ...]) -> Evidence:
        """With what one more look has found."""
        return Evidence(self.symptoms, self.observations + found, (*self.looked, look))


__all__ = ["SYMPTOM", "Evidence", "Frames", "Observation"]
