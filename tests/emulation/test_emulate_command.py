"""``hht emulate`` and ``hht premises`` as other programs lean on them."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import hht
from tests.support.emulate import Emulated
from ui.cli.main import main

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="ptys and signals are POSIX's")


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_premises_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["premises", "--json"]) == 0
    told = lines(capsys.readouterr().out)
    assert {line["type"] for line in told} == {"premises"}
    by_name = {line["name"]: line for line in told}
    assert {"single-element", "smets2-read-only", "no-optical-port"} <= by_name.keys()
    device = by_name["single-element"]["devices"][0]
    assert (device["id"], device["device_id"]) == ("esme-1", "00-DB-12-34-56-78-90-A0")
    assert device["local_access"] == "installer"


def test_premises_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["premises"]) == 0
    assert "Single-element meter, ready to commission" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["no-optical-port"], "device-refusal"),
        (["nowhere"], "premises-unknown"),
        (["single-element", "--device", "gsme-1"], "premises-device"),
        (["single-element", "--days", "0"], "premises-days"),
        (["single-element", "--speed", "-1"], "usage"),
        (["single-element", "--optical", "tcp://nonsense"], "usage"),
        (["single-element", "--days", "1", "--fault", "clock-late"], "fault-unknown"),
        (["single-element", "--days", "1", "--fault", "never-wakes"], "fault-device"),
        (["single-element", "--days", "1", "--fault", "clock-adrift,soon"], "fault-time"),
        (["single-element", "--optical", "tcp://127.0.0.1:99999"], "usage"),
        (["single-element", "--optical", "tcp://::1:0"], "usage"),
        (["single-element", "--optical", "udp://127.0.0.1:4059"], "usage"),
        (["single-element", "--optical", "optical:/dev/ttyUSB0"], "usage"),
        (["single-element", "--optical", ""], "usage"),
        (["single-element", "--days", "1", "--optical", "/nowhere/at/all/pty"], "link-unavailable"),
        (["single-element", "--days", "1", "--optical", "/"], "link-unavailable"),
        (["single-element", "--days", "1", "--optical", "tcp://203.0.113.1:4059"], "link-unavailable"),
    ],
)
def test_what_cannot_be_offered(args: list[str], code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["emulate", *args]) == (2 if code == "usage" else 1)
    last = lines(capsys.readouterr().out)[-1]
    assert (last["type"], last["code"]) == ("error", code)
    assert last["message"]
    assert last["remedy"]


@pytest.mark.parametrize(("host", "warned"), [("0.0.0.0", True), ("127.0.0.1", False), ("localhost", False)])
def test_an_offer_to_the_whole_network_is_warned_of(host: str, warned: bool) -> None:
    with Emulated("single-element", "--optical", f"tcp://{host}:0", "--days", "1") as emulated:
        assert emulated.stop() == 0
    assert ("reached from the network" in emulated.errors) is warned


@pytest.mark.parametrize("words", [["--days", "1_0"], ["--seed", "１"], ["--speed", "1e3"], ["--speed", "inf"]])
def test_a_number_that_is_none_in_plain_digits(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["emulate", "single-element", *words])
    assert caught.value.code == 2
    assert f"“{words[1]}” is not a" in capsys.readouterr().err


@posix_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_line_says_where_and_a_signal_ends_it(number: int) -> None:
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "2") as emulated:
        told = emulated.listening
        assert told["type"] == "listening"
        assert told["device"] == "esme-1"
        host, port = emulated.address.split(":")
        with socket.create_connection((host, int(port)), timeout=60) as line:
            line.sendall(b"/?!\r\n")
            assert line.recv(100) == b"/HHT5\\2TRAINER-1E\r\n"
        clients = {client["sap"]: client for client in told["clients"]}
        assert clients[16]["security"] == "none"
        assert (clients[17]["security"], clients[17]["password"]) == ("low", "Gurux")
        assert clients[1]["security"] == "gmac"
        assert clients[1]["ek"] == "000102030405060708090A0B0C0D0E0F"
        assert clients[1]["ak"] == "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"
        assert clients[16]["writes"] == clients[16]["invokes"] == []
        assert "0-0:94.44.34.11" in clients[17]["writes"]
        assert {"1-0:1.8.0", "0-0:99.1.0", "1-0:99.1.0"} <= set(clients[16]["reads"])
        assert all(
            len(names) == len(set(names))
            for client in clients.values()
            for names in (client["reads"], client["writes"])
        )
        assert emulated.stop(number) == 0


def test_faults_are_on_and_named() -> None:
    words = ["--fault", "clock-adrift@esme-1,-P1D", "--fault", "probe-hears-itself"]
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "2", *words) as emulated:
        assert emulated.listening["faults"] == ["clock-adrift@esme-1", "probe-hears-itself@esme-1"]
        host, port = emulated.address.split(":")
        with socket.create_connection((host, int(port)), timeout=60) as line:
            line.sendall(b"/?!\r\n")
            assert line.recv(100) == b"/?!\r\n"
        assert emulated.stop() == 0


@posix_only
def test_a_pty_of_its_own_and_one_with_a_name(tmp_path: Path) -> None:
    with Emulated("single-element", "--optical", "pty", "--days", "1", "--json") as emulated:
        path = emulated.url.removeprefix("optical:")
        assert Path(path).exists()
        assert emulated.stop() == 0
    name = tmp_path / "meter.pty"
    with Emulated("single-element", "--optical", str(name), "--days", "1") as emulated:
        assert emulated.url == f"optical:{name}"
        pty = os.readlink(name)
        assert Path(pty).exists()
        assert emulated.stop() == 0
        assert f"{name} is a symbolic link to the pty {pty}" in emulated.errors
    assert not name.is_symlink()


@posix_only
def test_nothing_of_anybody_s_gives_way_to_a_pty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("precious")
    link.symlink_to(file)
    for name in (file, link, tmp_path):
        assert main(["emulate", "single-element", "--days", "1", "--optical", str(name)]) == 1
        last = lines(capsys.readouterr().out)[-1]
        assert last["code"] == "link-unavailable"
        assert str(name) in last["message"]
    assert file.read_text() == "precious"
    assert os.readlink(link) == str(file)


@posix_only
def test_ipv6_is_written_in_brackets(tmp_path: Path) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with Emulated("single-element", "--optical", "tcp://[::1]:0", "--days", "1") as emulated:
        assert emulated.url.startswith("tcp://[::1]:")
        done = hht("read", emulated.url, "clock", "--data-dir", str(tmp_path))
        assert done.of("clock")
    gone = hht("read", emulated.url, "clock", "--data-dir", str(tmp_path))
    assert gone.last["code"] == "link-unavailable"
    assert emulated.address in gone.last["message"]
