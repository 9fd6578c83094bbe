"""A walkthrough put together of its parts (``resources/walkthroughs/parts``).

A walkthrough may take a part under a condition of the job (``only``), and name what its parts need that it has not
(``without``: steps of theirs, or sections). One that `picks_up` leaves out of commissioning what an earlier visit has
done (`hht.work.earlier`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from itertools import groupby
from typing import Any

from hht.work.conditions import BY_JOB
from hht.work.walkthrough import NAME
from hht.work.walkthrough_shape import keys

_MERGED = ("leave_reasons", "stops", "sections")
_HEAD: dict[str, type] = {"format": str, "name": str, "version": int, "title": str, "parts": list, "devices": list}
_BESIDE: dict[str, type] = {"from_van": list, "training": bool, "requires": list}
_MAKING: dict[str, type] = {"parts": list, "only": dict, "without": list, "picks_up": bool}  # stands in no step
_COMMISSIONING = "commissioning"  # the section of which an earlier visit may have done a part
_NAMED = ("needs", "after")
_LOOKS = ("inventory-", "partners-")  # requests that ask how it is: what was so before tells nothing of now


def whole(plain: dict[str, Any], part: Callable[[str], str]) -> dict[str, Any]:
    """The walkthrough with its parts in it. Raises ValueError and OSError."""
    problems = keys("", plain, _HEAD | _BESIDE | _MAKING, set(_BESIDE) | set(_MAKING) - {"parts"})
    if problems or not all(type(one) is str and NAME.fullmatch(one) for one in plain["parts"]):
        raise ValueError("\n".join(problems) or "parts: names of parts expected")
    made: dict[str, Any] = {key: value for key, value in plain.items() if key not in _MAKING}
    made |= {key: {} for key in _MERGED} | {"steps": []}
    only, without = plain.get("only", {}), plain.get("without", [])
    _refuse_only(only, plain["parts"])
    if not all(type(one) is str for one in without):
        raise ValueError("without: names expected")
    used: set[str] = set()
    for name in plain["parts"]:
        found = tomllib.loads(part(name))
        if unknown := set(found) - {*_MERGED, "steps"}:
            raise ValueError(f"{name}: {', '.join(sorted(unknown))} unknown")
        for key in _MERGED:
            table = found.get(key, {})
            if not isinstance(table, dict) or any(made[key].get(one, told) != told for one, told in table.items()):
                raise ValueError(f"{name}.{key}: a table expected whose names say nothing else elsewhere")
            made[key] |= table
        steps = found.get("steps", [])
        if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
            raise ValueError(f"{name}.steps: a list of tables expected")
        used |= {one for step in steps for key in _NAMED for one in _names(step, key) if one in without}
        made["steps"] += _each([_taken(step, only.get(name, {}), without) for step in steps])
    here = {*made["sections"], *(step["id"] for step in made["steps"] if type(step.get("id")) is str)}
    if idle := [name for name in without if name not in used or name in here]:
        raise ValueError(f"without: {', '.join(idle)}: no part needs it, or it is here")
    if plain.get("picks_up", False):
        made["steps"] = [_unless_done(step) for step in made["steps"]]
    return made


def _names(step: dict[str, Any], key: str) -> list[str]:
    found = step.get(key, [])
    if not isinstance(found, list) or not all(type(one) is str for one in found):
        raise ValueError(f"{step.get('id')}.{key}: a list of texts expected")
    return found


def _refuse_only(only: dict[str, Any], parts: list[Any]) -> None:
    """Conditions of the job alone: what is found on site decides by steps."""
    for name, when in only.items():
        if name not in parts or not isinstance(when, dict) or not when or not set(when) <= set(BY_JOB):
            raise ValueError(f"only.{name}: a part of this walkthrough, and conditions of the job expected")


def _taken(step: dict[str, Any], only: dict[str, Any], without: list[str]) -> dict[str, Any]:
    """A step of a part, under the part's condition, and without what is not here."""
    taken = {**step, **{key: [one for one in _names(step, key) if one not in without] for key in _NAMED if key in step}}
    if not only:
        return taken
    own = taken.get("when", {})
    if not isinstance(own, dict) or set(own) & set(only):
        raise ValueError(f"{step.get('id')}.when: says already what its part's condition says")
    return {**taken, "when": {**own, **only}}


def _unless_done(step: dict[str, Any]) -> dict[str, Any]:
    """A step of commissioning that changes something is needless where an earlier visit has done it."""
    changes = step.get("action") in ("supplier", "ask") and not str(step.get("request", "")).startswith(_LOOKS)
    if step.get("section") != _COMMISSIONING or not changes:
        return step
    own = step.get("when", {})
    if not isinstance(own, dict):
        raise ValueError(f"{step.get('id')}.when: a table expected")
    return {**step, "when": {**own, "left": str(step.get("id"))}}


def _each(steps: list[Any]) -> list[Any]:
    """The steps; those in a row that say the same under ``repeat`` come once for each of its texts, together: ``{n}``
    stands for it in names, conditions and what people read."""
    found: list[Any] = []
    for numbers, together in groupby(steps, _numbers):
        row = list(together)
        if numbers:
            found += [_numbered(step, number) for number in numbers for step in row]
        else:
            found += row
    return found


def _numbers(step: Any) -> tuple[str, ...]:
    numbers = step.get("repeat") if isinstance(step, dict) else None
    return tuple(numbers) if isinstance(numbers, list) and all(type(one) is str for one in numbers) else ()


def _numbered(step: dict[str, Any], number: str) -> dict[str, Any]:
    plain = {name: value for name, value in step.items() if name != "repeat"}
    named = {name: plain[name] for name in ("id", "section", "needs", "when") if name in plain}
    return {**plain, **_with(named, number), "number": number}


def _with(plain: Any, number: str) -> Any:
    if isinstance(plain, dict):
        return {name: _with(value, number) for name, value in plain.items()}
    if isinstance(plain, list):
        return [_with(value, number) for value in plain]
    return plain.replace("{n}", number) if isinstance(plain, str) else plain
