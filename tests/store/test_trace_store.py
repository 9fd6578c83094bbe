"""Traces in sealed chunks: complete, bounded, provable, and readable after a kill."""

from __future__ import annotations

import hashlib
import io
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hht.clock import ManualClock
from hht.link import TraceEvent, TraceKind
from hht.store.errors import SealBroken, StoreError
from hht.store.store import Store
from hht.store.trace_bound import DEFAULT, LEAST, MOST, bound_of, kept_octets, save_bound
from hht.store.trace_export import write_json_lines
from hht.store.trace_store import TraceReader, TraceRecorder, trace_sessions
from tests.store.conftest import FailingCommit, OpenStore

FRAME = bytes.fromhex("7ea0070321930f017e")


def _events(clock: ManualClock, count: int, data: bytes = FRAME) -> Iterator[TraceEvent]:
    for number in range(count):
        kind = TraceKind.TX if number % 2 else TraceKind.RX
        utc = clock.now() + timedelta(microseconds=number)
        yield TraceEvent(utc, number / 1000, "tcp://127.0.0.1:4059", kind, data + number.to_bytes(2, "big"))


def test_what_goes_in_comes_out_over_many_chunks(open_store: OpenStore, clock: ManualClock) -> None:
    store = open_store()
    recorder = TraceRecorder(store, "s1", visit_id="v1", chunk_events=10, interval_s=0)
    events = list(_events(clock, 35))
    for event in events:
        recorder(event)
    assert recorder.waiting == 5
    recorder.flush()
    recorder.flush()
    reader = TraceReader(store, "s1")
    assert list(reader) == events
    assert len(reader) == 35
    assert [row["number"] for row in store.rows("trace_chunks", order="number")] == [1, 2, 3, 4]


def test_the_hash_is_that_of_the_exported_file(open_store: OpenStore, clock: ManualClock) -> None:
    store = open_store()
    for session, count in (("s1", 25), ("s2", 3)):
        recorder = TraceRecorder(store, session, visit_id="v1", chunk_events=10, interval_s=0)
        for event in _events(clock, count):
            recorder(event)
        recorder.flush()
    assert [(s.session_id, s.number) for s in trace_sessions(store, "v1")] == [("s1", 1), ("s2", 2)]
    reader = TraceReader.of_visit(store, "v1")
    exported = io.StringIO()
    assert write_json_lines(reader, exported) == 28
    assert reader.sha256() == hashlib.sha256(exported.getvalue().encode()).hexdigest()
    assert b"".join(reader.lines()).decode() == exported.getvalue()


def test_many_bytes_make_a_chunk_before_many_events_do(open_store: OpenStore, clock: ManualClock) -> None:
    store = open_store()
    recorder = TraceRecorder(store, "s1", chunk_bytes=1000, interval_s=0)
    for event in _events(clock, 5, bytes(600)):
        recorder(event)
    assert recorder.waiting == 1


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM trace_chunks WHERE number = 2",
        "DELETE FROM trace_chunks WHERE number = 1",
        "UPDATE trace_chunks SET data_sealed = (SELECT max(data_sealed) FROM trace_chunks)",
        "UPDATE trace_chunks SET data_sealed = substr(data_sealed, 1, 40) WHERE number = 3",
    ],
)
def test_missing_moved_and_cut_chunks_are_noticed(open_store: OpenStore, clock: ManualClock, damage: str) -> None:
    store = open_store()
    recorder = TraceRecorder(store, "s1", chunk_events=10, interval_s=0)
    for event in _events(clock, 30):
        recorder(event)
    with store.transaction() as database:
        database.execute(damage)
    with pytest.raises(SealBroken):
        TraceReader(store, "s1").sha256()


def test_a_full_disk_neither_stops_the_link_nor_eats_the_memory(
    open_store: OpenStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(factory=FailingCommit)
    recorder = TraceRecorder(store, "s1", chunk_events=10, chunk_bytes=10_000_000)
    monkeypatch.setattr(FailingCommit, "failing", "SQLITE_FULL")
    for event in _events(clock, 500):
        recorder(event)
    assert recorder.waiting == 100
    with pytest.raises(StoreError):
        recorder.flush()
    monkeypatch.setattr(FailingCommit, "failing", "")
    recorder.flush()
    kept = list(TraceReader(store, "s1"))
    assert len(kept) == 101
    assert kept[0].kind is TraceKind.ERROR
    assert "400 events lost" in kept[0].note
    assert kept[-1].data.endswith((499).to_bytes(2, "big"))


def test_no_trace_byte_is_readable_in_the_files(open_store: OpenStore, clock: ManualClock) -> None:
    store = open_store()
    recorder = TraceRecorder(store, "s1")
    for event in _events(clock, 20, b"CANARY-1200023305967"):
        recorder(event)
    recorder.flush()
    for path in store.path.parent.iterdir():
        data = path.read_bytes()
        assert b"CANARY" not in data
        assert b"CANARY".hex().encode() not in data
        assert b"127.0.0.1" not in data


_CHILD = """
import os, random, sys
from datetime import UTC, datetime
from pathlib import Path
from hht.clock import ManualClock
from hht.link import TraceEvent, TraceKind
from hht.store.store import Store
from hht.store.trace_store import TraceRecorder
from hht.store.vault import TRAINING_PASS_PHRASE, KdfCost
clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
store = Store.open(Path(sys.argv[1]), TRAINING_PASS_PHRASE, training=True, clock=clock,
                   entropy=random.Random(3).randbytes, cost=KdfCost(64, 1))
recorder = TraceRecorder(store, "s1", chunk_events=1000)
for number in range(7):
    recorder(TraceEvent(clock.now(), 0.0, "l", TraceKind.RX, bytes([number])))
recorder.flush()
recorder(TraceEvent(clock.now(), 0.0, "l", TraceKind.RX, b"lost"))
os._exit(9)
"""


def test_what_was_flushed_survives_a_kill(open_store: OpenStore, tmp_path: Path) -> None:
    path = tmp_path / "killed.db"
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path)], env={**os.environ, "PYTHONPATH": root}, check=False, timeout=60
    )
    assert done.returncode == 9
    store: Store = open_store(path=path)
    assert [event.data for event in TraceReader(store, "s1")] == [bytes([number]) for number in range(7)]


def test_a_flood_fills_no_disk_and_the_trace_says_what_it_left_out(open_store: OpenStore, clock: ManualClock) -> None:
    store = open_store()
    recorder = TraceRecorder(store, "s1", max_bytes=20_000)
    for number in range(3000):
        recorder(TraceEvent(clock.now(), number / 10, "tcp://x:1", TraceKind.RX, bytes((number % 256,)) * 100))
    recorder.flush()
    recorder.flush()  # nothing new: no second note
    events = list(TraceReader(store, "s1"))
    kept = [event for event in events if event.data]
    assert len(kept) == 20_000 // 164
    assert [event.data[0] for event in kept] == [number % 256 for number in range(len(kept))]
    left = 3000 - len(kept)
    assert [event.note for event in events if not event.data] == [
        "the trace of this connection is full (20000 bytes): what follows is left out",
        f"the trace is full: {left} events ({left * 100} bytes) left out so far",
    ]
    assert events[-1].monotonic_s == 299.9


def test_what_follows_a_flood_on_another_connection_is_kept(open_store: OpenStore, clock: ManualClock) -> None:
    store = open_store()
    recorder = TraceRecorder(store, "s1", max_bytes=20_000)
    for connection in range(3):
        at = 100.0 * connection
        recorder(TraceEvent(clock.now(), at, "tcp://x:1", TraceKind.STATE, note="opening"))
        for number in range(1000):
            data = bytes((connection,)) * 100
            recorder(TraceEvent(clock.now(), at + number / 100, "tcp://x:1", TraceKind.RX, data))
        recorder(TraceEvent(clock.now(), at + 50, "tcp://x:1", TraceKind.STATE, note="closed"))
    recorder.flush()
    events = list(TraceReader(store, "s1"))
    kept = [event.data[0] for event in events if event.data]
    assert [kept.count(connection) for connection in range(3)] == [(20_000 - 64) // 164] * 3
    notes = [event.note for event in events if event.kind is TraceKind.ERROR]
    left = 1000 - kept.count(0)
    assert notes[1::2] == [f"the trace is full: {left + 1} events ({left * 100} bytes) left out so far"] * 3


def test_that_a_trace_is_full_is_on_disk_at_once(open_store: OpenStore, clock: ManualClock) -> None:
    store = open_store()
    recorder = TraceRecorder(store, "s1", max_bytes=1000, chunk_events=1000)
    for event in _events(clock, 40):
        recorder(event)
    assert "is full" in list(TraceReader(store, "s1"))[-1].note


def test_a_storm_of_small_events_is_written_in_few_chunks(open_store: OpenStore, clock: ManualClock) -> None:
    """100 kB/s that come byte by byte: 256 events would make four hundred synchronous writes a second."""
    store = open_store()
    recorder = TraceRecorder(store, "s1")
    for number in range(30_000):
        recorder(TraceEvent(clock.now(), number / 100_000, "tcp://x:1", TraceKind.RX, b"\x55"))
        assert recorder.waiting <= 4 * 256
    assert len(store.rows("trace_chunks")) <= 30_000 / 1024 + 1
    for number in range(300):  # a calm link: a chunk as soon as it is full
        recorder(TraceEvent(clock.now(), 10 + number, "tcp://x:1", TraceKind.RX, b"\x55"))
    assert recorder.waiting < 256


def fill(store: Store, clock: ManualClock, session: str, count: int, visit: str = "") -> TraceRecorder:
    """`count` events of 4,000 octets that do not compress, in chunks of ten."""
    recorder = TraceRecorder(store, session, visit_id=visit, chunk_events=10, interval_s=0)
    for number in range(count):
        data = random.Random(f"{session} {number}").randbytes(4000)
        recorder(TraceEvent(clock.now(), float(number), "tcp://x:1", TraceKind.RX, data))
    recorder.flush()
    return recorder


def test_the_store_keeps_no_more_than_its_bound_and_evidence_stays(open_store: OpenStore, clock: ManualClock) -> None:
    store = open_store()
    save_bound(store, LEAST)
    fill(store, clock, "old", 40)
    fill(store, clock, "visit", 40, "v1")
    before = TraceReader(store, "visit").sha256()
    for number in range(8):
        fill(store, clock, f"new {number}", 70)
        assert kept_octets(store) <= LEAST
    assert TraceReader(store, "visit").sha256() == before
    assert [len(event.data) for event in TraceReader(store, "visit")] == [4000] * 40
    (gap,) = TraceReader(store, "old")
    assert (gap.kind, gap.data) == (TraceKind.ERROR, b"")
    assert "40 older events" in gap.note
    newest = list(TraceReader(store, "new 7"))
    assert len([event for event in newest if event.data]) == 70
    whole = list(TraceReader(store, *(session.session_id for session in trace_sessions(store, ""))))
    gaps = [int(event.note.split()[2]) for event in whole if not event.data]
    assert sum(gaps) + len([event for event in whole if event.data]) == 40 + 560
    half = next(s for s in trace_sessions(store, "") if 1 < len(TraceReader(store, s.session_id)) < 70)
    reader = TraceReader(store, half.session_id)
    lines = b"".join(reader.lines())
    assert hashlib.sha256(lines).hexdigest() == reader.sha256()
    assert len(list(reader)) == len(reader) == len(lines.splitlines())


def test_one_command_that_never_ends_keeps_the_latest(open_store: OpenStore, clock: ManualClock) -> None:
    store = open_store()
    save_bound(store, LEAST)
    fill(store, clock, "endless", 700)
    assert kept_octets(store) <= LEAST
    gap, *kept = TraceReader(store, "endless")
    assert int(gap.note.split()[2]) + len(kept) == 700
    assert kept[-1].monotonic_s == 699.0
    store.close()


def test_where_all_is_evidence_what_is_new_is_left_out_and_counted(open_store: OpenStore, clock: ManualClock) -> None:
    store = open_store()
    save_bound(store, LEAST)
    recorder = fill(store, clock, "visit", 700, "v1")
    for number in range(700, 1400):
        recorder(TraceEvent(clock.now(), float(number), "tcp://x:1", TraceKind.RX, bytes(4000)))
        recorder.flush()
    events = list(TraceReader(store, "visit"))
    kept = [event for event in events if event.data]
    assert [event.monotonic_s for event in kept] == [float(number) for number in range(len(kept))]
    notes = [event.note for event in events if not event.data]
    assert "evidence stays" in notes[0]
    told = int(notes[-1].split("full: ")[1].split()[0])
    assert (1400 - len(kept)) / 2 < told <= 1400 - len(kept)
    assert len(notes) < 15
    assert kept_octets(store) < LEAST + 4000
    save_bound(store, 4 * LEAST)
    recorder(TraceEvent(clock.now(), 2000.0, "tcp://x:1", TraceKind.STATE, note="opening"))
    recorder(TraceEvent(clock.now(), 2001.0, "tcp://x:1", TraceKind.RX, b"again"))
    recorder.flush()
    assert list(TraceReader(store, "visit"))[-1].data == b"again"


def test_a_gap_that_was_altered_is_noticed(open_store: OpenStore, clock: ManualClock) -> None:
    store = open_store()
    save_bound(store, LEAST)
    fill(store, clock, "endless", 700)
    with store.transaction() as database:
        (first,) = store.rows("trace_chunks", "1", (), order="number LIMIT 1", select="number")
        database.execute("DELETE FROM trace_chunks WHERE number = ?", [first["number"]])
    with pytest.raises(SealBroken):
        list(TraceReader(store, "endless"))


@pytest.mark.parametrize("bound", [0, LEAST - 1, MOST + 1])
def test_an_impossible_bound_is_refused(open_store: OpenStore, bound: int) -> None:
    store = open_store()
    with pytest.raises(StoreError) as refused:
        save_bound(store, bound)
    assert refused.value.code == "trace-bound"
    assert bound_of(store) == DEFAULT


def test_what_was_to_make_room_is_there_where_the_disk_fails(
    open_store: OpenStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(factory=FailingCommit)
    save_bound(store, LEAST)
    fill(store, clock, "old", 190)
    before = TraceReader(store, "old").sha256()
    recorder = TraceRecorder(store, "new", chunk_events=1000)
    monkeypatch.setattr(FailingCommit, "failing", "SQLITE_FULL")
    for number in range(60):
        data = random.Random(number).randbytes(4000)
        recorder(TraceEvent(clock.now(), float(number), "tcp://x:1", TraceKind.RX, data))
    with pytest.raises(StoreError):
        recorder.flush()
    assert TraceReader(store, "old").sha256() == before
    monkeypatch.setattr(FailingCommit, "failing", "")
    recorder.flush()
    assert len([event for event in TraceReader(store, "new") if event.data]) == 60
    assert kept_octets(store) <= LEAST
    assert "a gap" in next(iter(TraceReader(store, "old"))).note
