"""USB adapters as the kernel shows them, with umockdev: found, opened, pulled out, renumbered. Real `list_ports`, real
ports, a mocked /sys and /dev."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.plugged import description

UMOCKDEV = shutil.which("umockdev-run")
LIMIT_S = 100


@pytest.mark.skipif(UMOCKDEV is None, reason="umockdev is not installed (apt-get install umockdev)")
def test_adapters_are_found_opened_lost_and_found_under_another_name(tmp_path: Path) -> None:
    devices = tmp_path / "probes.umockdev"
    devices.write_text(description())
    words = [str(UMOCKDEV), "-d", str(devices), "--", sys.executable, "-m", "tests.support.plugged"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 0, done.stderr
    told: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["what"] for line in told] == ["ports", "unplugged", "unplugged", "renamed", "absent"]
    assert told[0]["ports"] == [
        ["optical:usb:0403:6015/DK0FLAG1", "/dev/ttyUSB0", "FTDI FT230X Basic UART, no. DK0FLAG1"],
        ["optical:usb:10C4:EA60/@1-2", "/dev/ttyUSB1", "Silicon Labs CP2104 USB to UART Bridge Controller"],
        ["optical:usb:10C4:EA60/@1-3", "/dev/ttyUSB2", "Silicon Labs CP2102 USB to UART Bridge Controller"],
        ["optical:usb:067B:2303/@1-4", "/dev/ttyUSB3", "Prolific Technology Inc. USB-Serial Controller"],
        ["optical:usb:1A86:7523/@1-5", "/dev/ttyUSB4", "WCH USB Serial"],
    ]
    for line, writing in zip(told[1:3], (False, True), strict=True):  # the second time under the name ttyUSB7
        assert (line["heard"], line["writing"], line["code"]) == ("/LGZ5\r\n", writing, "link-lost")
    assert told[3]["ports"] == [["optical:usb:0403:6015/DK0FLAG1", "/dev/ttyUSB9"]]
    assert (told[4]["code"], "DK0FLAG1 is not plugged in" in told[4]["message"]) == ("link-absent", True)
