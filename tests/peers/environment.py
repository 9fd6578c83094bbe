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
PLAIN_TEXT_PACKAGES = ("iec62056-21==0.0.2", "pydlms-client[all]==0.1.0")  # two readers of plain-text meters
ZNP_PACKAGES = ("zigpy-znp==1.1.1",)  # a program that talks to radio dongles
BENCH_PACKAGES = ("pydlms-client[all]==0.1.0", "dlms-cosem==25.1.0")  # two clients to be faster than

TUF_PACKAGES = ("tuf==7.0.1", "cryptography>=42")  # the reference implementation of signed releases


@cache
def peers_python() -> Path:
    """The Python of an environment of its own with gurux-dlms; the test is skipped where it cannot be made.

    ``HHT_PEERS_VENV`` names another one.
    """
    return _environment(Path(os.environ.get("HHT_PEERS_VENV", ROOT / ".peers-venv")), PACKAGES)


@cache
def plain_text_python() -> Path:
    """The same with other people's readers of plain-text meters."""
    return _environment(ROOT / ".peers-venv-plain", PLAIN_TEXT_PACKAGES)


@cache
def znp_python() -> Path:
    """The same with another program that talks to radio dongles."""
    return _environment(ROOT / ".peers-venv-znp", ZNP_PACKAGES)


@cache
def bench_python() -> Path:
    """The same with the clients that benchmarks compare ours with."""
    return _environment(ROOT / ".peers-venv-bench", BENCH_PACKAGES)


@cache
def tuf_python() -> Path:
    """The same with the reference implementation of The Update Framework."""
    return _environment(ROOT / ".peers-venv-tuf", TUF_PACKAGES)


def _environment(folder: Path, packages: tuple[str, ...]) -> Path:
    python = folder / "bin" / "python"
    with (ROOT / ".peers-venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test files run side by side
        if not python.exists():
            _make(folder, python, packages)
    return python


def _make(folder: Path, python: Path, packages: tuple[str, ...]) -> None:
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages]
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True, timeout=90)
        subprocess.run(pip, check=True, capture_output=True, timeout=90)
    except (subprocess.SubprocessError, OSError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"no peers' environment: {packages[0]} could not be installed ({type(error).__name__})")
