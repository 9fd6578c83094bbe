"""`hht check` as a person and a script use it."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

from ui.cli.main import main

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
