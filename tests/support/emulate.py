"""``hht emulate`` in another process, as any program would use it."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import threading
from types import TracebackType
from typing import Any

from tests.support.forked import Forked


class Emulated:
    """A running ``hht emulate``. `listening` is its first line; `events()` are the lines that have come since."""

    def __init__(self, *args: str, timeout_s: float = 20) -> None:
        self.process = Forked("ui.cli", "emulate", *args)
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
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
        """Every line so far since the last call."""
        found = []
        while not self._lines.empty():
            found.append(self._lines.get())
        return found

    def next_event(self, timeout_s: float = 10) -> dict[str, Any]:
        """The next line, waited for: another process may tell it a little after the terminal knows. Raises
        queue.Empty."""
        return self._lines.get(timeout=timeout_s)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=10)
        self._reader.join(timeout=10)
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
        for line in self.process.stdout:
            self._lines.put(json.loads(line))
