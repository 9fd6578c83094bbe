"""A real key store: GNOME's key ring as Secret Service on a session bus of its own, the journey by command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

TOOLS = ("dbus-run-session", "gnome-keyring-daemon")
PHRASE = "four unrelated words"
# The daemon makes and unlocks its key ring with the password that comes in; it goes with its bus.
JOURNEY = """
printf %s 'of the key ring' | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null
on="key-store on --pass-phrase-file $PHRASE_FILE"
for words in "$on" "key-store show" list "key-store forbid" "key-store off" list
do "$PYTHON" -m ui people $words --json </dev/null | tail -n 1
done
"""


@pytest.mark.soak
@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason="needs dbus and gnome-keyring (apt-get install)")
def test_it_is_turned_on_opens_the_store_and_is_taken_back(tmp_path: Path) -> None:
    (tmp_path / "phrase").write_text(PHRASE)
    home = {name: str(tmp_path) for name in ("HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")}
    program = {"PYTHON": sys.executable, "PYTHONPATH": str(ROOT), "PHRASE_FILE": str(tmp_path / "phrase")}
    here = {**os.environ, **home, **program, "HHT_HOME": str(tmp_path / "data")}
    words = ["dbus-run-session", "--", "sh", "-c", JOURNEY]
    done = subprocess.run(words, env=here, capture_output=True, text=True, check=False, timeout=200)
    on, show, opened, forbid, off, locked = [json.loads(line) for line in done.stdout.splitlines()]
    assert (on["on"], on["key_store"]) == (True, "Secret Service"), done.stderr
    assert (show["on"], show["until"]) == (True, on["until"])
    assert opened["logged_in"] == "owner"
    assert forbid["code"] == "pass-phrase-first"
    assert off["on"] is False
    assert locked["code"] == "pass-phrase-needed"
    (ring,) = (tmp_path / "keyrings").glob("*.keyring")
    assert PHRASE.encode() not in ring.read_bytes()
