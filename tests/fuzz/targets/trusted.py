"""What somebody is trusted by: jobs that a desk signed, and a BLE bridge that says who it is."""

from __future__ import annotations

import random
from collections.abc import Hashable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from drivers.bridge_session import BridgeEnd, Records, SessionBroken, TerminalEnd
from hht.work.job import JobError
from hht.work.signed_job import JobSignatureError, job_in, open_signed
from tests.fuzz.meaning import spoil_json
from tests.fuzz.mutation import Messages
from tests.fuzz.target import Target
from tests.work.signing import DESK

_IDENTITY: Final = Ed25519PrivateKey.from_private_bytes(b"i" * 32)
SAID: Final = b"/HHT5HT100\r\n"  # the one record in the seeds that the bridge did seal
_WORDS: Final = (b'"payload"', b'"signatures"', b"[]", b"{", b'"', b"1e999", b"\\u0000")


def signed_job(messages: Messages) -> Hashable:
    """Whoever changed it is refused: what is taken is what the desk signed."""
    octets = b"".join(messages)
    named = job_in(octets, "fuzz.json").reference
    if b'"payload"' in octets[:200]:
        assert open_signed(octets, [DESK], "fuzz.json").job.reference == named
    return len(named)


def terminal_end(messages: Messages) -> Hashable:
    """What anybody may say to a terminal in a bridge's place: nothing of it is the meter's."""
    end, records, told = TerminalEnd(random.Random(1).randbytes), Records(), 0
    for one in messages:
        for kind, body in records.feed(one):
            if end.key:
                assert end.heard(kind, body) == SAID, "sealed by nobody"
            else:
                end.proved(kind, body)
            told += 1
    return told


def bridge_end(messages: Messages) -> Hashable:
    """What anybody may say to a bridge."""
    end, records, told = BridgeEnd(_IDENTITY, random.Random(1).randbytes), Records(), []
    for one in messages:
        for kind, body in records.feed(one):
            answer, inner, octets = end.heard(kind, body)
            assert not octets, "sealed by nobody"
            told.append((len(answer), inner))
    return tuple(told[:3])


TARGETS: Final = [
    Target("signed-job", signed_job, "signed-jobs", (JobError, JobSignatureError), _WORDS, sample=200,
           meaning=spoil_json),
    Target("bridge-terminal", terminal_end, "bridge-records", (SessionBroken,), sample=300, longest=100_000,
           stream=True),
    Target("bridge-end", bridge_end, "bridge-records", (SessionBroken,), sample=300, longest=100_000, stream=True),
]  # fmt: skip
