"""Who may speak to the meter through its optical port, and what each may do: the role table, as data.

The credentials are the published training ones (any program may use them); a premises file chooses which of the clients
there are, and cannot bring others yet.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from hht.model.electricity_meter.items import WRITABLE, Action, Item


class Proof(enum.StrEnum):
    """How a client proves itself."""

    NONE = "none"
    LOW = "low"
    GMAC = "gmac"
    SHA256 = "sha256"
    ECDSA = "ecdsa"


class ClientSet(enum.StrEnum):
    """Which clients a meter knows."""

    TRAINING = "training"  # none, low, and gmac in security suite 0
    EVERY = "every"  # beside them sha256, ecdsa and security suites 1 and 2


@dataclass(frozen=True, slots=True)
class ClientRole:
    """One row of the role table. `password` and keys never show in `repr`.

    `suite` is the security suite; `master_key` wraps keys. From suite 1 on, and for ECDSA, the client also has key
    pairs, which are not the role's but the premises'.
    """

    sap: int
    title: str
    proof: Proof
    reads: frozenset[Item]
    writes: frozenset[Item] = frozenset()
    invokes: frozenset[tuple[Item, Action]] = frozenset()
    password: str = field(default="", repr=False)
    encryption_key: bytes = field(default=b"", repr=False)
    authentication_key: bytes = field(default=b"", repr=False)
    suite: int = 0
    master_key: bytes = field(default=b"", repr=False)

    @property
    def has_key_pairs(self) -> bool:
        """Signs, or agrees on keys."""
        return self.suite > 0 or self.proof is Proof.ECDSA


_EVERYTHING = frozenset(Item)
PRIVATE = frozenset({Item.PREPAYMENT, Item.COST, Item.BILLING, Item.MESSAGE})  # money and mail: not for just anybody
_CLOCK_ACTIONS = frozenset(
    {(Item.CLOCK, Action.PRESET_TIME), (Item.CLOCK, Action.ADJUST_TO_PRESET_TIME), (Item.CLOCK, Action.SHIFT_TIME)}
)
_IMAGES = frozenset(
    (Item.IMAGE_TRANSFER, action)
    for action in (Action.INITIATE_IMAGE, Action.TAKE_BLOCK, Action.VERIFY_IMAGE, Action.ACTIVATE_IMAGE)
)

TRAINING_CLIENTS: tuple[ClientRole, ...] = (
    ClientRole(16, "public: reads, writes nothing", Proof.NONE, _EVERYTHING - PRIVATE),
    ClientRole(17, "installer with a password", Proof.LOW, _EVERYTHING, WRITABLE, _CLOCK_ACTIONS, password="Gurux"),
    ClientRole(
        1,
        "installer with keys; may clear the Event Log",
        Proof.GMAC,
        _EVERYTHING,
        WRITABLE,
        _CLOCK_ACTIONS | _IMAGES | {(Item.EVENT_LOG, Action.CLEAR)},
        encryption_key=bytes(range(0x00, 0x10)),
        authentication_key=bytes(range(0xD0, 0xE0)),
    ),
)


def _secured(sap: int, title: str, proof: Proof, suite: int, password: str = "") -> ClientRole:
    """An installer with keys that begin with the octet 16 times the SAP, so that no two clients share a key."""
    size = 32 if suite == 2 else 16
    first = 0x10 * sap
    return ClientRole(
        sap,
        title,
        proof,
        _EVERYTHING,
        WRITABLE,
        _CLOCK_ACTIONS | _IMAGES,
        password=password,
        encryption_key=bytes(range(first, first + size)),
        authentication_key=bytes(range(0xFF, 0xFF - size, -1)),
        suite=suite,
        master_key=bytes(range(first + size, first, -1)),
    )


SECURED_CLIENTS: tuple[ClientRole, ...] = (
    _secured(2, "installer with a secret (SHA-256)", Proof.SHA256, 0, "Gurux-SHA256"),
    _secured(3, "installer with a signature, suite 1", Proof.ECDSA, 1),
    _secured(4, "installer with a signature, suite 2", Proof.ECDSA, 2),
    _secured(5, "installer with keys, suite 1", Proof.GMAC, 1),
    _secured(6, "installer with keys, suite 2", Proof.GMAC, 2),
)


def clients_of(which: ClientSet) -> tuple[ClientRole, ...]:
    """The role table of a premises that has these clients."""
    return TRAINING_CLIENTS + (SECURED_CLIENTS if which is ClientSet.EVERY else ())
