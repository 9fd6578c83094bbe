"""``hht gbcs``: outside messages checked with outside keys, files of keys, blocks, spellings, and what is refused."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from hht.protocol.gbcs import blocks, crypto
from hht.protocol.gbcs.key_files import read_key_files
from tests.cli.conftest import Run
from tests.protocol.gbcs_vectors import messages, of_kind
from ui.cli.main import main

BROKER = "90B3D51F30000002"


@pytest.fixture
def key_folder(tmp_path: Path, vectors: Any) -> Path:
    """Every outside key, in the files that ``--keys`` reads."""
    folder = tmp_path / "keys"
    folder.mkdir()
    for key in vectors("gbcs.json")["keys"]:
        path = folder / (key["key_id"].replace("/", "-") + ".pem")
        if "certificate_der_b64" in key:
            path.write_text(f"-----BEGIN CERTIFICATE-----\n{key['certificate_der_b64']}\n-----END CERTIFICATE-----\n")
        else:
            public = crypto.public_key(bytes.fromhex(key["public_key_hex"]))
            path.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        if "private_key_hex" in key:
            private = crypto.private_key(bytes.fromhex(key["private_key_hex"]))
            pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            path.with_suffix(".key.pem").write_bytes(pem)
    return folder


def expected(part: dict[str, Any] | None) -> str:
    return "none" if part is None else "valid" if part["verified"] else "unchecked"


def test_every_outside_message_is_verified_as_far_as_its_keys_go(run: Run, key_folder: Path, vectors: Any) -> None:
    found = [item for item in messages(vectors) if item["source"] != "gbcs"]
    text = "\n".join(item["hex"] for item in found)
    done = run("gbcs", "verify", "--keys", str(key_folder), "--acb", BROKER, stdin=text)
    assert done.status == 1  # some are of real devices, whose keys nobody here has
    assert "90B3D51F30000007-ka.pem: its certificate is 90-B3-D5-1F-30-03-00-00's" in done.errors
    strangers = 0
    for item, said in zip(found, done.lines, strict=True):
        assert (said["type"], said["mac"], said["signature"]) == (
            "message", expected(item["mac"]), expected(item["signature"]),
        )  # fmt: skip
        header = item["header"]
        assert said["kind"] == header["cra_name"]
        assert said["message_code"] == header["message_code"][2:]
        assert (said["originator"], said["recipient"]) == (
            header["business_originator_id"], header["business_target_id"],
        )  # fmt: skip
        assert said["originator_counter"] == int(header["originator_counter"])
        assert said["encrypted_values"] == len(item["encryption"])
        assert said["decrypted"] == bool(item["encryption"])
        assert said["tree"]["end"] == item["length"]
        strangers += said.get("code") == "gbcs-unknown-party"
        assert said["ok"] == ("code" not in said)
    assert strangers == 5


def test_every_negative_is_refused(run: Run, key_folder: Path, vectors: Any) -> None:
    found = of_kind(vectors, "gbcs_negative")
    codes = {"mac_invalid": "gbcs-mac", "signature_invalid": "gbcs-signature", "framing_error": "gbcs-malformed"}
    done = run("gbcs", "verify", "--keys", str(key_folder), stdin="\n".join(item["hex"] for item in found))
    assert done.status == 1
    for item, said in zip(found, done.lines, strict=True):
        assert (said["ok"], said["code"]) == (False, codes[item["expect"]])
        assert said["message"]
        assert said["remedy"]


def test_without_keys_it_says_so(run: Run, vectors: Any) -> None:
    item = next(item for item in messages(vectors) if item["form"] == "RESPONSE" and item["mac"])
    spelt = [item["hex"], base64.b64encode(bytes.fromhex(item["hex"])).decode(), f"GBCS:DATA#0:9:{item['hex']}"]
    for text in spelt:
        done = run("gbcs", "decode", stdin=text + "\n")
        assert (done.status, done.lines[0]["ok"], done.lines[0]["mac"]) == (0, True, "unchecked")
        done = run("gbcs", "verify", stdin=text + "\n")
        assert (done.status, done.lines[0]["ok"], done.lines[0]["code"]) == (1, False, "gbcs-unknown-party")


def test_blocks_are_put_together(run: Run, key_folder: Path, vectors: Any) -> None:
    item = next(item for item in messages(vectors) if item["length"] > 1200 and item["form"] == "COMMAND")
    pieces = [piece.hex() for piece in blocks.split(bytes.fromhex(item["hex"]), size=500)]
    done = run("gbcs", "verify", "--keys", str(key_folder), stdin="\n".join(pieces))
    assert done.status == 0
    assert [line["type"] for line in done.lines] == ["block"] * (len(pieces) - 1) + ["message"]
    assert (done.lines[-1]["mac"], done.lines[-1]["signature"]) == ("valid", "valid")
    done = run("gbcs", "decode", stdin="\n".join(pieces[:-1]))
    assert done.status == 1
    assert "blocks are missing" in done.errors
    done = run("gbcs", "decode", stdin="\n".join([pieces[1], item["hex"]]))
    assert [(line["ok"], line.get("code")) for line in done.lines] == [(False, "gbcs-block-number"), (True, None)]


def test_a_value_whose_tag_does_not_fit_is_not_shown(run: Run, key_folder: Path, vectors: Any) -> None:
    item = next(item for item in messages(vectors) if item["encryption"] and item["signature"])
    wrong = item["hex"].replace(item["encryption"][0]["tag"], "00" * 12)
    done = run("gbcs", "decode", "--keys", str(key_folder), stdin=wrong)
    assert (done.lines[0]["ok"], done.lines[0]["decrypted"], done.lines[0]["code"]) == (False, False, "gbcs-signature")


def test_for_people(capsys: pytest.CaptureFixture[str], tmp_path: Path, vectors: Any, key_folder: Path) -> None:
    item = next(item for item in messages(vectors) if item["use_case"] == "ECS70" and item["form"] == "RESPONSE")
    path = tmp_path / "message.bin"
    path.write_bytes(bytes.fromhex(item["hex"]))
    assert main(["gbcs", "verify", "--keys", str(key_folder), str(path)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("ECS70 Set Clock on ESME: response ")
    assert "MAC: none; signature: valid\n" in told
    path.write_bytes(bytes.fromhex(item["hex"])[:-1] + b"\x00")
    assert main(["gbcs", "verify", "--keys", str(key_folder), str(path)]) == 1
    assert "✗ The signature does not fit" in capsys.readouterr().out


def test_files_that_hold_no_key_are_told_and_left_out(run: Run, key_folder: Path, vectors: Any) -> None:
    big = generate_private_key(SECP384R1())
    pem = big.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    name = f"{BROKER}-ds"
    ring, remarks = read_key_files(
        [
            (f"{name}.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            (f"{name}.key.pem", pem),
            (f"{BROKER}-ka.pem", b"\xff\xfe"),
            ("README.md", b"hello"),
            ("readme-ds.pem", b"hello"),
        ]
    )
    assert ring.empty
    assert {remark.name for remark in remarks} == {f"{name}.pem", f"{name}.key.pem", f"{BROKER}-ka.pem"}
    assert not any(remark.used for remark in remarks)
    empty = key_folder.parent / "empty"
    empty.mkdir()
    for folder, code in ((empty, "gbcs-no-keys"), (empty / "absent", "gbcs-keys-unreadable")):
        done = run("gbcs", "verify", "--keys", str(folder), stdin="00")
        assert (done.status, done.lines[-1]["code"]) == (1, code)
    done = run("gbcs", "verify", "--acb", "12", stdin="00")
    assert (done.status, done.lines[-1]["type"]) == (1, "error")
    done = run("gbcs", "decode", stdin="\n")
    assert (done.status, done.lines[-1]["code"]) == (1, "decode-empty")
    done = run("gbcs", "decode", stdin="xyz\n")
    assert (done.status, done.lines[-1]["code"]) == (1, "decode-input")


def test_every_outside_token_is_made_and_checked(run: Run, key_folder: Path, vectors: Any) -> None:
    for item in of_kind(vectors, "utrn"):
        who = ("--keys", str(key_folder), "--supplier", item["originator"], "--meter", item["target"])
        worth = ("--pounds" if item["value_class"] == "pounds" else "--pence", str(item["value"]))
        made = run("gbcs", "make-utrn", *who, "--counter", str(item["counter"]), *worth)
        assert (made.status, made.last["utrn"]) == (0, item["utrn"]), made.lines
        zero = int(item["counter"]) & 0xFFFF_FFFF == 0
        assert ("no meter takes it" in made.errors) is not zero
        highest = int(item["counter"]) - (1 << 32)
        if not zero or highest < 0:
            continue
        found = run("gbcs", "check-utrn", *who, "--highest", str(highest), stdin=item["utrn"])
        assert (found.status, found.last["counter"], found.last["amount_pence"]) == (
            0, int(item["counter"]), made.last["amount_pence"],
        )  # fmt: skip
        again = run("gbcs", "check-utrn", *who, "--highest", str(item["counter"]), stdin=item["utrn"])
        assert (again.status, again.last["authentic"], again.last["used"]) == (1, True, True)
        other = run("gbcs", "check-utrn", *who, "--highest", str(highest + (700 << 32)), stdin=item["utrn"])
        assert (other.status, other.last["authentic"]) == (1, False)
        assert item["utrn"] not in str(found.lines) + found.errors, "a token that is checked is not shown"


def test_tokens_that_nobody_can_make_or_check(run: Run, key_folder: Path, vectors: Any) -> None:
    item = of_kind(vectors, "utrn")[0]
    who = ("--supplier", item["originator"], "--meter", item["target"])
    keys = ("--keys", str(key_folder))
    make = ("make-utrn", *who, "--counter", "4294967296")
    for words, code, stdin in (
        ((*make, *keys, "--pounds", "8192"), "gbcs-token-value", ""),
        ((*make, "--pounds", "1"), "usage", ""),
        ((*make, *keys, "--supplier", item["target"], "--pounds", "1"), "gbcs-key-missing", ""),
        (("check-utrn", *who, *keys), "utrn-check-digit", item["utrn"][:-1] + str((int(item["utrn"][-1]) + 1) % 10)),
        (("check-utrn", *who, *keys), "utrn-length", "123"),
    ):
        done = run("gbcs", *words, stdin=stdin)
        assert (done.status > 0, done.last["code"]) == (True, code), done.lines
        assert done.last["remedy"]
