"""What can be asked of a device, in the trade's own words: frozen data, each kind named after its GBCS use case.

A command says nothing of how it travels; `hht.model.device` says who may have it carried out. The commands of a feature
stand beside that feature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Command:
    """Something that a party asks of a device. `use_case` is a row of ``use_cases.json`` ("ECS42")."""

    use_case: ClassVar[str]


class Done:
    """What a command answers that has nothing to tell."""

    def __repr__(self) -> str:
        return "done"


DONE = Done()
