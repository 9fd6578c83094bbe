"""Help on the steps of walkthroughs, from the catalogues in ``resources/help``: why, what it looks like, what goes
wrong."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from hht.i18n import _
from hht.resources import resource_path


@dataclass(frozen=True, slots=True)
class StepHelp:
    """Three texts for people, in their language."""

    why: str
    looks: str
    wrong: str


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    """Every entry by the ids of its steps. Raises ValueError where a step has two."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(resource_path("help").glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["help"]:
            for step in entry["steps"]:
                if step in found:
                    raise ValueError(f"{path.name}: {step} has help already")
                found[step] = {key: entry[key] for key in ("why", "looks", "wrong")}
    return found


def step_help(step_id: str) -> StepHelp | None:
    """The help on a step; None where no catalogue has any."""
    entry = _catalogue().get(step_id)
    return None if entry is None else StepHelp(_(entry["why"]), _(entry["looks"]), _(entry["wrong"]))
