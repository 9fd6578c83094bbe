"""The key establishment cluster, 0x0800: how it may end.

The dongle's firmware runs it (curve, certificate and messages are its own), so that here stands only what it tells: the
reasons of the Terminate Key Establishment command (Smart Energy profile, annex C.3).
"""

from __future__ import annotations

from typing import Final

SUCCESS, UNKNOWN_ISSUER, BAD_KEY_CONFIRM, BAD_MESSAGE, NO_RESOURCES, UNSUPPORTED_SUITE, INVALID_CERTIFICATE = range(7)

OUTCOMES: Final = {
    SUCCESS: "success",
    UNKNOWN_ISSUER: "unknown issuer",
    BAD_KEY_CONFIRM: "bad key confirm",
    BAD_MESSAGE: "bad message",
    NO_RESOURCES: "no resources",
    UNSUPPORTED_SUITE: "unsupported suite",
    INVALID_CERTIFICATE: "invalid certificate",
}
