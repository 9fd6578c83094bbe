"""What can be asked of a supplier's desk, as a page or a list shows it."""

from __future__ import annotations

from dataclasses import dataclass

from hht.desk.kinds import AskKind


@dataclass(frozen=True, slots=True)
class What:
    """One thing that can be asked for, as a page or a list shows it. `services`: by type of device, "" where no service
    request goes out; `fields`: names of its values, those that must be there first."""

    kind: AskKind
    words: str
    services: tuple[tuple[str, str], ...]
    must: tuple[str, ...]
    may: tuple[str, ...]
    secret: tuple[str, ...]


def what_can_be_asked() -> tuple[What, ...]:
    """Everything that can be asked of a desk, in the order in which an installation comes to it."""
    found = []
    for kind in AskKind:
        fields = kind.wording.fields
        found.append(
            What(
                kind,
                kind.words,
                tuple((str(type_), service) for type_, service in kind.wording.services.items()),
                tuple(name for name, slot in fields.items() if slot.must),
                tuple(name for name, slot in fields.items() if not slot.must),
                tuple(name for name, slot in fields.items() if slot.secret),
            )
        )
    return tuple(found)
