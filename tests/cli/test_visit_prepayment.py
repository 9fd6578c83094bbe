"""``hht visit run`` of prepayment help: both fuels back on from the sample answers, over the meters' own bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_visit_samples import Play, play

__all__ = ["play"]
TOKENS = ("73943020269416927941", "73943020239019862396")


@pytest.mark.requirement("PPM-02", "PPM-03", "PPM-14", "DNO-24")
def test_both_fuels_come_back_by_token_and_button(play: Play, tmp_path: Path) -> None:
    done = play("prepayment-help")
    assert (done.status, done.last.get("outcome")) == (0, "complete"), done.last
    assert done.last["not_done"] == []
    states = {step["id"]: step["state"] for step in done.of("step")}
    assert {step for step, state in states.items() if state == "skipped"} == {"arm-supply", "arm-gas"}
    said = (tmp_path / "out" / "report.json").read_text()
    found = json.loads(said)["findings"]
    assert found["prepayment-state"]["supply"] == "disabled"
    assert found["check-token"] == {"given": True, "bits": 1, "window": "unknown", "meter": "electricity"}
    assert found["type-token"] == {"accepted": True, "wrong": 2, "seen": "in-the-log"}
    assert found["type-gas-token"]["seen"] == "not-seen", "a gas meter has no port"
    assert found["supply-state"]["supply"] == "armed", "credit armed it, and nothing more"
    assert found["enable-supply"]["supply"] == "enabled"
    assert found["gas-proved"]["supply"] == "enabled"
    assert "£" not in said, "what the customer has and owes is kept nowhere"
    for token in TOKENS:
        assert token not in said.replace(" ", "")


def test_without_a_token_nothing_is_typed_and_the_supply_is_let_be(play: Play, tmp_path: Path) -> None:
    done = play("prepayment-flat")
    assert (done.status, done.last.get("outcome")) == (0, "complete"), done.last
    found = json.loads((tmp_path / "out" / "report.json").read_text())["findings"]
    assert found["type-token"] == {"accepted": False}
    assert found["supply-state"]["supply"] == "enabled"
    assert {step["id"]: step["state"] for step in done.of("step")}["enable-supply"] == "left"
