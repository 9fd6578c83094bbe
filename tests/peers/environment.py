"""The peers' own environment: made where it is absent and can be made. Never imported, never shipped."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("gurux-dlms==1.0.203", "pyserial==3.5")


@cache
def peers_python() -> Path:
    """The Python of an environment of its own with gurux-dlms; the test is skipped where it cannot be made.

    ``HHT_PEERS_VENV`` names another one.
    """
    folder = Path(os.environ.get("HHT_PEERS_VENV", ROOT / ".peers-venv"))
    python = folder / "bin" / "python"
    with (ROOT / ".peers-venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test files run side by side
        if not python.exists():
            _make(folder, python)
    return python


def _make(folder: Path, python: Path) -> None:
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES]
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True, timeout=90)
        subprocess.run(pip, check=True, capture_output=True, timeout=90)
    except (subprocess.SubprocessError, OSError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"no peers' environment: {PACKAGES[0]} could not be installed ({type(error).__name__})")
