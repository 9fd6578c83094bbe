"""Somebody in between says "no" in clear in place of the meter's ciphered "done": the meter holds the new value, so
nobody may say that it was not written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, run
from tests.support.between import Between
from tests.support.command import visit_words
from tests.support.emulate import Emulated

__all__ = ["run"]

GMAC = ["--client", "1", "--security", "gmac", "--training"]
SET_RESPONSE, GET_RESPONSE = 0xCD, 0xCC  # under the global key
SAID = {
    "exception": "d80102",
    "exception, not deciphered": "d80105",
    "confirmed-service-error": "0e060203",
    "set-response refused": "c501c103",
    "set-response": "c501c100",
    "action-response refused": "c701c10300",
    "release": "6303800100",
    "nothing of sense": "ff",
}
LIMIT = "randomised-offset-limit"


@pytest.fixture(scope="module")
def meter() -> Iterator[Emulated]:
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "1", "--events") as meter:
        yield meter


def between(meter: Emulated, attack: Callable[[bytes], bytes]) -> Between:
    host, _colon, port = meter.address.rpartition(":")
    return Between(host, int(port), attack)


def in_place_of(tag: int, said: str) -> Callable[[bytes], bytes]:
    return lambda apdu: bytes.fromhex(said) if apdu[0] == tag else apdu


def writes(meter: Emulated) -> list[str]:
    return [event["object"] for event in meter.events() if event["type"] == "write"]


def written_once(meter: Emulated) -> bool:
    while meter.next_event()["type"] != "write":
        continue
    return writes(meter) == []


@pytest.mark.parametrize("kind", SAID)
def test_set_says_that_nobody_knows(run: Run, meter: Emulated, kind: str) -> None:
    target = str(600 + list(SAID).index(kind))
    meter.events()
    with between(meter, in_place_of(SET_RESPONSE, SAID[kind])) as attacker:
        done = run("set", attacker.url, LIMIT, target, *GMAC)
        assert attacker.changed == 1
    assert (done.status, done.last["code"]) == (1, "outcome-unknown")
    assert "reads the meter first" in done.last["remedy"]
    assert written_once(meter)
    (entry,) = run("log", "--training").of("entry")
    assert (entry["kind"], entry["outcome"]) == ("set-intent", "unknown")
    with between(meter, lambda apdu: apdu) as nobody:
        (told,) = run("read", nobody.url, "clock", *GMAC).of("unsettled")
    assert (told["result"], told["held"]) == ("written-earlier", target)
    assert writes(meter) == [], "settled by reading"


def lost(apdu: bytes) -> bytes:
    return b"" if apdu[0] == SET_RESPONSE else apdu


def cut(apdu: bytes) -> bytes:
    if apdu[0] == SET_RESPONSE:
        raise ConnectionAbortedError
    return apdu


@pytest.mark.parametrize("attack", [lost, cut])
def test_set_says_so_too_where_the_answer_is_lost(run: Run, meter: Emulated, attack: Callable[[bytes], bytes]) -> None:
    target = "801" if attack is lost else "802"
    meter.events()
    with between(meter, attack) as attacker:
        done = run("set", attacker.url, LIMIT, target, *GMAC)
    assert (done.status, done.last["code"]) == (1, "outcome-unknown")
    assert "is not known" in done.last["message"]
    assert "reads the meter first" in done.last["remedy"]
    assert written_once(meter)
    (entry,) = run("log", "--training").of("entry")
    assert (entry["kind"], entry["outcome"]) == ("set-intent", "unknown")
    with between(meter, lambda apdu: apdu) as nobody:
        again = run("set", nobody.url, LIMIT, target, *GMAC)
    assert again.last["written"] is False
    (told,) = again.of("unsettled")
    assert (told["result"], told["held"]) == ("written-earlier", target)
    assert writes(meter) == [], "settled by reading"


@pytest.mark.parametrize("kind", ["exception", "exception, not deciphered", "confirmed-service-error"])
def test_a_read_says_that_the_answer_was_unprotected(run: Run, meter: Emulated, kind: str) -> None:
    with between(meter, in_place_of(GET_RESPONSE, SAID[kind])) as attacker:
        done = run("read", attacker.url, "clock", *GMAC)
        assert attacker.changed
    assert (done.status, done.last["code"]) == (1, "cosem-unprotected-refusal")
    assert "not believed" in done.last["message"]
    assert "in between" in done.last["remedy"]
    assert "lost its keys" in done.last["remedy"]


@pytest.mark.parametrize("kind", ["exception", "confirmed-service-error"])
def test_a_visit_leaves_the_write_unknown_and_settles_it_by_reading(run: Run, tmp_path: Path, kind: str) -> None:
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "1", "--events") as meter:
        with between(meter, in_place_of(SET_RESPONSE, SAID[kind])) as attacker:
            done = run(*visit_words("run", tmp_path, attacker.url), *GMAC[:-1])
            assert attacker.changed == 1
        assert (done.status, done.last["code"]) == (1, "cosem-unprotected-refusal")
        assert done.last["state"] == "unknown"
        assert written_once(meter)
        report = evidence(run, tmp_path)
        assert list(report["unsettled"]) == [done.last["step"]]
        assert report["writes"] == [], "nothing is known to have been written or refused"
        with between(meter, lambda apdu: apdu) as nobody:
            resumed = run(*visit_words("resume", tmp_path, nobody.url, job="J-1042"), *GMAC[:-1])
        assert resumed.last["outcome"] == "complete", resumed.last
    settled = evidence(run, tmp_path)
    assert settled["unsettled"] == {}
    assert [write["result"] for write in settled["writes"]].count("written-earlier") == 1


def evidence(run: Run, folder: Path) -> dict[str, Any]:
    """The visit's report as it is now."""
    words = ["--training", "--data-dir", str(folder / "data"), "--out", str(folder / "report")]
    assert run("visit", "report", "J-1042", *words).status == 0
    report: dict[str, Any] = json.loads((folder / "report" / "report.json").read_text())
    return report
