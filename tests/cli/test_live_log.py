"""``hht log`` of live work: each act that changes something stands there with who did it, and no secret does."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hht.resources import resource_text
from hht.store import vault
from tests.cli.conftest import Run
from tests.store.conftest import CHEAP
from tests.support.command import Done
from tests.work.test_visits_noted import altered

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


def test_nobody_receipts_alone_what_they_erase_and_who_vouches_for_it_says_why(
    as_: As, run: Run, tmp_path: Path
) -> None:
    live_visit(as_, tmp_path)
    before, home = len(log(as_)), str(tmp_path / "home")
    assert as_("ann", "outbox", "export", "--out", home).status == 0
    written = run("outbox", "acknowledge", home, "--by", "Myself", "--out", str(tmp_path / "r"))
    assert (written.status, written.last["signed"]) == (0, "")
    receipt, why = ("outbox", "receipt", str(tmp_path / "r")), "The clerk at North has shown me the files"
    for words in ((), ("--reason", why)):
        refused = as_("ann", *receipt, *words)
        assert (refused.status, refused.last["code"]) == (1, "not-permitted")
        assert "supervisor" in refused.last["remedy"]
    for words, code in (((), "receipt-unsigned"), (("--reason", "because"), "receipt-reason")):
        assert as_("owner", *receipt, *words).last["code"] == code
    assert as_("ann", "outbox", "erase", "J-2043").last["code"] == "outbox-not-receipted"
    assert as_("owner", *receipt, "--reason", why).status == 0
    (item, *_more) = as_("ann", "outbox", "list").of("visit")[0]["items"]
    assert {name: item[name] for name in ("by", "who", "unsigned", "signed")} == {
        "by": "Myself", "who": "Olga Owner S-1", "unsigned": why, "signed": "",
    }  # fmt: skip
    assert as_("ann", "outbox", "erase", "J-2043").status == 0
    (gone,) = as_("owner", "outbox", "list").of("visit")
    assert (bool(gone["erased"]), gone["erased_by"]) == (True, "Ann Other")
    assert gone["receipts"] == [{"by": "Myself", "signed": "", "unsigned": why, "who": "Olga Owner S-1"}]
    kinds = "outbox-exported access-refused receipt-refused outbox-receipted outbox-erasing outbox-erased"
    assert [*dict.fromkeys(kind for _by, kind in log(as_)[before:])] == kinds.split()
    noted = [one["details"] for one in as_("owner", "log").of("entry") if one["kind"] == "outbox-receipted"]
    assert {(one["has_it"], one["unsigned"]) for one in noted} == {("Myself", why)}


def test_what_the_trusted_depot_signed_counts_without_asking_and_what_another_signed_does_not(
    as_: As, run: Run, tmp_path: Path
) -> None:
    live_visit(as_, tmp_path)
    home, depots = str(tmp_path / "home"), {name: str(tmp_path / name) for name in ("North", "South")}
    assert as_("ann", "outbox", "export", "--out", home).status == 0
    for name, folder in depots.items():
        assert run("depot", "init", folder, "--name", name).status == 0
        words = ("--by", "A. Clerk", "--depot", folder, "--out", str(tmp_path / f"{name}.json"))
        assert len(run("outbox", "acknowledge", home, *words).last["signed"]) == 16

    def taken(name: str, *words: str) -> tuple[int, str]:
        done = as_("ann", "outbox", "receipt", str(tmp_path / f"{name}.json"), *words)
        return done.status, done.last.get("code", "")

    assert as_("ann", "depot", "trust", f"{depots['North']}/card.json").last["code"] == "not-permitted"
    assert taken("North") == (1, "receipt-depot-unknown")
    assert as_("owner", "depot", "trust", f"{depots['North']}/card.json").status == 0
    assert taken("South", "--reason", "I know that it is right") == (1, "receipt-depot-unknown")
    plain = json.loads((tmp_path / "North.json").read_text())
    (tmp_path / "other.json").write_text(json.dumps(plain | {"by": "Somebody"}))
    assert taken("other", "--reason", "I know that it is right") == (1, "receipt-signature")
    assert taken("North") == (0, "")
    (visit,) = as_("ann", "outbox", "list").of("visit")
    told = {(one["by"], one["signed"], one["unsigned"]) for one in visit["items"]}
    assert told == {("North, A. Clerk", plain["depot"], "")}
    assert as_("ann", "outbox", "erase", "J-2043").status == 0
    assert ("Olga Owner S-1", "depot-trusted") in log(as_)


def test_a_visit_that_somebody_took_out_of_the_file_is_told_after_the_log(as_: As, tmp_path: Path) -> None:
    live_visit(as_, tmp_path)
    assert as_("owner", "log").status == 0
    store = Path(os.environ["HHT_HOME"]) / "store.db"
    altered(store.parent, "DELETE FROM visit_journal", "DELETE FROM visits")
    told = as_("owner", "log")
    assert (told.status, told.last["code"]) == (1, "log-visits")
    assert "visit-ended" in [one["kind"] for one in told.of("entry")]
    export = as_("owner", "log", "--export", str(tmp_path / "log.hhtb"))
    assert (export.last["code"], (tmp_path / "log.hhtb").exists()) == ("log-visits", True)
