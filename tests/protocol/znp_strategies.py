"""Any record that its fields allow, drawn from its own declaration."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from hht.protocol.little_endian import Fixed, Ieee, Kind, ListOf, Octets, Record, Whole, Within, layout
from hht.protocol.znp.messages import Address, AddressKind

IEEE = st.binary(min_size=8, max_size=8).map(lambda octets: octets.hex().upper())


def values(kind: Kind) -> st.SearchStrategy[Any]:
    """Every value that a field of this kind may have."""
    if isinstance(kind, Whole):
        half = 1 << 8 * kind.size - 1
        return st.integers(-half, half - 1) if kind.signed else st.integers(0, 2 * half - 1)
    if isinstance(kind, Ieee):
        return IEEE
    if isinstance(kind, Fixed):
        return st.binary(min_size=kind.size, max_size=kind.size)
    if isinstance(kind, Octets):
        return st.binary(max_size=40 if kind.most is None else min(40, kind.most))
    if isinstance(kind, ListOf):
        return st.lists(values(kind.kind), max_size=8).map(tuple)
    if isinstance(kind, Within):
        return records(kind.record)
    if isinstance(kind, AddressKind):
        return st.builds(Address.of, IEEE) | st.builds(Address.near, st.integers(0, 0xFFFF))
    return st.binary(max_size=200) | st.integers(300, 0xFFFF)  # a message, whole or in pieces


def records(record: type[Record]) -> st.SearchStrategy[Any]:
    """Every record of this type."""
    return st.builds(record, **{name: values(kind) for name, kind in layout(record)})
