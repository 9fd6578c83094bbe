"""Invocation counters on the disk: never twice, whoever asks, whatever dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hht.client.counters import CountersInMemory, key_name
from hht.store.counter_file import BLOCK, CounterFile, CountersNotKept
from tests.conftest import ROOT


def test_each_reservation_begins_where_the_last_one_ended(tmp_path: Path) -> None:
    path = tmp_path / "data" / "counters.db"
    assert CounterFile(path).reserve("key", 1) == (1, 1 + BLOCK)
    assert CounterFile(path).reserve("key", 1) == (1 + BLOCK, 1 + 2 * BLOCK)
    assert CounterFile(path).reserve("other", 7) == (7, 7 + BLOCK)
    assert CounterFile(path).reserve("key", 5000) == (5000, 5000 + BLOCK)
    assert CounterFile(path).reserve("key", 0)[0] == 5000 + BLOCK
    assert path.stat().st_mode & 0o077 == 0


def test_a_key_that_is_used_up(tmp_path: Path) -> None:
    book = CounterFile(tmp_path / "counters.db")
    assert book.reserve("key", 2**32 - 2) == (2**32 - 2, 2**32)
    assert book.reserve("key", 0) == (2**32, 2**32)


def test_programs_side_by_side_never_get_the_same(tmp_path: Path) -> None:
    path = tmp_path / "counters.db"
    script = (
        "import sys, pathlib; from hht.store.counter_file import CounterFile\n"
        "book = CounterFile(pathlib.Path(sys.argv[1]))\n"
        "for _ in range(20): print(book.reserve('key', 1)[0])"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _program in range(3)
    ]
    got = [int(line) for program in running for line in program.communicate(timeout=60)[0].split()]
    assert sorted(got) == [1 + BLOCK * number for number in range(60)]


@pytest.mark.parametrize("content", [b"no database at all, but long enough to look at" * 20, b"SQLite format 3\x00"])
def test_a_damaged_file_is_not_taken_for_an_empty_one(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "counters.db"
    path.write_bytes(content)
    with pytest.raises(CountersNotKept) as refused:
        CounterFile(path).reserve("key", 1)
    assert refused.value.code == "counters-not-kept"
    assert refused.value.remedy
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CountersNotKept):
        CounterFile(tmp_path / "file" / "counters.db").reserve("key", 1)


def test_in_memory_they_rise_too() -> None:
    book = CountersInMemory()
    assert [book.reserve("a", 1), book.reserve("a", 1), book.reserve("b", 1), book.reserve("a", 9)] == [
        (1, 2), (2, 3), (1, 2), (9, 10),
    ]  # fmt: skip


def test_the_name_of_a_key_does_not_show_it() -> None:
    key, title = bytes(range(16)), b"HHTTERM1"
    assert len(key_name(key, title)) == 32
    assert key_name(key, title) != key_name(key, b"HHTTERM2")
    assert key_name(key, title) != key_name(key[::-1], title)
    assert key.hex() not in key_name(key, title)
