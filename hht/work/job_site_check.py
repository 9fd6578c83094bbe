"""What a job file says of its site and equipment, held against itself: days, a class that fits, no recharge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from hht.i18n import _
from hht.work.positions import LocatedJson, Problem


def site_problems(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    """Everything that is wrong with it."""
    yield from _days(located, plain)
    yield from _class(located, plain)
    yield from _costs(located, plain)


def _days(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    installed = plain.get("installed")
    places: list[tuple[str | int, ...]] = [("dcc", "since")]
    for index, one in enumerate(installed if isinstance(installed, list) else []):
        if isinstance(one, dict):
            places += [("installed", index, name) for name in ("fitted", "contract")]
    for place in places:
        text: Any = plain
        for name in place:
            text = text[name] if isinstance(name, int) else text.get(name) if isinstance(text, dict) else None
        if isinstance(text, str) and not _is_day(text):
            yield located.problem(place, _("this day does not exist"))


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _class(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    premises, domestic = plain.get("premises"), plain.get("domestic")
    named = premises.get("class") if isinstance(premises, dict) else None
    if isinstance(named, str) and isinstance(domestic, bool) and domestic is not (named == "domestic"):
        yield located.problem(("premises", "class"), _("the field domestic says otherwise"))


def _costs(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    """Costs lie where they fall, with whoever does the work: there is no recharge line (CHR-04)."""
    costs, supplier = plain.get("costs"), plain.get("supplier")
    for index, one in enumerate(costs if isinstance(costs, list) else []):
        bearer = one.get("borne_by") if isinstance(one, dict) else None
        if isinstance(bearer, str) and bearer != supplier:
            message = _(
                "a job recharges nobody: costs of the visit lie with its own supplier, as the field supplier has it"
            )
            yield located.problem(("costs", index, "borne_by"), message)
