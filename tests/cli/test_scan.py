"""``hht scan``: pictures and texts, what they say as text and JSON, and what is refused."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from hht.scan.formats import built_in
from tests.scan.drawing import as_file, code, paper
from tests.scan.test_labels import CODE, DEVICE, OWN
from ui.cli.main import main


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HHT_HOME", str(tmp_path))


def scan(octets: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str):
    """Status and JSON lines of ``hht scan -``."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(octets), encoding="utf-8"))
    status = main(["scan", "-", "--json", *words])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_picture_with_two_codes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    picture = paper(
        (code("CHF:00DB1234567890A2;GPF:00DB1234567890A3"), (20, 20)), (code("1200023305967", "Code128"), (20, 350))
    )
    status, lines = scan(as_file(picture), monkeypatch, capsys)
    assert status == 0
    assert [line["symbology"] for line in lines] == ["QR Code", "Code 128"]
    hub, supply = lines
    assert [(value["kind"], value["value"]) for value in hub["labels"][0]["values"]] == [
        ("chf-id", "00-DB-12-34-56-78-90-A2"), ("gpf-id", "00-DB-12-34-56-78-90-A3"),
    ]  # fmt: skip
    assert {label["format"] for label in supply["labels"]} == {"mpan", "serial"}
    assert len(hub["corners"]) == 4


def test_what_is_wanted_is_one_value_or_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, (value,) = scan(f"(240){DEVICE}".encode(), monkeypatch, capsys, "--as", "device-id")
    assert (status, value["value"]) == (0, "00-DB-12-34-56-78-90-A0")
    status, (told,) = scan(b"1200023305968", monkeypatch, capsys, "--as", "mpan")
    assert (status, told["code"], told["expected"]) == (1, "mpan-check-digit", "7")
    status, (told,) = scan(b"3938424403", monkeypatch, capsys, "--as", "mpan")
    assert (status, told["code"]) == (1, "scan-none-such")
    hub = b"CHF ID: 00DB1234567890A2\nGPF ID: 00DB1234567890A3"
    status, (told,) = scan(hub, monkeypatch, capsys, "--as", "device-id")
    assert (status, told["code"]) == (1, "scan-several")
    assert "CHF ID 00-DB-12-34-56-78-90-A2, GPF ID 00-DB-12-34-56-78-90-A3" in told["message"]
    status, (value,) = scan(hub, monkeypatch, capsys, "--as", "gpf-id")
    assert (status, value["value"]) == (0, "00-DB-12-34-56-78-90-A3")


def test_no_secret_is_ever_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for text in (CODE, f"Z:{DEVICE}$I:{CODE}", "73943333457189043313", CODE[:-1] + "6"):
        for words in ((), ("--as", "install-code")):
            monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))
            main(["scan", "--json", *words])
            told = capsys.readouterr()
            assert CODE[:10] not in told.out + told.err
            assert "7394333345" not in told.out + told.err
    status, (value,) = scan(CODE.encode(), monkeypatch, capsys, "--as", "install-code")
    assert status == 0
    assert value["shown"] == "36 characters, CRC C3B5"


def test_wrong_and_unknown_are_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    status, (line,) = scan(b"https://example.org/?q=1", monkeypatch, capsys)
    assert (status, line["labels"], line["text"]) == (0, [], "https://example.org/?q=1")
    status, (line,) = scan(b"MPRN: 3938424404", monkeypatch, capsys)
    assert status == 1
    assert (
        line["labels"][0]["values"][0]["code"] == "mprn-check-digits"
        or "03" in line["labels"][0]["values"][0]["message"]
    )


def test_a_code_without_a_check_of_its_own_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, (line,) = scan(as_file(code("21E50012345", "Code39")), monkeypatch, capsys)
    assert status == 0
    assert line["labels"][0]["values"][0]["sure"] is False


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (as_file(paper()), "scan-nothing"), (b"  \n", "scan-nothing"), (b"\xff\xfe\x00", "scan-text"),
        (b"\0" * 8193, "scan-text"),
        (b"GIF89a....", "picture-format"), (b"\x89PNG\r\n\x1a\n", "picture-damaged"),
    ],
)  # fmt: skip
def test_what_cannot_be_scanned_is_refused(
    octets: bytes, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, (line,) = scan(octets, monkeypatch, capsys)
    assert (status, line["type"], line["code"]) == (1, "error", said)


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["scan", str(tmp_path / "no.png"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["code"] == "scan-file"


def test_the_engineers_own_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    label = f"MK1;ZZ7;{DEVICE}{CODE}".encode()
    assert scan(label, monkeypatch, capsys)[1][0]["labels"] == []
    (tmp_path / "label_formats.toml").write_text(OWN, encoding="utf-8")
    assert scan(label, monkeypatch, capsys)[1][0]["labels"][0]["format"] == "mine"
    (tmp_path / "label_formats.toml").write_text("nonsense", encoding="utf-8")
    status, (told,) = scan(label, monkeypatch, capsys)
    assert (status, told["code"]) == (1, "label-formats")
    other = tmp_path / "other.toml"
    other.write_text(OWN.replace('"mine"', '"named"'), encoding="utf-8")
    assert scan(label, monkeypatch, capsys, "--formats", str(other))[1][0]["labels"][0]["format"] == "named"


def test_the_formats_are_listed_with_where_they_come_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "--list"]) == 0
    told = capsys.readouterr().out
    for each in built_in():
        assert f"{each.name}: {each.title}" in told
    assert "unverified" in told
