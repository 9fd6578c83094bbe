"""A broker of one's own for a test: Mosquitto on a free port of this computer, killed and started again at will."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

PROGRAM = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")

needs_mosquitto = pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not here (apt-get install mosquitto)")


class Mosquitto:
    """One broker; its sessions outlive it in `folder`. `tls`: it speaks TLS with that certificate and key; `user`: whom
    it lets in alone, with his password."""

    def __init__(self, folder: Path, tls: tuple[Path, Path] | None = None, user: tuple[str, str] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o777)  # it lays down root's rights
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._folder = folder
        self._settings = folder / "mosquitto.conf"
        self._settings.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous {str(user is None).lower()}\n"
            f"persistence true\npersistence_location {folder}/\n"
            f"{_tls_lines(tls)}{_user_lines(folder, user)}"
            "autosave_interval 1\nautosave_on_changes true\nmax_queued_messages 100000\nuser root\n"
        )
        self._secure = tls is not None
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """As a link names it."""
        return f"mqtt{'s' if self._secure else ''}://127.0.0.1:{self.port}"

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

    def until_on_disk(self, octets: bytes) -> None:
        """Until it has written down what came with these octets: it says a moment before that it has it."""
        kept = self._folder / "mosquitto.db"
        end = time.monotonic() + 60
        while not (kept.exists() and octets in kept.read_bytes()):
            assert time.monotonic() < end, "mosquitto keeps nothing"
            time.sleep(0.02)

    def kill(self) -> None:
        """As a power cut does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it."""
        self.kill()


def _tls_lines(tls: tuple[Path, Path] | None) -> str:
    return "" if tls is None else f"certfile {tls[0]}\nkeyfile {tls[1]}\n"


def _user_lines(folder: Path, user: tuple[str, str] | None) -> str:
    if user is None:
        return ""
    kept = folder / "passwords"
    program = shutil.which("mosquitto_passwd")
    assert program is not None
    subprocess.run([program, "-b", "-c", str(kept), *user], check=True, capture_output=True)
    return f"password_file {kept}\n"
