"""``hht log`` and the verifier: a log that was put back to an older copy is named, here and elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hht import evidence
from hht.store.log_chain import HEAD
from tests.cli.conftest import Run
from tests.store.test_log_chain import tampered
from tests.store.test_log_memory import NOTED, put_back
from ui.stores import open_store
from ui.system import SystemClock

Logged = Callable[[int], None]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def logged(home: Path) -> Logged:
    """Add so many entries as every command does."""

    def add(count: int) -> None:
        with open_store(home, "", training=True, clock=SystemClock()) as store:
            for _entry in range(count):
                store.log("test-identifiers", NOTED)

    return add


def exported(run: Run, path: Path) -> Path:
    assert run("log", "--training", "--export", str(path)).status == 0
    return path


def verified(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    status = evidence.main(["verify", *map(str, words)])
    return status, capsys.readouterr().out


def test_a_store_put_back_to_yesterday_is_told_logged_and_named_by_the_verifier(
    run: Run, home: Path, tmp_path: Path, logged: Logged, capsys: pytest.CaptureFixture[str]
) -> None:
    exported(run, tmp_path / "first.hhtb")  # it is then that a terminal makes its key
    yesterday, today = tmp_path / "yesterday.db", tmp_path / "today.hhtb"
    shutil.copyfile(home / "training.db", yesterday)
    logged(2)
    exported(run, today)
    put_back(home, yesterday)
    found = run("log", "--training")
    assert "The log was put back to an earlier copy, or cut. Entries that this terminal remembered: 4;" in found.errors
    (entry,) = [one for one in found.of("entry") if one["kind"] == evidence.PUT_BACK]
    assert (entry["details"]["remembered"], entry["details"]["found"]) == (4, 1)
    assert "put back" not in run("log", "--training").errors, "it is told once, and an entry from then on"
    later = exported(run, tmp_path / "later.hhtb")
    capsys.readouterr()
    status, words = verified(capsys, later)
    assert (status, "unaltered" in words) == (0, True)
    assert (
        "entry 2: the log was put back or cut before that; entries that the terminal remembered: 4, and that" in words
    )
    status, words = verified(capsys, later, "--after", today)
    assert (status, "rewritten: entry 2 is another" in words) == (1, True)


def test_two_exports_of_a_log_are_compared(
    run: Run, home: Path, tmp_path: Path, logged: Logged, capsys: pytest.CaptureFixture[str]
) -> None:
    """As they are where store and memory were put back together: nothing on that computer tells."""
    logged(1)
    first = exported(run, tmp_path / "first.hhtb")
    shutil.copytree(home, tmp_path / "yesterday")
    logged(3)
    second = exported(run, tmp_path / "second.hhtb")
    shutil.rmtree(home)
    shutil.copytree(tmp_path / "yesterday", home)
    third = exported(run, tmp_path / "third.hhtb")
    shutil.rmtree(home)
    other = exported(run, tmp_path / "other.hhtb")
    capsys.readouterr()
    assert verified(capsys, third)[0] == 0, "by itself it is whole"
    for new, old, status, said in (
        (second, first, 0, "it goes on as it should from the earlier export; entries since: 4"),
        (second, second, 0, "entries since: 0"),
        (
            third,
            second,
            1,
            "entries missing: 2 are here, and 5 in the earlier export: the log was put back, or cut",
        ),
        (first, second, 1, "or the two are the wrong way round"),
        (other, second, 1, "signed by another key than the earlier export"),
        (second, tmp_path / "none", 1, "cannot be compared"),
    ):
        found, words = verified(capsys, new, "--after", old)
        assert (found, said in words) == (status, True), words
    broken = tmp_path / "broken.hhtb"
    broken.write_bytes(first.read_bytes()[:-40])
    assert verified(capsys, second, "--after", broken)[0] == verified(capsys, broken, "--after", first)[0] == 1
    assert evidence.main(["verify", str(second), "--after"]) == 2


@pytest.mark.parametrize("file_too", [False, True])
def test_a_log_that_was_cut_and_its_head_taken_out_is_told(
    file_too: bool, run: Run, home: Path, logged: Logged
) -> None:
    """The next entry would have made it whole again."""
    logged(3)
    with open_store(home, "", training=True, clock=SystemClock()) as store:
        tampered(store, f"DELETE FROM settings WHERE name = '{HEAD}'", "DELETE FROM log WHERE key = '3'")
    if file_too:
        (home / "training-log-head.json").unlink()
    told = run("log", "--training")
    (entry,) = told.of("entry")[2:]
    assert entry["kind"] == (evidence.MEMORY_GONE if file_too else evidence.PUT_BACK)
    assert (
        "is gone" if file_too else "Entries that this terminal remembered: 3; entries that are here: 2"
    ) in told.errors


def test_a_log_that_was_cut_in_its_file_is_named_as_before(run: Run, home: Path, logged: Logged) -> None:
    logged(3)
    with open_store(home, "", training=True, clock=SystemClock()) as store:
        tampered(store, "DELETE FROM log WHERE key = '3'")
    told = run("log", "--training")
    assert (told.status, told.last["code"]) == (1, "log-broken")
    assert "truncated: the log had 3 entries, and 2 are here" in told.last["message"]
