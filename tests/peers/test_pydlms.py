"""pydlms, a program not written here, under every security: it reads our emulated meter, and our terminal reads its.

Skipped, visibly, where its environment cannot be made (`environment.py`). Two of its forms are not ours, and it has a
switch for each: general-ciphering's tag without the message's header, and a signature over contents without their
length. Ours are those that the Green Book says and the GBCS reference messages have; under its defaults it is refused.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hht.emulation.training_keys import meter_keys
from tests.peers.environment import plain_text_python
from tests.support.command import Done, hht
from tests.support.emulate import Emulated

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the peers run on POSIX")

READER = """
import json, sys, traceback
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pydlms.client import DlmsClient
from pydlms.security.context import SecurityContext
from pydlms.security.general import KeyInfo
from pydlms.security.hls import Mechanism

def read(given):
    row = given["client"]
    keys = {"signing": None, "agreement": None, "server": None, "server_agreement": None}
    if "signing_key" in row:
        private, public = serialization.load_pem_private_key, serialization.load_pem_public_key
        keys["signing"] = private(row["signing_key"].encode(), None)
        keys["agreement"] = private(row["agreement_key"].encode(), None)
        for name in ("server", "server_agreement"):
            keys[name] = x509.load_pem_x509_certificate(row[name + "_certificate"].encode()).public_key()
    settings = {}
    if given["ciphered"]:
        settings["security"] = SecurityContext(
            bytes.fromhex(row["ek"]), bytes.fromhex(row["ak"]), client_system_title=b"PYDLMS01",
            server_system_title=bytes.fromhex(row["system_title"]), invocation_counter=1, suite=row["suite"],
            master_key=bytes.fromhex(row["kek"]) if "kek" in row else None,
            signing_key=keys["signing"], peer_signing_key=keys["server"], key_agreement_key=keys["agreement"],
            peer_key_agreement_key=keys["server_agreement"], **given["forms"],
        )
    elif "system_title" in row:
        settings["client_system_title"] = b"PYDLMS01"
    if row["security"] == "ecdsa":
        settings |= {"signing_key": keys["signing"], "server_public_key": keys["server"]}
    names = {"none": "NONE", "low": "LLS", "gmac": "HLS_GMAC", "sha256": "HLS_SHA256", "ecdsa": "HLS_ECDSA"}
    if "key" in given["settings"]:
        given["settings"]["key_info"] = KeyInfo(*given["settings"].pop("key"))
    host, port = given["address"].split(":")
    meter = DlmsClient.tcp(
        host, int(port), hdlc=given["hdlc"], client_sap=row["sap"], server_logical=1, timeout=10,
        mechanism=Mechanism[names[row["security"]]], password=row.get("password"), **settings, **given["settings"],
    )
    with meter:
        clock = str(meter.get_clock())
        imported = meter.get("1.0.1.8.0.255", 3, 2).value
    return {"clock": clock, "import": imported}

for line in sys.stdin:  # each a client of its own
    try:
        print(json.dumps({"found": read(json.loads(line)), "errors": ""}), flush=True)
    except Exception:
        print(json.dumps({"found": None, "errors": traceback.format_exc()}), flush=True)
"""
METER = """
import json, sys
from cryptography.hazmat.primitives import serialization
from pydlms.security.context import SecurityContext
from pydlms.security.hls import Mechanism
from pydlms.simulator import ClientProfile, example_meter, serve

given = json.loads(sys.argv[1])
row = given["client"]
title = bytes.fromhex(row["system_title"])
keys = (bytes.fromhex(row["ek"]), bytes.fromhex(row["ak"])) if given["ciphered"] else ()
meter = example_meter()
meter.system_title = title
if keys:
    meter.encryption_key, meter.authentication_key = keys
    meter.security = SecurityContext(*keys, client_system_title=title, suite=row["suite"])
profile = ClientProfile(Mechanism[given["mechanism"]], ciphered=bool(keys))
if "password" in row:
    profile.secret = row["password"].encode()
if row["security"] == "ecdsa":
    private = lambda pem: serialization.load_pem_private_key(pem.encode(), None)
    meter.signing_key = private(given["meter_key"])
    profile.client_public_key = private(row["signing_key"]).public_key()
meter.clients[row["sap"]] = profile
server = serve(meter, "127.0.0.1", 0, given["hdlc"])
print(server.server_address[1], flush=True)
sys.stdin.read()
server.shutdown()
"""
WAYS = [("none", 0), ("low", 0), ("gmac", 0), ("gmac", 1), ("gmac", 2), ("sha256", 0), ("ecdsa", 1), ("ecdsa", 2)]
SECURED = [way for way in WAYS if way[0] not in ("none", "low")]
# Its meter's GMAC proof names suite 0 in every suite: refused in suites 1 and 2, where it does not prove what it should
IT_OFFERS = [way for way in SECURED if way not in (("gmac", 1), ("gmac", 2))]
KEYS = [["wrapped"], ["agreed", 0, 1], ["agreed", 0, 2]]  # kind, key identifier, scheme
OUR_FORMS = {"general_aad": "with-header", "signing_form": "length-prefixed-content"}


@dataclass(frozen=True)
class Found:
    """What it found, or what it had to say."""

    found: dict[str, Any] | None
    errors: str


Reads = Callable[..., Found]


@pytest.fixture(scope="module")
def meter() -> Iterator[Emulated]:
    plain_text_python()
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "1") as emulated:
        yield emulated


@pytest.fixture(scope="module")
def reads(meter: Emulated) -> Iterator[Reads]:
    """Has pydlms read the emulated meter: one process, a client of its own each time."""
    command = [str(plain_text_python()), "-c", READER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None
        assert running.stdout is not None

        def read(
            security: str,
            suite: int,
            *,
            hdlc: bool = False,
            ciphered: bool = False,
            forms: dict[str, str] | None = None,
            **settings: Any,
        ) -> Found:
            given = {
                "client": row_of(meter, security, suite), "address": meter.address, "hdlc": hdlc, "ciphered": ciphered,
                "forms": OUR_FORMS if forms is None else forms, "settings": settings,
            }  # fmt: skip
            running.stdin.write(json.dumps(given) + "\n")
            running.stdin.flush()
            return Found(**json.loads(running.stdout.readline()))

        yield read
        running.stdin.close()


def row_of(meter: Emulated, security: str, suite: int) -> dict[str, Any]:
    (row,) = [row for row in meter.listening["clients"] if row["security"] == security and row.get("suite", 0) == suite]
    return {name: value for name, value in row.items() if name not in ("reads", "writes", "invokes")}


def check(done: Found) -> None:
    assert done.found is not None, done.errors[-1500:]
    assert done.found["clock"].startswith("20")
    assert done.found["import"] >= 8_214_306


@pytest.mark.sampled(one_in=2)
@pytest.mark.parametrize("hdlc", [False, True], ids=["wrapper", "hdlc"])
@pytest.mark.parametrize(("security", "suite"), WAYS)
def test_it_proves_itself(reads: Reads, security: str, suite: int, hdlc: bool) -> None:
    check(reads(security, suite, hdlc=hdlc, ciphered=security == "gmac"))


@pytest.mark.sampled(one_in=2)
@pytest.mark.parametrize("dedicated", [False, True], ids=["global", "dedicated"])
@pytest.mark.parametrize("protection", ["glo", "general-glo"])
@pytest.mark.parametrize(("security", "suite"), SECURED)
def test_it_reads_ciphered(reads: Reads, security: str, suite: int, protection: str, dedicated: bool) -> None:
    check(reads(security, suite, ciphered=True, protection=protection, use_dedicated_key=dedicated))


@pytest.mark.sampled(one_in=2)
@pytest.mark.parametrize(
    "protection", ["general-ciphering", "general-signing", "glo+signing", "general-ciphering+signing"]
)
@pytest.mark.parametrize("suite", [1, 2])
def test_it_ciphers_and_signs_generally(reads: Reads, suite: int, protection: str) -> None:
    done = reads("ecdsa", suite, ciphered=True, protection=protection)
    check(done)


@pytest.mark.parametrize(
    "key", [["wrapped"], ["agreed", 0, 1], ["agreed", 0, 2]], ids=["wrapped", "one pass", "static"]
)
@pytest.mark.parametrize("suite", [1, 2])
def test_it_makes_a_key_for_each_message(reads: Reads, suite: int, key: list[object]) -> None:
    check(reads("ecdsa", suite, ciphered=True, protection="general-ciphering", key=key))


def test_its_own_forms_are_refused(reads: Reads) -> None:
    for protection in ("general-ciphering", "glo+signing"):
        done = reads("ecdsa", 1, ciphered=True, protection=protection, forms={})
        assert "DECIPHERING_ERROR" in done.errors


# --- the other way round


def meter_key(row: dict[str, Any]) -> str:
    """The training meter's own signing key in PEM."""
    key = meter_keys(row["suite"]).signing_key
    assert key is not None
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@contextmanager
def simulated(row: dict[str, Any], *, ciphered: bool, hdlc: bool = True) -> Iterator[str]:
    """The link URL of a meter that pydlms plays."""
    mechanism = {"low": "LLS", "gmac": "HLS_GMAC", "sha256": "HLS_SHA256", "ecdsa": "HLS_ECDSA"}[row["security"]]
    given = {"client": row, "ciphered": ciphered, "hdlc": hdlc, "mechanism": mechanism, "meter_key": meter_key(row)}
    command = [str(plain_text_python()), "-c", METER, json.dumps(given)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        port = running.stdout.readline().strip()
        try:
            yield f"tcp://127.0.0.1:{port}?framing={'hdlc' if hdlc else 'wrapper'}"
        finally:
            running.stdin.close()
            running.wait(timeout=10)


def ours(link: str, folder: Path, row: dict[str, Any], *words: str, plain: bool = False) -> Done:
    """Our terminal reads the clock of the meter at `link`."""
    given = {name: value for name, value in row.items() if not (plain and name in ("ek", "ak", "kek"))}
    (folder / "keys.json").write_text(json.dumps(given))
    (folder / "password").write_text(row.get("password", ""))
    secrets = ["--keys", str(folder / "keys.json"), "--password-file", str(folder / "password")]
    way = ["--security", row["security"], "--client", str(row["sap"]), "--data-dir", str(folder / "data")]
    return hht("read", link, "8/0-0:1.0.0/2", *way, *secrets, *words)


@pytest.mark.sampled(one_in=2)
@pytest.mark.parametrize("hdlc", [False, True], ids=["wrapper", "hdlc"])
@pytest.mark.parametrize(("security", "suite"), IT_OFFERS)
def test_our_terminal_reads_its_meter(meter: Emulated, tmp_path: Path, security: str, suite: int, hdlc: bool) -> None:
    row = row_of(meter, security, suite)
    with simulated(row, ciphered=True, hdlc=hdlc) as link:
        for envelope in ("glo", "ded", "general-glo", "general-ded"):
            done = ours(link, tmp_path, row, "--envelope", envelope)
            assert done.status == 0, (envelope, done.last)


@pytest.mark.parametrize("suite", [1, 2])
def test_its_gmac_in_another_suite_than_it_says_is_refused(meter: Emulated, tmp_path: Path, suite: int) -> None:
    row = row_of(meter, "gmac", suite)
    with simulated(row, ciphered=True) as link:
        done = ours(link, tmp_path, row)
    assert (done.status, done.last["code"]) == (1, "cosem-peer-not-proved")


@pytest.mark.parametrize(("security", "suite"), [("sha256", 0), ("ecdsa", 1), ("ecdsa", 2)])
def test_our_terminal_reads_its_meter_in_the_clear(meter: Emulated, tmp_path: Path, security: str, suite: int) -> None:
    row = row_of(meter, security, suite)
    with simulated(row, ciphered=False) as link:
        done = ours(link, tmp_path, row, plain=True)
        assert done.status == 0, done.last
