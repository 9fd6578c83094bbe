"""Who may speak to the meter through its optical port, and what each may do: the role table, as data.

The credentials are the published training ones (any program may use them); a premises file cannot bring others yet.
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


@dataclass(frozen=True, slots=True)
class ClientRole:
    """One row of the role table. `password` and keys never show in `repr`."""

    sap: int
    title: str
    proof: Proof
    reads: frozenset[Item]
    writes: frozenset[Item] = frozenset()
    invokes: frozenset[tuple[Item, Action]] = frozenset()
    password: str = field(default="", repr=False)
    encryption_key: bytes = field(default=b"", repr=False)
    authentication_key: bytes = field(default=b"", repr=False)


_EVERYTHING = frozenset(Item)
_CLOCK_ACTIONS = frozenset(
    {(Item.CLOCK, Action.PRESET_TIME), (Item.CLOCK, Action.ADJUST_TO_PRESET_TIME), (Item.CLOCK, Action.SHIFT_TIME)}
)

TRAINING_CLIENTS: tuple[ClientRole, ...] = (
    ClientRole(16, "public: reads, writes nothing", Proof.NONE, _EVERYTHING),
    ClientRole(17, "installer with a password", Proof.LOW, _EVERYTHING, WRITABLE, _CLOCK_ACTIONS, password="Gurux"),
    ClientRole(
        1,
        "installer with keys; may clear the Event Log",
        Proof.GMAC,
        _EVERYTHING,
        WRITABLE,
        _CLOCK_ACTIONS | {(Item.EVENT_LOG, Action.CLEAR)},
        encryption_key=bytes(range(0x00, 0x10)),
        authentication_key=bytes(range(0xD0, 0xE0)),
    ),
)
