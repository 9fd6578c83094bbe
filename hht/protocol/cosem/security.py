"""Security suite 0: AES-128-GCM protection of APDUs, and the GMAC proof of HLS mechanism 5 (Green Book 9.2.7)."""

from __future__ import annotations

from dataclasses import dataclass, field

TITLE_LENGTH = 8
KEY_LENGTH = 16


@dataclass(slots=True)
class InvocationCounters:
    """The counters of one key, both ways. Keep this object (or its numbers) for as long as the key is in use.

    `next_to_send` goes into the next protected message and must never go back. `received` is the highest counter taken
    from the other end so far (-1: none yet): a message that does not rise above it is refused.
    """

    next_to_send: int = 0
    received: int = -1


@dataclass(frozen=True, slots=True)
class SecurityMaterial:
    """Keys and titles of one client at one meter. No secret shows in `repr`.

    `ek` is the global unicast encryption key, `ak` the authentication key (16 octets each). `system_title` is the
    meter's (b"": learnt from its answer; otherwise another is refused), `client_title` the client's (8 octets each).
    """

    ek: bytes = field(repr=False)
    ak: bytes = field(repr=False)
    system_title: bytes = b""
    client_title: bytes = b""
    counters: InvocationCounters = field(default_factory=InvocationCounters, compare=False)
