"""Files that a person asked for: whole or not there, and for their owner alone."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hht.private_files import private_file, private_folder
from ui.whole_file import FileNotWritten, check_writable, whole_file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def generous_umask() -> Iterator[None]:
    """As permissive as a person can be: what is private here is private everywhere."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_only_the_owner_may_read(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    private_folder(path.parent)
    path.write_bytes(b"an old one that everybody may read")
    assert mode(path) == 0o666
    with private_file(path) as file:
        (partial,) = (p for p in path.parent.iterdir() if p != path)
        assert mode(partial) == 0o600, "private from its first byte on"
        file.write(b"new")
    assert (path.read_bytes(), mode(path)) == (b"new", 0o600)
    assert [mode(folder) for folder in (tmp_path / "a", tmp_path / "a" / "b")] == [0o700, 0o700]


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o755)
    private_folder(tmp_path / "a")
    private_folder(Path())
    assert mode(tmp_path / "a") == 0o755
    (tmp_path / "file").write_text("")
    (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
    for name in ("file", "file/below", "nowhere"):
        with pytest.raises(OSError, match=r"folder|directory|exists"):
            private_folder(tmp_path / name)


def stop_half_way(path: Path, error: Exception) -> None:
    with whole_file(path) as file:
        file.write("half")
        raise error


def test_half_a_file_never_stands_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(FileNotWritten) as caught:
        stop_half_way(path, OSError(28, "No space left on device"))
    assert "No space left" in caught.value.message
    assert caught.value.remedy
    with pytest.raises(KeyError):
        stop_half_way(path, KeyError())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


DIES = """
import os, sys
from pathlib import Path
from hht.private_files import private_file
with private_file(Path(sys.argv[1])) as file:
    file.write(b"a reading")
    file.flush()
    os._exit(9)
"""


def test_what_a_process_that_died_left_half_written_goes_with_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    mine, lives = tmp_path / ".file.mine.part", tmp_path / f".file.{os.getppid()}.part"
    other = tmp_path / ".file.2.4000000.part"
    assert subprocess.run([sys.executable, "-c", DIES, str(path)], check=False).returncode == 9
    (left,) = tmp_path.iterdir()
    assert left.read_bytes() == b"a reading"
    for kept in (mine, lives, other):
        kept.write_text("somebody else's")
    with private_file(path) as file:
        file.write(b"whole")
    kept_here = {path, mine, other} | ({lives} if os.name != "nt" else set())
    assert set(tmp_path.iterdir()) == kept_here


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_the_disk_fills_up_at_the_last_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes wait in a buffer: it is closing the file that fails."""
    full = os.open
    monkeypatch.setattr("os.open", lambda _path, _flags, _mode=0: full("/dev/full", os.O_WRONLY))
    with pytest.raises(FileNotWritten, match="No space left"), whole_file(tmp_path / "file") as file:
        file.write("half")
    assert not list(tmp_path.iterdir())


def test_nobody_lays_a_link_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / f".file.{os.getpid()}.part").symlink_to(tmp_path / "precious")
    with private_file(tmp_path / "file") as file:
        file.write(b"new")
    assert (tmp_path / "precious").read_text() == "precious"
    assert (tmp_path / "file").read_bytes() == b"new"
    assert not (tmp_path / "file").is_symlink()


def test_whether_it_could_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "x.csv.part").write_text("mine")
    check_writable(tmp_path / "x.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv.part"]
    assert (tmp_path / "x.csv.part").read_text() == "mine"
    with pytest.raises(FileNotWritten):
        check_writable(tmp_path / "no" / "folder")
    with pytest.raises(FileNotWritten, match="no file"):
        check_writable(tmp_path)


def test_lines_end_as_they_were_asked_to(tmp_path: Path) -> None:
    with whole_file(tmp_path / "rows.csv", newline="") as file:
        file.write("ŵ\r\n")
    assert (tmp_path / "rows.csv").read_bytes() == b"\xc5\xb5\r\n"
