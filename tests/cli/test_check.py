"""`hht check` as a person and a script use it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.store_log import log_of
from ui.cli.main import main


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of this test's own: the training override is put down in the training store."""
    monkeypatch.setenv("HHT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


CODE = "83FED3407A939723A5C639B26916D505"
UTRN = "73943333457189043313"


def check(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object], str]:
    status = main(["check", *words, "--json"])
    captured = capsys.readouterr()
    return status, json.loads(captured.out.splitlines()[-1]), captured.err


def test_good_and_bad_mpan(capsys: pytest.CaptureFixture[str]) -> None:
    status, line, _err = check(capsys, "mpan", "1200023305967")
    assert status == 0
    assert line == line | {"type": "result", "ok": True, "kind": "mpan", "value": "1200023305967"}
    status, line, _err = check(capsys, "mpan", "1312345678111")
    assert status == 1
    assert line["type"] == "error"
    assert line["code"] == "mpan-check-digit"
    assert line["expected"] == "8"
    assert line["message"]
    assert line["remedy"]


def test_text_output_ends_with_code_what_and_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "cin", "12"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "cin-length: 4 digits needed" in captured.err
    assert "→" in captured.err


@pytest.mark.parametrize(("kind", "secret"), [("install-code", CODE), ("utrn", UTRN)])
def test_secrets_are_masked_warned_about_and_read_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, kind: str, secret: str
) -> None:
    status, line, err = check(capsys, kind, secret)
    assert status == 0
    assert secret not in json.dumps(line)
    assert "command line" in err
    monkeypatch.setattr(sys, "stdin", io.StringIO(secret + "\n"))
    status, line, err = check(capsys, kind, "-")
    assert status == 0
    assert line["value"] == "****"
    assert err == ""


def test_install_code_shows_the_crc_to_compare(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(capsys, "install-code", CODE)[1]["crc"] == "C3B5"


def test_never_a_prompt_without_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    status, line, _err = check(capsys, "utrn")
    assert (status, line["code"]) == (1, "value-needed")


class Terminal(io.StringIO):
    """Standard input with a person at it."""

    def isatty(self) -> bool:
        return True


def test_a_person_is_asked_and_standard_output_stays_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("7116\n"))
    assert main(["check", "cin", "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["value"] == "7116"
    assert captured.err == "cin: "
    monkeypatch.setattr(sys, "stdin", Terminal(""))  # Ctrl+D
    assert check(capsys, "cin")[1]["code"] == "value-needed"


def test_a_secret_is_asked_for_without_echo(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def hidden(prompt: str) -> str:
        asked.append(prompt)
        if len(asked) > 1:
            raise EOFError
        return UTRN

    monkeypatch.setattr(sys, "stdin", Terminal(""))
    monkeypatch.setattr("getpass.getpass", hidden)
    status, line, err = check(capsys, "utrn")
    assert (status, line["value"], err) == (0, "****", "")
    assert (line["amount_pence"], line["value_class"], line["truncated_counter"]) == (10000, 1, 1)
    assert check(capsys, "utrn")[1]["code"] == "value-needed"
    assert asked == ["utrn: ", "utrn: "]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (b"", "value-needed"),
        (b"\n", "mpan-length"),
        (b"12000233059\xff7\n", "mpan-character"),
        (b"\x00" * 5000, "value-too-long"),
        (b"1200023305967\r\nand more", ""),
        (b"\xef\xbb\xbf1200023305967\n", ""),
        (b"\xef\xbb\xbf", "value-needed"),
        (b"\xef\xbb\xbf\xef\xbb\xbf1200023305967\n", "mpan-character"),
        (b"120002\xef\xbb\xbf3305967\n", "mpan-character"),
    ],
)
def test_anything_may_stand_on_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, given: bytes, code: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
    status, line, _err = check(capsys, "mpan", "-")
    assert status == (1 if code else 0)
    assert line.get("code", "") == code


def test_closed_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert check(capsys, "mpan")[1]["code"] == "value-needed"
    assert check(capsys, "mpan", "-")[1]["code"] == "value-needed"


def test_every_kind_says_yes(capsys: pytest.CaptureFixture[str]) -> None:
    good = {
        "mpan": ("01 801 10A 1200023305967", "1200023305967"),
        "mprn": ("3938424403", "3938424403"),
        "device-id": ("00db1234567890a0", "00-DB-12-34-56-78-90-A0"),
        "cin": ("7116", "7116"),
        "firmware-version": ("0002012f", "0002012F"),
        "firmware-hash": ("ab" * 32, "AB" * 32),
    }
    for kind, (typed, value) in good.items():
        status, line, err = check(capsys, kind, typed)
        assert (status, line["kind"], line["value"], err) == (0, kind, value, "")
    assert check(capsys, "mpan", good["mpan"][0])[1]["profile_class"] == "01"


def test_unknown_distributor_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    status, line, err = check(capsys, "mpan", "9900000000015")
    assert status == 0
    assert line["distributor"] == "99"
    assert line["warnings"]
    assert "Distributor 99" in err


def test_override_for_gas_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    status, line, err = check(capsys, "mprn", "1234567890", "--allow-test-identifiers", "--training")
    assert (status, line["test_data"]) == (0, True)
    assert "should be 10" in err


def test_the_override_is_put_down_in_the_store(capsys: pytest.CaptureFixture[str], home: Path, tmp_path: Path) -> None:
    override = ["--allow-test-identifiers", "--training"]
    check(capsys, "mpan", "1200023305967", *override)
    check(capsys, "mpan", "1312345678118", *override)
    assert not home.exists(), "nothing was overridden"
    check(capsys, "mpan", "1312345678111", *override)
    check(capsys, "mprn", "1234567890", *override, "--data-dir", str(tmp_path / "other"))
    entry = {"command": "check mpan", "accepted": ["1312345678111"]}
    assert log_of(home) == [("test-identifiers", entry)]
    assert log_of(tmp_path / "other") == [("test-identifiers", {"command": "check mprn", "accepted": ["1234567890"]})]


def test_what_cannot_be_put_down_is_not_let_pass(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    words = ["--allow-test-identifiers", "--training", "--data-dir", str(tmp_path / "file")]
    status, line, _err = check(capsys, "mpan", "1312345678111", *words)
    assert (status, line["code"]) == (1, "data-folder")


def test_override_only_in_training_and_never_silent(capsys: pytest.CaptureFixture[str]) -> None:
    status, line, _err = check(capsys, "mpan", "1312345678111", "--allow-test-identifiers")
    assert (status, line["code"]) == (1, "training-only")
    status, line, err = check(capsys, "mpan", "1312345678111", "--allow-test-identifiers", "--training")
    assert status == 0
    assert line["test_data"] is True
    assert "should be 8" in err


def test_short_mprn(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(capsys, "mprn", "123400")[1]["code"] == "mprn-confirm"
    status, _line, err = check(capsys, "mprn", "123400", "--confirm-short")
    assert status == 0
    assert "confirmed" in err


def test_wrong_usage_is_status_2() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["check", "passport", "1"])
    assert caught.value.code == 2


def process(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "ui.cli", "check", *words]
    return subprocess.run(command, input=given, capture_output=True, timeout=60, check=False)


def test_a_secret_through_a_pipe() -> None:
    done = process("install-code", "-", "--json", given=f"{CODE}C3B5\n".encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == {
        "type": "result", "ok": True, "kind": "install-code", "value": "****", "bytes": 16, "crc": "C3B5",
    }  # fmt: skip


def test_noise_through_a_pipe_is_a_sentence() -> None:
    done = process("mpan", "-", given=b"\xff\xfe\x00")
    assert done.returncode == 1
    assert b"mpan-character: MPAN: character 1 is replacement character" in done.stderr
    assert b"Traceback" not in done.stderr


def test_as_a_process() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ui", "check", "device-id", "00:db:12:34:56:78:90:a0"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.strip() == "device-id 00-DB-12-34-56-78-90-A0: ok"
