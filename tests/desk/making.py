"""Asks and records to test with."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

from hht.desk.asks import Ask, make_reference
from hht.desk.kinds import AskKind
from hht.desk.records import Record, RecordKind
from hht.identifiers import DeviceId
from hht.protocol.gbcs.device_types import DuisDeviceType as Type

START = datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC)
HUB = DeviceId("00DB1234567901A2")
ESME = DeviceId("00DB1234567901A0")
REFERENCE = make_reference(b"abcde")
OTHER = make_reference(b"fghij")


def an_ask(kind: AskKind = AskKind.SET_MPAN, reference: str = REFERENCE, **details: str) -> Ask:
    """An ask of the electricity meter, unless it is one of the hub."""
    device, type_ = (ESME, Type.ESME) if Type.ESME in kind.wording.services else (HUB, Type.CHF)
    if kind is AskKind.SET_MPAN and not details:
        details = {"mpan": "1012345678903"}
    return Ask(reference, "J-1042", kind, device, type_, details, "write-mpan")


class Kept:
    """Records in memory; `dies_at`: the record that never gets to the disk."""

    def __init__(self, records: Sequence[Record] = (), dies_at: int = 0) -> None:
        self.records = list(records)
        self.dies_at = dies_at

    def alone(self) -> AbstractContextManager[object]:
        return nullcontext()

    def append(self, kind: RecordKind, payload: dict[str, Any]) -> Record:
        number = len(self.records) + 1
        if number == self.dies_at:
            raise Died
        record = Record(number, START + timedelta(seconds=number), kind, payload)
        self.records.append(record)
        return record

    def all(self) -> Sequence[Record]:
        return self.records


class Died(Exception):
    """The terminal ends here."""


def asked(ask: Ask) -> Kept:
    """The records of an ask that has just been kept."""
    kept = Kept()
    kept.append(RecordKind.ASKED, {"ask": ask.plain()})
    return kept
