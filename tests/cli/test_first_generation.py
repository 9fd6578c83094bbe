"""SMETS1 meters are driven by the same commands as later ones, and tell the same kinds of things."""

from __future__ import annotations

from pathlib import Path

import pytest

from hht.resources import resource_text
from tests.cli.conftest import METER, Run


@pytest.mark.requirement("HHT-18")
@pytest.mark.parametrize("words", [("identify",), ("read", "clock", "registers", "supply"), ("logs",), ("network",)])
def test_what_is_read_of_a_later_meter_is_read_of_a_smets1_meter_too(run: Run, words: tuple[str, ...]) -> None:
    command, *items = words
    first, later = (run(command, link, *items) for link in ("emulated:smets1-dormant?days=1", METER))
    assert (first.status, later.status) == (0, 0)
    kinds = {line["type"] for line in first.lines}
    assert kinds == {line["type"] for line in later.lines}, "it tells what a later one tells"
    if command == "identify":
        assert first.last["model"] == "SMETS1-1E"


@pytest.mark.requirement("HHT-18")
def test_a_smets1_meter_whose_port_allows_it_is_set_and_read_back(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "first.toml"
    text = resource_text("premises", "smets1-active.toml")
    for access, status in (("installer", 0), ("read", 1)):
        file.write_text(text.replace('local_access = "read"', f'local_access = "{access}"'))
        done = run("set", f"emulated:{file}?days=1", "randomised-offset-limit", "300")
        assert done.status == status, done.last
        if status == 0:
            assert done.last["after"] == "300"
        else:
            assert done.last["remedy"], "who may, and where to ask"
