"""``hht bridge`` in live work: whom it trusts is somebody's act, and the log keeps it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hht.store import vault
from tests.cli.conftest import Run
from tests.store.conftest import CHEAP

ADDRESS = "F0:F1:F2:F3:F4:F5"
URL = f"ble:{ADDRESS}"


def test_live_work_accepts_and_forgets_bridges_for_who_may_and_the_log_keeps_who(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "KdfCost", lambda: CHEAP)  # what a guess costs is shown elsewhere
    for name in ("owner", "ann"):
        (tmp_path / name).write_text(f"the own words of {name}")
    file = tmp_path / "home" / "bridges.json"

    def as_(who: str, *words: str) -> list[str]:
        return [*words, "--pass-phrase-file", str(tmp_path / who), "--person", who]

    nobody = run("bridge", "accept", URL)
    assert (nobody.status, nobody.last["code"]) == (1, "pass-phrase-needed")
    assert not file.exists()
    assert run(*as_("owner", "people", "name", "--name", "Olga Owner")).status == 0
    add = ("people", "add", "ann", "--name", "Ann Other", "--role", "trainee", "--new-file", str(tmp_path / "ann"))
    assert run(*as_("owner", *add)).status == 0
    for words in (("accept", URL), ("pair", URL, "--code", "ABCDE-FGHIJ-KLMNO-PQRST"), ("forget", URL)):
        refused = run(*as_("ann", "bridge", *words))
        assert (refused.status, refused.last["code"], refused.last["act"]) == (1, "not-permitted", "bridge"), words
    assert not file.exists()
    assert run(*as_("owner", "people", "roles", "ann", "engineer")).status == 0
    assert run(*as_("ann", "bridge", "accept", URL)).status == 0, "who stands at the meter needs nobody else for it"
    assert [one["address"] for one in run("bridge", "list").of("bridge")] == [ADDRESS], "reading needs no store"
    kept = json.loads(file.read_text())
    assert run("bridge", "forget", URL).last["code"] == "pass-phrase-needed"
    assert json.loads(file.read_text()) == kept
    assert run(*as_("owner", "bridge", "forget", URL.lower())).status == 0
    assert run("bridge", "list").of("bridge") == []
    told = run(*as_("owner", "log")).of("entry")
    noted = [(one["kind"], one["by"]) for one in told if "bridge" in one["kind"] or one["kind"] == "access-refused"]
    refusals = [("access-refused", "Ann Other")] * 3
    assert sorted(noted) == [*refusals, ("bridge-accepted", "Ann Other"), ("bridge-forgotten", "Olga Owner")]
    assert sum(ADDRESS in json.dumps(one) for one in told) == 2


def test_training_asks_for_nobody_and_forgets_what_its_list_shows(run: Run) -> None:
    assert run("bridge", "accept", URL, "--training").status == 0
    for which in (URL, ADDRESS):
        assert run("bridge", "forget", which, "--training").status == 0
        assert run("bridge", "forget", which, "--training").last["code"] == "bridge-unknown"
        assert run("bridge", "accept", URL, "--training").status == 0
