"""The runs of a visit: a run is one process that worked on it, with the engineer and the links it used."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from hht.work.engineer import Engineer


@dataclass(frozen=True, slots=True)
class LinkUse:
    """A link over which the meter answered: first when, and when a step that may speak to the meter was last noted.
    `proof`: what its bridge had proved, in a few words; "" for what is no bridge."""

    link: str
    first_at: datetime
    last_at: datetime
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One run. Reconnections over the same link are one use."""

    began_at: datetime
    engineer: Engineer = field(default_factory=Engineer)
    links: tuple[LinkUse, ...] = ()
    home: str = ""  # which life an emulated premises lived meanwhile; "" where none was visited

    def connected(self, link: str, at: datetime, proof: str = "") -> Run:
        """The run after a meter answered over `link`."""
        if self.links and (self.links[-1].link, self.links[-1].proof) == (link, proof):
            return self.noted(at)
        return replace(self, links=(*self.links, LinkUse(link, at, at, proof)))

    def noted(self, at: datetime) -> Run:
        """The run after a step that may speak to the meter was noted."""
        if not self.links:
            return self
        return replace(self, links=(*self.links[:-1], replace(self.links[-1], last_at=at)))
