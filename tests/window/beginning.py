"""A visit begun in the real window, with somebody in front of it: the one way of all tests that play one there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from hht.work.job import parse_job
from tests.support.command import here
from tests.window.radio import HurriedComposer

if TYPE_CHECKING:
    from tests.window.test_install_flow import Engineer

Person = TypeVar("Person", bound="Engineer")


def hurry(patch: pytest.MonkeyPatch) -> None:
    """What goes on by itself at the emulated homes is over at once, whoever waits for it."""
    patch.setattr("ui.terminal.Composer", HurriedComposer)


class VisitBeginner:
    """Imports a job into a store in `folder`, as the command line does, opens the window on it and goes to the visit's
    first step. `close` closes every window."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._begun: list[Engineer] = []

    def __call__(
        self, kind: type[Person], text: str, *, desk: str = "", first: Callable[[Person], object] | None = None
    ) -> Person:
        """A person of that kind at the job `text`. `desk` is chosen in the settings before, and `first` done."""
        self.keep(text)
        at = kind(self.folder, parse_job(text, "job.json"))
        self._begun.append(at)
        if first is not None:
            first(at)
        at.until(lambda: at._jobs().model.loaded, "the job list")
        if desk:
            at.choose_desk(desk)
        at.open_job()
        at.until(at.settled, "the first step")
        return at

    def keep(self, text: str) -> None:
        """The job is in the store."""
        path = self.folder / "job.json"
        path.write_text(text)
        kept = here("visit", "new", str(path), "--training", "--data-dir", str(self.folder))
        assert kept.status == 0, kept.lines

    def close(self) -> None:
        """Every window and its core."""
        for at in self._begun:
            at.close()
