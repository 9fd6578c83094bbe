"""Rows of the catalogue and their tests, for people and for programs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Sequence

from tests.requirements.not_shown import reasons
from tests.requirements.tally import Row, Shown, totals

_INDENT = " " * 17


def wanted(row: Row, missing: str | None, device: Collection[str] | None) -> bool:
    """Whether a row was asked for; without questions, every row."""
    if missing and (row.covered or row.state == "claimed" or missing not in ("all", row.requirement.importance)):
        return False
    return not device or any(name in device for name in row.requirement.device)


def as_text(kept: Sequence[Row], every: Sequence[Row], untrue: Sequence[Row], *, well: bool, claims_only: bool) -> None:
    """Print the rows, what is wrong with them, and the totals as the last line."""
    width = shutil.get_terminal_size((120, 24)).columns
    for row in kept:
        head = f"{row.requirement.importance:<8} {row.requirement.id:<8}"
        print(_shortened(f"{head}{row.requirement.statement}", width))
        print(*(f"{_INDENT}{_told(test)}" for test in row.tests) if row.tests else [_INDENT + _why_not(row)], sep="\n")
    for row in untrue:
        print(f"NOT SHOWN: {row.requirement.id} is claimed, but no test of it passed, or one failed")
    if not well:
        print("The tests that claim requirements did not end well: see what pytest says above.")
    counts = totals(every, "claimed" if claims_only else "covered")
    line = ", ".join(f"{name} {shown} of {of}" for name, (shown, of) in counts.items())
    print(f"{'claimed, nothing run' if claims_only else 'requirements'}: {line}")


def as_json(kept: Sequence[Row], every: Sequence[Row], *, ok: bool, claims_only: bool) -> None:
    """Print one object for each row, and one of type ``result`` with the totals."""
    for row in kept:
        _print({"type": "requirement"} | _facts(row))
    counts = totals(every, "claimed" if claims_only else "covered")
    numbers = {name: {"shown": shown, "of": of} for name, (shown, of) in counts.items()}
    _print({"type": "result", "ok": ok, "run": not claims_only} | numbers)


def _facts(row: Row) -> dict[str, object]:
    requirement = row.requirement
    return {
        "id": requirement.id,
        "importance": requirement.importance,
        "device": requirement.device,
        "source": requirement.source,
        "statement": requirement.statement,
        "state": row.state,
        "not_shown": "" if row.tests else reasons().get(row.requirement.id, ""),
        "tests": [{"test": test.test, "result": test.result, "cases": test.cases} for test in row.tests],
    }


def _print(facts: dict[str, object]) -> None:
    print(json.dumps(facts, ensure_ascii=False))


def _why_not(row: Row) -> str:
    reason = reasons().get(row.requirement.id)
    return f"- {reason}" if reason else "-"


def _told(test: Shown) -> str:
    cases = ", ".join(f"{count} {name}" for name, count in test.cases.items())
    return f"{test.result:<8} {test.test}" + (f" ({cases})" if sum(test.cases.values()) > 1 else "")


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
