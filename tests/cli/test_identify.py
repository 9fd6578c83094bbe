"""``hht identify``: the shape that other programs lean on, every training client, and what is not said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import METER, Run
from ui.cli.main import main

SECRET = "5ec2e7" + 26 * "0"


def test_the_result(run: Run) -> None:
    done = run("identify", METER)
    assert done.status == 0
    assert [line["type"] for line in done.lines] == ["result"]
    assert done.last == {
        "type": "result",
        "ok": True,
        "device_id": "00-DB-12-34-56-78-90-A0",
        "model": "TRAINER-1E",
        "manufacturer": "HHT Training",
        "firmware": "0002012F",
        "variant": "A",
        "logical_name": done.last["logical_name"],
        "local_access": "installer",
    }
    assert done.last["logical_name"].startswith("HHT")
    assert len(done.last["logical_name"]) == 16


def test_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["identify", METER]) == 0
    told = capsys.readouterr()
    assert "00-DB-12-34-56-78-90-A0" in told.out
    assert "0002012F" in told.out
    assert not told.out.startswith("{")


@pytest.mark.parametrize(("sap", "security"), [(16, "none"), (17, "low"), (1, "gmac")])
def test_each_training_client(run: Run, sap: int, security: str) -> None:
    assert run("identify", METER, "--security", security).last["device_id"].endswith("90-A0")
    assert run("identify", METER, "--security", security, "--client", str(sap)).status == 0


@pytest.mark.parametrize("sap", ["0", "128", "-1"])
def test_an_address_that_cannot_be(run: Run, sap: str) -> None:
    done = run("identify", METER, f"--client={sap}")
    assert (done.status, done.last["code"]) == (1, "association")
    assert done.last["remedy"]


def test_a_meter_without_a_port(run: Run) -> None:
    done = run("identify", "emulated:no-optical-port")
    assert done.status == 1
    assert done.last["remedy"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--security", "low"], "password-needed"),
        (["--security", "gmac"], "keys-needed"),
        (["--security", "low", "--password-file", "absent"], "file-not-read"),
        (["--keys", "absent"], "file-not-read"),
    ],
)
def test_what_is_missing_is_named_before_anything_is_opened(run: Run, words: list[str], code: str) -> None:
    done = run("identify", "tcp://127.0.0.1:1", *words)
    assert (done.status, done.last["code"]) == (1, code)


@pytest.mark.parametrize(
    "keys",
    [
        "{",
        "[" * 100_000,
        "[]",
        "{}",
        '{"ek": "5EC2E7"}',
        '{"ek": "5EC2E70000000000000000000000005EC", "ak": "00"}',
        json.dumps({"ek": SECRET, "ak": SECRET, "invocation_counter": -1}),
        json.dumps({"ek": SECRET, "ak": SECRET, "invocation_counter": "7"}),
        json.dumps({"ek": SECRET, "ak": 7}),
    ],
)
def test_damaged_keys_are_refused_and_not_shown(run: Run, keys: str, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(keys)
    for done in (run("identify", METER, "--keys", str(path)), run("identify", METER, "--keys", "-", stdin=keys)):
        assert (done.status, done.last["code"]) == (1, "keys-file")
        assert "5ec2e7" not in (json.dumps(done.lines) + done.errors).lower()


@pytest.mark.parametrize(("given", "lacking"), [("ek", "ak"), ("ak", "ek")])
def test_the_key_that_is_missing_is_named(run: Run, given: str, lacking: str) -> None:
    done = run("identify", METER, "--keys", "-", stdin=json.dumps({given: "0F" * 16}))
    assert (done.status, done.last["message"]) == (1, f"The keys file lacks {lacking}.")


def test_keys_and_password_by_file_and_standard_input(run: Run, tmp_path: Path) -> None:
    keys = {"ek": bytes(range(16)).hex(), "ak": bytes(range(0xD0, 0xE0)).hex()}
    (tmp_path / "keys.json").write_text(json.dumps(keys))
    assert run("identify", METER, "--keys", str(tmp_path / "keys.json")).status == 0
    assert run("identify", METER, "--keys", "-", stdin=json.dumps(keys)).status == 0
    assert run("identify", METER, "--security", "low", "--password-file", "-", stdin="Gurux\n").status == 0
    (tmp_path / "password.txt").write_text("Gurux\r\n", encoding="utf-8-sig")  # as Windows' editor saves it
    assert run("identify", METER, "--password-file", str(tmp_path / "password.txt")).status == 0
    wrong = run("identify", METER, "--security", "low", "--password-file", "-", stdin="Sesame-17\n")
    assert wrong.status == 1
    assert "Sesame-17" not in json.dumps(wrong.lines) + wrong.errors


@pytest.mark.parametrize(
    "link",
    [
        "",
        "optical:",
        "tcp://",
        "tcp://host",
        "tcp://h:99999",
        "tcp://h:1?framing=x",
        "x",
        "tcp://h:" + "9" * 5000,
        "recorded:a\0b",
    ],
)
def test_links_that_make_no_sense(run: Run, link: str) -> None:
    done = run("identify", link)
    assert done.status == 1
    assert done.last["code"].startswith("link")
    assert done.last["remedy"]


def test_wrong_usage_is_two(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["identify"], ["identify", METER, "--security", "sesame"], ["identify", METER, "--client", "x"]):
        with pytest.raises(SystemExit) as caught:
            main(words)
        assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err
