"""The ways in which a protected APDU can travel, and what an envelope turned out to be."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from hht.protocol.cosem.general import GeneralHeader
from hht.protocol.cosem.security import Protection


class Envelope(enum.StrEnum):
    """How protected APDUs leave. What comes is understood in any of them for which there are keys.

    GLOBAL and DEDICATED have a message of their own for each service; the GENERAL ones carry the sender's title. The
    last four are general-ciphering, which names its key in each message: the global one, one wrapped with the master
    key, or one agreed on with an ephemeral key (C(1e, 1s)) or with static keys alone (C(0e, 2s)).
    """

    GLOBAL = "glo"
    DEDICATED = "ded"
    GENERAL_GLOBAL = "general-glo"
    GENERAL_DEDICATED = "general-ded"
    IDENTIFIED_KEY = "identified-key"
    WRAPPED_KEY = "wrapped-key"
    ONE_PASS_KEY = "one-pass-key"
    STATIC_KEY = "static-key"

    @property
    def is_dedicated(self) -> bool:
        """Needs a dedicated key."""
        return self in (Envelope.DEDICATED, Envelope.GENERAL_DEDICATED)

    @property
    def is_general(self) -> bool:
        """Needs general protection in the conformance block."""
        return self not in (Envelope.GLOBAL, Envelope.DEDICATED)

    @property
    def is_general_ciphering(self) -> bool:
        """general-ciphering: the key is named in each message."""
        return self in (Envelope.IDENTIFIED_KEY, Envelope.WRAPPED_KEY, Envelope.ONE_PASS_KEY, Envelope.STATIC_KEY)

    @property
    def opening(self) -> Envelope:
        """How the messages that open and close an association travel: always under the global key."""
        general = self in (Envelope.GENERAL_GLOBAL, Envelope.GENERAL_DEDICATED)
        return Envelope.GENERAL_GLOBAL if general else Envelope.GLOBAL


@dataclass(slots=True)
class Opened:
    """What was found on the way to an APDU: `protection` and `envelope` of its ciphering, whether it was signed (and
    whether around the ciphering), and the header of general-ciphering or general-signing."""

    protection: Protection = Protection.NOTHING
    envelope: Envelope | None = None
    signed: bool = False
    signed_outside: bool = False
    header: GeneralHeader | None = None
