"""``hht decode``: pasted bytes in every spelling, wrong ones told apart, shapes as other programs lean on them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hht.protocol.cosem.codes import Mechanism
from tests.cli.test_trace_masking import aarq, frame
from ui.cli.main import main as hht

SNRM = "7ea0070321930f017e"


def decode(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: bytes | str, *arguments: str
) -> tuple[int, list[dict[str, Any]]]:
    """Status and JSON lines of ``hht decode`` with `text` on standard input."""
    raw = text if isinstance(text, bytes) else text.encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    status = hht(["decode", "--json", *arguments])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    "line",
    [
        SNRM,
        SNRM.upper(),
        "7e a0 07 03 21 93 0f 01 7e",
        "7E:A0:07:03:21:93:0F:01:7E",
        "0x7e, 0xa0, 0x07, 0x03, 0x21, 0x93, 0x0f, 0x01, 0x7e",
        "  7EA0-0703-2193-0F01-7E  ",
        "fqAHAyGTDwF+",
        "7e\u00a0a0\u00a007 0321 930f 017e",
    ],
)
def test_every_spelling(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str) -> None:
    status, (item,) = decode(monkeypatch, capsys, line + "\n")
    assert status == 0
    assert item["type"] == "frame"
    assert item["ok"] is True
    assert (item["protocol"], item["bytes"]) == ("hdlc", SNRM)
    assert (item["tree"]["label"], item["tree"]["start"], item["tree"]["end"]) == ("HDLC frame SNRM", 0, 9)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("from_file", [True, False])
def test_text_as_editors_save_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, encoding: str, from_file: bool
) -> None:
    marked = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(encoding, "")
    text = f"{marked}# from Windows\r\n{SNRM}\r\n\r\n{SNRM[:-2]}\r\n".encode(encoding)
    path = tmp_path / "frames.txt"
    path.write_bytes(text)
    status, items = decode(monkeypatch, capsys, b"" if from_file else text, *([str(path)] if from_file else []))
    assert status == 1
    assert [item["ok"] for item in items] == [True, False]
    assert (items[0]["bytes"], items[1]["line"]) == (SNRM, 4)


def test_bytes_that_begin_like_a_mark_stay_bytes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = b"\xff\xfe\x7e\xa0\x07"
    _status, (item,) = decode(monkeypatch, capsys, raw)
    assert item["bytes"] == raw.hex()


@pytest.mark.parametrize("line", ["7e", "7e7e7e"])
@pytest.mark.parametrize("arguments", [(), ("--as", "hdlc")])
def test_flags_with_no_frame_between_them_are_no_frame(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, arguments: tuple[str, ...]
) -> None:
    status, (item,) = decode(monkeypatch, capsys, line, *arguments)
    assert (status, item["ok"], item["code"]) == (1, False, "hdlc-no-frame")
    assert item["message"]


def test_one_item_per_line_and_the_wrong_ones_told_apart(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [SNRM, "# a remark", "", "7ea0070321930f027e", "7ea00", "zz", "/HHT5\\2HT100"]
    status, items = decode(monkeypatch, capsys, "\n".join(lines))
    assert status == 1
    assert [item["ok"] for item in items] == [True, False, False, False, True]
    assert [item.get("code") for item in items[1:4]] == ["hdlc-fcs", "decode-odd", "decode-input"]
    assert items[1]["tree"]["end"] == 9  # what can be shown is shown
    assert [item["line"] for item in items[1:4]] == [4, 5, 6]
    assert items[3]["place"] == 1
    assert all(item["message"] and item["remedy"] for item in items[1:4])
    assert (items[4]["protocol"], items[4]["tree"]["value"]) == ("iec", "HT100")


def test_as_a_named_protocol(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    status, (item,) = decode(monkeypatch, capsys, SNRM, "--as", "wrapper")
    assert status == 1
    assert (item["protocol"], item["code"]) == ("wrapper", "wrapper-version")
    with pytest.raises(SystemExit) as caught:
        hht(["decode", "--as", "morse"])
    assert caught.value.code == 2


def test_files(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    binary = tmp_path / "capture.bin"
    binary.write_bytes(bytes.fromhex(SNRM) * 2)
    status, (item,) = decode(monkeypatch, capsys, "", str(binary))
    assert status == 0
    assert item["tree"]["value"] == "2 frames"
    status, (problem,) = decode(monkeypatch, capsys, "", str(tmp_path / "absent"))
    assert (status, problem["type"], problem["code"]) == (1, "error", "decode-file")


def test_nothing_and_too_much(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    status, (problem,) = decode(monkeypatch, capsys, "\n# only a remark\n")
    assert (status, problem["code"]) == (1, "decode-empty")
    status, items = decode(monkeypatch, capsys, "7e" * (3 << 20))
    assert (status, items[-1]["code"]) == (1, "decode-overlong")


def test_text_for_people(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"7ea0070321930f027e\n7ea00\n")))
    assert hht(["decode"]) == 1
    out = capsys.readouterr().out
    assert "3–4   Destination address: 1" in out
    assert "Frame check sequence (FCS): 0F 02  ✗ should be 0F 01" in out
    assert "line 2: decode-odd" in out


def test_a_device_cannot_steer_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = b"\x021.8.0(\x1b[2J\x1b]0;owned\x07)\x03\x00".hex()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(hostile.encode())))
    hht(["decode"])
    assert "\x1b" not in capsys.readouterr().out


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        hht(["decode", "--help"])
    assert caught.value.code == 0
    assert "Example: echo 7ea0070321930f017e | hht decode --json" in " ".join(capsys.readouterr().out.split())


def test_a_secret_stands_nowhere_in_what_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], vectors: Callable[[str], Any]
) -> None:
    """The password of an association and the UTRN of a top-up: neither in the tree nor in the bytes beside it."""
    opening = frame(b"\xe6\xe6\x00" + aarq(Mechanism.LOW, b"Gurux!Gurux"))
    top_up = next(one["hex"] for one in vectors("gbcs.json")["vectors"] if "73950067887105178605" in str(one))
    for raw, secret in ((opening, b"Gurux!Gurux"), (bytes.fromhex(top_up), b"73950067887105178605")):
        assert secret in raw
        status, (item,) = decode(monkeypatch, capsys, raw.hex() + "\n")
        assert (status, item["masked"]) == (0, True)
        told = json.dumps(item)
        assert all(words not in told for words in (secret.decode(), secret.hex()))
        assert bytes.fromhex(item["bytes"]).count(b"*" * len(secret)) == 1
        assert len(item["bytes"]) == 2 * len(raw)
