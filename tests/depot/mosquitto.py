"""A broker of one's own for a test: Mosquitto on a free port of this computer, killed and started again at will."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

PROGRAM = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")

needs_mosquitto = pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not here (apt-get install mosquitto)")


class Mosquitto:
    """One broker; its sessions outlive it in `folder`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o777)  # it lays down root's rights
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._settings = folder / "mosquitto.conf"
        self._settings.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {folder}/\n"
            "autosave_interval 1\nautosave_on_changes true\nmax_queued_messages 100000\nuser root\n"
        )
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """As a link names it."""
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Until it answers, or ends."""
        assert PROGRAM is not None
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen([PROGRAM, "-c", str(self._settings)], stdout=quiet, stderr=quiet)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self._process.poll() is None, "mosquitto does not run"

    def kill(self) -> None:
        """As a power cut does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it."""
        self.kill()
