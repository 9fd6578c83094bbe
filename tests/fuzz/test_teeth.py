"""Without a guard the fuzzer finds what the guard was for: it can fail."""

from __future__ import annotations

import pytest

from hht.protocol.cosem.ciphered import ENCRYPTED, TAG_LENGTH
from hht.protocol.cosem.security import GcmKey, InvocationCounters
from tests.fuzz import job
from tests.fuzz.targets import TARGETS


def _unverified(key: GcmKey, body: bytes, control: int, counter: int) -> bytes:
    text = body[:-TAG_LENGTH]
    return key.protect(text, ENCRYPTED, counter) if control & ENCRYPTED else text


def _any_counter(_counters: InvocationCounters, _counter: int) -> None:
    return None


@pytest.mark.parametrize(
    ("guard", "without", "target", "inputs", "words"),
    [
        pytest.param("hht.protocol.cosem.axdr.MAX_DEPTH", 1_000_000, "axdr", 2500, "recursion", marks=pytest.mark.soak),
        pytest.param(
            "hht.protocol.cosem.security.InvocationCounters.check",
            _any_counter,
            "cosem-server",
            1500,
            "an old message",
            marks=pytest.mark.soak,  # it takes so many inputs
        ),
        ("hht.protocol.cosem.security.GcmKey.unprotect", _unverified, "cosem-envelopes", 400, "came through"),
        ("hht.protocol.hdlc.client.RETRIES", 1_000_000, "hdlc-client", 60, "waits for ever"),
        ("hht.protocol.cosem.blocks.MAX_IDLE_TURNS", 1_000_000, "cosem-blocks", 60, "for ever"),
    ],
)
def test_what_a_guard_keeps_out_is_found(
    guard: str, without: object, target: str, inputs: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not job.run(TARGETS[target], 3, inputs).failures
    monkeypatch.setattr(guard, without)
    failures = job.run(TARGETS[target], 3, inputs).failures
    assert any(words in failure.words for failure, _messages in failures), failures
