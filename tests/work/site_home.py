"""A sample job played over its emulated premises in virtual time: with its sample answers, or others."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hht.errors import HhtError
from hht.resources import resource_text
from hht.work.view import Question
from hht.work.visit import Visit
from hht.work.visit_store import VisitStore
from tests.work.new_home import Home, home
from ui.van import add_sample_van
from ui.visits import VisitOptions, VisitRunner


def sample(name: str) -> dict[str, Any]:
    """The sample job."""
    plain: dict[str, Any] = json.loads(resource_text("jobs", f"{name}.json"))
    return plain


def answers_of(name: str) -> dict[str, str]:
    """Its sample answers."""
    plain: dict[str, str] = json.loads(resource_text("samples", f"{name}-answers.json"))
    return plain


class SiteHome:
    """A terminal at the premises of a sample job; a short history lies behind it."""

    def __init__(self, at: Home, name: str) -> None:
        self.at, self.name = at, name
        add_sample_van(at.store)

    @property
    def premises(self) -> Any:
        return self.at.premises

    def visit(self, leaves: dict[str, str] | None = None, desk: str = "desk:emulated", **other: str) -> Visit:
        """A run of the visit; `other`: answers besides the sample's (__ for - and _ for /)."""
        told = answers_of(self.name) | {key.replace("__", "-").replace("_", "/"): one for key, one in other.items()}

        async def ask(question: Question, error: HhtError | None) -> str | None:
            return None if error is not None else told[question.id]

        options = VisitOptions(auto=True, desk=desk, leaves=leaves or {})
        at = self.at
        return VisitRunner(at.store, at.clock, at.composer, at.stored, options, ask=ask).visit


@asynccontextmanager
async def site_home(folder: Path, name: str, link: str = "", **more: Any) -> AsyncIterator[SiteHome]:
    """At the premises of the sample job `name`; `link` in place of its own, `more` as fields of the job."""
    plain = {**sample(name), **more}
    where = link or f"{plain.pop('link')}?days=1"
    devices = plain.pop("devices")
    kept = {key: one for key, one in plain.items() if key not in ("format", "link")}
    async with home(folder, where, devices, reference=kept["reference"]) as at:
        at.stored = VisitStore(at.store, lambda: "site").import_job(
            json.dumps({"format": "hht-job/1", **kept, "link": where, "devices": devices}), "job.json"
        )
        yield SiteHome(at, name)
