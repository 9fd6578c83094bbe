"""A password stands in no trace that leaves a live store, unless a person says so, and that is noted."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hht.protocol.cosem.acse import Aarq
from hht.protocol.cosem.codes import ApplicationContext, Conformance, Mechanism
from hht.protocol.cosem.initiate import InitiateRequest
from hht.protocol.dissect import dissect
from hht.protocol.hdlc.frame import Control, Frame, HdlcAddress
from hht.protocol.iec62056_21 import even_parity
from hht.protocol.iec62056_21.programming import Password, password_command
from hht.protocol.wrapper import wrap
from tests.cli.test_report import Live, live, meter  # noqa: F401 - fixtures
from ui.stores import open_store
from ui.system import SystemClock
from ui.trace_masking import masked_bytes

SECRET = b"Gurux"


def test_a_live_trace_leaves_masked_and_says_so(live: Live, tmp_path: Path) -> None:  # noqa: F811
    live.visit()
    out = tmp_path / "trace.jsonl"
    done = live.run("trace", "export", "J-2042", "--out", str(out), *live.store)
    assert (done.status, done.last["masked"]) == (0, True)
    text = out.read_text()
    assert SECRET.hex() not in text
    head, header, *_rest = [json.loads(line) for line in text.splitlines()]
    assert head == {"type": "header", "format": "hht-trace", "version": 1, "masked": True, "replays": False}
    said = {"masked": True, "replays": False, "training": False, "security": "low", "client_sap": 17, "opening": "hdlc"}
    assert header == header | said
    assert len(text.splitlines()) == done.last["events"] + 1
    refused = live.run("read", f"recorded:{out}", "clock")
    assert (refused.status, refused.last["code"]) == (1, "recorded-masked")
    shown = live.run("trace", "show", str(out))
    assert [line["bytes"].count("2a2a2a2a2a") for line in shown.of("frame") if line.get("masked")] == [1]
    assert not any("check sequence is wrong" in line["summary"] for line in shown.of("frame"))

    replayed = live.run("trace", "replay", str(out), "--pace", "fast")
    assert (replayed.status, replayed.last["code"]) == (1, "recorded-masked")

    silent = live.run("trace", "export", "J-2042", "--out", str(out), "--reveal", *live.store)
    assert (silent.status, silent.last["code"]) == (1, "reveal-reason")
    reason = ["--reveal", "--reason", "fault 4711"]
    revealed = live.run("trace", "export", "J-2042", "--out", str(out), *reason, *live.store)
    assert revealed.last["masked"] is False
    assert SECRET.hex() in out.read_text()
    (tmp_path / "other").write_text("gUrux")
    differs = live.run("read", f"recorded:{out}?strict=yes", "clock", "--password-file", str(tmp_path / "other"))
    assert (differs.status, differs.last["code"]) == (1, "recording-mismatch")
    told = json.dumps(differs.lines) + differs.errors
    assert not any(secret in told for secret in (SECRET.hex(), SECRET.decode(), b"gUrux".hex(), "gUrux", "4775"))
    assert SECRET.hex() not in json.dumps(live.run("trace", "show", str(out)).lines)
    unseen = live.run("trace", "show", str(out), "--reveal", "--reason", "curious")
    assert (unseen.status, unseen.last["code"]) == (1, "reveal-not-noted")
    assert SECRET.hex() not in json.dumps(live.run("trace", "show", str(out), "--reveal", "--training").lines)
    assert SECRET.hex() in json.dumps(live.run("trace", "show", str(out), *reason, *live.store).lines)
    with open_store(live.data, "four unrelated words here", training=False, clock=SystemClock()) as store:
        noted = [(kind, payload) for _at, kind, payload in store.log_entries("trace-revealed")]
        assert [payload["why"] for _kind, payload in noted] == ["fault 4711", "fault 4711"]
        assert all(payload["who"] for _kind, payload in noted)
        assert noted[0][1]["file"] == str(out)


def aarq(mechanism: Mechanism, authentication: bytes) -> bytes:
    proposal = InitiateRequest(Conformance.GET, 0x400).encode()
    return Aarq(ApplicationContext.LN, proposal, mechanism, authentication).encode()


def frame(info: bytes) -> bytes:
    return Frame(HdlcAddress(1), HdlcAddress(17), Control.I, True, 0, 0, info=info).encode()


@given(st.binary(min_size=1, max_size=32))
def test_every_password_is_masked_and_the_frame_stays_one(password: bytes) -> None:
    request = aarq(Mechanism.LOW, password)
    for raw in (frame(b"\xe6\xe6\x00" + request), wrap(17, 1, request), request):
        masked = masked_bytes(raw)
        assert len(masked) == len(raw)
        assert b"\x2a" * len(password) in masked
        protocol = "hdlc" if raw[0] == 0x7E else "wrapper" if raw[:1] == b"\x00" else "apdu"
        assert list(dissect(masked, protocol).errors()) == []


def test_challenges_stay_and_programming_passwords_go() -> None:
    challenge = frame(b"\xe6\xe6\x00" + aarq(Mechanism.GMAC, bytes(range(100, 116))))
    assert masked_bytes(challenge) == challenge  # a replay needs it, and it protects nothing
    damaged = bytearray(challenge)
    damaged[-3] ^= 1
    assert bytes(range(100, 116)) not in masked_bytes(bytes(damaged))  # who knows what was damaged
    command = password_command(Password("12345678"))
    for sent in (command, even_parity(command)):
        shown = masked_bytes(sent)
        assert b"12345678" not in bytes(byte & 0x7F for byte in shown)
        assert (shown[:4], len(shown)) == (sent[:4], len(sent))
        # An asterisk has the parity bit of three ones; as it stands it may be told as damage, never as the password.
        assert all(node.code == "iec-parity" for node in dissect(shown, "iec").errors())
        assert not (sent is command and list(dissect(shown, "iec").errors()))
        for end in range(5, len(sent)):
            assert b"12" not in bytes(byte & 0x7F for byte in masked_bytes(sent[:end]))
    assert masked_bytes(b"\x7e\xa0") == b"\x7e\xa0"
    assert masked_bytes(b"") == b""
