"""Programs of ours in processes of their own, forked from one that has imported them.

Starting Python and importing the program takes most of the time of a short command. Here that happens once: a process
imports everything and then does nothing but fork, so whatever it forks begins as a program does that has just been
imported, with memory, descriptors, signals and an end of its own. Tests of the start itself do without it.

``python -m tests.support.forked`` is that process; it takes what to run from the socket that is its standard input.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import IO, Any

from tests.conftest import ROOT

# What the program imports late, beside its own modules.
LATE = ("sqlite_utils", "jsonschema", "reportlab.pdfgen.canvas", "reportlab.pdfbase.ttfonts", "cryptography.x509")


class Forked:
    """``python -m MODULE WORDS`` in a process of its own, with a pipe for each of its standard streams.

    As far as it goes it is a `subprocess.Popen`; `wait` raises `subprocess.TimeoutExpired`. It starts in `folder`, or
    in the repository, with the environment of this moment.
    """

    def __init__(self, module: str, *words: str, folder: Path = ROOT) -> None:
        self.args = [module, *words]
        self.returncode: int | None = None
        theirs, (self.stdin, self.stdout, self.stderr) = _pipes()
        self._line, other = socket.socketpair()
        socket.send_fds(_server(), [b"+"], [*theirs, other.fileno()])
        for descriptor in theirs:
            os.close(descriptor)
        other.close()
        wanted = {"words": self.args, "environment": dict(os.environ), "folder": str(folder)}
        self._line.sendall(json.dumps(wanted).encode() + b"\n")
        with self._line.makefile("rb", 0) as told:  # the status may stand behind the number already: not a byte more
            self.pid = int(told.readline())

    def poll(self) -> int | None:
        """The exit status, as `subprocess` has it; None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, waited for (s)."""
        if self.returncode is None:
            self._line.settimeout(timeout)
            try:
                self.returncode = int(self._line.recv(16))
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0) from None
            self._line.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it without a goodbye."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, said: str = "", timeout: float | None = None) -> tuple[str, str]:
        """Type `said` and hear it out: (standard output, standard error)."""
        heard = ["", ""]

        def hear(index: int, stream: IO[str]) -> None:
            with stream:
                heard[index] = stream.read()

        ears = [threading.Thread(target=hear, args=ear) for ear in enumerate((self.stdout, self.stderr))]
        for ear in ears:
            ear.start()
        with self.stdin:
            self.stdin.write(said)
        try:
            self.wait(timeout)
        finally:
            self.kill()
            for ear in ears:
                ear.join()
        return heard[0], heard[1]

    def close(self) -> None:
        """Kill it if it runs, and close its streams."""
        self.kill()
        self.wait()
        for stream in (self.stdin, self.stdout, self.stderr):
            stream.close()


def run(
    module: str, *words: str, said: str = "", timeout_s: float = 90, folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run it to its end. Raises subprocess.TimeoutExpired."""
    process = Forked(module, *words, folder=folder)
    out, errors = process.communicate(said, timeout_s)
    return subprocess.CompletedProcess(process.args, process.wait(), out, errors)


def _pipes() -> tuple[list[int], tuple[IO[str], IO[str], IO[str]]]:
    """Three pipes: the ends that a program gets as 0, 1 and 2, and the ends for here."""
    read_in, write_in = os.pipe()
    read_out, write_out = os.pipe()
    read_errors, write_errors = os.pipe()
    return [read_in, write_out, write_errors], (os.fdopen(write_in, "w"), os.fdopen(read_out), os.fdopen(read_errors))


@functools.cache
def _server() -> socket.socket:
    """The line to the process that forks; it ends with this one."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.forked"], cwd=ROOT, stdin=theirs, start_new_session=True
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _serve(orders: socket.socket) -> dict[str, Any] | None:
    """Fork for each order. Returns in the forked process, with what it is to be; None when no more orders will come."""
    signal.signal(signal.SIGCHLD, _bury)
    while True:
        order, descriptors, _flags, _address = socket.recv_fds(orders, 1, 4)
        if not order:
            return None
        if os.fork() == 0:
            orders.close()
            return _guard(descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _bury(*_signal: object) -> None:
    """Take leave of the guards that have ended, so that what they used is counted."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _guard(descriptors: list[int]) -> dict[str, Any]:
    """Fork the program, tell its number, wait for its end and tell how it was. Returns in the program."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    line = socket.socket(fileno=descriptors[3])
    with line.makefile("rb") as told:
        wanted: dict[str, Any] = json.loads(told.readline())
    number = os.fork()
    if number:
        os.closerange(0, 3)
        for descriptor in descriptors[:3]:
            os.close(descriptor)
        line.sendall(b"%d\n" % number)
        _number, status = os.waitpid(number, 0)
        line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    for descriptor, number in zip(descriptors[:3], range(3), strict=True):
        os.dup2(descriptor, number)
    line.detach()
    os.closerange(3, max(descriptors) + 1)
    return wanted


def _import_everything() -> None:
    """Import the program without its window, and what it imports late."""
    for package in map(import_module, ("hht", "drivers", "ui")):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith("ui.window") and not module.name.endswith("__main__"):
                import_module(module.name)
    for name in LATE:
        import_module(name)


def _main() -> None:
    _import_everything()
    gc.freeze()
    with socket.socket(fileno=os.dup(0)) as orders:
        wanted = _serve(orders)
    if wanted is None:
        return
    words: list[str] = wanted["words"]
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115 for as long as it runs
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.argv = words
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
