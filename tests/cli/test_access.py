"""``hht premises NAME --access``: one policy for all parties, and the same code where the desk refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from hht.resources import resource_text
from tests.cli.conftest import Run
from tests.support.emulate import Emulated

ESME, MPAN = "00-DB-12-34-56-79-01-A0", "1012345678912"
TEXT = resource_text("premises", "dual-fuel-connected.toml")
SUSPENDED = TEXT.replace('name = "Example Energy"\n', 'name = "Example Energy"\nsuspended = "debts"\n', 1)


def rights(run: Run, name: str) -> dict[tuple[str, str, str], str]:
    """Code of the denial ("" none) by role, service request and device."""
    done = run("premises", name, "--access")
    assert done.status == 0
    return {(one["role"], one["service"], one["device"]): one["code"] for one in done.of("right")}


@pytest.mark.requirement("SEC-20")
def test_each_party_is_told_by_one_policy_what_it_may_and_why_not(run: Run) -> None:
    told = rights(run, "dual-fuel-connected")
    assert told["IS", "6.20.1", "esme-1"] == ""
    assert told["ED", "6.20.1", "esme-1"] == "role", "a network operator sets no MPAN"
    assert told["GS", "6.20.1", "esme-1"] == "not-responsible", "nor the gas supplier at the electricity meter"
    assert told["GS", "6.20.1", "gsme-1"] == ""
    assert ("IS", "1.1.1", "hub-1") not in told, "a hub has no tariff"


@pytest.mark.requirement("SEC-20")
def test_where_the_desk_refuses_it_answers_with_the_code_that_the_policy_names(run: Run, tmp_path: Path) -> None:
    assert SUSPENDED != TEXT
    codes = {}
    for name, text in (("sound", TEXT), ("suspended", SUSPENDED)):
        file = tmp_path / f"{name}.toml"
        file.write_text(text)
        with Emulated(str(file), "--desk", "tcp://127.0.0.1:0", "--days", "1", "--speed", "100") as emulated:
            where = ("--desk", str(emulated.listening["desk"]), "--job", "J-1", "--training")
            asked = run("desk", "ask", "set-mpan", ESME, "--set", f"mpan={MPAN}", *where)
        codes[name] = (asked.status, asked.last.get("state"), asked.last.get("code"))
        policy = rights(run, str(file))["IS", "6.20.1", "esme-1"]
        assert policy == ("" if name == "sound" else "suspended-user")
        if policy:
            assert codes[name][2] == policy, asked.last
    assert codes["sound"][0] == 0
    assert codes["suspended"][0] == 1
