"""``--training`` at a link where a real meter is: nothing is written and no secret told, whichever command it is.

The meter is an emulated one whose Device ID is none of training; it tells itself what it served.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hht.parity import STRIP_PARITY
from tests.cli.conftest import Run
from tests.support.command import ANSWERS, JOB
from tests.support.emulate import Emulated
from tests.support.real_ids import REAL_ID, as_real, real_premises

OWN_PASSWORD = "of-our-own"
UNCIPHERED = bytes.fromhex("a109060760857405080101")  # in an AARQ: the application context without keys
MECHANISM = bytes.fromhex("8b076085740508")  # in an AARQ: how a client proves itself
OWN_KEYS = {"ek": "11" * 16, "ak": "22" * 16, "client": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("real")


@pytest.fixture(scope="module")
def real(folder: Path) -> Iterator[Emulated]:
    with Emulated(real_premises(folder), "--optical", "tcp://127.0.0.1:0", "--days", "1", "--events") as meter:
        yield meter


@pytest.fixture
def own(tmp_path: Path) -> tuple[str, str]:
    """Files with a password and with keys, as somebody has brought them."""
    password, keys = tmp_path / "password", tmp_path / "keys.json"
    password.write_text(OWN_PASSWORD)
    keys.write_text(json.dumps(OWN_KEYS))
    return str(password), str(keys)


def told(run: Run, out: Path) -> bytes:
    """What went to the meter in the latest conversation, by the terminal's own trace."""
    assert run("trace", "export", "--last", "--training", "--reveal", "--out", str(out)).status == 0
    events = [json.loads(line) for line in out.read_text().splitlines()]
    return b"".join(bytes.fromhex(one["data"]) for one in events if one.get("kind") == "tx")


def test_the_link_takes_the_words_of_training(run: Run, real: Emulated) -> None:
    done = run("set", real.url, "randomised-offset-limit", "78", "--training")
    assert (done.status, done.last["code"], done.last["device"]) == (1, "training-real-device", REAL_ID)
    assert REAL_ID in done.last["message"]
    assert real.url in done.last["message"]
    assert "live work" in done.last["remedy"]
    assert run("log", "--training").of("entry") == [], "no intent is open either"
    assert real.events() == []


@pytest.mark.parametrize(
    "words",
    [
        ["set", "{link}", "clock", "now"],
        ["set", "{link}", "mpan", "1200023305967", "--security", "none"],
        ["set", "{link}", "contact-name", "E-ON", "--security", "low"],
        ["set", "{link}", "contact-name", "E-ON", "--password-file", "{password}"],
        ["set", "{link}", "contact-name", "E-ON", "--keys", "{keys}"],
        ["read", "{link}", "clock", "--keys", "{keys}"],
        ["read", "{link}", "clock", "--password-file", "{password}"],
        ["browse", "{link}", "clock", "--security", "low"],
        ["conformance", "{link}"],
    ],
    ids=" ".join,
)
def test_no_command_goes_around_it(run: Run, real: Emulated, own: tuple[str, str], words: list[str]) -> None:
    password, keys = own
    done = run(*(word.format(link=real.url, password=password, keys=keys) for word in words), "--training")
    assert (done.status, done.last["code"]) == (1, "training-real-device"), done.last
    assert real.events() == []


def test_keys_and_passwords_in_the_vault_of_training_are_not_shown_to_a_real_meter(
    run: Run, real: Emulated, own: tuple[str, str], tmp_path: Path
) -> None:
    password, keys = own
    assert run("vault", "put", REAL_ID, "--keys", keys, "--password-file", password, "--training").status == 0
    for words in (["--keys", REAL_ID], ["--keys", REAL_ID, "--security", "low"], ["--password-file", password]):
        done = run("set", real.url, "randomised-offset-limit", "78", *words, "--training")
        assert (done.status, done.last["code"]) == (1, "training-real-device"), done.last
        went = told(run, tmp_path / f"{len(words)}.jsonl")
        assert went.count(UNCIPHERED) == 1, "one opening"
        assert MECHANISM not in went
        assert OWN_PASSWORD.encode() not in went
    assert real.events() == []


def test_a_visit_of_training_stops_where_it_connects(run: Run, real: Emulated, tmp_path: Path) -> None:
    job = {**json.loads(as_real(JOB.read_text())), "link": real.url}
    (tmp_path / "job.json").write_text(json.dumps(job))
    (tmp_path / "answers.json").write_text(as_real(json.dumps(ANSWERS)))
    words = ["--training", "--answers", str(tmp_path / "answers.json")]
    done = run("visit", "run", str(tmp_path / "job.json"), *words)
    assert done.status == 1
    assert "training-real-device" in json.dumps(done.lines)
    assert real.events() == []


def test_public_access_reads_it(run: Run, real: Emulated) -> None:
    assert run("read", real.url, "clock", "--security", "none", "--training").of("clock")
    assert run("identify", real.url, "--security", "none", "--training").last["device_id"] == REAL_ID


@pytest.mark.skipif(sys.platform == "win32", reason="ptys are POSIX's")
@pytest.mark.parametrize("mode", ["E", "C"])
def test_at_a_probe_it_is_the_same(run: Run, folder: Path, own: tuple[str, str], tmp_path: Path, mode: str) -> None:
    words = ("--optical", "pty", "--days", "1", "--events", "--mode", mode)
    with Emulated(real_premises(folder), *words) as meter:
        for more in ([], ["--password-file", own[0]]):
            done = run("set", meter.url, "randomised-offset-limit", "99", *more, "--training")
            assert (done.status, done.last["code"]) == (1, "training-real-device"), done.last
            assert OWN_PASSWORD.encode() not in told(run, tmp_path / f"{len(more)}.jsonl").translate(STRIP_PARITY)
        assert meter.events() == []


def test_a_meter_of_training_is_written_to_over_every_link(run: Run, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("Gurux")
    brought = ["--password-file", str(tmp_path / "password")]
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "1", "--events") as meter:
        for limit, more in (("70", []), ("71", brought)):
            done = run("set", meter.url, "randomised-offset-limit", limit, *more, "--training")
            assert (done.status, done.last["after"]) == (0, limit), done.last
        assert [one["value"] for one in meter.events()] == ["70", "71"]


def test_live_work_writes_to_no_meter_of_training(run: Run, tmp_path: Path) -> None:
    (tmp_path / "phrase").write_text("correct horse battery staple")
    (tmp_path / "password").write_text("Gurux")
    live = ["--pass-phrase-file", str(tmp_path / "phrase")]
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "1", "--events") as meter:
        words = ["set", meter.url, "contact-name", "E-ON", "--password-file", str(tmp_path / "password"), *live]
        done = run(*words)
        assert (done.status, done.last["code"]) == (1, "live-training-device"), done.last
        assert meter.events() == []
    assert "set-intent" not in json.dumps(run("log", *live).lines)
