"""``hht emulate`` in another process, as any program would use it."""

from __future__ import annotations

import json
import os
import queue
import select
import signal
import subprocess
import threading
from types import TracebackType
from typing import Any

from tests.support.forked import Forked

LONG_S = 60.0  # for what takes a second, on a machine that does other things too


class Emulated:
    """A running ``hht emulate``. `listening` is its first line; `events()` are the lines that have come since."""

    def __init__(self, *args: str, timeout_s: float = LONG_S) -> None:
        self.process = Forked("ui.cli", "emulate", *args)
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reading, self._rest, self._ended = threading.Lock(), b"", False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.listening = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            self.stop()
            raise AssertionError(f"hht emulate said nothing: {self.errors}") from None

    @property
    def url(self) -> str:
        """The link URL of its optical port."""
        return str(self.listening["optical"])

    @property
    def address(self) -> str:
        """host:port of a TCP port, or the path of a pty."""
        return self.url.removeprefix("tcp://").removeprefix("optical:")

    def events(self) -> list[dict[str, Any]]:
        """Every line so far since the last call: a write is told before its answer leaves, so whoever has the answer
        finds the write."""
        with self._reading:
            while not self._ended and self._has_said_more(0):
                self._take()
        found = []
        while not self._lines.empty():
            found.append(self._lines.get())
        return found

    def next_event(self, timeout_s: float = LONG_S) -> dict[str, Any]:
        """The next line, waited for: another process may tell it a little after the terminal knows. Raises
        queue.Empty."""
        return self._lines.get(timeout=timeout_s)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(timeout=LONG_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=LONG_S)
        self._reader.join(timeout=LONG_S)
        self.errors = self.process.stderr.read()
        self.process.close()
        return self.process.wait()

    errors = ""

    def __enter__(self) -> Emulated:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.errors and self.process.poll() is None:
            self.stop()

    def _read(self) -> None:
        while not self._ended:
            if self._has_said_more(None):
                with self._reading:
                    if not self._ended and self._has_said_more(0):
                        self._take()

    def _has_said_more(self, limit_s: float | None) -> bool:
        """Whether there is something to be taken, or nothing ever will be."""
        return bool(select.select([self.process.stdout], [], [], limit_s)[0])

    def _take(self) -> None:
        data = os.read(self.process.stdout.fileno(), 1 << 16)
        self._ended = not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._lines.put(json.loads(line))
