"""``hht people``: added, listed, refused, attributed and taken out; live work is noted under whoever is logged in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hht.store import vault
from tests.cli.conftest import Run
from tests.store.conftest import CHEAP


def test_people_share_a_store_and_each_act_is_somebodys(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "KdfCost", lambda: CHEAP)  # what a guess costs is shown elsewhere
    for name in ("owner", "ann"):
        (tmp_path / name).write_text(f"the own words of {name}")

    def as_(who: str, *words: str) -> list[str]:
        return [*words, "--pass-phrase-file", str(tmp_path / who), "--person", who]

    named = run(*as_("owner", "people", "name", "--name", "Olga Owner", "--id", "S-1"))
    assert named.status == 0, named.last
    add = ("people", "add", "ann", "--name", "Ann Other", "--role", "engineer", "--new-file", str(tmp_path / "ann"))
    assert run(*as_("owner", *add)).last["roles"] == ["engineer"]
    nobody = run("people", "list", "--pass-phrase-file", str(tmp_path / "ann"))
    assert (nobody.status, nobody.last["code"]) == (1, "person-needed")
    listed = run(*as_("ann", "people", "list"))
    assert listed.last["logged_in"] == "ann"
    assert [(one["login"], one["roles"]) for one in listed.of("person")] == [
        ("ann", ["engineer"]),
        ("owner", ["supervisor", "engineer"]),
    ]
    refused = run(*as_("ann", "people", "roles", "ann", "supervisor"))
    assert (refused.status, refused.last["code"], refused.last["act"]) == (1, "not-permitted", "people")
    bound = run(*as_("ann", "trace", "bound", "100"))
    assert (bound.status, bound.last["act"]) == (1, "trace-bound")
    job = json.loads(Path("resources/jobs/demo.json").read_text()) | {"training": False}
    (tmp_path / "job.json").write_text(json.dumps({key: value for key, value in job.items() if key != "link"}))
    words = ("visit", "run", str(tmp_path / "job.json"), "--link", "tcp://127.0.0.1:9", "--engineer", "B")
    other = run(*as_("ann", *words, "--unsigned", "The desk read it out by telephone"))
    assert other.last["code"] == "engineer-logged-in", "nobody works under another name"
    told = run(*as_("owner", "log"))
    whose = {(one["kind"], one["by"]) for one in told.of("entry")}
    assert {("access-refused", "Ann Other"), ("people-added", "Olga Owner S-1")} <= whose
    own = run(*as_("ann", "log"))
    assert {one["by"] for one in own.of("entry")} == {"Ann Other"}, "whoever may not audit sees their own alone"
    assert 0 < own.last["entries"] < told.last["entries"]
    assert run(*as_("owner", "people", "remove", "ann")).status == 0
    assert run(*as_("ann", "people", "list")).last["code"] == "person-unknown"


def test_training_has_one_person_who_has_every_role(run: Run) -> None:
    listed = run("people", "list", "--training")
    assert (listed.last["people"], "every role" in listed.errors) == (1, True)
    may = run("people", "may")
    assert set(listed.of("person")[0]["roles"]) == {one["role"] for one in may.of("role")}
