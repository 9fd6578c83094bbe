"""Looking during a visit, for a fault or around a place: what its steps use of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hht.diagnosis.course import More, OnLook, OnStep
from hht.diagnosis.verdict import Verdict
from hht.work.looks.ways import Person

if TYPE_CHECKING:
    from hht.client.radio.survey import Survey


class FaultFinder(Protocol):
    """Looks over every link of the visit, until there is a verdict."""

    async def find(self, symptom: str, person: Person, on_step: OnStep, on_look: OnLook, more: More) -> Verdict:
        """The verdict on a symptom; `more`: whether to look on for domains that are open then. Raises HhtError where a
        link cannot be made, or the store fails."""
        ...

    async def heard(self, looks: int) -> Survey:
        """What the visit's dongle hears where it is now: it joins nothing. Raises StepError where the visit has none,
        DongleError and LinkError."""
        ...


__all__ = ["FaultFinder"]
