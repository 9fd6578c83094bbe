"""The lights of a hub on a visit: a fault and a hub without any light are warned of, a working one is not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from hht.work.actions.read_lights import read_lights
from hht.work.step import StepContext
from hht.work.view import Question, Tone

WORKS = {"sw": "running", "wan": "connected", "mesh": "off", "han": "formed", "gas": "off"}


async def warned(seen: dict[str, str]) -> list[str]:
    """The labels of what is warned of, the table's own label left out."""

    async def put(question: Question) -> str:
        answer = seen[question.id.partition("/")[2]]
        assert answer in question.choices
        return answer

    told: Any = SimpleNamespace(spec=SimpleNamespace(id="hub-lights"), put=put, show=lambda _facts: None)
    result = await read_lights(cast(StepContext, told))
    return [fact.label for fact in result.facts if fact.tone is Tone.WARN and fact.label != "Table"]


@pytest.mark.parametrize(
    ("seen", "labels"),
    [
        (WORKS, []),
        (WORKS | {"sw": "fault"}, ["SW"]),
        (dict.fromkeys(WORKS, "off"), ["All dark"]),
        (dict.fromkeys(WORKS, "off") | {"sw": "starting"}, []),
    ],
)
async def test_a_fault_and_a_dark_hub_are_warned_of(seen: dict[str, str], labels: list[str]) -> None:
    assert await warned(seen) == labels
