"""The promise sheet as data: promises, the controls they rest on, the tests that show each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SHEET = Path(__file__).with_name("sheet.toml")


@dataclass(frozen=True, slots=True)
class Control:
    """What stands against one threat. `open`: what is not shown of it."""

    name: str
    threat: str
    tests: tuple[str, ...]
    open: str

    def state(self, results: Mapping[str, set[str]]) -> str:
        """By the results of its tests ({node id: what became of it}): "shown", "shown in part", "NOT SHOWN"."""
        found = [result for test in self.tests for result in self.results_of(test, results)]
        if not found or "failed" in found or any(not self.results_of(test, results) for test in self.tests):
            return "NOT SHOWN"
        if set(found) == {"skipped"}:
            return "NOT SHOWN"
        return "shown in part" if self.open or "skipped" in found else "shown"

    @staticmethod
    def results_of(test: str, results: Mapping[str, set[str]]) -> list[str]:
        """What became of a test, or of all in a file, with each of its parameters."""
        nodes = [node for node in results if test in (node.split("[")[0], node.split("::")[0])]
        return [one for node in nodes for one in results[node]]


@dataclass(frozen=True, slots=True)
class Promise:
    """One line of the sheet."""

    number: int
    words: str
    controls: tuple[Control, ...]


def promises() -> list[Promise]:
    """All of them, in order."""
    sheet = tomllib.loads(SHEET.read_text(encoding="utf-8"))
    controls = {
        name: Control(name, one["threat"], tuple(one["tests"]), one.get("open", ""))
        for name, one in sheet["control"].items()
    }
    return [
        Promise(int(number), one["words"], tuple(controls[name] for name in one["controls"]))
        for number, one in sheet["promise"].items()
    ]
