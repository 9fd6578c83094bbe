"""``hht log`` of live work: each act that changes something stands there with who did it, and no secret does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hht.resources import resource_text
from hht.store import vault
from tests.cli.conftest import Run
from tests.store.conftest import CHEAP
from tests.support.command import Done

SECRET = "5EC2E7" * 4
As = Callable[..., Done]


@pytest.fixture
def as_(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> As:
    """``hht WORDS`` in live work as somebody who has logged in: Olga Owner, or the engineer Ann Other."""
    monkeypatch.setattr(vault, "KdfCost", lambda: CHEAP)  # what a guess costs is shown elsewhere
    for name in ("owner", "ann"):
        (tmp_path / name).write_text(f"the own words of {name}")

    def once(who: str, *words: str) -> Done:
        return run(*words, "--pass-phrase-file", str(tmp_path / who), "--person", who)

    assert once("owner", "people", "name", "--name", "Olga Owner", "--id", "S-1").status == 0
    add = ("people", "add", "ann", "--name", "Ann Other", "--role", "engineer", "--new-file", str(tmp_path / "ann"))
    assert once("owner", *add).status == 0
    return once


def log(as_: As) -> list[tuple[str, str]]:
    """Of whom an entry is, and its kind, but for log-ins."""
    found = as_("owner", "log").of("entry")
    return [(one["by"], one["kind"]) for one in found if one["kind"] != "logged-in"]


def live_visit(as_: As, folder: Path) -> None:
    """Nobody was at home, and Ann has said so."""
    job = json.loads(resource_text("jobs", "demo.json")) | {"training": False, "reference": "J-2043"}
    del job["link"]
    (folder / "job.json").write_text(json.dumps(job))
    taken = as_("ann", "job", "import", str(folder / "job.json"), "--unsigned", "The desk read it out by telephone")
    assert taken.status == 0, taken.last
    ended = as_("ann", "visit", "end", "J-2043", "--code", "nobody-home", "--no-photo", "dark")
    assert ended.status == 0, ended.last


def test_keys_wallet_and_log_in_are_entries_with_who_and_without_secrets(as_: As, tmp_path: Path) -> None:
    before = len(log(as_))
    (tmp_path / "keys").write_text(SECRET)
    assert as_("owner", "vault", "put", "meter one", "--password-file", str(tmp_path / "keys")).status == 0
    assert as_("owner", "vault", "forget", "meter one").status == 0
    card = ("wallet", "add", "registration", "GS-1", "--for", "gas", "--until", "2099-03-31")
    assert as_("ann", *card).status == 0, as_("ann", *card).last
    assert as_("ann", "wallet", "remove", "registration", "GS-1").status == 0
    owner, ann = "Olga Owner S-1", "Ann Other"
    assert log(as_)[before:] == [
        (owner, "keys-kept"), (owner, "keys-erased"), (ann, "wallet-kept"), (ann, "wallet-removed"),
    ]  # fmt: skip
    told = as_("owner", "log").of("entry")
    assert SECRET not in json.dumps(told)
    logins = [one["details"]["login"] for one in told if one["kind"] == "logged-in"]
    assert logins[-4:] == ["ann", "ann", "owner", "owner"]


def test_a_trace_that_leaves_as_a_fixture_is_an_entry(as_: As, tmp_path: Path) -> None:
    live_visit(as_, tmp_path)
    as_("ann", "trace", "fixture", "J-2043", "--out", str(tmp_path / "f.jsonl"))
    assert log(as_)[-1] == ("Ann Other", "trace-fixture")
