"""``hht vault``: a meter's keys in the sealed store, used where nothing else was said, and shown nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_report import Live, live, meter  # noqa: F401 - fixtures
from tests.support.emulate import Emulated
from tests.support.real_ids import REAL_ID

NAME = REAL_ID


@pytest.fixture(scope="module")
def every() -> Iterator[Emulated]:
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "1", "--clients", "every") as running:
        yield running


def of_client(running: Emulated, sap: int) -> dict[str, object]:
    (row,) = [client for client in running.listening["clients"] if client["sap"] == sap]
    return dict(row)


def test_keys_are_found_by_name_and_no_secret_is_shown(
    run: Run,
    tmp_path: Path,
    every: Emulated,
    live: Live,  # noqa: F811
) -> None:
    keys = of_client(every, 3)
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(keys))
    put = run("vault", "put", "meter in the lab", "--keys", str(path), *live.store)
    assert put.last == {"type": "result", "ok": True, "name": "meter in the lab"}
    path.unlink()
    done = run("read", every.url, "clock", "--keys", "meter in the lab", *live.store)
    assert done.status == 0, done.last
    assert done.of("clock")
    listed = run("vault", "list", *live.store)
    assert listed.of("keys") == [
        {"type": "keys", "name": "meter in the lab", "security": "ecdsa", "suite": 1, "client": 3}
    ]
    secrets = [str(keys[name]) for name in ("signing_key", "ek", "ak") if name in keys]
    assert secrets
    told = json.dumps([put.lines, done.lines, listed.lines]) + put.errors + done.errors
    assert not any(secret in told for secret in secrets)
    for file in live.data.rglob("*"):
        if file.is_file():
            assert not any(secret.encode() in file.read_bytes() for secret in [*secrets, "meter in the lab"])
    assert run("vault", "forget", "meter in the lab", *live.store).status == 0
    assert run("vault", "forget", "meter in the lab", *live.store).last["code"] == "keys-unknown"
    assert run("read", every.url, "clock", "--keys", "meter in the lab", *live.store).last["code"] == "file-not-read"


def test_a_visit_finds_the_password_of_its_meter(live: Live, tmp_path: Path) -> None:  # noqa: F811
    words = [word for word in live.words if word not in ("--security", "low", "--client", "17")]
    at = words.index("--password-file")
    words = words[:at] + words[at + 2 :]
    without = live.run("visit", "run", str(live.job), *words)
    assert without.status == 1
    (tmp_path / "entry.json").write_text(json.dumps({"security": "low", "client": 17}))
    password = ["--keys", str(tmp_path / "entry.json"), "--password-file", str(tmp_path / "password")]
    assert live.run("vault", "put", "02db1234567890a0", *password, *live.store).last["name"] == NAME
    done = live.run("visit", "resume", "J-2042", *words)
    assert done.last["outcome"] == "complete", done.last


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[]", "JSON object"),
        ('{"security": "telepathy"}', "security"),
        ('{"client": 0}', "client"),
        ('{"server": "one"}', "server"),
        ('{"password": 12345}', "password"),
        ('{"ek": "00"}', "ek"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said_by_field(run: Run, tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "entry.json").write_text(text)
    done = run("vault", "put", NAME, "--keys", str(tmp_path / "entry.json"), "--training")
    assert (done.status, done.last["code"]) == (1, "keys-file")
    assert word in done.last["message"]
    assert "12345" not in json.dumps(done.last)
    assert run("vault", "list", "--training").last["entries"] == 0
    assert run("vault", "put", NAME, "--training").last["code"] == "keys-needed"


def test_the_pass_phrase_can_be_changed(run: Run, tmp_path: Path, live: Live) -> None:  # noqa: F811
    assert run("vault", "list", *live.store).status == 0
    (tmp_path / "new").write_text("\ufefffour other unrelated words\n", encoding="utf-8")  # as an editor may leave it
    assert run("vault", "pass-phrase", "--new-file", str(tmp_path / "new"), *live.store).status == 0
    assert run("vault", "list", *live.store).status == 1
    assert run("vault", "list", "--data-dir", str(live.data), "--pass-phrase-file", str(tmp_path / "new")).status == 0
    (tmp_path / "plain").write_text("four other unrelated words")
    assert run("vault", "list", "--data-dir", str(live.data), "--pass-phrase-file", str(tmp_path / "plain")).status == 0
    assert (
        run("vault", "pass-phrase", "--new-file", str(tmp_path / "new"), "--training").last["code"] == "training-fixed"
    )
