"""Every outside APDU, value and crypto item: decoded to its stated meaning and encoded back octet for octet."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

from hht.protocol.cosem import apdu, data, ecc, security
from hht.protocol.cosem.ciphered import Ciphered
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.dissect import dissect_apdu
from hht.protocol.cosem.errors import TrailingOctets
from hht.protocol.cosem.proofs import Proofs
from hht.protocol.cosem.security import InvocationCounters, Protection, SecurityMaterial
from hht.protocol.frames import Node
from hht.protocol.hdlc import Control, Frame, FrameReader
from tests.protocol import cosem_meaning


def items(vectors: Any, kind: str) -> list[dict[str, Any]]:
    found = [item for item in vectors("dlms.json")["vectors"] if item["kind"] == kind]
    assert found
    return found


def test_every_apdu_means_what_the_vectors_say(vectors: Any) -> None:
    wrong = []
    for item in items(vectors, "apdu"):
        octets, name = bytes.fromhex(item["hex"]), item["meaning"]["_"]
        message = apdu.parse_apdu(octets)
        if json.loads(json.dumps(cosem_meaning.meaning(message))) != item["meaning"] or message.encode() != octets:
            wrong.append((item["id"], name))
    assert not wrong


def test_every_access_and_notification_of_the_gb_devices_goes_through_the_codec(vectors: Any) -> None:
    seen: Counter[str] = Counter()
    for item in vectors("gbcs.json")["vectors"]:
        if item.get("payload_kind") in ("dlms-access", "dlms-data-notification"):
            octets = bytes.fromhex(item["payload_hex"])
            message = apdu.parse_apdu(octets)
            again = message.encode()  # these devices write true as FF, we as 01
            assert (len(again), apdu.parse_apdu(again)) == (len(octets), message), item["id"]
            if isinstance(message, apdu.AccessRequest):
                assert len(message.items) == len(message.data), item["id"]
            elif isinstance(message, apdu.AccessResponse):
                assert len(message.results) == len(message.data), item["id"]
            tree = dissect_apdu(octets)
            assert_no_gap(tree)
            assert not list(tree.errors()), item["id"]
            seen[type(message).__name__] += 1
    assert seen.keys() == {"AccessRequest", "AccessResponse", "DataNotification"}
    assert sum(seen.values()) == 384


def test_every_value_means_what_the_vectors_say(vectors: Any) -> None:
    for item in items(vectors, "axdr_data"):
        octets = bytes.fromhex(item["hex"])
        value = data.decode(octets)
        assert cosem_meaning.data(value) == item["meaning"], item["id"]
        assert data.encode(value) == octets, item["id"]


def test_every_apdu_is_taken_apart_without_a_gap(vectors: Any) -> None:
    for item in items(vectors, "apdu"):
        octets = bytes.fromhex(item["hex"])
        tree = dissect_apdu(b"\xe6\xe6\x00" + octets, 3)
        assert (tree.start, tree.end) == (3, 3 + len(octets))
        assert_no_gap(tree)
        assert not list(tree.errors()), item["id"]


def assert_no_gap(node: Node) -> None:
    at = node.start
    for child in node.children:
        assert child.start == at
        assert_no_gap(child)
        at = child.end
    assert not node.children or at == node.end


def test_every_crypto_item(vectors: Any) -> None:
    done: Counter[int] = Counter()
    for item in items(vectors, "crypto"):
        material, title = material_of(item)
        if "challenge" in item["in"]:
            proof = security.prove(bytes.fromhex(item["in"]["challenge"]), material, title)
            assert proof.hex() == item["out"]["response"]
        else:
            check_sealed(item, material, title)
        done[item["suite"]] += 1
    assert done == {0: 2, 1: 1, 2: 2}


def check_sealed(item: dict[str, Any], material: SecurityMaterial, title: bytes) -> None:
    """Sealed as the item says, and opened again."""
    plain, protection = bytes.fromhex(item["in"]["plaintext"]), Protection.AUTHENTICATED
    if item["op"] == "gcm_auth_enc":
        protection = Protection.AUTHENTICATED_ENCRYPTED
    sealed = security.seal(plain, 0xC8, material, title, protection)
    assert sealed[2:3].hex() == item["in"]["security_control"]
    assert sealed[7:].hex() == (item["out"].get("ciphertext") or plain.hex()) + item["out"]["tag"]
    message = apdu.parse_apdu(sealed)
    assert isinstance(message, Ciphered)
    assert security.open_sealed(message, replace(material, counters=InvocationCounters()), title, protection) == plain


def material_of(item: dict[str, Any]) -> tuple[SecurityMaterial, bytes]:
    given = item["in"]
    counters = InvocationCounters(given["invocation_counter"])
    keys = (bytes.fromhex(given["encryption_key"]), bytes.fromhex(given["authentication_key"]))
    material = SecurityMaterial(*keys, counters=counters, suite=item["suite"])
    return material, bytes.fromhex(given["system_title"])


# --- whole recorded sessions: every APDU parsed, those under suite 0 opened, in order, with rising counters


def apdus_of(session: dict[str, Any]) -> list[tuple[str, bytes]]:
    """The APDUs of a session, reassembled from its HDLC frames or wrapper messages; repeated frames once."""
    readers = {"tx": FrameReader(), "rx": FrameReader()}
    pending = {"tx": b"", "rx": b""}
    last: dict[str, object] = {}
    spoken: list[Frame] = []
    found: list[tuple[str, bytes]] = []
    for step in session["steps"]:
        octets, way = bytes.fromhex(step["hex"]), step["dir"]
        if session["transport"] == "wrapper":
            found.append((way, octets[8:]))
            continue
        for frame in readers[way].feed(octets):
            if not isinstance(frame, Frame) or frame.control is not Control.I:
                continue
            if last.get(way) == frame.send_number or (way == "rx" and frame in spoken):
                continue  # sent again, or the probe's echo
            spoken = [frame] if way == "tx" else spoken
            last[way] = frame.send_number
            pending[way] += frame.info
            if not frame.segmented:
                found.append((way, pending[way][3:]))
                pending[way] = b""
    return found


# A meter made with GuruxDLMS.c answers its clock with octets left over after the value: refused, ciphered or not
TRAILING = {"21": 1, "23": 1}


def test_every_apdu_of_the_recorded_sessions_is_understood(vectors: Any) -> None:
    parsed: Counter[str] = Counter()
    trailing: Counter[str] = Counter()
    for session in items(vectors, "session"):
        for _way, octets in apdus_of(session):
            try:
                message = apdu.parse_apdu(octets)
            except TrailingOctets:
                trailing[session["name"][:2]] += 1
                continue
            assert message.encode() == octets
            parsed[type(message).__name__] += 1
    assert trailing == {"23": TRAILING["23"]}
    assert parsed["Ciphered"] > 80
    assert sum(parsed.values()) > 150, parsed


def opened(session: dict[str, Any]) -> int:
    """How many ciphered APDUs of a session open under its keys, each way with its own rising counter."""
    keys = session["keys"]
    titles = {"tx": keys["client_system_title"], "rx": keys["server_system_title"]}
    materials = {
        way: SecurityMaterial(
            bytes.fromhex(keys["encryption_key"]), bytes.fromhex(keys["authentication_key"]), suite=keys["suite"]
        )
        for way in titles
    }
    count = trailing = 0
    for way, octets in apdus_of(session):
        message = apdu.parse_apdu(octets)
        if isinstance(message, apdu.Aarq | apdu.Aare | apdu.Rlrq | apdu.Rlre):
            inside = message.user_information
            if inside and inside[0] in Ciphered.TAGS:
                message = apdu.parse_apdu(inside)
        if not isinstance(message, Ciphered):
            continue
        plain = security.open_sealed(message, materials[way], bytes.fromhex(titles[way]), Protection.AUTHENTICATED)
        materials[way].counters.accept(message.counter)
        try:
            apdu.parse_apdu(plain)
        except TrailingOctets:
            trailing += 1
        assert Cursor(plain).octet() in (0x01, 0x08, 0xC0, 0xC1, 0xC3, 0xC4, 0xC5, 0xC7)
        count += 1
    assert trailing == TRAILING.get(session["name"][:2], 0)
    return count


def test_recorded_ciphered_sessions_open_with_their_keys(vectors: Any) -> None:
    counted = {}
    for session in items(vectors, "session"):
        if "keys" in session:
            counted[session["name"][:2]] = opened(session)
    assert set(counted) == {"07", "09", "11", "17", "19", "21"}
    assert counted.pop("19") == 0  # ECDSA in a plain association
    assert all(count >= 8 for count in counted.values()), counted


def test_the_proofs_of_a_recorded_session_with_ecdsa(vectors: Any) -> None:
    (session,) = [s for s in items(vectors, "session") if "client_public_key_pem" in s.get("keys", {})]
    keys, spoken = session["keys"], [(way, apdu.parse_apdu(octets)) for way, octets in apdus_of(session)]
    aarq, aare = spoken[0][1], spoken[1][1]
    assert isinstance(aarq, apdu.Aarq)
    assert isinstance(aare, apdu.Aare)
    given = {way: next(value for value in proofs_in(message)) for way, message in spoken[2:4]}
    titles = [bytes.fromhex(keys[f"{end}_system_title"]) for end in ("client", "server")]
    challenges = [aarq.authentication or b"", aare.authentication or b""]
    for way, pem, order in (("tx", "server_public_key_pem", -1), ("rx", "client_public_key_pem", 1)):
        other = "client_public_key_pem" if way == "tx" else "server_public_key_pem"
        assert pem != other
        material = SecurityMaterial(ecc=ecc.EccKeys(peer_signing_key=ecc.public_key(keys[other])))
        hearer = Proofs(Mechanism.HIGH_ECDSA, material, *titles[::order], *challenges[::order])
        assert hearer.is_theirs(given[way], -1)
        assert not hearer.is_theirs(given["rx" if way == "tx" else "tx"], -1)


def proofs_in(message: object) -> list[bytes]:
    """The octet-string that pass 3 or 4 of a handshake carries."""
    value = getattr(message, "parameters", None) or getattr(getattr(message, "outcome", None), "returned", None)
    return [value.value] if isinstance(value, data.Data) and isinstance(value.value, bytes) else []
