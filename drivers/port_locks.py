"""Who has a serial port: locks that the kernel keeps (flock), lock files of older programs, open descriptors.

A lock of a program that has crashed is nobody's: the kernel drops its own with the process, and a lock file whose
process is gone is passed over (FHS 3.0, 5.9: ``/var/lock/LCK..ttyUSB0`` holds the process id as ten characters).
"""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import Final

LOCK_FOLDERS: Final = (Path("/var/lock"), Path("/run/lock"), Path("/var/spool/lock"))
_PTYS: Final = ("/dev/pts/", "/dev/ttyp")
_PROC = Path("/proc")


def holder_of(path: str) -> str:
    """The program that has locked `path`, or else has it open, as "name (process id)"; "" where that cannot be told."""
    with contextlib.suppress(OSError, ValueError, AttributeError):  # the last: no such calls on Windows
        status = os.stat(path)
        lock = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
        with open(_PROC / "locks", encoding="ascii") as locks:
            owners = [fields[4] for fields in map(str.split, locks) if fields[1] == "FLOCK" and lock in fields]
        for owner in owners:
            return _named(int(owner))
        return _who_has_open(os.path.realpath(path))
    return ""


def lock_file_holder(path: str, folders: tuple[Path, ...] = LOCK_FOLDERS) -> str | None:
    """The living program, other than this one, whose lock file names `path`'s port; None where there is none."""
    if os.name != "posix":
        return None
    for folder in folders:
        with contextlib.suppress(OSError, ValueError):
            name = f"LCK..{os.path.basename(os.path.realpath(path))}"
            words = (folder / name).read_text(encoding="ascii").split()
            owner = int(words[0]) if words else 0
            if owner > 0 and owner != os.getpid() and _is_alive(owner):
                return _named(owner)
    return None


def shut_out_others(descriptor: int, path: str) -> None:
    """Refuse later opens by programs that know nothing of flock. Not on a pty: who serves it keeps the other side open,
    and the refusal would stay when we have gone."""
    if descriptor < 0 or os.path.realpath(path).startswith(_PTYS):
        return
    with contextlib.suppress(OSError, ImportError):
        import fcntl
        import termios

        fcntl.ioctl(descriptor, termios.TIOCEXCL)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError as error:
        return error.errno == errno.EPERM
    return True


def _named(process: int) -> str:
    try:
        name = (_PROC / str(process) / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return str(process)
    return f"{name} ({process})"


def _who_has_open(path: str) -> str:
    """Another process that has `path` open, of those that may be looked into."""
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if any(os.readlink(link) == path for link in (entry / "fd").iterdir()):
                    return _named(int(entry.name))
    return ""
