"""Every security that the command line offers, against a meter in another process; what is wrong with a keys file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hht.protocol.cosem.envelopes import Envelope
from tests.support.command import Done, here, hht
from tests.support.emulate import Emulated
from ui.cli.common import ENVELOPES

WAYS = [("gmac", 0), ("sha256", 0), ("ecdsa", 1), ("ecdsa", 2), ("gmac", 1), ("gmac", 2)]


@pytest.fixture(scope="module")
def meter() -> Iterator[Emulated]:
    """A meter whose invocation counters never go back."""
    words = ("--optical", "tcp://127.0.0.1:0", "--days", "1", "--counters", "strict")
    with Emulated("single-element", *words) as emulated:
        yield emulated


def client(meter: Emulated, security: str, suite: int) -> dict[str, Any]:
    """The meter's own words about one of its clients: they are a keys file as they stand."""
    rows = [row for row in meter.listening["clients"] if row["security"] == security and row.get("suite", 0) == suite]
    assert len(rows) == 1
    return dict(rows[0])


def read(
    meter: Emulated,
    folder: Path,
    security: str,
    suite: int,
    *words: str,
    program: Callable[..., Done] = here,
    **changes: Any,
) -> Done:
    """``hht read LINK clock`` with the keys that the meter printed, `changes` among them (None: left out)."""
    row = {name: value for name, value in (client(meter, security, suite) | changes).items() if value is not None}
    keys, password = folder / "keys.json", folder / "password"
    keys.write_text(json.dumps(row))
    password.write_text(row.get("password", ""))
    given = ["--security", security, "--suite", str(suite), "--keys", str(keys), "--password-file", str(password)]
    sap = ["--client", str(row["sap"]), "--data-dir", str(folder / "data")]
    return program("read", meter.url, "clock", *given, *sap, *words)


@pytest.mark.parametrize(("security", "suite"), WAYS)
def test_every_security_twice_at_a_strict_meter(meter: Emulated, tmp_path: Path, security: str, suite: int) -> None:
    for _visit in range(2):
        done = read(meter, tmp_path, security, suite, program=hht)  # each visit is another process
        assert done.status == 0, done.last
        assert done.of("clock")[0]["time"].endswith("Z")
    shown = (tmp_path / "data" / "counters.db").read_bytes()
    assert client(meter, security, suite)["ek"].encode() not in shown
    assert bytes.fromhex(client(meter, security, suite)["ek"]) not in shown


def test_a_terminal_that_lost_count_goes_on_from_what_a_strict_meter_states(meter: Emulated, tmp_path: Path) -> None:
    for visit in ("first", "second"):
        folder = tmp_path / visit  # another terminal, with the same keys
        folder.mkdir()
        done = read(meter, folder, "gmac", 1, invocation_counter=5000)
        assert done.status == 0, done.last
    assert read(meter, tmp_path / "second", "gmac", 1, invocation_counter=9000).status == 0
    assert read(meter, tmp_path / "first", "gmac", 1, invocation_counter=3).status == 0, "its own is behind by now"


def test_a_wrong_key_is_refused_once_and_says_what_a_counter_may_have_to_do_with_it(
    meter: Emulated, tmp_path: Path
) -> None:
    assert read(meter, tmp_path, "gmac", 1, invocation_counter=20_000).status == 0
    meter.events()
    done = read(meter, tmp_path, "gmac", 1, ek="00" * 16, invocation_counter=900_000)
    assert (done.status, done.last["code"]) == (1, "cosem-authentication-failure")
    assert "invocation_counter" in done.last["remedy"]


@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize("sign", [[], ["--sign"]])
def test_every_envelope(meter: Emulated, tmp_path: Path, envelope: str, sign: list[str]) -> None:
    suite = 2 if sign else 1
    words = ["--envelope", envelope, *sign]
    counter = 100_000 + 1000 * (ENVELOPES.index(envelope) + len(ENVELOPES) * len(sign))
    done = read(meter, tmp_path, "ecdsa", suite, *words, invocation_counter=counter)
    assert done.status == 0, done.last
    assert done.of("clock")


def test_the_envelopes_are_those_of_the_protocol() -> None:
    assert list(ENVELOPES) == list(Envelope)


@pytest.mark.parametrize("protection", ["both", "authenticated"])
def test_protection(tmp_path: Path, protection: str) -> None:
    done = here("read", "emulated:single-element?days=1", "clock", "--protection", protection)
    assert done.status == 0, done.last
    refused = here("read", "emulated:single-element?days=1", "clock", "--protection", "encrypted")
    assert (refused.status, refused.last["code"]) == (1, "cosem-authentication-failure")


@pytest.mark.parametrize(("security", "suite"), WAYS)
def test_training_keys_need_no_file(security: str, suite: int) -> None:
    done = here("read", "emulated:single-element?days=1", "clock", "--security", security, "--suite", str(suite))
    assert done.status == 0, done.last


def test_security_that_training_premises_lack() -> None:
    done = here("read", "emulated:single-element?days=1", "clock", "--security", "sha256", "--suite", "2")
    assert (done.status, done.last["code"]) == (1, "association-training")
    done = here("read", "emulated:single-element?days=1&clients=training", "clock", "--security", "ecdsa")
    assert (done.status, done.last["code"]) == (1, "cosem-client-refused")


@pytest.mark.parametrize(
    ("security", "suite", "changes"),
    [
        ("gmac", 1, {"ek": "00" * 32}),
        ("gmac", 2, {"ek": "00" * 16}),
        ("gmac", 2, {"ak": None}),
        ("gmac", 1, {"kek": "AB"}),
        ("gmac", 1, {"system_title": "AB"}),
        ("gmac", 1, {"client_title": 8}),
        ("gmac", 1, {"invocation_counter": True}),
        ("ecdsa", 1, {"signing_key": None}),
        ("ecdsa", 1, {"signing_key": "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"}),
        ("ecdsa", 1, {"signing_key": 7}),
        ("ecdsa", 1, {"server_certificate": None}),
        ("ecdsa", 1, {"server_certificate": "no certificate"}),
        ("ecdsa", 2, {"agreement_key": ""}),
        ("ecdsa", 2, {"server_agreement_certificate": "-----BEGIN CERTIFICATE-----"}),
    ],
)
def test_each_wrong_field_is_named(
    meter: Emulated, tmp_path: Path, security: str, suite: int, changes: dict[str, Any]
) -> None:
    done = read(meter, tmp_path, security, suite, **changes)
    assert (done.status, done.last["code"]) == (1, "keys-file")
    (field,) = changes
    assert field in done.last["message"]
    assert "c2VjcmV0" not in json.dumps(done.lines) + done.errors


def test_keys_of_another_suite_are_told_apart(meter: Emulated, tmp_path: Path) -> None:
    other = client(meter, "ecdsa", 2)
    done = read(meter, tmp_path, "ecdsa", 1, signing_key=other["signing_key"])
    assert done.last["code"] == "keys-file"
    assert "signing_key" in done.last["message"]
    assert "2" in done.last["message"]


def test_a_wrong_certificate_and_a_wrong_secret(meter: Emulated, tmp_path: Path) -> None:
    wrong = client(meter, "ecdsa", 1)
    other = wrong["server_agreement_certificate"]
    done = read(meter, tmp_path, "ecdsa", 1, server_certificate=other, invocation_counter=900_000)
    assert (done.status, done.last["code"]) == (1, "cosem-peer-not-proved")
    done = read(meter, tmp_path, "sha256", 0, password="another", invocation_counter=900_000)
    assert (done.status, done.last["code"]) == (1, "cosem-authentication-failure")
    assert "another" not in json.dumps(done.lines) + done.errors


def test_the_suite_of_the_keys_is_taken_where_none_is_named(meter: Emulated, tmp_path: Path) -> None:
    row = client(meter, "gmac", 2) | {"invocation_counter": 900_000}
    (tmp_path / "keys.json").write_text(json.dumps(row))
    words = ["--keys", str(tmp_path / "keys.json"), "--data-dir", str(tmp_path / "data")]
    done = here("read", meter.url, "clock", *words, "--client", str(row["sap"]))
    assert done.status == 0, done.last
    done = here("read", meter.url, "clock", *words, "--suite", "1")
    assert done.last["code"] == "keys-file"


@pytest.mark.parametrize(("security", "suite"), WAYS)
def test_a_keys_file_decides_client_security_and_suite(
    meter: Emulated, tmp_path: Path, security: str, suite: int
) -> None:
    """A row of what the meter prints is a keys file as it stands, with the suite named or left to the keys."""
    row = client(meter, security, suite) | {"invocation_counter": 2_000_000 + suite}
    for name in ("suite", "nothing"):
        (tmp_path / "keys.json").write_text(json.dumps({key: row[key] for key in row if key != name}))
        words = ["--keys", str(tmp_path / "keys.json"), "--data-dir", str(tmp_path / "data")]
        done = here("read", meter.url, "clock", *words)
        assert done.status == 0, done.last


def test_keys_that_contradict_what_is_said_of_them(meter: Emulated, tmp_path: Path) -> None:
    row, small = client(meter, "ecdsa", 2), client(meter, "ecdsa", 1)
    mixed = {name: row[name] for name in row if name != "suite"} | {"signing_key": small["signing_key"]}
    for keys, words, told in (
        (row, ["--suite", "1"], "--suite 1 contradicts"),
        (small, ["--suite", "2"], "--suite 2 contradicts"),
        (mixed, [], "signing_key is on the curve of security suite 1"),
    ):
        (tmp_path / "keys.json").write_text(json.dumps(keys))
        done = here("read", meter.url, "clock", "--keys", str(tmp_path / "keys.json"), *words)
        assert (done.status, done.last["code"]) == (1, "keys-file"), done.last
        assert told in done.last["message"]


def test_a_wrong_suite_is_not_told_as_a_wrong_client(meter: Emulated, tmp_path: Path) -> None:
    row = client(meter, "gmac", 1)
    (tmp_path / "keys.json").write_text(json.dumps(row | {"invocation_counter": 3_000_000}))
    words = ["--keys", str(tmp_path / "keys.json"), "--data-dir", str(tmp_path / "data")]
    done = here("read", meter.url, "clock", *words, "--suite", "0")
    assert (done.status, done.last["code"]) == (1, "cosem-deciphering")
    assert "suite" in done.last["remedy"]
    done = here("read", meter.url, "clock", *words, "--client", "99")
    assert (done.status, done.last["code"]) == (1, "cosem-client-refused")
    assert "suite" in done.last["message"]  # the meter says no reason: both are possible


def test_a_meter_whose_counter_went_back_needs_a_word(tmp_path: Path) -> None:
    words = ("--optical", "tcp://127.0.0.1:0", "--days", "1", "--counters", "strict")
    for extra, code in (([], None), ([], "cosem-counter-went-back"), (["--accept-counter-reset"], None)):
        with Emulated("single-element", *words) as emulated:  # a new one each time, under the same keys
            row = client(emulated, "gmac", 0)
            (tmp_path / "keys.json").write_text(json.dumps(row))
            given = ["--keys", str(tmp_path / "keys.json"), "--data-dir", str(tmp_path / "data"), *extra]
            done = here("read", emulated.url, "clock", *given)
            assert done.last.get("code") == code, done.last


@pytest.mark.parametrize(("security", "suite"), [("ecdsa", 1), ("ecdsa", 2), ("gmac", 1), ("gmac", 2)])
def test_messages_that_are_signed_and_not_ciphered(tmp_path: Path, security: str, suite: int) -> None:
    words = ("--security", security, "--suite", str(suite), "--protection", "signed")
    done = here("read", "emulated:single-element?days=1&counters=strict", "clock", "registers", *words)
    assert done.status == 0, done.last
    assert [line["unit"] for line in done.of("register")][:4] == ["kWh", "kWh", "W", "V"]


def test_signatures_alone_are_nothing_in_suite_0() -> None:
    done = here("read", "emulated:single-element?days=1", "clock", "--protection", "signed")
    assert done.status == 1
    assert done.last["remedy"]
